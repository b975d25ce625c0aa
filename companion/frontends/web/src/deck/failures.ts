import { t } from "../i18n";
import { store } from "../live/store";
import { toast } from "../ui/feedback";
import { may } from "../ui/parts";

/** Tell of every macro that fails, whoever began it: its run outlasts the request. Returns what ends that. */
export function tellFailures(): () => void {
  return store.on("MacroChanged", ({ macro, outcome, message }) => {
    if (!may("control") || ["", "ok", "cancelled"].includes(outcome)) return;
    toast("bad", t().macros.failed(macro.name), { remedy: message });
  });
}
