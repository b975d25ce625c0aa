"""Clips in each format that OBS records in: from its buffer, and from a recording that still grows."""

import asyncio
import time
from pathlib import Path

import pytest

from companion.kernel.errors import CompanionError
from tests.real import stage
from tests.real.companion import Companion
from tests.real.conftest import StartObs
from tests.real.test_clips_real import restart_buffer
from tests.real.windows import assert_exact, assert_window, on_air

pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    ("record_format", "grows_readable"),
    [("mkv", True), ("fragmented_mp4", True), ("ts", True), ("flv", True), ("mp4", False), ("mov", False)],
)
async def test_clips_in_each_format(
    start_obs: StartObs, tmp_path: Path, record_format: str, grows_readable: bool
) -> None:
    obs = await start_obs(record_format=record_format, replay_seconds=20, keyframe_seconds=1)
    companion = Companion(tmp_path / "home", obs)
    await companion.start()
    try:
        with stage.witness(obs) as client:
            await companion.until_reach(4)
            number = on_air(client)
            clip = await companion.save(3)
            assert clip["source_kind"] == "replay"
            assert Path(clip["source_path"]).suffix == "." + record_format.removeprefix("fragmented_")
            assert_window(clip, 3, number)

            began = time.time()
            client.start_record()
            try:
                await asyncio.to_thread(
                    stage.wait_until, lambda: client.get_record_status().output_duration > 5000, "5 s are recorded", 30
                )
                await restart_buffer(companion)
                if grows_readable:
                    seconds = round((await companion.get("/api/replay"))["reach_seconds"]) + 3
                    number = on_air(client)
                    clip = await companion.save(seconds)
                else:
                    window = {"start_at": began + 2, "end_at": began + 4}
                    with pytest.raises(CompanionError) as caught:
                        await companion.post("/api/clips/range", **window, wait=True)
                    assert caught.value.code == "not_written_yet"
            finally:
                client.stop_record()
            await asyncio.to_thread(
                stage.wait_until, lambda: not client.get_record_status().output_active, "the recording's end"
            )
            if grows_readable:
                assert_window(clip, seconds, number)
            else:
                await companion.until(lambda status: not status["record"]["active"], "/api/obs/status")
                clip = await companion.post("/api/clips/range", **window, wait=True)
                assert_exact(clip, 2)
            assert clip["source_kind"] == "recording"
    finally:
        await companion.stop()
