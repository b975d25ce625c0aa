import { invoke } from "../api/client";
import { store } from "../live/store";
import { may, useLoaded } from "./parts";

const STANDARD = [15, 30, 60];

/** The lengths that the streamer set; the settings are for admins, so others get the standard ones. */
export function useLengths(): number[] {
  const changed = store.state("SettingsChanged").value?.values.clip_lengths;
  const loaded = useLoaded(async () => {
    if (!may("admin")) return STANDARD;
    const [setting] = await invoke("settings.get", { name: "clip_lengths" });
    return (setting?.value as number[] | undefined) ?? STANDARD;
  }, changed);
  return loaded.data ?? STANDARD;
}
