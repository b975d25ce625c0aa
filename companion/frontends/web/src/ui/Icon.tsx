import { h } from "preact";
import { icons } from "./icons";

export type IconNode = readonly (readonly [tag: string, attributes: Readonly<Record<string, string>>])[];
export type IconName = keyof typeof icons;

/** A picture beside words; it says nothing to a screen reader. */
export function Icon({ name, node, size = 20 }: { name?: IconName; node?: IconNode; size?: number }) {
  const shapes: IconNode = node ?? (name ? icons[name] : []);
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      {shapes.map(([tag, attributes], at) => h(tag, { ...attributes, key: at }))}
    </svg>
  );
}
