// Which phones may come in: letting one in, and putting one out.
import "./devices.css";
import { Fragment } from "preact";
import { useEffect, useState } from "preact/hooks";
import { invoke, type Scope } from "../api/client";
import type { Device, Offer, PairingRequest } from "../api/types";
import { ago } from "../format";
import { t } from "../i18n";
import { store } from "../live/store";
import { attempt, confirm, toast } from "../ui/feedback";
import { Icon } from "../ui/Icon";
import { Choice, Empty, Panel, Switch, useLoaded, useNow, Waiting, WorkButton } from "../ui/parts";

/** Of those that were put out, the last ones. */
const SHOWN_OUT = 5;
/** Nobody tells that a phone went to sleep or came back. */
const LOOK_MS = 5000;

export function Devices() {
  return (
    <>
      <div class="head">
        <h1>{t().pages.devices}</h1>
      </div>
      <div class="stack">
        <Pairing />
        <Known />
        <Network />
      </div>
    </>
  );
}

/** The code to scan, and whoever scanned it. */
export function Pairing() {
  const loaded = useLoaded((signal) => invoke("pairing.show", {}, signal));
  const told = store.state("PairingChanged").value;
  const [mine, setMine] = useState<Offer | null>(null);
  const { offer, requests } = told ?? loaded.data ?? { offer: null, requests: [] };
  const now = useNow();
  const texts = t().devices;
  const running = offer && offer.expires_at > now ? offer.id : null;
  const open = mine && running === mine.id ? mine : null;
  // The code of an offer that was made elsewhere, as in the tray, is shown on the PC alone.
  useEffect(() => {
    if (running === null || running === mine?.id || store.me.value?.door === "phone") return;
    const control = new AbortController();
    invoke("pairing.code", {}, control.signal).then(setMine, () => undefined);
    return () => control.abort();
  }, [running, mine?.id]);
  return (
    <Panel title={texts.pair}>
      {requests.map((request) => (
        <Asking key={request.id} request={request} />
      ))}
      {open ? (
        <Code
          offer={open}
          locked={offer!.code_locked}
          left={Math.ceil(open.expires_at - now)}
          renew={async () => setMine(await invoke("pairing.start", {}))}
        />
      ) : (
        <div class="tight">
          <p class="soft">{running !== null ? texts.elsewhere : texts.pairText}</p>
          <WorkButton
            class="primary"
            work={async () => {
              setMine(await invoke("pairing.start", {}));
              loaded.again();
            }}
          >
            <Icon name="add" /> {texts.showCode}
          </WorkButton>
        </div>
      )}
    </Panel>
  );
}

interface CodeProps {
  offer: Offer;
  /** Too many wrong codes were typed: only the QR code is taken any more. */
  locked: boolean;
  left: number;
  renew: () => Promise<void>;
}

