// The streamer's own lists of actions and waits: run, cancelled, arranged.
import { useEffect, useState } from "preact/hooks";
import { invoke } from "../api/client";
import type { Macro } from "../api/types";
import { carryOut } from "../deck/run";
import { t } from "../i18n";
import { store } from "../live/store";
import { confirm, Dialog } from "../ui/feedback";
import { Icon } from "../ui/Icon";
import { Empty, useLoaded, Waiting, WorkButton } from "../ui/parts";
import { complete, Steps, type Step } from "./Steps";

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
          if (!(await confirm(texts.delete(macro.name), texts.deleteText, t().deck.remove))) return;
          await invoke("macro.delete", { id: macro.id, confirmed: true });
        }}
      >
        <Icon name="trash" />
      </WorkButton>
    </li>
  );
}

function Editor({ draft, change, close }: { draft: Draft; change: (draft: Draft) => void; close: () => void }) {
  const texts = t().macros;
  return (
    <Dialog title={draft.id === null ? texts.add : draft.name} onClose={close}>
      <label class="field">
        {texts.name}
        <input value={draft.name} maxLength={60} onInput={(event) => change({ ...draft, name: event.currentTarget.value })} />
      </label>
      <Steps steps={draft.steps} change={(steps) => change({ ...draft, steps })} />
      <div class="row end">
        <button onClick={close}>{t().common.cancel}</button>
        <WorkButton
          class="primary"
          disabled={draft.name.trim() === "" || !draft.steps.length || !complete(draft.steps)}
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
