import { useState } from "preact/hooks";
import { invoke } from "../api/client";
import type { DeckButton } from "../deck/pages";
import { catalogue, suggestions, withArgument, type Argument, type Doable } from "../deck/catalogue";
import { argumentOf, groupOf, groupTitle, helpOf, titleOf } from "../deck/words";
import { t } from "../i18n";
import { store } from "../live/store";
import { deckIcons } from "../ui/deckIcons";
import { Dialog } from "../ui/feedback";
import { Icon } from "../ui/Icon";
import { useLoaded, Waiting } from "../ui/parts";

const COLOURS = {
  none: null,
  red: "#d64545",
  orange: "#d9702f",
  amber: "#d9902f",
  green: "#2f9e62",
  teal: "#1f9aa6",
  blue: "#3f7fd6",
  violet: "#7c5cd6",
  rose: "#d64b8a",
} as const;

interface Props {
  button: DeckButton;
  known: boolean;
  put: (button: DeckButton) => void;
  remove: () => void;
  close: () => void;
}

export function ButtonEditor({ button, known, put, remove, close }: Props) {
  const [draft, setDraft] = useState(button);
  const loaded = useLoaded(catalogue);
  const texts = t().deck;
  const doable = loaded.data?.find(({ name }) => name === draft.action);
  const missing = doable?.arguments.some((one) => one.required && (draft.arguments[one.name] ?? "") === "");
  return (
    <Dialog title={known ? texts.edit : texts.add} onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          put({ ...draft, label: draft.label.trim() });
        }}
      >
        {loaded.data ? (
          <ActionFields doables={loaded.data} action={draft.action} given={draft.arguments} change={(action, given) => setDraft({ ...draft, action, arguments: given })} />
        ) : (
          <Waiting loaded={loaded} />
        )}
        <label class="field">
          {texts.label}
          <input value={draft.label} placeholder={draft.action && titleOf(draft.action)} maxLength={60} onInput={(event) => setDraft({ ...draft, label: event.currentTarget.value })} />
        </label>
        <fieldset class="picker">
          <legend>{texts.icon}</legend>
          {["", ...Object.keys(deckIcons)].map((name) => (
            <button key={name} type="button" aria-label={name || texts.noIcon} aria-pressed={(draft.icon ?? "") === name} onClick={() => setDraft({ ...draft, icon: name || null })}>
              {name ? <Icon node={deckIcons[name] ?? []} /> : <Icon name="close" />}
            </button>
          ))}
        </fieldset>
        <fieldset class="picker">
          <legend>{texts.colour}</legend>
          {(Object.entries(COLOURS) as [keyof typeof COLOURS, string | null][]).map(([name, colour]) => (
            <button
              key={name}
              type="button"
              class={colour ? "tinted" : ""}
              style={colour ? { "--tint": colour } : {}}
              aria-label={texts.colours[name]}
              aria-pressed={(draft.colour ?? null) === colour}
              onClick={() => setDraft({ ...draft, colour })}
            >
              {(draft.colour ?? null) === colour && <Icon name="check" />}
            </button>
          ))}
        </fieldset>
        <div class="row">
          {known && (
            <button type="button" class="danger" onClick={remove}>
              <Icon name="trash" /> {texts.remove}
            </button>
          )}
          <span class="grow" />
          <button type="button" onClick={close}>
            {t().common.cancel}
          </button>
          <button type="submit" class="primary" disabled={!doable || missing === true}>
            {t().common.save}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface ActionProps {
  doables: Doable[];
  action: string;
  given: Record<string, unknown>;
  change: (action: string, given: Record<string, unknown>) => void;
}

/** An action and its arguments, with the studio's own names to choose from. */
export function ActionFields({ doables, action, given, change }: ActionProps) {
  const doable = doables.find(({ name }) => name === action);
  const macros = useLoaded((signal) => invoke("macro.list", {}, signal)).data ?? [];
  const studio = store.state("StudioChanged").value?.studio;
  const groups = [...new Set(doables.map(({ name }) => groupOf(name)))];
  const texts = t().deck;
  return (
    <>
      <label class="field">
        {texts.action}
        <select value={action} required onChange={(event) => change(event.currentTarget.value, {})}>
          <option value="">{texts.choose}</option>
          {groups.map((group) => (
            <optgroup key={group} label={groupTitle(group)}>
              {doables.filter(({ name }) => groupOf(name) === group).map(({ name }) => (
                <option key={name} value={name}>
                  {titleOf(name)}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
        {helpOf(action) && <small>{helpOf(action)}</small>}
      </label>
      {doable?.arguments.map((one) => (
        <ArgumentField
          key={`${action}.${one.name}`}
          words={argumentOf(action, one.name)}
          argument={one}
          value={given[one.name]}
          options={suggestions(action, one.name, given, studio, macros)}
          set={(value) => change(action, withArgument(given, one.name, value))}
        />
      ))}
    </>
  );
}

interface FieldProps {
  words: { label: string; help: string };
  argument: Argument;
  value: unknown;
  options: [value: unknown, text: string][];
  set: (value: unknown) => void;
}

function ArgumentField({ words, argument, value, options, set }: FieldProps) {
  const texts = t().deck;
  const label = argument.required ? words.label : `${words.label} (${texts.optional})`;
  let choices = options;
  if (argument.kind === "choice") choices = argument.options.map((one) => [one, (t().actions.choices as Record<string, string>)[one] ?? one]);
  if (argument.kind === "truth") choices = [[true, texts.on], [false, texts.off]];
  if (choices.length) {
    const at = choices.findIndex(([one]) => one === value);
    const unset = argument.kind === "truth" && argument.optional ? texts.toggle : texts.choose;
    return (
      <label class="field">
        {label}
        <select class={options.length ? "cut" : ""} value={at} required={argument.required} onChange={(event) => set(choices[Number(event.currentTarget.value)]?.[0])}>
          <option value={-1}>{value !== undefined && at < 0 ? String(value) : unset}</option>
          {choices.map(([, text], index) => (
            <option key={index} value={index}>
              {text}
            </option>
          ))}
        </select>
        {words.help && <small>{words.help}</small>}
      </label>
    );
  }
  const numeric = argument.kind === "number" || argument.kind === "whole";
  return (
    <label class="field">
      {label}
      <input
        {...({ type: numeric ? "number" : "text" } as { type: "text" })}
        step={argument.kind === "whole" ? 1 : "any"}
        value={value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value)}
        placeholder={argument.standard === undefined || argument.standard === null ? "" : String(argument.standard)}
        required={argument.required}
        onInput={(event) => set(parse(argument, event.currentTarget.value))}
      />
      {words.help && <small>{words.help}</small>}
    </label>
  );
}

function parse({ kind }: Argument, text: string): unknown {
  if (text === "") return undefined;
  if (kind === "number" || kind === "whole") return Number(text);
  if (kind !== "json") return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
