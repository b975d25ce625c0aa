// Who did, or tried to do, what must be accounted for.
import { useEffect } from "preact/hooks";
import { invoke } from "../api/client";
import { when } from "../format";
import { t } from "../i18n";
import { store } from "../live/store";
import { attempt } from "../ui/feedback";
import { Icon } from "../ui/Icon";
import { Empty, useLoaded, Waiting, WorkButton } from "../ui/parts";

const PAGE = 100;

export function Audit() {
  const loaded = useLoaded((signal) => invoke("audit.list", { limit: PAGE }, signal));
  useEffect(
    () => store.on("AuditNoted", ({ entry }) => loaded.set(({ items, total }) => ({ items: [entry, ...items], total: total + 1 }))),
    [],
  );
  const texts = t().audit;
  const items = loaded.data?.items ?? [];
  const more = async () => {
    const before = items.at(-1)?.id;
    const next = await attempt(() => invoke("audit.list", { limit: PAGE, ...(before === undefined ? {} : { before }) }));
    if (next) loaded.set((old) => ({ items: [...old.items, ...next.items], total: old.total }));
  };
  return (
    <>
      <div class="head">
        <h1>{t().pages.audit}</h1>
        {loaded.data && <span class="soft">{texts.many(loaded.data.total)}</span>}
      </div>
      {!loaded.data ? (
        <Waiting loaded={loaded} />
      ) : !items.length ? (
        <Empty icon="audit" title={texts.none} />
      ) : (
        <div class="stack">
          <div class="panel scrolls" tabIndex={0} role="region" aria-label={t().pages.audit}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{texts.at}</th>
                  <th scope="col">{texts.what}</th>
                  <th scope="col">{texts.who}</th>
                  <th scope="col">{texts.outcome}</th>
                </tr>
              </thead>
              <tbody>
                {items.map((entry) => (
                  <tr key={entry.id}>
                    <td class="nowrap">{when(entry.at)}</td>
                    <td>
                      {entry.what} <small class="soft">{entry.kind}</small>
                    </td>
                    <td>
                      {entry.actor} <small class="soft">{[entry.door, entry.address].filter(Boolean).join(" · ")}</small>
                    </td>
                    <td>
                      <span class={entry.outcome === "ok" ? "green" : "amber"}>
                        <Icon name={entry.outcome === "ok" ? "check" : "warn"} size={16} /> {entry.outcome}
                      </span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {items.length < (loaded.data?.total ?? 0) && <WorkButton work={more}>{texts.more}</WorkButton>}
        </div>
      )}
    </>
  );
}
