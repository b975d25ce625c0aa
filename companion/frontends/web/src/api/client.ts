// How the app asks the daemon: one function, `request`, and `invoke` for actions over it.
import { signal } from "@preact/signals";
import type { Answer, Arguments, ActionName } from "./types";
import { routes } from "./routes";

export type Scope = "view" | "control" | "admin";
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
/** Method, path with `{names}`, the least scope, and whether a person is asked first, and `confirmed` sent then. */
export type Route = readonly [method: Method, path: string, scope: Scope, confirm?: true];

/** The code of errors that the app tells by itself. */
export const OWN = "own";

/** An error that can be shown: a stable code, a sentence, and what to do next. Status 0: no answer came at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly remedy = "",
    readonly details: Record<string, unknown> = {},
  ) {
    super(message);
  }

  get offline(): boolean {
    return this.status === 0;
  }

  /** It is the app's own, in the chosen language. */
  get own(): boolean {
    return this.code === OWN;
  }
}

const TOKEN_KEY = "companion.token";

/** Whether the daemon knows this browser; `unknown` until it was asked. */
export const access = signal<"unknown" | "in" | "out">("unknown");

const PUT_OUT = ["refresh_invalid", "device_revoked", "refresh_reused"] as const;
export type PutOut = (typeof PUT_OUT)[number];
/** How a device that had been let in was put out; null where none was. */
export const putOut = signal<PutOut | null>(null);

/** Whether this device leaves, or left, by itself: that it is refused since then tells nothing. */
let leaving = false;

/** Keep what `code` tells of why this device is out; what tells more counts. */
export function notePutOut(code: string): void {
  if (leaving) return;
  const found = PUT_OUT.findIndex((one) => one === code);
  if (found > PUT_OUT.findIndex((one) => one === putOut.value)) putOut.value = PUT_OUT[found]!;
}

/** Have the daemon forget this device. Raises ApiError. */
export async function leave(): Promise<void> {
  leaving = true;
  try {
    await request("POST", "/auth/leave");
  } catch (error) {
    leaving = false;
    throw error;
  }
  setToken(null);
  access.value = "out";
}

/** The daemon knows this browser: what was told of an earlier time is over. */
export function letIn(): void {
  leaving = false;
  putOut.value = null;
  access.value = "in";
}

/** Asked when an administrative act needs the one-time password; answers the code, or null for "no". `wrong` is what
 *  was wrong with the last one. */
export const stepUp: { ask: ((wrong: ApiError | null) => Promise<string | null>) | null } = { ask: null };

let token = read();

function read(): string | null {
  try {
    return sessionStorage.getItem(TOKEN_KEY);
  } catch {
    return null; // storage is off: the token lives as long as the page
  }
}

export function currentToken(): string | null {
  return token;
}

export function setToken(value: string | null): void {
  token = value;
  try {
    if (value === null) sessionStorage.removeItem(TOKEN_KEY);
    else sessionStorage.setItem(TOKEN_KEY, value);
  } catch {
    // see read()
  }
}

/** The headers that open the daemon's door to this page. */
export function credentials(): Record<string, string> {
  return token === null ? { "X-Companion": "1" } : { "X-Companion": "1", Authorization: `Bearer ${token}` };
}

/** Fetch with credentials; a 401 is answered once by new cookies. Raises ApiError. */
export async function request<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await authorised(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  });
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

/** The response of an ok answer; raises ApiError otherwise. */
export async function authorised(path: string, init: RequestInit): Promise<Response> {
  let response = await plain(path, init);
  if (response.status === 401 && token === null && (await refresh())) response = await plain(path, init);
  if (response.ok) return response;
  const error = await errorOf(response);
  if (error.status === 401) {
    notePutOut(error.code);
    if (token !== null) setToken(null);
    access.value = "out";
  }
  if (error.code === "one_time_password_needed" && (await stepUpDone())) return authorised(path, init);
  throw error;
}

async function plain(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, {
      cache: "no-store",
      credentials: "same-origin",
      redirect: "error",
      ...init,
      headers: { ...credentials(), ...init.headers },
    });
  } catch (error) {
    if (init.signal?.aborted && (init.signal.reason as Error).name !== "TimeoutError") throw error;
    throw new ApiError(0, "offline", "The companion does not answer.");
  }
}

