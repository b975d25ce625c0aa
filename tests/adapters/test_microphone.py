"""A real microphone of a real sound server: heard well at any rate and on any channel, and noticed when it goes."""

import asyncio
import contextlib
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest

from companion.adapters.microphone import pulse
from companion.adapters.microphone.client import Block, Changes, Hearing, list_microphones
from companion.domain.listening import Microphone, chosen
from companion.domain.speech import RATE
from companion.kernel.errors import CompanionError, Unavailable
from tests.sound_server import SoundServer, beeps, sound_server, write_wav

pytestmark = pytest.mark.real

HUNG_SECONDS = 0.2
PATIENCE = 6
"""How often is listened again while the sound server hangs, as on a very busy PC."""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    with sound_server(tmp_path / "sound") as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


async def found(name: str) -> Microphone:
    microphone = chosen(await list_microphones(), name)
    assert microphone is not None, name
    return microphone


async def heard(hearing: Hearing, seconds: float) -> tuple[np.ndarray, list[Block]]:
    """What is heard in `seconds`, as samples and blocks."""
    blocks: list[Block] = []
    while sum(len(block.pcm) for block in blocks) < seconds * RATE * 2:
        blocks.append(await hearing.read())
    return np.frombuffer(b"".join(block.pcm for block in blocks), np.int16), blocks


class Witness:
    """Another recorder, which shows whether the sound server hung since `begin`: then sound may be lost."""

    def __init__(self) -> None:
        self._arrivals: list[float] = []

    @property
    def listens(self) -> bool:
        return bool(self._arrivals)

    def begin(self) -> None:
        self._arrivals = self._arrivals[-1:]

    @property
    def hung(self) -> float:
        """For how long (seconds), at most."""
        return max(np.diff(self._arrivals)) if len(self._arrivals) > 1 else np.inf

    async def watch(self, stream: asyncio.StreamReader) -> None:
        while await stream.read(2 * RATE):
            self._arrivals.append(time.monotonic())


@contextlib.asynccontextmanager
async def witnessed(hearing: Hearing) -> AsyncIterator[Witness]:
    argv = ["parec", f"--device={hearing.microphone.name}", "--raw", "--rate=16000", "--channels=1"]
    recorder = await asyncio.create_subprocess_exec(*argv, "--latency-msec=20", stdout=asyncio.subprocess.PIPE)
    assert recorder.stdout is not None
    witness = Witness()
    watching = asyncio.create_task(witness.watch(recorder.stdout))
    try:
        async with asyncio.timeout(30):
            while not witness.listens:
                await asyncio.sleep(0.02)
        yield witness
    finally:
        recorder.kill()
        await recorder.wait()
        await watching


async def heard_calmly(hearing: Hearing, seconds: float) -> tuple[np.ndarray, list[Block]]:
    """What is `heard`, again where the server hung meanwhile."""
    async with witnessed(hearing) as witness:
        for _ in range(PATIENCE):
            witness.begin()
            found = await heard(hearing, seconds)
            if witness.hung < HUNG_SECONDS:
                return found
    raise AssertionError(f"the sound server hung for {witness.hung:.2f} s")


