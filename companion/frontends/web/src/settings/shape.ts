// How a setting is edited, told by what the daemon says of it.
import type { Setting } from "../api/types";
import { titleOf } from "../deck/words";
import { t } from "../i18n";
import { store } from "../live/store";
import type { Step } from "../pages/Steps";
import { readable } from "../ui/keys";

export interface Hotkey {
  keys: string;
  action: string;
  arguments?: Record<string, unknown>;
}
export interface Phrase {
  phrase: string;
  action: string;
  arguments?: Record<string, unknown>;
}
export type Shape = "truth" | "choice" | "secret" | "number" | "numbers" | "texts" | "hotkeys" | "phrases" | "steps" | "microphone" | "model" | "text";

/** The setting's name in the chosen language; one that is new to the app has its own. */
export function nameOf({ name }: Setting): string {
  return (t().settings.names as Record<string, string>)[name] ?? name.replaceAll("_", " ");
}

/** Why the setting cannot be changed here: it is set elsewhere, or the PC's own to decide; empty where it can. */
export function fixedBy({ source, pc_only }: Setting): "" | "outside" | "pc" {
  if (source === "environment" || source === ".env") return "outside";
  return pc_only && store.me.value?.door === "phone" ? "pc" : "";
}

/** Lists of words that are empty by default. */
const TEXTS = /^stt_hints$/;
const SECRET = /password|secret|token/;

/** What there is of these, the daemon lists. */
const PICKED: Record<string, Shape> = { microphone: "microphone", stt_model: "model" };

export function shapeOf({ name, default: standard, choices }: Setting): Shape {
  if (choices?.length) return "choice";
  if (SECRET.test(name)) return "secret";
  if (typeof standard === "boolean") return "truth";
  if (typeof standard === "number") return "number";
  if (!Array.isArray(standard)) return PICKED[name] ?? "text";
  const [first] = standard as unknown[];
  if (typeof first === "number") return "numbers";
  if (typeof first === "string" || TEXTS.test(name)) return "texts";
  if (typeof first !== "object" || first === null) return "steps";
  return "keys" in first ? "hotkeys" : "phrase" in first ? "phrases" : "steps";
}

/** What a list has in it, for the eye. */
export function summary(value: readonly (Hotkey | Phrase | Step)[], words: { wait: (seconds: number) => string }): string[] {
  return value.map((one) => {
    if ("wait" in one) return words.wait(one.wait);
    const given = Object.values(one.arguments ?? {}).filter((item) => item !== null && item !== "");
    const what = titleOf(one.action);
    const text = given.length ? `${what} (${given.map(String).join(", ")})` : what;
    if ("phrase" in one) return `“${one.phrase}”: ${text}`;
    return "keys" in one ? `${readable(one.keys)}: ${text}` : text;
  });
}
