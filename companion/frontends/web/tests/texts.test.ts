import { expect, test } from "vitest";
import { routes } from "../src/api/routes";
import { de } from "../src/i18n/de";
import { en } from "../src/i18n/en";

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
