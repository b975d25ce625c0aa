// The microphones: how loud each is, and which one is used.
import { useEffect, useState } from "preact/hooks";
import { invoke } from "../api/client";
import type { Answer, Microphone, Setting } from "../api/types";
import { number } from "../format";
import { t } from "../i18n";
import { connection } from "../live/connection";
import { store } from "../live/store";
import { fixedBy } from "../settings/shape";
import { chosen } from "../speech/microphones";
import { Icon } from "../ui/Icon";
import { LOWEST_DB, Meter } from "../ui/Meter";
import { Empty, useLoaded, useSeen, Waiting, WorkButton } from "../ui/parts";
import { ChoiceRow } from "./ChoiceRow";
import { FixedBy } from "./FixedBy";

const TEST_SECONDS = 5;

function levelOf(wanted: string, take: (db: readonly number[]) => void): () => void {
  return store.on("MicrophoneMeasured", ({ name, db }) => void (name === wanted && take([db])));
}

export function Microphones() {
  const loaded = useLoaded(async (signal) => {
    const listed = invoke("microphone.list", {}, signal);
    const [all, [setting]] = await Promise.all([listed, invoke("settings.get", { name: "microphone" }, signal)]);
    return { all, setting: setting! };
  });
  const [element, seen] = useSeen<HTMLDivElement>();
  useEffect(() => {
    const ends = [
      store.on("MicrophoneChanged", loaded.again),
      store.on("SettingsChanged", ({ values }) => void ("microphone" in values && loaded.again())),
    ];
    return () => ends.forEach((end) => end());
  }, []);
  useEffect(() => (seen ? connection.watch("meters") : undefined), [seen]);
  return (
    <div ref={element} class="tight">
      {loaded.error || !loaded.data ? <Waiting loaded={loaded} /> : <Rows {...loaded.data} />}
      {loaded.data && (
        <div class="row">
          <button onClick={loaded.again}>
            <Icon name="refresh" /> {t().microphones.again}
          </button>
        </div>
      )}
    </div>
  );
}

function Rows({ all, setting }: { all: Microphone[]; setting: Setting }) {
  const texts = t().microphones;
  const name = setting.value as string | null;
  const used = chosen(all, name);
  const usable = fixedBy(setting) === "";
  return (
    <>
      {!all.length && (
        <Empty icon="micOff" title={texts.none}>
          {texts.noneText}
        </Empty>
      )}
      <ul class="list">
        <Row
          name={null}
          title={texts.systems}
          about={chosen(all, null)?.label ?? texts.systemsNone}
          isChosen={name === null}
          usable={usable}
        />
        {name !== null && !used && <Row name={name} title={name} about={texts.missing} isChosen usable={usable} gone />}
        {all.map((one) => (
          <Row
            key={one.name}
            name={one.name}
            title={one.label}
            about={about(one)}
            isChosen={name !== null && one === used}
            usable={usable}
            metered
          />
        ))}
      </ul>
      <FixedBy setting={setting} />
    </>
  );
}

function about({ rate, channels, monitor }: Microphone): string {
  const texts = t().microphones;
  return [texts.format(number(rate / 1000), channels), monitor && texts.monitor].filter(Boolean).join(" · ");
}

interface RowProps {
  /** As the settings keep it; null is the system's choice. */
  name: string | null;
  title: string;
  about: string;
  isChosen: boolean;
  usable: boolean;
  /** It was chosen, and is not there. */
  gone?: boolean;
  /** It can be heard: how loud it is is shown. */
  metered?: boolean;
}

function Row({ name, title, about, isChosen, usable, gone = false, metered = false }: RowProps) {
  const [heard, setHeard] = useState<Answer<"microphone.test"> | "now" | null>(null);
  const texts = t().microphones;
  const test = async () => {
    setHeard("now");
    try {
      setHeard(await invoke("microphone.test", { name, seconds: TEST_SECONDS }));
    } catch (error) {
      setHeard(null);
      throw error;
    }
  };
  const said = heard && heard !== "now" && (heard.db > LOWEST_DB ? texts.loudest(number(heard.db)) : texts.silent);
  const below = metered && (
    <>
      <Meter name={name ?? ""} bars={1} listen={levelOf} />
      <p class="small" role="status">
        {heard === "now" ? texts.speak : said}
      </p>
    </>
  );
  return (
    <ChoiceRow icon="mic" title={title} about={about} isChosen={isChosen} gone={gone} below={below}>
      {metered && (
        <WorkButton label={texts.test(title)} work={test}>
          {texts.testShort}
        </WorkButton>
      )}
      {usable && !isChosen && (
        <WorkButton label={t().speech.use(title)} work={() => invoke("microphone.use", { name })}>
          {t().speech.useShort}
        </WorkButton>
      )}
    </ChoiceRow>
  );
}
