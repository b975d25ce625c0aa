// The streamer's own lists of actions and waits: run, cancelled, arranged.
import { useEffect, useState } from "preact/hooks";
import { invoke } from "../api/client";
import type { Arguments, Macro } from "../api/types";
import { catalogue, type Doable } from "../deck/catalogue";
import { carryOut } from "../deck/run";
import { length } from "../format";
import { t } from "../i18n";
import { store } from "../live/store";
import { confirm, Dialog } from "../ui/feedback";
import { Icon } from "../ui/Icon";
import { Empty, useLoaded, Waiting, WorkButton } from "../ui/parts";
import { ActionFields } from "./DeckEditor";

type Step = Arguments<"macro.save">["steps"][number];
interface Draft {
  id: number | null;
  name: string;
  steps: Step[];
}

export function Macros({ close }: { close: () => void }) {
  const loaded = useLoaded((signal) => invoke("macro.list", {}, signal));
  const [draft, setDraft] = useState<Draft | null>(null);
  useEffect(() => {
    const ends = [store.on("MacroChanged", loaded.again), store.on("MacroDeleted", loaded.again)];
    return () => ends.forEach((end) => end());
  }, []);
  const texts = t().macros;
  if (draft) return <Editor draft={draft} change={setDraft} close={() => setDraft(null)} />;
  return (
    <Dialog title={texts.title} onClose={close}>
      {!loaded.data ? (
        <Waiting loaded={loaded} />
      ) : !loaded.data.length ? (
        <Empty icon="start" title={texts.none}>
          {texts.noneText}
        </Empty>
      ) : (
        <ul class="list">
          {loaded.data.map((macro) => (
            <Row key={macro.id} macro={macro} edit={() => setDraft({ id: macro.id, name: macro.name, steps: [...macro.steps] })} />
          ))}
        </ul>
      )}
      <button class="primary" onClick={() => setDraft({ id: null, name: "", steps: [] })}>
        <Icon name="add" /> {texts.add}
      </button>
    </Dialog>
  );
}

function Row({ macro, edit }: { macro: Macro; edit: () => void }) {
  const texts = t().macros;
  return (
    <li>
      <div class="grow">
        <b class="cut">{macro.name}</b>
        <p class="small soft">{macro.running ? texts.at(macro.step, macro.steps.length) : texts.steps(macro.steps.length)}</p>
      </div>
      <WorkButton
        class={macro.running ? "danger" : ""}
        label={macro.running ? texts.cancel(macro.name) : texts.run(macro.name)}
        work={() => carryOut(macro.running ? "macro.cancel" : "macro.run", { id: macro.id })}
      >
        <Icon name={macro.running ? "stop" : "play"} />
      </WorkButton>
      <button aria-label={texts.edit(macro.name)} title={texts.edit(macro.name)} onClick={edit}>
        <Icon name="arrange" />
      </button>
      <WorkButton
        label={texts.delete(macro.name)}
        work={async () => {
          if (await confirm(texts.delete(macro.name), texts.deleteText, t().deck.remove)) await invoke("macro.delete", { id: macro.id });
        }}
      >
        <Icon name="trash" />
      </WorkButton>
    </li>
  );
}

function Editor({ draft, change, close }: { draft: Draft; change: (draft: Draft) => void; close: () => void }) {
  const loaded = useLoaded(catalogue);
  const texts = t().macros;
  const put = (at: number, step: Step) => change({ ...draft, steps: draft.steps.map((old, index) => (index === at ? step : old)) });
  const move = (from: number, to: number) => {
    const steps = [...draft.steps];
    steps.splice(to, 0, ...steps.splice(from, 1));
    change({ ...draft, steps });
  };
  const complete = draft.name.trim() !== "" && draft.steps.length > 0 && draft.steps.every((step) => "wait" in step || step.action);
  return (
    <Dialog title={draft.id === null ? texts.add : draft.name} onClose={close}>
      <label class="field">
        {texts.name}
        <input value={draft.name} maxLength={60} onInput={(event) => change({ ...draft, name: event.currentTarget.value })} />
      </label>
      {!loaded.data ? (
        <Waiting loaded={loaded} />
      ) : (
        <ol class="list">
          {draft.steps.map((step, at) => (
            <li key={at} class="macro-step">
              <div class="tight grow">
                <StepFields step={step} doables={loaded.data ?? []} change={(next) => put(at, next)} />
              </div>
              <div class="tight">
                <button aria-label={texts.up(at + 1)} disabled={at === 0} onClick={() => move(at, at - 1)}>
                  <Icon name="up" />
                </button>
                <button aria-label={texts.remove(at + 1)} onClick={() => change({ ...draft, steps: draft.steps.filter((_, index) => index !== at) })}>
                  <Icon name="trash" />
                </button>
              </div>
            </li>
          ))}
        </ol>
      )}
      <div class="row wrap">
        <button onClick={() => change({ ...draft, steps: [...draft.steps, { action: "", arguments: {} }] })}>
          <Icon name="add" /> {texts.addAction}
        </button>
        <button onClick={() => change({ ...draft, steps: [...draft.steps, { wait: 1 }] })}>
          <Icon name="add" /> {texts.addWait}
        </button>
        <span class="grow" />
        <WorkButton
          class="primary"
          disabled={!complete}
          work={async () => {
            await invoke("macro.save", { id: draft.id, name: draft.name.trim(), steps: draft.steps });
            close();
          }}
        >
          {t().common.save}
        </WorkButton>
      </div>
    </Dialog>
  );
}

function StepFields({ step, doables, change }: { step: Step; doables: Doable[]; change: (step: Step) => void }) {
  if (!("wait" in step)) {
    return <ActionFields doables={doables} action={step.action} given={step.arguments ?? {}} change={(action, given) => change({ action, arguments: given })} />;
  }
  return (
    <label class="field">
      {t().macros.wait(length(step.wait))}
      <input type="number" min={0.1} max={3600} step={0.1} value={step.wait} onInput={(event) => Number(event.currentTarget.value) > 0 && change({ wait: Number(event.currentTarget.value) })} />
    </label>
  );
}
