import { expect, test } from "vitest";
import type { Setting } from "../src/api/types";
import { store } from "../src/live/store";
import { fixedBy, nameOf, shapeOf, summary } from "../src/settings/shape";
import { combination, readable } from "../src/ui/keys";

function setting(name: string, standard: unknown, choices: string[] = []): Setting {
  return { name, value: null, default: standard, source: "default", help: "", choices } as Setting;
}

test("a setting is edited as what it is", () => {
  expect(shapeOf(setting("lan_mode", "off", ["off", "https"]))).toBe("choice");
  expect(shapeOf(setting("obs_ws_password", null))).toBe("secret");
  expect(shapeOf(setting("tray", true))).toBe("truth");
  expect(shapeOf(setting("http_port", 3123))).toBe("number");
  expect(shapeOf(setting("clip_lengths", [15, 30]))).toBe("numbers");
  expect(shapeOf(setting("hotkeys", [{ keys: "<f9>", action: "clip.save" }]))).toBe("hotkeys");
  expect(shapeOf(setting("quickstop", [{ action: "stream.stop" }]))).toBe("steps");
  expect(shapeOf(setting("session_dir", null))).toBe("text");
  expect(shapeOf(setting("microphone", null))).toBe("microphone");
  expect(shapeOf(setting("stt_model", null))).toBe("model");
});

test("a setting that is newer than the app has a name all the same", () => {
  expect(nameOf(setting("tray", true))).toBe("Tray icon");
  expect(nameOf(setting("brand_new", true))).toBe("brand new");
});

test("a setting says why it cannot be changed here", () => {
  const me = { name: "", scope: "admin", device: null, version: "", installation: "" } as const;
  const model = { ...setting("stt_model", null), pc_only: true };
  store.me.value = { ...me, door: "dashboard" };
  expect(fixedBy(model)).toBe("");
  expect(fixedBy({ ...model, source: "environment" })).toBe("outside");
  store.me.value = { ...me, door: "phone" };
  expect(fixedBy(model)).toBe("pc");
  expect(fixedBy(setting("microphone", null))).toBe("");
});

test("a list is told in words: waits, actions with what they are given, and keys", () => {
  const words = { wait: (seconds: number) => `wait ${seconds}` };
  const steps = [{ wait: 2 }, { action: "clip.save", arguments: { seconds: 30, title: null } }, { action: "odd.one", arguments: {} }];
  expect(summary(steps, words)).toEqual(["wait 2", "Save the last seconds as a clip (30)", "odd.one"]);
  expect(summary([{ keys: "<ctrl>+<f9>", action: "odd.one" }], words)).toEqual(["Ctrl + F9: odd.one"]);
});

test("pressed keys become what the settings write; what would type a letter is none", () => {
  const press = (key: string, code: string, held: Partial<Record<"ctrlKey" | "shiftKey" | "altKey" | "metaKey", boolean>> = {}) =>
    combination({ key, code, ctrlKey: false, shiftKey: false, altKey: false, metaKey: false, ...held });
  expect(press("F9", "F9", { ctrlKey: true, shiftKey: true })).toBe("<ctrl>+<shift>+<f9>");
  expect(press("Ö", "KeyC", { altKey: true })).toBe("<alt>+c");
  expect(press("c", "KeyC")).toBeNull();
  expect(press("Shift", "ShiftLeft", { shiftKey: true })).toBeNull();
  expect(readable("<ctrl>+<shift>+<f9>")).toBe("Ctrl + Shift + F9");
});
