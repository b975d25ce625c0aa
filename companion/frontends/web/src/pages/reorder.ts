import { useEffect, useRef, useState } from "preact/hooks";
import { tap } from "../preferences";

const MOVED_PX = 8;

/** A list whose elements are dragged to another place, or moved there with the arrow keys; `done` gets the new order. */
export function useReorder<T>(items: T[], active: boolean, done: (items: T[]) => void) {
  const [shown, setShown] = useState(items);
  const drag = useRef<{ from: number; x: number; y: number; moved: boolean } | null>(null);
  const order = useRef(shown);
  order.current = shown;
  useEffect(() => setShown(items), [items]);
  const move = (from: number, to: number): T[] => {
    const next = [...order.current];
    next.splice(to, 0, ...next.splice(from, 1));
    order.current = next;
    setShown(next);
    return next;
  };
  const bind = (at: number) => ({
    "data-at": at,
    onPointerDown: (event: PointerEvent) => {
      if (!active || event.button !== 0) return;
      drag.current = { from: at, x: event.clientX, y: event.clientY, moved: false };
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
    },
    onPointerMove: (event: PointerEvent) => {
      const going = drag.current;
      if (!going || (!going.moved && Math.hypot(event.clientX - going.x, event.clientY - going.y) < MOVED_PX)) return;
      going.moved = true;
      const under = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-at]");
      const to = Number(under?.getAttribute("data-at") ?? Number.NaN);
      if (Number.isNaN(to) || to === going.from) return;
      move(going.from, to);
      going.from = to;
      tap(5);
    },
    onPointerUp: () => {
      const going = drag.current;
      drag.current = null;
      if (going?.moved) done(order.current);
    },
    onPointerCancel: () => {
      drag.current = null;
      setShown(items);
    },
    onClickCapture: (event: MouseEvent) => {
      // The press that ends a drag is none.
      if (event.detail && justMoved.current) event.stopImmediatePropagation();
      justMoved.current = false;
    },
    onKeyDown: (event: KeyboardEvent) => {
      const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
      const to = at + (step ?? 0);
      if (!step || to < 0 || to >= order.current.length) return;
      event.preventDefault();
      done(move(at, to));
    },
  });
  const justMoved = useRef(false);
  useEffect(() => {
    const note = () => {
      justMoved.current = drag.current?.moved ?? false;
    };
    addEventListener("pointerup", note, { capture: true });
    return () => removeEventListener("pointerup", note, { capture: true });
  }, []);
  return { shown, bind };
}
