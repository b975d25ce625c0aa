// Every setting with its help; the daemon checks each value, and says what is wrong with it.
import "./settings.css";
import { useEffect, useState } from "preact/hooks";
import { ApiError, invoke } from "../api/client";
import type { Setting } from "../api/types";
import { t } from "../i18n";
import { store } from "../live/store";
import { tell } from "../ui/feedback";
import { Icon } from "../ui/Icon";
import { Panel, Switch, useLoaded, Waiting } from "../ui/parts";
import { OneTimePassword } from "./OneTimePassword";

const GROUPS: [key: "clips" | "replay" | "obs" | "desktop" | "network" | "system", names: RegExp][] = [
  ["clips", /^(clip_|session_|keep_|disk_)/],
  ["replay", /^replay_/],
  ["obs", /^obs_/],
  ["desktop", /^(hotkeys|tray|sounds|notifications)$/],
  ["network", /^(lan_|http_|totp|mdns)/],
  ["system", /./],
];
const SECRET = /password|secret|token/;

export function Settings() {
  const loaded = useLoaded((signal) => invoke("settings.get", {}, signal));
  useEffect(() => store.on("SettingsChanged", loaded.again), []);
  const texts = t().settings;
  const put = (setting: Setting) => loaded.set((all) => all.map((old) => (old.name === setting.name ? setting : old)));
  const taken = new Set<string>();
  return (
    <>
      <div class="head">
        <h1>{t().pages.settings}</h1>
      </div>
      {!loaded.data ? (
        <Waiting loaded={loaded} />
      ) : (
        <div class="stack settings">
          {GROUPS.map(([key, names]) => {
            const own = loaded.data?.filter(({ name }) => !taken.has(name) && names.test(name)) ?? [];
            own.forEach(({ name }) => taken.add(name));
            return own.length ? (
              <Panel key={key} title={texts.groups[key]}>
                <ul class="list">
                  {own.map((setting) => (
                    <Row key={setting.name} setting={setting} put={put} />
                  ))}
                </ul>
              </Panel>
            ) : null;
          })}
          <OneTimePassword />
        </div>
      )}
    </>
  );
}

function Row({ setting, put }: { setting: Setting; put: (setting: Setting) => void }) {
  const [text, setText] = useState(shown(setting.value));
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const [restart, setRestart] = useState(false);
  const texts = t().settings;
  useEffect(() => setText(shown(setting.value)), [setting.value]);
  const set = async (value: unknown) => {
    setBusy(true);
    try {
      put(await invoke("settings.set", { name: setting.name, value } as never));
      setError(null);
      setRestart(setting.restart_needed === true);
    } catch (failure) {
      if (failure instanceof ApiError && !failure.offline) setError(failure);
      else tell(failure);
    } finally {
      setBusy(false);
    }
  };
  const fixed = setting.source === "environment" || setting.source === ".env";
  const id = `setting-${setting.name}`;
  const truth = typeof setting.default === "boolean";
  const secret = SECRET.test(setting.name);
  const changed = text !== shown(setting.value);
  return (
    <li class={`setting ${truth ? "truth" : ""}`}>
      <div class="grow">
        <label for={id}>{setting.name.replaceAll("_", " ")}</label>
        <p class="small soft">{setting.help}</p>
        <p class="small row wrap">
          {setting.source !== "default" && <span class="soft">{texts.from(setting.source)}</span>}
          {restart && (
            <b class="amber" role="status">
              {texts.restartNow}
            </b>
          )}
          {!restart && setting.restart_needed && <span class="soft">{texts.restart}</span>}
        </p>
        {error && (
          <p class="small red" role="alert" id={`${id}-error`}>
            {error.message} {error.remedy}
          </p>
        )}
      </div>
      {truth ? (
        <Switch label={setting.name.replaceAll("_", " ")} on={setting.value === true} disabled={fixed} set={set} />
      ) : (
        <form
          class="row value"
          onSubmit={(event) => {
            event.preventDefault();
            void set(parse(text, setting));
          }}
        >
          {typeof setting.default === "object" && setting.default !== null && text.length > 40 ? (
            <textarea id={id} value={text} disabled={fixed} aria-invalid={error !== null} spellcheck={false} onInput={(event) => setText(event.currentTarget.value)} />
          ) : (
            <input
              id={id}
              {...({ type: secret ? "password" : typeof setting.default === "number" ? "number" : "text" } as { type: "text" })}
              step="any"
              value={secret && text === "(set)" ? "" : text}
              placeholder={secret && setting.value !== null ? texts.isSet : shown(setting.default)}
              disabled={fixed}
              aria-invalid={error !== null}
              aria-describedby={error ? `${id}-error` : undefined}
              autocomplete="off"
              spellcheck={false}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          )}
          {changed && (
            <button class="primary square" type="submit" aria-label={t().common.save} aria-busy={busy}>
              <Icon name="check" />
            </button>
          )}
          {!changed && !fixed && setting.source !== "default" && (
            <button class="bare square" type="button" aria-label={texts.reset} title={texts.reset} onClick={() => void set(null)}>
              <Icon name="restore" />
            </button>
          )}
        </form>
      )}
    </li>
  );
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** What the text means: empty is the default, a number where the default is one, a list or an object as JSON. */
function parse(text: string, { default: standard }: Setting): unknown {
  const plain = text.trim();
  if (plain === "") return null;
  if (typeof standard === "number" && plain !== "" && !Number.isNaN(Number(plain))) return Number(plain);
  return plain;
}
