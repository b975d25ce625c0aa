// Captions in OBS: how they will look, and the address that goes into OBS's browser source.
import { useEffect, useRef, useState } from "preact/hooks";
import { invoke } from "../api/client";
import { t } from "../i18n";
import { store } from "../live/store";
import { CaptionView, type CaptionStyle } from "../overlay/view";
import { confirm, toast } from "../ui/feedback";
import { Icon } from "../ui/Icon";
import { Panel, WorkButton } from "../ui/parts";

const PICTURE_PX = 1080;

export function CaptionsSetup() {
  const [address, setAddress] = useState<string | null>(null);
  const texts = t().captions;
  const style = store.state("CaptionStyleChanged").value?.style;
  return (
    <Panel title={texts.inObs}>
      {style && <Preview style={style} />}
      <p class="small soft">{texts.how}</p>
      {address !== null && (
        <input class="address" readOnly aria-label={texts.address} value={address} onFocus={(event) => event.currentTarget.select()} />
      )}
      <div class="row wrap">
        <WorkButton
          work={async () => {
            const { url } = await invoke("captions.address", {});
            setAddress(url);
            if (!navigator.clipboard) return;
            await navigator.clipboard.writeText(url);
            toast("good", texts.copied);
          }}
        >
          <Icon name="copy" /> {texts.copy}
        </WorkButton>
        <WorkButton
          work={async () => {
            if (!(await confirm(texts.renew, texts.renewText, texts.renew, true))) return;
            setAddress((await invoke("captions.renew", {})).url);
          }}
        >
          {texts.renew}
        </WorkButton>
      </div>
    </Panel>
  );
}

/** As in OBS, with the picture's height made as small as it is here. */
function Preview({ style }: { style: CaptionStyle }) {
  const frame = useRef<HTMLDivElement>(null);
  const sample = t().captions.sample;
  useEffect(() => {
    if (!frame.current) return;
    const view = new CaptionView(frame.current, frame.current.clientHeight / PICTURE_PX);
    view.style(style);
    view.show(wrapped(sample, style.columns).slice(-style.lines), true);
  }, [style, sample]);
  return <div class="caption-preview" role="img" aria-label={t().captions.preview} ref={frame} />;
}

function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1] ?? "";
    if (last && last.length + word.length + 1 > columns) lines.push(word);
    else lines[lines.length - 1] = last ? `${last} ${word}` : word;
  }
  return lines;
}
