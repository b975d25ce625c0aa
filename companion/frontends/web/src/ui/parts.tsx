// The parts that pages are made of.
import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, type Scope } from "../api/client";
import { t } from "../i18n";
import { Changes } from "../live/changes";
import { store } from "../live/store";
import { Icon, type IconName } from "./Icon";
import { useWork } from "./feedback";
import { saidOf } from "./said";

const RANK: Record<Scope, number> = { view: 1, control: 2, admin: 3 };

/** Whether this device may do what needs `scope`. */
export function may(scope: Scope): boolean {
  const own = store.me.value?.scope;
  return own !== undefined && RANK[own] >= RANK[scope];
}

export interface Loaded<T> {
  data: T | undefined;
  error: ApiError | null;
  again: () => void;
  set: (change: (old: T) => T) => void;
}

/** What `load` answers; loaded anew when `key` changes, and after the stream of events had a gap. */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>, key: unknown = ""): Loaded<T> {
  const [data, setData] = useState<T>();
  const [error, setError] = useState<ApiError | null>(null);
  const [round, setRound] = useState(0);
  const [changes] = useState(() => new Changes<T>());
  const epoch = store.epoch.value;
  useEffect(() => {
    const control = new AbortController();
    changes.begin();
    load(control.signal).then(
      (found) => {
        if (control.signal.aborted) return;
        setData(changes.settle(found));
        setError(null);
      },
      (failure: unknown) => {
        if (control.signal.aborted) return;
        setError(failure instanceof ApiError ? failure : new ApiError(0, "unknown", String(failure)));
      },
    );
    return () => control.abort();
  }, [key, round, epoch]);
  const again = useCallback(() => setRound((old) => old + 1), []);
  const set = useCallback((change: (old: T) => T) => {
    changes.note(change);
    setData((old) => (old === undefined ? old : change(old)));
  }, []);
  return { data, error, again, set };
}

/** Bars that breathe until something is there. */
export function Loading() {
  return (
    <div class="waiting" role="status" aria-label={t().common.loading}>
      <i />
      <i />
      <i />
    </div>
  );
}

/** What is shown in place of `loaded.data` until it is there; where it does not come, the error with a way on. */
export function Waiting({ loaded }: { loaded: Pick<Loaded<unknown>, "error" | "again"> }) {
  return loaded.error ? <Trouble error={loaded.error} again={loaded.again} /> : <Loading />;
}

export function Trouble({ error, again }: { error: ApiError; again?: () => void }) {
  const { text, remedy, lang } = saidOf(error);
  return (
    <div class="empty" role="alert">
      <Icon name={error.offline ? "offline" : "error"} size={32} />
      <p lang={lang}>{text}</p>
      {remedy && <p lang={lang} class="soft">{remedy}</p>}
      {again && <button onClick={again}>{t().common.again}</button>}
    </div>
  );
}

export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name={icon} size={32} />
      <p>{title}</p>
      {children && <div class="soft">{children}</div>}
    </div>
  );
}

interface PanelProps {
  title: string;
  aside?: ComponentChildren;
  children: ComponentChildren;
  class?: string;
  id?: string;
}

export function Panel(props: PanelProps) {
  return (
    <section class={`panel ${props.class ?? ""}`} aria-label={props.title} id={props.id}>
      <header>
        <h2>{props.title}</h2>
        {props.aside}
      </header>
      {props.children}
    </section>
  );
}

/** A button that works on something: busy meanwhile, and its error is told. */
export function WorkButton(props: {
  work: () => Promise<unknown>;
  children: ComponentChildren;
  class?: string;
  label?: string;
  disabled?: boolean;
  pressed?: boolean;
}) {
  const [busy, run] = useWork();
  return (
    <button
      class={props.class ?? ""}
      aria-label={props.label}
      title={props.label}
      aria-busy={busy}
      aria-pressed={props.pressed}
      disabled={props.disabled}
      onClick={() => run(props.work)}
    >
      {props.children}
    </button>
  );
}

interface SwitchProps {
  label: string;
  /** What a label of its own, and what tells more of it, refer to. */
  id?: string;
  describedBy?: string;
  on: boolean;
  set: (on: boolean) => Promise<unknown>;
  disabled?: boolean;
  /** On or off, nothing comes of it now: it is not lit. */
  idle?: boolean;
}

/** A switch whose place is what is true, not what was tapped. */
export function Switch(props: SwitchProps) {
  const [busy, run] = useWork();
  return (
    <button
      class={props.idle ? "switch idle" : "switch"}
      role="switch"
      id={props.id}
      aria-checked={props.on}
      aria-label={props.label}
      aria-describedby={props.describedBy}
      aria-busy={busy}
      disabled={props.disabled}
      onClick={() => run(() => props.set(!props.on))}
    >
      <i />
    </button>
  );
}

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** One of a few: to the keyboard one stop, where the arrow keys choose. */
export function Choice<T extends string>(props: { label: string; value: T; options: Record<T, string>; set: (value: T) => void }) {
  const options = Object.entries(props.options) as [T, string][];
  const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLElement }) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = (options.findIndex(([value]) => value === props.value) + step + options.length) % options.length;
    props.set(options[next]![0]);
    (event.currentTarget.children[next] as HTMLElement).focus();
  };
  return (
    <div class="choice" role="radiogroup" aria-label={props.label} onKeyDown={onKeyDown}>
      {options.map(([value, text]) => (
        <button key={value} role="radio" aria-checked={value === props.value} tabIndex={value === props.value ? 0 : -1} onClick={() => props.set(value)}>
          {text}
        </button>
      ))}
    </div>
  );
}

/** The time, told anew every `ms`, in the daemon's clock (Unix seconds). */
export function useNow(ms = 1000): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), ms);
    return () => clearInterval(timer);
  }, [ms]);
  return (now + store.clockOffset.value) / 1000;
}

/** Whether the element is on the screen of a page that is looked at. */
export function useSeen<E extends Element>(): [element: { current: E | null }, seen: boolean] {
  const element = useRef<E>(null);
  const [inView, setInView] = useState(false);
  const [awake, setAwake] = useState(document.visibilityState === "visible");
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => setInView(entry?.isIntersecting ?? false));
    if (element.current) observer.observe(element.current);
    const change = () => setAwake(document.visibilityState === "visible");
    document.addEventListener("visibilitychange", change);
    return () => {
      observer.disconnect();
      document.removeEventListener("visibilitychange", change);
    };
  }, []);
  return [element, inView && awake];
}
