// The way to the pages, in the order of the bar and of the rail.
import type { PageName } from "./router";
import type { IconName } from "./ui/Icon";

interface Entry {
  page: PageName;
  icon: IconName;
  /** Only on the rail of a wide screen; a phone finds it behind "More". */
  wide?: boolean;
  admin?: boolean;
}
export const ENTRIES: Entry[] = [
  { page: "live", icon: "live" },
  { page: "deck", icon: "deck" },
  { page: "clips", icon: "clips" },
  { page: "sessions", icon: "sessions" },
  { page: "transcript", icon: "transcript", wide: true },
  { page: "status", icon: "status", wide: true },
  { page: "devices", icon: "devices", wide: true, admin: true },
  { page: "speech", icon: "mic", wide: true, admin: true },
  { page: "settings", icon: "settings", wide: true, admin: true },
  { page: "audit", icon: "audit", wide: true, admin: true },
  { page: "start", icon: "start", wide: true, admin: true },
  { page: "more", icon: "more" },
];
