// Past sittings, each with what was kept of it on one line of time.
import "./sessions.css";
import { useEffect, useState } from "preact/hooks";
import { invoke } from "../api/client";
import type { Session } from "../api/types";
import { day, hour } from "../format";
import { t } from "../i18n";
import { store } from "../live/store";
import { href } from "../router";
import { Icon } from "../ui/Icon";
import { usePages } from "../ui/pages";
import { Empty, may, Panel, useLoaded, Waiting, WorkButton } from "../ui/parts";
import { Card, useClips } from "./Clips";
import { Timeline } from "./Timeline";
import "./clips.css";

const PAGE = 100;

export function Sessions({ rest }: { rest: string }) {
  if (/^\d+$/.test(rest)) return <One key={rest} id={Number(rest)} />;
  return <All />;
}

function All() {
  const { loaded, more } = usePages<Session>((offset, signal) => invoke("session.list", { limit: PAGE, offset }, signal));
  useEffect(
    () =>
      store.on("SessionChanged", ({ session }) =>
        loaded.set(({ items, total }) =>
          items.some(({ id }) => id === session.id)
            ? { items: items.map((old) => (old.id === session.id ? session : old)), total }
            : (session.id ?? 0) > (items[0]?.id ?? 0)
              ? { items: [session, ...items], total: total + 1 }
              : { items, total }, // on a page that is not shown
        ),
      ),
    [],
  );
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
        <div class="stack">
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
          {loaded.data.items.length < loaded.data.total && <WorkButton work={more}>{t().clips.more}</WorkButton>}
        </div>
      )}
    </>
  );
}

function span(session: Session): string {
  return `${hour(session.started_at)} – ${session.ended_at ? hour(session.ended_at) : t().sessions.now}`;
}

function One({ id }: { id: number }) {
  const loaded = useLoaded((signal) => invoke("session.show", { id }, signal), id);
  const { loaded: clips, more } = useClips({ text: "", tag: "", session: id });
  const [title, setTitle] = useState<string | null>(null);
  useEffect(() => {
    const ends = [
      store.on("ClipSaved", loaded.again),
      store.on("ClipFailed", loaded.again),
      store.on("ClipAccepted", loaded.again),
      store.on("ClipDeleted", loaded.again),
      store.on("ClipChanged", loaded.again),
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
            <Timeline {...loaded.data} />
          </Panel>
          <Words id={id} began={session.started_at} />
          {!clips.data ? (
            <Waiting loaded={clips} />
          ) : clips.data.items.length ? (
            <>
              <ul class="grid">
                {clips.data.items.map((clip) => (
                  <Card key={clip.id} clip={clip} />
                ))}
              </ul>
              {clips.data.items.length < clips.data.total && <WorkButton work={more}>{t().clips.more}</WorkButton>}
            </>
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
