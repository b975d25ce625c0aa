"""The microphone's child: hears one sound input, and gives it out as 16 kHz mono with the time of each block.

It is a process of its own because PortAudio knows no way back: after the sound server died its calls never return,
and a device that was plugged in later is not listed. It is started with one argument, JSON: `{"list": true}`, or
`{"device", "source", "rate", "channels"}` (`source` is a sound server's own name, with which the device is a detour).
"""

import json
import math
import os
import queue
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

from companion.adapters.microphone import wire
from companion.domain.noise_floor import NoiseFloor
from companion.domain.sample_clock import SampleClock
from companion.domain.speech import RATE
from companion.kernel.child import be_a_child, private_output
from companion.kernel.offload import start_reader

BLOCK_SECONDS = 0.1
LATENCY_SECONDS = 0.2
"""How much the system may hold back: less costs more processor time for nothing that anybody would notice."""
STEADY_BLOCKS = 4
"""How many blocks of steady noise are passed on together."""
LOOKED_AT = 4
"""Of how many samples one is looked at for that."""
SILENT_SECONDS = 5.0
"""A stream that gives nothing for so long is dead, whatever PortAudio says of it."""
SILENT_DB = -100.0
APIS = {"win32": ("Windows WASAPI",), "darwin": ("Core Audio",), "linux": ("PulseAudio", "ALSA")}
"""Windows lists each device once for each of its ways in; the last-named ones cut its name off."""
SERVERS = ("pulse", "pipewire", "default")
"""ALSA's names for the way to a sound server, the surest first."""
TRIED_RATES = (48_000, 44_100, RATE)

Block = tuple[bytes, float]


class Output:
    """The protocol's output; sound waits for `flush`."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._waiting: list[bytes] = []

    def json(self, **message: Any) -> None:
        self._add(wire.JSON_FRAME, json.dumps(message).encode())
        self.flush()

    def sound(self, position: int, at: float, db: float, pcm: bytes) -> None:
        self._add(wire.SOUND_FRAME, wire.SOUND.pack(position, at, db) + pcm)

    def flush(self) -> None:
        try:
            self._stream.write(b"".join(self._waiting))
            self._stream.flush()
        except BrokenPipeError:
            os._exit(0)
        self._waiting.clear()

    def _add(self, kind: bytes, content: bytes) -> None:
        self._waiting += wire.HEAD.pack(kind, len(content)), content


class Batch:
    """Holds blocks back while there is nothing but steady noise: each that is passed on costs three processes time."""

    def __init__(self, rate: int, channels: int) -> None:
        self._rate = rate
        self._floors = [NoiseFloor() for _ in range(channels)]
        self._waiting: list[Block] = []

    def add(self, pcm: bytes, at: float) -> list[Block]:
        """Take a block that arrived `at` (Unix seconds); what is to be passed on now: noise as one block."""
        import numpy as np

        self._waiting.append((pcm, at))
        channels, standing_out = len(self._floors), False
        samples = np.frombuffer(pcm, np.int16)
        for channel, floor in enumerate(self._floors):  # in turn: numpy takes three times as long for them together
            looked_at = samples[channel :: channels * LOOKED_AT]
            # From sample to sample: what rumbles is strong, but slow.
            steps = np.subtract(looked_at[1:], looked_at[:-1], dtype=np.int32)
            strength = max(steps.max(initial=0), -steps.min(initial=0)) / 32768
            standing_out |= floor.stands_out(float(strength))
        passed = self._waiting
        if not standing_out:
            if len(passed) < STEADY_BLOCKS:
                return []
            together, arrived = b"", math.inf
            for noise, came in passed:  # as late as the one that was least late
                together += noise
                arrived = min(arrived + len(noise) / (2 * channels * self._rate), came)
            passed = [(together, arrived)]
        self._waiting = []
        return passed


class Ear:
    """Turns blocks of `rate` and `channels` into 16 kHz mono, and tells where and when each was."""

    def __init__(self, rate: int, channels: int, output: Output) -> None:
        import soxr

        from companion.adapters.microphone.mix import Mix

        self._rate, self._channels = rate, channels
        self._output = output
        self._mix = Mix(rate, channels)
        self._resample = soxr.ResampleStream(rate, RATE, 1, dtype="float32", quality="HQ") if rate != RATE else None
        self._clock = SampleClock(rate)
        self._came = self._given = 0
        self._held: list[tuple[float, bytes]] = []

    def take_all(self, blocks: list[Block]) -> None:
        """Take blocks, each with when it had arrived (Unix seconds)."""
        for pcm, at in blocks:
            self._take(pcm, at)
        self._output.flush()

    def _take(self, pcm: bytes, at: float) -> None:
        import numpy as np

        block = np.frombuffer(pcm, np.int16).reshape(-1, self._channels)
        mono = self._mix.down(block)
        db = float(20 * np.log10(max(float(np.abs(mono).max(initial=0.0)), 1e-5)))
        out = mono if self._resample is None else self._resample.resample_chunk(mono)
        self._held.append((db, np.clip(np.rint(out * 32768.0), -32768, 32767).astype("<i2").tobytes()))
        self._came += len(block)
        if self._clock.arrived(self._came, at):
            self._give()

    def _give(self) -> None:
        lost = round(self._clock.lost * RATE / self._rate)
        for db, pcm in self._held:
            if pcm:
                began = self._clock.at(self._given * self._rate / RATE)
                self._output.sound(self._given + lost, began, max(SILENT_DB, db), pcm)
                self._given += len(pcm) // 2
        self._held.clear()


def devices(portaudio: Any) -> list[dict[str, Any]]:
    """The inputs, by the system's own way in where it offers several."""
    apis = portaudio.query_hostapis()
    wanted = APIS.get(sys.platform, ())
    chosen = next((api for name in wanted for api in apis if api["name"] == name and api["devices"]), None)
    chosen = chosen or next((api for api in apis if api["devices"]), None)
    found: list[dict[str, Any]] = []
    for number in chosen["devices"] if chosen else ():
        device = portaudio.query_devices(number)
        if device["max_input_channels"] > 0:
            known = sum(other["name"].split(" #")[0] == device["name"] for other in found)
            found.append(
                {
                    "number": number,
                    "name": device["name"] if not known else f"{device['name']} #{known + 1}",
                    "rate": int(device["default_samplerate"]),
                    "channels": min(int(device["max_input_channels"]), 8),
                    "default": chosen is not None and number == chosen["default_input_device"],
                }
            )
    return found


