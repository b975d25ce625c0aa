// The speech models, as the page shows them.
import type { Events, SpeechModel } from "../api/types";

export type Step = Omit<Events["ModelProgressed"], "model_id">;
/** What was told last of each model that is on its way. */
export type Steps = ReadonlyMap<string, Step>;

/** How a model's way here goes: as it was told last, else as the list has it; null where it is not on its way. */
export function stepOf(model: SpeechModel, told: Steps): Step | null {
  const step = told.get(model.name);
  if (step) return step;
  return model.loaded === null ? null : { step: "downloading", fraction: model.loaded, message: "", remedy: "" };
}

/** What was told of the models' ways, with `news`: one that has arrived is on its way no more. */
export function noted(told: Steps, { model_id, ...step }: Events["ModelProgressed"]): Steps {
  const all = new Map(told).set(model_id, step);
  if (step.step === "ready") all.delete(model_id);
  return all;
}

export function isUsable(model: SpeechModel): boolean {
  return model.installed && !model.problem;
}

/** Those that are here, on their way, or suit this PC; and the others. */
export function parted(models: readonly SpeechModel[], told: Steps): [near: SpeechModel[], others: SpeechModel[]] {
  const isNear = (model: SpeechModel) => model.installed || model.recommended || stepOf(model, told) !== null;
  return [models.filter(isNear), models.filter((model) => !isNear(model))];
}
