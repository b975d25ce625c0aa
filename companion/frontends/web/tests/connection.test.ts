import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Incoming } from "../src/api/types";
import type { link as linkOf } from "../src/live/connection";

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
const page = new EventTarget() as EventTarget & { visibilityState: string };
let connection: { start(): void; wake(): void };
let link: typeof linkOf;

beforeEach(async () => {
  vi.useFakeTimers();
  vi.resetModules();
  Socket.all = [];
  page.visibilityState = "visible";
  vi.stubGlobal("document", page);
  vi.stubGlobal("location", { protocol: "https:", host: "pc:3124" });
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("WebSocket", Socket);
  vi.stubGlobal("fetch", () => new Promise(() => undefined)); // a network that swallows everything
  ({ connection, link } = await import("../src/live/connection"));
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
