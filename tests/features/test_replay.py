"""Replay truth, against a server that models OBS and can be made to stall, refuse and die."""

import asyncio
import contextlib
import dataclasses
import itertools
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from companion.adapters.obs.replay_buffer import DETOUR, largest_limit_mb
from companion.domain.events import ObsState, ReplayMeasured, ReplayState, ReplayStateChanged, SettingsChanged
from companion.domain.phrases import VoicePhrase
from companion.domain.replay import MEGABYTE, limit_needed
from companion.domain.settings import Hotkey, Settings
from companion.features.replay import Replay
from companion.kernel.actions import Caller, Registry, Scope
from companion.kernel.errors import CompanionError, Conflict, Failed, NotAllowed, Refused, Unavailable
from companion.kernel.status import Component, Health
from tests.fakes.obs_model import ObsModel
from tests.fakes.obs_requests import RequestRefused
from tests.fakes.obs_server import ObsServer
from tests.obs_link import Rig, linked, stays, ticking, until

pytestmark = pytest.mark.slow

STREAMER = Caller("test", Scope.CONTROL, agreed=True)
STALL_TOLD_WITHIN_SECONDS = 5.0
"""A promise to the streamer."""


class Studio(ObsModel):
    """The modelled OBS, with sources."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.sources = ["Camera"]

    def GetInputList(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"inputs": [{"inputName": name, "inputKind": "x"} for name in ["Desktop Audio", *self.sources]]}

    def GetSpecialInputs(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"desktop1": "Desktop Audio", "mic1": None}

    def GetVirtualCamStatus(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"outputActive": False}


class Stage:
    """A replay service on a link to the modelled OBS."""

    def __init__(self, rig: Rig, server: ObsServer, model: Studio, replay: Replay) -> None:
        self.rig = rig
        self.server = server
        self.model = model
        self.replay = replay
        self.settings = Settings(replay_buffer_seconds=40, clip_lengths=[10.0], hotkeys=[], voice_phrases=[])
        self.registry = Registry(rig.bus, [replay])

    @property
    def told(self) -> ReplayStateChanged:
        """The last event."""
        return self.rig.events(ReplayStateChanged)[-1]

    @property
    def component(self) -> Component:
        component = self.rig.board.get("replay")
        assert component is not None
        return component

    @property
    def looks(self) -> int:
        """How often the modelled OBS was asked how its buffer does: once a second while it runs."""
        return [kind for kind, _ in self.server.requests].count("GetOutputStatus")

    @property
    def starts(self) -> int:
        """How often it was asked to start its buffer."""
        return [kind for kind, _ in self.server.requests].count("StartReplayBuffer")

    async def until(self, state: ReplayState, seconds: float = 20.0) -> ReplayStateChanged:
        await until(lambda: self.told.state is state, seconds, lambda: f"{state}; it is {self.told}")
        return self.told

    async def invoke(self, name: str, **arguments: Any) -> ReplayStateChanged:
        result = await self.registry.invoke(name, arguments, STREAMER)
        assert isinstance(result, ReplayStateChanged)
        return result

    def change(self, **values: Any) -> None:
        self.settings = self.settings.model_copy(update=values)
        self.rig.bus.publish(SettingsChanged(values))


@contextlib.asynccontextmanager
async def staged(model: Studio, **settings: Any) -> AsyncIterator[Stage]:
    async with ObsServer(model) as server, linked(server.url) as rig:
        stages: list[Stage] = []
        replay = Replay(rig.bus, rig.board, rig.link, lambda: stages[0].settings)
        stages.append(Stage(rig, server, model, replay))
        stages[0].settings = stages[0].settings.model_copy(update=settings)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(replay.run(lambda: None))
            await rig.until_state(ObsState.CONNECTED)
            try:
                yield stages[0]
            finally:
                task.cancel()


@pytest.fixture
def model(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


@pytest.fixture
async def stage(model: Studio) -> AsyncIterator[Stage]:
    async with staged(model) as running:
        yield running


async def test_the_buffer_is_started_when_obs_appears_and_its_reach_grows(stage: Stage) -> None:
    told = await stage.until(ReplayState.RECORDING)
    assert stage.model.replay.active
    assert told.length_seconds == 20
    first, began = await stage.replay.status(), stage.model.replay.seconds
    await until(lambda: stage.model.replay.seconds > began + 0.5, 20, lambda: "half a second of the modelled buffer")
    before = stage.model.replay.seconds
    second = await stage.replay.status()
    assert before - 0.1 <= second.reach_seconds <= stage.model.replay.seconds
    assert second.reach_seconds > first.reach_seconds
    assert second.recording_since == pytest.approx(time.time() - stage.model.replay.seconds, abs=0.3)


async def test_an_encoder_that_is_behind_as_the_buffer_starts_is_not_slow_for_ever(stage: Stage) -> None:
    """OBS of a busy computer hands over late at first; where a clip from a recording lies depends on that delay."""
    buffer, behind = stage.model.replay, 1.5
    await until(lambda: buffer.active, 20, lambda: "the start")

    def delay() -> float:
        known = stage.told.encoder_delay_seconds
        return -1.0 if known is None else known

    buffer.started_at = time.monotonic() + behind
    await until(lambda: delay() > behind - 0.5, 20, lambda: f"that it is behind; {delay()}")
    buffer.started_at -= behind
    await until(lambda: 0 <= delay() < behind - 0.5, 20, lambda: f"that it keeps up; {delay()}")


async def test_a_freeze_is_not_taken_for_the_encoder_s_delay(stage: Stage) -> None:
    buffer, behind = stage.model.replay, 3.0
    await until(lambda: stage.told.encoder_delay_seconds is not None, 20, lambda: "the delay")
    stage.server.freeze()
    await stage.rig.until_state(ObsState.NOT_RESPONDING)
    assert buffer.started_at is not None
    buffer.started_at += behind
    stage.server.thaw()
    await stage.until(ReplayState.RECORDING)
    looks = stage.looks
    await until(lambda: stage.looks > looks + 2, 20, lambda: "some looks")
    delay = stage.told.encoder_delay_seconds
    assert delay is not None
    assert delay < behind - 1


async def test_a_longer_keyframe_distance_that_a_saved_file_showed_counts_until_the_next_run(stage: Stage) -> None:
    stage.change(clip_lengths=[11.0])
    told = await stage.until(ReplayState.RECORDING)
    assert told.warning == ""
    stage.rig.bus.publish(ReplayMeasured(1, 1.0, 2.0))  # shorter than OBS's default: what OBS tells may come true again
    stage.rig.bus.publish(ReplayMeasured(1, 1.0, 10.0))
    await until(lambda: "11 s need 21 s" in stage.told.warning, 20, lambda: f"a warning; it is {stage.told}")
    stage.model.replay.started_at = (stage.model.replay.started_at or 0) - 60
    assert (await stage.replay.status()).reach_seconds == 10, "of 20 s"
    await stage.invoke("replay.stop")
    await stage.invoke("replay.start")
    told = await stage.until(ReplayState.RECORDING)
    await until(lambda: stage.told.warning == "", 20, lambda: f"no warning; it is {stage.told}")


async def test_the_reach_never_exceeds_the_length_less_one_keyframe_distance(stage: Stage) -> None:
    await stage.until(ReplayState.RECORDING)
    assert stage.model.replay.started_at is not None
    stage.model.replay.started_at -= 1000
    assert (await stage.replay.status()).reach_seconds == pytest.approx(20 - 250 / 30, abs=0.01)


async def test_growth_is_told_at_a_modest_rate(stage: Stage) -> None:
    await stage.until(ReplayState.RECORDING)
    looks = stage.looks
    await until(lambda: stage.looks >= looks + 3, 20, lambda: "three looks")
    await until(lambda: stage.told.reach_seconds > 4, 20, lambda: "the growth after 5 s")
    told = [event for event in stage.rig.events(ReplayStateChanged) if event.state is ReplayState.RECORDING]
    for first, second in itertools.pairwise(told):
        if dataclasses.replace(second, reach_seconds=first.reach_seconds) == first:
            assert stage.rig.told_at(second) - stage.rig.told_at(first) > 4.9, "nothing but growth"


async def test_with_autostart_off_it_is_left_as_it_is(model: Studio) -> None:
    async with staged(model, replay_autostart=False) as stage:
        told = await stage.until(ReplayState.STOPPED)
        assert "start" in told.remedy
        await stays(lambda: not model.replay.active, 1, lambda: "it was started")
        model.start_output(model.replay)
        await stage.until(ReplayState.RECORDING)


async def test_an_active_buffer_that_does_not_advance_is_stalled_within_five_seconds(stage: Stage) -> None:
    await stage.until(ReplayState.RECORDING)
    await until(lambda: stage.replay._pulse is not None and stage.replay._pulse.beating, 20, lambda: "a frame")
    async with ticking() as starved:
        stage.model.replay.stalled, stalled_at = True, time.time()
        told = await stage.until(ReplayState.STALLED, 30)
        assert stage.rig.told_at(told) - stalled_at < STALL_TOLD_WITHIN_SECONDS + starved.seconds
    assert (told.reach_seconds, told.recording_since) == (0, None)
    assert told.detail
    assert "restart" in told.remedy
    assert stage.component.health is Health.FAILED


async def test_saves_of_a_buffer_that_gets_no_picture_are_no_sign_of_life(stage: Stage) -> None:
    """OBS counts the bytes that it writes: they move at each save of what the buffer held before."""
    await stage.until(ReplayState.RECORDING)
    await until(lambda: stage.told.reach_seconds > 0, 20, lambda: "a frame")

    def saves(told: Callable[[], bool]) -> bool:
        stage.model.replay.saved_bytes += 1_000_000
        return told()

    async with ticking() as starved:
        stage.model.replay.stalled, stalled_at = True, time.time()
        await until(lambda: saves(lambda: stage.told.state is ReplayState.STALLED), 30, lambda: "the stall")
        assert stage.rig.told_at(stage.told) - stalled_at < STALL_TOLD_WITHIN_SECONDS + starved.seconds
    looks = stage.looks
    await until(lambda: saves(lambda: stage.looks > looks + 2), 20, lambda: "two more looks")
    assert stage.told.state is ReplayState.STALLED


async def test_after_a_stall_the_reach_does_not_span_the_hole(stage: Stage) -> None:
    await stage.until(ReplayState.RECORDING)
    stage.model.replay.started_at = time.monotonic() - 9  # what was handed over before the hole
    await until(lambda: stage.told.reach_seconds > 8, 20, lambda: "its reach")
    stage.model.replay.stalled = True
    await stage.until(ReplayState.STALLED)
    stage.model.replay.stalled = False
    await stage.until(ReplayState.RECORDING)
    assert (await stage.replay.status()).reach_seconds < 2


async def test_a_frozen_obs_that_makes_up_for_it_holds_what_was_before(stage: Stage) -> None:
    replay = stage.model.replay
    await stage.until(ReplayState.RECORDING)
    replay.started_at = began = time.monotonic() - 9
    await until(lambda: stage.told.reach_seconds > 8, 20, lambda: "its reach")
    stage.server.freeze()
    await until(lambda: stage.told.state is not ReplayState.RECORDING, 20, lambda: "another state")
    replay.started_at = began + 6  # behind by what it was frozen, at first
    stage.server.thaw()

    def since() -> float | None:
        return stage.told.recording_since if stage.told.state is ReplayState.RECORDING else None

    await until(lambda: since() is not None, 20, lambda: "since when it records")
    began_at = time.time() - (time.monotonic() - began)
    assert (since() or 0) > began_at + 5
    replay.started_at = began
    await until(lambda: (since() or time.time()) < began_at + 0.5, 20, lambda: f"{began_at} instead of {since()}")


async def test_a_buffer_that_starts_and_never_gets_a_frame_is_stalled(model: Studio) -> None:
    model.replay.stalled = True
    async with staged(model) as stage:
        await stage.until(ReplayState.STALLED)
        assert stage.starts == 1
        assert ReplayState.RECORDING not in [event.state for event in stage.rig.events(ReplayStateChanged)]


async def test_a_frozen_obs_is_no_recording_obs_within_five_seconds(stage: Stage) -> None:
    await stage.until(ReplayState.RECORDING)
    async with ticking() as starved:
        stage.server.freeze()
        frozen_at = time.time()
        await until(lambda: stage.told.state is not ReplayState.RECORDING, 30, lambda: "another state")
        assert stage.rig.told_at(stage.told) - frozen_at < STALL_TOLD_WITHIN_SECONDS + starved.seconds
    stage.server.thaw()
    await stage.until(ReplayState.RECORDING, 20)


async def test_a_paused_recording_is_named_as_the_reason_of_a_stall(stage: Stage) -> None:
    await stage.until(ReplayState.RECORDING)
    stage.model.start_recording()
    stage.model.PauseRecord({})
    stage.model.replay.stalled = True
    assert "paused" in (await stage.until(ReplayState.STALLED)).detail


async def test_off_in_obs_s_settings_is_unavailable_with_the_remedy(model: Studio) -> None:
    model.enable_replay(enabled=False)
    async with staged(model) as stage:
        await until(lambda: "settings" in stage.told.detail, 20, lambda: f"the reason; it is {stage.told}")
        assert stage.told.state is ReplayState.UNAVAILABLE
        assert "replay enable" in stage.told.remedy
        with pytest.raises(Conflict) as caught:
            await stage.invoke("replay.start")
        assert caught.value.code == "replay_off"


async def test_without_obs_it_is_unavailable_and_says_so(stage: Stage) -> None:
    await stage.until(ReplayState.RECORDING)
    await stage.server.kill()
    told = await stage.until(ReplayState.UNAVAILABLE)
    await stage.rig.until_state(ObsState.NOT_RUNNING)
    await until(lambda: "Start OBS" in stage.told.remedy, 20, lambda: "the link's remedy")
    assert told.reach_seconds == 0
    assert stage.component.health is Health.OFF
    with pytest.raises(Unavailable):
        await stage.invoke("replay.start")
    stage.model.replay.stop()
    await stage.server.start()
    await stage.until(ReplayState.RECORDING, 20)


async def test_stopped_unasked_it_is_started_again_once_and_says_why(stage: Stage) -> None:
    await stage.until(ReplayState.RECORDING)
    stage.model.stop_output(stage.model.replay)
    told = await stage.until(ReplayState.STOPPED)
    assert "unasked" in told.detail
    told = await stage.until(ReplayState.RECORDING)
    assert "unasked" in told.detail
    stage.model.stop_output(stage.model.replay)
    await until(lambda: "left stopped" in stage.told.detail, 20, lambda: f"respect; it is {stage.told}")
    await stays(lambda: not stage.model.replay.active, 4, lambda: "it was started again")
    assert (await stage.invoke("replay.start")).state in (ReplayState.RECORDING, ReplayState.STOPPED)
    assert stage.model.replay.active


async def test_stopped_by_the_streamer_here_it_stays_stopped(stage: Stage) -> None:
    await stage.until(ReplayState.RECORDING)
    told = await stage.invoke("replay.stop")
    assert told.state is ReplayState.STOPPED
    await stays(lambda: not stage.model.replay.active, 4, lambda: "it was started again")
    stage.model.start_output(stage.model.replay)
    await stage.until(ReplayState.RECORDING)
    assert stage.told.detail == ""


async def test_obs_without_a_source_is_not_asked_to_start(model: Studio) -> None:
    model.sources = []
    async with staged(model) as stage:
        await until(lambda: "source" in stage.told.remedy, 20, lambda: f"the remedy; it is {stage.told}")
        assert stage.told.state is ReplayState.STOPPED
        assert stage.starts == 0
        with pytest.raises(Conflict) as caught:
            await stage.invoke("replay.start")
        assert caught.value.code == "no_source"
        model.sources = ["Camera"]
        await stage.until(ReplayState.RECORDING)


async def test_a_question_instead_of_a_start_is_told_and_not_asked_twice(model: Studio) -> None:
    model.modal_question = True
    async with staged(model) as stage:
        await until(lambda: "asks" in stage.told.detail, 20, lambda: f"the question; it is {stage.told}")
        assert stage.told.state is ReplayState.STOPPED
        assert "answer" in stage.told.remedy
        await stays(lambda: stage.starts == 1, 4, lambda: f"{stage.starts} starts")
        with pytest.raises(Failed) as caught:
            await stage.invoke("replay.start")
        assert caught.value.code == "replay_did_not_start"
        model.modal_question = False
        model.start_output(model.replay)
        await stage.until(ReplayState.RECORDING)


async def test_too_short_for_the_longest_clip_hotkey_or_phrase_it_warns(stage: Stage) -> None:
    assert (await stage.until(ReplayState.RECORDING)).warning == ""
    stage.change(clip_lengths=[10.0, 60.0])
    await until(lambda: "60 s need 69 s" in stage.told.warning, 20, lambda: f"a warning; it is {stage.told}")
    assert stage.component.health is Health.ATTENTION
    stage.change(clip_lengths=[10.0])
    await until(lambda: stage.told.warning == "", 20, lambda: "no warning")
    stage.change(hotkeys=[Hotkey(keys="<f9>", action="clip.save", arguments={"seconds": 45})])
    await until(lambda: "45 s need 54 s" in stage.told.warning, 20, lambda: f"a warning; it is {stage.told}")
    stage.change(voice_phrases=[VoicePhrase(phrase="and what comes", action="clip.save", arguments={"after": 20})])
    await until(lambda: "50 s need 59 s" in stage.told.warning, 20, lambda: f"a warning; it is {stage.told}")


async def test_a_disk_that_could_not_hold_a_save_is_warned_of(stage: Stage) -> None:
    await stage.until(ReplayState.RECORDING)
    stage.model.frees_mb = 5.0
    await until(lambda: "5 MB left" in stage.told.warning, 20, lambda: f"a warning; it is {stage.told}")


async def test_the_rate_is_learnt_from_a_saved_file(stage: Stage) -> None:
    stage.model.frees_mb = 50.0
    await stage.until(ReplayState.RECORDING)
    assert stage.told.warning == ""
    stage.rig.bus.publish(ReplayMeasured(60_000_000, 20.0, 2.0))
    await until(lambda: "50 MB left" in stage.told.warning, 20, lambda: f"a warning; it is {stage.told}")


async def test_a_buffer_that_its_size_limits_reaches_as_far_as_a_save_holds_however_often(model: Studio) -> None:
    profile, rate = model.profiles["Untitled"], 12_000_000
    profile["SimpleOutput", "RecQuality"] = "HQ"
    profile["SimpleOutput", "RecRBTime"] = "120"
    async with staged(model, clip_lengths=[60.0]) as stage:
        await stage.until(ReplayState.RECORDING)
        assert model.replay.started_at is not None
        model.replay.started_at -= 1000
        told = await stage.replay.status()
        assert (told.reach_sure, told.too_short, told.warning) == (False, False, "")
        assert told.reach_seconds > 100
        assert "or less: OBS limits the buffer to 512 MB" in stage.component.detail
        held = 512 * MEGABYTE / rate
        for _ in range(3):
            stage.rig.bus.publish(ReplayMeasured(512 * MEGABYTE, held, 4.0))
            looks = stage.looks
            await until(lambda: stage.looks > looks + 1, 20, lambda: "a look after it")  # noqa: B023
            told = await stage.replay.status()
            assert told.reach_seconds == pytest.approx(held - 250 / 30, abs=0.01)
        assert (told.reach_sure, told.too_short) == (True, True)
        assert told.warning.startswith("OBS limits it to 512 MB, which hold 44 s; clips of 60 s need 69 s.")
        await stage.invoke("replay.enable", seconds=90)
        assert int(profile["SimpleOutput", "RecRBSize"]) == max(512, limit_needed(90, rate, largest_limit_mb()))
        assert (await stage.until(ReplayState.RECORDING)).warning == ""


async def test_enable_leaves_a_larger_size_limit_as_it_is(model: Studio) -> None:
    profile = model.profiles["Untitled"]
    profile["SimpleOutput", "RecQuality"] = "HQ"
    profile["SimpleOutput", "RecRBSize"] = "100000"
    async with staged(model) as stage:
        await stage.until(ReplayState.RECORDING)
        await stage.invoke("replay.enable")
        assert profile["SimpleOutput", "RecRBSize"] == "100000"


async def test_enable_switches_it_on_with_the_length_that_clips_need(model: Studio) -> None:
    model.enable_replay(enabled=False)
    async with staged(model, clip_lengths=[60.0]) as stage:
        await stage.until(ReplayState.UNAVAILABLE)
        await stage.invoke("replay.enable")
        await stage.until(ReplayState.RECORDING)
        assert model.replay.active
        assert stage.told.length_seconds == 69
        assert stage.told.warning == ""
        assert (model.profile, list(model.profiles)) == ("Untitled", ["Untitled"])
        assert not [key for key in model.profiles["Untitled"] if key[0] == "FluxBoardCompanion"]


async def test_enable_takes_a_length_and_changes_a_running_buffer(stage: Stage) -> None:
    await stage.until(ReplayState.RECORDING)
    await stage.invoke("replay.enable", seconds=90)
    assert model_length(stage.model) == "90"
    assert (await stage.replay.status()).length_seconds == 90
    assert "CreateProfile" not in [kind for kind, _ in stage.server.requests]


@pytest.mark.parametrize("seconds", [0, -1, 4, 1e9, 2.5, "many", float("nan")])
async def test_enable_refuses_lengths_that_make_no_sense(stage: Stage, seconds: object) -> None:
    before = dict(stage.model.profiles["Untitled"])
    with pytest.raises(Refused):
        await stage.invoke("replay.enable", seconds=seconds)
    assert stage.model.profiles["Untitled"] == before


@pytest.mark.parametrize("what", ["stream", "record"])
async def test_enable_is_refused_while_obs_is_on_air(model: Studio, what: str) -> None:
    model.enable_replay(enabled=False)
    async with staged(model) as stage:
        await stage.until(ReplayState.UNAVAILABLE)
        output = {"stream": model.stream, "record": model.record}[what]
        model.start_output(output)
        before = dict(model.profiles["Untitled"])
        with pytest.raises(Conflict) as caught:
            await stage.invoke("replay.enable")
        assert caught.value.code == "obs_on_air"
        assert model.profiles == {"Untitled": before}


STEPS = ["SetProfileParameter", "CreateProfile", "SetCurrentProfile", "RemoveProfile"]


@pytest.mark.parametrize("request_type", [*STEPS, "GetProfileParameter"])
async def test_when_enabling_fails_the_profile_is_as_it_was(model: Studio, request_type: str) -> None:
    model.profiles["Untitled"]["SimpleOutput", "RecQuality"] = "HQ"
    model.profiles["Untitled"]["SimpleOutput", "RecRBSize"] = "100"
    model.enable_replay(enabled=False)
    before = dict(model.profiles["Untitled"])
    async with staged(model) as stage:
        await stage.until(ReplayState.UNAVAILABLE)
        stage.server.manners.errors[request_type] = (702, "told to fail")
        with pytest.raises(Failed):
            await stage.invoke("replay.enable")
        stage.server.manners.errors.clear()
        stage.server.drop_connections()
        await until(lambda: model.profiles == {"Untitled": before}, 20, lambda: f"as before; it is {model.profiles}")
        assert model.profile == "Untitled"


class Stubborn(Studio):
    """It refuses one length for its buffer."""

    def SetProfileParameter(self, data: dict[str, Any]) -> None:
        if (data["parameterName"], data["parameterValue"]) == ("RecRBTime", "90"):
            raise RequestRefused(702, "told to fail")
        super().SetProfileParameter(data)


async def test_when_enabling_fails_a_buffer_that_ran_runs_on(tmp_path: Path) -> None:
    model = Stubborn(tmp_path)
    before = dict(model.profiles["Untitled"])
    async with staged(model, replay_autostart=False) as stage:
        await stage.invoke("replay.start")
        await stage.until(ReplayState.RECORDING)
        with pytest.raises(Failed):
            await stage.invoke("replay.enable", seconds=90)
        assert model.replay.active
        assert stage.starts == 2, "it was stopped for the change"
        assert model.profiles == {"Untitled": before}
        assert (await stage.replay.status()).length_seconds == 20
        assert (await stage.until(ReplayState.RECORDING)).detail == ""


async def test_when_enabling_fails_a_buffer_that_was_stopped_stays_so(tmp_path: Path) -> None:
    model = Stubborn(tmp_path)
    async with staged(model, replay_autostart=False) as stage:
        await stage.until(ReplayState.STOPPED)
        with pytest.raises(Failed):
            await stage.invoke("replay.enable", seconds=90)
        assert stage.starts == 0


async def test_an_obs_that_takes_the_change_and_builds_no_buffer_is_put_back(model: Studio) -> None:
    model.enable_replay(enabled=False)
    before = dict(model.profiles["Untitled"])
    model._rebuild_outputs = lambda: None  # type: ignore[method-assign]
    async with staged(model) as stage:
        await stage.until(ReplayState.UNAVAILABLE)
        with pytest.raises(Failed) as caught:
            await stage.invoke("replay.enable")
        assert caught.value.code == "replay_enable_failed"
        assert model.profiles == {"Untitled": before}


@pytest.mark.parametrize("dying", STEPS)
async def test_obs_killed_while_enabling_is_put_back_when_it_comes_again(model: Studio, dying: str) -> None:
    model.enable_replay(enabled=False)
    before = dict(model.profiles["Untitled"])
    async with staged(model, replay_autostart=False) as stage:
        await stage.until(ReplayState.UNAVAILABLE)
        stage.server.manners.silent = {dying}
        enabling = asyncio.get_running_loop().create_task(stage.invoke("replay.enable"))
        await until(lambda: dying in [kind for kind, _ in stage.server.requests], 20, lambda: dying)
        await stage.server.kill()
        with pytest.raises(CompanionError):
            await enabling
        stage.server.manners.silent = set()
        await stage.server.start()
        await until(lambda: model.profile == "Untitled", 20, lambda: "the former profile")
        await until(lambda: model.profiles == {"Untitled": before}, 20, lambda: f"as before; it is {model.profiles}")
        assert not [name for name in model.profiles if name.startswith(DETOUR)]


async def test_only_those_who_may_control_can_change_it(stage: Stage) -> None:
    viewer = dataclasses.replace(STREAMER, scope=Scope.VIEW)
    assert await stage.registry.invoke("replay.status", {}, viewer)
    for name in ("replay.start", "replay.stop", "replay.enable"):
        with pytest.raises(NotAllowed):
            await stage.registry.invoke(name, {}, viewer)
    assert stage.registry.get("replay.enable").confirm


def model_length(model: ObsModel) -> str:
    return model.profiles[model.profile]["SimpleOutput", "RecRBTime"]
