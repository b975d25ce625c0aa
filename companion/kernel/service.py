"""Services and the supervisor that starts, watches, restarts and stops them."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from companion.kernel.errors import CompanionError, Failed
from companion.kernel.status import Health, StatusBoard

log = logging.getLogger(__name__)

Ready = Callable[[], None]

START_SECONDS = 30.0
STOP_SECONDS = 8.0
CRASHES_ALLOWED = 5
CRASH_WINDOW_SECONDS = 300.0
BACKOFF_SECONDS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)


class Service(Protocol):
    """A loop that runs as long as the daemon does."""

    @property
    def name(self) -> str:
        """The component's name on the status board."""

    @property
    def essential(self) -> bool:
        """Whether the app must end when this service cannot run."""

    async def run(self, ready: Ready) -> None:
        """Set up, call `ready()`, work until cancelled, clean up in `finally`."""


class Supervisor:
    """Runs services: in order up, in reverse order down, restarting what crashes."""

    def __init__(
        self,
        services: Sequence[Service],
        board: StatusBoard,
        *,
        backoff_seconds: Sequence[float] = BACKOFF_SECONDS,
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        self._services = services
        self._board = board
        self._backoff = backoff_seconds
        self._stop_seconds = stop_seconds

    async def run(self, stop: asyncio.Event, started: Callable[[], None] = lambda: None) -> None:
        """Run until `stop` is set or an essential service fails (its error is raised)."""
        tasks: list[tuple[Service, asyncio.Task[None]]] = []
        stopping = asyncio.create_task(stop.wait(), name="stop")
        try:
            for service in self._services:
                ready = asyncio.Event()
                task = asyncio.create_task(self._keep(service, ready), name=service.name)
                tasks.append((service, task))
                waiting = asyncio.create_task(ready.wait(), name=f"{service.name}-ready")
                try:
                    # The rest builds on an essential service, so that one is waited for as long as it takes.
                    patience = None if service.essential else START_SECONDS
                    await asyncio.wait({waiting, stopping, task}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    waiting.cancel()
                if stop.is_set():
                    return
                if task.done():
                    task.result()
                elif not ready.is_set():
                    log.warning("%s is not ready after %.0f s; going on without it", service.name, START_SECONDS)
            started()
            essential: list[asyncio.Task[Any]] = [task for service, task in tasks if service.essential]
            done, _ = await asyncio.wait([*essential, stopping], return_when=asyncio.FIRST_COMPLETED)
            for finished in done - {stopping}:
                finished.result()
        finally:
            stopping.cancel()
            for service, task in reversed(tasks):
                await self._end(service, task)

    async def _keep(self, service: Service, ready: asyncio.Event) -> None:
        """Run `service`, again and again while it crashes; an essential one's error is raised."""
        crashes: list[float] = []

        def is_ready() -> None:
            told = self._board.get(service.name)
            if told is not None and told.state == "restarting":  # not every service says more of itself
                self._board.set(service.name, "running", Health.OK)
            ready.set()

        while True:
            try:
                await service.run(is_ready)
                return
            except asyncio.CancelledError:
                raise
            except Exception as error:
                if service.essential:
                    raise
                log.exception("%s crashed", service.name)
                now = time.monotonic()
                crashes = [at for at in crashes if now - at < CRASH_WINDOW_SECONDS] + [now]
                reason = _reason(error)
                if len(crashes) >= CRASHES_ALLOWED:
                    self._board.set(
                        service.name,
                        "failed",
                        Health.FAILED,
                        reason,
                        "Restart the companion; if it persists, see the log.",
                    )
                    ready.set()
                    return
                delay = self._backoff[min(len(crashes), len(self._backoff)) - 1]
                self._board.set(service.name, "restarting", Health.ATTENTION, f"{reason} Trying again in {delay:g} s.")
                ready.set()
                await asyncio.sleep(delay)

    async def _end(self, service: Service, task: asyncio.Task[None]) -> None:
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=self._stop_seconds)
        if not done:
            log.error("%s did not stop within %.0f s; left behind", service.name, self._stop_seconds)
            return
        if not task.cancelled() and (error := task.exception()) and not service.essential:
            log.error("%s failed while stopping", service.name, exc_info=error)


def _reason(error: Exception) -> str:
    """What to tell of a crash; a task group's error is the first one that is in it."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    # Of foreign errors the kind alone: their words may hold paths, and anybody on this computer may read the board.
    return error.message if isinstance(error, CompanionError) else f"{type(error).__name__}, see the log."


def require_started(value: object | None, name: str) -> None:
    """Refuse to use a part of the app before its service has set it up."""
    if value is None:
        raise Failed("not_started", f"{name} is not running yet.", "Try again in a moment.")
