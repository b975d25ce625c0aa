import { expect, test } from "vitest";
import type { Segment } from "../src/api/types";
import { passesFor } from "../src/transcript/heard";
import { insert, joinedWords, spanOf } from "../src/transcript/words";

const said = (id: number, text = "x"): Segment => ({
  id, session_id: null, started_at: id / 1000, ended_at: id / 1000 + 1, text, language: "en", confidence: 1, words: [],
});
const ids = (segments: Segment[]) => segments.map(({ id }) => id);

test("what is recognized later stands where it was said", () => {
  expect(ids(insert([said(1000), said(3000)], said(2000)))).toEqual([1000, 2000, 3000]);
  expect(ids(insert([said(1000)], said(500)))).toEqual([500, 1000]);
  expect(ids(insert([], said(1)))).toEqual([1]);
});

test("what is told twice stands once, as told last", () => {
  expect(insert([said(1000, "old"), said(2000)], said(1000, "new")).map(({ text }) => text)).toEqual(["new", "x"]);
});

test("words have blanks between them only where their script has", () => {
  expect(joinedWords(["nice", "shot"])).toEqual(["nice ", "shot"]);
  expect(joinedWords(["今日", "は", "OK", "です"])).toEqual(["今日", "は ", "OK ", "です"]);
  expect(joinedWords([])).toEqual([]);
});

test("a clip of words has air around them, and nothing of their neighbours", () => {
  expect(spanOf({ start: 10, end: 12 }, null, null)).toEqual({ start_at: 9.75, end_at: 12.4 });
  expect(spanOf({ start: 10, end: 12 }, 9.9, 12.1)).toEqual({ start_at: 9.95, end_at: 12.05 });
  expect(spanOf({ start: 10, end: 12 }, 10.3, 11.8)).toEqual({ start_at: 10, end_at: 12 });
});

test("what is being said passes for that for some seconds after it was heard, and long enough to be read", () => {
  const heard = (until: number | null) => ({ started_at: 90, until, text: "What a" });
  expect(passesFor(heard(100), 100)).toBe(5);
  expect(passesFor(heard(99), 101)).toBe(3);
  expect(passesFor(heard(90), 100)).toBe(2);
  expect(passesFor(heard(null), 100)).toBe(5);
});
