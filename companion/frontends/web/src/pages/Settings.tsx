// Every setting with its help; the daemon checks each value, and says what is wrong with it.
import "./settings.css";
import { Fragment } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, invoke, OWN } from "../api/client";
import type { Setting } from "../api/types";
import { t } from "../i18n";
import { store } from "../live/store";
import { tell } from "../ui/feedback";
import { Icon } from "../ui/Icon";
import { fixedBy, nameOf, shapeOf } from "../settings/shape";
import { Panel, useLoaded, Waiting } from "../ui/parts";
import { saidOf } from "../ui/said";
import { CaptionsSetup } from "./CaptionsSetup";
import { FixedBy } from "./FixedBy";
import { Field } from "./SettingField";
import { OneTimePassword } from "./OneTimePassword";

const GROUPS: [key: "clips" | "replay" | "obs" | "speech" | "voice" | "captions" | "desktop" | "network" | "system", names: RegExp][] = [
  ["clips", /^(clip_|session_|keep_sources|disk_)/],
  ["replay", /^replay_/],
  ["obs", /^obs_ws_/],
  ["speech", /^(microphone|obs_microphone|listen_|keep_sound|stt_)/],
  ["voice", /^voice_/],
  ["captions", /^captions_/],
  ["desktop", /^(hotkeys|tray|sounds|notifications)$/],
  ["network", /^(lan_|http_|totp|mdns)/],
  ["system", /./],
];

/** `rest` is the group that is wanted. */
export function Settings({ rest }: { rest: string }) {
  const loaded = useLoaded((signal) => invoke("settings.get", {}, signal));
  const there = loaded.data !== undefined;
  useEffect(() => store.on("SettingsChanged", loaded.again), []);
  useEffect(() => {
    if (there && rest) document.getElementById(`group-${rest}`)?.scrollIntoView();
  }, [there, rest]);
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
              <Fragment key={key}>
                <Panel title={texts.groups[key]} id={`group-${key}`}>
                  <ul class="list">
                    {own.map((setting) => (
                      <Row key={setting.name} setting={setting} put={put} />
                    ))}
                  </ul>
                </Panel>
                {key === "captions" && <CaptionsSetup />}
              </Fragment>
            ) : null;
          })}
          <OneTimePassword />
        </div>
      )}
    </>
  );
}

interface RowProps {
  setting: Setting;
  put: (setting: Setting) => void;
}

function Row({ setting, put }: RowProps) {
  const [error, setError] = useState<ApiError | null>(null);
  const [restart, setRestart] = useState(false);
  const texts = t().settings;
  const send = async (value: unknown) => {
    put(await invoke("settings.set", { name: setting.name, value } as never));
    setError(null);
    setRestart(setting.restart_needed === true);
  };
  const set = async (value: unknown) => {
    try {
      await send(value);
    } catch (failure) {
      if (failure instanceof ApiError && !failure.offline) setError(failure);
      else tell(failure);
    }
  };
  const said = error && saidOf(error);
  const why = fixedBy(setting);
  const fixed = why !== "";
  const shape = shapeOf(setting);
  const id = `setting-${setting.name}`;
  return (
    <li class={`setting of-${shape}`}>
      <div class="grow">
        <label for={id} id={`${id}-label`}>{nameOf(setting)}</label>
        <p lang={texts.help[setting.name] ? undefined : "en"} class="small soft" id={`${id}-help`}>
          {texts.help[setting.name] ?? setting.help}
        </p>
        {why === "pc" && <FixedBy setting={setting} />}
        <p class="small row wrap">
          {setting.source !== "default" && <span class="soft">{texts.from(setting.source)}</span>}
          {restart && (
            <b class="amber" role="status">
              {texts.restartNow}
            </b>
          )}
          {!restart && setting.restart_needed && <span class="soft">{texts.restart}</span>}
        </p>
        {setting.note && (
          <p lang="en" class="small amber" role="status">
            {setting.note}
          </p>
        )}
        {said && (
          <p lang={said.lang} class="small red" role="alert" id={`${id}-error`}>
            {said.text} {said.remedy}
          </p>
        )}
      </div>
      <div class="row value">
        <Field setting={setting} id={id} fixed={fixed} wrong={error !== null} send={send} set={set} refuse={(text) => setError(new ApiError(400, OWN, text))} />
        {!fixed && setting.source !== "default" && (
          <button class="bare square" type="button" aria-label={texts.reset(nameOf(setting))} onClick={() => void set(null)}>
            <Icon name="restore" />
          </button>
        )}
      </div>
    </li>
  );
}
