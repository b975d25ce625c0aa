// Large buttons for whatever the streamer wants under a finger, each lit by the truth it is about.
import "./deck.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { asksFirst, invoke } from "../api/client";
import { lampOf, pressOf, withRun, type Facts } from "../deck/state";
import { newId, plain, withIds, type DeckButton, type DeckPage } from "../deck/pages";
import { carryOut } from "../deck/run";
import { pageTitle, titleOf } from "../deck/words";
import { t } from "../i18n";
import { store } from "../live/store";
import { tap } from "../preferences";
import { deckIcons } from "../ui/deckIcons";
import { attempt, confirm, Dialog, useWork } from "../ui/feedback";
import { Icon } from "../ui/Icon";
import { Empty, may, useLoaded, Waiting } from "../ui/parts";
import { useSources } from "../ui/ReplayTruth";
import { ButtonEditor } from "./DeckEditor";
import { Macros } from "./Macros";
import { useReorder } from "./reorder";

const HOLD_MS = 500;

/** Have the finger that is down press nothing when it is lifted: what came under it meanwhile was not meant. */
function liftQuietly(): void {
  const swallow = (event: MouseEvent) => event.detail > 0 && event.stopPropagation(); // 0: a key of the keyboard
  addEventListener("click", swallow, { capture: true });
  addEventListener("pointerdown", () => removeEventListener("click", swallow, { capture: true }), { capture: true, once: true });
}

export function DeckPageView() {
  const loaded = useLoaded((signal) => invoke("deck.show", {}, signal));
  const [pages, setPages] = useState<DeckPage[] | null>(null);
  const [arranging, setArranging] = useState(false);
  const [macros, setMacros] = useState(false);
  const [at, setAt] = useState(0);
  const facts = useFacts();
  useEffect(() => setPages(loaded.data ? withIds(loaded.data.pages) : null), [loaded.data]);
  useEffect(() => store.on("DeckChanged", (event) => setPages((old) => withIds(event.pages, old ?? []))), []);
  const texts = t().deck;
  if (!pages) {
    return (
      <>
        <div class="head">
          <h1>{t().pages.deck}</h1>
        </div>
        <Waiting loaded={loaded} />
      </>
    );
  }
  const save = (next: DeckPage[]) => {
    setPages(next);
    void attempt(() => invoke("deck.save", { pages: plain(next) })).then((saved) => {
      if (!saved) setPages(pages); // it was refused: what is shown is what is true
    });
  };
  const here = Math.min(at, Math.max(0, pages.length - 1));
  const change = (page: DeckPage) => save(pages.map((old, index) => (index === here ? page : old)));
  const own = pages[here];
  return (
    <>
      <div class="head">
        <h1>{t().pages.deck}</h1>
        {may("control") && (
          <div class="row">
            <button onClick={() => setMacros(true)}>
              <Icon name="start" /> {t().macros.title}
            </button>
            <button class={arranging ? "primary" : ""} aria-pressed={arranging} onClick={() => setArranging(!arranging)}>
              <Icon name={arranging ? "check" : "arrange"} /> {arranging ? texts.done : texts.arrange}
            </button>
          </div>
        )}
      </div>
      {macros && <Macros close={() => setMacros(false)} />}
      {pages.length === 0 || !own ? (
        <Empty icon="deck" title={texts.empty} />
      ) : (
        <>
          {arranging && <PageTools page={own} many={pages.length} change={change} add={() => { save([...pages, { name: texts.page(pages.length + 1), buttons: [] }]); setAt(pages.length); }} remove={() => save(pages.filter((_, index) => index !== here))} />}
          <Pager pages={pages} at={here} go={setAt}>
            {(page, index) => (
              <Grid
                key={index}
                page={page}
                facts={facts}
                arranging={arranging && index === here}
                change={(next) => save(pages.map((old, place) => (place === index ? next : old)))}
              />
            )}
          </Pager>
        </>
      )}
    </>
  );
}

/** Pages beside one another, swiped by the browser's own scrolling; tabs for those who do not swipe. */
function Pager(props: { pages: DeckPage[]; at: number; go: (at: number) => void; children: (page: DeckPage, at: number) => preact.ComponentChild }) {
  const track = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = track.current;
    if (element && Math.round(element.scrollLeft / element.clientWidth) !== props.at) {
      element.scrollTo({ left: props.at * element.clientWidth, behavior: "auto" });
    }
  }, [props.at, props.pages.length]);
  return (
    <>
      <div
        ref={track}
        class="track"
        // The arrow keys swipe too, even where no key of the page may be pressed.
        role="group"
        aria-label={t().deck.pages}
        tabIndex={props.pages.length > 1 ? 0 : undefined}
        onScroll={(event) => {
          const { scrollLeft, clientWidth } = event.currentTarget;
          const place = scrollLeft / clientWidth;
          if (Math.abs(place - Math.round(place)) < 0.05 && Math.round(place) !== props.at) props.go(Math.round(place));
        }}
      >
        {props.pages.map((page, at) => (
          <div key={at} class="page" inert={at !== props.at} aria-hidden={at !== props.at}>
            {props.children(page, at)}
          </div>
        ))}
      </div>
      {props.pages.length > 1 && (
        <nav class="tabs" aria-label={t().deck.pages}>
          {props.pages.map((page, at) => (
            <button key={at} class="chip" aria-current={at === props.at} onClick={() => props.go(at)}>
              {pageTitle(page.name)}
            </button>
          ))}
        </nav>
      )}
    </>
  );
}

