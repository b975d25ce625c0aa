import { ApiError, invokeNamed } from "../api/client";
import { t } from "../i18n";
import { confirm } from "../ui/feedback";
import { titleOf } from "./words";

/** Run an action; what contains acts that ask first (a macro may) is asked about, and run then. Raises ApiError. */
export async function carryOut(action: string, given: Record<string, unknown>): Promise<void> {
  try {
    await invokeNamed(action, given);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "confirmation_needed") throw error;
    const actions = (error.details.actions as string[] | undefined) ?? [];
    const texts = t().deck;
    if (await confirm(texts.sure, texts.confirmText(actions.map(titleOf).join(", ")), texts.yes)) await invokeNamed(action, { ...given, confirmed: true });
  }
}
