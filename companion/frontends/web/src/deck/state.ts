// What a deck's button shows of the truth, and what a press of it means now.
import { asksFirst, routeOf } from "../api/client";
import type { Events, Macro } from "../api/types";
import { sourceOf, type Sources } from "../live/reach";
import type { DeckButton } from "./pages";
import { itemsOf } from "./places";

export interface Facts extends Sources {
  studio: Events["StudioChanged"]["studio"] | undefined;
  stream: Events["StreamStateChanged"] | undefined;
  record: Events["RecordStateChanged"] | undefined;
  /** The macros that run, by number. */
  macros: ReadonlySet<unknown>;
  /** The clip that OBS plays now. */
  playing: number | null;
}

/** `macros` as `told` makes them; only whether one runs is taken from it. */
export function withRun(macros: readonly Macro[], { macro, running }: Events["MacroChanged"]): Macro[] {
  return [...macros.filter(({ id }) => id !== macro.id), { ...macro, running }];
}

/** `red` is on air or muted, `green` ready or shown, `amber` running or not possible now. */
export interface Lamp {
  tone: "off" | "red" | "green" | "amber";
  word: "" | "live" | "recording" | "paused" | "muted" | "program" | "preview" | "shown" | "on" | "ready" | "running" | "notReady" | "gone";
}
const OFF: Lamp = { tone: "off", word: "" };
const lit = (on: unknown, tone: Lamp["tone"], word: Lamp["word"]): Lamp => (on ? { tone, word } : OFF);
/** What `clip.save` keeps where it is not told how much. */
const STANDARD_SECONDS = 30;
const GONE: Lamp = { tone: "amber", word: "gone" };

/** The state that `button` is about. */
export function lampOf({ action, arguments: given }: DeckButton, facts: Facts): Lamp {
  const { studio, stream, record, replay } = facts;
  const input = () => studio?.inputs.find(({ name }) => name === given.name);
  switch (action) {
    case "stream.start":
    case "stream.stop":
      return lit(stream?.active, "red", "live");
    case "record.start":
    case "record.stop":
    case "record.pause":
    case "record.resume":
      return record?.paused ? { tone: "amber", word: "paused" } : lit(record?.active, "red", "recording");
    case "camera.start":
    case "camera.stop":
      return lit(studio?.camera.active, "green", "on");
    case "replay.start":
    case "replay.stop":
      return lit(replay?.state === "recording", "green", "ready");
    case "clip.save":
      return sourceOf(Number(given.seconds ?? STANDARD_SECONDS), facts) ? OFF : { tone: "amber", word: "notReady" };
    case "scene.switch":
      if (studio?.connected && !studio.scenes.some(({ name }) => name === given.name)) return GONE;
      return lit(studio?.program === given.name, "red", "program");
    case "scene.preview":
      return lit(studio?.studio_mode && studio.preview === given.name, "green", "preview");
    case "studio.mode":
      return lit(studio?.studio_mode, "green", "on");
    case "input.mute":
      if (studio?.connected && !input()) return GONE;
      return lit(input()?.muted, "red", "muted");
    case "item.show": {
      const item = studio && itemsOf(studio, given.scene).find(({ id }) => id === given.item_id);
      if (studio?.connected && !item) return GONE;
      return lit(item?.visible, "green", "shown");
    }
    case "filter.switch": {
      const sources = studio ? [...studio.inputs, ...studio.scenes] : [];
      const filters = sources.find(({ name }) => name === given.source)?.filters;
      return lit(filters?.find(({ name }) => name === given.filter)?.on, "green", "on");
    }
    case "macro.run":
      return lit(facts.macros.has(given.id), "amber", "running");
    case "clip.play":
      return lit(facts.playing !== null && facts.playing === given.id, "red", "live");
    case "clip.play_last":
      return lit(facts.playing !== null, "red", "live");
    default:
      return OFF;
  }
}

const OPPOSITE: Record<string, string> = {
  "camera.start": "camera.stop",
  "record.start": "record.stop",
  "replay.start": "replay.stop",
  "stream.start": "stream.stop",
  "macro.run": "macro.cancel",
};
/** Asked for as well, though the daemon would not: a pocket may press it, and go live, or lose moments. */
const ASKED = new Set(["stream.start", "record.stop", "replay.stop"]);

/** The action that a press runs now: "start" on what runs already is "stop". */
export function pressOf(button: DeckButton, facts: Facts): { action: string; arguments: Record<string, unknown>; ask: boolean } {
  const { tone } = lampOf(button, facts);
  const opposite = OPPOSITE[button.action];
  const action = opposite && tone !== "off" && routeOf(opposite) ? opposite : button.action;
  return { action, arguments: button.arguments, ask: asksFirst(action) || ASKED.has(action) };
}
