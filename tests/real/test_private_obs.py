"""The private OBS: apart from the user's, alone on its port, and leaving nothing behind."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import aiohttp
import psutil
import pytest

from companion.adapters.obs.private import PrivateObs, missing_packages
from companion.adapters.obs.private_config import PrivateSettings
from companion.kernel.errors import Refused
from tests.real.conftest import StartObs
from tests.real.stage import SIZE, AirClock, frames_of, on_air, wait_until, witness

pytestmark = pytest.mark.real


def processes_in(folder: Path) -> list[psutil.Process]:
    """Every process whose HOME is in `folder`."""
    found = []
    for process in psutil.process_iter():
        try:
            home = process.environ().get("HOME", "")
        except psutil.Error:
            continue
        if home.startswith(str(folder)) and process.status() != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def test_everything_it_needs_is_installed() -> None:
    assert missing_packages() == []


async def test_the_picture_moves_in_obs_and_its_numbers_and_sound_are_recorded(obs: PrivateObs) -> None:
    with witness(obs) as client:
        first = on_air(client).number
        wait_until(lambda: on_air(client).number > first + 5, "the picture moves")
        client.start_record()
        clock = AirClock(30).read(client, 60)
        path = Path(client.stop_record().output_path)
        wait_until(lambda: not client.get_record_status().output_active, "the recording is finished")
    assert path.parent == obs.recordings
    numbers = [number for _, number in frames_of(path) if number is not None]
    assert len(numbers) > 30
    assert numbers == sorted(numbers)
    assert clock.time_of(numbers[0]) < clock.time_of(numbers[-1])
    assert loudness(path) > 0.01


def loudness(path: Path) -> float:
    import av
    import numpy as np

    with av.open(str(path)) as file:
        samples = [frame.to_ndarray() for frame in file.decode(audio=0)]
    return float(np.abs(np.concatenate(samples, axis=1)).max())


async def test_the_keyframe_distance_is_the_chosen_one(start_obs: StartObs) -> None:
    import av

    obs = await start_obs(keyframe_seconds=1)
    with witness(obs) as client:
        client.start_record()
        wait_until(lambda: client.get_record_status().output_duration > 3500, "3.5 s are recorded")
        path = client.stop_record().output_path
        wait_until(lambda: not client.get_record_status().output_active, "the recording is finished")
    with av.open(path) as file:
        keys = [packet.pts * packet.time_base for packet in file.demux(video=0) if packet.is_keyframe]
    distances = [float(later - earlier) for earlier, later in itertools.pairwise(keys)]
    assert distances == pytest.approx([1.0] * len(distances), abs=0.3)


async def test_it_lives_apart_from_the_user(obs: PrivateObs) -> None:
    environment = psutil.Process(obs.pid).environ()
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        assert environment[name].startswith(str(obs.folder))
    assert environment["DISPLAY"] != os.environ.get("DISPLAY")
    async with aiohttp.ClientSession() as http, http.ws_connect(obs.url) as stranger:
        assert "authentication" in (await stranger.receive_json())["d"]
        await stranger.send_json({"op": 1, "d": {"rpcVersion": 1, "authentication": "a guess"}})
        await stranger.receive()
        assert stranger.close_code == 4009


async def test_two_run_side_by_side(obs: PrivateObs, start_obs: StartObs) -> None:
    other = await start_obs()
    assert obs.port != other.port
    assert obs.display != other.display
    for each in (obs, other):
        with witness(each) as client:
            assert client.get_version().obs_version


async def test_killed_and_launched_again_it_answers_on_the_same_port(obs: PrivateObs) -> None:
    first, port = obs.pid, obs.port
    obs.kill()
    wait_until(lambda: not obs.running, "OBS is gone")
    assert obs.pid == 0
    await obs.launch()
    assert (obs.port, obs.pid != first) == (port, True)
    with witness(obs) as client:
        assert on_air(client).number >= 0


async def test_a_restart_can_change_the_password(obs: PrivateObs) -> None:
    await obs.restart(password="another one")
    assert obs.password == "another one"
    with witness(obs) as client:
        assert client.get_version().obs_version


async def test_frozen_it_stands_still_until_thawed(obs: PrivateObs) -> None:
    obs.freeze()
    wait_until(lambda: psutil.Process(obs.pid).status() == psutil.STATUS_STOPPED, "OBS stands still")
    obs.thaw()
    with witness(obs) as client:
        assert on_air(client).number >= 0


async def test_stopped_it_leaves_no_process(tmp_path: Path, picture: Path) -> None:
    obs = PrivateObs(tmp_path / "o", PrivateSettings(picture=picture, size=SIZE))
    await obs.start()
    with witness(obs) as client:
        client.start_replay_buffer()
        client.start_record()
        wait_until(lambda: client.get_record_status().output_bytes > 0, "it records")
    assert len(processes_in(obs.folder)) >= 3
    await obs.stop()
    assert processes_in(obs.folder) == []


def test_a_killed_parent_takes_everything_with_it(tmp_path: Path, picture: Path) -> None:
    program = f"""
import asyncio, os, signal
from pathlib import Path
from companion.adapters.obs.private import PrivateObs
from companion.adapters.obs.private_config import PrivateSettings

async def main():
    await PrivateObs(Path({str(tmp_path / "o")!r}), PrivateSettings(picture=Path({str(picture)!r}))).start()
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, timeout=90, capture_output=True)
    assert done.returncode == -9, done.stderr
    wait_until(lambda: processes_in(tmp_path / "o") == [], "all its processes are gone")


async def test_a_folder_too_deep_for_a_socket_is_refused_before_anything_starts(tmp_path: Path, picture: Path) -> None:
    deep = tmp_path / ("d" * 120)
    with pytest.raises(Refused, match="too long"):
        await PrivateObs(deep, PrivateSettings(picture=picture)).start()
    assert not deep.exists()
