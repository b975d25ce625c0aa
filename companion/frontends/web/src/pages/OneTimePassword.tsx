import "./devices.css";
import { useState } from "preact/hooks";
import { invoke } from "../api/client";
import { t } from "../i18n";
import { confirm, toast } from "../ui/feedback";
import { Icon } from "../ui/Icon";
import { Panel, useLoaded, WorkButton } from "../ui/parts";

/** The second proof that administrative acts from a phone need, if the streamer sets one up. */
export function OneTimePassword() {
  const [offer, setOffer] = useState<{ uri: string; qr_svg: string } | null>(null);
  const [code, setCode] = useState("");
  const lan = useLoaded((signal) => invoke("lan.show", {}, signal));
  const on = lan.data?.totp === true;
  const texts = t().totp;
  const switchOn = async () => {
    await invoke("totp.confirm", { code });
    setOffer(null);
    setCode("");
    lan.again();
    toast("good", texts.isOn);
  };
  const switchOff = async () => {
    if (!(await confirm(texts.remove, texts.removeText, texts.remove))) return;
    await invoke("totp.remove", { confirmed: true }); // a phone is asked for a code on the way
    lan.again();
    toast("info", texts.isOff);
  };
  return (
    <Panel
      title={texts.title}
      aside={
        on && (
          <span class="badge green">
            <Icon name="shield" size={16} /> {texts.on}
          </span>
        )
      }
    >
      <div class="tight">
        <p class="soft">{texts.text}</p>
        {offer ? (
          <>
            <img class="qr" src={`data:image/svg+xml,${encodeURIComponent(offer.qr_svg)}`} alt={texts.qr} width={200} height={200} />
            <label class="field">
              {texts.code}
              <input value={code} inputMode="numeric" autocomplete="one-time-code" maxLength={8} onInput={(event) => setCode(event.currentTarget.value.trim())} />
            </label>
            <div class="row">
              <WorkButton class="primary" disabled={code.length < 6} work={switchOn}>
                {texts.confirm}
              </WorkButton>
              <button onClick={() => setOffer(null)}>{t().common.cancel}</button>
            </div>
          </>
        ) : (
          lan.data && (
            <div class="row wrap">
              {on ? (
                <WorkButton work={switchOff}>{texts.remove}</WorkButton>
              ) : (
                <WorkButton work={async () => setOffer(await invoke("totp.set_up", {}))}>
                  <Icon name="shield" /> {texts.setUp}
                </WorkButton>
              )}
            </div>
          )
        )}
      </div>
    </Panel>
  );
}