function Grid({ page, facts, arranging, change }: { page: DeckPage; facts: Facts; arranging: boolean; change: (page: DeckPage) => void }) {
  const [edited, setEdited] = useState<DeckButton | null>(null);
  const [options, setOptions] = useState<DeckButton | null>(null);
  const { shown, bind } = useReorder(page.buttons, arranging, (buttons) => change({ ...page, buttons }));
  const put = (button: DeckButton) => {
    const known = page.buttons.some(({ id }) => id === button.id);
    change({ ...page, buttons: known ? page.buttons.map((old) => (old.id === button.id ? button : old)) : [...page.buttons, button] });
  };
  const remove = (button: DeckButton) => change({ ...page, buttons: page.buttons.filter(({ id }) => id !== button.id) });
  const texts = t().deck;
  return (
    <>
      <div class={`deck ${arranging ? "arranging" : ""}`}>
        {shown.map((button, index) => (
          <Key key={button.id} button={button} facts={facts} drag={arranging ? bind(index) : null} edit={() => setEdited(button)} hold={() => may("control") && setOptions(button)} />
        ))}
        {(arranging || page.buttons.length === 0) && may("control") && (
          <button class="key add" onClick={() => setEdited({ id: newId(), label: "", icon: null, colour: null, action: "", arguments: {} })}>
            <Icon name="add" size={28} />
            <span>{texts.add}</span>
          </button>
        )}
      </div>
      {edited && (
        <ButtonEditor
          button={edited}
          known={page.buttons.some(({ id }) => id === edited.id)}
          close={() => setEdited(null)}
          put={(button) => {
            put(button);
            setEdited(null);
          }}
          remove={() => {
            remove(edited);
            setEdited(null);
          }}
        />
      )}
      {options && (
        <Dialog small title={options.label || titleOf(options.action)} onClose={() => setOptions(null)}>
          <div class="tight">
            <button onClick={() => { setEdited(options); setOptions(null); }}>
              <Icon name="arrange" /> {texts.edit}
            </button>
            <button onClick={() => { put({ ...options, id: newId() }); setOptions(null); }}>
              <Icon name="add" /> {texts.copy}
            </button>
            <button class="danger" onClick={() => { remove(options); setOptions(null); }}>
              <Icon name="trash" /> {texts.remove}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

interface KeyProps {
  button: DeckButton;
  facts: Facts;
  /** While arranging: what makes the key movable. */
  drag: Record<string, unknown> | null;
  edit: () => void;
  hold: () => void;
}

function Key({ button, facts, drag, edit, hold }: KeyProps) {
  const [busy, run] = useWork();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const held = useRef(false);
  const lamp = lampOf(button, facts);
  const texts = t().deck;
  const wanted = pressOf(button, facts);
  const label = button.label || titleOf(wanted.action);
  const press = () => {
    if (drag) return edit();
    run(async () => {
      tap();
      if (wanted.ask && !(await confirm(texts.sure, texts.sureText(label), texts.yes))) return;
      await carryOut(wanted.action, wanted.arguments, wanted.ask && asksFirst(wanted.action));
    });
  };
  const begin = () => {
    held.current = false;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      held.current = true;
      liftQuietly();
      tap(20);
      hold();
    }, HOLD_MS);
  };
  const end = () => clearTimeout(timer.current);
  const word = lamp.word && texts.lamps[lamp.word];
  return (
    <button
      class={`key ${lamp.tone} ${button.colour ? "tinted" : ""}`}
      style={button.colour ? { "--tint": button.colour } : {}}
      aria-busy={busy}
      disabled={!may("control")}
      onClick={press}
      onContextMenu={(event) => {
        event.preventDefault();
        if (!held.current) hold();
      }}
      {...(drag ?? { onPointerDown: begin, onPointerUp: end, onPointerLeave: end, onPointerCancel: end, onPointerMove: (event: PointerEvent) => Math.hypot(event.movementX, event.movementY) > 6 && end() })}
    >
      {button.icon && deckIcons[button.icon] && <Icon node={deckIcons[button.icon] ?? []} size={28} />}
      <span class="label">{label}</span>
      <small class="word">{word}</small>
    </button>
  );
}

function PageTools(props: { page: DeckPage; many: number; change: (page: DeckPage) => void; add: () => void; remove: () => void }) {
  const texts = t().deck;
  return (
    <div class="row wrap tools">
      <input
        class="grow"
        aria-label={texts.pageName}
        value={pageTitle(props.page.name)}
        maxLength={40}
        onChange={(event) => event.currentTarget.value.trim() && props.change({ ...props.page, name: event.currentTarget.value.trim() })}
      />
      <button onClick={props.add}>
        <Icon name="add" /> {texts.addPage}
      </button>
      {props.many > 1 && (
        <button
          onClick={async () => {
            if (await confirm(texts.removePage, texts.removePageText(pageTitle(props.page.name)), texts.remove)) props.remove();
          }}
        >
          <Icon name="trash" /> {texts.removePage}
        </button>
      )}
    </div>
  );
}

function useFacts(): Facts {
  const sources = useSources();
  const macros = useLoaded((signal) => invoke("macro.list", {}, signal));
  useEffect(() => {
    const ends = [
      store.on("MacroChanged", (told) => macros.set((old) => withRun(old, told))),
      store.on("MacroDeleted", ({ macro_id }) => macros.set((old) => old.filter(({ id }) => id !== macro_id))),
    ];
    return () => ends.forEach((end) => end());
  }, []);
  const running = macros.data?.filter((macro) => macro.running) ?? [];
  return {
    ...sources,
    studio: store.state("StudioChanged").value?.studio,
    stream: store.state("StreamStateChanged").value,
    record: store.state("RecordStateChanged").value,
    playing: store.state("InstantReplayChanged").value?.clip_id ?? null,
    macros: new Set(running.map(({ id }) => id)),
  };
}
