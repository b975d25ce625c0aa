"""Parts of clips: cut from OBS's file while that is there, else from the clip, frame by frame the same."""

import asyncio
import datetime as dt
import errno
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from companion.adapters.clip_store import ClipStore
from companion.adapters.database import Database
from companion.adapters.file_times import created_at
from companion.adapters.media.client import MediaWorker
from companion.adapters.media.probe import probe
from companion.adapters.obs.config import ObsCredentials
from companion.adapters.obs.footage import Footage
from companion.adapters.obs.link import ObsLink
from companion.domain.cut import Check, Receipt
from companion.domain.events import ClipChanged, ClipFailed, ObsConnectionChanged, ObsState
from companion.domain.models import Clip, ClipState
from companion.domain.settings import Settings
from companion.features.clips.actions import Clips
from companion.features.clips.pipeline import ClipPipeline
from companion.features.library import Library
from companion.features.sessions import Sessions
from companion.kernel.actions import Caller, Registry, Scope
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError, Conflict, Failed, NotFound, Refused, Unavailable
from companion.kernel.status import StatusBoard
from tests.features.conftest import NOON, add_clip
from tests.media import cached_video, frame_numbers
from tests.privileged import small_disk

pytestmark = pytest.mark.slow

STREAMER = Caller("test", Scope.ADMIN)
FPS = 30


async def nowhere() -> ObsCredentials:
    return ObsCredentials("ws://127.0.0.1:1", None, "nowhere")


class Desk:
    """A running pipeline without OBS, and one clip of 5 s that it has made from `source`."""

    def __init__(self, registry: Registry, store: ClipStore, source: Path, clip: Clip) -> None:
        self.registry = registry
        self.store = store
        self.source = source
        self.clip = clip

    async def trim(self, start: float, end: float, **more: Any) -> Clip:
        arguments = {"id": self.clip.id, "start": start, "end": end, "wait": True, **more}
        made = await self.registry.invoke("clip.trim", arguments, STREAMER)
        assert isinstance(made, Clip)
        return made

    def frames(self, clip: Clip) -> list[int]:
        return frame_numbers(Path(clip.path or ""))


@asynccontextmanager
async def running(
    database: Database, store: ClipStore, bus: Bus, settings: Settings
) -> AsyncIterator[tuple[Registry, ClipPipeline]]:
    board = StatusBoard(bus)
    async with MediaWorker(board, None) as media, asyncio.TaskGroup() as group:
        footage = Footage(ObsLink(bus, board, nowhere), bus, database.file.with_name("recording.json"))
        pipeline = ClipPipeline(store, footage, media, bus, board, lambda: settings)
        ready = asyncio.Event()
        task = group.create_task(pipeline.run(ready.set))
        await ready.wait()
        clips = Clips(database, store, pipeline, bus, lambda: settings)
        yield Registry(bus, [clips, Library(store, bus), Sessions(database, bus, board, lambda: settings)]), pipeline
        task.cancel()


def request(source: Path, **values: Any) -> Clip:
    """A clip of the source's frames 40 to 189, whose place in the source is known."""
    at = NOON + dt.timedelta(seconds=1.31)
    return Clip(
        state=ClipState.SAVED,
        title="A round",
        tags=["win"],
        trigger_at=at,
        wanted_start_at=at,
        wanted_end_at=at + dt.timedelta(seconds=5),
        start_at=at,
        end_at=at + dt.timedelta(seconds=5),
        source_path=str(source),
        source_kind="replay",
        source_start=1.31,  # between two frames
        source_end=6.31,
        **values,
    )


@pytest.fixture
async def desk(database: Database, store: ClipStore, bus: Bus, tmp_path: Path) -> AsyncIterator[Desk]:
    source = tmp_path / "Replay.mkv"
    shutil.copyfile(await asyncio.to_thread(cached_video, ".mkv", size=(320, 180), seconds=8), source)
    async with running(database, store, bus, Settings(disk_reserve_gb=0)) as (registry, pipeline):
        session = await registry.invoke("session.start", {}, STREAMER)
        clip = await pipeline.outcome(await pipeline.accept(request(source, session_id=session.id)))
        assert clip.state is ClipState.READY
        yield Desk(registry, store, source, clip)


