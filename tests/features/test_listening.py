"""The microphone in the daemon, on a real sound server: when it is heard, what is left out, what its loss means."""

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import soundfile

from companion.adapters.obs.config import ObsCredentials
from companion.adapters.obs.link import ObsLink
from companion.adapters.obs.notices import ObsNotice
from companion.adapters.spool import Spool
from companion.domain.events import (
    MicrophoneChanged,
    MicrophoneMeasured,
    ObsConnectionChanged,
    ObsState,
    RecordStateChanged,
    SessionChanged,
    SettingsChanged,
    SpeechStateChanged,
    StudioChanged,
)
from companion.domain.listening import Gate
from companion.domain.models import Capture, Session, utc_now
from companion.domain.settings import Settings
from companion.domain.speech import RATE
from companion.domain.studio import SILENT_DB, Input, StudioState
from companion.features.microphone import Microphones
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError
from companion.kernel.status import Health, StatusBoard
from tests.obs_link import ticking, until
from tests.sound_server import SoundServer, beeps, sound_server, write_wav

pytestmark = pytest.mark.real

SLEEPS = 4
"""How often the PC sleeps at most until it is told that it slept."""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    with sound_server(tmp_path / "sound") as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        running.plug_in("mic")
        running.set_default("mic.source")
        yield running


@dataclasses.dataclass
class Room:
    """The service with all that it meets; OBS is played by events on the bus."""

    bus: Bus
    board: StatusBoard
    link: ObsLink
    spool: Spool
    settings: Settings
    microphones: Microphones

    async def change(self, name: str, value: Any) -> None:
        self.settings = self.settings.model_copy(update={name: value})
        self.bus.publish(SettingsChanged({name: value}))

    def state(self) -> str:
        said = self.bus.latest(MicrophoneChanged)
        return said.state if said else ""

    async def until_state(self, state: str, seconds: float = 30.0) -> None:
        await until(lambda: self.state() == state, seconds, lambda: f"{state}; it is {self.state()}")

    def record(self, *, active: bool) -> None:
        self.bus.publish(RecordStateChanged(active=active, since=time.time() if active else None))

    def mute(self, *, muted: bool) -> None:
        """As OBS tells it: the notice, and a moment later the studio."""
        self.link.notices.publish(ObsNotice("InputMuteStateChanged", {"inputName": "Mic/Aux", "inputMuted": muted}))
        self.bus.publish(StudioChanged(studio(muted=muted)))

    async def sound(self) -> list[tuple[float, bytes, bool, int | None]]:
        """All pieces in the spool: (when, samples, muted, session)."""
        found, position = [], 0
        while sound := await self.spool.read(position):
            at = self.spool.at(sound.position)
            muted = self.spool.muted_between(sound.position, sound.position)
            found.append((at, sound.pcm, muted, self.spool.session_at(sound.position)))
            position = sound.end
        return found

    async def seconds(self) -> float:
        return sum(len(pcm) for _, pcm, _, _ in await self.sound()) / 2 / RATE

    async def until_heard(self, seconds: float, more_than: float = 0.0) -> None:
        """Until so much more sound is in the spool than `more_than`."""
        await until(
            lambda: self.spool.backlog_seconds >= more_than + seconds,
            30,
            lambda: f"{seconds} s more than {more_than}; there are {self.spool.backlog_seconds}",
        )


def level(made: Room) -> float:
    """How loud the microphone is that is heard; silent while none is."""
    heard = made.microphones._level
    return heard.db if heard else SILENT_DB


def studio(*, muted: bool) -> StudioState:
    return StudioState(connected=True, inputs=(Input("Mic/Aux", "pulse_input_capture", has_audio=True, muted=muted),))


