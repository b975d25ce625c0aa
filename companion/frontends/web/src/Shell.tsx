// What is around every page: the tally (on air, recording, replay), the way to the pages, and the word "offline".
import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { tellFailures } from "./deck/failures";
import { t } from "./i18n";
import { stayAwake } from "./live/awake";
import { link, reachable } from "./live/connection";
import { store } from "./live/store";
import { clock } from "./format";
import { ENTRIES } from "./entries";
import { href, place, type PageName } from "./router";
import { Icon } from "./ui/Icon";
import { Empty, Loading, may, Trouble, useNow } from "./ui/parts";
import { ApiError } from "./api/client";

type Page = ComponentType<{ rest: string }>;
const pages: Record<PageName, () => Promise<Page>> = {
  live: async () => (await import("./pages/Live")).Live,
  deck: async () => (await import("./pages/Deck")).DeckPageView,
  clips: async () => (await import("./pages/Clips")).Clips,
  transcript: async () => (await import("./pages/Transcript")).Transcript,
  sessions: async () => (await import("./pages/Sessions")).Sessions,
  status: async () => (await import("./pages/Status")).Status,
  devices: async () => (await import("./pages/Devices")).Devices,
  speech: async () => (await import("./pages/Speech")).Speech,
  settings: async () => (await import("./pages/Settings")).Settings,
  audit: async () => (await import("./pages/Audit")).Audit,
  start: async () => (await import("./pages/Start")).Start,
  more: async () => (await import("./pages/More")).More,
};

export function Shell() {
  useEffect(stayAwake, []);
  useEffect(tellFailures, []);
  const { page: named, rest } = place.value;
  const page = named ?? "live";
  return (
    <div class="shell">
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); document.querySelector<HTMLElement>("main")?.focus(); }}>
        {t().shell.skip}
      </a>
      <Navigation page={page} />
      <header class="top">
        {link.value === "offline" && (
          <div class="banner" role="alert">
            <Icon name="offline" /> {t().offline.banner}
          </div>
        )}
        {page !== "devices" && page !== "start" && <Knock />}
        {link.value === "live" && <Tally />}
        {link.value === "connecting" && <Unsure />}
      </header>
      <Content page={page} rest={rest} />
    </div>
  );
}

function Navigation({ page }: { page: PageName }) {
  const behindMore = ENTRIES.some((entry) => entry.page === page && entry.wide);
  return (
    <nav class="nav" aria-label={t().shell.pages}>
      <p class="brand">FluxBoard</p>
      {ENTRIES.filter((entry) => !entry.admin || may("admin")).map(({ page: name, icon, wide }) => {
        return (
          <a key={name} href={href(name)} class={wide ? "wide" : name === "more" && behindMore ? "holds" : ""} aria-current={name === page ? "page" : undefined}>
            <Icon name={icon} /> {t().pages[name]}
          </a>
        );
      })}
    </nav>
  );
}

/** For so long the page before stays when another one is opened that is not loaded yet. */
const LOADS_WITHIN_MS = 300;
const RELOADED_KEY = "companion.reloaded";

/** Load the whole app anew, as its parts went with an update of the daemon. Answers false where that did not help. */
function reload(): boolean {
  try {
    if (sessionStorage.getItem(RELOADED_KEY) === import.meta.url) return false;
    sessionStorage.setItem(RELOADED_KEY, import.meta.url); // another update has another address
  } catch {
    return false; // storage is off: nobody would know that it was tried
  }
  location.reload();
  return true;
}

