// All clips, the newest first; a new one stands here from the moment it is accepted.
import "./clips.css";
import { useEffect, useState } from "preact/hooks";
import { invoke } from "../api/client";
import type { Clip } from "../api/types";
import { day, hour, length } from "../format";
import { t } from "../i18n";
import { openings } from "../live/connection";
import { store } from "../live/store";
import { go, href } from "../router";
import { Icon } from "../ui/Icon";
import { usePages, type Pages } from "../ui/pages";
import { Empty, useLoaded, Waiting, WorkButton } from "../ui/parts";
import { isDone, Progress } from "./clip";
import { Player } from "./Player";

const PAGE = 60;
const FEW_TAGS = 12;

interface Wanted {
  text: string;
  tag: string;
  session?: number;
}

export function Clips({ rest }: { rest: string }) {
  const [wanted, setWanted] = useState<Wanted>({ text: "", tag: "" });
  const list = useClips(wanted);
  const [, number, from] = /^(\d+)(?:@([\d.]+))?$/.exec(rest) ?? [];
  const open = number === undefined ? null : Number(number);
  const shown = open === null ? undefined : list.loaded.data?.items.find(({ id }) => id === open);
  const texts = t().clips;
  return (
    <>
      <div class="head">
        <h1>{t().pages.clips}</h1>
        {list.loaded.data && <span class="soft">{texts.many(list.loaded.data.total)}</span>}
      </div>
      <div class="row wrap filters">
        <Search text={wanted.text} set={(text) => setWanted({ ...wanted, text })} />
        <Tags chosen={wanted.tag} choose={(tag) => setWanted({ ...wanted, tag })} />
      </div>
      <Results list={list} filtered={wanted.text !== "" || wanted.tag !== ""} />
      {open !== null && <Player key={open} id={open} from={Number(from ?? 0)} known={shown} close={() => go("clips")} />}
    </>
  );
}

function Search({ text, set }: { text: string; set: (text: string) => void }) {
  const [typed, setTyped] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => typed !== text && set(typed.trim()), 250);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <label class="search grow">
      <Icon name="filter" />
      <span class="hidden">{t().clips.search}</span>
      <input type="search" value={typed} placeholder={t().clips.search} onInput={(event) => setTyped(event.currentTarget.value)} />
    </label>
  );
}

/** The list, kept true by the events. */
export function useClips(wanted: Wanted): Pages<Clip> {
  const { text, tag, session } = wanted;
  const query = { limit: PAGE, ...(text ? { text } : {}), ...(tag ? { tag } : {}), ...(session ? { session } : {}) };
  const key = JSON.stringify(wanted);
  const pages = usePages<Clip>((offset, signal) => invoke("clip.list", { ...query, offset }, signal), key);
  const { loaded } = pages;
  useEffect(() => {
    const fits = (clip: Clip) =>
      (!tag || clip.tags?.includes(tag)) &&
      (!text || clip.title?.toLowerCase().includes(text.toLowerCase())) &&
      (!session || clip.session_id === session);
    const put = ({ clip }: { clip: Clip }) =>
      loaded.set(({ items, total }) => {
        if (items.some(({ id }) => id === clip.id)) return { items: items.map((old) => (old.id === clip.id ? clip : old)), total };
        if (!fits(clip)) return { items, total };
        const next = [...items, clip].sort((a, b) => b.trigger_at.localeCompare(a.trigger_at) || (b.id ?? 0) - (a.id ?? 0));
        return { items: next, total: total + 1 };
      });
    const drop = ({ clip_id }: { clip_id: number }) =>
      loaded.set(({ items, total }) => {
        const left = items.filter(({ id }) => id !== clip_id);
        return { items: left, total: total - (items.length - left.length) };
      });
    const ends = [
      store.on("ClipAccepted", put),
      store.on("ClipSaved", put),
      store.on("ClipFailed", put),
      store.on("ClipChanged", put),
      store.on("ClipDeleted", drop),
    ];
    return () => ends.forEach((end) => end());
  }, [key]);
  return pages;
}

