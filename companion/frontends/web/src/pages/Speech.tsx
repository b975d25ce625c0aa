// What hears and what writes down: the microphone, and the speech model.
import { invoke } from "../api/client";
import { length } from "../format";
import { t } from "../i18n";
import { store } from "../live/store";
import { href } from "../router";
import { HearingTruth, lackNow } from "../ui/HearingTruth";
import { Icon } from "../ui/Icon";
import { Panel, useLoaded, useNow } from "../ui/parts";
import { Microphones } from "./Microphones";
import { Models } from "./Models";

export function Speech() {
  const texts = t().speech;
  return (
    <>
      <div class="head">
        <h1>{t().pages.speech}</h1>
        <a class="button" href={href("settings", "speech")}>
          <Icon name="settings" /> {texts.more}
        </a>
      </div>
      <div class="stack">
        <Panel title={texts.now}>
          <Now />
        </Panel>
        <Panel title={t().microphones.title}>
          <Microphones />
        </Panel>
        <Panel title={t().models.title}>
          <Models />
        </Panel>
      </div>
    </>
  );
}

const LOOK_MS = 10_000;

function Now() {
  const speech = store.state("SpeechStateChanged").value;
  const loaded = useLoaded((signal) => invoke("speech.show", {}, signal), `${speech?.state} ${speech?.step} ${useNow(LOOK_MS)}`);
  const { step, reason, lost_seconds } = loaded.data ?? { step: "full", reason: "", lost_seconds: 0 };
  const texts = t().speech;
  return (
    <div class="tight">
      <Hearing />
      {reason && (step === "small" || step === "full") && (
        <p class="small amber">
          {step === "small" && texts.small} <span lang="en">{reason}</span>
        </p>
      )}
      {lost_seconds > 0 && <p class="small red">{texts.lost(length(lost_seconds))}</p>}
    </div>
  );
}

function Hearing() {
  const lack = lackNow();
  const speech = store.state("SpeechStateChanged").value;
  if (lack) return <HearingTruth lack={lack} />;
  return (
    <div class="truth">
      <span class="green">
        <Icon name="mic" />
      </span>
      <p class="grow">
        <b class="green">{t().speech.heard}</b>
        <small>{[speech?.device, speech?.model].filter(Boolean).join(" · ")}</small>
      </p>
    </div>
  );
}
