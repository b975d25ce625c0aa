// Every action with its arguments, as the daemon's own description tells them: what a button or a macro can do.
import { request, routeOf } from "../api/client";
import type { Studio, Macro } from "../api/types";
import { itemsOf, places } from "./places";

interface Schema {
  type?: string;
  enum?: unknown[];
  anyOf?: Schema[];
  $ref?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
}
interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; required: boolean; schema: Schema }[];
  requestBody?: { content: { "application/json": { schema: Schema } } };
}
interface Description {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

export interface Argument {
  name: string;
  kind: "text" | "number" | "whole" | "truth" | "choice" | "json";
  options: string[];
  required: boolean;
  optional: boolean;
  standard: unknown;
}
export interface Doable {
  name: string;
  arguments: Argument[];
}

/** Not for buttons: they belong to other pages; so does what is only asked for (GET), which answers with something to read. */
const LEFT_OUT = /^(device|deck|lan|pairing|secrets|settings|totp|transcript)\.|\.(delete|edit|remove|rename|retry|trim|restore|burn|range|renew|test|download|attention)$|^macro\.save$/;

let known: Promise<Doable[]> | undefined;

/** What can be put on a button; asked for once. */
export function catalogue(): Promise<Doable[]> {
  known ??= request<Description>("GET", "/api/openapi.json").then(read);
  known.catch(() => {
    known = undefined;
  });
  return known;
}

export function read(description: Description): Doable[] {
  const resolve = (schema: Schema): Schema =>
    schema.$ref ? (description.components.schemas[schema.$ref.split("/").pop() ?? ""] ?? {}) : schema;
  const found: Doable[] = [];
  for (const operation of Object.values(description.paths).flatMap((methods) => Object.values(methods))) {
    const name = operation.operationId;
    const route = routeOf(name);
    if (!route || route[0] === "GET" || LEFT_OUT.test(name)) continue;
    const given: Argument[] = (operation.parameters ?? [])
      .filter((one) => one.in !== "header")
      .map((one) => argument(one.name, resolve(one.schema), one.required, resolve));
    const body = operation.requestBody?.content["application/json"].schema;
    for (const [key, schema] of Object.entries(body?.properties ?? {})) {
      given.push(argument(key, resolve(schema), body?.required?.includes(key) ?? false, resolve));
    }
    found.push({ name, arguments: given.filter(({ name: own }) => own !== "wait" && own !== "confirmed") });
  }
  return found.sort((a, b) => a.name.localeCompare(b.name));
}

function argument(name: string, schema: Schema, required: boolean, resolve: (schema: Schema) => Schema): Argument {
  const parts = (schema.anyOf ?? [schema]).map(resolve);
  const main = parts.find((part) => part.type !== "null") ?? {};
  const common = {
    name,
    required,
    optional: parts.length > 1 && parts.some((part) => part.type === "null"),
    standard: schema.default,
    options: (main.enum ?? []).map(String),
  };
  if (main.enum) return { ...common, kind: "choice" };
  const kinds: Record<string, Argument["kind"]> = { string: "text", number: "number", integer: "whole", boolean: "truth" };
  return { ...common, kind: kinds[main.type ?? ""] ?? "json" };
}

/** What else an argument decides: the one named here means something only within it. */
const WITHIN: Record<string, string> = { scene: "item_id", source: "filter" };

/** `given` with `name` as `value` (undefined: without it), and without what meant something within its old value. */
export function withArgument(given: Record<string, unknown>, name: string, value: unknown): Record<string, unknown> {
  const next = { ...given, [name]: value };
  if (value === undefined) delete next[name];
  if (given[name] !== value) delete next[WITHIN[name] ?? ""];
  return next;
}

/** The names that the studio has for an argument, such as its scenes; none where any text will do. */
export function suggestions(action: string, name: string, given: Record<string, unknown>, studio: Studio | undefined, macros: Macro[]): [value: unknown, text: string][] {
  const plain = (names: readonly string[]): [unknown, string][] => names.map((one) => [one, one]);
  if (action.startsWith("macro.")) return macros.map((one) => [name === "id" ? one.id : one.name, one.name]);
  if (!studio) return [];
  if (name === "name" && action.startsWith("scene.")) return plain(studio.scenes.map((one) => one.name));
  if (name === "scene") return places(studio);
  if (name === "item_id") return itemsOf(studio, given.scene).map((one) => [one.id, one.source]);
  if (name === "name" && action.startsWith("media.")) return plain(studio.inputs.filter((one) => one.media).map((one) => one.name));
  if (name === "name" && action.startsWith("input.")) return plain(studio.inputs.filter((one) => one.has_audio).map((one) => one.name));
  if (name === "source") return plain([...studio.inputs.map((one) => one.name), ...studio.scenes.map((one) => one.name)]);
  if (name === "filter") {
    const source = [...studio.inputs, ...studio.scenes].find((one) => one.name === given.source);
    return plain((source?.filters ?? []).map((one) => one.name));
  }
  if (name === "name" && action.startsWith("profile.")) return plain(studio.profiles);
  if (name === "name" && action.startsWith("collection.")) return plain(studio.collections);
  if (name === "transition") return plain(studio.transitions);
  return [];
}
