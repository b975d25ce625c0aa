// How one setting is edited: a switch, a choice, a number, a list; what is more than a line, in a window.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Setting } from "../api/types";
import { length } from "../format";
import { t } from "../i18n";
import { nameOf, shapeOf, summary, type Hotkey, type Phrase } from "../settings/shape";
import { Dialog, useWork } from "../ui/feedback";
import { Icon } from "../ui/Icon";
import { Switch } from "../ui/parts";
import { Microphones } from "./Microphones";
import { Models } from "./Models";
import { Hotkeys, Phrases, StepList } from "./SettingLists";
import type { Step } from "./Steps";

interface Props {
  setting: Setting;
  id: string;
  /** It is set elsewhere, and shown here. */
  fixed: boolean;
  wrong: boolean;
  /** Give it to the daemon; raises ApiError. */
  send: (value: unknown) => Promise<void>;
  /** The same, with what is wrong said beside the setting. */
  set: (value: unknown) => Promise<void>;
  /** Say what is wrong before anything is sent. */
  refuse: (text: string) => void;
}

export function Field(props: Props) {
  const { setting, id, fixed, set } = props;
  switch (shapeOf(setting)) {
    case "truth":
      return <Switch id={id} describedBy={`${id}-help`} label={nameOf(setting)} on={setting.value === true} disabled={fixed} set={set} />;
    case "choice":
      return <Choices {...props} />;
    case "numbers":
      return <Numbers {...props} />;
    case "texts":
      return <Texts key={`${id}${String(setting.value)}`} {...props} />;
    case "hotkeys":
    case "phrases":
    case "steps":
      return <List {...props} />;
    case "microphone":
      return <Picked {...props} unset={t().microphones.systems} picker={Microphones} />;
    case "model":
      return <Picked {...props} unset={t().models.fastest} picker={Models} />;
    default:
      return <Line key={`${id}${String(setting.value)}`} {...props} />;
  }
}

function Choices({ setting, id, fixed, set }: Props) {
  const [busy, run] = useWork();
  const words = t().settings.choices as Record<string, string>;
  const value = String(setting.value);
  return (
    <select
      id={id}
      value={value}
      disabled={fixed}
      aria-busy={busy}
      aria-describedby={`${id}-help`}
      onChange={(event) => {
        const wanted = event.currentTarget.value;
        event.currentTarget.value = value; // until it is true
        run(() => set(wanted));
      }}
    >
      {setting.choices?.map((one) => (
        <option key={one} value={one}>
          {words[one] ?? one}
        </option>
      ))}
    </select>
  );
}

function Save({ busy }: { busy: boolean }) {
  return (
    <button class="primary square" type="submit" aria-label={t().common.save} title={t().common.save} aria-busy={busy}>
      <Icon name="check" />
    </button>
  );
}

/** One line of text, a number or a password; empty is the default. */
function Line({ setting, id, fixed, wrong, set, refuse }: Props) {
  const shape = shapeOf(setting);
  const secret = shape === "secret";
  const now = secret || setting.value === null ? "" : String(setting.value);
  const [text, setText] = useState(now);
  const [busy, run] = useWork();
  return (
    <form
      class="row grow"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (event.currentTarget.querySelector("input")?.validity.badInput) return refuse(t().settings.noNumber);
        const plain = text.trim();
        run(() => set(plain === "" ? null : shape === "number" ? Number(plain) : plain));
      }}
    >
      <input
        id={id}
        {...({ type: secret ? "password" : shape === "number" ? "number" : "text" } as { type: "text" })}
        step="any"
        value={text}
        placeholder={secret && setting.value !== null ? t().settings.isSet : String(setting.default ?? "")}
        disabled={fixed}
        aria-invalid={wrong}
        aria-describedby={wrong ? `${id}-error` : `${id}-help`}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      {text !== now && <Save busy={busy} />}
    </form>
  );
}

