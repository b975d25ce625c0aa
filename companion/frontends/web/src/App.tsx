// Who is looking decides what is shown: a paired phone or the PC's dashboard the app, everybody else the way in.
import { useEffect } from "preact/hooks";
import { access, ApiError, letIn, request, setToken, stepUp } from "./api/client";
import type { Me } from "./api/types";
import { t } from "./i18n";
import { connection } from "./live/connection";
import { store } from "./live/store";
import { findAsked, Gate, Pair, type Asked } from "./pages/Pair";
import { go, place, takeSecret } from "./router";
import { preferences } from "./preferences";
import { Shell } from "./Shell";
import { askCode, Questions, tell, Toasts } from "./ui/feedback";
import { signal } from "@preact/signals";

const secret = signal<string | null>(null);
/** What this browser asked for, also before the page was loaded anew. */
const asked = signal<Asked | null>(null);
const unreachable = signal(false);
/** For so long a daemon, or a network, that says nothing is waited for before it is called offline. */
const ANSWERS_WITHIN_MS = 5000;

/** Come in with the ticket that opened this page, with what this browser has kept, or not at all. */
async function enter(): Promise<void> {
  unreachable.value = false;
  const late = setTimeout(() => {
    if (access.value !== "unknown") return;
    unreachable.value = true; // an answer that comes all the same lets in
    access.value = "out";
  }, ANSWERS_WITHIN_MS);
  const ticket = takeSecret("ticket");
  if (ticket !== null) {
    try {
      setToken((await request<{ token: string }>("POST", "/auth/ticket", { ticket })).token);
    } catch (error) {
      tell(error);
    }
  }
  secret.value = takeSecret("pair"); // before anything is asked: what is refused shows the way in at once
  try {
    store.me.value = await request<Me>("GET", "/auth/me");
    secret.value = null;
    letIn();
  } catch (error) {
    unreachable.value = error instanceof ApiError && error.offline;
    asked.value = secret.value === null && !unreachable.value ? await findAsked().catch(noAnswer) : null;
    access.value = "out";
  } finally {
    clearTimeout(late);
  }
}

function noAnswer(): null {
  unreachable.value = true;
  return null;
}

function again(): void {
  access.value = "unknown";
  void enter();
}

function paired(me: Me): void {
  store.last = null;
  asked.value = null;
  store.me.value = me;
  letIn();
  go("deck");
}

export function App() {
  useEffect(() => {
    stepUp.ask = askCode;
    void enter();
    const onHash = () => {
      if (/^#(ticket|pair)=/.test(location.hash)) void enter();
    };
    addEventListener("hashchange", onHash);
    return () => removeEventListener("hashchange", onHash);
  }, []);
  const state = access.value;
  useEffect(() => {
    if (state !== "in") return;
    connection.start();
    const { scope, door } = store.me.peek() ?? {};
    const first = door === "dashboard" && scope === "admin" && !preferences.peek().guided;
    if (place.peek().page === null) go(first ? "start" : door === "phone" ? "deck" : "live");
  }, [state]);
  return (
    <>
      {state === "unknown" && (
        <Gate>
          <p class="soft" role="status">
            {t().offline.connecting}
          </p>
        </Gate>
      )}
      {state === "in" && <Shell />}
      {state === "out" && <Pair secret={secret.value} asked={asked} offline={unreachable.value} again={again} done={paired} />}
      <Questions />
      <Toasts />
    </>
  );
}
