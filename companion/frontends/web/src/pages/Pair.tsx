// The way in: on the PC through the tray, on a phone by the code that the PC shows.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, putOut, request } from "../api/client";
import type { Me } from "../api/types";
import { t } from "../i18n";
import { tap } from "../preferences";
import { useNow, WorkButton } from "../ui/parts";
import { Icon } from "../ui/Icon";
import { saidOf } from "../ui/said";

interface Asked {
  id: string | number;
  number: string;
  expires_at: number;
}
interface Verdict {
  state: "waiting" | "allowed" | "denied" | "expired";
}
const LOOK_MS = 700;
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])$/;

interface Props {
  secret: string | null;
  offline: boolean;
  again: () => void;
  done: (me: Me) => void;
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

export function Pair({ secret, offline, again, done }: Props) {
  const [asked, setAsked] = useState<Asked | null>(null);
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
      ) : asked && !ended ? (
        <Wait asked={asked} done={done} end={setEnded} />
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
              setAsked(found);
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
    const look = async () => {
      try {
        const { state } = await request<Verdict>("GET", "/auth/pair", undefined, control.signal);
        if (state === "denied" || state === "expired") return end(state);
        if (state === "allowed") {
          const me = await request<Me>("GET", "/auth/me", undefined, control.signal);
          tap([20, 40, 20]);
          return done(me);
        }
      } catch (error) {
        if (control.signal.aborted) return;
        if (error instanceof ApiError && !error.offline) return end("expired");
      }
      timer = setTimeout(() => void look(), LOOK_MS);
    };
    void look();
    return () => {
      control.abort();
      clearTimeout(timer);
    };
  }, [asked.id]);
  return (
    <div class="tight" role="status">
      <h2>{texts.compare}</h2>
      <p class="number">{asked.number}</p>
      <p class="soft">{texts.waiting}</p>
      {left > 0 && left < 600 && <p class="small soft">{texts.left(left)}</p>}
    </div>
  );
}

/** A first name for the device, from what its browser says of it. */
function guessName(): string {
  const agent = navigator.userAgent;
  const known = ["iPhone", "iPad", "Android", "Windows", "Macintosh", "Linux"].find((name) => agent.includes(name));
  const names: Record<string, string> = { Android: "Android phone", Windows: "Windows PC", Macintosh: "Mac", Linux: "Linux PC" };
  return known ? (names[known] ?? known) : "Phone";
}