def hear(output: Output, portaudio: Any, wanted: dict[str, Any]) -> None:
    """Open the input that is `wanted`, and pass on what it hears until it is lost."""
    source = wanted.get("source")
    if source and int(wanted["channels"]) > 2 and shutil.which("parec"):
        _hear_many(output, str(source), int(wanted["rate"]), int(wanted["channels"]))
        return
    number = _number(devices(portaudio), wanted, by_server=bool(source))
    if number is None:
        output.json(error=wire.MISSING, detail="it is not there")
        return
    if source:
        # Both kinds of sound server read where to record from here, when the stream is opened.
        os.environ["PULSE_SOURCE"] = os.environ["PIPEWIRE_NODE"] = str(source)
    batches: queue.SimpleQueue[list[Block]] = queue.SimpleQueue()

    def arrived(data: Any, _frames: int, _moment: Any, _status: Any) -> None:
        if passed := batch.add(bytes(data), time.time()):
            batches.put(passed)

    stream, rate, channels = _open(portaudio, number, wanted, arrived)
    batch = Batch(rate, channels)
    output.json(opened={"rate": rate, "channels": channels, "pid": os.getpid()})
    ear = Ear(rate, channels, output)
    stream.start()
    while True:
        try:
            passed = batches.get(timeout=SILENT_SECONDS)
        except queue.Empty:
            output.json(error=wire.MISSING, detail="it gives no sound any more")
            return
        ear.take_all(passed)


