"""Runs an ObsLink for a test, and waits for what it should show."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from companion.adapters.obs.config import ObsCredentials
from companion.adapters.obs.link import ObsLink
from companion.domain.events import ObsConnectionChanged, ObsState
from companion.kernel.bus import Bus, Event
from companion.kernel.status import Component, StatusBoard

E = TypeVar("E", bound=Event)

TICK_SECONDS = 0.02


class Rig:
    """A link with everything around it; `credentials` may be changed at any time."""

    def __init__(self, credentials: ObsCredentials, ask: Callable[[], Awaitable[ObsCredentials]] | None) -> None:
        self.credentials = credentials
        self.bus = Bus()
        self.board = StatusBoard(self.bus)
        self.link = ObsLink(self.bus, self.board, ask or self._give)
        self._reader = self.bus.subscribe(size=100_000, watch={"stats"})

    def component(self) -> Component:
        component = self.board.get("obs")
        assert component is not None
        return component

    def seen(self) -> list[Event]:
        """All that was published so far."""
        assert self._reader.take_missed() == 0
        return [envelope.event for envelope in self._reader._queue]

    def events(self, kind: type[E]) -> list[E]:
        return [event for event in self.seen() if isinstance(event, kind)]

    def told_at(self, event: Event) -> float:
        """When `event` was published (Unix seconds)."""
        return next(envelope.ts for envelope in self._reader._queue if envelope.event is event)

    def states(self) -> list[ObsState]:
        return [event.state for event in self.events(ObsConnectionChanged)]

    async def until_state(self, state: ObsState, seconds: float = 30.0) -> None:
        await until(lambda: self.link.state is state, seconds, lambda: f"{state}; it is {self.link.state}")

    async def until_event(self, event: Event, seconds: float = 30.0, *, after: int = 0) -> None:
        """Until `event` was published, not counting the first `after` events."""
        await until(lambda: event in self.seen()[after:], seconds, lambda: f"{event}; there were {self.seen()[after:]}")

    async def _give(self) -> ObsCredentials:
        return self.credentials


@contextlib.asynccontextmanager
async def linked(
    url: str,
    password: str | None = None,
    *,
    obs_password: str | None = None,
    ask: Callable[[], Awaitable[ObsCredentials]] | None = None,
) -> AsyncIterator[Rig]:
    """A running link to `url`, or to what `ask` says at each attempt."""
    rig = Rig(ObsCredentials(url, password, "the settings", obs_password=obs_password), ask)
    ready = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(rig.link.run(ready.set))
        await ready.wait()
        yield rig
        task.cancel()


async def until(condition: Callable[[], bool], seconds: float, what: Callable[[], str]) -> None:
    """Poll `condition` until it holds; fails after `seconds`."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"waited {seconds:g} s for {what()}")
        await asyncio.sleep(0.02)


async def stays(condition: Callable[[], bool], seconds: float, what: Callable[[], str]) -> None:
    """Poll `condition` for `seconds`; fails as soon as it does not hold."""
    deadline = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < deadline:
        assert condition(), what()
        await asyncio.sleep(0.02)


class Starvation:
    """How long this process was kept from running since `ticking` began: no promise of the product covers that."""

    def __init__(self) -> None:
        self._lost = 0.0
        self._ticked_at = time.monotonic()

    @property
    def seconds(self) -> float:
        return self._lost + self._late()

    def _late(self) -> float:
        """How late the next tick is; what each is late by itself is none."""
        late = time.monotonic() - self._ticked_at - TICK_SECONDS
        return late if late > TICK_SECONDS else 0.0

    async def tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self._lost += self._late()
            self._ticked_at = time.monotonic()


@contextlib.asynccontextmanager
async def ticking() -> AsyncIterator[Starvation]:
    """Tells of a time that a test measures how much of it the machine gave to others."""
    starvation = Starvation()
    task = asyncio.create_task(starvation.tick())
    try:
        yield starvation
    finally:
        task.cancel()
