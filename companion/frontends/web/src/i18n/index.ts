// Texts are plain values and functions, so that the compiler checks that every language has all of them.
import { signal } from "@preact/signals";
import { en } from "./en";

type Widened<T> = {
  [K in keyof T]: T[K] extends string ? string : T[K] extends (...values: infer A) => string ? (...values: A) => string : Widened<T[K]>;
};
export type Texts = Widened<typeof en>;

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

const loaded: Record<Language, () => Promise<Texts>> = {
  en: async () => en,
  de: async () => (await import("./de")).de,
};

export const language = signal<Language>("en");
export const texts = signal<Texts>(en);

/** The texts in the chosen language; a component that reads them is drawn again when that changes. */
export function t(): Texts {
  return texts.value;
}

export async function speak(wanted: Language): Promise<void> {
  texts.value = await loaded[wanted]();
  language.value = wanted;
  document.documentElement.lang = wanted;
}

/** The browser's language where we have it. */
export function preferred(): Language {
  const known = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag in LANGUAGES);
  return (known as Language | undefined) ?? "en";
}
