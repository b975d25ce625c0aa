// The stream of events: by WebSocket, or where the browser refuses that (iOS, to a certificate that was only clicked
// through) by server-sent events over fetch. Both carry the same messages; which one works is found out here.
import { signal } from "@preact/signals";
import { access, currentToken, errorOf, notePutOut, refresh, request } from "../api/client";
import type { Incoming } from "../api/types";
import { lines } from "./sse";
import { store } from "./store";

/** `connecting`: what is shown may be old, and nobody knows yet whether the daemon can be reached. */
export type LinkState = "connecting" | "live" | "offline";
export const link = signal<LinkState>("connecting");
/** Grows whenever the stream is open anew: what was told in passing meanwhile, such as captions, was missed. */
export const openings = signal(0);
/** How the events come; shown on the status page. */
export const transport = signal<"websocket" | "sse">("websocket");

const SOCKET_OPENS_WITHIN_MS = 2000;
/** For so long after waking, or after an end of the stream, what was shown last still passes for true. */
const TRUSTED_FOR_MS = 1500;
const SILENT_FOR_MS = 35_000; // the daemon's heartbeats come every 10 s
const QUIET_FOR_MS = 10_000;
const RETRY_MS = [250, 500, 1000, 2000, 4000];
const WATCH_SETTLES_MS = 300;

class Refused extends Error {}

/** Keeps one stream open for as long as the page lives. */
class Connection {
  private attempt = 0;
  /** Whether cookies were renewed since the stream was open last: where that did not help, the next try waits. */
  private renewed = false;
  private generation = 0;
  private stop: () => void = () => undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private doubt: ReturnType<typeof setTimeout> | undefined;
  private watchTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly watched = new Map<string, number>();
  private watching = "";
  private running = false;

  /** Connect, also where an earlier stream ended because this device was put out. */
  start(): void {
    if (!this.running) this.listen();
    this.running = true;
    this.wake();
  }

