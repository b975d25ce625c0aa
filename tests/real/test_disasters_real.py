"""What can go wrong on a streamer's PC, done to a real daemon on a real OBS: nothing is lost, and it says so."""

import asyncio
import contextlib
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import obsws_python
import psutil
import pytest

from companion.adapters.obs.private import PrivateObs
from companion.frontends.cli.client import Daemon
from companion.kernel.errors import Conflict, Failed, Unavailable
from tests.privileged import small_disk as disk_of
from tests.real import stage
from tests.real.companion import Companion
from tests.real.conftest import StartObs
from tests.real.windows import assert_exact, assert_on_air, assert_window, numbers, on_air, stage_seconds

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("disasters")]

StartCompanion = Callable[..., Awaitable[Companion]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[StartCompanion]:
    """Starts a daemon on an OBS, with settings by their names; it ends with the test."""
    async with contextlib.AsyncExitStack() as stack:

        async def started(obs: PrivateObs, **environment: str) -> Companion:
            companion = Companion(tmp_path / "home", obs, environment)
            await companion.start()
            stack.push_async_callback(companion.stop)
            return companion

        yield started


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 40 MB; ask for it before `start`, so that the daemon that uses it ends first."""
    with disk_of(tmp_path / "disk", "40m") as folder:
        yield folder


def digest(path: str | Path) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_disk_that_fills_up_during_a_cut_costs_no_moment(
    small_disk: Path, start: StartCompanion, obs: PrivateObs, obs_client: obsws_python.ReqClient
) -> None:
    companion = await start(obs, SESSION_DIR=str(small_disk), DISK_RESERVE_GB="0")
    await companion.until_reach(9)
    filler = small_disk / "other"
    filler.write_bytes(bytes(os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize - 700_000))
    pressed = on_air(obs_client)
    clip = await companion.until_finished((await companion.post("/api/clips", seconds=8))["id"])
    assert (clip["state"], clip["error_code"]) == ("failed", "disk_full")
    source = Path(clip["source_path"])
    assert f"untouched: {source}" in clip["error_message"]
    assert files(small_disk) == [filler], "nothing half-written is left"
    before = digest(source)

    filler.unlink()
    retried = await companion.post(f"/api/clips/{clip['id']}/retry", wait=True)
    assert_window(retried, 8, pressed)
    assert digest(source) == before
    assert (await companion.get("/api/clips"))["total"] == 1


async def test_a_clips_folder_that_cannot_be_written_costs_no_moment(
    start: StartCompanion, obs: PrivateObs, tmp_path: Path
) -> None:
    folder = tmp_path / "place" / "clips"
    companion = await start(obs, SESSION_DIR=str(folder))
    await companion.until_reach(4)
    accepted = await companion.post("/api/clips", seconds=3, after=1)
    folder.rmdir()
    folder.parent.rmdir()
    folder.parent.write_text("a file where a folder was")
    clip = await companion.until_finished(accepted["id"])
    assert (clip["state"], clip["error_code"]) == ("failed", "not_writable")
    assert clip["source_path"] in clip["error_message"]
    assert len(stage.frames_of(Path(clip["source_path"]))) > 3 * 30

    with pytest.raises(Failed) as caught:
        await companion.save(3)
    assert caught.value.code == "not_writable"
    assert "SESSION_DIR" in caught.value.remedy
    assert (await companion.get("/api/clips"))["total"] == 1, "what is refused at once leaves no row"

    folder.parent.unlink()
    assert_exact(await companion.post(f"/api/clips/{clip['id']}/retry", wait=True), 4)
    assert (await companion.save(3))["state"] == "ready"


async def test_too_little_space_is_refused_before_it_runs_out(start: StartCompanion, obs: PrivateObs) -> None:
    companion = await start(obs, DISK_RESERVE_GB="10000")
    await companion.until_reach(3)
    with pytest.raises(Unavailable) as caught:
        await companion.save(2)
    assert caught.value.code == "disk_low"
    assert "DISK_RESERVE_GB" in caught.value.remedy
    refused = await companion.cli("clip", "save", "--seconds", "2")
    assert refused.returncode == 6
    assert "disk_low" in refused.stderr
    assert (await companion.get("/api/clips"))["total"] == 0


async def test_the_media_child_killed_during_a_cut_is_replaced_and_the_clip_made(
    start: StartCompanion, obs: PrivateObs, obs_client: obsws_python.ReqClient
) -> None:
    companion = await start(obs)
    await companion.until_reach(16)
    async with events(companion) as heard:
        pressed = on_air(obs_client)
        accepted = await companion.post("/api/clips", seconds=15)
        await heard("ClipProgressed", step="cutting")
        [child] = media_children(companion)
        child.kill()
        clip = await companion.until_finished(accepted["id"])
    assert_window(clip, 15, pressed)
    assert "media child, job cut, attempt 1" in companion.log, "the kill came too late to prove anything"
    assert {path.suffix for path in Path(clip["path"]).parent.iterdir()} == {".mp4", ".jpg"}


def media_children(companion: Companion) -> list[psutil.Process]:
    children = psutil.Process(companion.pid).children()
    return [child for child in children if "companion.adapters.media.worker" in child.cmdline()]


@contextlib.asynccontextmanager
async def events(companion: Companion) -> AsyncIterator[Callable[..., Awaitable[dict[str, Any]]]]:
    """Hears /ws; gives a function that waits for an event of a type with the payload's fields as given."""
    token = companion.paths.token_file.read_text().strip()
    port = Daemon.find(companion.paths, "test").port
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session,
        session.ws_connect(f"http://127.0.0.1:{port}/ws") as socket,
    ):

        async def heard(kind: str, **fields: Any) -> dict[str, Any]:
            while True:
                message: dict[str, Any] = await socket.receive_json(timeout=30)
                if message["type"] == kind and fields.items() <= message["payload"].items():
                    return message

        yield heard