def _hear_many(output: Output, source: str, rate: int, channels: int) -> None:
    """Hear a sound server's input of many channels, each as it is.

    Through ALSA they would be taken for loudspeakers around a listener, and those that are none would be left out.
    """
    form = ["--raw", "--format=s16le", f"--rate={rate}", f"--channels={channels}", "--no-remix", "--no-remap"]
    argv = ["parec", f"--device={source}", *form, f"--latency-msec={LATENCY_SECONDS * 500:.0f}"]
    with Path(os.devnull).open("wb") as nowhere:
        recorder = start_reader(argv, messages=nowhere)
    assert recorder.stdout is not None
    output.json(opened={"rate": rate, "channels": channels, "pid": recorder.pid})
    batch, ear = Batch(rate, channels), Ear(rate, channels, output)
    while block := recorder.stdout.read(round(rate * BLOCK_SECONDS) * channels * 2):
        ear.take_all(batch.add(block[: len(block) // (channels * 2) * channels * 2], time.time()))
    output.json(error=wire.MISSING, detail="its recording ended")


def _number(found: list[dict[str, Any]], wanted: dict[str, Any], *, by_server: bool) -> int | None:
    """PortAudio's number of the wanted device; the sound server's is any way to it."""
    names = (wanted["device"], *SERVERS) if by_server else (wanted["device"],)
    numbers = {device["name"]: int(device["number"]) for device in reversed(found)}
    return next((numbers[name] for name in names if name in numbers), None)


def _open(portaudio: Any, number: int, wanted: dict[str, Any], arrived: Any) -> tuple[Any, int, int]:
    """A stream with the device's own rate and channels, or with others where it refuses those."""
    rates = dict.fromkeys((int(wanted["rate"]), *TRIED_RATES))
    channels = dict.fromkeys((int(wanted["channels"]), 2, 1))
    problem: Exception | None = None
    for rate in rates:
        for count in channels:
            try:
                stream = portaudio.RawInputStream(
                    device=number,
                    samplerate=rate,
                    channels=count,
                    dtype="int16",
                    blocksize=round(rate * BLOCK_SECONDS),
                    latency=LATENCY_SECONDS,
                    callback=arrived,
                )
            except portaudio.PortAudioError as error:
                problem = problem or error
                if _code(error) not in (_INVALID_CHANNELS, _INVALID_RATE, _HOST_ERROR):
                    raise
            else:
                return stream, rate, count
    assert problem is not None
    raise problem


_INVALID_CHANNELS, _INVALID_RATE, _HOST_ERROR = -9998, -9997, -9999
_CODES = {-9985: wire.BUSY, -9996: wire.MISSING}
_HOST_CODES = {
    -16: wire.BUSY,  # EBUSY
    -13: wire.FORBIDDEN,  # EACCES
    -1: wire.FORBIDDEN,  # EPERM
    -2: wire.MISSING,  # ENOENT
    -19: wire.MISSING,  # ENODEV
    -0x7776FFF6: wire.BUSY,  # WASAPI: AUDCLNT_E_DEVICE_IN_USE
    -0x7776FFFC: wire.MISSING,  # WASAPI: AUDCLNT_E_DEVICE_INVALIDATED
    -0x7FF8FFFB: wire.FORBIDDEN,  # Windows: E_ACCESSDENIED
}
"""ALSA's errors are the system's, negative; Windows's are its own."""


def _code(error: Exception) -> int:
    return int(error.args[1]) if len(error.args) > 1 else 0


def error_of(error: Exception) -> dict[str, str]:
    """What a PortAudioError means: one of our codes, with PortAudio's words."""
    host = error.args[2] if len(error.args) > 2 else None
    code = _HOST_CODES.get(int(host[1])) if _code(error) == _HOST_ERROR and host else _CODES.get(_code(error))
    return {"error": code or wire.FAILED, "detail": str(host[2] if host else error.args[0])}


def main() -> None:
    """Do what the argument asks."""
    output = Output(private_output())
    be_a_child()
    wanted = json.loads(sys.argv[1])
    try:
        import sounddevice
    except OSError as error:
        output.json(error=wire.NO_PORTAUDIO, detail=str(error))
        os._exit(0)
    if "list" in wanted:
        output.json(devices=devices(sounddevice))
        os._exit(0)
    # Elsewhere than on Linux only the end of input tells that the daemon is gone.
    ThreadPoolExecutor(max_workers=1, thread_name_prefix="parent").submit(_end_with_input)
    try:
        hear(output, sounddevice, wanted)
    except sounddevice.PortAudioError as error:
        output.json(**error_of(error))
    os._exit(0)  # closing a stream whose server is gone would hang


def _end_with_input() -> None:
    while sys.stdin.buffer.read(1):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