function Code({ offer, locked, left, renew }: CodeProps) {
  const texts = t().devices;
  return (
    <div class="offer">
      <img class="qr" src={`data:image/svg+xml,${encodeURIComponent(offer.qr_svg)}`} alt={texts.qr} width={232} height={232} />
      <div class="tight">
        <p>
          {texts.scan} {offer.fingerprint && texts.warns}
        </p>
        {locked && (
          <div class="tight" role="alert">
            <p class="amber">{texts.codeLocked}</p>
            <WorkButton work={renew}>{texts.newCode}</WorkButton>
          </div>
        )}
        <dl class="tight">
          {!locked && (
            <div>
              <dt class="small soft">{texts.orType(offer.url.replace(/#.*$/, ""))}</dt>
              <dd class="pairing-code">{grouped(offer.code)}</dd>
            </div>
          )}
          <Fingerprint of={offer.fingerprint} />
        </dl>
        <div class="row">
          <span class="soft grow" role="timer">{texts.left(left)}</span>
          <WorkButton work={() => invoke("pairing.stop", {})}>{t().common.cancel}</WorkButton>
        </div>
      </div>
    </div>
  );
}

/** In two halves, as on the command line; the space may be typed, too. */
function grouped(code: string): string {
  return `${code.slice(0, 4)} ${code.slice(4)}`;
}

/** Broken between bytes only, so that it can be compared byte by byte. */
function Fingerprint({ of }: { of: string }) {
  if (!of) return null;
  return (
    <div>
      <dt class="small soft">{t().devices.fingerprint}</dt>
      <dd class="fingerprint">
        {of.match(/[^:]+:?/g)?.map((byte, at) => (
          <Fragment key={at}>
            {byte}
            <wbr />
          </Fragment>
        ))}
      </dd>
    </div>
  );
}

function Asking({ request }: { request: PairingRequest }) {
  const [scope, setScope] = useState<Scope>("control");
  const texts = t().devices;
  return (
    <div class="asking" role="alert">
      <p class="asking-number" aria-label={texts.number(request.number)}>
        {request.number}
      </p>
      <div class="tight grow">
        <p>
          <b>{request.name}</b> <span class="soft">{request.address}</span>
        </p>
        <p class="soft small">{texts.compare}</p>
        <Choice label={texts.scope} value={scope} options={t().scopes} set={setScope} />
        <small class="soft">{t().scopeTexts[scope]}</small>
        <div class="row">
          <WorkButton
            class="ready grow"
            work={async () => {
              await invoke("pairing.allow", { id: request.id, scope });
              toast("good", texts.allowed(request.name));
            }}
          >
            <Icon name="check" /> {texts.allow}
          </WorkButton>
          <WorkButton class="grow" work={() => invoke("pairing.deny", { id: request.id })}>
            <Icon name="close" /> {texts.deny}
          </WorkButton>
        </div>
      </div>
    </div>
  );
}

function Known() {
  const now = useNow(LOOK_MS);
  // A phone may owe a one-time password for this: it asks when something is new, not again and again.
  const round = store.me.value?.door === "phone" ? 0 : now;
  const loaded = useLoaded((signal) => invoke("device.list", {}, signal), round);
  useEffect(() => {
    const ends = [store.on("DeviceChanged", loaded.again), store.on("DeviceRevoked", loaded.again)];
    return () => ends.forEach((end) => end());
  }, []);
  const texts = t().devices;
  const devices = loaded.data?.filter(({ revoked_at }) => !revoked_at) ?? [];
  const out = (loaded.data ?? [])
    .filter(({ revoked_at }) => revoked_at)
    .sort((a, b) => b.revoked_at! - a.revoked_at!)
    .slice(0, SHOWN_OUT);
  return (
    <Panel
      title={texts.known}
      aside={
        devices.length > 0 && (
          <WorkButton
            class="text"
            work={async () => {
              if (!(await confirm(texts.revokeAll, texts.revokeAllText, texts.revokeAll))) return;
              await invoke("device.revoke_all", { confirmed: true });
              loaded.again();
            }}
          >
            {texts.revokeAll}
          </WorkButton>
        )
      }
    >
      {!loaded.data ? (
        <Waiting loaded={loaded} />
      ) : !devices.length ? (
        <Empty icon="devices" title={texts.none} />
      ) : (
        <ul class="list">
          {devices.map((device) => (
            <One key={device.id} device={device} changed={loaded.again} />
          ))}
        </ul>
      )}
      {out.length > 0 && (
        <div class="tight">
          <h3 class="soft">{texts.out}</h3>
          <ul class="list out">
            {out.map(({ id, name, revoked_at, revoked_reason }) => (
              <li key={id}>
                <Icon name="lock" />
                <p class="grow">
                  <b class="cut">{name}</b>
                  <small class="soft">
                    {ago(revoked_at!)} · <span lang="en">{revoked_reason}</span>
                  </small>
                </p>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Panel>
  );
}

function One({ device, changed }: { device: Device; changed: () => void }) {
  const [name, setName] = useState<string | null>(null);
  const texts = t().devices;
  const own = device.id === store.me.value?.device;
  const rename = async () => {
    const wanted = name?.trim();
    setName(null);
    if (!wanted || wanted === device.name) return;
    await attempt(() => invoke("device.edit", { id: device.id, name: wanted }));
    changed();
  };
  return (
    <li class="device">
      <span class={device.online ? "green" : "soft"}>
        <Icon name="devices" />
      </span>
      <div class="grow">
        {name === null ? (
          <b class="cut">
            {device.name} {own && <span class="badge soft">{texts.thisOne}</span>}
          </b>
        ) : (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              event.currentTarget.querySelector("input")?.blur(); // which renames it
            }}
          >
            <input aria-label={texts.name} value={name} maxLength={40} ref={(element) => element?.focus()} onInput={(event) => setName(event.currentTarget.value)} onBlur={() => void rename()} />
          </form>
        )}
        <p class="small soft cut">
          {device.online ? texts.online : device.last_seen_at ? texts.seen(ago(device.last_seen_at)) : texts.never}
          {device.last_address && ` · ${device.last_address}`}
        </p>
      </div>
      <select
        aria-label={texts.scopeOf(device.name)}
        value={device.scope}
        disabled={own}
        onChange={async (event) => {
          const scope = event.currentTarget.value as Scope;
          event.currentTarget.value = device.scope; // until it is true
          await attempt(() => invoke("device.edit", { id: device.id, scope }));
          changed();
        }}
      >
        {Object.entries(t().scopes).map(([scope, text]) => (
          <option key={scope} value={scope}>
            {text}
          </option>
        ))}
      </select>
      <button class="bare" aria-label={texts.rename(device.name)} title={texts.rename(device.name)} onClick={() => setName(device.name)}>
        <Icon name="arrange" />
      </button>
      <WorkButton
        class="bare"
        label={texts.revoke(device.name)}
        work={async () => {
          if (!(await confirm(texts.revoke(device.name), texts.revokeText, texts.revokeShort))) return;
          await invoke("device.revoke", { id: device.id, confirmed: true });
          changed();
        }}
      >
        <Icon name="trash" />
      </WorkButton>
    </li>
  );
}

/** The door to the network. */
function Network() {
  const loaded = useLoaded((signal) => invoke("lan.show", {}, signal));
  const told = store.state("LanStateChanged").value;
  useEffect(loaded.again, [told]);
  const texts = t().devices;
  const lan = loaded.data;
  const plain = lan?.mode === "http";
  return (
    <Panel
      title={texts.network}
      aside={lan && <Switch label={texts.network} on={lan.on} set={async (on) => {
        if (!on && !(await confirm(texts.networkShut, texts.networkShutText, texts.networkShut))) return;
        await invoke("lan.switch", { on });
        loaded.again();
      }} />}
    >
      {!lan ? (
        <Waiting loaded={loaded} />
      ) : (
        <div class="tight">
          {(!lan.on || lan.state === "listening") && (
            <p class={plain ? "amber" : "soft"}>{plain ? texts.networkPlain : lan.on ? texts.networkOn : texts.networkOff}</p>
          )}
          {lan.on && lan.urls.map((url) => <p key={url} class="small cut">{url}</p>)}
          {lan.on && (
            <dl>
              <Fingerprint of={lan.fingerprint} />
            </dl>
          )}
          {lan.detail && (lan.state !== "listening" || lan.remedy) && <p lang="en" class="small soft">{lan.detail}</p>}
          {lan.remedy && <p lang="en" class="small amber">{lan.remedy}</p>}
        </div>
      )}
    </Panel>
  );
}
