import { expect, test } from "vitest";
import type { Message, Snapshot } from "../src/api/types";
import { Store } from "../src/live/store";

const me = { name: "phone", scope: "control", device: 3, door: "phone", version: "1", installation: "PC" } as const;
const obs = { state: "connected", health: "ok", since: 1, detail: "", remedy: "" } as const;

function snapshot(id: number, states: Snapshot["payload"]["states"] = {}): Snapshot {
  return { id, ts: Date.now() / 1000, type: "Snapshot", payload: { me, components: { obs }, states } };
}
function stream(id: number, active: boolean): Message<"StreamStateChanged"> {
  return { id, ts: 1, type: "StreamStateChanged", payload: { active, reconnecting: false, since: null, ended_at: null } };
}

test("a snapshot is the whole truth: what it does not have is not known any more", () => {
  const store = new Store();
  store.take(snapshot(10, { StreamStateChanged: { active: true, reconnecting: false, since: 5, ended_at: null } }));
  expect(store.state("StreamStateChanged").value?.active).toBe(true);
  store.take(snapshot(20));
  expect(store.state("StreamStateChanged").value).toBeUndefined();
  expect(store.last).toBe(20);
  expect(store.epoch.value).toBe(2);
  expect(store.components.value.get("obs")).toEqual({ name: "obs", ...obs });
});

test("a snapshot of a new run of the daemon counts, though its id is lower", () => {
  const store = new Store();
  store.take(snapshot(100));
  store.take(snapshot(5));
  store.take(stream(6, true));
  expect(store.last).toBe(6);
  expect(store.state("StreamStateChanged").value?.active).toBe(true);
});

test("an event that was seen before the connection was made anew does not turn the state back", () => {
  const store = new Store();
  store.take(snapshot(10));
  store.take(stream(12, false));
  store.take(stream(11, true));
  expect(store.state("StreamStateChanged").value?.active).toBe(false);
  expect(store.last).toBe(12);
});

test("listeners hear what they asked for until they end it", () => {
  const store = new Store();
  const heard: boolean[] = [];
  const end = store.on("StreamStateChanged", ({ active }) => heard.push(active));
  store.take(stream(1, true));
  store.take({ id: 2, ts: 1, type: "ClipDeleted", payload: { clip_id: 4 } });
  end();
  store.take(stream(3, false));
  expect(heard).toEqual([true]);
});

test("a component's word replaces its last one and nobody else's", () => {
  const store = new Store();
  store.take(snapshot(1));
  const replay = { name: "replay", state: "stopped", health: "attention", since: 2, detail: "", remedy: "Start it." } as const;
  store.take({ id: 2, ts: 2, type: "ComponentChanged", payload: { component: replay } });
  expect([...store.components.value.keys()]).toEqual(["obs", "replay"]);
  expect(store.components.value.get("replay")?.remedy).toBe("Start it.");
});
