// How well OBS does: its figures over the last hour, or as long as there were any.
import { useEffect, useState } from "preact/hooks";
import { invoke } from "../api/client";
import type { ObsStats } from "../api/types";
import { length, number } from "../format";
import { t } from "../i18n";
import { connection } from "../live/connection";
import { store } from "../live/store";
import { Icon } from "../ui/Icon";
import { Panel, useNow } from "../ui/parts";

type Sample = ObsStats & { at: number };

/** One moment of the history, which has a list for each figure. */
function row(series: Record<string, (number | null)[]>, index: number): ObsStats {
  return Object.fromEntries(Object.entries(series).map(([name, values]) => [name, values[index] ?? null])) as unknown as ObsStats;
}

const KEPT_SECONDS = 3600;
/** With nothing told for so long, OBS was away. */
const AWAY_SECONDS = 15;

/** The last hour, and on from there while the page is open. */
export function Plots() {
  const [samples, setSamples] = useState<Sample[]>([]);
  const now = useNow(5000);
  const epoch = store.epoch.value;
  useEffect(() => {
    invoke("studio.stats", {}).then(
      ({ at, series }) => setSamples(at.map((time, index) => ({ at: time, ...row(series, index) }))),
      () => undefined, // the plot begins with what comes from now on
    );
  }, [epoch]);
  useEffect(() => connection.watch("stats"), []);
  useEffect(
    () =>
      store.on("ObsStatsMeasured", (stats, at) =>
        setSamples((old) => [...old.filter((one) => one.at > at - KEPT_SECONDS), { at, ...stats }]),
      ),
    [],
  );
  const texts = t().status;
  const shown = { samples, until: Math.max(now, samples.at(-1)?.at ?? 0) };
  const per = (part: (one: Sample) => number, whole: (one: Sample) => number) => (one: Sample, before: Sample | undefined) => {
    if (!before) return 0;
    const all = whole(one) - whole(before);
    return all > 0 ? Math.max(0, ((part(one) - part(before)) / all) * 100) : 0;
  };
  const lagged = per((one) => one.render_lagged_frames, (one) => one.render_total_frames);
  const skipped = per((one) => one.output_skipped_frames, (one) => one.output_total_frames);
  const dropped = per((one) => one.stream_dropped_frames ?? 0, (one) => one.stream_total_frames ?? 0);
  return (
    <Panel title={texts.obs}>
      {!samples.length ? (
        <p class="soft">{texts.noStats}</p>
      ) : (
        <div class="plots">
          <Plot {...shown} title={texts.fps} value={(one) => one.fps} unit="fps" />
          <Plot {...shown} title={texts.cpu} value={(one) => one.cpu_percent} unit="%" top={100} />
          <Plot {...shown} title={texts.lagged} value={lagged} unit="%" top={5} bad={1} />
          <Plot {...shown} title={texts.skipped} value={skipped} unit="%" top={5} bad={1} />
          <Plot {...shown} title={texts.dropped} value={dropped} unit="%" top={5} bad={1} />
          <Plot {...shown} title={texts.congestion} value={(one) => (one.stream_congestion ?? 0) * 100} unit="%" top={100} bad={50} />
          <Plot {...shown} title={texts.disk} value={(one) => one.free_disk_mb / 1000} unit="GB" />
          <Plot {...shown} title={texts.memory} value={(one) => one.memory_mb} unit="MB" />
        </div>
      )}
    </Panel>
  );
}

interface PlotProps {
  title: string;
  samples: Sample[];
  /** The end of the time axis, in Unix seconds. */
  until: number;
  value: (one: Sample, before: Sample | undefined) => number;
  unit: string;
  /** The scale's end, unless values are higher. */
  top?: number;
  /** From here on it is bad. */
  bad?: number;
}
const [WIDTH, HEIGHT] = [240, 56];

function Plot({ title, samples, until, value, unit, top = 0, bad = Infinity }: PlotProps) {
  const values = samples.map((one, at) => value(one, afterGap(samples, at) ? undefined : samples[at - 1]));
  const highest = Math.max(top, roundedUp(Math.max(...values)));
  const from = Math.max(samples[0]?.at ?? 0, until - KEPT_SECONDS);
  const seconds = Math.max(1, until - from);
  const level = (one: number) => (HEIGHT - (one / highest) * HEIGHT).toFixed(1);
  const path = values.map((one, at) => {
    const place = `${((((samples[at]?.at ?? 0) - from) / seconds) * WIDTH).toFixed(1)},${level(one)}`;
    return afterGap(samples, at) ? `M${place}L${place}` : `L${place}`; // one that stands alone is a dot
  });
  const last = until - (samples.at(-1)?.at ?? 0) < AWAY_SECONDS ? (values.at(-1) ?? null) : null;
  const isBad = last !== null && last >= bad;
  const texts = t().status;
  const told = last === null ? "–" : number(last);
  return (
    <figure class={`plot ${isBad ? "amber" : ""}`}>
      <figcaption class="row apart">
        <span class="soft small">{title}</span>
        <b class="row">
          {isBad && (
            <span class="amber row">
              <Icon name="warn" size={16} />
              <span class="hidden">{texts.health.attention}</span>
            </span>
          )}
          {told} {unit}
        </b>
      </figcaption>
      <div class="graph">
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={texts.plot(title, told, number(Math.max(...values)), unit)}>
          {[0, highest / 2, highest].map((one) => (
            <line key={one} x1={0} x2={WIDTH} y1={level(one)} y2={level(one)} />
          ))}
          {bad < highest && <line class="bad" x1={0} x2={WIDTH} y1={level(bad)} y2={level(bad)} />}
          <path d={path.join("")} />
        </svg>
        <span class="scale" aria-hidden="true">
          <span>{number(highest)}</span>
          <span>{number(highest / 2)}</span>
          <span>0</span>
        </span>
      </div>
      <p class="row apart soft times" aria-hidden="true">
        <span>{texts.before(length(seconds < 120 ? Math.round(seconds) : Math.round(seconds / 60) * 60))}</span>
        <span>{t().sessions.now}</span>
      </p>
    </figure>
  );
}

/** Whether the sample is the first one, or the first after OBS was away. */
function afterGap(samples: Sample[], at: number): boolean {
  return (samples[at]?.at ?? 0) - (samples[at - 1]?.at ?? -Infinity) > AWAY_SECONDS;
}

/** The next of 1, 2, 5, 10, 20, 50 ... */
function roundedUp(value: number): number {
  const step = 10 ** Math.floor(Math.log10(Math.max(value, 1e-3)));
  return [1, 2, 5, 10].map((one) => one * step).find((one) => one >= value) ?? value;
}
