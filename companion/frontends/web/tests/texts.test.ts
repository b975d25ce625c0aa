import { expect, test } from "vitest";
import { ApiError, OWN } from "../src/api/client";
import { routes } from "../src/api/routes";
import { texts } from "../src/i18n";
import { de } from "../src/i18n/de";
import { en } from "../src/i18n/en";
import { saidOf } from "../src/ui/said";

/** Words that both languages write in the same way. */
const SAME = [
  "Clip", "Clips", "Code", "Companion", "Deck", "Desktop", "Filter", "Live", "Name", "OBS", "Orange", "Pause", "Replay", "Status", "Stream",
  "Studio", "System", "Whisper",
];

function leaves(texts: object, path = ""): [path: string, text: string][] {
  return Object.entries(texts).flatMap(([key, text]) => {
    if (typeof text === "string") return [[path + key, text] as [string, string]];
    return typeof text === "object" ? leaves(text as object, `${path}${key}.`) : [];
  });
}

test("every text is German where German has words of its own", () => {
  const german = new Map(leaves(de));
  const english = leaves(en);
  const left = english.filter(([path, text]) => text !== "" && german.get(path) === text);
  expect([...new Set(left.map(([, text]) => text))].sort()).toEqual(SAME);
});

test("whatever can be done has a short title in every language, fit for a choice and a key", () => {
  const acts = Object.entries(routes).filter(([, [method]]) => method !== "GET").map(([name]) => name);
  for (const { titles, help } of [en.actions, de.actions]) {
    expect(Object.keys(titles).sort()).toEqual(acts.sort());
    expect(Object.values(titles).filter((title) => title.length > 40)).toEqual([]);
    expect(leaves({ titles, help }).filter(([, text]) => text.includes("`"))).toEqual([]);
  }
});

test("an error is told in the app's words where it has some, and else marked as the daemon's English", () => {
  const off = new ApiError(409, "studio_mode_off", "OBS is not in studio mode.", "Switch it on.");
  const odd = new ApiError(409, "brand_new", "Something new.", "Look at it.");
  expect(saidOf(off)).toEqual({ text: off.message, remedy: off.remedy, lang: "en" });
  texts.value = de;
  expect(saidOf(off)).toEqual({ ...de.errors.said.studio_mode_off, lang: undefined });
  expect(saidOf(odd)).toEqual({ text: odd.message, remedy: odd.remedy, lang: "en" });
  expect(saidOf(new ApiError(400, OWN, "Das ist keine Zahl."))).toMatchObject({ text: "Das ist keine Zahl.", lang: undefined });
  texts.value = en;
});
