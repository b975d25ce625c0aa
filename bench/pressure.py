"""A game that wants all of the processor, beside a recording OBS: what recognition costs OBS's frames, and itself."""

import asyncio
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import obsws_python

from companion.adapters.obs.picture import make_test_picture
from companion.adapters.obs.private import PrivateObs
from companion.adapters.obs.private_config import PrivateSettings
from tests.real import stage
from tests.real.companion import Companion
from tests.speech.microphone import SaidAloud, SpokenMicrophone
from tests.speech.model import MODEL
from tests.speech.speaker import RATE, Spoken, SpokenWord
from tests.speech_model.measure import unseen

ROUNDS = 3
HOG_SECONDS = 40.0
SETTLED_SECONDS = 2.0
"""What waits where nobody speaks: silence that is not acknowledged yet."""
CALM_SECONDS = 120.0
"""How long the backlog may take at most, before it is given up on."""


def talk(seconds: float, seed: int) -> tuple[Spoken, list[tuple[float, float]]]:
    """Sentences one after another, and where each is, in seconds from the first sample."""
    chance = random.Random(seed)
    parts: list[np.ndarray] = []
    words: list[SpokenWord] = []
    spans: list[tuple[float, float]] = []
    at = 0.0
    for said, sound in unseen(1000, seed):
        if at + len(sound) / RATE > seconds:
            break
        words += [SpokenWord(at + word.start, at + word.end, word.text) for word in said.words]
        spans.append((at + said.words[0].start, at + said.words[-1].end))
        pause = np.zeros(round(chance.uniform(0.4, 1.5) * RATE), np.int16)
        parts += [np.clip(sound * 32768, -32768, 32767).astype(np.int16), pause]
        at += (len(parts[-2]) + len(parts[-1])) / RATE
    return Spoken(np.concatenate(parts), tuple(words), ()), spans


@contextmanager
def game() -> Iterator[None]:
    """As many busy processes as there are cores, each with a claim of its own to the processor."""
    argv = [sys.executable, "-c", "while True: pass"]
    hogs = [subprocess.Popen(argv, start_new_session=True) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()


def lagged(before: Any, after: Any) -> float:
    """The share of frames that OBS drew or encoded too late, in percent."""
    late = after.render_skipped_frames - before.render_skipped_frames
    late += after.output_skipped_frames - before.output_skipped_frames
    return float(100 * late / max(1, after.render_total_frames - before.render_total_frames))


async def under_load(
    client: obsws_python.ReqClient, microphone: SpokenMicrophone, said: Spoken
) -> tuple[float, SaidAloud]:
    """Speak beside a game; OBS's lagged frames in percent."""
    with game():
        await asyncio.sleep(2)
        before = client.get_stats()
        aloud = await microphone.play(said)
        return lagged(before, client.get_stats()), aloud


async def missing(daemon: Companion, aloud: SaidAloud, spans: list[tuple[float, float]]) -> int:
    """How many sentences nothing was written down of."""
    shown = await daemon.get("/api/transcript", limit=1000)
    heard = [(item["started_at"], item["ended_at"]) for item in shown["items"]]
    return sum(
        not any(start < aloud.began + end and aloud.began + begin < stop for start, stop in heard)
        for begin, end in spans
    )


async def backlog(daemon: Companion) -> float:
    """Seconds until nothing waits any more."""
    began = time.monotonic()
    while (await daemon.get("/api/speech"))["backlog_seconds"] > SETTLED_SECONDS:
        if time.monotonic() - began > CALM_SECONDS:
            break
        await asyncio.sleep(0.2)
    return time.monotonic() - began


async def measure(folder: Path) -> None:
    picture = await make_test_picture(folder / "picture.mkv", Path(imageio_ffmpeg.get_ffmpeg_exe()))
    alone, beside, behind = [], [], []
    steps: set[str] = set()
    lost = sentences = 0
    async with PrivateObs(folder / "obs", PrivateSettings(picture=picture, replay_seconds=30)) as obs:
        with stage.witness(obs) as client:
            client.start_record()
            async with SpokenMicrophone({"PULSE_SERVER": obs.pulse_server}, "companion") as microphone:
                for number in range(ROUNDS):
                    said, spans = talk(HOG_SECONDS, number)
                    alone.append((await under_load(client, microphone, said))[0])
                    environment = {
                        "PULSE_SERVER": obs.pulse_server,
                        "MICROPHONE": microphone.source,
                        "STT_MODEL": str(MODEL),
                        "STT_LANGUAGE": "en",
                        "LOG_LEVEL": "info",
                    }
                    daemon = Companion(folder / f"home-{number}", obs, environment)
                    await daemon.start()
                    try:
                        await daemon.until(lambda speech: speech["state"] == "listening", "/api/speech")
                        watching = asyncio.create_task(seen(daemon, steps))
                        share, aloud = await under_load(client, microphone, said)
                        beside.append(share)
                        behind.append(await backlog(daemon))
                        watching.cancel()
                        lost += await missing(daemon, aloud, spans)
                        sentences += len(spans)
                    finally:
                        await daemon.stop()
            client.stop_record()
    more = statistics.mean(beside) - statistics.mean(alone)
    print("| beside a game that wants every core, OBS recording 640x360 | measured | wanted |\n|---|---|---|")
    print(f"| lagged frames without the daemon | {_each(alone)} | |")
    print(f"| lagged frames with the daemon transcribing | {_each(beside)} | |")
    print(f"| more of them, in percentage points | {more:+.2f} | at most 0.1 |")
    print(f"| steps that were taken | {', '.join(sorted(steps))} | |")
    print(f"| sentences of which nothing is written down | {lost} of {sentences} | 0 |")
    print(f"| backlog gone after | {max(behind):.0f} s | within 60 s |")


async def seen(daemon: Companion, steps: set[str]) -> None:
    """Note which steps the governor takes."""
    while True:
        steps.add((await daemon.get("/api/speech"))["step"])
        await asyncio.sleep(1)


def _each(shares: list[float]) -> str:
    return f"{statistics.mean(shares):.2f} % ({', '.join(f'{share:.2f}' for share in shares)})"


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="bench-") as base:
        asyncio.run(measure(Path(base)))
