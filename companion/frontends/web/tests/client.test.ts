import { afterEach, expect, test, vi } from "vitest";
import { access, ApiError, invoke, leave, letIn, notePutOut, putOut, request, setToken, stepUp } from "../src/api/client";

const real = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = real;
  setToken(null);
  stepUp.ask = null;
  putOut.value = null;
});

/** A network whose answers `answer` gives; returns what was asked. */
function network(answer: (path: string, asked: number) => Response): string[] {
  const asked: string[] = [];
  globalThis.fetch = async (path, init) => {
    const line = `${init?.method ?? "GET"} ${String(path)}`;
    asked.push(line);
    await Promise.resolve();
    return answer(line, asked.filter((one) => one === line).length);
  };
  return asked;
}
const json = (status: number, body: unknown) => new Response(JSON.stringify(body), { status });
const refused = () => json(401, { error: { code: "unauthorized", message: "No.", remedy: "", details: {} } });

test("however many requests meet a token that has expired, it is renewed once, and all go through", async () => {
  let renewed = false;
  const asked = network((line) => {
    if (line === "POST /auth/refresh") {
      renewed = true;
      return new Response(null, { status: 204 });
    }
    return renewed ? json(200, { ok: true }) : refused();
  });
  const answers = await Promise.all(["/a", "/b", "/c"].map((path) => request("GET", path)));
  expect(answers).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
  expect(asked.filter((line) => line === "POST /auth/refresh")).toHaveLength(1);
});

test("a renewal that the network swallows is not waited for without end: it is offline", async () => {
  letIn();
  const over = vi.spyOn(AbortSignal, "timeout").mockReturnValue(AbortSignal.abort(new DOMException("Late.", "TimeoutError")));
  globalThis.fetch = async (path, init) => {
    if (path !== "/auth/refresh") return refused();
    if (!init?.signal?.aborted) return new Promise<Response>(() => undefined);
    throw init.signal.reason;
  };
  await expect(request("GET", "/a")).rejects.toMatchObject({ offline: true });
  expect(access.value).toBe("in");
  over.mockRestore();
});

test("a device that was put out is out, without asking in circles", async () => {
  const asked = network(refused);
  await expect(request("GET", "/a")).rejects.toMatchObject({ status: 401 });
  expect(access.value).toBe("out");
  expect(asked).toEqual(["GET /a", "POST /auth/refresh"]);
});

test("a device that was put out knows why, by whichever refusal tells most", async () => {
  const refusal = (code: string) => json(401, { error: { code, message: "No.", remedy: "", details: {} } });
  const meets = async (first: string, then: string) => {
    putOut.value = null;
    network((line) => refusal(line === "POST /auth/refresh" ? then : first));
    await expect(request("GET", "/a")).rejects.toMatchObject({ status: 401 });
    return putOut.value;
  };
  expect(await meets("token_expired", "refresh_reused")).toBe("refresh_reused");
  expect(await meets("device_revoked", "refresh_reused")).toBe("refresh_reused");
  expect(await meets("device_revoked", "refresh_invalid")).toBe("device_revoked");
  expect(await meets("unauthorized", "refresh_invalid")).toBe("refresh_invalid");
  expect(await meets("unauthorized", "unauthorized")).toBeNull(); // a phone that was never paired
});

test("a device that leaves by itself was not put out, however late the daemon's answers are", async () => {
  const revoked = () => json(401, { error: { code: "device_revoked", message: "Out.", remedy: "", details: {} } });
  letIn();
  network((line) => {
    notePutOut("device_revoked"); // which its stream met, closed before the answer is there
    return line === "POST /auth/leave" ? new Response(null, { status: 204 }) : revoked();
  });
  await leave();
  await expect(request("GET", "/a")).rejects.toMatchObject({ status: 401 });
  expect(access.value).toBe("out");
  expect(putOut.value).toBeNull();
  letIn();
  await expect(request("GET", "/a")).rejects.toMatchObject({ status: 401 });
  expect(putOut.value).toBe("device_revoked");
});

test("a device that could not leave, and is put out then, says so", async () => {
  letIn();
  globalThis.fetch = () => Promise.reject(new TypeError("Failed to fetch"));
  await expect(leave()).rejects.toMatchObject({ offline: true });
  expect(access.value).toBe("in");
  notePutOut("device_revoked");
  expect(putOut.value).toBe("device_revoked");
});

test("who is let in was not put out", () => {
  notePutOut("refresh_reused");
  letIn();
  expect(putOut.value).toBeNull();
  expect(access.value).toBe("in");
});

test("a device is not out because nobody answered its wish to stay in", async () => {
  access.value = "in";
  network((line) => {
    if (line === "POST /auth/refresh") throw new TypeError("Failed to fetch");
    return refused();
  });
  await expect(request("GET", "/a")).rejects.toMatchObject({ offline: true });
  network((line) =>
    line === "POST /auth/refresh" ? json(503, { error: { code: "database_locked", message: "Busy.", remedy: "" } }) : refused(),
  );
  await expect(request("GET", "/a")).rejects.toMatchObject({ code: "database_locked" });
  expect(access.value).toBe("in");
});

test("no answer at all is told apart from an error, and an error keeps its remedy", async () => {
  globalThis.fetch = () => Promise.reject(new TypeError("Failed to fetch"));
  const offline = await request("GET", "/a").catch((error: unknown) => error);
  expect(offline).toBeInstanceOf(ApiError);
  expect((offline as ApiError).offline).toBe(true);
  network(() => json(409, { error: { code: "no_mark", message: "No moment is marked.", remedy: "Set one.", details: {} } }));
  await expect(request("POST", "/a")).rejects.toMatchObject({ code: "no_mark", remedy: "Set one.", offline: false });
});

test("an action's arguments go into its path, its query or its body, as its route wants them", async () => {
  const bodies: unknown[] = [];
  const asked = network(() => json(200, {}));
  const counted = globalThis.fetch;
  globalThis.fetch = (path, init) => {
    bodies.push(init?.body);
    return counted(path, init);
  };
  await invoke("clip.edit", { id: 7, title: "ä/b", tags: [] });
  await invoke("clip.list", { limit: 5, text: "a&b" });
  expect(asked).toEqual(["PATCH /api/clips/7", "GET /api/clips?limit=5&text=a%26b"]);
  expect(bodies).toEqual(['{"title":"ä/b","tags":[]}', undefined]);
});

test("acts that need the one-time password ask for it once, again while it is wrong, and then go through", async () => {
  const questions: (string | undefined)[] = [];
  let right = false;
  const asked = network((line, times) => {
    if (line !== "POST /auth/step_up") return right ? json(200, { ok: true }) : json(403, { error: { code: "one_time_password_needed", message: "Code.", remedy: "" } });
    if (times === 1) return json(403, { error: { code: "one_time_password_wrong", message: "Wrong.", remedy: "Wait." } });
    right = true;
    return new Response(null, { status: 204 });
  });
  stepUp.ask = async (wrong) => {
    questions.push(wrong?.message);
    return "123456";
  };
  await expect(Promise.all([request("GET", "/a"), request("GET", "/b")])).resolves.toEqual([{ ok: true }, { ok: true }]);
  expect(questions).toEqual([undefined, "Wrong."]);
  expect(asked.filter((line) => line === "POST /auth/step_up")).toHaveLength(2);
});

test("who gives no code is told that one is needed", async () => {
  network(() => json(403, { error: { code: "one_time_password_needed", message: "Code.", remedy: "" } }));
  stepUp.ask = async () => null;
  await expect(request("GET", "/a")).rejects.toMatchObject({ code: "one_time_password_needed" });
});