async def test_a_part_is_cut_exactly_and_the_same_from_the_source_and_from_the_clip(desk: Desk) -> None:
    whole = desk.frames(desk.clip)
    assert whole == list(range(40, 190))
    parts = []
    for start, end in ((1.0, 3.0), (0.01, 2.5), (4.02, 5.05), (0, 5)):
        parts.append(await desk.trim(start, end))
    desk.source.unlink()
    for start, end, first in ((1.0, 3.0, parts[0]), (0.01, 2.5, parts[1]), (4.02, 5.05, parts[2]), (0, 5, parts[3])):
        second = await desk.trim(start, end)
        wanted = [number for place, number in enumerate(whole) if start <= place / FPS + 1e-6 < end]
        assert desk.frames(first) == desk.frames(second) == wanted
        assert (first.source_kind, first.source_path) == ("replay", str(desk.source))
        assert (second.source_kind, second.source_path) == ("clip", desk.clip.path)
        for part in (first, second):
            assert part.state is ClipState.READY
            assert (part.receipt or {})["ok"]
            assert part.id != desk.clip.id
            assert part.path != desk.clip.path
            assert (part.title, part.tags, part.session_id) == ("A round", ["win"], desk.clip.session_id)
            assert part.start_at is not None
            assert desk.clip.start_at is not None
            shift = (part.start_at - desk.clip.start_at).total_seconds()
            assert shift == pytest.approx((wanted[0] - whole[0]) / FPS, abs=0.002)
    assert desk.frames(desk.clip) == whole, "the clip itself is as it was"


async def test_a_part_has_its_own_title_and_can_be_cut_again(desk: Desk) -> None:
    part = await desk.trim(1, 4, title="The jump")
    again = await desk.registry.invoke("clip.trim", {"id": part.id, "start": 1, "end": 2, "wait": True}, STREAMER)
    assert (part.title, again.title) == ("The jump", "The jump")
    assert desk.frames(again) == desk.frames(desk.clip)[60:90]


@pytest.mark.parametrize("change", ["replaced", "written to", "touched"])
async def test_a_source_that_is_another_file_now_is_not_cut(desk: Desk, change: str) -> None:
    was = desk.source.stat()
    if change == "replaced":  # by one of the same size and age
        other = desk.source.with_name("other")
        other.write_bytes(bytes(was.st_size))
        other.replace(desk.source)
        os.utime(desk.source, ns=(was.st_atime_ns, was.st_mtime_ns))
    elif change == "written to":  # and made to look older, as a program that copies a file with its times does
        with desk.source.open("ab") as file:
            file.write(b"x")
        os.utime(desk.source, ns=(was.st_atime_ns, was.st_mtime_ns))
    else:
        os.utime(desk.source, ns=(was.st_atime_ns, was.st_mtime_ns + 1))
    part = await desk.trim(1, 2)
    assert part.source_kind == "clip"
    assert desk.frames(part) == desk.frames(desk.clip)[30:60]


async def test_a_recording_that_has_grown_is_the_same_one(desk: Desk) -> None:
    assert desk.clip.id is not None
    whole = await desk.store.get(desk.clip.id)
    was = desk.source.stat()
    same = {"source_kind": "recording", "source_identity": f"{was.st_dev}:{was.st_ino}"}
    await desk.store.change(desk.clip.id, **same)
    with desk.source.open("ab") as file:
        file.write(bytes(1000))
    assert (await desk.trim(1, 2)).source_kind == "recording"
    other = desk.source.with_name("other")
    shutil.copyfile(desk.source, other)
    other.replace(desk.source)
    assert (await desk.trim(1, 2)).source_kind == "clip"
    assert whole.source_identity == f"{was.st_dev}:{was.st_ino}:{was.st_size}:{was.st_mtime_ns}"


async def test_a_clip_of_which_nobody_knows_the_file_is_cut_itself(desk: Desk) -> None:
    assert desk.clip.id is not None
    await desk.store.change(desk.clip.id, source_identity=None)  # from before that was kept
    assert (await desk.trim(1, 2)).source_kind == "clip"


