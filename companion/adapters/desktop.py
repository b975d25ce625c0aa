"""What all desktop parts share: where the assets are, what kind of session this is, how a file is opened."""

import asyncio
import dataclasses
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import companion
from companion.kernel.errors import Failed, NotFound, Unavailable
from companion.kernel.offload import WorkerThread, end_process, start_process
from companion.kernel.status import Health

Report = Callable[[str, Health, str, str], None]
"""How an adapter says what became of it: state, health, detail, remedy."""

OPEN_SECONDS = 10.0


def asset(name: str) -> Path:
    """The file `name` (`icons/app-64.png`) in the installed package, or in the checkout that runs."""
    package = Path(companion.__file__).parent
    installed = package / "assets" / name
    return installed if installed.exists() else package.parent / "assets" / name


@dataclasses.dataclass(frozen=True)
class Session:
    """The graphical session: the X display (empty where there is none) and whether Wayland draws the screen."""

    display: str
    wayland: bool

    @classmethod
    def find(cls, environment: Mapping[str, str]) -> "Session":
        wayland = environment.get("XDG_SESSION_TYPE") == "wayland" or bool(environment.get("WAYLAND_DISPLAY"))
        return cls(environment.get("DISPLAY", ""), wayland)


async def open_path(path: Path) -> None:
    """Open a file or folder with the program that the user chose for it."""
    if not os.path.exists(path):  # noqa: ASYNC240, PTH110 - one look at a local file
        raise NotFound("file_not_found", f"{path.name} is not there any more.", "It was moved or deleted outside.")
    if sys.platform == "win32":
        worker = WorkerThread("open")
        try:
            await worker.call(os.startfile, path)
        finally:
            worker.close()
        return
    opener = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
    if opener is None:
        raise Unavailable("no_opener", f"No program is there to open {path}.", "Install the package xdg-utils.")
    process = await start_process([opener, str(path)])
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            _, problem = await process.communicate()
    except TimeoutError:
        return  # some openers stay as long as the program that they started
    except asyncio.CancelledError:
        await end_process(process)
        raise
    if process.returncode:
        reason = problem.decode(errors="replace").strip().splitlines()
        raise Failed("open_failed", f"{path} could not be opened: {reason[-1] if reason else 'no reason given'}.")
