// What the app says by itself: short messages, questions, and what an action's outcome was.
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api/client";
import { t } from "../i18n";
import { tap } from "../preferences";
import { Icon } from "./Icon";
import { saidOf, type Said } from "./said";

interface Toast {
  id: number;
  tone: "info" | "good" | "bad";
  text: string;
  remedy: string;
  lang: Said["lang"];
  undo?: { label: string; run: () => void };
}
const toasts = signal<Toast[]>([]);
let nextId = 1;
const SHOWN_MS = { info: 5000, good: 4000, bad: 9000 };

export function toast(tone: Toast["tone"], text: string, more: { remedy?: string; lang?: Said["lang"]; undo?: Toast["undo"]; ms?: number } = {}): void {
  const id = nextId++;
  toasts.value = [...toasts.value.slice(-2), { id, tone, text, remedy: more.remedy ?? "", lang: more.lang, ...(more.undo ? { undo: more.undo } : {}) }];
  setTimeout(() => dismiss(id), more.ms ?? SHOWN_MS[tone]);
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

/** Show any error. */
export function tell(error: unknown): void {
  tap([30, 40, 30]);
  if (error instanceof ApiError) {
    const { text, remedy, lang } = saidOf(error);
    toast("bad", text, { remedy, lang });
  } else {
    console.error(error);
    toast("bad", t().errors.unknown);
  }
}

/** Run `work`; an error is told, and answered as undefined. */
export async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    tell(error);
    return undefined;
  }
}

/** Whether `run`'s work is still going on, and `run`, which does nothing meanwhile. */
export function useWork(): [busy: boolean, run: (work: () => Promise<unknown>) => void] {
  const [busy, setBusy] = useState(false);
  const going = useRef(false);
  const run = (work: () => Promise<unknown>) => {
    if (going.current) return;
    going.current = true;
    setBusy(true);
    void attempt(work).finally(() => {
      going.current = false;
      setBusy(false);
    });
  };
  return [busy, run];
}

/** The open windows, the topmost last: messages are shown in it, as whatever is behind a modal window is inert. */
const windows = signal<readonly symbol[]>([]);

export function Toasts({ inside = null }: { inside?: symbol | null }) {
  if ((windows.value.at(-1) ?? null) !== inside) return null;
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((one) => (
        <div key={one.id} class={`toast ${one.tone}`}>
          <Icon name={one.tone === "bad" ? "error" : one.tone === "good" ? "check" : "help"} />
          <p lang={one.lang}>
            {one.text}
            {one.remedy && <small>{one.remedy}</small>}
          </p>
          {one.undo && (
            <button
              class="text"
              onClick={() => {
                one.undo?.run();
                dismiss(one.id);
              }}
            >
              {one.undo.label}
            </button>
          )}
          <button class="bare" aria-label={t().common.close} onClick={() => dismiss(one.id)}>
            <Icon name="close" size={16} />
          </button>
        </div>
      ))}
    </div>
  );
}

interface Question {
  title: string;
  text: string;
  yes: string;
  danger: boolean;
  code: boolean;
  /** What was wrong with the last answer. */
  wrong: Said | null;
  answer: (value: string | null) => void;
}
const question = signal<Question | null>(null);

/** One question at a time: the one that it takes the place of is answered with no. */
function pose(next: Question): void {
  const left = question.peek();
  question.value = next;
  left?.answer(null);
}

/** Ask yes or no. */
export function confirm(title: string, text: string, yes: string, danger = true): Promise<boolean> {
  return new Promise((done) => {
    pose({ title, text, yes, danger, code: false, wrong: null, answer: (value) => done(value !== null) });
  });
}

/** Ask for the one-time password; null when it is not given. `wrong` is what was wrong with the last one. */
export function askCode(wrong: ApiError | null): Promise<string | null> {
  return new Promise((answer) => {
    const { title, text, yes } = t().stepUp;
    pose({ title, text, yes, danger: false, code: true, wrong: wrong && saidOf(wrong), answer });
  });
}

export function Questions() {
  const asked = question.value;
  const [code, setCode] = useState("");
  if (!asked) return null;
  const end = (value: string | null) => {
    question.value = null;
    setCode("");
    asked.answer(value);
  };
  return (
    <Dialog title={asked.title} onClose={() => end(null)} small>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          end(asked.code ? code.replace(/\s/g, "") : "");
        }}
      >
        <p>{asked.text}</p>
        {asked.code && (
          <label class="field">
            {t().stepUp.code}
            <input
              value={code}
              onInput={(event) => setCode(event.currentTarget.value)}
              inputMode="numeric"
              autocomplete="one-time-code"
              pattern="[0-9 ]{6,8}"
              aria-invalid={asked.wrong !== null}
              aria-describedby={asked.wrong ? "code-wrong" : undefined}
              required
            />
          </label>
        )}
        {asked.wrong && (
          <p lang={asked.wrong.lang} class="small red" role="alert" id="code-wrong">
            {asked.wrong.text} {asked.wrong.remedy}
          </p>
        )}
        <div class="row end">
          <button type="button" onClick={() => end(null)}>
            {t().common.cancel}
          </button>
          <button type="submit" class={asked.danger ? "danger" : "primary"}>
            {asked.yes}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** A modal window; Escape, its cross and a tap beside it close it. */
export function Dialog(props: { title: string; onClose: () => void; children: ComponentChildren; small?: boolean; wide?: boolean }) {
  const element = useRef<HTMLDialogElement>(null);
  const beside = useRef(false);
  const [me] = useState(() => Symbol(props.title));
  useEffect(() => {
    const dialog = element.current;
    const before = document.activeElement as HTMLElement | null;
    dialog?.showModal();
    windows.value = [...windows.value, me];
    return () => {
      dialog?.close();
      if (before?.isConnected) before.focus(); // a dialog that left the page before it was closed gives nothing back
      windows.value = windows.value.filter((one) => one !== me);
    };
  }, []);
  const size = props.small ? "small" : props.wide ? "wide" : "";
  return (
    <dialog
      ref={element}
      class={size}
      aria-label={props.title}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
      onPointerDown={(event) => {
        beside.current = event.target === element.current;
      }}
      onClick={(event) => {
        // A drag that begins inside, such as a slider's, and ends beside the window is no tap beside it.
        if (beside.current && event.target === element.current) props.onClose();
      }}
    >
      <div class="sheet">
        <header>
          <h2>{props.title}</h2>
          <button class="bare" aria-label={t().common.close} onClick={props.onClose}>
            <Icon name="close" />
          </button>
        </header>
        {props.children}
      </div>
      <Toasts inside={me} />
    </dialog>
  );
}
