"""Clips whose database is held or gone between their request and their end: each still ends as it would have."""

import asyncio
import datetime as dt
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from companion.adapters import database as database_module
from companion.adapters import patience
from companion.adapters.clip_store import ClipStore
from companion.adapters.database import Database
from companion.adapters.media.client import MediaWorker
from companion.adapters.obs.footage import Footage
from companion.domain.events import ClipFailed, ClipSaved, ObsState, ReplayState, ReplayStateChanged
from companion.domain.models import Clip, ClipState, utc_now
from companion.domain.settings import Settings
from companion.features.clips.pipeline import ClipPipeline
from companion.kernel.errors import Failed
from tests.fakes.obs_model import ObsModel
from tests.fakes.obs_server import ObsServer
from tests.media import cached_video
from tests.obs_link import Rig, linked, until

pytestmark = pytest.mark.slow

SECONDS = 60
BUFFER_SECONDS = 8


class Obs(ObsModel):
    """It has a buffer, and does `when_asked` when it is asked to save that."""

    def __init__(self, folder: Path, buffer: Path) -> None:
        super().__init__(folder)
        self.replay_source = buffer
        self.when_asked: Callable[[], object] = lambda: None

    def SaveReplayBuffer(self, data: dict[str, Any]) -> None:
        super().SaveReplayBuffer(data)
        self.when_asked()


