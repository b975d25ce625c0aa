"""Clips of what is over: exactly the words that were meant, out of an older recording or another clip."""

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import av
import pytest

from companion.adapters.clip_store import ClipStore
from companion.adapters.database import Database
from companion.adapters.media.client import MediaWorker
from companion.adapters.obs.config import ObsCredentials
from companion.adapters.obs.footage import Footage
from companion.adapters.obs.link import ObsLink
from companion.adapters.transcript_search import Range
from companion.adapters.transcript_store import TranscriptStore
from companion.domain.events import ClipAccepted, RecordStateChanged
from companion.domain.models import Clip, ClipState
from companion.domain.quotes import LEAD_SECONDS, TAIL_SECONDS
from companion.domain.settings import Settings
from companion.domain.speech import Final, Word
from companion.domain.windows import Stretch, Window
from companion.features.clips.past import PastClips
from companion.features.clips.pipeline import ClipPipeline
from companion.features.voice import VoiceCommands
from companion.kernel.actions import Caller, Registry, Scope
from companion.kernel.bus import Bus
from companion.kernel.errors import Failed, NotFound, Refused
from companion.kernel.status import ComponentChanged, StatusBoard
from tests.media import cached_video, frame_numbers

pytestmark = pytest.mark.slow

STREAMER = Caller("test", Scope.ADMIN)
FPS = 30
HOUR_AGO = 3600.0


async def nowhere() -> ObsCredentials:
    return ObsCredentials("ws://127.0.0.1:1", None, "nowhere")


class Desk:
    """A running pipeline without OBS; the recording of an hour ago is still there: 8 s, with a pause of 60 s."""

    def __init__(self, registry: Registry, store: ClipStore, transcript: TranscriptStore, recording: Path) -> None:
        self.registry = registry
        self.store = store
        self.transcript = transcript
        self.recording = recording
        self.began = round(time.time() - HOUR_AGO)

    async def say(self, start: float, text: str) -> None:
        said = text.split()
        words = [Word(start + n * 0.3, start + n * 0.3 + 0.25, word, 0.9) for n, word in enumerate(said)]
        spoken = Final(1, start, words[-1].end, text, tuple(words), "en", 0.9)
        await self.transcript.add(session_id=None, began=self.began, final=spoken)

    async def do(self, name: str, **arguments: Any) -> Clip:
        made = await self.registry.invoke(name, {"wait": True, **arguments}, STREAMER)
        assert isinstance(made, Clip)
        return made

    async def hear(self, segment_id: int) -> float:
        """How many seconds of sound there are to be heard of a segment."""
        answer = await self.registry.invoke("transcript.hear", {"id": segment_id}, Caller("phone", Scope.VIEW))
        assert answer.passing, "or it would outlive its recording"
        with av.open(str(answer.path)) as container:
            rate = container.streams.audio[0].rate
            frames: list[Any] = [frame.to_ndarray() for frame in container.decode(audio=0)]
        assert max(float(abs(frame).max()) for frame in frames) > 0.01
        return float(sum(frame.shape[-1] for frame in frames) / rate)


@asynccontextmanager
async def running(database: Database, store: ClipStore, bus: Bus) -> AsyncIterator[tuple[ClipPipeline, MediaWorker]]:
    board = StatusBoard(bus)
    async with MediaWorker(board, None) as media, asyncio.TaskGroup() as group:
        footage = Footage(ObsLink(bus, board, nowhere), bus, database.file.with_name("recording.json"))
        pipeline = ClipPipeline(store, footage, media, bus, board, Settings)
        ready = asyncio.Event()
        task = group.create_task(pipeline.run(ready.set))
        await ready.wait()
        yield pipeline, media
        task.cancel()