async def test_a_doubtful_clip_is_not_made_again_from_another_file(desk: Desk) -> None:
    assert desk.clip.id is not None
    await desk.store.change(desk.clip.id, state=ClipState.DOUBTFUL)
    again = await desk.registry.invoke("clip.retry", {"id": desk.clip.id, "wait": True}, STREAMER)
    assert again.state is ClipState.READY
    await desk.store.change(desk.clip.id, state=ClipState.DOUBTFUL)
    with desk.source.open("ab") as file:
        file.write(b"x")
    with pytest.raises(NotFound) as caught:
        await desk.registry.invoke("clip.retry", {"id": desk.clip.id}, STREAMER)
    assert caught.value.code == "source_gone"


async def test_a_doubtful_clip_that_cannot_be_made_again_stays_as_it_was(
    database: Database, store: ClipStore, bus: Bus, tmp_path: Path
) -> None:
    source = tmp_path / "Replay.mkv"
    shutil.copyfile(await asyncio.to_thread(cached_video, ".mkv", size=(320, 180), seconds=8), source)
    with small_disk(tmp_path / "clips", "16m") as disk:
        async with running(database, store, bus, Settings(disk_reserve_gb=0)) as (registry, pipeline):
            pictured = bus.subscribe(ClipChanged)
            clip = await pipeline.outcome(await pipeline.accept(request(source)))
            await pictured.get()  # nothing else needs room now
            clip = await store.change(clip.number, state=ClipState.DOUBTFUL)
            file = Path(clip.path or "")
            before = file.read_bytes()
            filler = disk / "other"
            filler.write_bytes(bytes(shutil.disk_usage(disk).free - 4096))
            told = bus.subscribe(ClipFailed)
            with pytest.raises(Failed) as caught:
                await registry.invoke("clip.retry", {"id": clip.id, "wait": True}, STREAMER)
            assert caught.value.code == "disk_full"
            kept = await store.get(clip.number)
            assert (kept.state, kept.receipt, kept.path) == (ClipState.DOUBTFUL, clip.receipt, clip.path)
            assert "as it was" in (kept.error_message or "")
            assert (await told.get()).event == ClipFailed(kept.model_dump(mode="json"))
            assert (await registry.invoke("clip.video", {"id": clip.id}, STREAMER)).path == file
            assert file.read_bytes() == before

            filler.unlink()
            made = await registry.invoke("clip.retry", {"id": clip.id, "wait": True}, STREAMER)
            assert (made.state, made.error_code, made.error_message) == (ClipState.READY, None, None)


async def test_a_doubtful_clip_whose_file_is_gone_fails_when_it_cannot_be_made_again(desk: Desk) -> None:
    await desk.store.change(desk.clip.number, state=ClipState.DOUBTFUL, source_start=100.0, source_end=105.0)
    Path(desk.clip.path or "").unlink()
    with pytest.raises(Failed):
        await desk.registry.invoke("clip.retry", {"id": desk.clip.id, "wait": True}, STREAMER)
    failed = await desk.store.get(desk.clip.number)
    assert (failed.state, failed.receipt, failed.path) == (ClipState.FAILED, None, None)


async def test_a_clip_that_failed_before_its_place_was_known_is_placed_when_it_is_made_again(desk: Desk) -> None:
    """As one does whose file was held for longer than a minute."""
    asked_at = NOON + dt.timedelta(hours=1)
    values: dict[str, Any] = {
        "wanted_start_at": asked_at - dt.timedelta(seconds=4),
        "wanted_end_at": asked_at - dt.timedelta(seconds=1),
    }
    failed = await add_clip(desk.store, state=ClipState.FAILED, error_code="source_unreadable", **values)
    named = await desk.store.change(failed.number, path=None, source_path=str(desk.source), source_kind="replay")
    with pytest.raises(Conflict):  # nobody knows when OBS was asked
        await desk.registry.invoke("clip.retry", {"id": named.id}, STREAMER)
    await desk.store.change(failed.number, saving_at=asked_at)
    again = await desk.registry.invoke("clip.retry", {"id": failed.id, "wait": True}, STREAMER)
    assert (again.state, again.error_code) == (ClipState.READY, None)
    frames = desk.frames(again)
    asked_frame = round((await asyncio.to_thread(probe, desk.source)).decodable_until * FPS)
    assert len(frames) == pytest.approx(3 * FPS, abs=1)
    assert frames[0] == pytest.approx(asked_frame - 4 * FPS, abs=1)


