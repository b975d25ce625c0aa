// What is said of an error: in the app's words where it has some in the chosen language, else in the daemon's, which are
// English.
import type { ApiError } from "../api/client";
import { t } from "../i18n";

export interface Said {
  text: string;
  remedy: string;
  lang: "en" | undefined;
}

export function saidOf(error: ApiError): Said {
  const { code, message, remedy } = error;
  if (error.offline) return { text: t().offline.noAnswer, remedy, lang: undefined };
  const own = error.own ? { text: message, remedy } : t().errors.said[code];
  return own ? { ...own, lang: undefined } : { text: message, remedy, lang: "en" };
}
