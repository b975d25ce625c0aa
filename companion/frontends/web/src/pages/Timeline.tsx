// A session on one line of time: its clips and marks, each clip within a finger's reach.
import { useState } from "preact/hooks";
import type { SessionDetail } from "../api/types";
import { clock } from "../format";
import { t } from "../i18n";
import { go, href } from "../router";
import { Icon, type IconName } from "../ui/Icon";
import { useNow } from "../ui/parts";

type Placed = SessionDetail["clips"][number];

/** What a finger covers to each side, and what is still meant by a mouse. */
const REACH_PX = { touch: 22, mouse: 4 };
const STEPS = [0, 0.25, 0.5, 0.75, 1];
/** Told by a sign too, not by colour alone. */
const SIGNS: Partial<Record<Placed["state"], [IconName, "red" | "amber"]>> = { failed: ["error", "red"], doubtful: ["warn", "amber"] };

export function Timeline({ session, marks, clips }: SessionDetail) {
  const now = useNow(session.ended_at ? 60_000 : 1000);
  const [near, setNear] = useState<Placed[]>([]);
  const began = Date.parse(session.started_at) / 1000;
  const seconds = Math.max(1, (session.ended_at ? Date.parse(session.ended_at) / 1000 : now) - began);
  const place = (at: number) => `${Math.min(100, Math.max(0, (at / seconds) * 100))}%`;
  const texts = t().sessions;
  const shown = clips.filter(({ end_seconds }) => end_seconds >= 0);
  const tapped = (event: MouseEvent) => {
    const x = event.clientX;
    const reach = REACH_PX[(event as PointerEvent).pointerType === "mouse" ? "mouse" : "touch"];
    const found = [...(event.currentTarget as Element).querySelectorAll<HTMLElement>(".clip")].filter((one) => {
      const { left, right } = one.getBoundingClientRect();
      return left - reach <= x && x <= right + reach;
    });
    const ids = new Set(found.map((one) => Number(one.dataset["clip"])));
    const [first, ...more] = shown.filter(({ id }) => ids.has(id));
    if (first && !more.length) go("clips", first.id);
    else setNear(first ? [first, ...more] : []);
  };
  return (
    <figure class="timeline">
      <div class="ground" role="img" aria-label={texts.summary(clips.length, marks.length)} onClick={tapped}>
        {STEPS.map((step) => (
          <i key={step} class="step" style={{ left: `${step * 100}%` }} />
        ))}
        {shown.map(({ id, state, title, start_seconds, end_seconds }) => (
          <i
            key={id}
            class={`clip ${state}`}
            data-clip={id}
            title={title || clock(start_seconds)}
            style={{ left: place(start_seconds), width: `calc(${place(end_seconds)} - ${place(start_seconds)})` }}
          >
            <Sign state={state} />
          </i>
        ))}
        {marks.map((mark) => (
          <i key={mark.id} class="mark" title={mark.title || texts.mark} style={{ left: place(mark.session_seconds ?? Date.parse(mark.at) / 1000 - began) }} />
        ))}
      </div>
      <div class="times small soft" aria-hidden="true">
        {STEPS.map((step) => (
          <span key={step} style={{ left: `${step * 100}%`, transform: `translateX(${step * -100}%)` }}>
            {clock(step * seconds)}
          </span>
        ))}
      </div>
      <p class="row wrap small soft legend">
        <i class="clip" /> {texts.clips(clips.length)} <i class="mark" /> {texts.marks(marks.length)}
        {(["failed", "doubtful"] as const).map((state) => {
          const count = clips.filter((one) => one.state === state).length;
          return (
            count > 0 && (
              <span key={state} class="row">
                <Sign state={state} /> {count} {t().clips.states[state]}
              </span>
            )
          );
        })}
      </p>
      {near.length > 0 && (
        <ul class="row wrap choosing" aria-label={texts.near}>
          {near.map(({ id, title, state, start_seconds }) => (
            <li key={id}>
              <a class="button" href={href("clips", id)}>
                <Sign state={state} /> {clock(start_seconds)} {title}
              </a>
            </li>
          ))}
        </ul>
      )}
      {marks.length > 0 && (
        <ul class="row wrap marks">
          {marks.map((mark) => (
            <li key={mark.id} class="badge soft">
              <Icon name="mark" size={16} /> {clock(mark.session_seconds ?? Date.parse(mark.at) / 1000 - began)} {mark.title}
            </li>
          ))}
        </ul>
      )}
    </figure>
  );
}

function Sign({ state }: { state: Placed["state"] }) {
  const [icon, tone] = SIGNS[state] ?? [];
  if (!icon) return null;
  return (
    <span class={`sign ${tone}`}>
      <Icon name={icon} size={16} />
    </span>
  );
}
