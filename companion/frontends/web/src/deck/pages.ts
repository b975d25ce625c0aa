// The deck's pages as the app handles them: each button has a name of its own while it is moved and edited.
import type * as stored from "../api/types";

export interface DeckButton extends stored.DeckButton {
  arguments: Record<string, unknown>;
  id: string;
}
export interface DeckPage {
  name: string;
  buttons: DeckButton[];
}

let next = 0;

export function newId(): string {
  return `b${next++}`;
}

/** Buttons that are as they were at their place in `old` keep their names, so that nothing on the screen jumps. */
export function withIds(pages: readonly stored.DeckPage[], old: readonly DeckPage[] = []): DeckPage[] {
  return pages.map(({ name, buttons }, page) => {
    const left = [...(old[page]?.buttons ?? [])];
    return {
      name,
      buttons: (buttons ?? []).map((button) => {
        const text = JSON.stringify(bare(button));
        const at = left.findIndex((one) => JSON.stringify(bare(one)) === text);
        const id = at < 0 ? newId() : (left.splice(at, 1)[0]?.id ?? newId());
        return { ...bare(button), id };
      }),
    };
  });
}

/** The pages as the daemon keeps them. */
export function plain(pages: readonly DeckPage[]): stored.DeckPage[] {
  return pages.map(({ name, buttons }) => ({ name, buttons: buttons.map(bare) }));
}

function bare(button: stored.DeckButton): Required<stored.DeckButton> {
  return { label: button.label, action: button.action, arguments: button.arguments ?? {}, colour: button.colour ?? null, icon: button.icon ?? null };
}
