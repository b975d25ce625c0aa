// Whether a clip of the last seconds would be accepted now, and what it would be cut from: as the daemon decides it.
import type { Events } from "../api/types";

export interface Sources {
  /** Whether OBS is connected. */
  connected: boolean;
  /** Whether nothing makes clips: that part of the daemon has failed. */
  broken: boolean;
  replay: Events["ReplayStateChanged"] | undefined;
  recorded: Events["RecordingReachChanged"] | undefined;
  /** In the daemon's clock, Unix seconds. */
  now: number;
}

/** What a clip of the last `seconds` would be cut from; null where it would be refused. */
export function sourceOf(seconds: number, { connected, broken, replay, recorded, now }: Sources): "buffer" | "recording" | null {
  if (broken) return null;
  if (replay?.state === "recording") return "buffer";
  if (!connected || recorded?.since == null) return null;
  return recorded.until == null || recorded.until > now - seconds ? "recording" : null;
}

/** How far back a clip can begin, in seconds. */
export function reachOf({ replay, recorded, now }: Sources): number {
  const buffer = replay?.state === "recording" ? (replay.reach_seconds ?? 0) : 0;
  return Math.max(buffer, recorded?.since == null ? 0 : now - recorded.since);
}