async def test_a_source_that_is_held_again_when_it_is_cut_is_waited_for(
    desk: Desk, database: Database, store: ClipStore, bus: Bus, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    held = tmp_path / "held.mkv"
    held.touch()
    clip = await store.add(request(held))
    async with running(database, store, bus, Settings(disk_reserve_gb=0)) as (_, pipeline), asyncio.timeout(100):
        while "waits for its source" not in caplog.text:
            await asyncio.sleep(0.05)
        free = await pipeline.outcome(await pipeline.accept(request(desk.source)))
        assert free.state is ClipState.READY, "one that is held keeps no other from its turn"
        assert (await store.get(clip.number)).state is ClipState.SAVED
        desk.source.replace(held)
        assert (await pipeline.outcome(clip)).state is ClipState.READY


async def test_a_file_of_which_nobody_knows_when_it_was_asked_for_is_named_and_never_cut(
    desk: Desk, database: Database, store: ClipStore, bus: Bus, tmp_path: Path
) -> None:
    """As one that OBS begins when it goes on, after it hung and the companion died meanwhile."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    late = desk.source.rename(folder / "Replay.mkv")
    asked_at = dt.datetime.fromtimestamp(created_at(late) or 0, dt.UTC) - dt.timedelta(seconds=30)
    values: dict[str, Any] = {
        "wanted_start_at": asked_at - dt.timedelta(seconds=4),
        "wanted_end_at": asked_at - dt.timedelta(seconds=1),
    }
    left = Clip(state=ClipState.SAVING, trigger_at=asked_at, saving_at=asked_at, source_folder=str(folder), **values)
    left = await store.add(left)
    bus.publish(ObsConnectionChanged(ObsState.NOT_RUNNING))
    async with running(database, store, bus, Settings(disk_reserve_gb=0)) as (_, pipeline):
        with pytest.raises(Failed) as caught:
            await pipeline.outcome(left)
    assert caught.value.code == "lost_in_crash"
    assert str(late) in caught.value.message
    with pytest.raises(Conflict) as refused:
        await desk.registry.invoke("clip.retry", {"id": left.id}, STREAMER)
    assert refused.value.code == "nothing_to_retry"


async def test_nothing_that_goes_wrong_after_a_clip_was_announced_undoes_it_or_ends_the_service(
    desk: Desk, database: Database, store: ClipStore, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise Failed("thumbnail_failed", "The picture cannot be written.")

    def read_only(path: Path, *, missing_ok: bool = False) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    async with asyncio.timeout(60):
        while not (await store.get(desk.clip.number)).thumbnail_path:
            await asyncio.sleep(0.05)
    monkeypatch.setattr(MediaWorker, "picture", fails)
    monkeypatch.setattr(store, "delete_source", fails)
    monkeypatch.setattr(Path, "unlink", read_only)
    left = await store.change(desk.clip.number, thumbnail_path=None)
    settings = Settings(disk_reserve_gb=0, keep_sources=False)
    async with running(database, store, bus, settings) as (_, pipeline), asyncio.timeout(120):
        made = [await pipeline.outcome(await pipeline.accept(request(desk.source))) for _ in range(2)]
    assert [(await store.get(clip.number)).state for clip in (left, *made)] == [ClipState.READY] * 3


@pytest.mark.parametrize(("start", "end"), [(2, 2), (3, 2), (0, 5.2), (6, 7)])
async def test_what_is_no_part_is_refused_and_leaves_no_row(desk: Desk, start: float, end: float) -> None:
    with pytest.raises(Refused) as caught:
        await desk.trim(start, end)
    assert caught.value.code == "invalid_trim"
    assert (await desk.registry.invoke("clip.list", {}, STREAMER)).total == 1


@pytest.mark.parametrize("values", [{"start": -1}, {"end": 0}, {"start": float("nan")}, {"end": "x"}, {"seconds": 5}])
async def test_bad_arguments_are_refused(desk: Desk, values: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        await desk.trim(**{"start": 1, "end": 2, **values})
    assert caught.value.code == "invalid_arguments"


async def test_the_receipt_of_a_first_cut_that_failed_is_kept_with_the_clip(
    desk: Desk, database: Database, store: ClipStore, bus: Bus, tmp_path: Path
) -> None:
    assert desk.clip.first_receipt is None
    async with MediaWorker(StatusBoard(bus), None) as media:
        made = await media.cut(desk.source, tmp_path / "out.mp4", 1, 2)
    failed = Receipt(ok=False, checks=[Check(name="length", ok=False, expected="30", measured="29")])
    clip = await store.add(request(desk.source))
    async with running(database, store, bus, Settings(disk_reserve_gb=0)) as (_, pipeline):
        await pipeline._finish(clip, made.model_copy(update={"first_receipt": failed}))
    shown = await desk.registry.invoke("clip.show", {"id": clip.id}, STREAMER)
    assert shown.first_receipt == failed.as_json()
    assert shown.receipt["ok"]


async def test_what_has_no_video_is_not_trimmed(desk: Desk) -> None:
    failed = await add_clip(desk.store, state=ClipState.FAILED)
    for number, kind, code in ((failed.id, Conflict, "clip_not_ready"), (4711, NotFound, "clip_not_found")):
        with pytest.raises(CompanionError) as caught:
            await desk.registry.invoke("clip.trim", {"id": number, "start": 0, "end": 1}, STREAMER)
        assert (type(caught.value), caught.value.code) == (kind, code)


async def test_a_part_whose_files_are_gone_fails_with_the_reason(desk: Desk) -> None:
    desk.source.unlink()
    Path(desk.clip.path or "").unlink()
    with pytest.raises(Failed) as caught:
        await desk.trim(1, 2)
    assert caught.value.code == "source_not_found"
    page = await desk.registry.invoke("clip.list", {"state": "failed"}, STREAMER)
    assert page.total == 1


async def test_a_full_disk_refuses_a_part(database: Database, store: ClipStore, bus: Bus) -> None:
    clip = await add_clip(store, seconds=5, start_at=NOON)
    async with running(database, store, bus, Settings(disk_reserve_gb=10_000)) as (registry, _):
        with pytest.raises(Unavailable) as caught:
            await registry.invoke("clip.trim", {"id": clip.id, "start": 0, "end": 1}, STREAMER)
    assert caught.value.code == "disk_low"


async def test_a_part_that_a_crash_left_is_cut_at_the_next_start(
    database: Database, store: ClipStore, bus: Bus, tmp_path: Path
) -> None:
    source = tmp_path / "Replay.mkv"
    shutil.copyfile(await asyncio.to_thread(cached_video, ".mkv", size=(320, 180), seconds=8), source)
    left = await store.add(request(source))
    assert left.path, "the row alone is enough to go on"
    async with running(database, store, bus, Settings(disk_reserve_gb=0)) as (_, pipeline):
        done = await pipeline.outcome(left)
    assert frame_numbers(Path(done.path or "")) == list(range(40, 190))


async def test_the_session_shows_its_clips_and_marks_on_its_clock(
    desk: Desk, database: Database, store: ClipStore
) -> None:
    clip = desk.clip
    session = (await desk.registry.invoke("session.show", {"id": clip.session_id}, STREAMER)).session
    began: dt.datetime = session.started_at
    mark = await desk.registry.invoke("clip.mark", {}, STREAMER)
    waiting = await add_clip(
        store,
        session_id=session.id,
        state=ClipState.ACCEPTED,
        wanted_start_at=began + dt.timedelta(seconds=1),
        wanted_end_at=began + dt.timedelta(seconds=4),
    )
    deleted = await add_clip(store, session_id=session.id)
    await store.delete(deleted.id or 0)
    shown = await desk.registry.invoke("session.show", {"id": session.id}, STREAMER)
    assert [found.id for found in shown.marks] == [mark.id]
    assert [found.id for found in shown.clips] == [clip.id, waiting.id], "in the order of their time"
    first, second = shown.clips
    assert (first.start_seconds, first.end_seconds) == pytest.approx(
        (clip.session_start_seconds, clip.session_end_seconds)
    )
    assert (second.start_seconds, second.end_seconds, second.state) == (1, 4, ClipState.ACCEPTED)
    assert (first.title, first.tags) == ("A round", ["win"])
    with closing(sqlite3.connect(database.file)) as connection:
        assert connection.execute("SELECT count(*) FROM clip WHERE session_id = ?", (session.id,)).fetchone() == (3,)
