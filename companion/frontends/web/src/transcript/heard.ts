// What is being said, until it is written down or turns out to be nothing: then nobody tells of it again.
import type { Events } from "../api/types";

export type Heard = Pick<Events["SpeechHeard"], "started_at" | "until" | "text">;

const STAYS_SECONDS = 5;
/** However late it was told, as on a busy PC: as long as it takes to read, and to be told how it goes on. */
const SHORTEST_SECONDS = 2;

/** For how many seconds from `now` on it passes for being said, where nothing more is told of it. */
export function passesFor({ until }: Heard, now: number): number {
  return Math.max((until ?? now) + STAYS_SECONDS - now, SHORTEST_SECONDS);
}
