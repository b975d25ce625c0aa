import { store } from "../live/store";

/** The lengths that the streamer offers for clips; none until the daemon has told them. */
export function useLengths(): readonly number[] {
  return store.state("ClipLengthsChanged").value?.seconds ?? [];
}
