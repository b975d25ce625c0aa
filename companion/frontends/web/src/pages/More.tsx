// The pages that a phone's bar has no room for, and how the app itself should be.
import { leave } from "../api/client";
import { ENTRIES } from "../entries";
import { LANGUAGES, speak, t, type Language } from "../i18n";
import { canStayAwake } from "../live/awake";
import { store } from "../live/store";
import { prefer, preferences, type Theme } from "../preferences";
import { href } from "../router";
import { confirm } from "../ui/feedback";
import { Icon } from "../ui/Icon";
import { Choice, may, Panel, Switch, WorkButton } from "../ui/parts";

export function More() {
  const { theme, language, calm, haptics, awake } = preferences.value;
  const texts = t().more;
  const me = store.me.value;
  const choose = async (wanted: Language) => {
    await speak(wanted);
    prefer({ language: wanted });
  };
  return (
    <>
      <div class="head">
        <h1>{t().pages.more}</h1>
      </div>
      <div class="stack">
        <nav class="panel pages-list" aria-label={t().pages.more}>
          <ul class="list">
            {ENTRIES.filter(({ wide, admin }) => wide && (!admin || may("admin"))).map(({ page, icon }) => (
              <li key={page}>
                <a class="row grow" href={href(page)}>
                  <Icon name={icon} /> <span class="grow">{t().pages[page]}</span> <Icon name="forward" />
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <Panel title={texts.look}>
          <ul class="list">
            <li class="row wrap">
              <span class="grow">{texts.theme}</span>
              <Choice<Theme> label={texts.theme} value={theme} options={texts.themes} set={(value) => prefer({ theme: value })} />
            </li>
            <li class="row wrap">
              <span class="grow">{texts.language}</span>
              <Choice<Language> label={texts.language} value={language} options={LANGUAGES} set={(value) => void choose(value)} />
            </li>
            <li>
              <span class="grow">{texts.calm}</span>
              <Switch label={texts.calm} on={calm} set={async (on) => prefer({ calm: on })} />
            </li>
            {canStayAwake && me?.door === "phone" && (
              <li>
                <span class="grow">{texts.awake}</span>
                <Switch label={texts.awake} on={awake} set={async (on) => prefer({ awake: on })} />
              </li>
            )}
            {"vibrate" in navigator && (
              <li>
                <span class="grow">{texts.haptics}</span>
                <Switch label={texts.haptics} on={haptics} set={async (on) => prefer({ haptics: on })} />
              </li>
            )}
          </ul>
        </Panel>
        {me && (
          <Panel title={texts.device}>
            <div class="tight">
              <p>
                <b>{me.name}</b> <span class="badge soft">{t().scopes[me.scope]}</span>
              </p>
              <p class="soft small">{t().scopeTexts[me.scope]}</p>
              <p class="soft small">
                {me.installation} · {me.version}
              </p>
              {me.door === "phone" && (
                <>
                  {location.protocol === "https:" && (
                    <a class="button" href="/trust">
                      <Icon name="lock" /> {texts.trust}
                    </a>
                  )}
                  <WorkButton
                    work={async () => {
                      if (!(await confirm(texts.leave, texts.leaveText, texts.leave))) return;
                      await leave();
                    }}
                  >
                    {texts.leave}
                  </WorkButton>
                </>
              )}
            </div>
          </Panel>
        )}
      </div>
    </>
  );
}
