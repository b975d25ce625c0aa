// The desk: what is on air, and the hands on it.
import "./live.css";
import { invoke } from "../api/client";
import { useEffect, useState } from "preact/hooks";
import type { ObsStats, Studio } from "../api/types";
import { bytes, clock, length, number } from "../format";
import { t } from "../i18n";
import { connection } from "../live/connection";
import { reachOf, sourceOf } from "../live/reach";
import { store } from "../live/store";
import { tap } from "../preferences";
import { Icon } from "../ui/Icon";
import { confirm, toast } from "../ui/feedback";
import { Empty, may, Panel, Switch, useNow, WorkButton } from "../ui/parts";
import { useLengths } from "../ui/lengths";
import { LiveCaptions } from "../ui/LiveCaptions";
import { ReplayTruth, useSources } from "../ui/ReplayTruth";
import { Mixer } from "./Mixer";
import { Picture } from "./Picture";

export function Live() {
  const studio = store.state("StudioChanged").value?.studio;
  const ready = studio?.connected === true;
  return (
    <>
      <div class="head">
        <h1>{t().pages.live}</h1>
      </div>
      <div class="desk">
        <div class="stack main">
          <Picture studio={studio} />
          <ClipMaker />
          <Outputs />
          <LiveCaptions />
        </div>
        <div class="stack side">
          {ready ? (
            <>
              <Scenes studio={studio} />
              <Sources studio={studio} />
            </>
          ) : (
            <Panel title={t().live.scenes}>
              <Empty icon="offline" title={t().live.noObs}>
                <span lang="en">{store.components.value.get("obs")?.remedy}</span>
              </Empty>
            </Panel>
          )}
        </div>
        {ready && (
          <div class="stack mix">
            <Mixer inputs={studio.inputs} />
          </div>
        )}
      </div>
    </>
  );
}

/** One big button, and the other lengths beside it. */
function ClipMaker() {
  const texts = t().live;
  const sources = useSources();
  const lengths = useLengths();
  const main = lengths[Math.min(1, lengths.length - 1)];
  const save = async (seconds: number) => {
    await invoke("clip.save", { seconds });
    tap([15, 30, 15]);
    toast("good", texts.clipTaken(length(seconds)));
  };
  const refused = (seconds: number) => sourceOf(seconds, sources) === null;
  const reach = Math.floor(reachOf(sources));
  return (
    <section class="panel maker" aria-label={texts.clip}>
      <ReplayTruth />
      {may("control") && main !== undefined && (
        <>
          <WorkButton class="primary big" disabled={refused(main)} work={() => save(main)}>
            <Icon name="clip" size={28} />
            <span>
              {texts.clip} <b>{length(main)}</b>
            </span>
          </WorkButton>
          <div class="row wrap lengths">
            {lengths
              .filter((seconds) => seconds !== main)
              .map((seconds) => (
                <WorkButton key={seconds} class={`grow ${seconds > reach ? "short" : ""}`} disabled={refused(seconds)} work={() => save(seconds)}>
                  {length(seconds)}
                </WorkButton>
              ))}
            <WorkButton
              class="grow"
              work={async () => {
                await invoke("clip.mark", {});
                tap();
                toast("info", texts.marked);
              }}
            >
              <Icon name="mark" /> {texts.mark}
            </WorkButton>
          </div>
        </>
      )}
    </section>
  );
}

/** How much is recorded; a pause stops the clock. */
function recorded({ since, paused_at }: { since?: number | null; paused_at?: number | null }, now: number): string {
  return since ? clock((paused_at ?? now) - since) : "";
}

/** OBS's own figures while somebody wants them; undefined until the next ones come. */
function useStats(wanted: boolean): ObsStats | undefined {
  const [stats, setStats] = useState<ObsStats>();
  useEffect(() => {
    setStats(undefined);
    if (!wanted) return;
    const ends = [connection.watch("stats"), store.on("ObsStatsMeasured", (told) => setStats(told))];
    return () => ends.forEach((end) => end());
  }, [wanted]);
  return stats;
}

const LOST_PERCENT = 1;
const CONGESTED = 0.5;
const FEW_MB = 5000;

function percent(part: number, whole: number): number {
  return whole > 0 ? (part / whole) * 100 : 0;
}

function StreamHealth({ stats }: { stats: ObsStats }) {
  const lost = percent(stats.stream_dropped_frames ?? 0, stats.stream_total_frames ?? 0);
  const bad = lost >= LOST_PERCENT || (stats.stream_congestion ?? 0) >= CONGESTED;
  const texts = t().live;
  return (
    <p class={`small health ${bad ? "amber" : "soft"}`}>
      {bad && <Icon name="warn" size={16} />} {texts.lost(number(lost))}
      {stats.stream_kbps != null && ` · ${texts.rate(number(stats.stream_kbps / 1000))}`}
    </p>
  );
}

function RecordHealth({ stats }: { stats: ObsStats }) {
  const skipped = percent(stats.output_skipped_frames, stats.output_total_frames);
  const bad = skipped >= LOST_PERCENT || stats.free_disk_mb < FEW_MB;
  const texts = t().live;
  return (
    <p class={`small health ${bad ? "amber" : "soft"}`}>
      {bad && <Icon name="warn" size={16} />} {texts.free(bytes(stats.free_disk_mb * 1e6))}
      {skipped >= 0.1 && ` · ${texts.skipped(number(skipped))}`}
    </p>
  );
}

