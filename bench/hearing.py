"""The real daemon hears a spoken microphone: when words are on a paired phone, and what listening costs in a room.

A null sink of a PulseAudio of its own is the microphone, a phone comes in by the LAN door and follows the events over
TLS. Arguments by environment: SPEECH_MODEL (a folder; else the tests' tiny one), HEARING_SENTENCES (60),
HEARING_NOISE_MINUTES (6).
"""

import asyncio
import os
import random
import ssl
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import chain, cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from bench.aims import judged
from bench.phones import NO_KEYRING, Phone
from bench.speech import CONFIG, FOLDER, Talk
from companion.adapters.speech.client import SpeechWorker
from companion.adapters.speech.models import ModelStore
from companion.domain.phrases import words_of
from companion.domain.speech import RATE
from companion.kernel.bus import Bus
from companion.kernel.status import StatusBoard
from tests.real.companion import Companion
from tests.sound_server import SoundServer, sound_server
from tests.speech.commands import BOOK, NAMES, command
from tests.speech.microphone import SpokenMicrophone
from tests.speech.scoring import percentile
from tests.speech.speaker import Spoken, SpokenWord
from tests.speech_model.corpus import NOISES, noise
from tests.speech_model.sentences import manner

SENTENCES = int(os.environ.get("HEARING_SENTENCES", "60"))
NOISE_MINUTES = float(os.environ.get("HEARING_NOISE_MINUTES", "6"))
TOGETHER = 10
"""Sentences that are played one after another; where they were is then looked for in what was heard."""
NOISE_DB = (-60, -16)
NOISE_SECONDS = 15
"""Of each, then another; the sound server is silent for some seconds in between."""
COMMANDS = 40
OWN_COMMANDS = ("clip", "save", "mark")
"""How those begin that need no OBS to be known."""
COMMAND_SECONDS = 2.0
"""Between two: the same phrase is not done again at once."""
WAITED_SECONDS = 20.0
"""A sentence of which nothing was told for so long was not heard."""


class Listener(Phone):
    """A phone that notes when what was said arrived."""

    def __init__(self, url: str, trust: ssl.SSLContext) -> None:
        super().__init__(0, url, trust)
        self.segments: list[tuple[float, dict[str, Any]]] = []
        self.partials: list[float] = []
        self.acts: list[tuple[float, dict[str, Any]]] = []

    async def follow(self, ready: asyncio.Event) -> None:
        async for now, message in self.events(ready, "?watch=captions"):
            if message["type"] == "SegmentTranscribed":
                self.segments.append((now, message["payload"]["segment"]))
            elif message["type"] == "SpeechHeard":
                self.partials.append(now)
            elif message["type"] == "VoiceCommandHeard":
                self.acts.append((now, message["payload"]))

    def known_at(self, words: Sequence[SpokenWord]) -> float | None:
        """When the last text arrived of a sentence that was said as `words` (Unix seconds)."""
        begin, end = words[0].start, words[-1].end
        told = [at for at, said in self.segments if said["started_at"] < end and said["ended_at"] > begin]
        return max(told, default=None)


@asynccontextmanager
async def listening(folder: Path, server: SoundServer, microphone: SpokenMicrophone) -> AsyncIterator[Companion]:
    """A daemon that hears the microphone, and lets phones in."""
    environment = {
        **{name: server.environment[name] for name in ("PULSE_SERVER", "XDG_RUNTIME_DIR")},
        "LAN_MODE": "https",
        "LAN_PORT": "0",
        "PYTHON_KEYRING_BACKEND": NO_KEYRING,
        "LOG_LEVEL": "info",
        "OBS_WS_URL": "ws://127.0.0.1:9",
        "OBS_WS_PASSWORD": "unused",
        "MICROPHONE": microphone.source,
        "LISTEN_WHEN": "always",
        "STT_MODEL": str(FOLDER),
        "STT_LANGUAGE": "en",
    }
    daemon = Companion(folder / "home", environment=environment)
    await daemon.start()
    try:
        await daemon.until(lambda speech: speech["state"] == "listening", "/api/speech")
        yield daemon
    finally:
        await daemon.stop()


@asynccontextmanager
async def phone_of(daemon: Companion) -> AsyncIterator[Listener]:
    """A paired phone that is told what happens."""
    lan = await daemon.until(lambda found: found["state"] == "listening", "/api/lan")
    trust = ssl.create_default_context(cafile=str(daemon.paths.data / "lan" / "authority.crt"))
    phone = Listener(f"https://127.0.0.1:{lan['port']}", trust)
    await phone.pair(daemon)
    ready = asyncio.Event()
    following = asyncio.create_task(phone.follow(ready))
    await ready.wait()
    try:
        yield phone
    finally:
        following.cancel()
        await asyncio.wait([following])
        await phone.session.close()


def talks() -> list[tuple[Spoken, list[int]]]:
    """All sentences, so many together as are played at once, and how many words each has."""
    talk = Talk(SENTENCES * 5 / 60)
    parts, spoken, begin = [], talk.spoken[:SENTENCES], 0.0
    for first in range(0, len(spoken), TOGETHER):
        group, after = spoken[first : first + TOGETHER], first + TOGETHER
        end = talk.spoken[after][0].start - 0.5 if after < len(talk.spoken) else len(talk.pcm) / RATE
        words = [SpokenWord(word.start - begin, word.end - begin, word.text) for word in chain.from_iterable(group)]
        played = Spoken(talk.pcm[round(begin * RATE) : round(end * RATE)], tuple(words), ())
        parts.append((played, [len(sentence) for sentence in group]))
        begin = round(end * RATE) / RATE
    return parts


