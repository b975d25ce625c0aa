"""Subtitles beside clips: written with the clip, anew with later words, gone with the clip; and burnt into a copy."""

import asyncio
import datetime as dt
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from companion.adapters.clip_store import ClipStore
from companion.adapters.database import Database
from companion.adapters.media.client import MediaWorker
from companion.adapters.transcript_store import TranscriptStore
from companion.domain.events import ClipSaved
from companion.domain.models import Clip
from companion.features.library import Library
from companion.features.subtitles import Subtitles
from companion.kernel.actions import Caller, Registry, Scope
from companion.kernel.bus import Bus
from companion.kernel.errors import NotFound
from companion.kernel.status import StatusBoard
from tests.features.conftest import NOON, add_clip
from tests.features.test_transcripts import final
from tests.media import cached_video

STREAMER = Caller("test", Scope.ADMIN, agreed=True)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.02)


async def said(database: Database, bus: Bus, start: float, text: str) -> None:
    await TranscriptStore(database, bus).add(session_id=None, began=NOON.timestamp(), final=final(start, text))


async def clip_of(store: ClipStore, start: float, end: float) -> Clip:
    clip = await add_clip(store)
    span = [NOON + dt.timedelta(seconds=at) for at in (start, end)]
    return await store.change(clip.number, start_at=span[0], end_at=span[1])


def srt_of(clip: Clip) -> Path:
    return Path(clip.path or "").with_suffix(".srt")


def text_of(file: Path) -> str:
    return file.read_text("utf-8") if file.exists() else ""


@pytest.fixture
async def running(database: Database, store: ClipStore, bus: Bus) -> AsyncIterator[Registry]:
    subtitles = Subtitles(store, TranscriptStore(database, bus), bus, None)
    async with asyncio.TaskGroup() as group:
        ready = asyncio.Event()
        task = group.create_task(subtitles.run(ready.set))
        await ready.wait()
        yield Registry(bus, [subtitles, Library(store, bus)])
        task.cancel()


async def test_a_saved_clip_gets_its_words_and_those_that_come_later(
    running: Registry, database: Database, store: ClipStore, bus: Bus
) -> None:
    await said(database, bus, 1.0, "Nice shot.")
    clip, other = await clip_of(store, 0, 10), await clip_of(store, 100, 110)
    for one in (clip, other):
        bus.publish(ClipSaved(one.model_dump(mode="json")))
    await until(srt_of(clip).exists)
    assert text_of(srt_of(clip)) == "1\n00:00:01,000 --> 00:00:02,000\nNice shot.\n\n"
    await said(database, bus, 9.0, "What a play.")  # its end is said after the clip's
    await until(lambda: "What a" in text_of(srt_of(clip)))
    vtt = srt_of(clip).with_suffix(".vtt")
    await until(lambda: "What a" in text_of(vtt))
    assert text_of(vtt).startswith("WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nNice shot.\n\n00:00:09.000 --> ")
    assert not srt_of(other).exists()
    shown = await running.invoke("clip.subtitles", {"id": clip.id}, STREAMER)
    assert [cue.lines for cue in shown.cues] == [("Nice shot.",), ("What a",)]
    assert (await running.invoke("clip.subtitles", {"id": other.id}, STREAMER)).cues == []


async def test_what_a_crash_kept_from_a_clip_is_written_at_the_next_start(
    database: Database, store: ClipStore, bus: Bus
) -> None:
    clip = await clip_of(store, 0, 10)
    await said(database, bus, 1.0, "Nice shot.")
    async with asyncio.TaskGroup() as group:
        task = group.create_task(Subtitles(store, TranscriptStore(database, bus), bus, None).run(lambda: None))
        await until(lambda: srt_of(clip).with_suffix(".vtt").exists() and srt_of(clip).exists())
        task.cancel()
    assert "Nice shot." in text_of(srt_of(clip))


async def test_its_subtitles_go_and_come_back_with_the_clip(
    running: Registry, database: Database, store: ClipStore, bus: Bus
) -> None:
    await said(database, bus, 1.0, "Nice shot.")
    clip = await clip_of(store, 0, 10)
    bus.publish(ClipSaved(clip.model_dump(mode="json")))
    files = [srt_of(clip), srt_of(clip).with_suffix(".vtt")]
    await until(lambda: all(file.exists() for file in files))
    await running.invoke("clip.delete", {"id": clip.id}, STREAMER)
    assert not any(file.exists() for file in files)
    await running.invoke("clip.restore", {"id": clip.id}, STREAMER)
    assert all(file.exists() for file in files)


@pytest.mark.slow
async def test_words_burnt_into_a_copy_are_seen_where_and_when_they_belong(
    running: Registry, database: Database, store: ClipStore, bus: Bus, tmp_path: Path
) -> None:
    clip = await clip_of(store, 0, 4)
    folder = tmp_path / "it's [odd], a:b; c"
    folder.mkdir()
    video = folder / "clip.mp4"
    shutil.copy(await asyncio.to_thread(cached_video, ".mp4", size=(640, 360), seconds=4), video)
    await store.change(clip.number, path=str(video))
    with pytest.raises(NotFound) as caught:
        await running.invoke("clip.burn", {"id": clip.id}, STREAMER)
    assert caught.value.code == "nothing_said"
    await said(database, bus, 2.0, "Nice shot everyone here")
    made = await running.invoke("clip.burn", {"id": clip.id}, STREAMER)
    copy = Path(made.path)
    assert copy.parent == folder
    changed = await asyncio.to_thread(differences, video, copy)
    assert changed[0.5] < 4 < 12 < changed[3.0]
    async with MediaWorker(StatusBoard(Bus()), None) as media:
        assert (await media.probe(copy)).decodable_until == pytest.approx(
            (await media.probe(video)).decodable_until, abs=0.05
        )
    answer = await running.invoke("clip.subtitled", {"id": clip.id}, STREAMER)
    assert answer.path == copy
    await running.invoke("clip.delete", {"id": clip.id}, STREAMER)
    assert not copy.exists()


def differences(one: Path, two: Path) -> dict[float, float]:
    """How much the lower middle of two videos differs, in mean steps of 255, at 0.5 s and 3 s."""
    import av
    import numpy as np

    found = {}
    for at in (0.5, 3.0):
        pictures = []
        for path in (one, two):
            with av.open(str(path)) as container:
                frame = next(frame for frame in container.decode(video=0) if (frame.time or 0) >= at - 0.001)
                grey = frame.to_ndarray(format="gray").astype(np.float32)
            pictures.append(grey[grey.shape[0] * 3 // 4 :, grey.shape[1] // 4 : grey.shape[1] * 3 // 4])
        found[at] = float(np.abs(pictures[0] - pictures[1]).mean())
    return found
