// Writes src/ui/icons.ts and src/ui/deckIcons.ts: of Lucide's icons, those that are named here.
import { readFile, writeFile } from "node:fs/promises";

const own = {
  add: "plus", arrange: "pencil", audit: "scroll-text", back: "chevron-left", camera: "webcam", captions: "captions", check: "check",
  clip: "scissors", clips: "film", close: "x", copy: "copy", deck: "layout-grid", devices: "smartphone", down: "chevron-down",
  download: "download", drag: "grip-vertical", error: "circle-alert", eye: "eye", eyeOff: "eye-off", filter: "search",
  forward: "chevron-right", help: "info", live: "radio", lock: "lock", mark: "bookmark", mic: "mic", micOff: "mic-off",
  more: "ellipsis", mute: "volume-x", next: "step-forward", offline: "wifi-off", off: "circle-off",
  pause: "pause", play: "play", previous: "step-back", record: "circle-dot", receipt: "badge-check", refresh: "refresh-cw",
  replay: "rotate-ccw", restore: "undo-2", save: "save", sessions: "calendar-clock", settings: "settings-2", share: "share-2",
  shield: "shield-check", sound: "volume-2", start: "list-checks", status: "activity", stop: "square", tag: "tag",
  transcript: "message-square-text", transition: "arrow-right-left", trash: "trash", trim: "scissors-line-dashed", up: "chevron-up", warn: "triangle-alert",
};
const deck = [
  "bell", "bookmark", "bookmark-check", "circle", "camera", "circle-dot", "clapperboard", "cloud", "coffee", "eye", "film", "flag", "flame",
  "gamepad-2", "gauge", "gift", "hand", "heart", "rotate-ccw", "house", "image", "keyboard", "layers", "lightbulb", "list-video",
  "message-circle", "mic", "mic-off", "monitor", "moon", "keyboard-music", "face-grinning", "party-popper", "pause", "play", "radio", "rocket",
  "scissors", "skip-forward", "sparkles", "square", "star", "sun", "swords", "timer", "trophy", "tv",
  "users", "video", "volume-2", "volume-x", "wand-sparkles", "webcam", "zap",
];

const nodes = JSON.parse(await readFile(new URL("../node_modules/lucide-static/icon-nodes.json", import.meta.url)));
const paths = (name) => {
  if (!nodes[name]) throw new Error(`Lucide has no ${name}`);
  return JSON.stringify(nodes[name]);
};
const head = `// From Lucide (https://lucide.dev), ISC licence: (c) Lucide Contributors; parts (c) Cole Bemis, MIT licence (Feather).
// Made by scripts/icons.mjs. Do not edit.
import type { IconNode } from "./Icon";
`;
const write = (file, text) => writeFile(new URL(`../src/ui/${file}`, import.meta.url), head + text);

const lines = Object.entries(own).map(([key, name]) => `  ${key}: ${paths(name)},`);
await write("icons.ts", `\nexport const icons = {\n${lines.join("\n")}\n} as const satisfies Record<string, IconNode>;\n`);
// Lucide has renamed it; decks that were kept before use the old name.
const renamed = { history: "rotate-ccw" };
const rows = [...deck.map((name) => [name, name]), ...Object.entries(renamed)].map(([key, name]) => `  "${key}": ${paths(name)},`);
await write("deckIcons.ts", `\n/** What a deck's button may show, by Lucide's name. */\nexport const deckIcons: Record<string, IconNode> = {\n${rows.join("\n")}\n};\n`);