let refreshing: Promise<boolean> | null = null;
/** All that asks waits for it: one that a sleeping network swallowed must not be waited for without end. */
const REFRESHED_WITHIN_MS = 10_000;

/**
 * Ask for new cookies; however many ask at once, one request is made, as each use rotates the token. Answers whether
 * this device is still let in; raises ApiError where that could not be found out, as while the network is away.
 */
export function refresh(): Promise<boolean> {
  refreshing ??= alone(() => plain("/auth/refresh", { method: "POST", signal: AbortSignal.timeout(REFRESHED_WITHIN_MS) }))
    .then(async (response) => {
      if (response.ok) return true;
      const error = await errorOf(response);
      if (error.status !== 401) throw error;
      notePutOut(error.code);
      return false;
    })
    .finally(() => {
      refreshing = null;
    });
  return refreshing;
}

/** Not while another tab of this browser does it: the old token, used twice, would look like a stolen one. */
async function alone(work: () => Promise<Response>): Promise<Response> {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks as LockManager | undefined;
  return locks ? await locks.request("companion.refresh", work) : await work();
}

let stepping: Promise<boolean> | null = null;

/** However many acts need it at once, the person is asked once. */
function stepUpDone(): Promise<boolean> {
  stepping ??= askUntilRight().finally(() => {
    stepping = null;
  });
  return stepping;
}

async function askUntilRight(): Promise<boolean> {
  let wrong: ApiError | null = null;
  for (;;) {
    const code: string | null = (await stepUp.ask?.(wrong)) ?? null;
    if (code === null) return false;
    try {
      await request("POST", "/auth/step_up", { code });
      return true;
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "one_time_password_wrong") throw error;
      wrong = error;
    }
  }
}

export async function errorOf(response: Response): Promise<ApiError> {
  try {
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    return new ApiError(
      response.status,
      String(error.code),
      String(error.message),
      String(error.remedy ?? ""),
      (error.details as Record<string, unknown> | undefined) ?? {},
    );
  } catch {
    return new ApiError(response.status, "unknown", `HTTP ${response.status}`);
  }
}

/** Run the action `name`. Raises ApiError. */
export function invoke<N extends ActionName>(
  name: N,
  ...[values, signal]: Record<never, never> extends Arguments<N>
    ? [values?: Arguments<N>, signal?: AbortSignal]
    : [values: Arguments<N>, signal?: AbortSignal]
): Promise<Answer<N>> {
  return invokeNamed(name, (values ?? {}) as Record<string, unknown>, signal) as Promise<Answer<N>>;
}

/** As `invoke`, for a name and arguments that are known at run time only, such as those of a deck's button. */
export function invokeNamed(name: string, values: Record<string, unknown>, signal?: AbortSignal): Promise<unknown> {
  const route = routeOf(name);
  if (!route) return Promise.reject(new ApiError(404, "unknown_action", `There is no action ${name}.`));
  const [method, path, rest] = place(route, values);
  const withBody = method !== "GET" && method !== "DELETE" && Object.keys(rest).length > 0;
  return request(method, withBody ? path : path + query(rest), withBody ? rest : undefined, signal);
}

/** Whether the action `name` itself asks a person first, whatever it contains. */
export function asksFirst(name: string): boolean {
  return routeOf(name)?.[3] === true;
}

export function routeOf(name: string): Route | undefined {
  return (routes as Record<string, Route>)[name];
}

function place([method, path]: Route, values: Record<string, unknown>): [Method, string, Record<string, unknown>] {
  const rest = { ...values };
  const filled = path.replace(/{(\w+)}/g, (_, key: string) => {
    const value = rest[key];
    delete rest[key];
    return encodeURIComponent(String(value));
  });
  return [method, filled, rest];
}

function query(values: Record<string, unknown>): string {
  const found = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined || value === null) continue;
    for (const item of Array.isArray(value) ? value : [value]) found.append(key, String(item));
  }
  const text = found.toString();
  return text && `?${text}`;
}
