"""The keyboard of the whole desktop, listened to by pynput; a game still receives every key.

On X11 pynput reads a copy of the key events (the RECORD extension) and grabs nothing. A combination that another
program grabbed therefore still reaches us, and that program too: `conflicts` finds those.
"""

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from typing import Any, ParamSpec

from companion.adapters.desktop.combination import Combination, Matcher, canonical
from companion.adapters.desktop.desk import EXTRA_KEYS, Desk, no_display
from companion.kernel.errors import Failed
from companion.kernel.offload import WorkerThread

log = logging.getLogger(__name__)

P = ParamSpec("P")

STOP_SECONDS = 2.0

Fired = Callable[[Combination, float], None]
"""Called in the event loop with the combination and the Unix time of the press."""


class Listening:
    """A running listener."""

    def __init__(self, worker: WorkerThread, combinations: Collection[Combination]) -> None:
        self._worker = worker
        self._combinations = combinations
        self._died = asyncio.Event()
        self._reason = ""

    async def conflicts(self) -> dict[Combination, str]:
        """Which of the combinations are not ours alone, and why."""
        return await self._worker.call(_conflicts, self._combinations)

    async def watch(self, seconds: float) -> None:
        """Wait `seconds`; raises Failed `hotkeys_died` as soon as the listener is dead."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._died.wait()
                raise Failed("hotkeys_died", f"The keyboard listener ended unexpectedly ({self._reason}).")

    def died(self, reason: str) -> None:
        self._reason = reason
        self._died.set()


class Keyboard:
    """Listens for combinations, wherever the focus is."""

    @asynccontextmanager
    async def listening(self, combinations: Collection[Combination], fired: Fired) -> AsyncIterator[Listening]:
        """Listen as long as the context lasts; raises Unavailable where no keyboard can be listened to."""
        loop = asyncio.get_running_loop()

        def in_loop(function: Callable[P, object], *arguments: P.args, **named: P.kwargs) -> None:
            with suppress(RuntimeError):  # the loop may be closed already: nobody is there to be told
                loop.call_soon_threadsafe(function, *arguments)

        worker = WorkerThread("hotkeys")
        try:
            running = Listening(worker, combinations)
            stop = await worker.call(
                _start,
                combinations,
                lambda made, at: in_loop(fired, made, at),
                lambda reason: in_loop(running.died, reason),
            )
            try:
                yield running
            finally:
                await worker.call(stop)
        finally:
            worker.close()


def open_desk() -> Desk:
    """The platform's keyboard; raises Unavailable `no_display` or `no_permission`."""
    if sys.platform == "win32":
        from companion.adapters.desktop.keys_windows import WindowsDesk

        return WindowsDesk()
    if sys.platform == "darwin":
        from companion.adapters.desktop.keys_macos import MacDesk

        return MacDesk()
    from companion.adapters.desktop.keys_x11 import XDesk

    return XDesk()


def _conflicts(combinations: Collection[Combination]) -> dict[Combination, str]:
    desk = open_desk()
    try:
        return desk.conflicts(combinations)
    finally:
        desk.close()


def _start(combinations: Collection[Combination], fired: Fired, died: Callable[[str], None]) -> Callable[[], None]:
    """Start pynput's listener on its own thread, wait until it listens, and return what stops it."""
    desk = open_desk()  # first: it says best why there is no keyboard
    keyboard = _pynput_keyboard()
    matcher = Matcher(combinations, desk.is_down)
    ended = threading.Event()

    class Listener(keyboard.Listener):  # type: ignore[misc, name-defined]
        """Says so when it ends, however that happens."""

        def run(self) -> None:
            reason = "without a reason"
            try:
                super().run()
            except Exception as error:  # noqa: BLE001 - another's thread: whatever ended it is passed on
                reason = f"{type(error).__name__}: {error}"
                _close_displays(self)
            finally:
                ended.set()
                self._mark_ready()  # who waits for a start that failed must not wait for ever
                died(reason)

    def press(key: Any) -> None:
        if (name := _name(keyboard, listener, desk, key)) and (made := matcher.press(name, time.monotonic())):
            fired(made, time.time())

    def release(key: Any) -> None:
        if name := _name(keyboard, listener, desk, key):
            matcher.release(name)

    def stop() -> None:
        try:
            if not ended.is_set():
                listener.stop()
                _end_recording(listener)
            ended.wait(STOP_SECONDS)
        except Exception as error:  # noqa: BLE001 - it stops in any case: its thread ends with its connection
            log.debug("stopping the keyboard listener: %s", error)
        finally:
            desk.close()

    listener = Listener(on_press=press, on_release=release)
    listener.start()
    listener.wait()
    return stop


def _end_recording(listener: Any) -> None:
    """Ask the X server for the end by a free connection: pynput asks by the one that listens, which hears nothing."""
    if (control := getattr(listener, "_display_stop", None)) and (context := getattr(listener, "_context", None)):
        control.record_disable_context(context)
        control.flush()


def _close_displays(listener: Any) -> None:
    """Close what pynput leaves open when its connection to the X server was cut."""
    for name in ("_display_stop", "_display_record"):
        if display := getattr(listener, name, None):
            display.display.socket.close()


def _pynput_keyboard() -> Any:
    os.environ.setdefault("PYNPUT_BACKEND_MOUSE", "dummy")  # the mouse is imported too, and its back end costs memory
    try:
        from pynput import keyboard
    except ImportError as error:
        raise no_display(str(error).splitlines()[0]) from error
    return keyboard


def _name(keyboard: Any, listener: Any, desk: Desk, key: Any) -> str | None:
    """The name by which combinations know a key of pynput; None for a key that no combination can have."""
    if isinstance(key, keyboard.Key):
        return canonical(key.name)
    if key is None:
        return None
    if key.vk in EXTRA_KEYS and key.char is None:
        return EXTRA_KEYS[key.vk]
    plain = desk.plain(key.vk) if key.vk is not None else None
    character = plain or listener.canonical(key).char
    return character.lower() if character else None
