import { invoke } from "../api/client";
import { length } from "../format";
import { t } from "../i18n";
import { store } from "../live/store";
import { Icon } from "./Icon";
import { confirm } from "./feedback";
import { may, WorkButton } from "./parts";

/** Whether a clip could be made this moment, and where it could not, what makes it so. */
export function ReplayTruth() {
  const replay = store.state("ReplayStateChanged").value;
  const texts = t().replay;
  if (!replay) return <p class="truth soft">{texts.unknown}</p>;
  const good = replay.state === "recording";
  const connected = store.components.value.get("obs")?.health === "ok";
  const tone = good ? (replay.warning ? "amber" : "green") : "red";
  return (
    <div class="truth">
      <Icon name={good ? (replay.warning ? "warn" : "replay") : "error"} />
      <p class="grow">
        <b class={tone}>{good ? texts.reaches(length(Math.floor(replay.reach_seconds ?? 0))) : texts[replay.state]}</b>
        {(replay.warning || replay.detail) && <small>{replay.warning || replay.detail}</small>}
        {!good && replay.remedy && <small>{replay.remedy}</small>}
      </p>
      {may("control") && connected && <Remedy state={replay.state} />}
    </div>
  );
}

function Remedy({ state }: { state: "unavailable" | "stopped" | "recording" | "stalled" }) {
  const texts = t().replay;
  if (state === "unavailable") {
    const enable = async () => {
      if (await confirm(texts.enable, texts.enableText, texts.enable, false)) await invoke("replay.enable", {});
    };
    return (
      <WorkButton class="wanted" work={enable}>
        {texts.enable}
      </WorkButton>
    );
  }
  if (state === "stopped") {
    return (
      <WorkButton class="wanted" work={() => invoke("replay.start", {})}>
        {texts.start}
      </WorkButton>
    );
  }
  if (state === "stalled") {
    const restart = async () => {
      await invoke("replay.stop", {});
      await invoke("replay.start", {});
    };
    return (
      <WorkButton class="wanted" work={restart}>
        {texts.restart}
      </WorkButton>
    );
  }
  return null;
}