/** A short list of numbers, each in a field of its own. */
function Numbers({ setting, id, fixed, wrong, set, refuse }: Props) {
  const now = (setting.value as number[]).map(String);
  const [all, setAll] = useState(now);
  const [busy, run] = useWork();
  useEffect(() => setAll(now), [now.join()]);
  const texts = t().settings;
  return (
    <form
      class="row wrap numbers grow"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const found = all.map(Number);
        if (all.some((one) => one.trim() === "") || found.some(Number.isNaN)) return refuse(texts.noNumber);
        run(() => set(found));
      }}
    >
      {all.map((one, at) => (
        <span key={at} class="row">
          <input
            id={at === 0 ? id : undefined}
            type="number"
            step="any"
            value={one}
            disabled={fixed}
            aria-invalid={wrong}
            aria-label={texts.item(at + 1)}
            aria-describedby={wrong ? `${id}-error` : `${id}-help`}
            onInput={(event) => setAll(all.map((old, index) => (index === at ? event.currentTarget.value : old)))}
          />
          {!fixed && all.length > 1 && (
            <button type="button" class="bare" aria-label={texts.removeItem(at + 1)} onClick={() => setAll(all.filter((_, index) => index !== at))}>
              <Icon name="close" size={16} />
            </button>
          )}
        </span>
      ))}
      {!fixed && (
        <button type="button" class="square" aria-label={texts.addItem} title={texts.addItem} onClick={() => setAll([...all, ""])}>
          <Icon name="add" />
        </button>
      )}
      {all.join() !== now.join() && <Save busy={busy} />}
    </form>
  );
}

/** Words, one a line. */
function Texts({ setting, id, fixed, wrong, set }: Props) {
  const now = (setting.value as string[]).join("\n");
  const [text, setText] = useState(now);
  const [busy, run] = useWork();
  return (
    <form
      class="row grow"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        run(() => set(text.split("\n").map((line) => line.trim()).filter((line) => line !== "")));
      }}
    >
      <textarea
        id={id}
        rows={4}
        value={text}
        disabled={fixed}
        aria-invalid={wrong}
        aria-describedby={wrong ? `${id}-error` : `${id}-help`}
        autocapitalize="off"
        spellcheck={false}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      {text !== now && <Save busy={busy} />}
    </form>
  );
}

interface PickedProps extends Props {
  /** What is used where nothing was chosen. */
  unset: string;
  picker: () => JSX.Element;
}

/** One of what there is: what was chosen, and a window to choose another. */
function Picked({ setting, id, fixed, unset, picker: Picker }: PickedProps) {
  const [open, setOpen] = useState(false);
  return (
    <div class="tight grow">
      <p class="small cut">{setting.value === null ? unset : String(setting.value)}</p>
      {!fixed && (
        <button id={id} aria-describedby={`${id}-label`} onClick={() => setOpen(true)}>
          <Icon name="arrange" /> {t().settings.change}
        </button>
      )}
      {open && (
        <Dialog title={nameOf(setting)} onClose={() => setOpen(false)}>
          <Picker />
        </Dialog>
      )}
    </div>
  );
}

/** Key combinations, phrases or steps: what they are, and a window to change them. */
function List({ setting, id, fixed, send }: Props) {
  const [open, setOpen] = useState(false);
  const value = setting.value as unknown as (Hotkey | Phrase | Step)[];
  const texts = t().settings;
  const shown = summary(value, { wait: (seconds) => t().macros.wait(length(seconds)) });
  const shape = shapeOf(setting);
  const Editor = shape === "hotkeys" ? Hotkeys : shape === "phrases" ? Phrases : StepList;
  return (
    <div class="tight grow">
      {shown.length ? (
        <ol class="summary small">
          {shown.map((line, at) => (
            <li key={at}>{line}</li>
          ))}
        </ol>
      ) : (
        <p class="small soft">{texts.empty}</p>
      )}
      {!fixed && (
        <button id={id} aria-describedby={`${id}-label`} onClick={() => setOpen(true)}>
          <Icon name="arrange" /> {texts.change}
        </button>
      )}
      {open && <Editor name={setting.name} title={nameOf(setting)} value={value as never} close={() => setOpen(false)} send={send} />}
    </div>
  );
}
