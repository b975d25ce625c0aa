"""A sound server of its own whose null sink's monitor is a microphone: what is said here is heard there."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from tests.speech.speaker import RATE, Spoken, SpokenWord, speak

START_SECONDS = 15
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
    """PulseAudio with a null sink `name`; programs hear it with `environment` set, from the source `source`."""

    def __init__(self, name: str = "spoken", *, rate: int = 48_000, channels: int = 2) -> None:
        self.name, self.rate, self.channels = name, rate, channels
        self.source = f"{name}.monitor"
        self.server: subprocess.Popen[bytes] | None = None
        self._home = Path(tempfile.mkdtemp(prefix="microphone"))
        self._module: str | None = None
        self._ear: _Ear | None = None

    @property
    def address(self) -> str:
        return f"unix:{self._home}/pulse.sock"

    @property
    def environment(self) -> Mapping[str, str]:
        """What makes a program hear and play through this server."""
        ours = {"PULSE_SERVER": self.address, "PULSE_SOURCE": self.source, "PULSE_SINK": self.name}
        return os.environ | ours | {"XDG_RUNTIME_DIR": str(self._home)}

    async def __aenter__(self) -> Self:
        await self.start_server()
        await self.plug()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill_server()
        shutil.rmtree(self._home, ignore_errors=True)

    async def start_server(self) -> None:
        """Start the server, with no device."""
        socket = self._home / "pulse.sock"
        socket.unlink(missing_ok=True)
        modules = ["-L", f"module-native-protocol-unix auth-anonymous=1 socket={socket}"]
        argv = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", *modules]
        with (self._home / "server.log").open("ab") as log:
            self.server = subprocess.Popen(argv, env=self.environment, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + START_SECONDS
        while not socket.exists():
            assert self.server.poll() is None, (self._home / "server.log").read_text()
            assert time.monotonic() < deadline, "PulseAudio did not start"
            await asyncio.sleep(0.05)

    async def kill_server(self) -> None:
        """End the server at once, as a crash would; every device is gone with it."""
        if self.server is not None:
            self.server.send_signal(signal.SIGKILL)
            self.server.wait()
        self.server, self._module = None, None
        await self._deafen()

    async def plug(self) -> None:
        """Connect the microphone."""
        properties = f"sink_properties=device.description={self.name}"
        format_ = [f"rate={self.rate}", f"channels={self.channels}"]
        loaded = await self._pactl("load-module", "module-null-sink", f"sink_name={self.name}", properties, *format_)
        self._module = loaded.strip()
        self._ear = _Ear(await self._hear(10))
        async with asyncio.timeout(START_SECONDS):
            while not self._ear.heard:
                await asyncio.sleep(0.05)

    async def unplug(self) -> None:
        """Take the microphone away; the server goes on."""
        assert self._module is not None
        await self._pactl("unload-module", self._module)
        self._module = None
        await self._deafen()

    async def mute(self, *, muted: bool) -> None:
        """Switch the microphone's own mute."""
        await self._pactl("set-source-mute", self.source, str(int(muted)))

    async def say(self, text: str, voice: str = "en-us", *, speed: int = 160, pitch: int = 50) -> SaidAloud:
        """Speak a sentence; returns when it has been played."""
        return await self.play(speak(text, voice, speed=speed, pitch=pitch))

    async def play(self, spoken: Spoken) -> SaidAloud:
        """Play what was spoken; its moment is told by the microphone itself (to some 20 ms)."""
        assert self._ear is not None
        begin = len(self._ear.heard)
        await self._play(spoken.pcm)
        end = begin + 2 * (len(spoken.pcm) + RATE)
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

    async def _hear(self, latency_ms: int) -> asyncio.subprocess.Process:
        return await self._start("parec", f"--device={self.source}", *RAW, f"--latency-msec={latency_ms}", stdout=True)

    async def _deafen(self) -> None:
        if self._ear is not None:
            await self._ear.close()
        self._ear = None

    async def _play(self, pcm: np.ndarray) -> None:
        sound = self._home / "said.raw"
        sound.write_bytes(pcm.tobytes())
        player = await self._start(
            "pacat", "--playback", f"--device={self.name}", *RAW, "--latency-msec=40", str(sound)
        )
        assert await player.wait() == 0, "pacat could not play"

    async def _start(self, *argv: str, stdout: bool = False) -> asyncio.subprocess.Process:
        output = asyncio.subprocess.PIPE if stdout else asyncio.subprocess.DEVNULL
        return await asyncio.create_subprocess_exec(*argv, env=self.environment, stdout=output)

    async def _pactl(self, *argv: str) -> str:
        child = await self._start("pactl", *argv, stdout=True)
        output, _ = await child.communicate()
        assert child.returncode == 0, f"pactl {argv}"
        return output.decode()
