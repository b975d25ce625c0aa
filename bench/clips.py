"""From trigger to proved clip on a real OBS: the time beyond OBS's own save, and how true the window's end is."""

import asyncio
import datetime as dt
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
import imageio_ffmpeg

from companion import __version__
from companion.adapters.obs.picture import make_test_picture
from companion.adapters.obs.private import PrivateObs
from companion.adapters.obs.private_config import PrivateSettings
from companion.frontends.cli.client import Daemon
from tests.real import stage
from tests.real.companion import Companion
from tests.real.windows import FPS, numbers

CLIPS = 20
SECONDS = 15.0
LIMITS = {"keyframes every 2 s": 0.8, "OBS's default distance": 2.5}


class SaveTimes:
    """How long OBS itself took for each save, read from the daemon's live events."""

    def __init__(self) -> None:
        self.saved_at: list[float] = []

    async def listen(self, daemon: Daemon) -> None:
        headers = {"Authorization": f"Bearer {daemon.token}"}
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(f"http://127.0.0.1:{daemon.port}/ws", headers=headers) as socket,
        ):
            async for message in socket:
                event = message.json()
                if event["type"] == "ReplayBufferSaved":
                    self.saved_at.append(event["ts"])


async def measure(
    folder: Path, picture: Path, keyframe_seconds: int | None
) -> tuple[list[float], list[float], list[float]]:
    """Seconds beyond OBS's own save, from the last frame to the one on air at the trigger, and of OBS's save."""
    settings = PrivateSettings(picture=picture, size=(1280, 720), replay_seconds=40, keyframe_seconds=keyframe_seconds)
    beyond: list[float] = []
    saving: list[float] = []
    off: list[float] = []
    async with PrivateObs(folder / "obs", settings) as obs:
        companion = Companion(folder / "home", obs, {"LOG_LEVEL": "info"})
        await companion.start()
        saves = SaveTimes()
        listener = asyncio.create_task(saves.listen(Daemon.find(companion.paths, __version__)))
        try:
            await companion.until_reach(SECONDS + 9)
            for _ in range(CLIPS):
                with stage.witness(obs) as client:
                    seen = stage.on_air(client)
                pressed = time.time()
                clip: Any = await companion.save(SECONDS)
                done = time.time()
                assert clip["receipt"]["ok"], clip["receipt"]
                asked = _seconds(clip["saving_at"])
                saving.append(saves.saved_at[-1] - asked)
                beyond.append(done - pressed - saving[-1])
                then = seen.number + (pressed - (seen.after + seen.before) / 2) * FPS
                off.append((numbers(clip["path"])[-1] - then) / FPS)
        finally:
            listener.cancel()
            await companion.stop()
    return beyond, off, saving


def _seconds(text: str) -> float:
    return dt.datetime.fromisoformat(text).timestamp()


def main() -> None:
    """Print a row for each keyframe distance."""
    print(f"{CLIPS} clips of {SECONDS:g} s, 1280x720 at {FPS} fps, real OBS on the same machine")
    print("| keyframes | OBS's save p50 | beyond it p50 | p95 | wanted p95 | worst window end |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="bench-") as base:
        folder = Path(base)
        picture = asyncio.run(make_test_picture(folder / "picture.mkv", Path(imageio_ffmpeg.get_ffmpeg_exe())))
        for (name, limit), distance in zip(LIMITS.items(), (2, None), strict=True):
            beyond, off, saving = asyncio.run(measure(folder / str(distance), picture, distance))
            p95 = statistics.quantiles(beyond, n=20)[-1]
            worst = max(off, key=abs)
            print(
                f"| {name} | {statistics.median(saving):.2f} s | {statistics.median(beyond):.2f} s | {p95:.2f} s | {limit:g} s | {worst:+.2f} s |",
                flush=True,
            )
