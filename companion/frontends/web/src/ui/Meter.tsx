import "./meter.css";
import { useEffect, useRef } from "preact/hooks";
import { isCalm } from "../preferences";

export const LOWEST_DB = -60;
const FALL_DB_PER_SECOND = 24;
/** A level is no truth any more when nothing was told for so long. */
const STALE_MS = 1000;
/** How often it is drawn where nothing shall glide: each time as high as it was since the last. */
const CALM_MS = 500;

interface Props {
  /** Of what: the levels are those that `listen` gives for it. */
  name: string;
  bars: number;
  /** Call `take` with the level of each channel, in decibels, whenever it is told; returns what ends that. */
  listen: (name: string, take: (db: readonly number[]) => void) => () => void;
}

/** A bar for each channel, moved without a render of the page; it falls like a studio's meter, but where motion is off. */
export function Meter({ name, bars: count, listen }: Props) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const bars = element.current?.children ?? [];
    const shown: number[] = Array.from(bars, () => LOWEST_DB);
    let target: readonly number[] = [];
    let drawn = true;
    let told = 0;
    let last = 0;
    let cancel: (() => void) | null = null;
    const plan = () => {
      if (isCalm()) {
        const timer = setTimeout(() => draw(performance.now()), CALM_MS);
        cancel = () => clearTimeout(timer);
      } else {
        const frame = requestAnimationFrame(draw);
        cancel = () => cancelAnimationFrame(frame);
      }
    };
    const draw = (now: number) => {
      const fall = isCalm() ? Infinity : ((now - last) / 1000) * FALL_DB_PER_SECOND;
      last = now;
      let moving = false;
      for (let at = 0; at < bars.length; at++) {
        const level = now - told > STALE_MS ? LOWEST_DB : (target[Math.min(at, target.length - 1)] ?? LOWEST_DB);
        const fallen = Math.max(LOWEST_DB, level, (shown[at] ?? LOWEST_DB) - fall);
        moving ||= fallen > LOWEST_DB;
        shown[at] = fallen;
        const cover = Math.min(1, Math.max(0, fallen / LOWEST_DB));
        (bars[at] as HTMLElement).style.setProperty("--cover", String(cover));
      }
      drawn = true;
      cancel = null;
      if (moving) plan();
    };
    const stop = listen(name, (db) => {
      target = isCalm() && !drawn ? db.map((level, at) => Math.max(level, target[at] ?? LOWEST_DB)) : db;
      drawn = false;
      told = performance.now();
      if (cancel) return;
      last = told;
      plan();
    });
    return () => {
      stop();
      cancel?.();
    };
  }, [name]);
  return (
    <div ref={element} class="meter" aria-hidden="true">
      {Array.from({ length: count }, (_, at) => (
        <i key={at} />
      ))}
    </div>
  );
}
