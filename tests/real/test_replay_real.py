"""Replay truth on a real OBS; what OBS really did is checked with a client that shares no code with the product."""

import asyncio
import contextlib
import os
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import obsws_python
import pytest

from companion.adapters.obs.private import PrivateObs
from companion.domain.events import ObsState, ReplayBufferSaved, ReplayState, ReplayStateChanged
from companion.domain.settings import Settings
from companion.features.replay import Replay
from companion.kernel.errors import Conflict, Unavailable
from tests.obs_link import Rig, linked, stays, until
from tests.real.companion import Companion
from tests.real.conftest import StartObs
from tests.real.stage import AirClock, frames_of, wait_until, witness

pytestmark = pytest.mark.real


class Watch:
    """A replay service on a link to a real OBS."""

    def __init__(self, rig: Rig, replay: Replay) -> None:
        self.rig = rig
        self.replay = replay

    @property
    def told(self) -> ReplayStateChanged:
        return self.rig.events(ReplayStateChanged)[-1]

    async def until(self, state: ReplayState, seconds: float = 15.0) -> ReplayStateChanged:
        await until(lambda: self.told.state is state, seconds, lambda: f"{state}; it is {self.told}")
        return self.told


@contextlib.asynccontextmanager
async def watched(obs: PrivateObs, **settings: Any) -> AsyncIterator[Watch]:
    values = Settings(**{"clip_lengths": [10.0], "hotkeys": [], "voice_phrases": [], **settings})
    async with linked(obs.url, obs.password) as rig:
        replay = Replay(rig.bus, rig.board, rig.link, lambda: values)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(replay.run(lambda: None))
            await rig.until_state(ObsState.CONNECTED, 20)
            try:
                yield Watch(rig, replay)
            finally:
                task.cancel()


def runs(client: obsws_python.ReqClient) -> bool:
    """Whether OBS says that its replay buffer is active."""
    return bool(client.get_replay_buffer_status().output_active)


def parameter(client: obsws_python.ReqClient, name: str, section: str = "SimpleOutput") -> str | None:
    value = client.get_profile_parameter(section, name).parameter_value
    return None if value is None else str(value)


def windows(obs: PrivateObs, name: str) -> list[str]:
    """The X windows of `obs` whose title is `name`."""
    environment = {**os.environ, "DISPLAY": obs.display}
    argv = ["xdotool", "search", "--onlyvisible", "--name", f"^{name}$"]
    return subprocess.run(argv, env=environment, capture_output=True, text=True, check=False).stdout.split()


async def test_it_starts_when_obs_appears_and_the_reach_is_true(start_obs: StartObs) -> None:
    obs = await start_obs(replay_seconds=8, launch=False)
    async with linked(obs.url, obs.password) as rig:
        await rig.until_state(ObsState.NOT_RUNNING)
    await obs.launch()
    async with watched(obs, clip_lengths=[5.0]) as watch:
        told = await watch.until(ReplayState.RECORDING)
        assert (told.length_seconds, told.warning) == (8, "")
        with witness(obs) as client:
            assert runs(client)
            await _the_reach_is_held(watch, client)
            await until(lambda: watch.told.reach_seconds >= 6, 30, lambda: "a full buffer")
            assert watch.told.reach_seconds == 6
            await _the_reach_is_held(watch, client)


async def test_a_buffer_that_its_size_limits_reaches_as_far_as_its_saves_hold(
    start_obs: StartObs, tmp_path: Path
) -> None:
    obs = await start_obs(replay_seconds=60, replay_limit_mb=1, record_quality="HQ", fps=60)
    companion = Companion(tmp_path / "home", obs)
    await companion.start()
    try:
        with witness(obs) as client:
            show_noise(client, tmp_path / "noise.mkv")
            clock = AirClock(30).read(client)
            unsure = await companion.until(lambda told: told["reach_seconds"] > 20, "/api/replay")
            assert not unsure["reach_sure"]
            for _ in range(3):
                measured = Path((await companion.save(3))["source_path"])
                promised = (await companion.until(lambda told: told["reach_sure"], "/api/replay"))["reach_seconds"]
                at = time.time()
                client.save_replay_buffer()
                wait_until(lambda: saved_last(client) not in (measured, Path()), "the save")  # noqa: B023
                frames = frames_of(saved_last(client))
                first, held = frames[0][1], frames[-1][0]
                assert first is not None
                assert held < 20, "the limit cut it"
                assert clock.time_of(first) <= at - promised + clock.tolerance + 0.05
                assert promised == pytest.approx(held, abs=2 * 250 / 60), "nor does it promise too little"
    finally:
        await companion.stop()


def show_noise(client: obsws_python.ReqClient, path: Path) -> None:
    """Show a corner, clear of the frame's number, that no encoder makes much smaller."""
    noise = ["-f", "lavfi", "-i", "nullsrc=size=48x48:rate=30:duration=2,geq=lum=random(1)*255:cb=128:cr=128"]
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *noise, "-c:v", "mpeg4", "-q:v", "2", str(path)]
    subprocess.run(argv, check=True)
    scene = client.get_current_program_scene().current_program_scene_name
    settings = {"local_file": str(path), "looping": True}
    item = client.create_input(scene, "Noise", "ffmpeg_source", settings, sceneItemEnabled=True).scene_item_id
    client.set_scene_item_transform(scene, item, {"positionX": 0, "positionY": 100})


