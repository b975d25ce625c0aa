// Who did, or tried to do, what must be accounted for.
import "./audit.css";
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
    () => store.on("AuditNoted", ({ entry }) => loaded.set((old) => (old.items.some(({ id }) => id === entry.id) ? old : { items: [entry, ...old.items], total: old.total + 1 }))),
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
          <ul class="list panel entries">
            {items.map((entry) => (
              <li key={entry.id}>
                <span class={entry.outcome === "ok" ? "green" : "amber"}>
                  <Icon name={entry.outcome === "ok" ? "check" : "warn"} />
                </span>
                <div class="grow">
                  <p class="row wrap">
                    <b class="cut">{entry.what}</b>
                    <span class="badge soft">{(texts.kinds as Record<string, string>)[entry.kind] ?? entry.kind}</span>
                    {entry.outcome !== "ok" && <span lang="en" class="small amber">{entry.outcome.replaceAll("_", " ")}</span>}
                  </p>
                  <p class="small soft cut">{[entry.actor, entry.door !== entry.actor && entry.door, entry.address].filter(Boolean).join(" · ")}</p>
                </div>
                <time class="small soft">{when(entry.at)}</time>
              </li>
            ))}
          </ul>
          {items.length < (loaded.data?.total ?? 0) && <WorkButton work={more}>{texts.more}</WorkButton>}
        </div>
      )}
    </>
  );
}
