// Past sittings, each with what was kept of it on one line of time.
import "./sessions.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { invoke } from "../api/client";
import type { Clip, Mark, Session } from "../api/types";
import { clock, day, hour } from "../format";
import { t } from "../i18n";
import { store } from "../live/store";
import { go, href } from "../router";
import { Icon } from "../ui/Icon";
import { Empty, may, Panel, useLoaded, useNow, Waiting, WorkButton } from "../ui/parts";
import { Card } from "./Clips";
import "./clips.css";

export function Sessions({ rest }: { rest: string }) {
  if (/^\d+$/.test(rest)) return <One key={rest} id={Number(rest)} />;
  return <All />;
}

function All() {
  const loaded = useLoaded((signal) => invoke("session.list", { limit: 100 }, signal));
  useEffect(() => store.on("SessionChanged", loaded.again), []);
  const texts = t().sessions;
  const open = loaded.data?.items.some(({ state }) => state === "open");
  return (
    <>
      <div class="head">
        <h1>{t().pages.sessions}</h1>
        {loaded.data && may("control") && (
          <WorkButton work={() => (open ? invoke("session.stop", {}) : invoke("session.start", {}))}>
            <Icon name={open ? "stop" : "play"} /> {open ? texts.stop : texts.start}
          </WorkButton>
        )}
      </div>
      {!loaded.data ? (
        <Waiting loaded={loaded} />
      ) : !loaded.data.items.length ? (
        <Empty icon="sessions" title={texts.none}>
          {texts.noneText}
        </Empty>
      ) : (
        <ul class="list panel sittings">
          {loaded.data.items.map((session) => (
            <li key={session.id}>
              <a class="grow" href={href("sessions", session.id ?? 0)}>
                <b class="cut">{session.title}</b>
                <small class="soft">
                  {day(session.started_at)} · {span(session)}
                </small>
              </a>
              {session.state !== "closed" && <span class={`badge ${session.state === "open" ? "green" : "amber"}`}>{texts.states[session.state ?? "closed"]}</span>}
              <Icon name="forward" />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function span(session: Session): string {
  return `${hour(session.started_at)} – ${session.ended_at ? hour(session.ended_at) : t().sessions.now}`;
}

function One({ id }: { id: number }) {
  const loaded = useLoaded((signal) => invoke("session.show", { id }, signal), id);
  const clips = useLoaded((signal) => invoke("clip.list", { session: id, limit: 500 }, signal), id);
  const [title, setTitle] = useState<string | null>(null);
  useEffect(() => {
    const ends = [
      store.on("ClipSaved", clips.again),
      store.on("ClipAccepted", clips.again),
      store.on("ClipDeleted", clips.again),
      store.on("ClipChanged", clips.again),
      store.on("MarkSet", loaded.again),
      store.on("SessionChanged", loaded.again),
    ];
    return () => ends.forEach((end) => end());
  }, [id]);
  const texts = t().sessions;
  const session = loaded.data?.session;
  return (
    <>
      <div class="head">
        <div class="row grow">
          <a class="button" href={href("sessions")} aria-label={texts.back}>
            <Icon name="back" />
          </a>
          {title === null ? (
            <h1 class="cut">{session?.title ?? t().pages.sessions}</h1>
          ) : (
            <input class="grow" aria-label={texts.rename} value={title} maxLength={200} onInput={(event) => setTitle(event.currentTarget.value)} />
          )}
        </div>
        {session && may("control") && (title === null ? (
          <button onClick={() => setTitle(session.title)}>
            <Icon name="arrange" /> {texts.rename}
          </button>
        ) : (
          <WorkButton class="primary" disabled={!title.trim()} work={async () => {
            await invoke("session.rename", { id, title: title.trim() });
            setTitle(null);
          }}>
            {t().common.save}
          </WorkButton>
        ))}
      </div>
      {!session || !loaded.data ? (
        <Waiting loaded={loaded} />
      ) : (
        <div class="stack">
          <Panel title={texts.timeline} aside={<small class="soft">{day(session.started_at)}, {span(session)}</small>}>
            <Timeline session={session} marks={loaded.data.marks} clips={clips.data?.items ?? []} />
          </Panel>
          <Words id={id} began={session.started_at} />
          {!clips.data ? (
            <Waiting loaded={clips} />
          ) : clips.data.items.length ? (
            <ul class="grid">
              {clips.data.items.map((clip) => (
                <Card key={clip.id} clip={clip} />
              ))}
            </ul>
          ) : (
            <Empty icon="clips" title={texts.noClips} />
          )}
        </div>
      )}
    </>
  );
}

const FORMS = { txt: "TXT", srt: "SRT", vtt: "WebVTT", json: "JSON" };

/** The way to what was said, on the page and as files; nothing where nothing was said. */
function Words({ id, began }: { id: number; began: string }) {
  const said = useLoaded((signal) => invoke("transcript.show", { session: id, since: began, limit: 1 }, signal), id);
  const last = said.data?.items[0];
  if (!last) return null;
  return (
    <div class="row wrap">
      <a class="button" href={href("transcript", last.id)}>
        <Icon name="transcript" /> {t().pages.transcript}
      </a>
      {Object.entries(FORMS).map(([form, name]) => (
        <a key={form} class="button" href={`/api/transcript/export?session=${id}&form=${form}`} download>
          <Icon name="download" /> {name}
        </a>
      ))}
    </div>
  );
}

const PLACED = 1000;

function Timeline({ session, marks, clips }: { session: Session; marks: readonly Mark[]; clips: readonly Clip[] }) {
  const now = useNow(session.ended_at ? 60_000 : 1000);
  const began = Date.parse(session.started_at) / 1000;
  const seconds = Math.max(1, (session.ended_at ? Date.parse(session.ended_at) / 1000 : now) - began);
  const place = (at: number) => Math.min(PLACED, Math.max(0, (at / seconds) * PLACED));
  const texts = t().sessions;
  const element = useRef<SVGSVGElement>(null);
  const spans = clips.flatMap((clip) => {
    const start = Date.parse(clip.start_at ?? clip.wanted_start_at) / 1000 - began;
    const end = Date.parse(clip.end_at ?? clip.wanted_end_at) / 1000 - began;
    return end >= 0 ? [{ clip, start, end }] : [];
  });
  const steps = [0, 0.25, 0.5, 0.75, 1];
  return (
    <figure class="timeline">
      <svg ref={element} viewBox={`0 0 ${PLACED} 64`} preserveAspectRatio="none" role="img" aria-label={texts.summary(clips.length, marks.length)}>
        <rect class="ground" x={0} y={16} width={PLACED} height={32} />
        {steps.map((step) => (
          <line key={step} class="step" x1={step * PLACED} x2={step * PLACED} y1={8} y2={56} />
        ))}
        {spans.map(({ clip, start, end }) => (
          <rect key={clip.id} class={`clip ${clip.state}`} x={place(start)} y={16} width={Math.max(6, place(end) - place(start))} height={32} onClick={() => go("clips", clip.id ?? 0)}>
            <title>{clip.title || clock(start)}</title>
          </rect>
        ))}
        {marks.map((mark) => {
          const at = place(mark.session_seconds ?? Date.parse(mark.at) / 1000 - began);
          return (
            <line key={mark.id} class="mark" x1={at} x2={at} y1={4} y2={60}>
              <title>{mark.title || texts.mark}</title>
            </line>
          );
        })}
      </svg>
      <div class="row apart small soft" aria-hidden="true">
        {steps.map((step) => (
          <span key={step}>{clock(step * seconds)}</span>
        ))}
      </div>
      <p class="row small soft legend">
        <i class="clip" /> {texts.clips(clips.length)} <i class="mark" /> {texts.marks(marks.length)}
      </p>
      {marks.length > 0 && (
        <ul class="row wrap marks">
          {marks.map((mark) => (
            <li key={mark.id} class="badge soft">
              <Icon name="mark" size={16} /> {clock(mark.session_seconds ?? Date.parse(mark.at) / 1000 - began)} {mark.title}
            </li>
          ))}
        </ul>
      )}
    </figure>
  );
}
