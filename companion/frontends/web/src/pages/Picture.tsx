import { useEffect, useState } from "preact/hooks";
import { authorised } from "../api/client";
import type { Studio } from "../api/types";
import { t } from "../i18n";
import { store } from "../live/store";
import { Icon } from "../ui/Icon";
import { useSeen } from "../ui/parts";

const EVERY_MS = 400;
const AFTER_FAILURE_MS = 2000;

/** The program as it looks now, and in studio mode the preview beside it; asked for only while somebody looks. */
export function Picture({ studio }: { studio: Studio | undefined }) {
  // What is not on air is not for those who may only look.
  const mayPreview = store.me.value?.scope !== "view";
  const both = mayPreview && studio?.studio_mode && studio.preview && studio.preview !== studio.program;
  return (
    <div class={`pictures ${both ? "both" : ""}`}>
      {both && <View source={studio.preview} kind="preview" />}
      <View source={studio?.program ?? null} kind="program" />
    </div>
  );
}

function View({ source, kind }: { source: string | null; kind: "program" | "preview" }) {
  const [element, seen] = useSeen<HTMLElement>();
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    if (!seen || source === null) {
      setAddress(null);
      return;
    }
    const control = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    let shown: string | null = null;
    const width = Math.min(1280, Math.max(320, Math.round((element.current?.clientWidth ?? 640) * Math.min(devicePixelRatio, 2))));
    const next = async () => {
      let wait = EVERY_MS;
      try {
        const query = new URLSearchParams({ source, width: String(width) });
        const response = await authorised(`/api/studio/picture?${query}`, { signal: control.signal });
        const fresh = URL.createObjectURL(await response.blob());
        if (control.signal.aborted) return URL.revokeObjectURL(fresh);
        const old = shown;
        shown = fresh;
        setAddress(fresh);
        // Only when the new one is drawn is the old one let go, else the picture would blink.
        if (old) setTimeout(() => URL.revokeObjectURL(old), EVERY_MS);
      } catch {
        if (control.signal.aborted) return;
        setAddress(null); // an old picture would be a lie
        wait = AFTER_FAILURE_MS;
      }
      timer = setTimeout(() => void next(), wait);
    };
    void next();
    return () => {
      control.abort();
      clearTimeout(timer);
      if (shown) URL.revokeObjectURL(shown);
    };
  }, [seen, source]);
  const texts = t().live;
  return (
    <figure ref={element} class={`picture ${address ? kind : ""}`}>
      {address ? (
        <img src={address} alt={source ? texts.pictureOf(source) : ""} />
      ) : (
        <div class="none">
          <Icon name="off" size={32} />
          {texts.noPicture}
        </div>
      )}
      <figcaption>
        <b>{texts[kind]}</b> <span class="cut">{source}</span>
      </figcaption>
    </figure>
  );
}