async def test_an_obs_that_freezes_when_it_is_asked_is_shown_and_its_clip_is_made(
    start: StartCompanion, start_obs: StartObs
) -> None:
    obs = await start_obs(replay_seconds=20)
    companion = await start(obs)
    await companion.until_reach(6)
    with stage.witness(obs) as client:
        pressed = on_air(client)
    obs.freeze()
    frozen_at = time.time()
    accepted = await companion.post("/api/clips", seconds=4)
    status = await companion.until(lambda found: part(found, "obs")["state"] == "not_responding", "/api/status")
    assert part(status, "obs")["since"] - frozen_at < 10
    assert part(status, "obs")["remedy"]
    assert part(status, "replay")["state"] != "recording"
    obs.thaw()
    clip = await companion.until_finished(accepted["id"])
    assert_exact(clip, 4)  # OBS still held the moment, and was asked for it again
    assert_on_air(numbers(clip["path"])[-1], pressed, pressed)
    await companion.until_reach(5)
    assert_exact(await companion.save(3), 3)


def part(status: Any, name: str) -> Any:
    """What a component says of itself in /api/status."""
    return next(component for component in status["components"] if component["name"] == name)


LOCK = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
time.sleep(3)
connection.execute("COMMIT")
print(time.time())
"""


async def test_a_database_locked_for_three_seconds_delays_a_clip_and_loses_nothing(
    start: StartCompanion, obs: PrivateObs, obs_client: obsws_python.ReqClient
) -> None:
    companion = await start(obs)
    await companion.until_reach(6)
    argv = [sys.executable, "-c", LOCK, str(companion.paths.database_file)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert await asyncio.to_thread(other.stdout.readline) == "locked\n"
        pressed = on_air(obs_client)
        clip = await companion.save(5)
        freed_at = float(await asyncio.to_thread(other.stdout.read))
    assert stage_seconds(clip["trigger_at"]) < freed_at - 1, "the moment is the request's, not the database's"
    assert stage_seconds(clip["finished_at"]) > freed_at
    assert_window(clip, 5, pressed)


async def test_the_buffer_is_enabled_remotely_and_gives_a_clip(start: StartCompanion, start_obs: StartObs) -> None:
    obs = await start_obs(replay_enabled=False)
    companion = await start(obs, CLIP_LENGTHS="[5]", HOTKEYS="[]", VOICE_PHRASES="[]", REPLAY_BUFFER_SECONDS="25")
    await companion.until(lambda replay: "replay enable" in replay["remedy"], "/api/replay")
    with pytest.raises(Unavailable) as caught:
        await companion.save(3)
    assert caught.value.code == "replay_unavailable"
    enabled = await companion.cli("replay", "enable", "--yes", "--json")
    assert enabled.returncode == 0, enabled.stdout + enabled.stderr
    with stage.witness(obs) as client:
        assert client.get_profile_parameter("SimpleOutput", "RecRB").parameter_value == "true"
        assert client.get_profile_parameter("SimpleOutput", "RecRBTime").parameter_value == "25"
        await companion.until_reach(4)
        assert client.get_replay_buffer_status().output_active
        pressed = on_air(client)
        assert_window(await companion.save(3), 3, pressed)


async def test_a_buffer_over_an_empty_scene_is_never_shown_as_recording(
    start: StartCompanion, start_obs: StartObs
) -> None:
    obs = await start_obs(picture=None)
    companion = await start(obs)
    shown = await companion.until(lambda replay: "no source" in replay["detail"], "/api/replay")
    assert (shown["state"], shown["reach_seconds"]) == ("stopped", 0)
    with pytest.raises(Conflict) as refused:
        await companion.post("/api/replay/start")
    assert refused.value.code == "no_source"
    with stage.witness(obs) as client:
        client.start_replay_buffer()  # as the streamer's click does: OBS asks its modal question
        await asyncio.to_thread(stage.wait_until, lambda: asks(obs), "OBS asks its question")
        assert not client.get_replay_buffer_status().output_active
    status = await companion.get("/api/status")
    assert part(status, "replay")["state"] == "stopped"
    with pytest.raises(Unavailable) as caught:
        await companion.save(3)
    assert caught.value.code == "replay_stopped"
    assert caught.value.remedy
    assert (await companion.get("/api/clips"))["total"] == 0


def asks(obs: PrivateObs) -> bool:
    """Whether OBS shows its question about the missing sources."""
    argv = ["xdotool", "search", "--onlyvisible", "--name", "^No Sources$"]
    return subprocess.run(argv, env={**os.environ, "DISPLAY": obs.display}, capture_output=True).returncode == 0
