// The windows in which settings that are lists of actions are edited: what each reacts to, and what it does.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { catalogue, type Doable } from "../deck/catalogue";
import { t } from "../i18n";
import type { Hotkey, Phrase } from "../settings/shape";
import { Dialog } from "../ui/feedback";
import { Icon } from "../ui/Icon";
import { KeyCatcher } from "../ui/keys";
import { useLoaded, Waiting, WorkButton } from "../ui/parts";
import { ActionFields } from "./DeckEditor";
import { complete, Steps, type Step } from "./Steps";

interface EditorProps<T> {
  title: string;
  value: T[];
  close: () => void;
  send: (value: unknown) => Promise<void>;
}

function Buttons({ ready, close, save }: { ready: boolean; close: () => void; save: () => Promise<void> }) {
  return (
    <div class="row end">
      <button onClick={close}>{t().common.cancel}</button>
      <WorkButton class="primary" disabled={!ready} work={() => save().then(close)}>
        {t().common.save}
      </WorkButton>
    </div>
  );
}

/** The steps of the setting `name`, which is run by an action of that name. */
export function StepList({ title, value, close, send, name }: EditorProps<Step> & { name: string }) {
  const [steps, setSteps] = useState(value);
  return (
    <Dialog title={title} onClose={close}>
      <Steps steps={steps} without={`studio.${name}`} change={setSteps} />
      <Buttons ready={complete(steps)} close={close} save={() => send(steps)} />
    </Dialog>
  );
}

interface TriggersProps<T> extends EditorProps<T> {
  /** A new one, to be filled in. */
  blank: T;
  add: string;
  help?: string;
  /** The actions, with their arguments as they are given here. */
  adapt?: (doable: Doable) => Doable;
  isSet: (one: T) => boolean;
  /** How what it reacts to is edited. */
  trigger: (one: T, put: (change: Partial<T>) => void) => ComponentChildren;
}

/** Actions with their arguments, each run by something. */
function Triggers<T extends Hotkey | Phrase>(props: TriggersProps<T>) {
  const { title, value, close, send, blank, add, help, adapt, isSet, trigger } = props;
  const loaded = useLoaded(catalogue);
  const [all, setAll] = useState(value);
  const put = (at: number, change: Partial<T>) =>
    setAll(all.map((old, index) => (index === at ? { ...old, ...change } : old)));
  const doables = adapt ? loaded.data?.map(adapt) : loaded.data;
  return (
    <Dialog title={title} onClose={close}>
      {help && <p class="small soft">{help}</p>}
      {!doables ? (
        <Waiting loaded={loaded} />
      ) : (
        <ol class="list">
          {all.map((one, at) => (
            <li key={at} class="macro-step">
              <div class="tight grow">
                {trigger(one, (change) => put(at, change))}
                <ActionFields
                  doables={doables}
                  action={one.action}
                  given={one.arguments ?? {}}
                  change={(action, given) => put(at, { action, arguments: given } as Partial<T>)}
                />
              </div>
              <button
                aria-label={t().settings.removeItem(at + 1)}
                onClick={() => setAll(all.filter((_, index) => index !== at))}
              >
                <Icon name="trash" />
              </button>
            </li>
          ))}
        </ol>
      )}
      <div class="row">
        <button onClick={() => setAll([...all, blank])}>
          <Icon name="add" /> {add}
        </button>
      </div>
      <Buttons ready={all.every((one) => isSet(one) && one.action !== "")} close={close} save={() => send(all)} />
    </Dialog>
  );
}

export function Hotkeys(props: EditorProps<Hotkey>) {
  return (
    <Triggers
      {...props}
      blank={{ keys: "", action: "", arguments: {} }}
      add={t().settings.addKeys}
      isSet={({ keys }) => keys !== ""}
      trigger={({ keys }, put) => <KeyCatcher keys={keys} set={(pressed) => put({ keys: pressed })} />}
    />
  );
}

export function Phrases(props: EditorProps<Phrase>) {
  const texts = t().settings;
  return (
    <Triggers
      {...props}
      blank={{ phrase: "", action: "", arguments: {} }}
      add={texts.addPhrase}
      help={texts.phraseHelp}
      adapt={spoken}
      isSet={({ phrase }) => phrase.trim() !== ""}
      trigger={({ phrase }, put) => (
        <input
          aria-label={texts.phrase}
          value={phrase}
          autocapitalize="off"
          spellcheck={false}
          onInput={(event) => put({ phrase: event.currentTarget.value })}
        />
      )}
    />
  );
}

/** `{duration}` may stand for a number: what is said there is put in its place. */
function spoken(doable: Doable): Doable {
  const isNumber = (kind: string) => kind === "number" || kind === "whole";
  return { ...doable, arguments: doable.arguments.map((one) => (isNumber(one.kind) ? { ...one, kind: "json" } : one)) };
}
