// What is true now, as the daemon's messages say it: a Snapshot, then events that each carry the full new value.
import { batch, signal, type Signal } from "@preact/signals";
import type { Component } from "../api/types";
import type { Events, EventType, Incoming, Me, Message, Snapshot } from "../api/types";

type Listener<T extends EventType> = (payload: Events[T], at: number) => void;

export class Store {
  readonly me = signal<Me | null>(null);
  readonly components = signal<ReadonlyMap<string, Component>>(new Map());
  /** Grows with every Snapshot: whoever keeps fetched lists fetches them again. */
  readonly epoch = signal(0);
  /** The id of the last message that was kept, where a new connection resumes. */
  last: number | null = null;
  /** The daemon's clock minus this device's, in milliseconds. */
  readonly clockOffset = signal(0);
  private readonly states = new Map<EventType, Signal<unknown>>();
  private readonly listeners = new Map<EventType, Set<Listener<EventType>>>();

  /** The newest payload of `type`; undefined when there was none yet. */
  state<T extends EventType>(type: T): Signal<Events[T] | undefined> {
    let found = this.states.get(type);
    if (!found) this.states.set(type, (found = signal(undefined)));
    return found as Signal<Events[T] | undefined>;
  }

  /** Call `listener` with every coming event of `type`; returns what ends that. */
  on<T extends EventType>(type: T, listener: Listener<T>): () => void {
    const kept = this.listeners.get(type) ?? new Set();
    this.listeners.set(type, kept.add(listener as Listener<EventType>));
    return () => void kept.delete(listener as Listener<EventType>);
  }

  take(message: Incoming): void {
    batch(() => {
      if (message.type === "Snapshot") this.replace(message);
      else this.add(message);
    });
  }

  private replace({ id, ts, payload }: Snapshot): void {
    this.last = id;
    this.clockOffset.value = ts * 1000 - Date.now();
    this.me.value = payload.me;
    this.components.value = new Map(
      Object.entries(payload.components).map(([name, component]) => [name, { name, ...component }]),
    );
    for (const [type, state] of this.states) if (!(type in payload.states)) state.value = undefined;
    for (const [type, value] of Object.entries(payload.states)) this.state(type as EventType).value = value as never;
    this.epoch.value += 1;
  }

  private add({ id, ts, type, payload }: Message): void {
    // A transient event has no place in the stream: its id may be that of the event before it.
    if (this.last !== null && id < this.last) return;
    this.last = id;
    if (type === "ComponentChanged") {
      const { component } = payload as Events["ComponentChanged"];
      this.components.value = new Map(this.components.value).set(component.name, component);
    }
    this.state(type).value = payload as never;
    for (const listener of this.listeners.get(type) ?? []) listener(payload, ts);
  }
}

export const store = new Store();
