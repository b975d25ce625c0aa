// What each part of the companion says of itself, and how well OBS does.
import "./status.css";
import type { ComponentChildren } from "preact";
import type { Component } from "../api/types";
import { ago } from "../format";
import { t } from "../i18n";
import { transport } from "../live/connection";
import { store } from "../live/store";
import { href, type PageName } from "../router";
import { Icon, type IconName } from "../ui/Icon";
import { may, Panel, useNow } from "../ui/parts";
import { ReplayRemedy, withoutCommands } from "../ui/ReplayTruth";
import { Plots } from "./Plots";

type SettingGroup = keyof ReturnType<typeof t>["settings"]["groups"];

const HEALTH: Record<string, [IconName, string]> = {
  ok: ["check", "green"],
  attention: ["warn", "amber"],
  failed: ["error", "red"],
  off: ["off", "soft"],
};
const RANK = ["failed", "attention", "ok", "off"];

export function Status() {
  const texts = t().status;
  useNow(30_000);
  const components = [...store.components.value.values()].sort((a, b) => RANK.indexOf(a.health) - RANK.indexOf(b.health));
  const me = store.me.value;
  return (
    <>
      <div class="head">
        <h1>{t().pages.status}</h1>
        <span class="small soft">
          {me?.version} · {texts.over[transport.value]}
        </span>
      </div>
      <div class="stack">
        <Panel title={texts.components}>
          <ul class="list components">
            {components.map((component) => (
              <Row key={component.name} component={component} />
            ))}
          </ul>
        </Panel>
        <Plots />
      </div>
    </>
  );
}

function Row({ component }: { component: Component }) {
  const [icon, tone] = HEALTH[component.health] ?? ["help", "soft"];
  const texts = t().status;
  const state = (texts.states as Record<string, string>)[component.state];
  const way = wayOf(component);
  // Nobody types commands on a phone, nor where a button does it.
  const said = (text: string) => (way || store.me.value?.door === "phone" ? withoutCommands(text) : text);
  const remedy = component.health === "ok" ? "" : component.remedy;
  return (
    <li>
      <span class={tone}>
        <Icon name={icon} />
        <span class="hidden">{texts.health[component.health]}</span>
      </span>
      <div class="grow">
        <b>{texts.names[component.name.replaceAll(" ", "_") as keyof typeof texts.names] ?? component.name}</b>
        <p class="small soft">
          <span lang={state ? undefined : "en"} class={tone}>{state ?? component.state.replaceAll("_", " ")}</span> · <span class="since">{ago(component.since)}</span>
        </p>
        {component.detail && <p lang="en" class="small soft">{said(component.detail)}</p>}
        {remedy && (said(remedy) ? <p lang="en" class="small">{said(remedy)}</p> : !way && <p class="small">{texts.onPc}</p>)}
      </div>
      {way}
    </li>
  );
}

/** Where what a component wants is done, by its name and state; what is put right outside of the app is not here. */
const WAYS: readonly [RegExp, PageName, SettingGroup?][] = [
  [/^obs:wrong_password$/, "settings", "obs"],
  [/^(devices|lan):/, "devices"],
  [/^hotkeys:(none|invalid|partly)$/, "settings", "desktop"],
  [/^(microphone|models|recognition|speech):/, "speech"],
  [/^captions:unknown_input$/, "settings", "speech"],
  [/^voice:partly$/, "settings", "voice"],
  [/^instant replay:/, "clips"],
];

/** The way to where `component` is put right, if there is one for this device. */
function wayOf({ name, state, health, remedy }: Component): ComponentChildren {
  if (name === "replay") return may("control") ? <ReplayRemedy /> : null;
  if (health === "ok") return null;
  const [, page, group] = (remedy && WAYS.find(([wanted]) => wanted.test(`${name}:${state}`))) || [];
  if (!page || !may(page === "clips" ? "view" : "admin")) return null;
  return (
    <a class="button" href={href(page, group)}>
      {group ? t().settings.groups[group] : t().pages[page]} <Icon name="forward" size={16} />
    </a>
  );
}
