"""Requests for clips: what is accepted, and what is made again."""

import asyncio
import dataclasses
import shutil
import time
from pathlib import Path

import pytest

from companion.adapters.clip_store import ClipStore
from companion.adapters.database import Database
from companion.adapters.media.client import MediaWorker
from companion.adapters.obs.config import ObsCredentials
from companion.adapters.obs.footage import Footage
from companion.adapters.obs.link import ObsLink
from companion.domain.events import ClipChanged, ObsState, RecordingReachChanged, ReplayState, ReplayStateChanged
from companion.domain.models import ClipState
from companion.domain.settings import Settings
from companion.domain.windows import Window
from companion.features.clips.actions import Clips
from companion.features.clips.pipeline import ClipPipeline
from companion.features.sessions import Sessions
from companion.kernel.actions import Caller, Registry, Scope
from companion.kernel.bus import Bus
from companion.kernel.errors import Conflict, Unavailable
from companion.kernel.status import StatusBoard
from tests.fakes.obs_model import ObsModel
from tests.fakes.obs_server import ObsServer
from tests.features.conftest import add_clip
from tests.media import cached_video
from tests.obs_link import linked

STREAMER = Caller("test", Scope.ADMIN)


async def nowhere() -> ObsCredentials:
    return ObsCredentials("ws://127.0.0.1:1", None, "nowhere")


@pytest.fixture
async def pipeline(store: ClipStore, bus: Bus, tmp_path: Path) -> ClipPipeline:
    board = StatusBoard(bus)
    footage = Footage(ObsLink(bus, board, nowhere), bus, tmp_path / "recording.json")
    return ClipPipeline(store, footage, MediaWorker(board, None), bus, board, Settings)


@pytest.fixture
async def registry(database: Database, store: ClipStore, pipeline: ClipPipeline, bus: Bus) -> Registry:
    clips = Clips(database, store, pipeline, bus, lambda: Settings(disk_reserve_gb=0))
    return Registry(bus, [clips, Sessions(database, bus, StatusBoard(bus), Settings)])


async def test_a_failed_clip_that_has_no_file_yet_can_be_made_again(
    registry: Registry, store: ClipStore, tmp_path: Path
) -> None:
    source = tmp_path / "Replay.mkv"
    source.write_bytes(b"what OBS saved")
    clip = await add_clip(store)
    await store.change(clip.id or 0, state=ClipState.FAILED, path=None, source_path=str(source), source_start=1.0)
    again = await registry.invoke("clip.retry", {"id": clip.id}, STREAMER)
    assert (again.state, again.path) == (ClipState.SAVED, clip.path)
    with pytest.raises(Conflict):
        await registry.invoke("clip.retry", {"id": clip.id}, STREAMER)


async def test_a_clip_that_a_crash_left_without_thumbnail_is_pictured_at_the_next_start(
    store: ClipStore, bus: Bus, tmp_path: Path
) -> None:
    video = tmp_path / "clip.mp4"
    shutil.copy(await asyncio.to_thread(cached_video, ".mp4", seconds=2), video)
    clip = await add_clip(store)
    await store.change(clip.number, path=str(video), thumbnail_path=None)
    board = StatusBoard(bus)
    changes = bus.subscribe(ClipChanged)
    async with MediaWorker(board, None) as media, asyncio.timeout(60), asyncio.TaskGroup() as group:
        footage = Footage(ObsLink(bus, board, nowhere), bus, tmp_path / "recording.json")
        again = ClipPipeline(store, footage, media, bus, board, Settings)
        running = group.create_task(again.run(lambda: None))
        await changes.get()
        running.cancel()
    thumbnail = Path((await store.get(clip.number)).thumbnail_path or "")
    assert thumbnail == video.with_suffix(".jpg")
    assert thumbnail.read_bytes()[:3] == b"\xff\xd8\xff"


