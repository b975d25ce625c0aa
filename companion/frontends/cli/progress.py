"""Progress bars: on the terminal's error stream, fed by the daemon's own `…Progressed` events."""

import asyncio
import contextlib
import json
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from companion.kernel.printable import printable

if TYPE_CHECKING:
    from rich.progress import Progress

    from companion.frontends.cli.client import Daemon


@contextlib.contextmanager
def following(daemon: "Daemon", *, wanted: bool) -> Iterator[None]:
    """Show what the daemon works on while the body waits for its answer; nothing without a terminal."""
    if not wanted or not sys.stderr.isatty():
        yield
        return
    # Beside the request, not before it: the moment that is asked for must not wait for a progress bar.
    follower = _Follower(daemon)
    try:
        yield
    finally:
        follower.end()


@contextlib.contextmanager
def bar(title: str, *, wanted: bool) -> Iterator[Callable[[str, float], None]]:
    """A bar for local work: call it with the step's name and its fraction."""
    if not wanted or not sys.stderr.isatty():
        yield lambda _step, _fraction: None
        return
    with _progress() as shown:
        task = shown.add_task(title := printable(title), total=1.0)
        yield lambda step, fraction: shown.update(task, description=f"{title}: {step}", completed=fraction)


class _Follower:
    """Reads /ws on a thread of its own, so that Ctrl-C still reaches the request on the main one."""

    def __init__(self, daemon: "Daemon") -> None:
        self._daemon = daemon
        self._loop = asyncio.new_event_loop()
        self._ended = threading.Event()
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="progress", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Take the bars away; waits until they are gone, so that the answer is printed below."""
        self._ended.set()
        with contextlib.suppress(RuntimeError):  # the thread may have closed its loop already
            self._loop.call_soon_threadsafe(self._cancel)
        self._thread.join(2.0)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _run(self) -> None:
        with contextlib.closing(self._loop):
            self._task = self._loop.create_task(self._follow())
            with contextlib.suppress(asyncio.CancelledError, OSError):
                self._loop.run_until_complete(self._task)

    async def _follow(self) -> None:
        import aiohttp

        if self._ended.is_set():
            return
        headers = {"Authorization": f"Bearer {self._daemon.token}"}
        url = f"http://127.0.0.1:{self._daemon.port}/ws"
        try:
            async with aiohttp.ClientSession(headers=headers) as session, session.ws_connect(url) as socket:
                with _progress() as shown:
                    bars: dict[Any, Any] = {}
                    async for message in socket:
                        _show(shown, bars, json.loads(message.data))
        except aiohttp.ClientError:
            return  # the bars are a courtesy: the request itself tells what is wrong


def _show(shown: "Progress", bars: dict[Any, Any], event: dict[str, Any]) -> None:
    if not event["type"].endswith("Progressed"):
        return
    payload = event["payload"]
    number = next((value for name, value in payload.items() if name.endswith("_id")), "")
    title = printable(f"{event['type'].removesuffix('Progressed')} {number}: {payload['step']}")
    if number not in bars:
        bars[number] = shown.add_task(title, total=1.0)
    shown.update(bars[number], description=title, completed=payload["fraction"])


def _progress() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
