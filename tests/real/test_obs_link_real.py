"""The link on a real OBS: found by its own configuration, frozen, killed, restarted, with another password."""

import asyncio
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import obsws_python
import pytest

from companion.adapters.obs.config import ObsCredentials, credentials, find_config
from companion.adapters.obs.private import PrivateObs
from companion.adapters.obs.protocol import ObsRequestFailed
from companion.domain.events import (
    ObsConnectionChanged,
    ObsState,
    ObsStatsMeasured,
    RecordStateChanged,
    ReplayBufferSaved,
    ReplayBufferSwitched,
    SceneChanged,
    StreamStateChanged,
)
from companion.kernel.errors import Unavailable
from companion.kernel.logs import TRACE
from tests.fakes.obs_model import ObsModel
from tests.fakes.obs_server import ObsServer
from tests.obs_link import Rig, linked, stays, until
from tests.real import stage
from tests.real.companion import Companion
from tests.real.conftest import StartObs

pytestmark = pytest.mark.real


async def test_what_is_done_in_obs_arrives_as_events(obs: PrivateObs) -> None:
    async with linked(obs.url, obs.password) as rig:
        await rig.until_state(ObsState.CONNECTED, 20)
        for fact in (SceneChanged("Scene"), StreamStateChanged(active=False), RecordStateChanged(active=False)):
            await rig.until_event(fact)
        assert rig.events(ObsConnectionChanged)[-1].obs_version.split(".")[0].isdecimal()
        with stage.witness(obs) as client:
            client.create_scene("Other")
            client.set_current_program_scene("Other")
            await rig.until_event(SceneChanged("Other"))
            client.set_scene_name("Other", "Renamed")
            await rig.until_event(SceneChanged("Renamed"))
            client.set_current_program_scene("Scene")
            client.remove_scene("Renamed")
            await _replay(rig, client, obs)
            await _recording(rig, client)
        await until(lambda: len(rig.events(ObsStatsMeasured)) > 1, 10, lambda: "measurements")
        stats = rig.events(ObsStatsMeasured)[-1]
        assert stats.fps > 0
        assert stats.memory_mb > 50
        assert stats.free_disk_mb > 0


async def _replay(rig: Rig, client: obsws_python.ReqClient, obs: PrivateObs) -> None:
    client.start_replay_buffer()
    await rig.until_event(ReplayBufferSwitched(active=True))
    await until(lambda: _frames(client, "replay_buffer") > 30, 20, lambda: "frames in the buffer")
    client.save_replay_buffer()
    await until(lambda: bool(rig.events(ReplayBufferSaved)), 10, lambda: "the saved replay")
    path = Path(rig.events(ReplayBufferSaved)[-1].path)
    assert path.parent == obs.recordings
    assert path.stat().st_size > 0
    client.stop_replay_buffer()
    await _replay_becomes(rig, active=False)


async def _replay_becomes(rig: Rig, *, active: bool) -> None:
    wanted = ReplayBufferSwitched(active)
    await until(lambda: rig.link.status().replay == wanted, 10, lambda: str(wanted))


async def _recording(rig: Rig, client: obsws_python.ReqClient) -> None:
    client.start_record()
    await until(lambda: _recorded(rig) is not None, 10, lambda: "the recording")
    path = _recorded(rig)
    assert path is not None
    await until(path.exists, 10, lambda: f"{path}")
    async with linked(rig.credentials.url, rig.credentials.password) as latecomer:
        await latecomer.until_event(RecordStateChanged(active=True, path=str(path)))
    client.stop_record()
    await rig.until_event(RecordStateChanged(active=False, path=str(path)))


def _recorded(rig: Rig) -> Path | None:
    record = rig.link.status().record
    return Path(record.path) if record and record.active and record.path else None


def _frames(client: obsws_python.ReqClient, kind: str) -> int:
    names = [output["outputName"] for output in client.get_output_list().outputs if output["outputKind"] == kind]
    return max((int(client.get_output_status(name).output_total_frames) for name in names), default=0)