function Outputs() {
  const texts = t().live;
  const stream = store.state("StreamStateChanged").value;
  const record = store.state("RecordStateChanged").value;
  const now = useNow();
  const since = (at: number | null | undefined) => (at ? clock(now - at) : "");
  const control = may("control");
  const connected = store.components.value.get("obs")?.health === "ok";
  const stats = useStats(stream?.active === true || record?.active === true);
  return (
    <div class="outputs">
      <section class={`panel output ${stream?.active ? "on" : ""}`} aria-label={texts.stream}>
        <div class="row">
          <Icon name="live" />
          <h2 class="grow">{texts.stream}</h2>
          <b class="timer">{stream?.active ? since(stream.since) || texts.on : texts.off}</b>
        </div>
        {stream?.reconnecting && <p class="amber small">{texts.reconnecting}</p>}
        {stream?.active && stats && <StreamHealth stats={stats} />}
        {control && (
          <WorkButton
            class={stream?.active ? "danger" : ""}
            disabled={!connected}
            work={async () => {
              const [title, text, yes] = stream?.active
                ? [texts.stopStream, texts.stopStreamText, texts.stop]
                : [texts.startStream, texts.startStreamText, texts.start];
              if (!(await confirm(title, text, yes, stream?.active === true))) return;
              await (stream?.active ? invoke("stream.stop", { confirmed: true }) : invoke("stream.start"));
            }}
          >
            {stream?.active ? texts.stop : texts.start}
          </WorkButton>
        )}
      </section>
      <section class={`panel output ${record?.active ? (record.paused ? "held" : "on") : ""}`} aria-label={texts.record}>
        <div class="row">
          <Icon name="record" />
          <h2 class="grow">{texts.record}</h2>
          <b class="timer">{record?.active ? recorded(record, now) || texts.on : texts.off}</b>
        </div>
        {record?.active && stats && <RecordHealth stats={stats} />}
        {control && (
          <div class="row">
            {record?.active && (
              <WorkButton class="grow" work={() => invoke(record.paused ? "record.resume" : "record.pause", {})}>
                <Icon name={record.paused ? "record" : "pause"} />
                {record.paused ? texts.resume : texts.pause}
              </WorkButton>
            )}
            <WorkButton
              class={`grow ${record?.active ? "danger" : ""}`}
              disabled={!connected}
              work={async () => {
                if (record?.active && !(await confirm(texts.stopRecord, texts.stopRecordText, texts.stop))) return;
                await invoke(record?.active ? "record.stop" : "record.start", {});
              }}
            >
              {record?.active ? texts.stop : texts.start}
            </WorkButton>
          </div>
        )}
      </section>
    </div>
  );
}

function Scenes({ studio }: { studio: Studio }) {
  const texts = t().live;
  const control = may("control");
  const choose = async (name: string) => {
    tap();
    await invoke(studio.studio_mode ? "scene.preview" : "scene.switch", { name });
  };
  return (
    <Panel
      title={texts.scenes}
      aside={
        <label class="row small soft">
          {texts.studioMode}
          <Switch label={texts.studioMode} on={studio.studio_mode} disabled={!control} set={(on) => invoke("studio.mode", { on })} />
        </label>
      }
    >
      <div class="scenes">
        {studio.scenes.map(({ name }) => {
          const program = name === studio.program;
          const preview = studio.studio_mode && name === studio.preview;
          return (
            <WorkButton
              key={name}
              class={`scene ${program ? "program" : ""} ${preview ? "preview" : ""}`}
              pressed={studio.studio_mode ? preview : program}
              disabled={!control}
              work={() => choose(name)}
            >
              <span class="cut">{name}</span>
              {program && <small class="tag">{texts.program}</small>}
              {preview && <small class="tag">{texts.preview}</small>}
            </WorkButton>
          );
        })}
      </div>
      {studio.studio_mode && control && (
        <WorkButton class="primary transition" work={() => invoke("studio.transition", {})}>
          <Icon name="transition" /> {texts.transition}
          {studio.transition && <small>{studio.transition}</small>}
        </WorkButton>
      )}
    </Panel>
  );
}

function Sources({ studio }: { studio: Studio }) {
  const texts = t().live;
  const shown = studio.studio_mode ? (studio.preview ?? studio.program) : studio.program;
  const scene = studio.scenes.find(({ name }) => name === shown);
  return (
    <Panel title={texts.sources} aside={<small class="soft cut">{shown}</small>}>
      {!scene?.items.length && <p class="soft">{texts.noSources}</p>}
      <ul class="list sources">
        {scene?.items.map((item) => (
          <li key={item.id} class={item.visible ? "" : "soft"}>
            <Icon name={item.visible ? "eye" : "eyeOff"} />
            <span class="grow cut">{item.source}</span>
            <Switch
              label={texts.show(item.source)}
              on={item.visible}
              disabled={!may("control")}
              set={(visible) => invoke("item.show", { scene: item.group ?? scene.name, item_id: item.id, visible })}
            />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
