"""The idle daemon on a real OBS: memory, CPU, and how long it takes to answer after its start.

As a streamer has it, on a desktop with a tray, hotkeys and messages, and without them (`--headless`). And what
recognition takes that is switched off, against the last version without it.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import imageio_ffmpeg
import psutil

from bench.aims import judged
from companion.adapters.obs.picture import make_test_picture
from companion.adapters.obs.private import PrivateObs
from companion.adapters.obs.private_config import PrivateSettings
from tests.fakes.notification_server import NotificationServer
from tests.real.companion import Companion
from tests.real.desktop import DesktopSession

IDLE_SECONDS = 60.0
STARTS = 7
MEMORY_MB, CPU_PERCENT = 90.0, 0.5
RECOGNITION_MB = 5.0
RECOGNITION_STARTS = 3
WITHOUT_RECOGNITION = "303469f"
"""The last commit before there was any."""
SETTLED_SECONDS = 8.0
"""After so long an idle daemon's memory stays as it is."""


def bare_import() -> float:
    """Seconds that a new Python takes to import aiohttp and sqlmodel."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import aiohttp, sqlmodel"], check=True)
    return time.perf_counter() - began


async def idle(folder: Path) -> dict[str, tuple[float, float]]:
    """Resident memory in MB and CPU in percent of one core, with and without a desktop, OBS's buffer recording."""
    picture = await make_test_picture(folder / "picture.mkv", Path(imageio_ffmpeg.get_ffmpeg_exe()))
    settings = PrivateSettings(picture=picture, replay_seconds=30)
    async with PrivateObs(folder / "obs", settings) as obs, DesktopSession() as desktop, desktop.bus() as bus:
        messages = NotificationServer()
        await messages.offer(bus)
        await desktop.start_panel()
        companion = Companion(folder / "home", obs, {**desktop.environment, "LOG_LEVEL": "info"})
        await companion.start()
        await companion.stop()  # the first start of a home makes the database; what is measured is every later one
        return {
            "tray, hotkeys, alerts": await _idle(companion, headless=False),
            "`--headless`": await _idle(companion, headless=True),
        }


async def _idle(companion: Companion, *, headless: bool) -> tuple[float, float]:
    await companion.start(headless=headless)
    await companion.until_reach(20)
    if not headless:
        status = await companion.get("/api/status")
        shown = {part["name"]: part["state"] for part in status["components"]}
        if (shown["tray"], shown["hotkeys"], shown["alerts"]) != ("shown", "listening", "ready"):
            raise SystemExit(f"the desktop is not whole: {shown}")
    process = psutil.Process(companion.pid)
    before = process.cpu_times()
    await asyncio.sleep(IDLE_SECONDS)
    after = process.cpu_times()
    memory = process.memory_info().rss / 1e6
    await companion.stop()
    return memory, (after.user + after.system - before.user - before.system) / IDLE_SECONDS * 100


async def recognition_off(folder: Path) -> float:
    """How many MB more a daemon has resident with recognition off than the last without it, without OBS."""
    root = Path(__file__).parents[1]
    earlier = folder / "earlier"
    earlier.mkdir()
    archive = subprocess.run(
        ["git", "archive", WITHOUT_RECOGNITION, "companion"], cwd=root, check=True, capture_output=True
    )
    subprocess.run(["tar", "-x", "-C", earlier], input=archive.stdout, check=True)
    paths = {"now": root, "then": earlier}
    found: dict[str, list[float]] = {name: [] for name in paths}
    for _ in range(RECOGNITION_STARTS):
        for name, path in paths.items():
            environment = {"LOG_LEVEL": "info", "STT_PROVIDER": "off", "PYTHONPATH": str(path)}
            companion = Companion(folder / name, None, environment, migrated=False)
            await companion.start()
            await asyncio.sleep(SETTLED_SECONDS)
            found[name].append(psutil.Process(companion.pid).memory_info().rss / 1e6)
            await companion.stop()
    return statistics.median(found["now"]) - statistics.median(found["then"])


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
        found = asyncio.run(idle(Path(base)))
        more = asyncio.run(recognition_off(Path(base)))
        asyncio.run(start(Path(base)))
        imports: list[float] = []
        starts: list[float] = []
        for _ in range(STARTS):
            imports.append(bare_import())
            starts.append(asyncio.run(start(Path(base))))
    bare, answered = statistics.median(imports), statistics.median(starts)
    limit = 1.5 * bare + 0.5
    print("| idle daemon, OBS connected | measured | wanted |")
    print("|---|---|---|")
    for name, (memory, cpu) in found.items():
        size = judged(f"{memory:.0f} MB", memory <= MEMORY_MB)
        share = judged(f"{cpu:.2f} % of a core", cpu <= CPU_PERCENT)
        print(f"| resident memory, {name} | {size} | at most {MEMORY_MB:g} MB |")
        print(f"| CPU over {IDLE_SECONDS:.0f} s, {name} | {share} | at most {CPU_PERCENT:g} % |")
    size = judged(f"{more:.1f} MB", more <= RECOGNITION_MB)
    print(
        f"| memory with recognition off, more than the last version without | {size} | at most {RECOGNITION_MB:g} MB |"
    )
    print(
        f"| `companion run` to `/health` | {judged(f'{answered:.2f} s', answered <= limit)} | at most {limit:.2f} s "
        f"(1.5 x {bare:.2f} s for the bare imports + 0.5 s) |"
    )
