"""A null sink whose monitor is a microphone: what is said here is heard there."""

import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from tests.speech.speaker import RATE, Spoken, SpokenWord, speak

START_SECONDS = 60
RAW = ("--raw", "--format=s16le", f"--rate={RATE}", "--channels=1")


@dataclass(frozen=True)
class SaidAloud:
    """What was said into the microphone, and the Unix second of its first sample."""

    spoken: Spoken
    began: float

    @property
    def words(self) -> tuple[SpokenWord, ...]:
        """Its words in Unix seconds."""
        return tuple(
            SpokenWord(self.began + word.start, self.began + word.end, word.text) for word in self.spoken.words
        )


def located(spoken: np.ndarray, recording: np.ndarray) -> float:
    """Where in `recording` (16 kHz mono) `spoken` begins, in seconds: where they agree best."""
    size = 1 << (len(spoken) + len(recording)).bit_length()
    heard, said = (np.fft.rfft(sound.astype(np.float64), size) for sound in (recording, spoken))
    agreement = np.fft.irfft(heard * np.conj(said), size)
    return float(np.argmax(agreement[: len(recording)])) / RATE


class _Ear:
    """Hears the microphone all the time: keeps the null sink's latency low (else 2 s) and knows when it was what."""

    def __init__(self, recorder: asyncio.subprocess.Process) -> None:
        self.heard = bytearray()
        self.began = float("inf")  # the Unix second of the first sample: the earliest that any arrival allows
        self._recorder = recorder
        self._listening = asyncio.ensure_future(self._listen())

    async def _listen(self) -> None:
        assert self._recorder.stdout is not None
        while chunk := await self._recorder.stdout.read(2 * RATE):
            self.heard += chunk
            self.began = min(self.began, time.time() - len(self.heard) / 2 / RATE)

    async def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._recorder.kill()
        await self._recorder.wait()
        await self._listening


class SpokenMicrophone:
    """Speaks into the null sink `sink` of the sound server that `environment` names; it is heard from `source`."""

    def __init__(self, environment: Mapping[str, str], sink: str) -> None:
        self.sink, self.source = sink, f"{sink}.monitor"
        self._environment = {**os.environ, **environment}
        self._ear: _Ear | None = None

    async def __aenter__(self) -> Self:
        self._ear = _Ear(await self._hear(25))
        async with asyncio.timeout(START_SECONDS):
            while not self._ear.heard:
                await asyncio.sleep(0.05)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._ear is not None:
            await self._ear.close()
        self._ear = None

    async def say(self, text: str, voice: str = "en-us", *, speed: int = 160, pitch: int = 50) -> SaidAloud:
        """Speak a sentence; returns when it has been played."""
        return await self.play(speak(text, voice, speed=speed, pitch=pitch))

    async def play(self, spoken: Spoken) -> SaidAloud:
        """Play what was spoken; its moment is told by the microphone itself (to some 20 ms)."""
        assert self._ear is not None
        begin = len(self._ear.heard)
        await self.sound(spoken.pcm)
        end = max(begin + 2 * len(spoken.pcm), len(self._ear.heard)) + 2 * RATE  # the player may have begun late
        async with asyncio.timeout(START_SECONDS):
            while len(self._ear.heard) < end:
                await asyncio.sleep(0.05)
        place = located(spoken.pcm, np.frombuffer(bytes(self._ear.heard[begin:end]), np.int16))
        return SaidAloud(spoken, self._ear.began + begin / 2 / RATE + place)

    async def record(self, seconds: float) -> np.ndarray:
        """What the microphone hears from now on, at 16 kHz mono."""
        ear = await self._hear(20)
        try:
            assert ear.stdout is not None
            raw = await ear.stdout.readexactly(2 * round(seconds * RATE))
        finally:
            with contextlib.suppress(ProcessLookupError):
                ear.kill()
            await ear.wait()
        return np.frombuffer(raw, np.int16)

    async def sound(self, pcm: np.ndarray) -> None:
        """Play 16 kHz mono, without being told when it was: nothing else needs to listen."""
        with tempfile.NamedTemporaryFile(suffix=".raw") as sound:
            sound.write(pcm.tobytes())
            sound.flush()
            # All of it is handed over at once: on a busy computer less would run dry.
            argv = ["pacat", "--playback", f"--device={self.sink}", *RAW, "--latency-msec=20000", sound.name]
            player = await asyncio.create_subprocess_exec(*argv, env=self._environment)
            assert await player.wait() == 0, "pacat could not play"

    async def _hear(self, latency_ms: int) -> asyncio.subprocess.Process:
        argv = ["parec", f"--device={self.source}", *RAW, f"--latency-msec={latency_ms}"]
        return await asyncio.create_subprocess_exec(
            *argv, env=self._environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
