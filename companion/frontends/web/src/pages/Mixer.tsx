import { useEffect, useRef, useState } from "preact/hooks";
import { invoke } from "../api/client";
import type { Input } from "../api/types";
import { number } from "../format";
import { t } from "../i18n";
import { connection } from "../live/connection";
import { store } from "../live/store";
import { tap } from "../preferences";
import { Icon } from "../ui/Icon";
import { attempt } from "../ui/feedback";
import { LOWEST_DB, Meter } from "../ui/Meter";
import { may, Panel, useSeen, WorkButton } from "../ui/parts";

const SEND_EVERY_MS = 80;

function levelsOf(name: string, take: (db: readonly number[]) => void): () => void {
  return store.on("MetersMeasured", ({ inputs }) => take(inputs[name] ?? []));
}

/** Every input with sound: its level as it is now, its volume and its mute. */
export function Mixer({ inputs }: { inputs: readonly Input[] }) {
  const [element, seen] = useSeen<HTMLDivElement>();
  const heard = inputs.filter((input) => input.has_audio);
  useEffect(() => (seen ? connection.watch("meters") : undefined), [seen]);
  return (
    <Panel title={t().live.mixer}>
      <div ref={element} class="mixer">
        {!heard.length && <p class="soft">{t().live.noInputs}</p>}
        {heard.map((input) => (
          <Strip key={input.name} input={input} />
        ))}
      </div>
    </Panel>
  );
}

function Strip({ input }: { input: Input }) {
  const texts = t().live;
  const muted = input.muted === true;
  const control = may("control");
  return (
    <div class={`strip ${muted ? "muted" : ""}`}>
      <WorkButton
        class={muted ? "danger square" : "square"}
        label={texts.mute(input.name)}
        pressed={muted}
        disabled={!control}
        work={async () => {
          tap();
          await invoke("input.mute", { name: input.name, muted: !muted });
        }}
      >
        <Icon name={muted ? "mute" : "sound"} />
      </WorkButton>
      <div class="grow">
        <div class="row apart">
          <span class="cut">{input.name}</span>
          <Volume input={input} disabled={!control} />
        </div>
        <Meter name={input.name} bars={2} listen={levelsOf} />
      </div>
    </div>
  );
}

/**
 * Follows OBS, but while a finger is on it only the finger. It ends at 0 dB as OBS's own mixer does, beyond which OBS
 * lets its advanced audio properties go; an input that is louder is shown as loud as it is.
 */
function Volume({ input, disabled }: { input: Input; disabled: boolean }) {
  const [held, setHeld] = useState<number | null>(null);
  const sending = useRef<{ next: number | null; busy: boolean }>({ next: null, busy: false });
  const db = held ?? input.volume_db ?? 0;
  const top = useRef(0);
  if (held === null) top.current = Math.max(0, Math.ceil(db));
  const send = async (value: number) => {
    const state = sending.current;
    state.next = value;
    if (state.busy) return;
    state.busy = true;
    while (state.next !== null) {
      const now: number = state.next;
      state.next = null;
      await attempt(() => invoke("input.volume", { name: input.name, db: now }));
      await new Promise((done) => setTimeout(done, SEND_EVERY_MS));
    }
    state.busy = false;
    setHeld(null);
  };
  return (
    <label class="volume">
      <output class="small soft">{db <= LOWEST_DB ? "−∞" : number(db)} dB</output>
      <input
        type="range"
        min={LOWEST_DB}
        max={top.current}
        step={0.5}
        value={Math.max(LOWEST_DB, db)}
        disabled={disabled}
        aria-label={t().live.volume(input.name)}
        aria-valuetext={`${number(db)} dB`}
        onInput={(event) => {
          const value = Number(event.currentTarget.value);
          setHeld(value);
          void send(value <= LOWEST_DB ? -100 : value);
        }}
      />
    </label>
  );
}