def pitch(samples: np.ndarray) -> float:
    """The loudest frequency, in hertz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * RATE / len(samples))


async def test_microphones_are_listed_with_their_own_format_and_monitors_last(server: SoundServer) -> None:
    server.plug_in("yeti")
    server.plug_in("interface", rate=11_025, channels=8, microphone=False)
    server.set_default("yeti.source")
    listed = await list_microphones()
    yeti = next(item for item in listed if item.name == "yeti.source")
    assert (yeti.label, yeti.default, yeti.monitor, yeti.rate) == ("Yeti", True, False, 48_000)
    assert listed[0] is yeti
    interface = next(item for item in listed if item.name == "interface.monitor")
    assert (interface.rate, interface.channels, interface.monitor) == (11_025, 8, True)
    assert chosen(listed, "yeti") is yeti
    assert chosen(listed, None) is yeti


@pytest.mark.parametrize(("rate", "channels", "on"), [(48_000, 2, 1), (44_100, 1, 0), (11_025, 8, 5), (16_000, 1, 0)])
async def test_every_rate_and_channel_becomes_clean_16_khz(
    server: SoundServer, tmp_path: Path, rate: int, channels: int, on: int
) -> None:
    name = server.plug_in("mic", rate=rate, channels=channels, microphone=False)
    sound = np.zeros((rate * 40, channels), np.int16)
    moments = np.arange(rate * 40) / rate
    sound[:, on] = np.sin(2 * np.pi * 440 * moments) * 12_000
    async with Hearing(await found(name)) as hearing:
        await heard(hearing, 0.1)  # a null sink that somebody plays to before anybody listens is two seconds late
        server.play("mic", write_wav(tmp_path / "tone.wav", sound, rate))
        samples, blocks = await heard_calmly(hearing, 4.0)
        samples = samples[-2 * RATE :]
        assert pitch(samples) == pytest.approx(440, abs=2)
        assert np.abs(samples).max() == pytest.approx(12_000, rel=0.06), "as loud as it was spoken"
        assert max(block.db for block in blocks) == pytest.approx(20 * np.log10(12_000 / 32_768), abs=0.6)
        assert [b.position for b in blocks[1:]] == [b.position + len(b.pcm) // 2 for b in blocks[:-1]]


@pytest.mark.parametrize(("channels", "on"), [(2, 1), (8, 5)])
async def test_steady_noise_comes_in_larger_blocks_and_who_speaks_is_heard_at_once(
    server: SoundServer, tmp_path: Path, channels: int, on: int
) -> None:
    """Each block takes time of three processes, and most of an evening nobody speaks."""
    name = server.plug_in("mic", channels=channels, microphone=False)
    sound = np.random.default_rng(1).integers(-60, 60, (48_000 * 14, channels)).astype(np.int16)
    sound[48_000 * 8 : 48_000 * 11, on] += (beeps(3, every=0.5, rate=48_000) * 0.3).astype(np.int16)
    async with Hearing(await found(name)) as hearing:
        await heard(hearing, 0.1)
        server.play("mic", write_wav(tmp_path / "talk.wav", sound))
        blocks = [await hearing.read()]
        while blocks[-1].at - blocks[0].at < 13:
            blocks.append(await hearing.read())
    assert [b.position for b in blocks[1:]] == [b.position + len(b.pcm) // 2 for b in blocks[:-1]]
    loud = [number for number, block in enumerate(blocks) if block.db > -40]
    before = [len(block.pcm) / 2 / RATE for block in blocks[loud[0] - 12 : loud[0] - 4]]
    speech = [len(block.pcm) / 2 / RATE for block in blocks[loud[0] : loud[-1]]]
    assert float(np.median(before)) > 0.3
    assert max(speech) < 0.13


async def test_resampling_lets_nothing_through_that_would_fold(server: SoundServer, tmp_path: Path) -> None:
    name = server.plug_in("mic", microphone=False)
    moments = np.arange(48_000 * 40) / 48_000
    whistle = (np.sin(2 * np.pi * 11_000 * moments) * 12_000).astype(np.int16)  # would be heard at 5 kHz
    async with Hearing(await found(name)) as hearing:
        await heard(hearing, 0.1)
        server.play("mic", write_wav(tmp_path / "whistle.wav", np.stack([whistle, whistle], 1)))
        samples, blocks = await heard_calmly(hearing, 4.0)
        assert max(block.db for block in blocks) > -12, "it did arrive"
        # Half a second at its end, when it had long begun.
        assert np.abs(samples[-RATE // 2 :]).max() < 40


async def test_a_moment_is_known_to_a_tenth_of_a_second(server: SoundServer, tmp_path: Path) -> None:
    name = server.plug_in("mic", microphone=False)
    async with Hearing(await found(name)) as hearing:
        await heard(hearing, 1.0)
        beeping = write_wav(tmp_path / "beeps.wav", np.stack([beeps(60), beeps(60)], 1))
        async with witnessed(hearing) as witness:
            before = time.time()
            server.play("mic", beeping)
            for _ in range(PATIENCE):
                witness.begin()
                moments = await beeps_heard(hearing, 5)
                assert moments[0] > before - 0.1
                assert moments[-1] <= time.time(), "nothing is heard before it was said"
                if witness.hung < HUNG_SECONDS:
                    break
        apart = np.diff(moments[1:])
        assert apart == pytest.approx([1.0, 1.0, 1.0], abs=0.1), f"the server hung for {witness.hung:.2f} s"


async def beeps_heard(hearing: Hearing, count: int) -> list[float]:
    """When each of the next beeps began (Unix seconds); the first one may have begun before."""
    moments: list[float] = []
    while len(moments) < count:
        block = await hearing.read()
        loud = np.flatnonzero(np.abs(np.frombuffer(block.pcm, np.int16)) > 3000)
        if len(loud) and (not moments or block.at - moments[-1] > 0.5):
            moments.append(block.at + loud[0] / RATE)
    return moments


async def test_an_unplugged_microphone_is_noticed_though_the_server_goes_on_with_another(server: SoundServer) -> None:
    name = server.plug_in("mic")
    server.plug_in("other")
    microphone = await found(name)
    async with Changes() as changes, Hearing(microphone) as hearing:
        await heard(hearing, 0.5)
        assert await hearing.is_heard()
        server.unplug("mic")
        async with asyncio.timeout(30):
            while any(item.name == name for item in await list_microphones()):
                await changes.next()
        assert "other" in (await pulse.heard_by(hearing.pid or 0) or ""), "the server went on with another"
        assert not await hearing.is_heard()
        server.plug_in("mic")
        async with asyncio.timeout(30):
            while not any(item.name == name for item in await list_microphones()):
                await changes.next()
    async with Hearing(await found(name)) as again:
        _, blocks = await heard(again, 0.5)
        assert blocks[0].position == 0


async def test_a_killed_server_is_noticed_and_its_successor_is_used(server: SoundServer) -> None:
    name = server.plug_in("mic")
    async with Changes() as changes, Hearing(await found(name)) as hearing:
        await heard(hearing, 0.5)
        server.kill()
        async with asyncio.timeout(30):
            await changes.next()
        with pytest.raises(Unavailable) as caught:
            await list_microphones()
        assert caught.value.code == "no_sound_server"
        child = hearing.pid
        began = time.monotonic()
        with pytest.raises(Unavailable) as lost:
            while True:
                await hearing.read()
        assert lost.value.code == "microphone_missing"
        assert time.monotonic() - began < 30
        server.start()
        server.plug_in("mic")
        async with asyncio.timeout(30):
            await changes.next()
        async with Hearing(await found(name)) as again:
            assert again.pid != child
            await heard(again, 0.5)


async def test_a_microphone_that_is_not_there_is_refused_in_words(server: SoundServer) -> None:
    server.plug_in("mic")
    gone = Microphone("yeti.source", "Yeti", 48_000, 2, of_server=True)
    with pytest.raises(CompanionError) as caught:
        async with Hearing(gone):
            pass
    assert caught.value.code in ("microphone_missing", "microphone_failed")
    assert caught.value.remedy


async def test_a_server_that_lets_nobody_in_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as folder, sound_server(Path(folder), stranger=True) as closed:
        for name, value in closed.environment.items():
            monkeypatch.setenv(name, value)
        (Path(folder) / "wrong cookie").write_bytes(bytes(256))
        monkeypatch.setenv("PULSE_COOKIE", str(Path(folder) / "wrong cookie"))
        with pytest.raises(Unavailable) as caught:
            await list_microphones()
        assert caught.value.code == "sound_server_forbidden"


async def test_without_a_sound_server_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SoundServer(tmp_path / "nothing").environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Unavailable) as caught:
        await list_microphones()
    assert caught.value.code == "no_sound_server"
    async with Changes() as changes, asyncio.timeout(30):
        await changes.next()  # it is looked for again and again


async def test_a_killed_child_is_a_lost_microphone(server: SoundServer) -> None:
    name = server.plug_in("mic")
    async with Hearing(await found(name)) as hearing:
        await heard(hearing, 0.3)
        assert hearing.pid is not None
        os.kill(hearing.pid, signal.SIGKILL)
        with pytest.raises(Unavailable) as lost:
            while True:
                await hearing.read()
        assert lost.value.code == "microphone_missing"


async def test_end_gives_its_reason_to_who_reads(server: SoundServer) -> None:
    name = server.plug_in("mic")
    async with Hearing(await found(name)) as hearing:
        await heard(hearing, 0.3)
        hearing.end(Unavailable("another", "Another one was chosen."))
        with pytest.raises(Unavailable) as ended:
            while True:
                await hearing.read()
        assert ended.value.code == "another"
