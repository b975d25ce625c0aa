// Where sources stand: in scenes, and in groups, which number their items anew and take the scene's place in requests.
import type { Studio } from "../api/types";

type Item = Studio["scenes"][number]["items"][number];

/** The items that stand in the scene or group `place` itself, not in a group within it. */
export function itemsOf(studio: Studio, place: unknown): Item[] {
  const found = studio.scenes.find(({ name, items }) => name === place || items.some(({ group }) => group === place));
  return found?.items.filter(({ group }) => (group ?? found.name) === place) ?? [];
}

/** Every scene, each followed by its groups. */
export function places(studio: Studio): [name: string, text: string][] {
  return studio.scenes.flatMap(({ name, items }) => {
    const groups = [...new Set(items.flatMap(({ group }) => group ?? []))];
    return [[name, name], ...groups.map((group): [string, string] => [group, `${name} › ${group}`])];
  });
}