async def test_without_a_buffer_clips_are_accepted_of_what_the_recording_is_said_to_reach(
    store: ClipStore, tmp_path: Path
) -> None:
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    async with (
        ObsServer(ObsModel(recordings)) as server,
        linked(server.url) as rig,
        MediaWorker(rig.board, None) as media,
    ):
        await rig.until_state(ObsState.CONNECTED)
        reaches = rig.bus.subscribe(RecordingReachChanged)
        rig.bus.publish(ReplayStateChanged(ReplayState.STOPPED, detail="It is stopped."))
        footage = Footage(rig.link, rig.bus, tmp_path / "recording.json")
        pipeline = ClipPipeline(store, footage, media, rig.bus, rig.board, Settings)

        def accepts(start_at: float) -> bool:
            try:
                pipeline.require_source(Window(start_at, time.time()))
            except Unavailable:
                return False
            return True

        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            running = group.create_task(pipeline.run(lambda: None))
            assert not accepts(time.time() - 5)
            server.model.start_recording()
            begun = (await reaches.get()).event
            assert isinstance(begun, RecordingReachChanged)
            assert (begun.since or 0) <= time.time()
            assert begun.until is None
            assert accepts(time.time() - 5)
            server.model.StopRecord({})
            ended = (await reaches.get()).event
            assert isinstance(ended, RecordingReachChanged)
            assert ended.since == begun.since
            assert ended.until is not None
            assert ended.until <= time.time()
            assert accepts(ended.until - 0.1)
            assert not accepts(ended.until)
            running.cancel()


async def test_a_buffer_that_may_reach_less_far_is_not_said_to_hold_a_window(pipeline: ClipPipeline, bus: Bus) -> None:
    window = Window(time.time() - 20, time.time() - 10)
    sure = ReplayStateChanged(ReplayState.RECORDING, 60, 120, time.time() - 60)
    bus.publish(sure)
    assert pipeline.holds(window, whole=True)
    bus.publish(dataclasses.replace(sure, reach_sure=False))
    assert not pipeline.holds(window, whole=True)
    assert pipeline.holds(window, whole=False), "it is tried all the same"


async def test_clips_belong_to_the_open_session_also_when_another_was_renamed(registry: Registry, bus: Bus) -> None:
    bus.publish(ReplayStateChanged(ReplayState.RECORDING, 30, 30))
    old = await registry.invoke("session.start", {}, STREAMER)
    await registry.invoke("session.stop", {}, STREAMER)
    assert (await registry.invoke("clip.save", {}, STREAMER)).session_id is None
    current = await registry.invoke("session.start", {}, STREAMER)
    await registry.invoke("session.rename", {"id": old.id, "title": "Yesterday"}, STREAMER)
    assert (await registry.invoke("clip.save", {}, STREAMER)).session_id == current.id
    await asyncio.sleep(0.01)
    mark = await registry.invoke("clip.mark", {}, STREAMER)
    assert mark.session_id == current.id
    assert mark.session_seconds > 0


async def test_the_moment_is_that_of_the_press_not_of_the_request(registry: Registry, bus: Bus) -> None:
    bus.publish(ReplayStateChanged(ReplayState.RECORDING, 30, 30))
    pressed = time.time() - 2
    caller = dataclasses.replace(STREAMER, asked_at=pressed)
    clip = await registry.invoke("clip.save", {"seconds": 5, "after": 3}, caller)
    assert clip.trigger_at.timestamp() == pytest.approx(pressed, abs=1e-4)
    assert clip.wanted_start_at.timestamp() == pytest.approx(pressed - 5, abs=1e-4)
    assert clip.wanted_end_at.timestamp() == pytest.approx(pressed + 3, abs=1e-4)
    mark = await registry.invoke("clip.mark", {}, caller)
    assert mark.at.timestamp() == pytest.approx(pressed, abs=1e-4)
    with pytest.raises(Conflict) as refused:
        await registry.invoke("clip.end", {}, dataclasses.replace(STREAMER, asked_at=pressed - 1))
    assert refused.value.code == "no_mark", "the mark came after that press"
    ended = await registry.invoke("clip.end", {}, dataclasses.replace(STREAMER, asked_at=pressed + 1))
    assert (ended.wanted_end_at - ended.wanted_start_at).total_seconds() == pytest.approx(1, abs=1e-4)
