// The way in: on the PC through the tray, on a phone by the code that the PC shows.
import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, putOut, request } from "../api/client";
import type { Me } from "../api/types";
import { t } from "../i18n";
import { tap } from "../preferences";
import { useNow, WorkButton } from "../ui/parts";
import { Icon } from "../ui/Icon";
import { saidOf } from "../ui/said";

export interface Asked {
  number: string;
  expires_at: number;
}
interface Verdict extends Asked {
  state: "waiting" | "allowed" | "denied" | "expired";
}
const LOOK_MS = 700;
/** What is answered where nothing is known of the request, or of the device any more. */
const GONE = [401, 404];
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])$/;

interface Props {
  secret: string | null;
  asked: Signal<Asked | null>;
  offline: boolean;
  again: () => void;
  done: (me: Me) => void;
}

/** What this browser asked for and still waits for: a phone may drop a page that nobody looks at. */
export async function findAsked(): Promise<Asked | null> {
  if (LOOPBACK.test(location.hostname)) return null;
  try {
    const found = await request<Verdict>("GET", "/auth/pair");
    return found.state === "waiting" || found.state === "allowed" ? found : null;
  } catch (error) {
    if (error instanceof ApiError && !error.offline) return null;
    throw error;
  }
}

/** What stands around all that is shown to who is not in. */
export function Gate({ children }: { children: ComponentChildren }) {
  return (
    <main class="gate">
      <header class="tight">
        <img class="mark" src="/icon-128.png" alt="" />
        <h1>FluxBoard Companion</h1>
      </header>
      {children}
    </main>
  );
}

export function Pair({ secret, asked, offline, again, done }: Props) {
  const [ended, setEnded] = useState<"denied" | "expired" | null>(null);
  const texts = t().pair;
  return (
    <Gate>
      {offline ? (
        <>
          <p role="alert">{t().offline.noAnswer}</p>
          <button class="primary" onClick={again}>
            {t().common.again}
          </button>
        </>
      ) : LOOPBACK.test(location.hostname) ? (
        <div class="tight">
          <h2>{texts.pcTitle}</h2>
          <p class="soft">{texts.pcText}</p>
        </div>
      ) : asked.value ? (
        <Wait
          asked={asked.value}
          done={done}
          end={(how) => {
            asked.value = null;
            setEnded(how);
          }}
        />
      ) : (
        <>
          {(ended || putOut.value) && (
            <p class="row amber" role="alert">
              <Icon name="warn" /> {ended ? texts[ended] : putOut.value && texts.putOut[putOut.value]}
            </p>
          )}
          <Ask
            key={secret ?? ""}
            secret={ended ? null : secret}
            asked={(found) => {
              setEnded(null);
              asked.value = found;
            }}
          />
        </>
      )}
    </Gate>
  );
}

function Ask({ secret, asked }: { secret: string | null; asked: (found: Asked) => void }) {
  const [name, setName] = useState(guessName);
  const [code, setCode] = useState("");
  const [typed, setTyped] = useState(secret === null);
  const [error, setError] = useState<ApiError | null>(null);
  const said = error && saidOf(error);
  const texts = t().pair;
  const ask = async () => {
    const proof = typed ? { code: code.replace(/[\s-]/g, "") } : { secret };
    try {
      setError(null);
      asked(await request<Asked>("POST", "/auth/pair", { ...proof, name: name.trim() }));
      tap();
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      setError(failure);
      if (!failure.offline) setTyped(true); // the scanned secret is used up or wrong
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        event.currentTarget.querySelector<HTMLButtonElement>("button.primary")?.click();
      }}
    >
      <p class="soft">{typed ? texts.typeText : texts.scannedText}</p>
      {typed && (
        <label class="field">
          {texts.code}
          <input class="code" value={code} onInput={(event) => setCode(event.currentTarget.value)} autocomplete="off" autocapitalize="characters" spellcheck={false} />
        </label>
      )}
      <label class="field">
        {texts.name}
        <input value={name} maxLength={40} onInput={(event) => setName(event.currentTarget.value)} autocomplete="off" />
      </label>
      {said && (
        <div lang={said.lang} role="alert" class="red">
          <p>{said.text}</p>
          {said.remedy && <small>{said.remedy}</small>}
        </div>
      )}
      <WorkButton class="primary" work={ask} disabled={!name.trim() || (typed && code.trim().length < 4)}>
        {texts.ask}
      </WorkButton>
      <p class="small soft">{texts.promise}</p>
    </form>
  );
}

function Wait({ asked, done, end }: { asked: Asked; done: (me: Me) => void; end: (how: "denied" | "expired") => void }) {
  const texts = t().pair;
  const left = Math.ceil(asked.expires_at - useNow(500));
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const control = new AbortController();
    const ask = <T,>(path: string) => request<T>("GET", path, undefined, control.signal);
    const look = async () => {
      try {
        const { state } = await ask<Verdict>("/auth/pair").catch(letInAlready);
        if (state === "denied" || state === "expired") return end(state);
        if (state === "allowed") {
          const me = await ask<Me>("/auth/me");
          tap([20, 40, 20]);
          return done(me);
        }
      } catch (error) {
        if (control.signal.aborted) return;
        if (error instanceof ApiError && GONE.includes(error.status)) return end("expired");
      }
      timer = setTimeout(() => void look(), LOOK_MS);
    };
    void look();
    return () => {
      control.abort();
      clearTimeout(timer);
    };
  }, [asked]);
  return (
    <div class="tight" role="status">
      <h2>{texts.compare}</h2>
      <p class="number">{asked.number}</p>
      <p class="soft">{texts.waiting}</p>
      {left > 0 && left < 600 && <p class="small soft">{texts.left(left)}</p>}
    </div>
  );
}

/** It is let in, and the daemon heard from it since: only its answer was lost. */
function letInAlready(error: unknown): Pick<Verdict, "state"> {
  if (error instanceof ApiError && error.code === "already_paired") return { state: "allowed" };
  throw error;
}

/** A first name for the device, from what its browser says of it. */
function guessName(): string {
  const agent = navigator.userAgent;
  const known = ["iPhone", "iPad", "Android", "Windows", "Macintosh", "Linux"].find((name) => agent.includes(name));
  const names: Record<string, string> = { Android: "Android phone", Windows: "Windows PC", Macintosh: "Mac", Linux: "Linux PC" };
  return known ? (names[known] ?? known) : "Phone";
}
