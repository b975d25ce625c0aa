// Pages live behind the `#`: one document is served, and what follows the `#` never reaches the daemon or a log.
import { computed, signal } from "@preact/signals";

const hash = signal(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
});

export const PAGES = [
  "live",
  "deck",
  "clips",
  "transcript",
  "sessions",
  "status",
  "devices",
  "speech",
  "settings",
  "audit",
  "start",
  "more",
] as const;
export type PageName = (typeof PAGES)[number];
export interface Place {
  page: PageName | null;
  /** What follows the page's name: `#/clips/12` has `12`. */
  rest: string;
}

export const place = computed<Place>(() => {
  const [, name = "", rest = ""] = /^#\/([a-z]*)\/?(.*)$/.exec(hash.value) ?? [];
  const page = PAGES.find((known) => known === name) ?? null;
  return { page, rest };
});

export function href(page: PageName, rest: string | number = ""): string {
  return `#/${page}${rest === "" ? "" : `/${rest}`}`;
}

export function go(page: PageName, rest: string | number = ""): void {
  location.hash = href(page, rest);
}

/** The one-time secret that the address brought (`#pair=…`, `#ticket=…&page=…`), taken out of the bar and the history. */
export function takeSecret(kind: "pair" | "ticket"): string | null {
  const [, secret = null, page = ""] = new RegExp(`^#${kind}=([\\w.~-]+)(?:&page=([a-z]+))?$`).exec(location.hash) ?? [];
  if (secret !== null) {
    const next = page && `#/${page}`;
    history.replaceState(null, "", location.pathname + next);
    hash.value = next;
  }
  return secret;
}
