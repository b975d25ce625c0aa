import { expect, test } from "vitest";
import { de } from "../src/i18n/de";
import { en } from "../src/i18n/en";

/** Words that both languages write in the same way. */
const SAME = [
  "Clip", "Clips", "Code", "Deck", "Desktop", "Live", "Name", "OBS", "Orange", "Pause", "Replay", "Status", "Stream",
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
