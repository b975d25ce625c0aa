import "./meter.css";
import { useEffect, useRef } from "preact/hooks";

export const LOWEST_DB = -60;
const FALL_DB_PER_SECOND = 24;
/** A level is no truth any more when nothing was told for so long. */
const STALE_MS = 1000;

interface Props {
  /** Of what: the levels are those that `listen` gives for it. */
  name: string;
  bars: number;
  /** Call `take` with the level of each channel, in decibels, whenever it is told; returns what ends that. */
  listen: (name: string, take: (db: readonly number[]) => void) => () => void;
}

/** A bar for each channel, moved without a render of the page; it falls like a studio's meter does. */
export function Meter({ name, bars: count, listen }: Props) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const bars = element.current?.children ?? [];
    const shown: number[] = Array.from(bars, () => LOWEST_DB);
    let target: readonly number[] = [];
    let told = 0;
    let last = 0;
    let frame = 0;
    const draw = (now: number) => {
      const fall = ((now - last) / 1000) * FALL_DB_PER_SECOND;
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
      frame = moving ? requestAnimationFrame(draw) : 0;
    };
    const stop = listen(name, (db) => {
      target = db;
      told = performance.now();
      if (frame) return;
      last = told;
      frame = requestAnimationFrame(draw);
    });
    return () => {
      stop();
      cancelAnimationFrame(frame);
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
