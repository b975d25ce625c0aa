"""The whole daemon with settings of the streamer's own, and moments that nothing holds."""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from companion.kernel.errors import Conflict, Failed
from tests.fakes.obs_model import ObsModel
from tests.fakes.obs_server import ObsServer
from tests.media import cached_video, ffmpeg, frame_numbers
from tests.real.companion import Companion
from tests.test_daemon import running

pytestmark = pytest.mark.slow


@contextlib.asynccontextmanager
async def recording(tmp_path: Path, replay: Path, **environment: str) -> AsyncIterator[tuple[Companion, ObsServer]]:
    """A daemon on a modelled OBS that saves copies of `replay`."""
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    model = ObsModel(recordings)
    model.replay_source = replay
    async with ObsServer(model) as server, running(tmp_path / "home", server, **environment) as companion:
        await companion.until_reach(4)
        yield companion, server


async def test_the_database_is_where_database_url_says(tmp_path: Path) -> None:
    file = tmp_path / "else where" / "my clips.db"
    async with running(tmp_path / "home", DATABASE_URL=f"sqlite:///{file}") as companion:
        await companion.post("/api/sessions", title="kept there")
    with contextlib.closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT title FROM session").fetchall() == [("kept there",)]
    assert not companion.paths.database_file.exists()


@pytest.mark.parametrize("url", ["postgresql://localhost/clips", "sqlite://", "clips.db"])
async def test_another_database_is_refused_at_the_start(tmp_path: Path, url: str) -> None:
    ended = await Companion(tmp_path, environment={"DATABASE_URL": url}).cli("run", "--headless")
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert "DATABASE_URL" in ended.stderr


def whole_job() -> Path:
    """A replay of a codec that only the ffmpeg program can make again."""
    return cached_video(".mkv", codec="mpeg4", size=(320, 180), seconds=6, audio=("Game",))


async def test_the_ffmpeg_of_ffmpeg_path_is_used(tmp_path: Path) -> None:
    program, calls = tmp_path / "my ffmpeg", tmp_path / "calls"
    program.write_text(f'#!/bin/sh\necho "$*" >> "{calls}"\nexec "{ffmpeg()}" "$@"\n')
    program.chmod(0o755)
    replay = await asyncio.to_thread(whole_job)
    async with recording(tmp_path, replay, FFMPEG_PATH=str(program)) as (companion, _):
        clip = await companion.save(3)
    assert (clip["state"], clip["method"]) == ("ready", "reencode")
    assert len(frame_numbers(Path(clip["path"]))) == pytest.approx(90, abs=2)
    assert "-i" in calls.read_text()


async def test_an_ffmpeg_that_is_not_there_fails_the_clip_with_the_reason(tmp_path: Path) -> None:
    replay = await asyncio.to_thread(whole_job)
    async with recording(tmp_path, replay, FFMPEG_PATH=str(tmp_path / "nowhere")) as (companion, _):
        clip = await companion.until_finished((await companion.post("/api/clips", seconds=3))["id"])
        assert (clip["state"], clip["error_code"]) == ("failed", "encoder_not_started")
        assert "ffmpeg could not be started" in clip["error_message"]
        assert Path(clip["source_path"]).read_bytes() == replay.read_bytes()


async def test_folder_and_logs_change_while_it_runs(tmp_path: Path) -> None:
    replay = await asyncio.to_thread(cached_video, ".mkv", seconds=6, size=(320, 180))
    async with recording(tmp_path, replay) as (companion, _):
        for setting, value in {"session_dir": str(tmp_path / "my clips"), "log_format": "json"}.items():
            shown = await companion.put(f"/api/settings/{setting}", value=value)
            assert (shown["value"], shown["restart_needed"]) == (value, False)
        clip = await companion.save(3)
        assert Path(clip["path"]).is_relative_to(tmp_path / "my clips")
        assert json.loads(companion.log.splitlines()[-1])["message"]

        in_the_way = tmp_path / "a file"
        in_the_way.touch()
        with pytest.raises(Failed) as caught:
            await companion.put("/api/settings/session_dir", value=str(in_the_way / "clips"))
        assert caught.value.code == "not_writable"
        assert Path((await companion.save(3))["path"]).is_relative_to(tmp_path / "my clips")


async def test_a_moment_that_the_buffer_lost_while_obs_hung_is_said_to_be_lost(tmp_path: Path) -> None:
    replay = await asyncio.to_thread(cached_video, ".mkv", seconds=1, size=(320, 180))
    async with recording(tmp_path, replay) as (companion, server):
        server.manners.silent.add("SaveReplayBuffer")
        accepted = await companion.post("/api/clips", seconds=1)
        await companion.until_row("saving")
        async with asyncio.timeout(30):
            while not server.model.saves:
                await asyncio.sleep(0.05)
        server.manners.silent.clear()
        clip = await companion.until_finished(accepted["id"])
        assert (clip["state"], clip["error_code"]) == ("failed", "window_not_in_buffer")
        assert Path(clip["source_path"]).is_file()
        assert clip["source_path"] in clip["error_message"]


async def test_a_mark_that_is_too_old_is_refused_and_a_new_one_works(tmp_path: Path) -> None:
    replay = await asyncio.to_thread(cached_video, ".mkv", seconds=4, size=(320, 180))
    async with recording(tmp_path, replay) as (companion, _):
        await companion.post("/api/marks", title="long ago")
        with contextlib.closing(sqlite3.connect(companion.paths.database_file, timeout=10)) as connection:
            connection.execute("UPDATE mark SET at = at - 3601 * 1000000")
            connection.commit()
        with pytest.raises(Conflict) as caught:
            await companion.post("/api/marks/end")
        assert caught.value.code == "mark_too_old"
        assert caught.value.remedy
        assert (await companion.get("/api/clips"))["total"] == 0
        await companion.post("/api/marks", title="just now")
        await asyncio.sleep(1)
        clip = await companion.post("/api/marks/end", wait=True)
        assert (clip["state"], clip["title"]) == ("ready", "just now")
