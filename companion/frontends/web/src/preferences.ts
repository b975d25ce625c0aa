// What this browser remembers of its user: nothing that is secret, nothing that the daemon needs.
import { effect, signal } from "@preact/signals";
import { LANGUAGES, preferred, speak, type Language } from "./i18n";

export type Theme = "system" | "dark" | "light";
interface Kept {
  theme: Theme;
  language: Language;
  calm: boolean;
  haptics: boolean;
  awake: boolean;
  guided: boolean;
}
const KEY = "companion.preferences";

function read(): Kept {
  const standard: Kept = { theme: "system", language: preferred(), calm: false, haptics: true, awake: true, guided: false };
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Kept>;
    const kept = { ...standard, ...found };
    return kept.language in LANGUAGES ? kept : { ...kept, language: standard.language };
  } catch {
    return standard;
  }
}

export const preferences = signal<Kept>(read());

export function prefer(changes: Partial<Kept>): void {
  preferences.value = { ...preferences.value, ...changes };
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences.value));
  } catch {
    // storage is off or full: it holds for this visit
  }
}

/** A short tap under the finger, where the device can. */
export function tap(pattern: number | number[] = 10): void {
  if (preferences.value.haptics) navigator.vibrate?.(pattern);
}

const prefersLight = matchMedia("(prefers-color-scheme: light)");
const systemLight = signal(prefersLight.matches);
prefersLight.addEventListener("change", (event) => {
  systemLight.value = event.matches;
});

effect(() => {
  const { theme, calm } = preferences.value;
  const light = theme === "light" || (theme === "system" && systemLight.value);
  const root = document.documentElement;
  root.dataset.theme = light ? "light" : "dark";
  root.toggleAttribute("data-calm", calm);
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", light ? "#f0f2f5" : "#14161a");
});

const LANGUAGE_WITHIN_MS = 3000;

/** Load the chosen language before anything is drawn, if it comes soon. */
export async function begin(): Promise<void> {
  const enough = new Promise((done) => setTimeout(done, LANGUAGE_WITHIN_MS));
  await Promise.race([speak(preferences.value.language).catch(() => undefined), enough]);
}
