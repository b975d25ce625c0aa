// Numbers and times as people read them, in the chosen language.
import { language } from "./i18n";

/** `1:05` or `1:02:05` of whole seconds. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** `0:05.37`: as `clock`, to the hundredth. */
export function fineClock(seconds: number): string {
  const hundredths = Math.round(Math.max(0, seconds) * 100);
  return `${clock(hundredths / 100)}.${String(hundredths % 100).padStart(2, "0")}`;
}

/** `30 s`, `2 min`, `1 min 30 s`. */
export function length(seconds: number): string {
  const rounded = Math.round(seconds * 10) / 10;
  if (rounded < 60) return `${number(rounded)} s`;
  const [m, s] = [Math.floor(rounded / 60), Math.round(rounded % 60)];
  return s ? `${m} min ${s} s` : `${m} min`;
}

export function number(value: number, digits = 1): string {
  return new Intl.NumberFormat(language.value, { maximumFractionDigits: digits }).format(value);
}

export function bytes(value: number): string {
  const [scaled, unit] = value >= 1e9 ? [value / 1e9, "GB"] : value >= 1e6 ? [value / 1e6, "MB"] : [value / 1e3, "kB"];
  return `${number(scaled)} ${unit}`;
}

/** A time of the daemon: text with its zone, or Unix seconds. */
export type Time = string | number;

function moment(time: Time): Date {
  return new Date(typeof time === "number" ? time * 1000 : time);
}

export function when(time: Time): string {
  return new Intl.DateTimeFormat(language.value, { dateStyle: "medium", timeStyle: "short" }).format(moment(time));
}

export function day(time: Time): string {
  return new Intl.DateTimeFormat(language.value, { weekday: "long", day: "numeric", month: "long" }).format(moment(time));
}

export function hour(time: Time): string {
  return new Intl.DateTimeFormat(language.value, { timeStyle: "short" }).format(moment(time));
}

/** `20:15:07`. */
export function time(at: Time): string {
  return new Intl.DateTimeFormat(language.value, { timeStyle: "medium" }).format(moment(at));
}

/** `5 minutes ago`. */
export function ago(time: Time): string {
  const seconds = (moment(time).getTime() - Date.now()) / 1000;
  const words = new Intl.RelativeTimeFormat(language.value, { numeric: "auto" });
  const [unit, size] = ([["day", 86400], ["hour", 3600], ["minute", 60]] as const).find(([, size]) => -seconds >= size) ?? ["second", 1];
  return words.format(Math.round(seconds / size), unit);
}