def saved_last(client: obsws_python.ReqClient) -> Path:
    return Path(client.get_last_replay_buffer_replay().saved_replay_path)


async def _the_reach_is_held(watch: Watch, client: obsws_python.ReqClient) -> None:
    """A save made now goes back at least as far as was promised."""
    clock = AirClock(30).read(client)
    known = len(watch.rig.events(ReplayBufferSaved))
    promised = (await watch.replay.status()).reach_seconds
    at = time.time()
    client.save_replay_buffer()
    await until(lambda: len(watch.rig.events(ReplayBufferSaved)) > known, 10, lambda: "the save")
    first = frames_of(Path(watch.rig.events(ReplayBufferSaved)[-1].path))[0][1]
    assert first is not None
    assert clock.time_of(first) <= at - promised + clock.tolerance + 0.05


async def test_it_starts_over_when_obs_is_killed_and_comes_again(obs: PrivateObs) -> None:
    async with watched(obs) as watch:
        await watch.until(ReplayState.RECORDING)
        obs.kill()
        told = await watch.until(ReplayState.UNAVAILABLE)
        assert told.reach_seconds == 0
        await obs.launch()
        told = await watch.until(ReplayState.RECORDING, 30)
        assert told.recording_since is not None
        with witness(obs) as client:
            assert runs(client)


async def test_a_frozen_obs_stops_counting_as_recording(obs: PrivateObs) -> None:
    async with watched(obs) as watch:
        await watch.until(ReplayState.RECORDING)
        obs.freeze()
        try:
            await until(lambda: watch.told.state is not ReplayState.RECORDING, 10, lambda: "another state")
        finally:
            obs.thaw()
        await watch.until(ReplayState.RECORDING, 30)


async def test_stopped_in_obs_it_is_restarted_once_and_then_left_alone(obs: PrivateObs) -> None:
    async with watched(obs) as watch:
        await watch.until(ReplayState.RECORDING)
        with witness(obs) as client:
            client.stop_replay_buffer()
            await watch.until(ReplayState.STOPPED)
            assert "unasked" in (await watch.until(ReplayState.RECORDING)).detail
            assert runs(client)
            client.stop_replay_buffer()
            await until(lambda: "left stopped" in watch.told.detail, 10, lambda: f"respect; it is {watch.told}")
            await stays(lambda: not runs(client), 3, lambda: "it was started again")
            assert (await watch.replay.start()).length_seconds == 20
            assert runs(client)
            assert (await watch.replay.stop()).state is ReplayState.STOPPED
            assert not runs(client)


async def test_over_an_empty_scene_nothing_is_started_and_no_question_pops_up(start_obs: StartObs) -> None:
    obs = await start_obs(picture=None)
    async with watched(obs) as watch:
        await until(lambda: "source" in watch.told.remedy, 10, lambda: f"the remedy; it is {watch.told}")
        with pytest.raises(Conflict) as caught:
            await watch.replay.start()
        assert caught.value.code == "no_source"
        assert watch.told.state is ReplayState.STOPPED
        assert windows(obs, "No Sources") == []
        with witness(obs) as client:
            client.create_input("Scene", "Colour", "color_source_v3", {}, sceneItemEnabled=True)
            await watch.until(ReplayState.RECORDING)
            assert runs(client)


async def test_while_obs_asks_its_question_the_buffer_counts_as_stopped(start_obs: StartObs) -> None:
    obs = await start_obs(picture=None)
    with witness(obs) as client:
        client.create_input("Scene", "Sound", "pulse_input_capture", {}, sceneItemEnabled=True)
    async with watched(obs) as watch:
        await until(lambda: "asks" in watch.told.detail, 15, lambda: f"the question; it is {watch.told}")
        assert watch.told.state is ReplayState.STOPPED
        assert "answer" in watch.told.remedy
        assert len(windows(obs, "No Sources")) == 1
        await stays(lambda: len(windows(obs, "No Sources")) == 1, 4, lambda: f"{windows(obs, 'No Sources')}")
        argv = ["xdotool", "windowfocus", "--sync", windows(obs, "No Sources")[0], "key", "space"]
        subprocess.run(argv, env={**os.environ, "DISPLAY": obs.display}, check=True)
        await watch.until(ReplayState.RECORDING)


