// Long lists, a page at a time.
import { attempt } from "./feedback";
import { useLoaded, type Loaded } from "./parts";

export interface Page<T> {
  items: T[];
  total: number;
}
export interface Pages<T> {
  loaded: Loaded<Page<T>>;
  /** Add the next page. */
  more: () => Promise<void>;
}

/** The first page of what `load` answers from an offset on, and more on request; loaded anew when `key` changes. */
export function usePages<T extends { id?: number | null }>(load: (offset: number, signal?: AbortSignal) => Promise<Page<T>>, key: unknown = ""): Pages<T> {
  const loaded = useLoaded((signal) => load(0, signal), key);
  const more = async () => {
    const next = await attempt(() => load(loaded.data?.items.length ?? 0));
    if (!next) return;
    loaded.set(({ items }) => {
      const have = new Set(items.map(({ id }) => id));
      return { items: [...items, ...next.items.filter(({ id }) => !have.has(id))], total: next.total };
    });
  };
  return { loaded, more };
}
