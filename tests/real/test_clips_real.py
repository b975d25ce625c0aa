"""The main job on a real OBS: the right window, whatever the door, and whatever dies on the way."""

import asyncio
import json
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import obsws_python
import pytest
import pytest_asyncio

from companion.adapters.obs.private import PrivateObs
from companion.frontends.cli.began import LONGEST_START_SECONDS
from companion.kernel.errors import CompanionError, Unavailable
from tests.obs_link import until
from tests.real import stage
from tests.real.companion import Companion
from tests.real.windows import Numbers, Press, assert_exact, assert_window, on_air, stage_seconds

pytestmark = pytest.mark.real

CLOCK_TICK_SECONDS = 0.01
"""In such steps Linux tells when a process began."""


@pytest.fixture
def press(obs_client: obsws_python.ReqClient) -> Press:
    return lambda: on_air(obs_client)


@pytest_asyncio.fixture
async def companion(tmp_path: Path, obs: PrivateObs) -> AsyncIterator[Companion]:
    running = Companion(tmp_path / "home", obs)
    await running.start()
    yield running
    await running.stop()


async def test_http_and_cli_give_the_window_that_was_asked_for(companion: Companion, press: Press) -> None:
    await companion.until_reach(9)
    number = press()
    asked = time.time()
    accepted = await companion.post("/api/clips", seconds=6, title="By HTTP")
    answered = time.time()
    clip = await companion.until_finished(accepted["id"])
    assert_window(clip, 6, number)
    assert asked <= stage_seconds(clip["trigger_at"]) <= answered
    assert (clip["title"], clip["door"], clip["source_kind"]) == ("By HTTP", "http", "replay")
    shown = await companion.until(lambda shown: shown["thumbnail_path"], f"/api/clips/{clip['id']}")
    assert Path(shown["thumbnail_path"]).stat().st_size > 1000

    number = press()
    before = time.time()
    command = companion.start_cli("clip", "save", "--seconds", "5", "--json")
    after = time.time()
    output, errors = await asyncio.to_thread(command.communicate, timeout=90)
    assert command.returncode == 0, output + errors
    clip = json.loads(output)
    assert_window(clip, 5, number)
    trigger_at = stage_seconds(clip["trigger_at"])
    assert before - 2 * CLOCK_TICK_SECONDS <= trigger_at
    of_start = trigger_at <= after + CLOCK_TICK_SECONDS
    assert of_start or trigger_at - before >= LONGEST_START_SECONDS - 2 * CLOCK_TICK_SECONDS, "that of its request"


async def test_seconds_after_the_trigger_are_waited_for(companion: Companion, press: Press) -> None:
    await companion.until_reach(6)
    number = press()
    accepted = await companion.post("/api/clips", seconds=3, after=2)
    assert accepted["state"] == "accepted"
    clip = await companion.until_finished(accepted["id"])
    assert_window(clip, 5, number)


async def test_a_mark_and_an_end_pressed_live(companion: Companion, press: Press) -> None:
    await companion.until_reach(6)
    with pytest.raises(CompanionError) as caught:
        await companion.post("/api/marks/end")
    assert caught.value.code == "no_mark"
    await companion.post("/api/marks", title="A good round")
    await asyncio.sleep(3)
    number = press()
    clip = await companion.post("/api/marks/end", wait=True)
    assert clip["title"] == "A good round"
    assert clip["seconds"] == pytest.approx(3, abs=1)
    assert_window(clip, clip["seconds"], number)


async def test_triggers_close_together_each_get_their_own_window(
    companion: Companion, obs: PrivateObs, press: Press
) -> None:
    await companion.until_reach(8)
    before = set(obs.recordings.iterdir())
    pressed: list[Numbers] = []
    accepted = []
    for seconds in (3, 4, 5):
        pressed.append(press())
        accepted.append(await companion.post("/api/clips", seconds=seconds, after=1))
    for request, number, seconds in zip(accepted, pressed, (3, 4, 5), strict=True):
        clip = await companion.until_finished(request["id"])
        assert_window(clip, seconds + 1, number)
    assert len(set(obs.recordings.iterdir()) - before) <= 2, "one save covers several windows"


async def test_a_window_that_reaches_outside_the_buffer_is_clamped_and_says_so(companion: Companion) -> None:
    await companion.until_reach(5)
    clip = await companion.save(300)
    assert clip["state"] == "ready"
    assert clip["clamped_start_seconds"] == pytest.approx(300 - clip["seconds"], abs=0.2)
    assert clip["seconds"] < 60


async def test_buffer_off_is_refused_at_once_with_the_remedy(companion: Companion) -> None:
    await companion.until_reach(1)
    await companion.post("/api/replay/stop", confirmed=True)
    await companion.until(lambda replay: replay["state"] == "stopped", "/api/replay")
    with pytest.raises(Unavailable) as caught:
        await companion.save(5)
    assert caught.value.code == "replay_stopped"
    assert caught.value.remedy
    assert (await companion.get("/api/clips"))["total"] == 0
    await companion.post("/api/replay/start")
    await companion.until_reach(1)


