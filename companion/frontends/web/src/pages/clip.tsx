// What the list of clips and the window of one share.
import { useEffect, useRef, useState } from "preact/hooks";
import { invoke } from "../api/client";
import type { Clip } from "../api/types";
import { t } from "../i18n";
import { store } from "../live/store";
import { attempt, toast } from "../ui/feedback";

export function isDone(clip: Clip): boolean {
  return clip.state === "ready" || clip.state === "doubtful";
}

/** The work on a clip that is being made. */
export function Progress({ id }: { id: number }) {
  const [step, setStep] = useState<{ name: string; fraction: number } | null>(null);
  const bar = useRef<HTMLElement>(null);
  useEffect(() => store.on("ClipProgressed", ({ clip_id, step: name, fraction }) => clip_id === id && setStep({ name, fraction })), [id]);
  useEffect(() => {
    bar.current?.style.setProperty("--done", String(step?.fraction ?? 0));
  }, [step]);
  const texts = t().clips.steps as Record<string, string>;
  return (
    <span class="progress">
      <small>{texts[step?.name ?? "waiting"] ?? step?.name}</small>
      <i ref={bar} />
    </span>
  );
}

/** Delete `clip`, with the way back. */
export async function remove(clip: Clip): Promise<void> {
  const id = clip.id ?? 0;
  const texts = t().clips;
  await invoke("clip.delete", { id, confirmed: true }); // the way back is the question
  toast("info", texts.deleted, {
    ms: 12_000,
    undo: {
      label: texts.undo,
      run: () =>
        void attempt(async () => {
          await invoke("clip.restore", { id });
          toast("good", texts.restored);
        }),
    },
  });
}
