import { useState } from "preact/hooks";
import { invoke } from "../api/client";
import { t } from "../i18n";
import { toast } from "../ui/feedback";
import { Icon } from "../ui/Icon";
import { store } from "../live/store";
import { Panel, WorkButton } from "../ui/parts";

/** The second proof that administrative acts from a phone need, if the streamer sets one up. */
export function OneTimePassword() {
  const [offer, setOffer] = useState<{ uri: string; qr_svg: string } | null>(null);
  const [code, setCode] = useState("");
  const on = store.components.value.get("one_time_passwords")?.state === "on";
  const texts = t().totp;
  const field = (
    <label class="field grow">
      {texts.code}
      <input value={code} inputMode="numeric" autocomplete="one-time-code" maxLength={8} onInput={(event) => setCode(event.currentTarget.value)} />
    </label>
  );
  const done = (text: string) => {
    setOffer(null);
    setCode("");
    toast("good", text);
  };
  return (
    <Panel title={texts.title} aside={<span class={on ? "green" : "soft"}>{on ? texts.on : texts.off}</span>}>
      <div class="tight">
        <p class="soft">{texts.text}</p>
        {offer ? (
          <>
            <img class="qr" src={`data:image/svg+xml,${encodeURIComponent(offer.qr_svg)}`} alt={texts.qr} width={200} height={200} />
            <div class="row">
              {field}
              <WorkButton class="primary" disabled={code.length < 6} work={async () => {
                await invoke("totp.confirm", { code });
                done(texts.isOn);
              }}>
                {texts.confirm}
              </WorkButton>
            </div>
          </>
        ) : on ? (
          <div class="row">
            {field}
            <WorkButton class="danger" disabled={code.length < 6} work={async () => {
              await invoke("totp.remove", { code });
              done(texts.isOff);
            }}>
              {texts.remove}
            </WorkButton>
          </div>
        ) : (
          <WorkButton work={async () => setOffer(await invoke("totp.set_up", {}))}>
            <Icon name="shield" /> {texts.setUp}
          </WorkButton>
        )}
      </div>
    </Panel>
  );
}
