// Actions and waits, one after another: what macros, quick starts and quick stops are made of.
import type { Arguments } from "../api/types";
import { catalogue, type Doable } from "../deck/catalogue";
import { length } from "../format";
import { t } from "../i18n";
import { Icon } from "../ui/Icon";
import { useLoaded, Waiting } from "../ui/parts";
import { ActionFields } from "./DeckEditor";
import "./deck.css";

export type Step = Arguments<"macro.save">["steps"][number];

export function complete(steps: readonly Step[]): boolean {
  return steps.every((step) => "wait" in step || step.action !== "");
}

interface StepsProps {
  steps: readonly Step[];
  /** The action that runs these steps, which is none of them. */
  without?: string;
  change: (steps: Step[]) => void;
}

export function Steps({ steps, without, change }: StepsProps) {
  const loaded = useLoaded(catalogue);
  const texts = t().macros;
  const put = (at: number, step: Step) => change(steps.map((old, index) => (index === at ? step : old)));
  const move = (from: number, to: number) => {
    const next = [...steps];
    next.splice(to, 0, ...next.splice(from, 1));
    change(next);
  };
  if (!loaded.data) return <Waiting loaded={loaded} />;
  const doables = loaded.data.filter(({ name }) => name !== without);
  return (
    <>
      <ol class="list">
        {steps.map((step, at) => (
          <li key={at} class="macro-step">
            <div class="tight grow">
              <StepFields step={step} doables={doables} change={(next) => put(at, next)} />
            </div>
            <div class="tight">
              <button aria-label={texts.up(at + 1)} disabled={at === 0} onClick={() => move(at, at - 1)}>
                <Icon name="up" />
              </button>
              <button aria-label={texts.remove(at + 1)} onClick={() => change(steps.filter((_, index) => index !== at))}>
                <Icon name="trash" />
              </button>
            </div>
          </li>
        ))}
      </ol>
      <div class="row wrap">
        <button onClick={() => change([...steps, { action: "", arguments: {} }])}>
          <Icon name="add" /> {texts.addAction}
        </button>
        <button onClick={() => change([...steps, { wait: 1 }])}>
          <Icon name="add" /> {texts.addWait}
        </button>
      </div>
    </>
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