  private listen(): void {
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.wake();
    });
    addEventListener("pageshow", (event) => event.persisted && this.wake());
    addEventListener("online", () => this.wake());
  }

  /** Connect now: after sleep, a stream that looks open may be dead. */
  wake(): void {
    this.attempt = 0;
    void this.connect();
  }

  /** Ask for a topic's events while somebody looks; returns what ends that. */
  watch(topic: string): () => void {
    this.watched.set(topic, (this.watched.get(topic) ?? 0) + 1);
    this.settle();
    return () => {
      this.watched.set(topic, (this.watched.get(topic) ?? 1) - 1);
      this.settle();
    };
  }

  private topics(): string {
    return [...this.watched].filter(([, count]) => count > 0).map(([topic]) => topic).sort().join(",");
  }

  private settle(): void {
    clearTimeout(this.watchTimer);
    this.watchTimer = setTimeout(() => {
      if (this.running && this.topics() !== this.watching) void this.connect();
    }, WATCH_SETTLES_MS);
  }

  private async connect(): Promise<void> {
    const mine = ++this.generation;
    const live = () => mine === this.generation;
    this.stop();
    clearTimeout(this.timer);
    this.doubt ??= setTimeout(() => {
      if (link.value === "live") link.value = "connecting";
    }, TRUSTED_FOR_MS);
    this.watching = this.topics();
    const query = new URLSearchParams();
    if (store.last !== null) query.set("since", String(store.last));
    if (this.watching) query.set("watch", this.watching);
    const opened = () => {
      if (!live()) return;
      this.attempt = 0;
      this.renewed = false;
      clearTimeout(this.doubt);
      this.doubt = undefined;
      link.value = "live";
      openings.value += 1;
    };
    const take = (message: Incoming) => live() && store.take(message);
    try {
      const way = transport.value === "websocket" ? this.socket : this.stream;
      await way.call(this, query, opened, take);
    } catch (error) {
      if (!live()) return;
      if (error instanceof Refused) {
        const known = currentToken() === null && (await refresh().catch(() => null));
        if (!live()) return;
        if (known === false) {
          link.value = "connecting";
          access.value = "out";
          return;
        }
        if (known && !this.renewed) {
          // An access token ends every some minutes, and the stream with it: nothing is amiss.
          this.renewed = true;
          return this.wake();
        }
      }
    }
    if (live()) this.later();
  }

  private later(): void {
    const wait = RETRY_MS[Math.min(this.attempt, RETRY_MS.length - 1)] ?? 4000;
    this.attempt += 1;
    if (this.attempt > 1) link.value = "offline";
    this.timer = setTimeout(() => void this.connect(), wait);
  }

  /** Resolves when the socket is closed after having been open; turns to the stream when it never opened. */
  private socket(query: URLSearchParams, opened: () => void, take: (message: Incoming) => void): Promise<void> {
    return new Promise((done, failed) => {
      const token = currentToken();
      const address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws?${query}`;
      const socket = new WebSocket(address, ["companion.events", ...(token ? [`bearer.${token}`] : [])]);
      let wasOpen = false;
      let over = false; // an answer that comes later is about a network that was left behind
      let silence: ReturnType<typeof setTimeout> | undefined;
      // A page does not see the socket's own heartbeats: after a silence, a plain request tells whether it is dead.
      const heard = () => {
        clearTimeout(silence);
        silence = setTimeout(ask, QUIET_FOR_MS);
      };
      const ask = () =>
        void reachable().then((answer) => {
          if (over) return;
          if (answer === "yes") heard();
          else end();
        });
      const never = () => {
        stop();
        // The browser does not say why. Where a plain request comes through, it is the socket that is refused.
        void reachable().then((answer) => {
          if (over) return;
          if (answer === "refused") failed(new Refused());
          else if (answer === "yes") this.useStream(done);
          else done();
        });
      };
      const tooLate = setTimeout(never, SOCKET_OPENS_WITHIN_MS);
      const stop = () => {
        clearTimeout(tooLate);
        clearTimeout(silence);
        socket.onopen = socket.onclose = socket.onmessage = null;
        socket.close();
      };
      const end = () => {
        over = true;
        stop();
        done();
      };
      this.stop = end;
      socket.onopen = () => {
        wasOpen = true;
        clearTimeout(tooLate);
        heard();
        opened();
      };
      socket.onmessage = (event) => {
        heard();
        take(JSON.parse(String(event.data)) as Incoming);
      };
      socket.onclose = () => {
        if (wasOpen) end();
        else never();
      };
    });
  }

  private useStream(done: () => void): void {
    transport.value = "sse";
    this.attempt = 0;
    done();
  }

  /** Resolves when the stream ends, or when nothing, not even a heartbeat, came for long. */
  private async stream(query: URLSearchParams, opened: () => void, take: (message: Incoming) => void): Promise<void> {
    const control = new AbortController();
    let silence: ReturnType<typeof setTimeout> | undefined;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => control.abort(), SILENT_FOR_MS);
    };
    // A heartbeat that names the stream wants an answer: a phone that sleeps gives none.
    const answer = (stream: string) => {
      if (stream) request("POST", "/api/events/alive", { stream: Number(stream) }, control.signal).catch(() => undefined);
    };
    this.stop = () => control.abort();
    heard();
    try {
      const token = currentToken();
      const response = await fetch(`/api/events?${query}`, {
        signal: control.signal,
        cache: "no-store",
        credentials: "same-origin",
        headers: { Accept: "text/event-stream", "X-Companion": "1", ...(token ? { Authorization: `Bearer ${token}` } : {}) },
      });
      if (response.status === 401) {
        notePutOut((await errorOf(response)).code);
        throw new Refused();
      }
      if (!response.ok || !response.body) return;
      opened();
      for await (const data of lines(response.body, heard, answer)) take(JSON.parse(data) as Incoming);
    } finally {
      clearTimeout(silence);
      control.abort();
    }
  }
}

/** Whether the daemon answers plain requests of this page at all. */
export async function reachable(): Promise<"yes" | "refused" | "no"> {
  const token = currentToken();
  try {
    const response = await fetch("/auth/me", {
      cache: "no-store",
      credentials: "same-origin",
      headers: { "X-Companion": "1", ...(token ? { Authorization: `Bearer ${token}` } : {}) },
      signal: AbortSignal.timeout(SOCKET_OPENS_WITHIN_MS),
    });
    if (response.status === 401) notePutOut((await errorOf(response)).code);
    return response.status === 401 ? "refused" : response.ok ? "yes" : "no";
  } catch {
    return "no";
  }
}

export const connection = new Connection();
