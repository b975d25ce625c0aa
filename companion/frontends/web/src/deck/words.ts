// What actions and their arguments are called in the chosen language; one that is new to the app has its own name.
import { t } from "../i18n";

type Words = Record<string, string>;

export function groupOf(action: string): string {
  return action.split(".")[0] ?? "";
}

export function groupTitle(group: string): string {
  return (t().actions.groups as Words)[group] ?? group;
}

export function titleOf(action: string): string {
  return (t().actions.titles as Words)[action] ?? action;
}

/** A deck page's name; one that the daemon gave to the first deck, in the chosen language. */
export function pageTitle(name: string): string {
  return (t().deck.firstPages as Words)[name] ?? name;
}

/** What the title leaves open; empty where that is nothing. */
export function helpOf(action: string): string {
  return (t().actions.help as Words)[action] ?? "";
}

export function argumentOf(action: string, name: string): { label: string; help: string } {
  const { arguments: labels, argumentHelp } = t().actions;
  const find = (words: Words) => words[`${action}.${name}`] ?? words[name];
  return { label: find(labels) ?? name.replaceAll("_", " "), help: find(argumentHelp) ?? "" };
}
