"""A daemon that dies, and others who use OBS beside it: each clip still shows its own window."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import obsws_python
import pytest
import pytest_asyncio

from companion.adapters.obs.private import PrivateObs
from tests.real.companion import Companion
from tests.real.windows import Numbers, assert_window, on_air

pytestmark = pytest.mark.real

ENCODER_SECONDS = 0.65
"""How long after a request OBS begins its file here, when the computer is not busy."""


@pytest_asyncio.fixture
async def companion(tmp_path: Path, obs: PrivateObs) -> AsyncIterator[Companion]:
    running = Companion(tmp_path / "home", obs)
    await running.start()
    yield running
    await running.stop()


async def test_a_moment_from_before_a_crash_is_cut_from_the_recording(
    companion: Companion, obs_client: obsws_python.ReqClient
) -> None:
    await companion.until_reach(1)
    obs_client.start_record()
    try:
        await companion.until(lambda status: status["record"] and status["record"]["active"], "/api/obs/status")
        await asyncio.sleep(15)
        companion.kill()
        await asyncio.sleep(2)
        await companion.start()
        await companion.until_reach(1)
        await asyncio.sleep(8)
        number = on_air(obs_client)
        clip = await companion.save(22)  # two more than the buffer holds
    finally:
        obs_client.stop_record()
    assert clip["source_kind"] == "recording"
    assert_window(clip, 22, number)


@pytest.mark.parametrize("offset", [-0.8, -0.75, -0.7, -0.65, -0.5, -0.2, 0.0])
async def test_a_save_that_the_streamer_asks_obs_for_is_not_taken_for_the_clips(
    companion: Companion, obs_client: obsws_python.ReqClient, offset: float
) -> None:
    """`offset` is when the streamer asks, in seconds after the clip's request.

    Some time later he may move the end of the clip's file by as much, and OBS tells nothing of that.
    """
    await companion.until_reach(9)

    async def clip() -> tuple[object, Numbers]:
        pressed = on_air(obs_client)
        return await companion.save(5), pressed

    async def streamer() -> None:
        await asyncio.to_thread(obs_client.save_replay_buffer)

    if offset < 0:
        while (time.time() + ENCODER_SECONDS) % 1 > 0.1:  # so that both files may be begun within one second
            await asyncio.sleep(0.01)
        await streamer()
        await asyncio.sleep(-offset)
        made, pressed = await clip()
    else:
        saving = asyncio.create_task(clip())
        await asyncio.sleep(0.1 + offset)
        await streamer()
        made, pressed = await saving
    assert_window(made, 5, pressed)


async def test_a_daemon_killed_between_the_cut_and_its_row_makes_the_clip_anew(
    companion: Companion, obs_client: obsws_python.ReqClient
) -> None:
    async def save() -> tuple[int, Numbers]:
        await companion.until_reach(9)
        number = on_air(obs_client)
        accepted = await companion.post("/api/clips", seconds=8)
        await companion.until_row("saved")
        file = Path(companion.newest_row()[1] or "")
        deadline = time.monotonic() + 20
        while not file.exists():
            assert time.monotonic() < deadline
            await asyncio.sleep(0)
        return accepted["id"], number

    clip_id, number = await companion.killed_while("saved", save)
    await companion.start()
    clip = await companion.until_finished(clip_id)
    assert_window(clip, 8, number)
    await companion.until_tidy()