@contextlib.asynccontextmanager
async def room(tmp_path: Path, settings: Settings | None = None, speech: str = "listening") -> AsyncIterator[Room]:
    bus = Bus()
    board = StatusBoard(bus)

    async def nowhere() -> ObsCredentials:
        return ObsCredentials("ws://127.0.0.1:9", None, "the settings")

    link, spool = ObsLink(bus, board, nowhere), Spool(tmp_path / "spool", memory_seconds=600)

    async def change(name: str, value: Any) -> None:
        await made.change(name, value)

    def current() -> Settings:
        return made.settings

    microphones = Microphones(spool, link, bus, board, current, change, lambda: tmp_path / "clips")
    made = Room(bus, board, link, spool, settings or Settings(), microphones)
    bus.publish(SpeechStateChanged(speech))
    async with asyncio.TaskGroup() as group:
        task = group.create_task(microphones.run(lambda: None))
        try:
            yield made
        finally:
            task.cancel()


def loud(pcm: bytes) -> bool:
    return bool(np.abs(np.frombuffer(pcm, np.int16)).max(initial=0) > 3000)


async def test_it_is_heard_only_while_something_is_on(server: SoundServer, tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        await made.until_state("waiting")
        assert (await made.microphones.show()).gate is Gate.IDLE
        made.record(active=True)
        await made.until_state("listening")
        await made.until_heard(1.0)
        status = await made.microphones.show()
        assert (status.device, status.gate, status.rate) == ("Mic", Gate.OPEN, 48_000)
        made.record(active=False)
        await made.until_state("waiting")
        before = await made.seconds()
        assert made.microphones._hearing is None, "the system shows no microphone in use any more"
        await made.change("listen_when", "always")
        await made.until_state("listening")
        await made.until_heard(0.5, before)


@pytest.mark.parametrize("speech", ["off", "no_model"])
async def test_it_is_not_even_opened_when_nobody_would_hear(server: SoundServer, tmp_path: Path, speech: str) -> None:
    async with room(tmp_path, Settings(listen_when="always"), speech) as made:
        await made.until_state("off")
        assert made.board.get("microphone").health is Health.OFF  # type: ignore[union-attr]
        made.bus.publish(SpeechStateChanged("listening"))
        await made.until_state("listening")


async def test_what_is_said_while_muted_in_obs_is_left_out_to_the_moment(server: SoundServer, tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        made.bus.publish(StudioChanged(studio(muted=False)))
        made.record(active=True)
        await made.until_state("listening")
        server.play("mic", write_wav(tmp_path / "noise.wav", beeps(40, every=0.1)))
        await until(lambda: level(made) > -20, 20, lambda: "the noise is heard")
        await made.until_heard(1.0, made.spool.backlog_seconds)
        async with ticking() as starved:
            made.mute(muted=True)
            muted_at = time.time()
            await made.until_state("muted")
            muted_at += starved.seconds
        cuts = made.spool.cuts
        assert cuts >= 1, "the utterance ends with the mute"
        await asyncio.sleep(2.0)
        made.mute(muted=False)
        open_at = time.time()
        await made.until_state("listening")
        before = made.spool.backlog_seconds
        await made.until_heard(1.0, before)
        for at, pcm, muted, _ in await made.sound():
            end = at + len(pcm) / 2 / RATE
            assert end <= muted_at + 0.15 or at >= open_at - 0.05, "nothing of the time between"
            assert not muted
        assert any(at >= open_at for at, *_ in await made.sound())


async def test_what_is_muted_stays_so_when_obs_dies_and_ends_with_what_it_is_heard_for(
    server: SoundServer, tmp_path: Path
) -> None:
    async with room(tmp_path) as made:
        made.bus.publish(ObsConnectionChanged(ObsState.CONNECTED))
        made.mute(muted=True)
        made.record(active=True)
        await made.until_state("muted")
        made.bus.publish(ObsConnectionChanged(ObsState.NOT_RUNNING))
        made.bus.publish(StudioChanged(StudioState()))
        await until(lambda: "last seen" in detail(made), 10, lambda: f"why it is muted: {detail(made)}")
        assert made.state() == "muted"
        made.record(active=False)  # as the link tells it, some seconds later
        await made.until_state("waiting")
        by_hand = Session(id=1, title="by hand", started_at=utc_now(), seen_at=utc_now())
        made.bus.publish(SessionChanged(by_hand.model_dump(mode="json")))
        await made.until_state("listening")
        told = [envelope.event for envelope in made.bus.since(made.bus.oldest_id - 1) or []]
        gates = [event.gate for event in told if isinstance(event, MicrophoneChanged)]
        assert Gate.MUTED not in gates[gates.index(Gate.OPEN) :], f"it was open in between: {gates}"


async def test_who_wants_it_gets_what_was_said_muted_marked_as_that(server: SoundServer, tmp_path: Path) -> None:
    async with room(tmp_path, Settings(listen_when_muted=True, listen_when="always")) as made:
        made.bus.publish(StudioChanged(studio(muted=True)))
        await made.until_state("muted")
        await made.until_heard(1.0)
        assert all(muted for _, _, muted, _ in await made.sound())


async def test_sound_belongs_to_the_session_it_was_said_in(server: SoundServer, tmp_path: Path) -> None:
    async with room(tmp_path, Settings(listen_when="always")) as made:
        await made.until_heard(0.5)
        session = Session(id=7, title="A: night?", started_at=utc_now(), seen_at=utc_now())
        made.bus.publish(SessionChanged(session.model_dump(mode="json")))
        await made.until_heard(1.0, made.spool.backlog_seconds)
        made.bus.publish(SessionChanged(session.model_dump(mode="json") | {"state": "closed"}))
        await made.until_heard(1.0, made.spool.backlog_seconds)
        sessions = [number for *_, number in await made.sound()]
        assert list(dict.fromkeys(sessions)) == [None, 7]
        assert sessions[-1] is None


async def test_nothing_is_heard_in_a_session_of_the_picture_alone(server: SoundServer, tmp_path: Path) -> None:
    async with room(tmp_path, Settings(listen_when="always")) as made:
        await made.until_heard(0.5)
        session = Session(id=7, title="Film", capture=Capture.PICTURE, started_at=utc_now(), seen_at=utc_now())
        made.bus.publish(SessionChanged(session.model_dump(mode="json")))
        await made.until_state("picture_only")
        component = made.board.get("microphone")
        assert component is not None
        assert component.health is Health.OFF
        assert "picture alone" in component.detail
        heard = made.spool.backlog_seconds
        made.record(active=True)
        await asyncio.sleep(1.0)
        assert made.spool.backlog_seconds == heard
        made.bus.publish(SessionChanged(session.model_dump(mode="json") | {"state": "closed"}))
        await made.until_heard(0.5, heard)
        assert {number for *_, number in await made.sound()} == {None}


async def test_an_unplugged_microphone_is_told_and_taken_up_again(server: SoundServer, tmp_path: Path) -> None:
    server.plug_in("other")
    async with room(tmp_path, Settings(listen_when="always", microphone="Mic")) as made:
        await made.until_heard(1.0)
        server.unplug("mic")
        await made.until_state("missing")
        component = made.board.get("microphone")
        assert component is not None
        assert (component.health, bool(component.remedy)) == (Health.ATTENTION, True)
        before = await made.seconds()
        cuts = made.spool.cuts
        server.plug_in("mic")
        await made.until_state("listening")
        await made.until_heard(1.0, before)
        assert made.spool.cuts >= cuts
        pieces = await made.sound()
        assert [at for at, *_ in pieces] == sorted(at for at, *_ in pieces), "on one clock"


async def test_a_killed_sound_server_is_told_and_its_successor_taken_up(
    server: SoundServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("companion.features.microphone.GAP_SECONDS", 0.3)
    async with room(tmp_path, Settings(listen_when="always")) as made:
        await made.until_heard(0.5)
        server.kill()
        await until(lambda: made.state() in ("missing", "failed"), 20, lambda: f"a loss; it is {made.state()}")
        before = await made.seconds()
        server.start()
        server.plug_in("mic")
        server.set_default("mic.source")
        await made.until_state("listening")
        await made.until_heard(0.5, before)
        assert "nothing was heard" in detail(made)


async def test_another_microphone_is_used_as_soon_as_it_is_chosen(server: SoundServer, tmp_path: Path) -> None:
    server.plug_in("other")
    async with room(tmp_path, Settings(listen_when="always")) as made:
        await made.until_state("listening")
        with pytest.raises(CompanionError) as refused:
            await made.microphones.use("nothing")
        assert refused.value.code == "unknown_microphone"
        await made.microphones.use("OTHER")
        assert made.settings.microphone == "other.source"
        await until(
            lambda: made.bus.latest(MicrophoneChanged).device == "Other",  # type: ignore[union-attr]
            20,
            lambda: f"the other one; it is {made.bus.latest(MicrophoneChanged)}",
        )
        await made.microphones.use(None)
        await until(
            lambda: made.bus.latest(MicrophoneChanged).device == "Mic",  # type: ignore[union-attr]
            20,
            lambda: f"the system's; it is {made.bus.latest(MicrophoneChanged)}",
        )


async def test_the_level_is_told_to_those_who_watch_and_by_a_test(server: SoundServer, tmp_path: Path) -> None:
    async with room(tmp_path, Settings(listen_when="always")) as made:
        levels = made.bus.subscribe(watch={"meters"})
        await made.until_state("listening")
        server.play("mic", write_wav(tmp_path / "noise.wav", beeps(60, every=0.1)))
        await until(lambda: level(made) > -20, 20, lambda: "the noise is heard")
        heard = await made.microphones.test(None, 1.0)
        assert -10 < heard.db < -7
        told = [item.event for item in levels.take_waiting() if isinstance(item.event, MicrophoneMeasured)]
        assert {event.name for event in told} == {"mic.source"}
        assert -10 < max(event.db for event in told) < -7


async def test_trying_another_microphone_is_not_taken_for_the_one_in_use(server: SoundServer, tmp_path: Path) -> None:
    server.plug_in("other")
    async with room(tmp_path, Settings(listen_when="always")) as made:
        levels = made.bus.subscribe(watch={"meters"})
        await made.until_state("listening")
        server.play("mic", write_wav(tmp_path / "noise.wav", beeps(60, every=0.1)))
        await until(lambda: level(made) > -20, 20, lambda: "the noise is heard")
        assert (await made.microphones.test("other.source", 1.0)).db < -60
        told = [item.event for item in levels.take_waiting() if isinstance(item.event, MicrophoneMeasured)]
        assert max(event.db for event in told if event.name == "other.source") < -60
        await until(lambda: level(made) > -20, 20, lambda: "the noise is heard on")
        assert ((await made.microphones.show()).db or -100) > -20


async def test_sound_is_kept_only_when_asked_for_and_on_the_clock(server: SoundServer, tmp_path: Path) -> None:
    async with room(tmp_path, Settings(listen_when="always")) as made:
        await made.until_heard(0.5)
        assert not (tmp_path / "clips").exists()
        session = Session(id=7, title="A: night?", started_at=utc_now(), seen_at=utc_now())
        made.bus.publish(SessionChanged(session.model_dump(mode="json")))
        made.bus.publish(StudioChanged(studio(muted=False)))
        await made.change("keep_sound", value=True)
        await until(lambda: bool(list((tmp_path / "clips").glob("*/*.flac"))), 20, lambda: "a file")
        server.play("mic", write_wav(tmp_path / "beeps.wav", beeps(40)))
        await until(lambda: level(made) > -20, 20, lambda: "the beeps are heard")
        await made.until_heard(2.0, made.spool.backlog_seconds)
        made.mute(muted=True)
        await made.until_state("muted")
        await asyncio.sleep(1.5)
        made.mute(muted=False)
        await made.until_state("listening")
        await made.until_heard(3.0, made.spool.backlog_seconds)
        spoken = beeps_in([(at, pcm) for at, pcm, _, session_id in await made.sound() if session_id == 7])
        await made.change("listen_when", "live")
        await made.until_state("waiting")
        (file,) = (tmp_path / "clips").glob("*/*.flac")
        assert "A night (7)" in file.parent.name
        assert "?" not in file.parent.name
        await until(lambda: soundfile.info(file).frames > 0, 20, lambda: "the file to be complete")
        sound, rate = soundfile.read(file, dtype="int16")
        assert rate == RATE
        kept = beeps_in([(0.0, sound.tobytes())])
        assert len(spoken) >= 4
        assert np.diff(spoken).max() > 1.5, "a beep was while it was muted"
        between = np.diff(spoken)
        assert np.diff(kept)[: len(between)] == pytest.approx(between, abs=0.05), "the mute is in it, as silence"


async def test_kept_sound_goes_on_in_its_file_after_the_microphone_was_lost(
    server: SoundServer, tmp_path: Path
) -> None:
    settings = Settings(listen_when="always", microphone="mic.source", keep_sound=True)
    async with room(tmp_path, settings) as made:
        session = Session(id=7, title="Night", started_at=utc_now(), seen_at=utc_now())
        made.bus.publish(SessionChanged(session.model_dump(mode="json")))
        await made.until_heard(1.0)
        server.unplug("mic")
        await made.until_state("missing")
        server.plug_in("mic")
        await made.until_state("listening")
        await made.until_heard(1.0, made.spool.backlog_seconds)
        await made.change("listen_when", "live")
        await made.until_state("waiting")
        heard = [(at, pcm) for at, pcm, _, number in await made.sound() if number == 7]
        (file,) = (tmp_path / "clips").glob("*(7)/*.flac")
        await until(lambda: soundfile.info(file).frames > 0, 20, lambda: "the file to be complete")
        (first, _), (last, pcm) = heard[0], heard[-1]
        spoken = sum(len(pcm) for _, pcm in heard) / 2 / RATE
        length = last + len(pcm) / 2 / RATE - first
        assert length > spoken + 0.5, "nothing was heard for a while"
        assert soundfile.info(file).duration == pytest.approx(length, abs=0.3)


def beeps_in(pieces: list[tuple[float, bytes]]) -> list[float]:
    """When each beep of `pieces` (when, samples) begins."""
    found = [at + np.flatnonzero(np.abs(np.frombuffer(pcm, np.int16)) > 3000) / RATE for at, pcm in pieces]
    loud = np.concatenate(found)
    return [float(moment) for moment in loud[np.diff(loud, prepend=-1.0) > 0.5]]


async def test_kept_sound_alone_is_not_spooled_for_a_recognition_that_will_not_come(
    server: SoundServer, tmp_path: Path
) -> None:
    async with room(tmp_path, Settings(listen_when="always", keep_sound=True), "off") as made:
        server.play("mic", write_wav(tmp_path / "noise.wav", beeps(40, every=0.1)))
        for speech in ("off", "no_model"):
            made.bus.publish(SpeechStateChanged(speech))
            await until_more_is_kept(tmp_path / "clips")
            assert made.spool.backlog_seconds == 0
        made.bus.publish(SpeechStateChanged("listening"))
        await made.until_heard(0.5)


async def until_more_is_kept(folder: Path) -> None:
    def size() -> int:
        return sum(file.stat().st_size for file in folder.glob("*/*.flac"))

    before = size()
    await until(lambda: size() > before + 10_000, 30, lambda: f"the file does not grow: {size()}")


async def test_a_chosen_model_that_is_missing_loses_no_word(server: SoundServer, tmp_path: Path) -> None:
    async with room(tmp_path, Settings(listen_when="always", stt_model="small"), "no_model") as made:
        await made.until_heard(0.5)


async def test_it_is_told_that_nobody_knows_which_of_obss_inputs_it_is(server: SoundServer, tmp_path: Path) -> None:
    async with room(tmp_path, Settings(listen_when="always", obs_microphone="Gone")) as made:
        made.bus.publish(StudioChanged(studio(muted=True)))
        await made.until_state("listening")
        component = made.board.get("microphone")
        assert component is not None
        assert (component.health, bool(component.remedy)) == (Health.ATTENTION, True)
        await made.until_heard(0.5)
        await made.change("obs_microphone", None)
        await made.until_state("muted")


async def test_its_device_tells_which_of_obss_inputs_it_is(server: SoundServer, tmp_path: Path) -> None:
    card = Input("Capture card", "dshow_input", has_audio=True)
    async with room(tmp_path, Settings(listen_when="always", microphone="mic.source")) as made:
        await made.until_state("listening")
        for device in ("mic.source", "default"):
            mine = Input("Mic/Aux", "pulse_input_capture", has_audio=True, muted=True, device=device)
            made.bus.publish(StudioChanged(StudioState(connected=True, inputs=(mine, card))))
            await made.until_state("muted")
            made.bus.publish(StudioChanged(studio(muted=False)))
            await made.until_state("listening")
        server.plug_in("other")
        server.set_default("other.source")
        await until(lambda: heard_as(made) == ["mic.source"], 20, lambda: f"no default any more: {heard_as(made)}")


def heard_as(made: Room) -> list[str]:
    said = made.bus.latest(MicrophoneChanged)
    return said.devices if said else []


async def test_a_pc_that_slept_is_told_and_heard_on(
    server: SoundServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with room(tmp_path, Settings(listen_when="always")) as made:
        await made.until_heard(1.0)
        assert detail(made) == ""
        monkeypatch.setattr("companion.features.microphone.GAP_SECONDS", 1.5)
        await until_slept(server, made)
        component = made.board.get("microphone")
        assert component is not None
        assert (component.state, component.health) == ("listening", Health.OK)
        await made.until_heard(0.5, made.spool.backlog_seconds)
        moments = [at for at, *_ in await made.sound()]
        assert max(np.diff(moments)) > 2.0, "what came after it is not taken for what came before"


async def test_a_microphone_that_can_be_opened_but_gives_no_sound_is_not_said_to_be_heard(
    server: SoundServer, tmp_path: Path
) -> None:
    server.suspend("mic", suspended=True)
    async with room(tmp_path, Settings(listen_when="always")) as made:
        told = made.bus.subscribe(MicrophoneChanged)
        states = ["missing", "listening"]
        await made.until_state("missing")
        server.suspend("mic", suspended=False)
        await made.until_heard(0.5)
        assert [cast("MicrophoneChanged", (await told.get()).event).state for _ in states] == states


async def until_slept(server: SoundServer, made: Room) -> None:
    """Have the PC sleep, again where a busy sound server makes up for most of it, until that is told."""
    for _ in range(SLEEPS):
        before = made.spool.backlog_seconds
        server.suspend("mic", suspended=True)
        await asyncio.sleep(3.0)
        server.suspend("mic", suspended=False)
        await made.until_heard(1.0, before)
        if "slept" in detail(made):
            return
    raise AssertionError(f"the pause is not told; it says {detail(made)!r}")


def detail(made: Room) -> str:
    said = made.bus.latest(MicrophoneChanged)
    return said.detail if said else ""


async def test_after_the_clock_was_set_back_it_is_heard_on(
    server: SoundServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = 3600.0
    clock = SimpleNamespace(time=lambda: time.time() + ahead, monotonic=time.monotonic)
    monkeypatch.setattr("companion.features.microphone.time", clock)
    async with room(tmp_path, Settings(listen_when="always")) as made:
        await made.until_state("listening")
        ahead = 0.0
        await made.until_heard(0.5)
