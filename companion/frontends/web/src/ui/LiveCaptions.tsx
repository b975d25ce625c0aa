// What the captions say now, as the audience reads them; for whoever looks at this page.
import { useEffect } from "preact/hooks";
import { invoke } from "../api/client";
import type { Events } from "../api/types";
import { t } from "../i18n";
import { connection, openings } from "../live/connection";
import { store } from "../live/store";
import { HearingTruth, lackNow } from "./HearingTruth";
import { Icon } from "./Icon";
import { may, Panel, Switch, useLoaded } from "./parts";

type Shown = Pick<Events["CaptionShown"], "lines" | "final">;

export function LiveCaptions() {
  const loaded = useLoaded<Shown>(async (signal) => ({ ...(await invoke("captions.show", {}, signal)), final: true }), openings.value);
  const part = store.components.value.get("captions");
  useEffect(() => {
    const ends = [connection.watch("captions"), store.on("CaptionShown", (shown) => loaded.set(() => shown))];
    return () => ends.forEach((end) => end());
  }, []);
  if (!part) return null;
  const off = part.state === "off";
  const shown = loaded.data;
  const lines = off ? [] : (shown?.lines ?? []);
  const lack = off ? null : lackNow();
  const texts = t().captions;
  return (
    <Panel
      title={texts.title}
      aside={
        <Switch
          label={texts.title}
          on={!off}
          idle={lack !== null}
          disabled={!may("control")}
          set={(on) => invoke("captions.switch", { on })}
        />
      }
    >
      {lack && !lines.length ? (
        <HearingTruth lack={lack} />
      ) : (
        <p class={`live-captions ${shown?.final === false ? "soft" : ""}`} aria-live="off">
          {lines.map((line, at) => (
            <span key={at}>{line}</span>
          ))}
          {!lines.length && <span class="soft">{off ? texts.off : texts.none}</span>}
        </p>
      )}
      {!off && !lack && part.detail && (
        <p class="small amber row">
          <Icon name={part.state === "muted" ? "mute" : "warn"} size={16} /> <span lang="en">{part.detail}</span>
        </p>
      )}
    </Panel>
  );
}