async def test_a_moment_older_than_the_buffer_comes_from_the_recording(
    companion: Companion, obs: PrivateObs, press: Press
) -> None:
    await companion.until_reach(1)
    await restart_buffer(companion)  # a start shows the encoder's delay, which a busy computer lengthens
    with stage.witness(obs) as client:
        client.start_record()
        try:
            # The file begins up to a keyframe distance and the encoder's delay later.
            await asyncio.to_thread(
                stage.wait_until, lambda: client.get_record_status().output_duration > 8000, "8 s are recorded", 30
            )
            await restart_buffer(companion)
            seconds = round((await companion.get("/api/replay"))["reach_seconds"]) + 4
            number = press()
            clip = await companion.save(seconds)
        finally:
            client.stop_record()
    assert clip["source_kind"] == "recording"
    assert_window(clip, seconds, number)


async def restart_buffer(companion: Companion) -> None:
    """Let OBS's buffer begin anew: it then holds little."""
    await companion.post("/api/replay/stop", confirmed=True)
    await companion.until(lambda replay: replay["state"] == "stopped", "/api/replay")
    await companion.post("/api/replay/start")
    await companion.until_reach(1)


@pytest.mark.parametrize("state", ["accepted", "saving", "saved"])
async def test_a_daemon_killed_at_any_step_still_ends_in_the_clip(
    companion: Companion, press: Press, state: str
) -> None:
    after = 1 if state == "accepted" else 0

    async def save() -> tuple[int, Numbers]:
        await companion.until_reach(9)
        number = press()
        accepted = await companion.post("/api/clips", seconds=5, after=after)
        await companion.until_row(state)
        return accepted["id"], number

    clip_id, number = await companion.killed_while(state, save)
    await companion.start()
    clip = await companion.until_finished(clip_id)
    assert_window(clip, 5 + after, number)
    await companion.until_tidy()


LOST_WITH_OBS = {"waiting": ("obs_not_connected",), "saving": ("obs_not_connected", "obs_gone")}
"""With what reasons a clip may fail whose OBS was killed before it was asked for a save, and after."""


@pytest.mark.parametrize("moment", ["waiting", "saving"])
async def test_obs_killed_ends_in_a_failed_clip_with_the_reason(
    companion: Companion, obs: PrivateObs, moment: str
) -> None:
    await companion.until_reach(5)
    accepted = await companion.post("/api/clips", seconds=4, after=2 if moment == "waiting" else 0)
    await companion.until_row("accepted" if moment == "waiting" else "saving")
    obs.kill()
    try:
        clip = await companion.until_finished(accepted["id"])
    finally:
        await obs.launch()
    if clip["state"] == "ready":
        assert moment == "saving", "OBS was not asked yet"
        assert_exact(clip, 4)  # OBS was faster than the kill
    else:
        assert (clip["state"], clip["error_code"]) in [("failed", code) for code in LOST_WITH_OBS[moment]]
        assert clip["error_message"]
        assert clip["source_path"] is None or Path(clip["source_path"]).is_file(), "a file that is named is there"
    await companion.until_reach(4)
    assert (await companion.save(3))["state"] == "ready"


async def test_what_nothing_holds_any_more_is_said_to_be_lost(companion: Companion, obs: PrivateObs) -> None:
    await companion.until_reach(3)
    accepted = await companion.post("/api/clips", seconds=2, after=1)
    companion.kill()
    obs.kill()
    await obs.launch()
    await companion.start()
    clip = await companion.until_finished(accepted["id"])
    assert (clip["state"], clip["error_code"]) == ("failed", "lost_in_crash")
    assert clip["error_message"]


async def test_sources_are_deleted_once_all_their_clips_are_proved_if_that_is_wished(
    tmp_path: Path, obs: PrivateObs
) -> None:
    companion = Companion(tmp_path / "home", obs, {"KEEP_SOURCES": "false"})
    await companion.start()
    try:
        await companion.until_reach(4)
        kept = set(obs.recordings.iterdir())
        first, second = [await companion.post("/api/clips", seconds=seconds, after=1) for seconds in (2, 3)]
        for request in (first, second):
            assert (await companion.until_finished(request["id"]))["state"] == "ready"
        await until(lambda: set(obs.recordings.iterdir()) == kept, 15, lambda: "the sources' end")
    finally:
        await companion.stop()


async def test_a_session_gives_its_clips_a_clock(companion: Companion) -> None:
    await companion.until_reach(5)
    session = await companion.post("/api/sessions", title="Ranked")
    await asyncio.sleep(2.5)
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
