// The speech models: bringing one, choosing it, removing it.
import { useEffect, useState } from "preact/hooks";
import { invoke } from "../api/client";
import type { Setting, SpeechModel } from "../api/types";
import { bytes, number } from "../format";
import { t } from "../i18n";
import { store } from "../live/store";
import { fixedBy } from "../settings/shape";
import { isUsable, noted, parted, stepOf, type Step, type Steps } from "../speech/models";
import { confirm, useWork } from "../ui/feedback";
import { Icon } from "../ui/Icon";
import { useLoaded, Waiting, WorkButton } from "../ui/parts";
import { ChoiceRow } from "./ChoiceRow";
import { FixedBy } from "./FixedBy";

const NOTHING: Steps = new Map();

export function Models() {
  const speech = store.state("SpeechStateChanged").value;
  const loaded = useLoaded(
    async (signal) => {
      const listed = invoke("models.list", {}, signal);
      const [all, [setting]] = await Promise.all([listed, invoke("settings.get", { name: "stt_model" }, signal)]);
      return { all, setting: setting! };
    },
    `${speech?.state === "no_model"} ${speech?.model}`,
  );
  const [told, setTold] = useState(NOTHING);
  const epoch = store.epoch.value;
  useEffect(() => setTold(NOTHING), [epoch]);
  useEffect(() => {
    const ends = [
      store.on("SettingsChanged", ({ values }) => void ("stt_model" in values && loaded.again())),
      store.on("ModelProgressed", (news) => {
        setTold((old) => noted(old, news));
        if (news.step === "ready" || news.step === "failed") loaded.again();
      }),
    ];
    return () => ends.forEach((end) => end());
  }, []);
  if (loaded.error || !loaded.data) return <Waiting loaded={loaded} />;
  return <Choices {...loaded.data} told={told} again={loaded.again} />;
}

interface ChoicesProps {
  all: SpeechModel[];
  setting: Setting;
  told: Steps;
  again: () => void;
}

function Choices({ all, setting, told, again }: ChoicesProps) {
  const [whole, setWhole] = useState(false);
  const texts = t().models;
  const name = setting.value as string | null;
  const usable = fixedBy(setting) === "";
  const [near, others] = parted(all, told);
  const known = name === null || all.some((model) => model.name === name);
  const going = all.some((model) => (stepOf(model, told)?.step ?? "failed") !== "failed");
  const best = (name === null && all.find((model) => model.in_use)?.name) || "";
  const useBest = () => invoke("settings.set", { name: "stt_model", value: null });
  const row = (model: SpeechModel) => (
    <Row
      key={model.name}
      model={model}
      step={stepOf(model, told)}
      isChosen={model.name === name}
      usable={usable}
      again={again}
    />
  );
  return (
    <div class="tight">
      {!all.some(isUsable) && known && !going && <Bring />}
      <ul class="list">
        <ChoiceRow icon="transcript" title={texts.fastest} about={best} isChosen={name === null}>
          {usable && name !== null && <Use title={texts.fastest} work={useBest} />}
        </ChoiceRow>
        {!known && <ChoiceRow icon="transcript" title={name} about={texts.elsewhere} isChosen />}
        {near.map(row)}
        {whole && others.map(row)}
      </ul>
      {!whole && others.length > 0 && (
        <button onClick={() => setWhole(true)}>
          <Icon name="down" /> {texts.others(others.length)}
        </button>
      )}
      {usable && store.me.value?.door !== "phone" && <OwnFolder />}
      <FixedBy setting={setting} />
    </div>
  );
}

/** Nothing is recognized without a model: one tap brings the one that suits. */
function Bring() {
  const texts = t().models;
  return (
    <div class="truth">
      <p class="grow">{texts.needed}</p>
      <WorkButton class="primary" work={() => invoke("models.download", {})}>
        <Icon name="download" /> {texts.bring}
      </WorkButton>
    </div>
  );
}

interface RowProps {
  model: SpeechModel;
  step: Step | null;
  isChosen: boolean;
  usable: boolean;
  again: () => void;
}

function Row({ model, step, isChosen, usable, again }: RowProps) {
  const texts = t().models;
  const { name, installed, problem, english_only, recommended, megabytes, window_seconds } = model;
  const going = step !== null && step.step !== "failed";
  const about = [
    bytes(megabytes * 1e6),
    window_seconds !== null && texts.needs(number(window_seconds, 2)),
    english_only && texts.english,
    recommended && texts.suits,
  ];
  const below = (
    <>
      {going && <Going name={name} step={step} />}
      <p lang="en" class="small red" role="status">
        {step?.step === "failed" ? `${step.message} ${step.remedy}` : problem}
      </p>
    </>
  );
  return (
    <ChoiceRow
      icon="transcript"
      title={name}
      about={about.filter(Boolean).join(" · ")}
      isChosen={isChosen}
      badge={model.in_use ? texts.inUse : ""}
      below={below}
    >
      {!installed && !going && (
        <WorkButton label={texts.download(name)} work={() => invoke("models.download", { name })}>
          <Icon name="download" /> {texts.downloadShort}
        </WorkButton>
      )}
      {usable && isUsable(model) && !isChosen && <Use title={name} work={() => invoke("models.use", { name })} />}
      {installed && !isChosen && !going && (
        <WorkButton
          class="bare"
          label={texts.remove(name)}
          work={async () => {
            if (!(await confirm(texts.remove(name), texts.removeText, texts.removeShort))) return;
            await invoke("models.remove", { name, confirmed: true });
            again();
          }}
        >
          <Icon name="trash" />
        </WorkButton>
      )}
    </ChoiceRow>
  );
}

function Use({ title, work }: { title: string; work: () => Promise<unknown> }) {
  return (
    <WorkButton label={t().speech.use(title)} work={work}>
      {t().speech.useShort}
    </WorkButton>
  );
}

/** How far its way here is; how long measuring takes, nobody knows. */
function Going({ name, step }: { name: string; step: Step }) {
  const texts = t().models;
  const isLoading = step.step === "downloading";
  return (
    <>
      <progress aria-label={texts.loading(name)} max={1} {...(isLoading ? { value: step.fraction } : {})} />
      <p class="small soft">{isLoading ? `${number(step.fraction * 100, 0)} %` : texts.measuring}</p>
    </>
  );
}

/** A model that lies elsewhere on this PC. */
function OwnFolder() {
  const [path, setPath] = useState("");
  const [busy, run] = useWork();
  const texts = t().models;
  return (
    <form
      class="tight"
      onSubmit={(event) => {
        event.preventDefault();
        run(async () => {
          await invoke("models.use", { name: path.trim() });
          setPath("");
        });
      }}
    >
      <label class="field">
        {texts.folder}
        <input
          value={path}
          maxLength={1000}
          autocapitalize="off"
          spellcheck={false}
          onInput={(event) => setPath(event.currentTarget.value)}
        />
      </label>
      {path.trim() && (
        <button class="primary" type="submit" aria-busy={busy}>
          {t().speech.useShort}
        </button>
      )}
    </form>
  );
}