/** Loaded when it is opened, so that the first page is there at once. */
function Content({ page, rest }: { page: PageName; rest: string }) {
  const [shown, setShown] = useState<{ page: PageName; View: Page } | null>(null);
  const [failed, setFailed] = useState<"" | "offline" | "old">("");
  const [round, setRound] = useState(0);
  const main = useRef<HTMLElement>(null);
  const there = useRef("");
  useEffect(() => {
    let wanted = true;
    setFailed("");
    const slow = setTimeout(() => setShown(null), LOADS_WITHIN_MS);
    pages[page]().then(
      (View) => {
        if (!wanted) return;
        clearTimeout(slow);
        setShown({ page, View });
        document.title = `${t().pages[page]} · FluxBoard`;
        scrollTo(0, 0);
      },
      async () => {
        const answer = await reachable();
        if (wanted && (answer === "no" || !reload())) setFailed(answer === "no" ? "offline" : "old");
      },
    );
    return () => {
      wanted = false;
      clearTimeout(slow);
    };
  }, [page, round]);
  // Whoever reads by ear or goes by keyboard is at the page that was opened: its heading, unless the page itself took focus.
  useEffect(() => {
    if (!shown) return;
    const moved = there.current !== "" && (there.current !== shown.page || document.activeElement === document.body);
    there.current = shown.page;
    const heading = main.current?.querySelector("h1");
    if (!moved || !heading || main.current?.contains(document.activeElement)) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }, [shown, rest]);
  return (
    <main id="main" ref={main} tabIndex={-1} class={`page-${page} ${isOld() ? "stale" : ""}`}>
      {failed === "offline" ? (
        <Trouble error={new ApiError(0, "offline", "")} again={() => setRound(round + 1)} />
      ) : failed === "old" ? (
        <Empty icon="refresh" title={t().shell.old}>
          <button class="primary" onClick={() => location.reload()}>
            {t().shell.reload}
          </button>
        </Empty>
      ) : shown ? (
        <shown.View rest={shown.page === page ? rest : ""} />
      ) : (
        <Loading />
      )}
    </main>
  );
}

/** A phone waits at the door: whatever the streamer looks at, this is shown. */
function Knock() {
  const waiting = store.state("PairingChanged").value?.requests ?? [];
  if (!waiting.length) return null;
  return (
    <div role="alert">
      <a class="banner knock" href={href("devices")}>
        <Icon name="devices" /> {t().devices.knocks(waiting.map(({ name }) => name).join(", "))}
      </a>
    </div>
  );
}

/** Whether what the page shows was true once, and nobody knows whether it still is. */
function isOld(): boolean {
  return link.value === "offline" || (link.value === "connecting" && store.epoch.value > 0);
}

/** In the tally's place while nobody knows what is on air. */
function Unsure() {
  return (
    <div class="tally" role="status">
      <span class="lamp">
        <Icon name="refresh" size={16} /> {t().offline.connecting}
      </span>
    </div>
  );
}

function Tally() {
  const stream = store.state("StreamStateChanged").value;
  const record = store.state("RecordStateChanged").value;
  const replay = store.state("ReplayStateChanged").value;
  const obs = store.components.value.get("obs");
  const now = useNow();
  const texts = t().tally;
  const timer = (since: number | null | undefined) => (since ? ` ${clock(now - since)}` : "");
  return (
    <div class="tally" role="group" aria-label={texts.label}>
      {obs && obs.health !== "ok" ? (
        <a class="to" href={href("status")}>
          <span class="lamp warn">
            <Icon name="warn" size={16} /> {texts.noObs}
          </span>
        </a>
      ) : (
        <>
          <span class={`lamp ${stream?.active ? "on" : ""}`}>
            <Icon name="live" size={16} />
            {stream?.active ? `${stream.reconnecting ? texts.reconnecting : texts.live}${timer(stream.since)}` : texts.offAir}
          </span>
          {record?.active && (
            <span class={`lamp ${record.paused ? "warn" : "on"}`}>
              <Icon name={record.paused ? "pause" : "record"} size={16} />
              {record.paused ? texts.paused : texts.recording}
              {record.since ? ` ${clock((record.paused_at ?? now) - record.since)}` : ""}
            </span>
          )}
          {replay && (
            <a class="to" href={href("live")}>
              <span class={`lamp ${replay.state === "recording" ? (replay.warning ? "warn" : "good") : "bad"}`}>
                <Icon name="replay" size={16} />
                <span class="hidden">{texts.replay[replay.state]}</span>
                {replay.state === "recording" ? `${replay.reach_sure ? "" : "≤ "}${clock(replay.reach_seconds ?? 0)}` : <span aria-hidden="true">{texts.replay[replay.state]}</span>}
              </span>
            </a>
          )}
        </>
      )}
      <span class="name cut">{store.me.value?.installation}</span>
    </div>
  );
}
