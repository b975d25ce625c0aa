// Keeps a phone's screen on while its deck or desk is looked at, where the browser can (in a secure context).
import { effect, signal } from "@preact/signals";
import { preferences } from "../preferences";
import { place } from "../router";
import { store } from "./store";

/** Whether this browser can at all. */
export const canStayAwake = "wakeLock" in navigator;

/** Keep it on from now on; returns what ends that. */
export function stayAwake(): () => void {
  if (!canStayAwake) return () => undefined;
  const seen = signal(document.visibilityState === "visible");
  const change = () => {
    seen.value = document.visibilityState === "visible"; // the browser lets go of it by itself when the page is hidden
  };
  let lock: Promise<WakeLockSentinel | null> = Promise.resolve(null);
  const hold = (wanted: boolean) => {
    lock = lock
      .then(async (old) => {
        if (wanted && old && !old.released) return old;
        await old?.release();
        return wanted ? await navigator.wakeLock.request("screen") : null;
      })
      .catch(() => null); // refused, as with a low battery
  };
  document.addEventListener("visibilitychange", change);
  const end = effect(() => {
    const { page } = place.value;
    const phone = store.me.value?.door === "phone";
    hold(preferences.value.awake && seen.value && phone && (page === "deck" || page === "live"));
  });
  return () => {
    end();
    document.removeEventListener("visibilitychange", change);
    hold(false);
  };
}
