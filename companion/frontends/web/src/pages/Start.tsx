// First steps on the PC, each ticked off by what is true, not by a click.
import "./start.css";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { invoke } from "../api/client";
import type { Clip } from "../api/types";
import { t } from "../i18n";
import { store } from "../live/store";
import { prefer } from "../preferences";
import { go } from "../router";
import type { Hotkey as HotkeySetting } from "../settings/shape";
import { attempt } from "../ui/feedback";
import { Icon } from "../ui/Icon";
import { KeyCatcher } from "../ui/keys";
import { useLoaded, WorkButton } from "../ui/parts";
import { reachOf, sourceOf } from "../live/reach";
import { ReplayTruth, useSources } from "../ui/ReplayTruth";
import { Card } from "./Clips";
import "./clips.css";
import { Pairing } from "./Devices";

const TEST_SECONDS = 10;

export function Start() {
  const texts = t().start;
  const obs = store.components.value.get("obs");
  const sources = useSources();
  const { replay } = sources;
  const devices = useLoaded((signal) => invoke("device.list", {}, signal));
  useEffect(() => store.on("DeviceChanged", devices.again), []);
  const connected = obs?.health === "ok";
  const ready = replay?.state === "recording";
  const paired = devices.data?.some(({ revoked_at }) => !revoked_at) === true;
  const [clip, setClip] = useTestClip();
  const proved = useProved();
  const hotkey = useHotkey();
  const possible = sourceOf(TEST_SECONDS, sources) !== null;
  const enough = possible && reachOf(sources) >= TEST_SECONDS;
  return (
    <>
      <div class="head">
        <h1>{texts.title}</h1>
        <button
          onClick={() => {
            prefer({ guided: true });
            go("live");
          }}
        >
          {connected && ready && proved && paired ? texts.finish : texts.later}
        </button>
      </div>
      <ol class="steps">
        <Step at={1} done={connected} title={texts.obs} now>
          {connected ? <p class="soft">{texts.obsFound}</p> : <p lang="en" class="soft">{obs?.detail}</p>}
          {!connected && obs?.remedy && <p lang="en">{obs.remedy}</p>}
        </Step>
        <Step at={2} done={ready && !replay?.warning} title={texts.replay} now={connected}>
          <ReplayTruth />
        </Step>
        <Step at={3} done={hotkey.keys !== "" && store.components.value.get("hotkeys")?.health === "ok"} title={texts.hotkey} now={connected}>
          <Hotkey {...hotkey} />
        </Step>
        <Step at={4} done={proved} title={texts.clip} now={possible}>
          <p class="soft">{proved && !clip ? texts.clipProved : texts.clipText}</p>
          <WorkButton
            class="primary"
            disabled={!enough}
            work={async () => setClip(await invoke("clip.save", { seconds: TEST_SECONDS, title: texts.clipTitle }))}
          >
            <Icon name="clip" /> {enough || !possible ? texts.makeClip : texts.wait}
          </WorkButton>
          {clip && (
            <ul class="grid">
              <Card clip={clip} />
            </ul>
          )}
        </Step>
        <Step at={5} done={paired} title={texts.phone} now>
          {paired && <p class="soft">{texts.paired}</p>}
          <Pairing />
        </Step>
      </ol>
    </>
  );
}

function Step({ at, done, title, now, children }: { at: number; done: boolean; title: string; now: boolean; children: ComponentChildren }) {
  return (
    <li class={`panel step ${done ? "done" : ""}`}>
      <span class="bullet">{done ? <Icon name="check" /> : at}</span>
      <div class="tight grow">
        <h2>
          {title} {done && <span class="hidden">{t().start.done}</span>}
        </h2>
        {now || done ? children : <p class="soft">{t().start.before}</p>}
      </div>
    </li>
  );
}

/** The clip that was made here, as it comes along. */
function useTestClip(): [Clip | null, (clip: Clip) => void] {
  const [clip, setClip] = useState<Clip | null>(null);
  useEffect(() => {
    const put = ({ clip: fresh }: { clip: Clip }) => setClip((old) => (old?.id === fresh.id ? fresh : old));
    const ends = [store.on("ClipSaved", put), store.on("ClipFailed", put), store.on("ClipChanged", put)];
    return () => ends.forEach((end) => end());
  }, []);
  return [clip, setClip];
}

/** Whether a clip is there whose receipt is good. */
function useProved(): boolean {
  const clips = useLoaded((signal) => invoke("clip.list", { state: "ready", limit: 1 }, signal));
  useEffect(() => {
    const ends = [store.on("ClipSaved", clips.again), store.on("ClipDeleted", clips.again)];
    return () => ends.forEach((end) => end());
  }, []);
  return (clips.data?.total ?? 0) > 0;
}

interface KeyOf {
  keys: string;
  seconds: number;
  set: (keys: string) => Promise<void>;
}

/** The first key combination that makes a clip. */
function useHotkey(): KeyOf {
  const changed = store.state("SettingsChanged").value?.values.hotkeys;
  const loaded = useLoaded(async (signal) => (await invoke("settings.get", { name: "hotkeys" }, signal))[0]?.value as unknown as HotkeySetting[], changed);
  const all = loaded.data ?? [];
  const own = all.find(({ action }) => action === "clip.save");
  return {
    keys: own?.keys ?? "",
    seconds: Number(own?.arguments?.seconds ?? 30),
    set: async (keys) => {
      const fresh = { keys, action: "clip.save", arguments: own?.arguments ?? { seconds: 30 } };
      const value = own ? all.map((one) => (one === own ? fresh : one)) : [...all, fresh];
      await invoke("settings.set", { name: "hotkeys", value } as never);
      loaded.again();
    },
  };
}

function Hotkey({ keys, seconds, set }: KeyOf) {
  const board = store.components.value.get("hotkeys");
  const texts = t().start;
  const why = !keys ? texts.hotkeyNone : !board ? texts.hotkeysOff : board.health !== "ok" && `${board.detail} ${board.remedy}`;
  return (
    <>
      <p class="soft">{texts.hotkeyText(seconds)}</p>
      <KeyCatcher keys={keys} set={(found) => void attempt(() => set(found))} />
      {why && <p lang={keys && board ? "en" : undefined} class="small amber">{why}</p>}
    </>
  );
}
