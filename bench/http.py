"""The API of a running daemon: listing a library of 10,000 clips, and from an event to a client of /ws."""

import asyncio
import datetime as dt
import http.client
import json
import random
import tempfile
import time
from pathlib import Path

import aiohttp

from bench.aims import judged
from companion import __version__
from companion.adapters.database import Database
from companion.domain.models import Clip, ClipState
from companion.frontends.cli.client import Daemon
from companion.kernel.bus import Bus
from companion.kernel.status import StatusBoard
from tests.real.companion import Companion

CLIPS = 10_000
REQUESTS = 2000
EVENTS = 1000
PAGE = 50


def percentile(values: list[float], share: float) -> float:
    """The value that `share` (0 to 1) of all do not exceed."""
    return sorted(values)[min(len(values) - 1, round(share * len(values)))]


async def fill(file: Path) -> None:
    """Put clips into the library, as long as those of a streamer who saved many: with titles, tags and paths."""
    database = Database(file, StatusBoard(Bus()))
    await database.open()
    now = dt.datetime.now(dt.UTC)
    chance = random.Random(1)
    async with database.write() as session:
        for number in range(CLIPS):
            end = now - dt.timedelta(minutes=7 * number)
            start = end - dt.timedelta(seconds=30)
            session.add(
                Clip(
                    state=ClipState.READY,
                    title=f"Moment {number}: {chance.choice(['ace', 'fail', 'laugh', 'win'])}",
                    tags=chance.sample(["ace", "fail", "funny", "short", "best of"], k=2),
                    door="hotkey",
                    trigger_at=end,
                    wanted_start_at=start,
                    wanted_end_at=end,
                    start_at=start,
                    end_at=end,
                    seconds=30.0,
                    source_path=f"/videos/replay/Replay {end:%Y-%m-%d %H-%M-%S}.mkv",
                    source_kind="replay",
                    source_start=12.5,
                    source_end=42.5,
                    path=f"/videos/FluxBoard/{end:%Y-%m}/{end:%Y-%m-%d %H-%M-%S} clip {number}.mp4",
                    thumbnail_path=f"/videos/FluxBoard/{end:%Y-%m}/{end:%Y-%m-%d %H-%M-%S} clip {number}.jpg",
                    size_bytes=chance.randrange(10**7, 10**8),
                    video="h264 1920x1080 60 fps",
                    tracks=["video h264", "audio aac Game", "audio aac Microphone"],
                    method="smart",
                    receipt={"ok": True, "checks": [{"name": str(n), "ok": True} for n in range(12)]},
                    finished_at=end,
                )
            )
    await database.close()


def ask(daemon: Daemon, paths: list[str]) -> list[float]:
    """Seconds of each GET, one after another on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", daemon.port)
    headers = {"Authorization": f"Bearer {daemon.token}"}
    took: list[float] = []
    for path in paths:
        began = time.perf_counter()
        connection.request("GET", path, headers=headers)
        body = connection.getresponse().read()
        took.append(time.perf_counter() - began)
        assert json.loads(body).get("total", CLIPS) == CLIPS
    connection.close()
    return took


async def follow_events(daemon: Daemon) -> list[float]:
    """Seconds from an event's time stamp in the daemon to its arrival here, in another process."""
    delays: list[float] = []
    headers = {"Authorization": f"Bearer {daemon.token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{daemon.port}/ws", headers=headers) as socket,
    ):
        asking = asyncio.create_task(asyncio.to_thread(ask_for_attention, daemon))
        async for message in socket:
            arrived = time.time()
            event = message.json()
            if event["type"] == "AttentionAsked":
                delays.append(arrived - event["ts"])
                if len(delays) == EVENTS:
                    break
        await asking
    return delays


def ask_for_attention(daemon: Daemon) -> None:
    for _ in range(EVENTS):
        daemon.call("POST", "/api/system/attention", body={})


async def measure(folder: Path) -> dict[str, tuple[list[float], float | None]]:
    """What was measured, in seconds, and the limit of its p99, if it has one."""
    companion = Companion(folder / "home", None, {"LOG_LEVEL": "info"})
    companion.paths.data.mkdir(parents=True)
    await fill(companion.paths.database_file)
    await companion.start()
    try:
        daemon = Daemon.find(companion.paths, __version__)
        await asyncio.to_thread(ask, daemon, ["/api/clips"] * 20)  # the first ones fill caches
        newest = ["/api/clips"] * REQUESTS
        chance = random.Random(2)
        deep = [f"/api/clips?offset={chance.randrange(CLIPS - PAGE)}" for _ in range(REQUESTS)]
        return {
            "GET /health, for comparison": (await asyncio.to_thread(ask, daemon, ["/health"] * REQUESTS), None),
            "GET /api/clips over 10,000 clips": (await asyncio.to_thread(ask, daemon, newest), 0.020),
            "GET /api/clips?offset=(any)": (await asyncio.to_thread(ask, daemon, deep), 0.020),
            "event to /ws client": (await follow_events(daemon), 0.010),
        }
    finally:
        await companion.stop()


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        found = asyncio.run(measure(Path(folder)))
    print("| API | p50 | p99 | p99 wanted |")
    print("|---|---|---|---|")
    for name, (seconds, limit) in found.items():
        p50, most = percentile(seconds, 0.5), percentile(seconds, 0.99)
        p99 = judged(f"{most * 1000:.2f} ms", limit is None or most < limit)
        wanted = f"under {limit * 1000:.0f} ms" if limit else ""
        print(f"| {name} | {p50 * 1000:.2f} ms | {p99} | {wanted} |")