class Stage:
    """An OBS with a buffer, a database that others can hold or take away, and pipelines that use both."""

    def __init__(self, obs: Obs, rig: Rig, database: Database, store: ClipStore, caplog: pytest.LogCaptureFixture):
        self.obs, self.rig, self.database, self.store = obs, rig, database, store
        self._caplog = caplog

    @asynccontextmanager
    async def pipeline(self) -> AsyncIterator[ClipPipeline]:
        async with MediaWorker(self.rig.board, None) as media, asyncio.TaskGroup() as group:
            footage = Footage(self.rig.link, self.rig.bus, self.database.file.with_name("recording.json"))
            made = ClipPipeline(self.store, footage, media, self.rig.bus, self.rig.board, Settings)
            ready = asyncio.Event()
            task = group.create_task(made.run(ready.set))
            await ready.wait()
            yield made
            task.cancel()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Another program holds the database, for longer than it is waited for in one go."""
        with closing(sqlite3.connect(self.database.file, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield
            other.execute("ROLLBACK")

    @contextmanager
    def gone(self) -> Iterator[None]:
        """Its file is elsewhere."""
        away = self.database.file.with_name("away.db")
        self.database.file.rename(away)
        yield
        away.rename(self.database.file)

    async def until_it_is_waited_for(self) -> None:
        await until(lambda: "waiting for the database" in self._caplog.text, SECONDS, lambda: "the database waited for")

    async def until_asked(self) -> None:
        await until(lambda: self.obs.saves > 0, SECONDS, lambda: "OBS asked to save")

    def row(self, clip: Clip) -> str:
        """The state that is in the database."""
        with closing(sqlite3.connect(self.database.file)) as other:
            [state] = other.execute("SELECT state FROM clip WHERE id = ?", (clip.id,)).fetchone()
        return str(state)


@pytest.fixture
async def stage(
    tmp_path: Path, migrated: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.05)
    monkeypatch.setattr(database_module, "WATCH_SECONDS", 0.05)
    monkeypatch.setattr(patience, "AGAIN_SECONDS", 0.05)
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    buffer = await asyncio.to_thread(cached_video, ".mkv", size=(320, 180), seconds=BUFFER_SECONDS)
    obs = Obs(recordings, buffer)
    shutil.copy(migrated, tmp_path / "companion.db")
    async with ObsServer(obs) as server, linked(server.url) as rig, asyncio.TaskGroup() as group:
        await rig.until_state(ObsState.CONNECTED)
        obs.StartReplayBuffer({})
        rig.bus.publish(
            ReplayStateChanged(
                ReplayState.RECORDING,
                BUFFER_SECONDS,
                BUFFER_SECONDS,
                recording_since=time.time() - BUFFER_SECONDS,
                encoder_delay_seconds=0.0,
            )
        )
        database = Database(tmp_path / "companion.db", rig.board)
        store = ClipStore(database, rig.bus, lambda: tmp_path / "clips")
        opened = asyncio.Event()
        running = group.create_task(database.run(opened.set))
        await opened.wait()
        try:
            yield Stage(obs, rig, database, store, caplog)
        finally:
            store.close()
            running.cancel()


def request(source: Path | None = None, *, after: float = 0.0) -> Clip:
    """The last 3 s, and some `after` now; of a `source` that shows them from its first second on."""
    now = utc_now()
    start, end = now - dt.timedelta(seconds=3), now + dt.timedelta(seconds=after)
    clip = Clip(trigger_at=now, wanted_start_at=start, wanted_end_at=end)
    if source:
        clip.state, clip.start_at, clip.end_at = ClipState.SAVED, start, end
        clip.source_path, clip.source_kind, clip.source_start, clip.source_end = str(source), "replay", 1.0, 4.0
    return clip


async def ended(pipeline: ClipPipeline, clip: Clip) -> Clip:
    """The clip that came out, proved and whole."""
    async with asyncio.timeout(SECONDS):
        done = await pipeline.outcome(clip)
    assert (done.state, done.error_code) == (ClipState.READY, None)
    assert done.receipt is not None
    assert (done.clamped_start_seconds, done.clamped_end_seconds) == (0, 0)
    assert await asyncio.to_thread(Path(done.path or "").is_file)
    return done


async def test_obs_is_asked_in_time_while_the_database_is_held(stage: Stage) -> None:
    async with stage.pipeline() as pipeline:
        clips = [await pipeline.accept(request(after=0.3)) for _ in range(2)]
        with stage.held():
            await stage.until_asked()
            assert [stage.row(clip) for clip in clips] == ["ACCEPTED", "ACCEPTED"]
            waiting = [asyncio.create_task(ended(pipeline, clip)) for clip in clips]
            await stage.until_it_is_waited_for()
        for done in await asyncio.gather(*waiting):
            assert done.saving_at is not None
            assert 0 < (done.saving_at - done.wanted_end_at).total_seconds() < BUFFER_SECONDS


async def test_a_save_that_could_not_be_written_down_is_made_again_after_a_crash(stage: Stage) -> None:
    with ExitStack() as holding:
        async with stage.pipeline() as pipeline:
            clip = await pipeline.accept(request())
            holding.enter_context(stage.held())
            await stage.until_asked()
            await stage.until_it_is_waited_for()
        assert stage.row(clip) == "ACCEPTED"
    async with stage.pipeline() as pipeline:
        await ended(pipeline, clip)
    assert stage.obs.saves == 2


async def test_what_obs_saved_is_cut_when_the_database_is_free_again(stage: Stage) -> None:
    async with stage.pipeline() as pipeline:
        with ExitStack() as holding:
            stage.obs.when_asked = lambda: holding.enter_context(stage.held())
            clip = await pipeline.accept(request())
            await stage.until_it_is_waited_for()
            assert stage.row(clip) == "SAVING"
        done = await ended(pipeline, clip)
        assert done.source_path == stage.obs.last_replay


@pytest.mark.parametrize("away", [Stage.held, Stage.gone])
async def test_a_clip_that_is_made_is_told_when_the_database_is_back(
    stage: Stage, away: Callable[[Stage], Any], tmp_path: Path
) -> None:
    source = tmp_path / "Replay.mkv"
    shutil.copy(stage.obs.replay_source or "", source)
    async with stage.pipeline() as pipeline:
        told = stage.rig.bus.subscribe(ClipSaved, ClipFailed)
        clip = await pipeline.accept(request(source))
        with away(stage):
            await stage.until_it_is_waited_for()
        async with asyncio.timeout(SECONDS):
            assert isinstance((await told.get()).event, ClipSaved)
        await ended(pipeline, clip)


async def test_a_clip_that_failed_says_why_itself_when_the_database_is_free_again(stage: Stage, tmp_path: Path) -> None:
    async with stage.pipeline() as pipeline:
        clip = await pipeline.accept(request(tmp_path / "gone.mkv"))
        with stage.held():
            waiting = asyncio.create_task(pipeline.outcome(clip))
            await stage.until_it_is_waited_for()
            assert stage.row(clip) == "SAVED"
        async with asyncio.timeout(SECONDS):
            with pytest.raises(Failed) as failed:
                await waiting
        assert failed.value.code == "source_not_found"
        assert stage.row(clip) == "FAILED"