@pytest.mark.parametrize("advanced", [False, True])
async def test_enable_switches_it_on_in_obs(start_obs: StartObs, *, advanced: bool) -> None:
    obs = await start_obs(replay_enabled=False, advanced=advanced)
    section = "AdvOut" if advanced else "SimpleOutput"
    async with watched(obs, clip_lengths=[30.0], replay_buffer_seconds=20) as watch:
        await until(lambda: "replay enable" in watch.told.remedy, 10, lambda: f"the remedy; it is {watch.told}")
        assert watch.told.state is ReplayState.UNAVAILABLE
        with witness(obs) as client:
            profiles = client.get_profile_list().profiles
            await watch.replay.enable()
            await watch.until(ReplayState.RECORDING)
            assert runs(client)
            needed = 39 if advanced else 32  # a chosen keyframe distance can be read in simple mode only
            assert (parameter(client, "RecRB", section), parameter(client, "RecRBTime", section)) == (
                "true",
                str(needed),
            )
            assert (client.get_profile_list().current_profile_name, client.get_profile_list().profiles) == (
                "Companion",
                profiles,
            )
            assert parameter(client, "Section", "FluxBoardCompanion") is None
        assert watch.told.length_seconds == needed
        assert watch.told.warning == ""


async def test_enable_is_refused_while_obs_records_and_changes_nothing(start_obs: StartObs) -> None:
    obs = await start_obs(replay_enabled=False, replay_seconds=20)
    async with watched(obs) as watch:
        with witness(obs) as client:
            client.start_record()
            wait_until(lambda: client.get_record_status().output_active, "OBS records")
            with pytest.raises(Conflict) as caught:
                await watch.replay.enable(60)
            assert caught.value.code == "obs_on_air"
            assert (parameter(client, "RecRB"), parameter(client, "RecRBTime")) == ("false", "20")
            assert client.get_record_status().output_active


async def test_obs_killed_while_enabling_has_its_profile_back_afterwards(start_obs: StartObs) -> None:
    obs = await start_obs(replay_enabled=False, replay_seconds=20)
    async with watched(obs, replay_autostart=False) as watch:
        await until(lambda: "replay enable" in watch.told.remedy, 10, lambda: f"the remedy; it is {watch.told}")
        with witness(obs) as client:
            enabling = asyncio.ensure_future(watch.replay.enable(60))
            while (await asyncio.to_thread(client.get_profile_list)).current_profile_name == "Companion":
                assert not enabling.done(), "it never left the profile"
            obs.kill()
        with pytest.raises(Unavailable):
            await enabling
        await obs.launch()
        await watch.rig.until_state(ObsState.CONNECTED, 30)
        with witness(obs) as client:
            await until(lambda: parameter(client, "RecRB") == "false", 10, lambda: "the former setting")
            await until(lambda: parameter(client, "RecRBTime") == "20", 10, lambda: "the former length")
            await until(
                lambda: client.get_profile_list().profiles == ["Companion"],
                10,
                lambda: f"the detour's end: {client.get_profile_list().profiles}",
            )
            assert client.get_profile_list().current_profile_name == "Companion"


@pytest.mark.parametrize("keyframe_seconds", [2, None])
async def test_a_save_ends_with_the_moment_it_was_asked_for(start_obs: StartObs, keyframe_seconds: int | None) -> None:
    obs = await start_obs(replay_seconds=15, keyframe_seconds=keyframe_seconds)
    async with watched(obs) as watch:
        await until(lambda: watch.told.reach_seconds > 3, 20, lambda: "some seconds in the buffer")
        with witness(obs) as client:
            for _ in range(3):
                clock = AirClock(30).read(client)
                known = len(watch.rig.events(ReplayBufferSaved))
                asked = time.time()
                client.save_replay_buffer()
                await until(lambda: len(watch.rig.events(ReplayBufferSaved)) > known, 10, lambda: "the save")  # noqa: B023
                shown = [number for _, number in frames_of(Path(watch.rig.events(ReplayBufferSaved)[-1].path))]
                numbers = [number for number in shown if number is not None]
                assert numbers == sorted(numbers)
                allowed = 0.25 + clock.read(client).tolerance
                assert clock.time_of(numbers[-1]) == pytest.approx(asked, abs=allowed)


async def test_the_encoder_s_delay_places_a_recording_in_time(obs: PrivateObs) -> None:
    async with watched(obs) as watch:
        await watch.until(ReplayState.RECORDING)
        await watch.replay.stop()
        await watch.replay.start()  # a start shows the delay
        await until(lambda: watch.told.encoder_delay_seconds is not None, 20, lambda: "the delay")
        delay = watch.told.encoder_delay_seconds
        assert delay is not None
        with witness(obs) as client:
            client.start_record()
            wait_until(lambda: client.get_record_status().output_duration > 1500, "pictures in the recording")
            clock = AirClock(30).read(client)
            asked = time.time()
            position = client.get_record_status().output_duration / 1000 + delay
            wait_until(lambda: client.get_record_status().output_duration / 1000 > position, "the rest of it")
            clock.read(client)
            path = Path(client.stop_record().output_path)
            wait_until(lambda: not client.get_record_status().output_active, "the recording is finished")
        number = min(frames_of(path), key=lambda frame: abs(frame[0] - position))[1]
        assert number is not None
        assert clock.time_of(number) == pytest.approx(asked, abs=0.25 + clock.tolerance)
