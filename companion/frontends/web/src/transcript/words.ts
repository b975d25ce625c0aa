// Words with times: put in order, written as text, and the span of time that is cut for some of them.
import type { Segment } from "../api/types";

export interface Chosen {
  /** The segment of the first word. */
  segment: number;
  text: string;
  start_at: number;
  end_at: number;
}

const LEAD_SECONDS = 0.25;
const TAIL_SECONDS = 0.4;
// Scripts that are written without blanks between words.
const UNSPACED = /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]/;

/** `segments` with `one` at its place: what was said earlier may be recognized later. */
export function insert(segments: readonly Segment[], one: Segment): Segment[] {
  const kept = segments.filter(({ id }) => id !== one.id);
  const place = kept.filter(({ id }) => id < one.id).length;
  return [...kept.slice(0, place), one, ...kept.slice(place)];
}

/** Words, each with the blank behind it where its script has one. */
export function joinedWords(words: readonly string[]): string[] {
  return words.map((word, place) => {
    const next = words[place + 1];
    if (next === undefined) return word;
    return UNSPACED.test(word.at(-1) ?? "") && UNSPACED.test(next[0] ?? "") ? word : `${word} `;
  });
}

/** What to cut for words: some air around them, but nothing of the words that end `before` and begin `after` them. */
export function spanOf(
  words: { start: number; end: number },
  before: number | null,
  after: number | null,
): { start_at: number; end_at: number } {
  const first = before === null ? -Infinity : Math.min(words.start, (before + words.start) / 2);
  const last = after === null ? Infinity : Math.max(words.end, (after + words.end) / 2);
  return { start_at: Math.max(words.start - LEAD_SECONDS, first), end_at: Math.min(words.end + TAIL_SECONDS, last) };
}
