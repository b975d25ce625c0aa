"""From trigger to proved clip on a real OBS: the time beyond OBS's own save, and how true the window's end is."""

import asyncio
import dataclasses
import datetime as dt
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
import imageio_ffmpeg

from bench.aims import judged
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


@dataclasses.dataclass(frozen=True)
class Timed:
    """Of one clip, in seconds: OBS's own save, what came on top, and how far its last frame is from the trigger's."""

    saving: float
    beyond: float
    off: float


async def measure(folder: Path, picture: Path, keyframe_seconds: int | None) -> list[Timed]:
    """Save clips one after another, each with OBS's picture read at its trigger."""
    settings = PrivateSettings(picture=picture, size=(1280, 720), replay_seconds=40, keyframe_seconds=keyframe_seconds)
    timed: list[Timed] = []
    async with PrivateObs(folder / "obs", settings) as obs:
        companion = Companion(folder / "home", obs, {"LOG_LEVEL": "info"})
        await companion.start()
        saves = SaveTimes()
        listener = asyncio.create_task(saves.listen(Daemon.find(companion.paths, __version__)))
        try:
            await companion.until_reach(SECONDS + 9)
            for _ in range(CLIPS):
                seen = await asyncio.to_thread(_on_air, obs)
                pressed = time.time()
                clip: Any = await companion.save(SECONDS)
                done = time.time()
                assert clip["receipt"]["ok"], clip["receipt"]
                saving = saves.saved_at[-1] - _seconds(clip["saving_at"])
                assert saving > 0, "OBS's save was not heard of"
                then = seen.number + (pressed - (seen.after + seen.before) / 2) * FPS
                last = (await asyncio.to_thread(numbers, clip["path"]))[-1]
                timed.append(Timed(saving, done - pressed - saving, (last - then) / FPS))
        finally:
            listener.cancel()
            await companion.stop()
    return timed


def _on_air(obs: PrivateObs) -> stage.OnAir:
    with stage.witness(obs) as client:
        return stage.on_air(client)


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
            timed = asyncio.run(measure(folder / str(distance), picture, distance))
            saving, beyond = (statistics.median(getattr(one, name) for one in timed) for name in ("saving", "beyond"))
            p95 = statistics.quantiles([one.beyond for one in timed], n=20)[-1]
            worst = max((one.off for one in timed), key=abs)
            slowest = judged(f"{p95:.2f} s", p95 <= limit)
            row = [f"{saving:.2f} s", f"{beyond:.2f} s", slowest, f"{limit:g} s", f"{worst:+.2f} s"]
            print(f"| {name} | {' | '.join(row)} |", flush=True)
