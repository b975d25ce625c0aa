import { expect, test } from "vitest";
import { lampOf, type Facts } from "../src/deck/state";
import { reachOf, sourceOf, type Sources } from "../src/live/reach";

const replay = { state: "recording", reach_seconds: 20, length_seconds: 30, recording_since: 980, detail: "", remedy: "", warning: "", encoder_delay_seconds: null, reach_sure: true, too_short: false } as const;
const stopped = { ...replay, state: "stopped", reach_seconds: 0 } as const;
const all: Sources = { connected: true, broken: false, replay, recorded: { since: 400, until: null }, now: 1000 };
const key = (facts: Sources) => {
  const more: Facts = { ...facts, studio: undefined, stream: undefined, record: undefined, macros: new Set(), playing: null };
  return lampOf({ id: "x", label: "", icon: null, colour: null, action: "clip.save", arguments: { seconds: 15 } }, more).word;
};

test.each<[string, Partial<Sources>, "buffer" | "recording" | null, number]>([
  ["a clip comes from the buffer, and what that does not reach from the recording", {}, "buffer", 600],
  ["without a recording it is the buffer alone", { recorded: { since: null, until: null } }, "buffer", 20],
  ["with the buffer off it comes from the recording", { replay: stopped }, "recording", 600],
  ["also before anything is known of the buffer", { replay: undefined }, "recording", 600],
  ["a recording that ended within the clip has a part of it", { replay: stopped, recorded: { since: 400, until: 986 } }, "recording", 600],
  ["one that ended before has none", { replay: stopped, recorded: { since: 400, until: 985 } }, null, 600],
  ["without either there is nothing", { replay: stopped, recorded: undefined }, null, 0],
  ["no clip comes out of an OBS that is not connected", { replay: stopped, connected: false }, null, 600],
  ["nor where what makes them has failed", { broken: true }, null, 600],
])("%s", (_, changed, source, reach) => {
  const facts = { ...all, ...changed };
  expect(sourceOf(15, facts)).toBe(source);
  expect(reachOf(facts)).toBe(reach);
  expect(key(facts)).toBe(source ? "" : "notReady");
});
