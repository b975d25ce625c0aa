import { expect, test } from "vitest";
import type { Events, Microphone, SpeechModel } from "../src/api/types";
import { lackOf } from "../src/speech/lack";
import { chosen } from "../src/speech/microphones";
import { isUsable, noted, parted, stepOf, type Steps } from "../src/speech/models";

function speech(state: string, detail = "", remedy = ""): Events["SpeechStateChanged"] {
  return { state, detail, remedy, device: "", model: "", step: "full", backlog_seconds: 0, gate: "open" };
}
function hears(state: string, detail = "", remedy = ""): Events["MicrophoneChanged"] {
  return { state, gate: "open", device: "", detail, remedy, keeps_sound: false, devices: [] };
}

test("nothing is missing only where somebody listens", () => {
  expect(lackOf(speech("listening"), hears("listening"))).toBeNull();
  for (const state of ["off", "no_model", "waiting", "loading", "catching_up", "postponing", "failed"]) {
    expect(lackOf(speech(state), hears("listening"))).not.toBeNull();
  }
  expect(lackOf(undefined, hears("listening"))?.kind).toBe("unknown");
});

test("what is missing is told with the place where it is put right", () => {
  expect(lackOf(speech("no_model"), undefined)).toMatchObject({ kind: "no_model", place: "speech" });
  expect(lackOf(speech("off"), hears("off"))).toMatchObject({ kind: "off", place: "settings" });
  expect(lackOf(speech("loading"), hears("listening"))).toMatchObject({ kind: "loading", place: null });
  const failed = lackOf(speech("failed", "It broke.", "Mend it."), hears("listening"));
  expect(failed).toMatchObject({ detail: "It broke.", remedy: "Mend it." });
});

test("while recognition waits, the microphone says for what", () => {
  const waits = speech("waiting", "It waits for the microphone.");
  expect(lackOf(waits, hears("waiting"))).toMatchObject({ kind: "idle", place: "live" });
  expect(lackOf(waits, hears("picture_only"))).toMatchObject({ kind: "picture_only", place: "sessions" });
  expect(lackOf(waits, hears("muted", "It is muted."))).toMatchObject({ kind: "muted", detail: "It is muted." });
  const missing = lackOf(waits, hears("missing", "Gone.", "Plug it in."));
  expect(missing).toMatchObject({ kind: "missing", remedy: "Plug it in.", place: "speech" });
  expect(lackOf(waits, hears("failed"))?.kind).toBe("unheard");
  expect(lackOf(waits, hears("listening"))?.kind).toBe("waiting");
  expect(lackOf(waits, undefined)).toMatchObject({ kind: "waiting", detail: "It waits for the microphone." });
});

test("a state that is newer than the app is not taken for listening", () => {
  const dreams = lackOf(speech("dreaming", "It dreams."), hears("listening"));
  expect(dreams).toMatchObject({ kind: "unknown", detail: "It dreams." });
  expect(lackOf(speech("waiting"), hears("dreaming"))?.kind).toBe("waiting");
});

const microphone = (name: string, more: Partial<Microphone> = {}): Microphone => ({
  name, label: name.toUpperCase(), rate: 48000, channels: 2, default: false, monitor: false, of_server: true, ...more,
});

test("a microphone is known by its name, or as it is labelled, in any letters", () => {
  const all = [microphone("desk"), microphone("desk.2", { label: "Head Set" })];
  expect(chosen(all, "desk")?.name).toBe("desk");
  expect(chosen(all, "head set")?.name).toBe("desk.2");
  expect(chosen(all, "gone")).toBeUndefined();
});

test("the system's choice is none where that would hear what the PC plays", () => {
  expect(chosen([microphone("desk", { default: true })], null)?.name).toBe("desk");
  expect(chosen([microphone("desk"), microphone("speakers", { default: true, monitor: true })], null)).toBeUndefined();
});

const model = (name: string, more: Partial<SpeechModel> = {}): SpeechModel => ({
  name, installed: false, in_use: false, recommended: false, english_only: false, megabytes: 78,
  window_seconds: null, loaded: null, problem: "", ...more,
});
const NONE: Steps = new Map();
const told = (name: string, step: string, fraction = 0) => ({ model_id: name, step, fraction, message: "", remedy: "" });

test("what was told last of a download counts, before what the list had", () => {
  const steps = noted(NONE, told("tiny", "downloading", 0.4));
  expect(stepOf(model("tiny", { loaded: 0.2 }), steps)?.fraction).toBe(0.4);
  expect(stepOf(model("base", { loaded: 0.2 }), steps)).toMatchObject({ step: "downloading", fraction: 0.2 });
  expect(stepOf(model("small"), steps)).toBeNull();
});

test("a model that has arrived is on its way no more; one that failed says so until it is tried again", () => {
  const arrived = noted(noted(NONE, told("tiny", "downloading", 0.9)), told("tiny", "ready", 1));
  expect(stepOf(model("tiny", { installed: true }), arrived)).toBeNull();
  const failed = noted(arrived, { ...told("base", "failed"), message: "No network." });
  expect(stepOf(model("base"), failed)?.message).toBe("No network.");
  expect(stepOf(model("base"), noted(failed, told("base", "downloading")))?.step).toBe("downloading");
});

test("what is here, comes or suits is shown first", () => {
  const here = model("tiny", { installed: true });
  const all = [here, model("base", { recommended: true }), model("small"), model("medium", { loaded: 0 })];
  const [near, others] = parted(all, NONE);
  expect(near.map(({ name }) => name)).toEqual(["tiny", "base", "medium"]);
  expect(others.map(({ name }) => name)).toEqual(["small"]);
});

test("a broken model is here, and of no use", () => {
  expect(isUsable(model("tiny", { installed: true }))).toBe(true);
  expect(isUsable(model("tiny", { installed: true, problem: "It is empty." }))).toBe(false);
  expect(isUsable(model("tiny"))).toBe(false);
});
