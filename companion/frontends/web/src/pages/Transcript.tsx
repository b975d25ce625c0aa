// Every word that was said: as it is said, found again, and made into clips.
import "./clips.css";
import "./transcript.css";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError, authorised, invoke, OWN } from "../api/client";
import type { Answer, Segment } from "../api/types";
import { day, fineClock, length, time } from "../format";
import { language, t } from "../i18n";
import { connection } from "../live/connection";
import { store } from "../live/store";
import { go, href } from "../router";
import { attempt, toast } from "../ui/feedback";
import { lackNow, LackRemedy, Sentences } from "../ui/HearingTruth";
import { Icon } from "../ui/Icon";
import { Empty, may, useLoaded, Waiting, WorkButton, type Loaded } from "../ui/parts";
import { passesFor, type Heard } from "../transcript/heard";
import { insert, joinedWords, spanOf, type Chosen } from "../transcript/words";

const PAGE = 150;
const AROUND_MS = 300_000;
/** How near to its end the page is when it follows what is said. */
const FOLLOWS_WITHIN = 200;

export function Transcript({ rest }: { rest: string }) {
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const at = /^\d+$/.test(rest) ? Number(rest) : null;
  const texts = t().transcript;
  return (
    <>
      <div class="head">
        <h1>{t().pages.transcript}</h1>
        <Hearing />
      </div>
      <div class="row wrap filters">
        <Search text={query} set={setQuery} />
        {at !== null && !query && (
          <a class="button" href={href("transcript")}>
            <Icon name="down" /> {texts.toNow}
          </a>
        )}
      </div>
      {query ? <Results query={query} done={() => setQuery("")} /> : at === null ? <Now choose={setChosen} /> : <Then key={at} at={at} choose={setChosen} />}
      {chosen && !query && <Tools chosen={chosen} close={() => setChosen(null)} />}
    </>
  );
}

/** Whether the microphone is heard, and if not, what to do about it. */
function Hearing() {
  const state = store.state("SpeechStateChanged").value;
  if (!state) return null;
  const good = state.state === "listening";
  const states = t().transcript.states as Record<string, string>;
  return (
    <span lang="en" class={`badge ${good ? "green" : state.state === "failed" ? "red" : "soft"}`} title={[state.detail, state.remedy].filter(Boolean).join(" ")}>
      <Icon name={good ? "mic" : "micOff"} size={16} /> <span lang={language.value}>{states[state.state] ?? state.state}</span>
    </span>
  );
}

