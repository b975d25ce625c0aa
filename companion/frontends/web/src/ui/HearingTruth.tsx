// Whether what is said becomes words now; where it does not, why, and where that is put right.
import { t } from "../i18n";
import { store } from "../live/store";
import { href, place as placeNow } from "../router";
import { lackOf, type Lack, type LackKind } from "../speech/lack";
import { Icon, type IconName } from "./Icon";
import { may } from "./parts";
import { withoutCommands } from "./ReplayTruth";

const TONES: Partial<Record<LackKind, [IconName, string]>> = {
  failed: ["error", "red"],
  missing: ["warn", "amber"],
  unheard: ["warn", "amber"],
  muted: ["micOff", "amber"],
  postponing: ["warn", "amber"],
  catching_up: ["warn", "amber"],
};

/** What keeps words from coming now; null where nothing does. */
export function lackNow(): Lack | null {
  return lackOf(store.state("SpeechStateChanged").value, store.state("MicrophoneChanged").value);
}

export function HearingTruth({ lack }: { lack: Lack }) {
  const [icon, tone] = TONES[lack.kind] ?? ["micOff", "soft"];
  return (
    <div class="truth">
      <span class={tone}>
        <Icon name={icon} />
      </span>
      <p class="grow">
        <b class={tone}>{t().speech.lacks[lack.kind].title}</b>
        <Sentences lack={lack} />
      </p>
      <LackRemedy lack={lack} />
    </div>
  );
}

/** What it means, in the app's words where it has some, else in the daemon's. */
export function Sentences({ lack: { kind, detail, remedy } }: { lack: Lack }) {
  const own = t().speech.lacks[kind].text;
  return <small lang={own ? undefined : "en"}>{own || withoutCommands(`${detail} ${remedy}`).trim()}</small>;
}

/** The way to where it is put right; for those who may not, where others do. */
export function LackRemedy({ lack }: { lack: Lack }) {
  const { place, kind } = lack;
  const texts = t().speech;
  if (!place || place === placeNow.value.page) return null;
  if (place !== "live" && !may("admin")) return <small class="soft">{texts.onPc}</small>;
  return (
    <a class="button" href={href(place, place === "settings" ? "speech" : "")}>
      {texts.lacks[kind].go} <Icon name="forward" size={16} />
    </a>
  );
}
