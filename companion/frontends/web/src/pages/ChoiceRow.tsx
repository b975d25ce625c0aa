import "./speech.css";
import type { ComponentChildren } from "preact";
import { t } from "../i18n";
import { Icon, type IconName } from "../ui/Icon";

interface Props {
  icon: IconName;
  title: string;
  about: string;
  isChosen: boolean;
  /** It was chosen, and is not there. */
  gone?: boolean;
  /** Shown beside its title. */
  badge?: string;
  /** What is to be seen of it, below its name. */
  below?: ComponentChildren;
  /** What can be done with it. */
  children?: ComponentChildren;
}

/** One of the things of which one is chosen. */
export function ChoiceRow({ icon, title, about, isChosen, gone = false, badge = "", below, children }: Props) {
  const tone = gone ? "amber" : isChosen ? "green" : "soft";
  return (
    <li class="choosable" aria-current={isChosen ? "true" : undefined}>
      <span class={tone}>
        <Icon name={gone ? "warn" : isChosen ? "check" : icon} />
      </span>
      <div class="grow">
        <p class="row wrap">
          <b class="cut">{title}</b>
          {isChosen && <span class={`badge ${tone}`}>{t().speech.chosen}</span>}
          {badge && <span class="badge soft">{badge}</span>}
        </p>
        {about && <p class={`small ${gone ? "amber" : "soft"}`}>{about}</p>}
        {below}
      </div>
      {children}
    </li>
  );
}