function Search({ text, set }: { text: string; set: (text: string) => void }) {
  const [typed, setTyped] = useState(text);
  useEffect(() => setTyped(text), [text]);
  useEffect(() => {
    // The blank behind the last word tells that it is whole.
    const timer = setTimeout(() => typed !== text && set(typed.trim() ? typed.trimStart() : ""), 200);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <label class="search grow">
      <Icon name="filter" />
      <span class="hidden">{t().transcript.search}</span>
      <input type="search" value={typed} maxLength={1000} placeholder={t().transcript.search} onInput={(event) => setTyped(event.currentTarget.value)} />
    </label>
  );
}

/** What is being said, and what was said before it. */
function Now({ choose }: { choose: (chosen: Chosen) => void }) {
  const loaded = useLoaded((signal) => invoke("transcript.show", { limit: PAGE }, signal));
  const heard = useHeard();
  const [follows, setFollows] = useState(true);
  const height = useRef(0);
  useEffect(() => store.on("SegmentTranscribed", ({ segment }) => loaded.set(({ items, more }) => ({ items: insert(items, segment), more }))), []);
  useEffect(() => {
    const look = () => setFollows(scrollY + innerHeight >= document.documentElement.scrollHeight - FOLLOWS_WITHIN);
    addEventListener("scroll", look, { passive: true });
    return () => removeEventListener("scroll", look);
  }, []);
  const last = loaded.data?.items.at(-1)?.id;
  useLayoutEffect(() => {
    if (follows) scrollTo(0, document.documentElement.scrollHeight);
  }, [last, heard?.text, follows]);
  useLayoutEffect(() => {
    // What came in above must not move what is being read.
    if (height.current) scrollBy(0, document.documentElement.scrollHeight - height.current);
    height.current = 0;
  }, [loaded.data?.items[0]?.id]);
  const earlier = async () => {
    const first = loaded.data?.items[0];
    const page = first && (await attempt(() => invoke("transcript.show", { before: first.id, limit: PAGE })));
    if (!page) return;
    height.current = document.documentElement.scrollHeight;
    loaded.set(({ items }) => ({ items: [...page.items, ...items], more: page.more }));
  };
  const texts = t().transcript;
  if (!loaded.data) return <Waiting loaded={loaded} />;
  const { items, more } = loaded.data;
  if (!items.length && !heard) return <Nothing />;
  return (
    <>
      {more && <WorkButton work={earlier}>{texts.earlier}</WorkButton>}
      <Said items={items} choose={choose} />
      <p class="partial" aria-hidden="true">
        {heard?.text}
      </p>
      {!follows && (
        <button class="follow primary" onClick={() => setFollows(true)}>
          <Icon name="down" /> {texts.toNow}
        </button>
      )}
    </>
  );
}

/** Not a word yet: because nobody spoke, or because nobody would have been heard. */
function Nothing() {
  const lack = lackNow();
  if (!lack) {
    return (
      <Empty icon="transcript" title={t().transcript.none}>
        {t().transcript.noneText}
      </Empty>
    );
  }
  return (
    <Empty icon="micOff" title={t().speech.lacks[lack.kind].title}>
      <div class="tight">
        <p>
          <Sentences lack={lack} />
        </p>
        <LackRemedy lack={lack} />
      </div>
    </Empty>
  );
}

/** The utterance that is not over, until its segment is there or nothing comes of it. */
function useHeard(): Heard | null {
  const [heard, setHeard] = useState<Heard | null>(null);
  useEffect(() => {
    const ends = [
      connection.watch("captions"),
      store.on("SpeechHeard", setHeard),
      store.on("SegmentTranscribed", ({ segment }) => setHeard((old) => (old && segment.ended_at >= old.started_at ? null : old))),
    ];
    return () => ends.forEach((end) => end());
  }, []);
  useEffect(() => {
    if (!heard) return;
    const now = (Date.now() + store.clockOffset.peek()) / 1000;
    const timer = setTimeout(() => setHeard(null), passesFor(heard, now) * 1000);
    return () => clearTimeout(timer);
  }, [heard]);
  return heard;
}

/** What was said around one moment of the past. */
function Then({ at, choose }: { at: number; choose: (chosen: Chosen) => void }) {
  const loaded = useLoaded((signal) => invoke("transcript.show", { after: Math.max(0, at - AROUND_MS), before: at + AROUND_MS, limit: 1000 }, signal), at);
  const there = loaded.data !== undefined;
  useEffect(() => {
    if (there) document.getElementById(`said-${at}`)?.scrollIntoView({ block: "center" });
  }, [there]);
  if (!loaded.data) return <Waiting loaded={loaded} />;
  if (!loaded.data.items.length) return <Empty icon="transcript" title={t().transcript.noneFound} />;
  return <Said items={loaded.data.items} choose={choose} at={at} />;
}

function Said({ items, choose, at }: { items: readonly Segment[]; choose: (chosen: Chosen) => void; at?: number }) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const look = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const found = list.current && chosenIn(list.current);
        if (found) choose(found);
      }, 80);
    };
    document.addEventListener("selectionchange", look);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("selectionchange", look);
    };
  }, []);
  const texts = t().transcript;
  const days = new Map<string, Segment[]>();
  for (const segment of items) {
    const name = day(segment.started_at);
    const known = days.get(name);
    if (known) known.push(segment);
    else days.set(name, [segment]);
  }
  return (
    <div class="stack" ref={list}>
      {[...days].map(([name, segments]) => (
        <section key={name} aria-label={name}>
          <h2 class="day">{name}</h2>
          <ol class="said">
            {segments.map((segment) => (
              <li key={segment.id} id={`said-${segment.id}`} class={segment.id === at ? "here" : ""}>
                <button class="text" aria-label={texts.choose(time(segment.started_at))} onClick={(event) => select(event.currentTarget.nextElementSibling)}>
                  {time(segment.started_at)}
                </button>
                <p lang={segment.language || undefined}>
                  <Words segment={segment} />
                </p>
              </li>
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}

function Words({ segment, marked = [] }: { segment: Segment; marked?: readonly number[] }) {
  if (!segment.words.length) {
    return <span data-segment={segment.id} data-start={segment.started_at} data-end={segment.ended_at}>{segment.text}</span>;
  }
  return (
    <>
      {joinedWords(segment.words.map(({ text }) => text)).map((text, place) => {
        const word = segment.words[place]!;
        const shown = marked.includes(place) ? <mark>{text}</mark> : text;
        return (
          <span key={place} data-segment={segment.id} data-start={word.start_at} data-end={word.end_at}>
            {shown}
          </span>
        );
      })}
    </>
  );
}

/** Select all of `element`'s text, as a finger or mouse would. */
function select(element: Element | null): void {
  if (element) getSelection()?.selectAllChildren(element);
}

/** The words that are selected in `list`, with the words right before and after them. */
function chosenIn(list: HTMLElement): Chosen | null {
  const selection = getSelection();
  if (!selection || selection.isCollapsed || !selection.rangeCount) return null;
  const range = selection.getRangeAt(0);
  if (!range.intersectsNode(list)) return null;
  const all = [...list.querySelectorAll<HTMLElement>("[data-start]")];
  const inside = all.filter((word) => touches(range, word));
  const [first, last] = [inside[0], inside.at(-1)];
  if (!first || !last) return null;
  const [before, after] = [all[all.indexOf(first) - 1], all[all.indexOf(last) + 1]];
  return {
    segment: Number(first.dataset.segment),
    text: inside.map((word) => word.textContent ?? "").join("").trim(),
    ...spanOf(
      { start: Number(first.dataset.start), end: Number(last.dataset.end) },
      before ? Number(before.dataset.end) : null,
      after ? Number(after.dataset.start) : null,
    ),
  };
}

/** Whether a letter of `word` is within `range`: to end right before it is not to touch it. */
function touches(range: Range, word: HTMLElement): boolean {
  const own = document.createRange();
  own.selectNodeContents(word);
  return range.compareBoundaryPoints(Range.END_TO_START, own) < 0 && range.compareBoundaryPoints(Range.START_TO_END, own) > 0;
}

/** What can be done with the words that were chosen. */
function Tools({ chosen, close }: { chosen: Chosen; close: () => void }) {
  const texts = t().transcript;
  if (!may("control")) return null;
  return (
    <div class="chosen" role="group" aria-label={texts.chosen}>
      <p class="grow">
        <b class="cut">{chosen.text}</b>
        <small class="soft">{fineClock(chosen.end_at - chosen.start_at)}</small>
      </p>
      <WorkButton class="primary" work={() => clipOf(chosen).then(close)}>
        <Icon name="clip" /> {texts.makeClip}
      </WorkButton>
      <WorkButton label={texts.mark} work={() => mark(chosen.segment)}>
        <Icon name="mark" />
      </WorkButton>
      <button class="bare" aria-label={t().common.close} onClick={close}>
        <Icon name="close" />
      </button>
    </div>
  );
}

async function clipOf({ start_at, end_at, text }: Omit<Chosen, "segment">): Promise<void> {
  const made = await invoke("clip.range", { start_at, end_at, title: text.slice(0, 200) });
  const texts = t().transcript;
  toast("good", texts.clipTaken(length(end_at - start_at)), { undo: { label: texts.showClip, run: () => go("clips", made.id ?? "") } });
}

async function mark(segment: number): Promise<void> {
  await invoke("transcript.mark", { id: segment });
  toast("good", t().transcript.marked);
}

/** Play what was said. The browser tells nothing of an answer that is no sound: the daemon does, asked for it again. */
async function hear(segment: number): Promise<void> {
  const path = `/api/transcript/${segment}/sound`;
  const play = () => new Audio(path).play();
  await play().catch(async () => {
    await (await authorised(path, {})).body?.cancel();
    await play().catch(() => Promise.reject(new ApiError(415, OWN, t().transcript.notPlayed)));
  });
}

type Found = Answer<"transcript.search">;

function Results({ query, done }: { query: string; done: () => void }) {
  const loaded = useLoaded<Found>((signal) => invoke("transcript.search", { query }, signal), query);
  const texts = t().transcript;
  const more = async () => {
    const last = loaded.data?.items.at(-1);
    const next = last && (await attempt(() => invoke("transcript.search", { query, before: last.segment.id })));
    if (next) loaded.set(({ items, corrected }) => ({ items: [...items, ...next.items], more: next.more, corrected }));
  };
  if (!loaded.data) return <Waiting loaded={loaded as Loaded<unknown>} />;
  const { items, corrected } = loaded.data;
  const meant = Object.entries(corrected).map(([typed, words]) => `${typed} → ${words.join(", ")}`);
  return (
    <div class="stack" role="region" aria-label={texts.results} aria-live="polite">
      {items.length > 0 && meant.length > 0 && <p class="soft small">{texts.alsoFor(meant.join("; "))}</p>}
      {!items.length && <Empty icon="filter" title={texts.noneFound} />}
      <ul class="panel list hits">
        {items.map((hit) => (
          <li key={hit.segment.id}>
            <div class="grow">
              <small class="soft">
                {[hit.session_title, day(hit.segment.started_at), time(hit.segment.started_at)].filter(Boolean).join(" · ")}
              </small>
              <p lang={hit.segment.language || undefined}>
                {hit.before && <span class="soft">… {tail(hit.before)} </span>}
                <Words segment={hit.segment} marked={hit.marked} />
                {hit.after && <span class="soft"> {hit.after.slice(0, 80)} …</span>}
              </p>
              <div class="row wrap">
                {hit.clip_id !== null && (
                  <a class="button" href={href("clips", `${hit.clip_id}@${hit.clip_seconds ?? 0}`)}>
                    <Icon name="play" /> {texts.hear}
                  </a>
                )}
                {hit.clip_id === null && (
                  <WorkButton work={() => hear(hit.segment.id)}>
                    <Icon name="sound" /> {texts.hear}
                  </WorkButton>
                )}
                {may("control") && (
                  <WorkButton work={() => clipOf(wholeOf(hit.segment))}>
                    <Icon name="clip" /> {texts.makeClip}
                  </WorkButton>
                )}
                <a class="button" href={href("transcript", hit.segment.id)} onClick={done}>
                  <Icon name="transcript" /> {texts.goThere}
                </a>
              </div>
            </div>
          </li>
        ))}
      </ul>
      {loaded.data.more && <WorkButton work={more}>{t().clips.more}</WorkButton>}
    </div>
  );
}

function wholeOf(segment: Segment): Omit<Chosen, "segment"> {
  return { text: segment.text, ...spanOf({ start: segment.started_at, end: segment.ended_at }, null, null) };
}

/** The end of a text, from a word's beginning on. */
function tail(text: string): string {
  return text.length <= 80 ? text : text.slice(-80).replace(/^\S*\s/, "");
}
