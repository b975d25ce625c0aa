"""The main job on a real OBS: the right window, whatever the door, and whatever dies on the way."""

import asyncio
import json
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import av
import pytest
import pytest_asyncio

from companion.adapters.obs.private import PrivateObs
from companion.domain import frame_code
from companion.kernel.errors import CompanionError, Unavailable
from tests.real import stage
from tests.real.companion import Companion

pytestmark = pytest.mark.real

FPS = 30


def numbers(path: str | Path) -> list[int]:
    """The burnt-in number of each frame that the clip shows."""
    with av.open(str(path)) as container:
        return [frame_code.read(frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]


def assert_window(clip: Any, seconds: float, on_air: float, tolerance: float = 0.25) -> None:
    """The clip is ready, `seconds` long, and ends with the frame that was on air at the trigger."""
    assert clip["state"] == "ready", clip
    assert clip["receipt"]["ok"], clip["receipt"]
    shown = numbers(clip["path"])
    assert len(shown) == pytest.approx(seconds * FPS, abs=1.01)
    assert shown == list(range(shown[0], shown[0] + len(shown)))
    assert shown[-1] == pytest.approx(on_air, abs=tolerance * FPS)


def on_air_at(obs: PrivateObs, moment: float) -> float:
    """The number that was on air at `moment` (Unix seconds), reckoned from the one that is now."""
    with stage.witness(obs) as client:
        seen = stage.on_air(client)
    return seen.number - ((seen.after + seen.before) / 2 - moment) * FPS


@pytest_asyncio.fixture
async def companion(tmp_path: Path, obs: PrivateObs) -> AsyncIterator[Companion]:
    running = Companion(tmp_path / "home", obs)
    await running.start()
    yield running
    await running.stop()


async def test_http_and_cli_give_the_window_that_was_asked_for(companion: Companion, obs: PrivateObs) -> None:
    await companion.until_reach(9)
    pressed = time.time()
    clip = await companion.save(6, title="By HTTP")
    assert_window(clip, 6, on_air_at(obs, pressed))
    assert (clip["title"], clip["door"], clip["source_kind"]) == ("By HTTP", "http", "replay")
    assert Path(clip["thumbnail_path"]).stat().st_size > 1000

    result = await companion.cli("clip", "save", "--seconds", "5", "--json")
    assert result.returncode == 0, result.stdout + result.stderr
    clip = json.loads(result.stdout)
    trigger = time.time()
    shown = numbers(clip["path"])
    began = stage_seconds(clip["trigger_at"])
    assert shown[-1] == pytest.approx(on_air_at(obs, trigger) - (trigger - began) * FPS, abs=0.25 * FPS)
    assert len(shown) == pytest.approx(5 * FPS, abs=1.01)


def stage_seconds(text: str) -> float:
    import datetime as dt

    return dt.datetime.fromisoformat(text).timestamp()


async def test_seconds_after_the_trigger_are_waited_for(companion: Companion, obs: PrivateObs) -> None:
    await companion.until_reach(6)
    pressed = time.time()
    accepted = await companion.post("/api/clips", seconds=3, after=2)
    assert accepted["state"] == "accepted"
    clip = await companion.until_finished(accepted["id"])
    assert_window(clip, 5, on_air_at(obs, pressed + 2))


async def test_a_mark_and_an_end_pressed_live(companion: Companion, obs: PrivateObs) -> None:
    await companion.until_reach(6)
    with pytest.raises(CompanionError) as caught:
        await companion.post("/api/marks/end")
    assert caught.value.code == "no_mark"
    await companion.post("/api/marks", title="A good round")
    await asyncio.sleep(3)
    pressed = time.time()
    clip = await companion.post("/api/marks/end", wait=True)
    assert clip["title"] == "A good round"
    assert clip["seconds"] == pytest.approx(3, abs=0.5)
    assert numbers(clip["path"])[-1] == pytest.approx(on_air_at(obs, pressed), abs=0.25 * FPS)


async def test_triggers_close_together_each_get_their_own_window(companion: Companion, obs: PrivateObs) -> None:
    await companion.until_reach(8)
    before = set(obs.recordings.iterdir())
    pressed: list[float] = []
    accepted = []
    for seconds in (3, 4, 5):
        pressed.append(time.time())
        accepted.append(await companion.post("/api/clips", seconds=seconds, after=1))
    for request, moment, seconds in zip(accepted, pressed, (3, 4, 5), strict=True):
        clip = await companion.until_finished(request["id"])
        assert_window(clip, seconds + 1, on_air_at(obs, moment + 1))
    assert len(set(obs.recordings.iterdir()) - before) <= 2, "one save covers several windows"


async def test_a_window_that_reaches_outside_the_buffer_is_clamped_and_says_so(
    companion: Companion, obs: PrivateObs
) -> None:
    await companion.until_reach(5)
    clip = await companion.save(300)
    assert clip["state"] == "ready"
    assert clip["clamped_start_seconds"] == pytest.approx(300 - clip["seconds"], abs=0.2)
    assert clip["seconds"] < 60


async def test_buffer_off_is_refused_at_once_with_the_remedy(companion: Companion, obs: PrivateObs) -> None:
    await companion.until_reach(1)
    await companion.post("/api/replay/stop")
    await companion.until(lambda replay: replay["state"] == "stopped", "/api/replay")
    with pytest.raises(Unavailable) as caught:
        await companion.save(5)
    assert caught.value.code == "replay_stopped"
    assert caught.value.remedy
    assert (await companion.get("/api/clips"))["total"] == 0
    await companion.post("/api/replay/start")
    await companion.until_reach(1)


async def test_a_moment_older_than_the_buffer_comes_from_the_recording(companion: Companion, obs: PrivateObs) -> None:
    await companion.until_reach(1)
    with stage.witness(obs) as client:
        client.start_record()
        try:
            await companion.until(lambda status: status["record"] and status["record"]["active"], "/api/obs/status")
            await asyncio.sleep(24)
            pressed = time.time()
            clip = await companion.save(22)
        finally:
            client.stop_record()
    assert clip["source_kind"] == "recording"
    assert_window(clip, 22, on_air_at(obs, pressed))


@pytest.mark.parametrize("state", ["accepted", "saving", "saved"])
async def test_a_daemon_killed_at_any_step_still_ends_in_the_clip(
    companion: Companion, obs: PrivateObs, state: str
) -> None:
    await companion.until_reach(9)
    pressed = time.time()
    accepted = await companion.post("/api/clips", seconds=5, after=1 if state == "accepted" else 0)
    await companion.until_row(state)
    companion.kill()
    await companion.start()
    clip = await companion.until_finished(accepted["id"])
    end = pressed + (1 if state == "accepted" else 0)
    assert_window(clip, 6 if state == "accepted" else 5, on_air_at(obs, end))
    folder = Path(clip["path"]).parent
    assert {path.suffix for path in folder.iterdir()} == {".mp4", ".jpg"}, "nothing half-made is left behind"


@pytest.mark.parametrize("moment", ["waiting", "saving"])
async def test_obs_killed_ends_in_a_failed_clip_with_the_reason(
    tmp_path: Path, start_obs: Callable[..., Awaitable[PrivateObs]], moment: str
) -> None:
    obs = await start_obs(replay_seconds=20)
    companion = Companion(tmp_path / "home", obs)
    await companion.start()
    try:
        await companion.until_reach(5)
        accepted = await companion.post("/api/clips", seconds=4, after=2 if moment == "waiting" else 0)
        await companion.until_row("accepted" if moment == "waiting" else "saving")
        obs.kill()
        clip = await companion.until_finished(accepted["id"])
        assert clip["state"] in ("failed", "ready")
        if clip["state"] == "failed":
            assert clip["error_code"]
            assert clip["error_message"]
        else:
            assert clip["receipt"]["ok"], "OBS was faster than the kill"
        await obs.launch()
        await companion.until_reach(4)
        assert (await companion.save(3))["state"] == "ready"
    finally:
        await companion.stop()


async def test_a_session_gives_its_clips_a_clock(companion: Companion) -> None:
    await companion.until_reach(5)
    session = await companion.post("/api/sessions", title="Ranked")
    await asyncio.sleep(3)
    clip = await companion.save(2)
    assert clip["session_id"] == session["id"]
    assert clip["session_end_seconds"] - clip["session_start_seconds"] == pytest.approx(2, abs=0.1)
    assert clip["session_start_seconds"] == pytest.approx(
        stage_seconds(clip["start_at"]) - stage_seconds(session["started_at"]), abs=0.01
    )
    assert "Ranked" in clip["path"]


async def test_two_daemons_on_one_home(companion: Companion) -> None:
    second = Companion(companion.home, None, companion.environment)
    result = await second.cli("run", "--headless", "--json")
    assert result.returncode == 5
    assert "already_running" in result.stdout + result.stderr
    assert (await companion.get("/health"))["status"] == "ok"


async def test_the_daemon_leaves_no_process_behind(tmp_path: Path, obs: PrivateObs) -> None:
    companion = Companion(tmp_path / "home", obs)
    await companion.start()
    await companion.until_reach(3)
    await companion.save(2)
    children = subprocess.run(
        ["pgrep", "-P", str(companion.pid)], capture_output=True, text=True, check=False
    ).stdout.split()
    assert children, "the media child is kept warm"
    assert await companion.stop() == 0
    for child in children:
        assert not Path(f"/proc/{child}").exists()
