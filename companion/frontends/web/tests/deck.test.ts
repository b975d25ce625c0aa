import { expect, test } from "vitest";
import { plain, withIds, type DeckButton } from "../src/deck/pages";
import { lampOf, pressOf, type Facts } from "../src/deck/state";

const input = { name: "Mic", kind: "k", has_audio: true, muted: true, volume_db: 0, media: null, filters: [] };
const studio = {
  connected: true, studio_mode: false, program: "Game", preview: null, transition: null, transitions: [],
  scenes: [{ name: "Game", items: [], filters: [] }, { name: "Chat", items: [], filters: [] }],
  inputs: [input], camera: { available: true, active: false }, profile: null, profiles: [], collection: null, collections: [],
};
const facts: Facts = {
  studio, stream: { active: true, reconnecting: false, since: 1 }, record: undefined,
  replay: { state: "stopped", reach_seconds: 0, length_seconds: 0, recording_since: null, detail: "", remedy: "", warning: "", encoder_delay_seconds: null },
  macros: new Set([4]), playing: null,
};
const button = (action: string, given: Record<string, unknown> = {}): DeckButton => ({
  id: "x", label: "", icon: null, colour: null, action, arguments: given,
});

test("a key shows the truth that it is about", () => {
  expect(lampOf(button("input.mute", { name: "Mic" }), facts)).toEqual({ tone: "red", word: "muted" });
  expect(lampOf(button("scene.switch", { name: "Game" }), facts).word).toBe("program");
  expect(lampOf(button("scene.switch", { name: "Chat" }), facts).tone).toBe("off");
  expect(lampOf(button("clip.save"), facts).word).toBe("notReady");
  expect(lampOf(button("macro.run", { id: 4 }), facts).word).toBe("running");
});

test("a key whose scene or input is not in OBS any more says so", () => {
  expect(lampOf(button("scene.switch", { name: "Gone" }), facts).word).toBe("gone");
  expect(lampOf(button("input.mute", { name: "Gone" }), facts).word).toBe("gone");
});

test("a press on what runs stops it, and whatever ends or begins a stream asks first", () => {
  expect(pressOf(button("stream.start"), facts)).toMatchObject({ action: "stream.stop", ask: true });
  expect(pressOf(button("stream.start"), { ...facts, stream: undefined })).toMatchObject({ action: "stream.start", ask: true });
  expect(pressOf(button("replay.start"), facts)).toMatchObject({ action: "replay.start", ask: false });
});

test("what is kept has no names of the screen's, and buttons keep theirs while others come and go", () => {
  const kept = [{ name: "One", buttons: [button("clip.mark"), button("clip.save", { seconds: 30 })].map(({ id: _, ...rest }) => rest) }];
  const shown = withIds(kept);
  expect(plain(shown)).toEqual(kept);
  const moved = withIds([{ name: "One", buttons: [...(kept[0]?.buttons ?? [])].reverse() }], shown);
  expect(moved[0]?.buttons.map(({ id }) => id)).toEqual(shown[0]?.buttons.map(({ id }) => id).reverse());
});