/** The tags of all clips, the most used first; those that few have, on request. */
function Tags({ chosen, choose }: { chosen: string; choose: (tag: string) => void }) {
  const loaded = useLoaded((signal) => invoke("clip.tags", {}, signal));
  const [all, setAll] = useState(false);
  useEffect(() => {
    const ends = [store.on("ClipChanged", loaded.again), store.on("ClipSaved", loaded.again), store.on("ClipDeleted", loaded.again)];
    return () => ends.forEach((end) => end());
  }, []);
  const tags = loaded.data?.map(({ tag }) => tag) ?? [];
  const shown = chosen ? [chosen] : all ? tags : tags.slice(0, FEW_TAGS);
  const texts = t().clips;
  return (
    <>
      {shown.map((tag) => (
        <button key={tag} class="chip" aria-pressed={tag === chosen} onClick={() => choose(tag === chosen ? "" : tag)}>
          <Icon name="tag" size={16} /> <span class="cut">{tag}</span>
        </button>
      ))}
      {!chosen && tags.length > FEW_TAGS && (
        <button class="text" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? texts.fewTags : texts.allTags(tags.length)}
        </button>
      )}
    </>
  );
}

function Results({ list, filtered }: { list: Pages<Clip>; filtered: boolean }) {
  const { loaded, more } = list;
  const texts = t().clips;
  if (!loaded.data) return <Waiting loaded={loaded} />;
  const { items, total } = loaded.data;
  if (!items.length) {
    return (
      <Empty icon="clips" title={filtered ? texts.noneFound : texts.none}>
        {!filtered && texts.noneText}
      </Empty>
    );
  }
  const days = new Map<string, Clip[]>();
  for (const clip of items) {
    const name = day(clip.trigger_at);
    days.set(name, [...(days.get(name) ?? []), clip]);
  }
  return (
    <div class="stack">
      {[...days].map(([name, clips]) => (
        <section key={name} aria-label={name}>
          <h2 class="day">{name}</h2>
          <ul class="grid">
            {clips.map((clip) => (
              <Card key={clip.id} clip={clip} />
            ))}
          </ul>
        </section>
      ))}
      {items.length < total && <WorkButton work={more}>{texts.more}</WorkButton>}
    </div>
  );
}

export function Card({ clip }: { clip: Clip }) {
  const texts = t().clips;
  const done = isDone(clip);
  const name = clip.title || texts.untitled(hour(clip.trigger_at));
  const picture = (
    <span class="thumb">
      {done && clip.thumbnail_path ? <Thumbnail clip={clip} /> : <Icon name={clip.state === "failed" ? "error" : "clip"} size={32} />}
      {clip.seconds != null && <b class="length">{length(clip.seconds)}</b>}
      {!done && clip.state !== "failed" && <Progress id={clip.id ?? 0} />}
    </span>
  );
  return (
    <li class={`card ${clip.state ?? ""}`}>
      <a href={href("clips", clip.id ?? 0)}>
        {picture}
        <span class="caption">
          <span class="cut title">{name}</span>
          <small class="soft">
            {hour(clip.trigger_at)}
            {clip.state === "failed" && <b class="red"> {texts.states.failed}</b>}
            {clip.state === "doubtful" && <b class="amber"> {texts.states.doubtful}</b>}
          </small>
        </span>
      </a>
      {!!clip.tags?.length && (
        <p class="row wrap tags">
          {clip.tags.map((tag) => (
            <span key={tag} class="badge soft">
              {tag}
            </span>
          ))}
        </p>
      )}
    </li>
  );
}

/** One that does not come is asked for again when the link to the daemon is there again. */
function Thumbnail({ clip }: { clip: Clip }) {
  const [goneAt, setGoneAt] = useState<number | null>(null);
  if (goneAt === openings.value) return <Icon name="clips" size={32} />;
  return <img src={`/api/clips/${clip.id}/thumbnail`} alt="" loading="lazy" decoding="async" onError={() => setGoneAt(openings.peek())} />;
}
