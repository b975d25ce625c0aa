import { expect, test } from "vitest";
import { plain, withIds, type DeckButton } from "../src/deck/pages";
import type { Macro } from "../src/api/types";
import { read, suggestions, withArgument } from "../src/deck/catalogue";
import { lampOf, pressOf, withRun, type Facts } from "../src/deck/state";

const blur = { name: "Blur", on: true };
const input = { name: "Mic", kind: "k", has_audio: true, muted: true, volume_db: 0, media: null, filters: [], device: null };
const studio = {
  connected: true, studio_mode: false, program: "Game", preview: null, transition: null, transitions: [],
  scenes: [{ name: "Game", items: [], filters: [blur] }, { name: "Chat", items: [], filters: [] }],
  inputs: [input], camera: { available: true, active: false }, profile: null, profiles: [], collection: null, collections: [],
};
const facts: Facts = {
  studio, stream: { active: true, reconnecting: false, since: 1, ended_at: null }, record: undefined,
  replay: { state: "stopped", reach_seconds: 0, length_seconds: 0, recording_since: null, detail: "", remedy: "", warning: "", encoder_delay_seconds: null, reach_sure: true, too_short: false },
  macros: new Set([4]), playing: null, connected: true, broken: false, recorded: undefined, now: 1000,
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

test("a filter is found on an input and on a scene", () => {
  const key = button("filter.switch", { source: "Game", filter: "Blur" });
  expect(lampOf(key, facts)).toEqual({ tone: "green", word: "on" });
  expect(lampOf(button("filter.switch", { source: "Chat", filter: "Blur" }), facts).tone).toBe("off");
  const onMic = { ...studio, scenes: [], inputs: [{ ...input, filters: [blur] }] };
  expect(lampOf(button("filter.switch", { source: "Mic", filter: "Blur" }), { ...facts, studio: onMic }).word).toBe("on");
  expect(suggestions("filter.switch", "filter", { source: "Game" }, studio, [])).toEqual([["Blur", "Blur"]]);
});

test("a source in a group is chosen, lit and missed under its group's name, whose numbers are its own", () => {
  const item = (id: number, source: string, visible: boolean, group: string | null = null) => ({ id, source, visible, kind: "k", group });
  const items = [item(2, "Cams", true), item(1, "Face", true, "Cams"), item(1, "Game", false)];
  const grouped = { ...studio, scenes: [{ name: "Scene", items, filters: [] }, { name: "Chat", items: [item(1, "Logo", true)], filters: [] }] };
  const choices = (name: string, given = {}) => suggestions("item.show", name, given, grouped, []);
  expect(choices("scene")).toEqual([["Scene", "Scene"], ["Cams", "Scene › Cams"], ["Chat", "Chat"]]);
  expect(choices("item_id", { scene: "Cams" })).toEqual([[1, "Face"]]);
  expect(choices("item_id", { scene: "Scene" })).toEqual([[2, "Cams"], [1, "Game"]]);
  const lamp = (scene: string, item_id: number) => lampOf(button("item.show", { scene, item_id }), { ...facts, studio: grouped });
  expect(lamp("Cams", 1)).toEqual({ tone: "green", word: "shown" });
  expect(lamp("Scene", 1).tone).toBe("off");
  expect(lamp("Cams", 2).word).toBe("gone");
});

test("what was chosen within a scene goes with it, as its number means another source elsewhere", () => {
  expect(withArgument({ scene: "Scene", item_id: 1, visible: true }, "scene", "Cams")).toEqual({ scene: "Cams", visible: true });
  expect(withArgument({ scene: "Scene", item_id: 1 }, "scene", "Scene")).toEqual({ scene: "Scene", item_id: 1 });
  expect(withArgument({ scene: "Scene", item_id: 1 }, "item_id", undefined)).toEqual({ scene: "Scene" });
  expect(withArgument({ source: "Mic", filter: "Gate" }, "source", "Music")).toEqual({ source: "Music" });
});

test("a key can do what acts, not what only answers or has a page of its own", () => {
  const method = (operationId: string) => ({ operationId });
  const paths = {
    "/a": { post: method("item.show"), get: method("studio.show") }, "/b": { post: method("clip.save"), get: method("clip.subtitles") },
    "/c": { delete: method("clip.delete"), put: method("deck.save"), post: method("macro.save") },
  };
  expect(read({ paths, components: { schemas: {} } }).map(({ name }) => name)).toEqual(["clip.save", "item.show"]);
});

test("of the keys that play a clip, those are lit whose clip OBS plays now", () => {
  const playing = { ...facts, playing: 7 };
  expect(lampOf(button("clip.play", { id: 7 }), playing).word).toBe("live");
  expect(lampOf(button("clip.play", { id: 8 }), playing).tone).toBe("off");
  expect(lampOf(button("clip.play_last"), playing).word).toBe("live");
  expect(lampOf(button("clip.play", { id: 7 }), facts).tone).toBe("off");
  expect(lampOf(button("clip.play_last"), facts).tone).toBe("off");
});

test("which macros run is as it was told last, whatever the list had", () => {
  const listed: Macro[] = [
    { id: 1, name: "Intro", steps: [], confirm: [], running: false, step: 0 },
    { id: 2, name: "Outro", steps: [], confirm: [], running: true, step: 1 },
  ];
  const runs = (macros: Macro[]) => macros.filter(({ running }) => running).map(({ id }) => id);
  const told = (macro: Macro, running: boolean) => ({ macro, running, step: 0, outcome: "", message: "" });
  const began = withRun(listed, told(listed[0]!, true));
  expect(runs(began).sort()).toEqual([1, 2]);
  expect(runs(withRun(began, told(listed[1]!, false)))).toEqual([1]);
  expect(runs(withRun([], told(listed[0]!, true)))).toEqual([1]);
});

test("a key whose scene or input is not in OBS any more says so", () => {
  expect(lampOf(button("scene.switch", { name: "Gone" }), facts).word).toBe("gone");
  expect(lampOf(button("input.mute", { name: "Gone" }), facts).word).toBe("gone");
});

test("a press on what runs stops it, and what begins a stream or ends what is kept asks first", () => {
  expect(pressOf(button("stream.start"), facts)).toMatchObject({ action: "stream.stop", ask: true });
  expect(pressOf(button("stream.start"), { ...facts, stream: undefined })).toMatchObject({ action: "stream.start", ask: true });
  expect(pressOf(button("replay.start"), facts)).toMatchObject({ action: "replay.start", ask: false });
  expect(pressOf(button("record.start"), facts)).toMatchObject({ action: "record.start", ask: false });
  const running = { ...facts, record: { active: true, paused: false, paused_at: null, since: 1, ended_at: null, path: "" }, replay: { ...facts.replay!, state: "recording" as const } };
  expect(pressOf(button("replay.start"), running)).toMatchObject({ action: "replay.stop", ask: true });
  expect(pressOf(button("record.start"), running)).toMatchObject({ action: "record.stop", ask: true });
});

test("what is kept has no names of the screen's, and buttons keep theirs while others come and go", () => {
  const kept = [{ name: "One", buttons: [button("clip.mark"), button("clip.save", { seconds: 30 })].map(({ id: _, ...rest }) => rest) }];
  const shown = withIds(kept);
  expect(plain(shown)).toEqual(kept);
  const moved = withIds([{ name: "One", buttons: [...(kept[0]?.buttons ?? [])].reverse() }], shown);
  expect(moved[0]?.buttons.map(({ id }) => id)).toEqual(shown[0]?.buttons.map(({ id }) => id).reverse());
});
