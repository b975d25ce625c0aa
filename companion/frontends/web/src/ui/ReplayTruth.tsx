import { invoke } from "../api/client";
import { length } from "../format";
import { t } from "../i18n";
import { reachOf, sourceOf, type Sources } from "../live/reach";
import { store } from "../live/store";
import { Icon } from "./Icon";
import { confirm } from "./feedback";
import { useLengths } from "./lengths";
import { may, useNow, WorkButton } from "./parts";

/** What clips can be cut from now. */
export function useSources(): Sources {
  const now = useNow();
  const { value: components } = store.components;
  return {
    connected: components.get("obs")?.health === "ok",
    broken: components.get("clips")?.health === "failed",
    replay: store.state("ReplayStateChanged").value,
    recorded: store.state("RecordingReachChanged").value,
    now,
  };
}

/** Whether a clip could be made this moment, and where it could not, what makes it so. */
export function ReplayTruth() {
  const sources = useSources();
  const { replay } = sources;
  const longest = Math.max(...useLengths());
  const texts = t().replay;
  if (!replay) return <p class="truth soft">{texts.unknown}</p>;
  const good = replay.state === "recording";
  const reaches = replay.reach_sure ? texts.reaches : texts.reachesAtMost;
  const instead = sourceOf(longest, sources) === "recording";
  const tone = good || instead ? (replay.warning || instead ? "amber" : "green") : "red";
  return (
    <div class="truth">
      <span class={tone}>
        <Icon name={tone === "green" ? "replay" : tone === "amber" ? "warn" : "error"} />
      </span>
      <p class="grow">
        <b class={tone}>{good ? reaches(length(Math.floor(replay.reach_seconds ?? 0))) : texts[replay.state]}</b>
        {good && !replay.reach_sure && <small>{texts.unsure}</small>}
        {instead && <small>{texts.recorded(length(Math.floor(reachOf(sources))))}</small>}
        {(replay.warning || replay.detail) && <small lang="en">{withoutCommands(replay.warning || replay.detail)}</small>}
        {!good && replay.remedy && <small lang="en">{withoutCommands(replay.remedy)}</small>}
      </p>
      <ReplayRemedy />
    </div>
  );
}

/** The sentences of `text` that are not about a command to type: where a button stands in its place, or on a phone. */
export function withoutCommands(text: string): string {
  return text.replace(/[^.:]*`companion [^`]*`[^.]*\.?/g, "").trim().replace(/:$/, ".");
}

/** What makes the replay buffer as it should be, as a button; nothing where all is well or nothing can be done. */
export function ReplayRemedy() {
  const texts = t().replay;
  const replay = store.state("ReplayStateChanged").value;
  const connected = store.components.value.get("obs")?.health === "ok";
  if (!replay || !connected || !may("control")) return null;
  const { state, too_short: short } = replay;
  if (state === "unavailable" || (state === "recording" && short)) {
    const name = short && state === "recording" ? texts.lengthen : texts.enable;
    const enable = async () => {
      if (await confirm(name, texts.enableText, name, false)) await invoke("replay.enable", { confirmed: true });
    };
    return (
      <WorkButton class="wanted" work={enable}>
        {name}
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
      if (!(await confirm(texts.restart, texts.restartText, texts.restart))) return;
      await invoke("replay.stop", { confirmed: true });
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
