// The page for OBS's browser source: captions over nothing. Its key stands behind the `#`, which no browser sends.
import "./overlay.css";
import { lines } from "../live/sse";
import { CaptionView, type CaptionStyle } from "./view";

const AGAIN_MS = 2000;
const SILENT_FOR_MS = 25_000; // signs of life come every 10 s

type Told = { style: CaptionStyle } | { lines: string[]; final: boolean };

const view = new CaptionView(document.body);

/** Show captions until the stream ends; whether another attempt may go better. */
async function follow(): Promise<boolean> {
  const control = new AbortController();
  let silence: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => control.abort(), SILENT_FOR_MS);
  };
  heard();
  try {
    const key = new URLSearchParams(location.hash.slice(1)).get("key") ?? "";
    const response = await fetch("/overlay/captions/live", {
      signal: control.signal,
      cache: "no-store",
      credentials: "omit",
      headers: { Accept: "text/event-stream", Authorization: `Bearer ${key}` },
    });
    if (response.status === 401) {
      refuse(((await response.json()) as { error: { message: string; remedy: string } }).error);
      return false;
    }
    if (!response.ok || !response.body) return true;
    for await (const data of lines(response.body, heard)) {
      const told = JSON.parse(data) as Told;
      if ("style" in told) view.style(told.style);
      else view.show(told.lines, told.final);
    }
  } catch {
    // the companion is not there, or went; what it said last must not stand on the stream
  } finally {
    clearTimeout(silence);
    control.abort();
    view.show([], true);
  }
  return true;
}

/** An address that opens nothing is a mistake made while setting up: that is seen in OBS, and said there. */
function refuse({ message, remedy }: { message: string; remedy: string }): void {
  const note = document.createElement("p");
  note.className = "overlay-note";
  note.setAttribute("role", "alert");
  note.textContent = `${message} ${remedy}`;
  document.body.replaceChildren(note);
}

addEventListener("hashchange", () => location.reload());
while (await follow()) await new Promise((done) => setTimeout(done, AGAIN_MS));
