import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Incoming } from "../src/api/types";
import type { link as linkOf, transport as transportOf } from "../src/live/connection";

/** The browser's side of a WebSocket; what the network does with it is up to the test. */
class Socket {
  static all: Socket[] = [];
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  closed = false;
  constructor(readonly address: string) {
    Socket.all.push(this);
  }
  close(): void {
    this.closed = true;
  }
  static get last(): Socket {
    return Socket.all.at(-1)!;
  }
}

const me = { name: "phone", scope: "control", device: 3, door: "phone", version: "1", installation: "PC" } as const;
const snapshot: Incoming = { id: 4, ts: 1, type: "Snapshot", payload: { me, components: {}, states: {} } };
let page: EventTarget & { visibilityState: string };
let connection: { start(): void; wake(): void };
let link: typeof linkOf;
let transport: typeof transportOf;

beforeEach(async () => {
  vi.useFakeTimers();
  vi.resetModules();
  Socket.all = [];
  page = Object.assign(new EventTarget(), { visibilityState: "visible" });
  vi.stubGlobal("document", page);
  vi.stubGlobal("location", { protocol: "https:", host: "pc:3124" });
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("WebSocket", Socket);
  vi.stubGlobal("fetch", () => new Promise(() => undefined)); // a network that swallows everything
  ({ connection, link, transport } = await import("../src/live/connection"));
  connection.start();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function open(): void {
  Socket.last.onopen?.();
  Socket.last.onmessage?.({ data: JSON.stringify(snapshot) });
}
function wakeUp(): void {
  page.dispatchEvent(new Event("visibilitychange"));
}

test("nothing is said to be live before the stream is open", () => {
  expect(link.value).toBe("connecting");
  open();
  expect(link.value).toBe("live");
});

test("awake again, it asks anew from where it was, and stays live when that is answered soon", () => {
  open();
  const asleep = Socket.last;
  wakeUp();
  expect(asleep.closed).toBe(true);
  expect(Socket.last).not.toBe(asleep);
  expect(Socket.last.address).toContain("since=4");
  vi.advanceTimersByTime(1000);
  open();
  vi.advanceTimersByTime(60_000);
  expect(link.value).toBe("live");
});

test("awake again where there is no network, what was true before is shown as such within 1.5 s", () => {
  open();
  wakeUp();
  vi.advanceTimersByTime(1400);
  wakeUp(); // as when the page is shown and the network is told to be there, one after the other
  expect(link.value).toBe("live");
  vi.advanceTimersByTime(100);
  expect(link.value).toBe("connecting");
  open();
  expect(link.value).toBe("live");
});

/** A network whose answers come when the test gives them. */
function slowNetwork(): ((answer: Response) => void)[] {
  const asked: ((answer: Response) => void)[] = [];
  vi.stubGlobal("fetch", () => new Promise<Response>((resolve) => asked.push(resolve)));
  return asked;
}

test.each([200, 503])("what a question to the network before waking answers after it, %d, is nothing to the new stream", async (status) => {
  const asked = slowNetwork();
  open();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toHaveLength(1);
  wakeUp();
  open();
  asked[0]!(new Response("{}", { status }));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(Socket.last.closed).toBe(false);
  expect(link.value).toBe("live");
  expect(asked).toHaveLength(2); // the new stream's own
});

test("a socket whose network was left behind before it opened does not turn the next one to another way", async () => {
  const asked = slowNetwork();
  await vi.advanceTimersByTimeAsync(2000);
  expect(asked).toHaveLength(1);
  wakeUp();
  open();
  asked[0]!(new Response("{}"));
  await vi.advanceTimersByTimeAsync(0);
  expect(transport.value).toBe("websocket");
  expect(link.value).toBe("live");
});

/** A daemon that lets nobody in whose cookie is old; `cookie` says whether it is, and what was asked is kept. */
function daemon(cookie: { old: boolean }): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    if (path === "/auth/refresh") {
      cookie.old = false;
      return new Response(null, { status: 204 });
    }
    if (cookie.old) return new Response(JSON.stringify({ error: { code: "token_expired", message: "Old." } }), { status: 401 });
    if (path === "/auth/me") return new Response("{}");
    return new Response(new ReadableStream({ start: (given) => given.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(snapshot)}\n\n`)) }));
  });
  return asked;
}

/** What is said of the connection from now on. */
function told(): string[] {
  const states: string[] = [];
  link.subscribe((state) => void states.push(state));
  return states;
}

test("the end of an access token is not seen: with new cookies the socket is open at once", async () => {
  const cookie = { old: true };
  const asked = daemon(cookie);
  open();
  const states = told();
  Socket.last.onclose?.();
  await vi.advanceTimersByTimeAsync(250);
  const refused = Socket.last;
  refused.onclose?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toEqual(["/auth/me", "/auth/refresh"]);
  expect(Socket.last).not.toBe(refused);
  open();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(states).toEqual(["live"]);
});

test("nor is it on the stream", async () => {
  transport.value = "sse";
  const cookie = { old: true };
  const asked = daemon(cookie);
  const states = told();
  connection.wake();
  await vi.advanceTimersByTimeAsync(0);
  expect(asked.map((path) => path.split("?")[0])).toEqual(["/api/events", "/auth/refresh", "/api/events"]);
  expect(states).toEqual(["connecting", "live"]);
});

test("each heartbeat that names the stream is answered while it is open, one that names none is not", async () => {
  const answers: unknown[] = [];
  let say: (text: string) => void = () => undefined;
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    if (path === "/api/events/alive") {
      answers.push([init.method, JSON.parse(String(init.body))]);
      return new Response(null, { status: 204 });
    }
    return new Response(new ReadableStream({ start: (given) => (say = (text) => given.enqueue(new TextEncoder().encode(text))) }));
  });
  transport.value = "sse";
  connection.wake();
  await vi.advanceTimersByTimeAsync(0);
  for (const beat of [":17\n\n", ":\n\n", ":17\n\n"]) {
    say(beat);
    await vi.advanceTimersByTimeAsync(0);
  }
  expect(answers).toEqual([["POST", { stream: 17 }], ["POST", { stream: 17 }]]);
});

test("a browser that keeps no new cookies is offline, and asks for them no faster than for the stream", async () => {
  const cookie = { old: true };
  const asked = daemon(cookie);
  open();
  Object.defineProperty(cookie, "old", { get: () => true, set: () => undefined });
  transport.value = "sse";
  const states = told();
  Socket.last.onclose?.();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(states.at(-1)).toBe("offline");
  expect(asked.length).toBeLessThan(20);
});

test("who was put out and is let in again is connected again", async () => {
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ error: { code: "device_revoked", message: "Out." } }), { status: 401 }));
  open();
  Socket.last.onclose?.();
  await vi.advanceTimersByTimeAsync(250);
  Socket.last.onclose?.();
  await vi.advanceTimersByTimeAsync(100);
  const { access: own, putOut } = await import("../src/api/client");
  expect(own.value).toBe("out");
  expect(putOut.value).toBe("device_revoked");
  expect(link.value).toBe("connecting");
  const before = Socket.all.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(Socket.all).toHaveLength(before);
  connection.start();
  expect(Socket.all).toHaveLength(before + 1);
  open();
  expect(link.value).toBe("live");
});
