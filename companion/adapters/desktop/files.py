"""Files that the desktop shows: our own icons and sounds, and the user's, opened with the program of their choice."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

import companion
from companion.kernel.errors import Failed, NotFound, Unavailable
from companion.kernel.offload import WorkerThread, end_process, start_process

OPEN_SECONDS = 10.0


def asset(name: str) -> Path:
    """The file `name` (`icons/app-64.png`) in the installed package, or in the checkout that runs."""
    package = Path(companion.__file__).parent
    installed = package / "assets" / name
    return installed if installed.exists() else package.parent / "assets" / name


async def open_path(path: Path) -> None:
    """Open a file or folder with the program that the user chose for it."""
    if not os.path.exists(path):  # noqa: ASYNC240, PTH110 - one look at a local file
        raise NotFound("file_not_found", f"{path.name} is not there any more.", "It was moved or deleted outside.")
    await _open(str(path), str(path))


async def open_url(url: str) -> None:
    """Open an address in the browser that the user chose; errors do not quote it, as it may hold a secret."""
    await _open(url, "the browser")


async def _open(target: str, name: str) -> None:
    if sys.platform == "win32":
        worker = WorkerThread("open")
        try:
            await worker.call(os.startfile, target)
        finally:
            worker.close()
        return
    opener = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
    if opener is None:
        raise Unavailable("no_opener", f"No program is there to open {name}.", "Install the package xdg-utils.")
    process = await start_process([opener, target])
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            _, problem = await process.communicate()
    except TimeoutError:
        return  # some openers stay as long as the program that they started
    except asyncio.CancelledError:
        await end_process(process)
        raise
    if process.returncode:
        reason = problem.decode(errors="replace").replace(target, name).strip().splitlines()
        raise Failed("open_failed", f"{name} could not be opened: {reason[-1] if reason else 'no reason given'}.")
