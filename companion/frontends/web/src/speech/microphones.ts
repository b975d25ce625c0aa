// Which of the microphones is meant by the name that the settings keep.
import type { Microphone } from "../api/types";

/** The one called `name`; with none, the system's choice, unless that would be what the PC plays. */
export function chosen(microphones: readonly Microphone[], name: string | null): Microphone | undefined {
  if (name === null) return microphones.find((one) => one.default && !one.monitor);
  const typed = name.toLowerCase();
  return (
    microphones.find((one) => one.name === name) ??
    microphones.find((one) => one.name.toLowerCase() === typed || one.label.toLowerCase() === typed)
  );
}