async def test_an_obs_frozen_is_noticed_within_ten_seconds_and_taken_up_again(obs: PrivateObs) -> None:
    async with linked(obs.url, obs.password) as rig:
        await rig.until_state(ObsState.CONNECTED, 20)
        obs.freeze()
        try:
            await rig.until_state(ObsState.NOT_RESPONDING, 10)
            with pytest.raises(Unavailable):
                await rig.link.request("GetVersion")
        finally:
            obs.thaw()
        await rig.until_state(ObsState.CONNECTED, 10)
        assert rig.link.status().scene == SceneChanged("Scene")
        assert rig.states() == [
            ObsState.CONNECTING,
            ObsState.CONNECTED,
            ObsState.NOT_RESPONDING,
            ObsState.CONNECTED,
        ]


async def test_an_obs_killed_and_started_again_is_connected_anew(start_obs: StartObs) -> None:
    obs = await start_obs(launch=False)
    async with linked(obs.url, obs.password) as rig:
        await rig.until_state(ObsState.NOT_RUNNING)
        await obs.launch()
        await rig.until_state(ObsState.CONNECTED, 20)
        obs.kill()
        await rig.until_state(ObsState.NOT_RUNNING, 5)
        count = len(rig.seen())
        await obs.restart()
        await rig.until_state(ObsState.CONNECTED, 20)
        await rig.until_event(SceneChanged("Scene"), after=count)
        await obs.quit()
        await rig.until_state(ObsState.NOT_RUNNING, 5)


async def test_a_wrong_password_is_one_attempt_until_obs_has_another(start_obs: StartObs) -> None:
    obs = await start_obs()
    async with linked(obs.url, "the right one, later") as rig:
        await rig.until_state(ObsState.WRONG_PASSWORD, 20)
        refused = [ObsState.CONNECTING, ObsState.WRONG_PASSWORD]
        await stays(lambda: rig.states() == refused, 5, lambda: f"tried again: {rig.states()}")
        await obs.restart(password="the right one, later")
        await rig.until_state(ObsState.CONNECTED, 20)


async def test_port_and_password_are_found_in_the_files_that_obs_wrote(start_obs: StartObs) -> None:
    obs = await start_obs()
    await obs.quit()  # it writes its configuration at its end
    _leave_the_older_file(obs)
    own = find_config({}, obs.home, "linux")
    assert own is not None
    assert (own.path, own.enabled, own.port, own.password) == (obs.config / "global.ini", True, obs.port, obs.password)


async def test_the_daemon_connects_with_nothing_set(obs: PrivateObs, tmp_path: Path) -> None:
    where = {"HOME": str(obs.home), "XDG_CONFIG_HOME": "", "REPLAY_AUTOSTART": "false"}
    companion = Companion(tmp_path / "home", None, where)
    assert not [name for name in companion.environment if name.startswith("OBS_WS_")]
    await companion.start()
    try:
        await companion.until(lambda status: f"at ws://127.0.0.1:{obs.port}." in _connected(status), "/api/status", 20)
    finally:
        await companion.stop()


def _connected(status: Any) -> str:
    """What the link to OBS says of itself, once it is connected."""
    return "".join(
        part["detail"] for part in status["components"] if (part["name"], part["state"]) == ("obs", "connected")
    )


@pytest.mark.parametrize("written", ["back\\slash", "a\\\\b\\nc", "= ; # [x] \"'", "ü€ 100%"])
async def test_a_strange_password_is_read_as_obs_reads_it(start_obs: StartObs, written: str) -> None:
    obs = await start_obs(launch=False)
    await obs.restart(password=written)
    _leave_the_older_file(obs)
    found = credentials(find_config({}, obs.home, "linux"), url=None, password=None, origin="")
    async with linked(found.url, found.password) as rig:
        await rig.until_state(ObsState.CONNECTED, 20)


def _leave_the_older_file(obs: PrivateObs) -> None:
    (obs.config / "plugin_config" / "obs-websocket" / "config.json").unlink()


