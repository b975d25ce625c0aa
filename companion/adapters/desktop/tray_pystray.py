"""The tray icon on Windows and macOS, by pystray, whose event loop wants the main thread there.

`app.py` therefore hands the main thread over: `run_beside(tray, serve)` runs `serve`, with its asyncio loop, on a
second thread and pystray on this one, until `serve` returns. On Linux the tray lives in the event loop: no thread.
"""

import asyncio
import functools
import queue
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from companion.adapters.desktop.files import asset
from companion.adapters.desktop.tray import Look, MenuItem, TrayView
from companion.kernel.offload import WorkerThread
from companion.kernel.status import Health, Report

R = TypeVar("R")

NEEDS_MAIN_THREAD = sys.platform in ("win32", "darwin")
STOP_SECONDS = 0.5
STOP_TRIES = 5
TITLE_LETTERS = 120
"""Windows takes 127 characters as a tooltip, and refuses longer ones."""


def run_beside(tray: "PystrayTray", serve: Callable[[], R]) -> R:
    """Run `serve` on a second thread while `tray` has this, the main, thread; returns or raises what `serve` does."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="companion") as pool:
        served = pool.submit(serve)
        served.add_done_callback(lambda _: tray.release_main_thread())
        tray.own_main_thread()
        return served.result()


class PystrayTray:
    """pystray's icon: drawn on the main thread, told what to show from the event loop."""

    def __init__(self) -> None:
        self._orders: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._news = asyncio.Event()
        self._view: TrayView | None = None
        self._icon: Any = None
        self._looks: Look | None = None

    def own_main_thread(self) -> None:
        """Run the icon's loop whenever an icon is wanted; returns after `release_main_thread`."""
        while order := self._orders.get():
            order()

    def release_main_thread(self) -> None:
        """Let `own_main_thread` return; may be called from any thread."""
        self._orders.put(None)

    def show(self, view: TrayView) -> None:
        self._view = view
        self._news.set()

    async def run(self, report: Report) -> None:
        loop = asyncio.get_running_loop()
        ready, ended = asyncio.Event(), asyncio.Event()
        problems: list[str] = []

        def icon_loop() -> None:
            try:
                self._icon = _icon()
                self._icon.run(setup=lambda icon: loop.call_soon_threadsafe(ready.set))
            except Exception as error:  # noqa: BLE001 - whatever the system's bindings raise means: no tray
                problems.append(f"{type(error).__name__}: {error}")
            finally:
                self._icon = self._looks = None
                with suppress(RuntimeError):  # the event loop may have been closed before
                    loop.call_soon_threadsafe(ended.set)
                    loop.call_soon_threadsafe(ready.set)

        worker = WorkerThread("tray")
        self._orders.put(icon_loop)
        try:
            await ready.wait()
            if not ended.is_set():
                report("shown", Health.OK, "", "")
                await self._follow(worker, ended)
            reason = problems[0] if problems else "it ended"
            report("no_tray", Health.OFF, f"The system shows no tray icon: {reason}.", "Restart the companion.")
            await asyncio.Event().wait()
        finally:
            await self._stop(worker, ended)
            worker.close()

    async def _stop(self, worker: WorkerThread, ended: asyncio.Event) -> None:
        """End the icon's loop, from the thread that changes it: a toolkit may stand still where two ask it at once.

        Asked again, as a loop that only begins takes no notice.
        """
        for _ in range(STOP_TRIES):
            if ended.is_set():
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS):
                    if icon := self._icon:
                        await worker.call(_in_tray, icon.stop)
                    await ended.wait()

    async def _follow(self, worker: WorkerThread, ended: asyncio.Event) -> None:
        """Show each new view until the icon ended."""
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:

            async def update() -> None:
                while True:
                    await self._news.wait()
                    self._news.clear()
                    if self._view is not None:
                        await worker.call(_in_tray, functools.partial(self._apply, self._view, loop))

            updating = group.create_task(update(), name="tray-updates")
            self._news.set()
            await ended.wait()
            updating.cancel()

    def _apply(self, view: TrayView, loop: asyncio.AbstractEventLoop) -> None:
        from PIL import Image
        from pystray import Menu

        icon = self._icon
        if icon is None:
            return
        if view.look is not self._looks:
            with Image.open(asset(f"icons/tray-{view.look.value}-{_pixels()}.png")) as image:
                icon.icon = image.copy()
            self._looks = view.look
        icon.title = f"{view.title}: {view.detail}"[:TITLE_LETTERS]
        icon.menu = Menu(*(_item(item, loop) for item in view.menu))
        icon.visible = True


def _icon() -> Any:
    from PIL import Image
    from pystray import Icon

    with Image.open(asset(f"icons/tray-off-{_pixels()}.png")) as image:
        return Icon("fluxboard-companion", image.copy(), "FluxBoard Companion")


def _item(item: MenuItem, loop: asyncio.AbstractEventLoop) -> Any:
    from pystray import Menu
    from pystray import MenuItem as Line

    if not item.label:
        return Menu.SEPARATOR
    run = item.run
    label = item.label.replace("&", "&&") if sys.platform == "win32" else item.label  # a single one marks an access key
    if run is None:
        return Line(label, None, enabled=False)
    return Line(label, lambda: loop.call_soon_threadsafe(run))


def _in_tray(update: Callable[[], None]) -> None:
    """Run `update` where the system allows it: on macOS the main thread only."""
    if sys.platform == "darwin":
        from PyObjCTools import AppHelper

        AppHelper.callAfter(update)
    else:
        update()


def _pixels() -> int:
    """The icon size that the system draws without scaling, or the largest that we have."""
    if sys.platform == "win32":
        import ctypes

        small_icon = 49
        wanted = ctypes.windll.user32.GetSystemMetrics(small_icon)
        return next((size for size in (16, 22, 24, 32, 48) if size >= wanted), 64)
    return 64
