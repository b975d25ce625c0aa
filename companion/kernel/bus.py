"""The event bus: `publish` never waits, never raises and never runs a reader's code."""

import asyncio
import dataclasses
import functools
import itertools
import json
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import suppress
from typing import Any, ClassVar, Self, TypeVar

from pydantic import TypeAdapter

from companion.kernel.scope import Scope

HISTORY = 2048
"""How many events are kept for readers that come back with the id of the last one they saw."""


@dataclasses.dataclass(frozen=True)
class Event:
    """Base of all facts; subclasses are frozen dataclasses that carry the full new value.

    `audience` is the least scope that may see it. `is_state` says that the newest one is part of the present state,
    which a reader that comes later is given. A `transient` one is not kept, and reaches only those who asked for its
    kind or watch its topic (`watch`; empty: a matter of the daemon's own parts).
    """

    audience: ClassVar[Scope] = Scope.VIEW
    is_state: ClassVar[bool] = False
    transient: ClassVar[bool] = False
    watch: ClassVar[str] = ""

    def for_viewers(self) -> Self:
        """What of it those are told who may only look: nothing of where files are on the PC."""
        return self


@dataclasses.dataclass(frozen=True)
class WatchChanged(Event):
    """Somebody watches `topic` now, or nobody does any more."""

    transient: ClassVar[bool] = True

    topic: str
    watched: bool


E = TypeVar("E", bound=Event)


@dataclasses.dataclass(frozen=True)
class Envelope:
    """An event with its place in the stream; `id` grows by one, `ts` is Unix time in seconds.

    A transient event bears the id of the last one that is kept, so that a reader resumes after that.
    """

    id: int
    ts: float
    event: Event

    @property
    def type(self) -> str:
        return type(self.event).__name__

    def as_json(self) -> dict[str, Any]:
        """`{id, ts, type, payload}` in JSON's own types."""
        return {"id": self.id, "ts": self.ts, "type": self.type, "payload": payload(self.event)}

    @functools.cached_property
    def text(self) -> str:
        """The same as JSON text, made once for all readers."""
        return json.dumps(self.as_json(), ensure_ascii=False)

    @functools.cached_property
    def for_viewers(self) -> "Envelope":
        """The same for those who may only look, made once for all of them."""
        event = self.event.for_viewers()
        return self if event is self.event else dataclasses.replace(self, event=event)

    def seen_by(self, audience: Scope) -> "Envelope":
        return self if audience > Scope.VIEW else self.for_viewers


def payload(event: Event) -> dict[str, Any]:
    """The event's fields in JSON's own types."""
    kind = type(event)
    adapter = _ADAPTERS.get(kind) or _ADAPTERS.setdefault(kind, TypeAdapter(kind))
    fields: dict[str, Any] = adapter.dump_python(event, mode="json")
    return fields


# Building an adapter costs a thousand times more than using it.
_ADAPTERS: dict[type[Event], TypeAdapter[Any]] = {}


class Subscription:
    """One reader's bounded queue; iterate it, and look at `take_missed()` to learn of a gap."""

    def __init__(self, kinds: tuple[type[Event], ...], size: int, audience: Scope, watch: frozenset[str]) -> None:
        self._kinds = kinds
        self._size = size
        self._audience = audience
        self.watch = watch
        self._queue: deque[Envelope] = deque()
        self._arrived = asyncio.Event()
        self._missed = 0

    def offer(self, envelope: Envelope) -> None:
        if not self._wants(envelope.event):
            return
        if len(self._queue) >= self._size:
            self._queue.popleft()
            self._missed += 1
        self._queue.append(envelope.seen_by(self._audience))
        self._arrived.set()

    def take_missed(self) -> int:
        """How many events were dropped since the last call; above 0 the reader must fetch the state anew."""
        missed, self._missed = self._missed, 0
        return missed

    def take_waiting(self) -> list[Envelope]:
        """All that came and was not read yet."""
        waiting = list(self._queue)
        self._queue.clear()
        return waiting

    async def get(self) -> Envelope:
        """Wait for the next event."""
        while not self._queue:
            self._arrived.clear()
            await self._arrived.wait()
        return self._queue.popleft()

    async def __aiter__(self) -> AsyncIterator[Envelope]:
        while True:
            yield await self.get()

    def _wants(self, event: Event) -> bool:
        if event.audience > self._audience:
            return False
        if self._kinds:
            return isinstance(event, self._kinds)
        return not event.transient or event.watch in self.watch


class Bus:
    """Passes events from whoever publishes to whoever subscribed; lives on one event loop."""

    def __init__(self) -> None:
        # Ids start at the clock's milliseconds, so those of a later run are always higher than an earlier run's.
        self._next_id = int(time.time() * 1000)
        self._history: deque[Envelope] = deque(maxlen=HISTORY)
        self._subscriptions: list[Subscription] = []
        self._latest: dict[type[Event], Event] = {}
        self._watchers: Counter[str] = Counter()

    @property
    def last_id(self) -> int:
        return self._next_id - 1

    @property
    def oldest_id(self) -> int:
        """The id of the oldest event that is kept, or of the next one when none is."""
        return self._history[0].id if self._history else self._next_id

    def publish(self, event: Event) -> None:
        """Hand `event` to every subscriber's queue."""
        if event.transient:
            envelope = Envelope(self.last_id, time.time(), event)
        else:
            envelope = Envelope(self._next_id, time.time(), event)
            self._next_id += 1
            # A copy: the text that its readers share goes when they have read it.
            self._history.append(dataclasses.replace(envelope))
        self._latest[type(event)] = event
        for subscription in self._subscriptions:
            subscription.offer(envelope)

    def latest(self, kind: type[E]) -> E | None:
        """The newest event of `kind`, for a reader that comes later; None when there was none yet."""
        event = self._latest.get(kind)
        return event if isinstance(event, kind) else None

    def states(self, audience: Scope) -> list[Event]:
        """The newest event of each kind that is part of the present state and that `audience` may see."""
        found = [event for kind, event in self._latest.items() if kind.is_state and kind.audience <= audience]
        return found if audience > Scope.VIEW else [event.for_viewers() for event in found]

    def subscribe(
        self,
        *kinds: type[Event],
        size: int = 256,
        audience: Scope = Scope.ADMIN,
        watch: Collection[str] = (),
    ) -> Subscription:
        """Start to collect events of `kinds` (none given: all that are kept, and what `watch` names).

        End it with `unsubscribe`.
        """
        subscription = Subscription(kinds, size, audience, frozenset(watch))
        self._subscriptions.append(subscription)
        self._count(subscription.watch, 1)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        with suppress(ValueError):
            self._subscriptions.remove(subscription)
            self._count(subscription.watch, -1)

    def watched(self, topic: str) -> bool:
        """Whether somebody watches `topic` now; `WatchChanged` tells when that changes."""
        return self._watchers[topic] > 0

    def since(self, last_seen: int, audience: Scope = Scope.ADMIN) -> list[Envelope] | None:
        """All events after `last_seen`, as `audience` may see them, or None when some of them are no longer kept."""
        if not self.oldest_id - 1 <= last_seen <= self.last_id:
            return None
        newer = itertools.takewhile(lambda envelope: envelope.id > last_seen, reversed(self._history))
        mine = [envelope for envelope in newer if envelope.event.audience <= audience]
        return [dataclasses.replace(envelope).seen_by(audience) for envelope in reversed(mine)]

    def _count(self, topics: Iterable[str], change: int) -> None:
        for topic in topics:
            before = self.watched(topic)
            self._watchers[topic] += change
            if before != self.watched(topic):
                self.publish(WatchChanged(topic, watched=not before))
