"""The idle daemon on a real OBS: memory, CPU, and how long it takes to answer after its start."""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import imageio_ffmpeg
import psutil

from companion.adapters.obs.picture import make_test_picture
from companion.adapters.obs.private import PrivateObs
from companion.adapters.obs.private_config import PrivateSettings
from tests.real.companion import Companion

IDLE_SECONDS = 60.0
STARTS = 7


def bare_import() -> float:
    """Seconds that a new Python takes to import aiohttp and sqlmodel."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import aiohttp, sqlmodel"], check=True)
    return time.perf_counter() - began


async def idle(folder: Path) -> tuple[float, float]:
    """Resident memory in MB, and CPU in percent of one core, connected to OBS with the buffer recording."""
    picture = await make_test_picture(folder / "picture.mkv", Path(imageio_ffmpeg.get_ffmpeg_exe()))
    async with PrivateObs(folder / "obs", PrivateSettings(picture=picture, replay_seconds=30)) as obs:
        companion = Companion(folder / "home", obs, {"LOG_LEVEL": "info"})
        await companion.start()
        await companion.stop()  # the first start of a home makes the database; what is measured is every later one
        await companion.start()
        await companion.until_reach(20)
        process = psutil.Process(companion.pid)
        before = process.cpu_times()
        await asyncio.sleep(IDLE_SECONDS)
        after = process.cpu_times()
        memory = process.memory_info().rss / 1e6
        await companion.stop()
    return memory, (after.user + after.system - before.user - before.system) / IDLE_SECONDS * 100


async def start(folder: Path) -> float:
    """Seconds from `companion run` to `/health` answering, on a home that exists."""
    companion = Companion(folder / "home", None, {"LOG_LEVEL": "info"})
    began = time.perf_counter()
    await companion.start()
    seconds = time.perf_counter() - began
    await companion.stop()
    return seconds


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="bench-") as base:
        memory, cpu = asyncio.run(idle(Path(base)))
        asyncio.run(start(Path(base)))
        imports: list[float] = []
        starts: list[float] = []
        for _ in range(STARTS):
            imports.append(bare_import())
            starts.append(asyncio.run(start(Path(base))))
    bare, answered = statistics.median(imports), statistics.median(starts)
    print("| idle daemon, OBS connected | measured | wanted |")
    print("|---|---|---|")
    print(f"| resident memory | {memory:.0f} MB | at most 90 MB |")
    print(f"| CPU over {IDLE_SECONDS:.0f} s | {cpu:.2f} % of a core | at most 0.5 % |")
    print(
        f"| `companion run` to `/health` | {answered:.2f} s | at most {1.5 * bare + 0.5:.2f} s "
        f"(1.5 x {bare:.2f} s for the bare imports + 0.5 s) |"
    )
