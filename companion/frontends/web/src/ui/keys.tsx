// A key combination: shown as people write it, and chosen by pressing it.
import { useState } from "preact/hooks";
import { t } from "../i18n";

/** `<ctrl>+<shift>+<f9>` as people write it. */
export function readable(keys: string): string {
  return keys.replace(/[<>]/g, "").split("+").map((key) => key.charAt(0).toUpperCase() + key.slice(1)).join(" + ");
}

/** The pressed keys as the settings write them; null while only modifiers are held. */
export function combination(event: Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "shiftKey" | "altKey" | "metaKey">): string | null {
  const modifiers = [event.ctrlKey && "<ctrl>", event.shiftKey && "<shift>", event.altKey && "<alt>", event.metaKey && "<cmd>"].filter(Boolean);
  if (["Control", "Shift", "Alt", "Meta"].includes(event.key)) return null;
  const letter = /^(?:Key|Digit)([A-Z0-9])$/.exec(event.code)?.[1]?.toLowerCase();
  const key = letter ?? (/^F\d{1,2}$/.test(event.key) ? `<${event.key.toLowerCase()}>` : null);
  if (!key || (letter && !modifiers.length)) return null;
  return [...modifiers, key].join("+");
}

export function KeyCatcher({ keys, set }: { keys: string; set: (keys: string) => void }) {
  const [listening, setListening] = useState(false);
  const texts = t().keys;
  return (
    <div class="row wrap">
      <kbd>{keys ? readable(keys) : texts.none}</kbd>
      <button
        type="button"
        aria-pressed={listening}
        onClick={() => setListening(true)}
        onBlur={() => setListening(false)}
        onKeyDown={(event) => {
          if (!listening) return;
          const found = combination(event);
          if (event.key === "Escape" || event.key === "Tab") return setListening(false);
          event.preventDefault();
          event.stopPropagation();
          if (!found) return;
          setListening(false);
          set(found);
        }}
      >
        {listening ? texts.press : texts.change}
      </button>
    </div>
  );
}
