// What each part of the companion says of itself, and how well OBS does.
import "./status.css";
import { useEffect, useState } from "preact/hooks";
import { invoke } from "../api/client";
import type { Component, ObsStats } from "../api/types";
import { ago, number } from "../format";
import { t } from "../i18n";
import { connection, transport } from "../live/connection";
import { store } from "../live/store";
import { href, type PageName } from "../router";
import { Icon, type IconName } from "../ui/Icon";
import { may, Panel, useNow } from "../ui/parts";
import { ReplayRemedy, withoutCommands } from "../ui/ReplayTruth";

const HEALTH: Record<string, [IconName, string]> = {
  ok: ["check", "green"],
  attention: ["warn", "amber"],
  failed: ["error", "red"],
  off: ["off", "soft"],
};
const RANK = ["failed", "attention", "ok", "off"];

export function Status() {
  const texts = t().status;
  useNow(30_000);
  const components = [...store.components.value.values()].sort((a, b) => RANK.indexOf(a.health) - RANK.indexOf(b.health));
  const me = store.me.value;
  return (
    <>
      <div class="head">
        <h1>{t().pages.status}</h1>
        <span class="small soft">
          {me?.version} · {texts.over[transport.value]}
        </span>
      </div>
      <div class="stack">
        <Panel title={texts.components}>
          <ul class="list components">
            {components.map((component) => (
              <Row key={component.name} component={component} />
            ))}
          </ul>
        </Panel>
        <Plots />
      </div>
    </>
  );
}

function Row({ component }: { component: Component }) {
  const [icon, tone] = HEALTH[component.health] ?? ["help", "soft"];
  const texts = t().status;
  const state = (texts.states as Record<string, string>)[component.state];
  const said = (text: string) => (component.name === "replay" ? withoutCommands(text) : text);
  return (
    <li>
      <span class={tone}>
        <Icon name={icon} />
        <span class="hidden">{texts.health[component.health]}</span>
      </span>
      <div class="grow">
        <p class="row wrap">
          <b>{texts.names[component.name.replaceAll(" ", "_") as keyof typeof texts.names] ?? component.name}</b>
          <span lang={state ? undefined : "en"} class={`small ${tone}`}>{state ?? component.state.replaceAll("_", " ")}</span>
          <span class="small soft">{ago(component.since)}</span>
        </p>
        {component.detail && <p lang="en" class="small soft">{said(component.detail)}</p>}
        {component.remedy && component.health !== "ok" && <p lang="en" class="small">{said(component.remedy)}</p>}
      </div>
      {component.name === "replay" ? <ReplayRemedy /> : <Way component={component} />}
    </li>
  );
}

/** The page where what a component wants is done. */
const PLACES: Record<string, PageName> = {
  devices: "devices",
  lan: "devices",
  hotkeys: "settings",
  microphone: "speech",
  recognition: "speech",
  speech: "speech",
};

function Way({ component }: { component: Component }) {
  const page = component.state === "wrong_password" ? "settings" : PLACES[component.name];
  const wants = component.health === "attention" || component.health === "failed";
  if (!page || !wants || !may("admin")) return null;
  return (
    <a class="button" href={href(page)}>
      {t().pages[page]} <Icon name="forward" size={16} />
    </a>
  );
}

type Sample = ObsStats & { at: number };

/** One moment of the history, which has a list for each figure. */
function row(series: Record<string, (number | null)[]>, index: number): ObsStats {
  return Object.fromEntries(Object.entries(series).map(([name, values]) => [name, values[index] ?? null])) as unknown as ObsStats;
}

const KEPT_SECONDS = 3600;

/** The last hour, and on from there while the page is open. */
function Plots() {
  const [samples, setSamples] = useState<Sample[]>([]);
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
  const last = samples.at(-1);
  const per = (part: (one: Sample) => number, whole: (one: Sample) => number) => (one: Sample, before: Sample | undefined) => {
    if (!before) return 0;
    const all = whole(one) - whole(before);
    return all > 0 ? Math.max(0, ((part(one) - part(before)) / all) * 100) : 0;
  };
  const lagged = per((one) => one.render_lagged_frames, (one) => one.render_total_frames);
  const skipped = per((one) => one.output_skipped_frames, (one) => one.output_total_frames);
  const dropped = per((one) => one.stream_dropped_frames ?? 0, (one) => one.stream_total_frames ?? 0);
  return (
    <Panel title={texts.obs} aside={<small class="soft">{texts.lastHour}</small>}>
      {!last ? (
        <p class="soft">{texts.noStats}</p>
      ) : (
        <div class="plots">
          <Plot title={texts.fps} samples={samples} value={(one) => one.fps} unit="fps" />
          <Plot title={texts.cpu} samples={samples} value={(one) => one.cpu_percent} unit="%" top={100} />
          <Plot title={texts.lagged} samples={samples} value={lagged} unit="%" top={5} bad={1} />
          <Plot title={texts.skipped} samples={samples} value={skipped} unit="%" top={5} bad={1} />
          <Plot title={texts.dropped} samples={samples} value={dropped} unit="%" top={5} bad={1} />
          <Plot title={texts.congestion} samples={samples} value={(one) => (one.stream_congestion ?? 0) * 100} unit="%" top={100} bad={50} />
          <Plot title={texts.disk} samples={samples} value={(one) => one.free_disk_mb / 1000} unit="GB" />
          <Plot title={texts.memory} samples={samples} value={(one) => one.memory_mb} unit="MB" />
        </div>
      )}
    </Panel>
  );
}

interface PlotProps {
  title: string;
  samples: Sample[];
  value: (one: Sample, before: Sample | undefined) => number;
  unit: string;
  /** The scale's end, unless values are higher. */
  top?: number;
  /** From here on it is bad. */
  bad?: number;
}
const [WIDTH, HEIGHT] = [240, 56];

function Plot({ title, samples, value, unit, top = 0, bad = Infinity }: PlotProps) {
  const values = samples.map((one, at) => value(one, samples[at - 1]));
  const highest = Math.max(top, ...values, 1e-9);
  const now = samples.at(-1)?.at ?? 0;
  const from = Math.max(samples[0]?.at ?? 0, now - KEPT_SECONDS);
  const points = values.map((one, at) => {
    const x = (((samples[at]?.at ?? 0) - from) / Math.max(1, now - from)) * WIDTH;
    return `${x.toFixed(1)},${(HEIGHT - (one / highest) * (HEIGHT - 4) - 2).toFixed(1)}`;
  });
  const last = values.at(-1) ?? 0;
  const worst = Math.max(...values);
  return (
    <figure class={`plot ${last >= bad ? "amber" : ""}`}>
      <figcaption class="row apart">
        <span class="soft small">{title}</span>
        <b>
          {number(last)} {unit}
        </b>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={t().status.plot(title, number(last), number(worst), unit)}>
        <polyline points={points.join(" ")} />
      </svg>
    </figure>
  );
}
