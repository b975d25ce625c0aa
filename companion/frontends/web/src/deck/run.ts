import { ApiError, invokeNamed } from "../api/client";
import { t } from "../i18n";
import { confirm } from "../ui/feedback";
import { titleOf } from "./words";

/**
 * Run an action with what is kept for it; `agreed`: its question was answered already. What it contains may ask first as
 * well (a macro's steps): that is asked then. Raises ApiError.
 */
export async function carryOut(action: string, kept: Record<string, unknown>, agreed = false): Promise<void> {
  const { confirmed: _, ...given } = kept; // nothing that is kept agrees
  try {
    await invokeNamed(action, agreed ? { ...given, confirmed: true } : given);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "confirmation_needed") throw error;
    const actions = (error.details.actions as string[] | undefined) ?? [];
    const texts = t().deck;
    if (await confirm(texts.sure, texts.confirmText(actions.map(titleOf).join(", ")), texts.yes)) await invokeNamed(action, { ...given, confirmed: true });
  }
}
