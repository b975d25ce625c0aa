"""The event bus: `publish` never waits, never raises and never runs a reader's code."""

import asyncio
import dataclasses
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from typing import Any, TypeVar

from pydantic import TypeAdapter

HISTORY = 2048
"""How many events are kept for readers that come back with the id of the last one they saw."""


@dataclasses.dataclass(frozen=True)
class Event:
    """Base of all facts; subclasses are frozen dataclasses that carry the full new value."""


E = TypeVar("E", bound=Event)


@dataclasses.dataclass(frozen=True)
class Envelope:
    """An event with its place in the stream; `id` grows by one, `ts` is Unix time in seconds."""

    id: int
    ts: float
    event: Event

    @property
    def type(self) -> str:
        return type(self.event).__name__

    def as_json(self) -> dict[str, Any]:
        """`{id, ts, type, payload}` in JSON's own types."""
        kind = type(self.event)
        adapter = _ADAPTERS.get(kind) or _ADAPTERS.setdefault(kind, TypeAdapter(kind))
        return {
            "id": self.id,
            "ts": self.ts,
            "type": self.type,
            "payload": adapter.dump_python(self.event, mode="json"),
        }


# Building an adapter costs a thousand times more than using it.
_ADAPTERS: dict[type[Event], TypeAdapter[Any]] = {}


class Subscription:
    """One reader's bounded queue; iterate it, and look at `take_missed()` to learn of a gap."""

    def __init__(self, kinds: tuple[type[Event], ...], size: int) -> None:
        self._kinds = kinds
        self._size = size
        self._queue: deque[Envelope] = deque()
        self._arrived = asyncio.Event()
        self._missed = 0

    def offer(self, envelope: Envelope) -> None:
        if self._kinds and not isinstance(envelope.event, self._kinds):
            return
        if len(self._queue) >= self._size:
            self._queue.popleft()
            self._missed += 1
        self._queue.append(envelope)
        self._arrived.set()

    def take_missed(self) -> int:
        """How many events were dropped since the last call; above 0 the reader must fetch the state anew."""
        missed, self._missed = self._missed, 0
        return missed

    async def get(self) -> Envelope:
        """Wait for the next event."""
        while not self._queue:
            self._arrived.clear()
            await self._arrived.wait()
        return self._queue.popleft()

    async def __aiter__(self) -> AsyncIterator[Envelope]:
        while True:
            yield await self.get()


class Bus:
    """Passes events from whoever publishes to whoever subscribed; lives on one event loop."""

    def __init__(self) -> None:
        # Ids start at the clock's milliseconds, so those of a later run are always higher than an earlier run's.
        self._next_id = int(time.time() * 1000)
        self._history: deque[Envelope] = deque(maxlen=HISTORY)
        self._subscriptions: list[Subscription] = []
        self._latest: dict[type[Event], Event] = {}

    @property
    def last_id(self) -> int:
        return self._next_id - 1

    @property
    def oldest_id(self) -> int:
        """The id of the oldest event that is kept, or of the next one when none is."""
        return self._history[0].id if self._history else self._next_id

    def publish(self, event: Event) -> None:
        """Hand `event` to every subscriber's queue."""
        envelope = Envelope(self._next_id, time.time(), event)
        self._next_id += 1
        self._history.append(envelope)
        self._latest[type(event)] = event
        for subscription in self._subscriptions:
            subscription.offer(envelope)

    def latest(self, kind: type[E]) -> E | None:
        """The newest event of `kind`, for a reader that comes later; None when there was none yet."""
        event = self._latest.get(kind)
        return event if isinstance(event, kind) else None

    def subscribe(self, *kinds: type[Event], size: int = 256) -> Subscription:
        """Start to collect events of `kinds` (none given: all); end it with `unsubscribe`."""
        subscription = Subscription(kinds, size)
        self._subscriptions.append(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        with suppress(ValueError):
            self._subscriptions.remove(subscription)

    def since(self, last_seen: int) -> Iterable[Envelope] | None:
        """All events after `last_seen`, or None when some of them are no longer kept."""
        if last_seen > self.last_id:
            return None
        if last_seen < self.oldest_id - 1:
            return None
        return [envelope for envelope in self._history if envelope.id > last_seen]
