import type { Setting } from "../api/types";
import { t } from "../i18n";
import { fixedBy } from "../settings/shape";
import { Icon } from "../ui/Icon";

/** Why a setting cannot be changed here; nothing where it can. */
export function FixedBy({ setting }: { setting: Setting }) {
  const why = fixedBy(setting);
  const texts = t().settings;
  return why ? (
    <p class="small row">
      <Icon name="lock" size={16} /> {why === "pc" ? texts.pcOnly : texts.from(setting.source)}
    </p>
  ) : null;
}
