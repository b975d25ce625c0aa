// What keeps words from coming, by what recognition and the microphone say of themselves.
import type { Events } from "../api/types";
import type { PageName } from "../router";

const KINDS = {
  unknown: null,
  off: "settings",
  no_model: "speech",
  loading: null,
  failed: "speech",
  postponing: null,
  catching_up: null,
  idle: "live",
  picture_only: "sessions",
  muted: null,
  missing: "speech",
  unheard: "speech",
  waiting: null,
} as const satisfies Record<string, PageName | null>;
export type LackKind = keyof typeof KINDS;

export interface Lack {
  kind: LackKind;
  /** The daemon's own words for it. */
  detail: string;
  remedy: string;
  /** The page where it is put right. */
  place: PageName | null;
}

/** Why nothing that is said becomes words now; null where it does. */
export function lackOf(
  speech: Events["SpeechStateChanged"] | undefined,
  microphone: Events["MicrophoneChanged"] | undefined,
): Lack | null {
  if (!speech) return lack("unknown");
  if (speech.state === "listening") return null;
  // Recognition knows no more than that it waits: why, the microphone tells.
  if (speech.state === "waiting" && microphone) return lack(ofMicrophone(microphone.state), microphone);
  return lack(speech.state in KINDS ? (speech.state as LackKind) : "unknown", speech);
}

function lack(kind: LackKind, { detail, remedy } = { detail: "", remedy: "" }): Lack {
  return { kind, detail, remedy, place: KINDS[kind] };
}

function ofMicrophone(state: string): LackKind {
  const kinds: Record<string, LackKind> = { waiting: "idle", picture_only: "picture_only", muted: "muted", missing: "missing", failed: "unheard" };
  return kinds[state] ?? "waiting";
}