@pytest.fixture
async def desk(database: Database, store: ClipStore, bus: Bus, tmp_path: Path) -> AsyncIterator[Desk]:
    recording = tmp_path / "Recording.mkv"
    shutil.copyfile(await asyncio.to_thread(cached_video, ".mkv", size=(320, 180), seconds=8), recording)
    transcript = TranscriptStore(database, bus)
    async with running(database, store, bus) as (pipeline, media):
        past = PastClips(store, pipeline, transcript, lambda: Settings(disk_reserve_gb=0), media, tmp_path / "sounds")
        desk = Desk(Registry(bus, [past]), store, transcript, recording)
        parts = [Stretch(desk.began, 0.0, 5.0), Stretch(desk.began + 65, 5.0, 3.0)]
        await store.recordings.keep(recording, parts)
        yield desk


def expected(start: float, end: float) -> list[int]:
    """The frames of a span on the recording's timeline."""
    return [number for number in range(8 * FPS) if start - 1e-6 <= number / FPS < end - 1e-6]


async def test_a_quote_is_exactly_what_was_said_about_it(desk: Desk) -> None:
    await desk.say(0.2, "Hello chat.")
    await desk.say(1.5, "The boss has one more phase.")  # 1.5 to 3.25
    await desk.say(4.5, "Well.")
    clip = await desk.do("clip.quote", query="clip what I said about the bos phase")
    assert (clip.state, clip.title) == (ClipState.READY, "The boss has one more phase.")
    start, end = 1.5 - LEAD_SECONDS, 3.25 + TAIL_SECONDS
    assert frame_numbers(Path(clip.path or "")) == expected(start, end)
    assert clip.start_at is not None
    assert abs(clip.start_at.timestamp() - (desk.began + start)) <= 1 / FPS
    assert clip.source_path == str(desk.recording)


async def test_a_quote_is_not_of_the_words_that_asked_for_it(desk: Desk, bus: Bus) -> None:
    voice = VoiceCommands(bus, StatusBoard(bus), Settings, lambda: desk.registry, desk.transcript)
    accepted = bus.subscribe(ClipAccepted)
    await desk.say(0.2, "Hello chat.")
    await desk.say(1.5, "The boss has one more phase.")
    async with asyncio.TaskGroup() as group:
        ready = asyncio.Event()
        task = group.create_task(voice.run(ready.set))
        await ready.wait()
        await desk.say(time.time() - desk.began - 4, "Good. Clip what I said about the boss.")
        async with asyncio.timeout(20):
            spoken = await accepted.get()
            while (await desk.transcript.search("what I said ", Range(), 1)).items:
                await asyncio.sleep(0.01)
        task.cancel()
    await desk.do("clip.quote", query="boss")
    typed = await accepted.get()
    for envelope in (spoken, typed):
        assert isinstance(envelope.event, ClipAccepted)
        assert envelope.event.clip["title"] == "The boss has one more phase."


async def test_after_a_pause_of_the_recording_its_moments_are_found_as_well(desk: Desk) -> None:
    clip = await desk.do("clip.range", start_at=desk.began + 66, end_at=desk.began + 67.5)
    assert frame_numbers(Path(clip.path or "")) == expected(6.0, 7.5)
    assert clip.clamped_start_seconds == clip.clamped_end_seconds == 0


async def test_what_the_recording_does_not_have_of_it_is_told(desk: Desk) -> None:
    clip = await desk.do("clip.range", start_at=desk.began - 2, end_at=desk.began + 1)
    assert (clip.clamped_start_seconds, clip.clamped_end_seconds) == (2.0, 0.0)
    assert frame_numbers(Path(clip.path or "")) == expected(0.0, 1.0)


async def test_a_recording_that_was_remuxed_is_found(desk: Desk, tmp_path: Path) -> None:
    remuxed = tmp_path / "Recording.mp4"
    shutil.copyfile(await asyncio.to_thread(cached_video, ".mp4", size=(320, 180), seconds=8), remuxed)
    desk.recording.unlink()
    clip = await desk.do("clip.range", start_at=desk.began + 1, end_at=desk.began + 2)
    assert clip.source_path == str(remuxed)
    assert frame_numbers(Path(clip.path or "")) == expected(1.0, 2.0)