async def latencies(phone: Listener, microphone: SpokenMicrophone, window: float) -> None:
    """Print how long after its last word each sentence is on the phone."""
    said: list[tuple[SpokenWord, ...]] = []
    for part, counts in talks():
        words = iter((await microphone.play(part)).words)
        said += [tuple(islice(words, count)) for count in counts]
    deadline = time.monotonic() + WAITED_SECONDS
    while phone.known_at(said[-1]) is None and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    late = [float("inf") if (at := phone.known_at(words)) is None else at - words[-1].end for words in said]
    heard = sum(1 for seconds in late if seconds < float("inf"))
    p50, p95 = percentile(late, 0.5), percentile(late, 0.95)
    known = judged(f"{heard} of {len(said)}", heard == len(said))
    soon = judged(f"{p50:.2f}; {p95:.2f} s", p95 <= 0.7 + window)
    print(f"| sentences that are known on the phone | {known} | all |")
    print(
        f"| last word's end to the final on the phone, p50; p95 (one window: {window:.2f} s) | {soon}"
        f" | p95 at most {0.7 + window:.2f} s |"
    )
    print(f"| partial texts that came before | {len(phone.partials)} | |", flush=True)


async def commands(phone: Listener, microphone: SpokenMicrophone, window: float) -> None:
    """Print which spoken commands act, and how long after their last word that is known on the phone."""
    chance = random.Random(3)
    texts = [text for text in (command(chance) for _ in range(4 * COMMANDS)) if text.startswith(OWN_COMMANDS)]
    late: list[float] = []
    for text in texts[:COMMANDS]:
        voice, speed, pitch = manner(chance)
        said = await microphone.say(text, voice, speed=speed, pitch=pitch)
        await asyncio.sleep(COMMAND_SECONDS)
        meant = BOOK.find(words_of(text), NAMES)
        assert meant is not None
        right = [
            at
            for at, act in phone.acts
            if act["arguments"] == meant.arguments and abs(act["said_at"] - said.words[0].start) < 1
        ]
        late += [at - said.words[-1].end for at in right[:1]]
    p50, p95 = percentile(late, 0.5), percentile(late, 0.95)
    obeyed = judged(f"{len(late)} of {COMMANDS}", len(late) >= 0.95 * COMMANDS)
    print(
        f"| spoken commands that act, each once; other acts | {obeyed}; {len(phone.acts) - len(late)} | at least 95 % |"
    )
    soon = judged(f"{p50:.2f}; {p95:.2f} s", p95 <= 1.5 + window)
    print(
        f"| last word's end to the act on the phone, p50; p95 | {soon} | p95 at most {1.5 + window:.2f} s |", flush=True
    )


async def window_seconds() -> float:
    """How long the model takes for one window here."""
    async with SpeechWorker(StatusBoard(Bus()), ModelStore(FOLDER)) as worker:
        await worker.open(CONFIG)
        assert worker.opened is not None
        return worker.opened.window_seconds


def used(daemon: Companion) -> float:
    """CPU seconds of the daemon and its children, so far."""
    whole = [psutil.Process(daemon.pid), *psutil.Process(daemon.pid).children(recursive=True)]
    return sum(times.user + times.system for times in (process.cpu_times() for process in whole))


async def quiet_room(daemon: Companion, microphone: SpokenMicrophone) -> None:
    """Print what listening costs while nobody speaks, and nobody else listens.

    A listener beside it that wants the sound at once has the sound server wake everybody as often.
    """
    chance = np.random.default_rng(8)
    before = len((await daemon.get("/api/transcript", limit=1000))["items"])
    children, began, at_first = len(psutil.Process(daemon.pid).children(recursive=True)), time.monotonic(), used(daemon)
    for kind in cycle(("", *NOISES)):
        if time.monotonic() - began >= NOISE_MINUTES * 60:
            break
        sound = noise(kind, chance) if kind else np.zeros(NOISE_SECONDS * RATE)
        sound = sound[: NOISE_SECONDS * RATE] * 10 ** (chance.uniform(*NOISE_DB) / 20) * 32768
        await microphone.sound(np.clip(sound, -32768, 32767).astype(np.int16))
    seconds = time.monotonic() - began
    share = (used(daemon) - at_first) / seconds
    after = len((await daemon.get("/api/transcript", limit=1000))["items"])
    assert len(psutil.Process(daemon.pid).children(recursive=True)) == children, "a child's time was lost with it"
    cost = judged(f"{share:.2%} of a core", share <= 0.02)
    noises = f"{seconds / 60:.1f} min of silence, room noise, hum, music and keyboard, loud and soft"
    print(f"| {noises}: the daemon with all of its children | {cost} | at most 2 % |")
    print(f"| segments of that | {judged(str(after - before), after == before)} | 0 |")


async def measure(folder: Path) -> None:
    window = await window_seconds()
    with sound_server(folder / "sound") as server:
        server.plug_in("spoken", microphone=False)
        microphone = SpokenMicrophone(server.environment, "spoken")
        async with listening(folder, server, microphone) as daemon:
            print("| a daemon hears a microphone | measured | wanted |\n|---|---|---|", flush=True)
            async with microphone, phone_of(daemon) as phone:
                await latencies(phone, microphone, window)
                await commands(phone, microphone, window)
            await quiet_room(daemon, microphone)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="bench-") as base:
        asyncio.run(measure(Path(base)))