async def test_a_password_generated_in_obs_own_dialog_is_taken_up(start_obs: StartObs) -> None:
    obs = await start_obs()
    old = obs.password

    async def own() -> ObsCredentials:
        return credentials(find_config({}, obs.home, "linux"), url=None, password=None, origin="")

    async with linked(obs.url, old, ask=own) as rig:
        await rig.until_state(ObsState.CONNECTED, 20)
        count = len(rig.states())
        await _generate_password(obs)
        await until(lambda: rig.states()[count:][-1:] == [ObsState.CONNECTED], 10, lambda: f"the link; {rig.states()}")
        assert (await own()).password != old


async def test_a_refused_password_is_tried_again_once_when_obs_changes_its_own(
    start_obs: StartObs, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(TRACE)
    obs = await start_obs()

    def attempts() -> int:
        return sum('out {"op": 1,' in record.getMessage() for record in caplog.records)

    async with linked(obs.url, "wrong") as rig:
        await rig.until_state(ObsState.WRONG_PASSWORD, 20)
        await _generate_password(obs)
        await until(lambda: attempts() == 2, 10, lambda: "another attempt")
        await rig.until_state(ObsState.WRONG_PASSWORD)


async def test_kicked_in_obs_own_dialog_it_stays_away_until_asked(start_obs: StartObs) -> None:
    obs = await start_obs()
    async with linked(obs.url, obs.password) as rig:
        await rig.until_state(ObsState.CONNECTED, 20)
        deadline = time.monotonic() + 30
        while rig.link.connected and time.monotonic() < deadline:
            # OBS draws the list of sessions anew each second, which may take the focus from its button just then.
            await _open_dialog(obs)
            _press(obs, *["Tab"] * 12, "space")  # Kick
            await asyncio.sleep(1)
            _press(obs, "Escape")
        await rig.until_state(ObsState.KICKED, 5)
        kicked = [ObsState.CONNECTING, ObsState.CONNECTED, ObsState.KICKED]
        await stays(lambda: rig.states() == kicked, 5, lambda: f"came again: {rig.states()}")
        rig.link.retry()
        await rig.until_state(ObsState.CONNECTED)


async def test_a_modal_question_in_obs_is_not_taken_for_a_frozen_obs(start_obs: StartObs) -> None:
    obs = await start_obs(picture=None)
    async with linked(obs.url, obs.password) as rig:
        await rig.until_state(ObsState.CONNECTED, 20)
        await rig.link.request("StartReplayBuffer")  # over an empty scene OBS asks whether that is meant
        measured = len(rig.events(ObsStatsMeasured))
        await until(lambda: len(rig.events(ObsStatsMeasured)) > measured + 3, 15, lambda: "measurements")
        assert rig.link.state is ObsState.CONNECTED
        assert await rig.link.request("GetReplayBufferStatus") == {"outputActive": False}
        assert rig.link.status().replay == ReplayBufferSwitched(active=False)


async def _generate_password(obs: PrivateObs) -> None:
    """What a streamer does to change the password, by keyboard."""
    await _open_dialog(obs)
    _press(obs, *["Tab"] * 6, "space")  # Generate Password
    _press(obs, *["Tab"] * 3, "space")  # OK


async def _open_dialog(obs: PrivateObs) -> None:
    """Open OBS's WebSocket settings, the last entry of the menu Tools."""
    await _focus(obs, "^OBS ")
    _press(obs, "alt+t", "Up", "Return")
    await _focus(obs, "^WebSocket Server Settings")


async def _focus(obs: PrivateObs, title: str) -> None:
    found: list[str] = []

    def visible() -> bool:
        found[:] = _xdotool(obs, "search", "--onlyvisible", "--name", title).split()
        return bool(found)

    await until(visible, 10, lambda: f"the window {title}")
    _xdotool(obs, "windowfocus", "--sync", found[0])
    await asyncio.sleep(0.5)  # Qt takes note of the focus in its own time


def _press(obs: PrivateObs, *keys: str) -> None:
    _xdotool(obs, "key", "--delay", "150", *keys)


def _xdotool(obs: PrivateObs, *words: str) -> str:
    environment = os.environ | {"DISPLAY": obs.display}
    return subprocess.run(["xdotool", *words], env=environment, capture_output=True, text=True, check=False).stdout


REQUESTS: list[tuple[str, dict[str, object]]] = [
    ("GetVersion", {}),
    ("GetStats", {}),
    ("GetSceneList", {}),
    ("GetCurrentProgramScene", {}),
    ("SetCurrentProgramScene", {"sceneName": "no such scene"}),
    ("GetStreamStatus", {}),
    ("StopStream", {}),
    ("GetRecordStatus", {}),
    ("StopRecord", {}),
    ("PauseRecord", {}),
    ("ResumeRecord", {}),
    ("GetReplayBufferStatus", {}),
    ("StopReplayBuffer", {}),
    ("SaveReplayBuffer", {}),
    ("GetLastReplayBufferReplay", {}),
    ("StartReplayBuffer", {}),
    ("GetOutputList", {}),
    ("GetOutputStatus", {"outputName": "Replay Buffer"}),
    ("GetOutputSettings", {"outputName": "simple_file_output"}),
    ("GetOutputStatus", {"outputName": "no such output"}),
    ("GetOutputStatus", {}),
    ("GetOutputStatus", {"outputName": 5}),
    ("StopReplayBuffer", {}),
    ("GetProfileParameter", {"parameterCategory": "SimpleOutput", "parameterName": "RecRB"}),
    ("GetProfileParameter", {"parameterCategory": "SimpleOutput", "parameterName": "Nothing"}),
    ("SetProfileParameter", {"parameterCategory": "Test", "parameterName": "Value", "parameterValue": "1"}),
    ("GetProfileParameter", {"parameterCategory": "Test", "parameterName": "Value"}),
    ("SetProfileParameter", {"parameterCategory": "Test", "parameterName": "Value", "parameterValue": None}),
    ("GetProfileList", {}),
    ("CreateProfile", {"profileName": "Temporary"}),
    ("CreateProfile", {"profileName": "Temporary"}),
    ("GetReplayBufferStatus", {}),
    ("StartReplayBuffer", {}),
    ("SetCurrentProfile", {"profileName": "no such profile"}),
    ("RemoveProfile", {"profileName": "no such profile"}),
    ("RemoveProfile", {"profileName": "Temporary"}),
    ("GetReplayBufferStatus", {}),
    ("GetRecordDirectory", {}),
    ("GetVideoSettings", {}),
    ("GetSourceScreenshot", {"sourceName": "no such source", "imageFormat": "png"}),
    ("MakeCoffee", {}),
    ("", {}),
]


async def test_the_tests_own_server_answers_as_the_real_obs_does(obs: PrivateObs) -> None:
    """Each request has the same status code and the same fields in both, in the same order of requests."""
    async with ObsServer(ObsModel(), password=obs.password) as fake:
        with stage.witness(obs) as client:
            profile = client.get_profile_list().current_profile_name
        real_answers = await _answers(obs.url, obs.password)
        fake_answers = await _answers(fake.url, obs.password)
        with stage.witness(obs) as client:
            assert client.get_profile_list().current_profile_name == profile
    for (kind, data), real, imitated in zip(REQUESTS, real_answers, fake_answers, strict=True):
        assert imitated == real, f"{kind} {data}"


async def _answers(url: str, password: str) -> list[tuple[int, frozenset[str]]]:
    """Of each request the status code and the names of the fields in its answer."""
    answers = []
    async with linked(url, password) as rig:
        await rig.until_state(ObsState.CONNECTED, 20)
        for kind, data in REQUESTS:
            try:
                answer = await rig.link.request(kind, dict(data))
                if kind in ("StartReplayBuffer", "StopReplayBuffer"):
                    await _replay_becomes(rig, active=kind == "StartReplayBuffer")
                answers.append((100, frozenset(answer)))
            except ObsRequestFailed as refusal:
                answers.append((refusal.obs_code, frozenset()))
    return answers