async def test_without_the_recording_a_clip_that_shows_it_is_used(desk: Desk) -> None:
    whole = await desk.do("clip.range", start_at=desk.began + 1, end_at=desk.began + 4)
    desk.recording.unlink()
    part = await desk.do("clip.range", start_at=desk.began + 2, end_at=desk.began + 3, title="Again")
    assert frame_numbers(Path(part.path or "")) == expected(2.0, 3.0)
    assert (part.source_path, part.title) == (whole.path, "Again")
    with pytest.raises(NotFound) as caught:
        await desk.do("clip.range", start_at=desk.began + 66, end_at=desk.began + 67)
    assert caught.value.code == "not_recorded"


async def test_what_was_said_is_heard_out_of_the_recording_or_a_clip(desk: Desk) -> None:
    await desk.say(1.5, "The boss has one more phase.")
    [segment] = await desk.transcript.newest(Range(), 1)
    lengths = [await desk.hear(segment.id)]
    await desk.do("clip.range", start_at=desk.began + 1, end_at=desk.began + 4)
    desk.recording.unlink()
    lengths.append(await desk.hear(segment.id))
    assert lengths == pytest.approx([1.75 + LEAD_SECONDS + TAIL_SECONDS] * 2, abs=0.1)
    with pytest.raises(NotFound):
        await desk.hear(segment.id + 1)


async def test_what_was_just_said_is_heard_once_the_recording_is_on_disk_that_far(
    desk: Desk, bus: Bus, tmp_path: Path
) -> None:
    recording, whole = tmp_path / "Running.mkv", desk.recording.read_bytes()
    recording.write_bytes(whole[: len(whole) // 4])
    began = time.time() - 30
    memory = {"path": str(recording), "stretches": [[began, 0.0, 8.0]], "running_since": None, "delay": 0.0}
    (tmp_path / "recording.json").write_text(json.dumps(memory))
    bus.publish(RecordStateChanged(active=True, paused=True, path=str(recording)))
    async with asyncio.timeout(20):
        while await desk.store.recordings.find(Window(began, began + 1)) is None:
            await asyncio.sleep(0.01)
    await desk.say(began - desk.began + 5.0, "The boss has one more phase.")
    [segment] = await desk.transcript.newest(Range(), 1)
    looks = bus.subscribe(ComponentChanged)
    hearing = asyncio.ensure_future(desk.hear(segment.id))
    async with asyncio.timeout(20):  # looked at, and found too short
        async for envelope in looks:
            assert isinstance(envelope.event, ComponentChanged)
            if (envelope.event.component.name, envelope.event.component.state) == ("media", "ready"):
                break
    recording.write_bytes(whole)
    assert await hearing == pytest.approx(1.75 + LEAD_SECONDS + TAIL_SECONDS, abs=0.1)


@pytest.mark.parametrize(("start", "end"), [(5.0, 9.0), (30.0, 34.0)])
async def test_of_what_is_not_all_there_no_sound_is_made(bus: Bus, tmp_path: Path, start: float, end: float) -> None:
    source = await asyncio.to_thread(cached_video, ".mkv", size=(320, 180), seconds=8)
    async with MediaWorker(StatusBoard(bus), None) as media:
        with pytest.raises(Failed) as caught:
            await media.sound(source, tmp_path / "said.m4a", start, end)
    assert caught.value.code == "no_sound"
    assert list(tmp_path.glob("*said*")) == []


async def test_nothing_is_made_of_nothing(desk: Desk) -> None:
    with pytest.raises(NotFound) as caught:
        await desk.do("clip.quote", query="unicorns")
    assert caught.value.code == "nothing_said"
    with pytest.raises(NotFound) as caught:
        await desk.do("clip.quote", query='"🎮"')
    assert caught.value.code == "nothing_said"
    now = time.time()
    for start_at, end_at in ((now - 5, now - 6), (now - 5, now + 60), (now - 8000, now - 1), (5, 5)):
        with pytest.raises(Refused):
            await desk.do("clip.range", start_at=start_at, end_at=end_at)
    assert await desk.store.newest_finished(10) == []


async def test_a_quote_of_words_that_are_no_longer_shown_anywhere(desk: Desk) -> None:
    await desk.say(500, "The boss was fun.")
    with pytest.raises(NotFound) as caught:
        await desk.do("clip.quote", query="boss")
    assert caught.value.code == "not_recorded"
