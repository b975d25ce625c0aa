"""The link keeps itself connected, and what it shows is true: against a server that can be told to misbehave."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from companion.adapters.obs import link
from companion.adapters.obs.config import ObsCredentials
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
from companion.kernel.status import Health
from tests.fakes.obs_server import ObsServer
from tests.obs_link import Rig, linked, stays, ticking, until

pytestmark = pytest.mark.slow

PASSWORD = "secret"
LOW_VOLUME = 1 | 2 | 4 | 8 | 16 | 32 | 64 | 128 | 256 | 1024
LEVELS = 1 << 16
FROZEN_SECONDS = 10.0
"""Within so long it is told that OBS is frozen."""


@pytest.fixture
async def server() -> AsyncIterator[ObsServer]:
    async with ObsServer(password=PASSWORD) as running:
        yield running


@pytest.fixture
async def rig(server: ObsServer) -> AsyncIterator[Rig]:
    async with linked(server.url, PASSWORD) as running:
        await running.until_state(ObsState.CONNECTED)
        yield running


async def _unchanged(rig: Rig, state: ObsState, seconds: float) -> None:
    """The link stays in `state` for `seconds`."""
    await stays(lambda: rig.link.state is state, seconds, lambda: f"{state} became {rig.link.state}")


async def _until_found_frozen(rig: Rig) -> None:
    async with ticking() as starved:
        frozen_at = time.monotonic()
        await rig.until_state(ObsState.NOT_RESPONDING, 40)
        assert time.monotonic() - frozen_at < FROZEN_SECONDS + starved.seconds


async def test_it_is_ready_without_obs_and_finds_it_when_it_comes(server: ObsServer) -> None:
    await server.stop()
    async with linked(server.url, PASSWORD) as rig:
        await rig.until_state(ObsState.NOT_RUNNING)
        component = rig.component()
        assert (component.state, component.health) == ("not_running", Health.OFF)
        assert server.url in component.detail
        assert "Start OBS" in component.remedy
        assert not rig.link.connected
        with pytest.raises(Unavailable) as caught:
            await rig.link.request("GetVersion")
        assert (caught.value.code, caught.value.remedy) == ("obs_not_connected", component.remedy)
        await server.start()
        await rig.until_state(ObsState.CONNECTED)
        assert (rig.component().health, rig.component().remedy) == (Health.OK, "")


async def test_an_absent_obs_is_tried_again_at_least_every_five_seconds(server: ObsServer) -> None:
    await server.stop()
    async with linked(server.url, PASSWORD) as rig:
        await rig.until_state(ObsState.NOT_RUNNING)
        await _unchanged(rig, ObsState.NOT_RUNNING, 8)
        async with ticking() as starved:
            await server.start()
            came_at = time.monotonic()
            await rig.until_state(ObsState.CONNECTED, 30)
            assert time.monotonic() - came_at < 6 + starved.seconds
        assert rig.states() == [ObsState.CONNECTING, ObsState.NOT_RUNNING, ObsState.CONNECTED]


async def test_after_connecting_the_whole_state_is_published(server: ObsServer) -> None:
    server.model.scene = "Pause"
    server.model.start_output(server.model.stream)
    server.model.start_recording()
    server.model.start_output(server.model.replay)
    async with linked(server.url, PASSWORD) as rig:
        await rig.until_state(ObsState.CONNECTED)
        facts = [
            SceneChanged("Pause"),
            StreamStateChanged(active=True),
            RecordStateChanged(active=True, path="/nowhere/recording.mkv"),
            ReplayBufferSwitched(active=True),
        ]
        changed = rig.events(ObsConnectionChanged)[-1]
        assert (changed.obs_version, changed.websocket_version) == ("29.0.2", "5.1.0")
        assert [event for event in rig.seen() if event in facts] == facts
        status = rig.link.status()
        assert [status.scene, status.stream, status.record, status.replay] == facts


async def test_a_replay_buffer_switched_off_in_obs_is_no_obstacle(server: ObsServer) -> None:
    server.model.enable_replay(enabled=False)
    async with linked(server.url, PASSWORD) as rig:
        await rig.until_event(ReplayBufferSwitched(active=False))


async def test_what_happens_in_obs_arrives_as_events(server: ObsServer, rig: Rig) -> None:
    model = server.model
    count = len(rig.seen())
    model.switch_scene("Pause")
    model.start_output(model.stream)
    model.reconnect_stream(reconnecting=True)
    model.reconnect_stream(reconnecting=False)
    model.start_recording()
    model.PauseRecord({})
    model.ResumeRecord({})
    model.start_output(model.replay)
    model.SaveReplayBuffer({})
    await rig.until_event(ReplayBufferSaved("/nowhere/Replay 1.mkv"), after=count)
    model.stop_output(model.replay)
    model.stop_output(model.record)
    model.stop_output(model.stream)
    await rig.until_event(StreamStateChanged(active=False), after=count)
    path = "/nowhere/recording.mkv"
    expected = [
        SceneChanged("Pause"),
        StreamStateChanged(active=True),
        StreamStateChanged(active=True, reconnecting=True),
        StreamStateChanged(active=True),
        RecordStateChanged(active=True, path=path),
        RecordStateChanged(active=True, paused=True, path=path),
        RecordStateChanged(active=True, path=path),
        ReplayBufferSwitched(active=True),
        ReplayBufferSaved("/nowhere/Replay 1.mkv"),
        ReplayBufferSwitched(active=False),
        RecordStateChanged(active=False, path=path),
        StreamStateChanged(active=False),
    ]
    assert [event for event in rig.seen()[count:] if not isinstance(event, ObsStatsMeasured)] == expected


async def test_a_recording_that_goes_on_in_another_file_is_told(server: ObsServer, rig: Rig) -> None:
    server.model.start_recording()
    server.emit("RecordFileChanged", 64, {"newOutputPath": "/nowhere/recording (2).mkv"})
    await rig.until_event(RecordStateChanged(active=True, path="/nowhere/recording (2).mkv"))


async def test_statistics_are_measured_while_connected_only(server: ObsServer, rig: Rig) -> None:
    await until(lambda: len(rig.events(ObsStatsMeasured)) >= 3, 20, lambda: "three measurements")
    stats = rig.events(ObsStatsMeasured)[-1]
    assert (stats.cpu_percent, stats.memory_mb, stats.fps, stats.free_disk_mb) == (3.5, 310.2, 30.0, 50_000.0)
    assert (stats.render_lagged_frames, stats.output_skipped_frames) == (2, 1)
    assert stats.render_total_frames > 30
    await server.kill()
    await rig.until_state(ObsState.NOT_RUNNING)
    assert rig.link.status().stats is None
    count = len(rig.events(ObsStatsMeasured))
    await stays(lambda: len(rig.events(ObsStatsMeasured)) == count, 2.5, lambda: "measured without OBS")


@pytest.mark.parametrize("goodbye", [True, False], ids=["closed", "killed"])
async def test_obs_restarted_is_connected_again_and_read_anew(server: ObsServer, rig: Rig, goodbye: bool) -> None:
    server.model.start_output(server.model.replay)
    await rig.until_event(ReplayBufferSwitched(active=True))
    await (server.stop() if goodbye else server.kill())
    await rig.until_state(ObsState.NOT_RUNNING)
    assert rig.link.status().scene is None
    server.model.scene = "Pause"
    server.model.replay.stop()
    count = len(rig.seen())
    await server.start()
    await rig.until_state(ObsState.CONNECTED)
    await rig.until_event(SceneChanged("Pause"), after=count)
    await rig.until_event(ReplayBufferSwitched(active=False), after=count)
    server.model.switch_scene("Game")
    await rig.until_event(SceneChanged("Game"), after=count)


async def test_a_dropped_connection_comes_back_at_once(server: ObsServer, rig: Rig) -> None:
    async with ticking() as starved:
        server.drop_connections()
        dropped_at = time.monotonic()
        await until(lambda: server.connections == 2, 30, lambda: "another connection")
        assert time.monotonic() - dropped_at < 3 + starved.seconds
    await rig.until_state(ObsState.CONNECTED)
    assert rig.states() == [ObsState.CONNECTING, ObsState.CONNECTED, ObsState.CONNECTING, ObsState.CONNECTED]


async def _on_air(server: ObsServer, rig: Rig) -> None:
    server.model.start_output(server.model.stream)
    server.model.start_recording()
    await until(lambda: _record(rig).active and bool(rig.events(ObsStatsMeasured)), 20, lambda: "stream and recording")


def _told_off(rig: Rig) -> list[StreamStateChanged | RecordStateChanged]:
    """What was told to be off, first of streams, then of recordings, but for the first word: that it had not begun."""
    streams = [event for event in rig.events(StreamStateChanged)[1:] if not event.active]
    records = [event for event in rig.events(RecordStateChanged)[1:] if not event.active]
    return [*streams, *records]


@pytest.mark.parametrize("goodbye", [True, False], ids=["closed", "killed"])
async def test_an_obs_that_is_gone_neither_streams_nor_records(
    server: ObsServer, rig: Rig, monkeypatch: pytest.MonkeyPatch, goodbye: bool
) -> None:
    monkeypatch.setattr(link, "GONE_SECONDS", 0.3)
    began_at = time.time()
    await _on_air(server, rig)
    await (server.stop() if goodbye else server.kill())
    gone_at = time.time()
    await until(lambda: len(_told_off(rig)) == 2, 20, lambda: "the ends")
    assert rig.link.state is ObsState.NOT_RUNNING
    for event in _told_off(rig):
        assert event.ended_at is not None
        assert began_at < event.ended_at <= gone_at, "when OBS was seen last"
    count = len(rig.seen())
    server.model.stop_output(server.model.stream)
    server.model.stop_output(server.model.record)
    ends = [event.ended_at for event in _told_off(rig)]
    await server.start()
    await rig.until_event(StreamStateChanged(active=False), after=count)
    await rig.until_event(RecordStateChanged(active=False), after=count)
    assert [event.ended_at for event in _told_off(rig)] == [ends[0], ends[0], ends[1], ends[1]]


@pytest.mark.parametrize("drop", ["connection", "server"])
async def test_a_short_drop_of_the_connection_ends_nothing(server: ObsServer, rig: Rig, drop: str) -> None:
    await _on_air(server, rig)
    count = len(rig.seen())
    if drop == "connection":
        server.drop_connections()
    else:
        await server.kill()
        await rig.until_state(ObsState.NOT_RUNNING)
        await server.start()
    await rig.until_event(StreamStateChanged(active=True), after=count)
    await rig.until_event(RecordStateChanged(active=True, path="/nowhere/recording.mkv"), after=count)
    assert _told_off(rig) == []


async def test_what_ended_during_a_drop_ended_when_obs_was_seen_last(server: ObsServer, rig: Rig) -> None:
    await _on_air(server, rig)
    await server.kill()
    gone_at = time.time()
    await rig.until_state(ObsState.NOT_RUNNING)
    server.model.stream.stop()
    await server.start()
    await until(lambda: len(_told_off(rig)) == 1, 20, lambda: "the stream's end")
    [ended] = _told_off(rig)
    assert isinstance(ended, StreamStateChanged)
    assert ended.ended_at is not None
    assert ended.ended_at <= gone_at


async def test_an_obs_that_may_run_on_is_given_longer(
    server: ObsServer, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "GONE_SECONDS", 0.0)
    await _on_air(server, rig)
    rig.credentials = ObsCredentials(server.url, PASSWORD, "OBS's own configuration", server_enabled=False)
    await server.kill()
    await until(lambda: "switched off" in rig.component().detail, 20, lambda: "the reason")
    assert _told_off(rig) == []
    monkeypatch.setattr(link, "LOST_SECONDS", 0.0)
    await until(lambda: len(_told_off(rig)) == 2, 20, lambda: "the ends")


async def test_where_obs_was_never_seen_nothing_runs(server: ObsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "GONE_SECONDS", 0.3)
    await server.stop()
    async with linked(server.url, PASSWORD) as rig:
        await rig.until_event(StreamStateChanged(active=False))
        await rig.until_event(RecordStateChanged(active=False))
        assert [event.ended_at for event in rig.events(StreamStateChanged)] == [None]


async def test_a_server_that_always_drops_is_not_stormed(server: ObsServer, rig: Rig) -> None:
    deadline = time.monotonic() + 4
    while time.monotonic() < deadline or server.connections < 2:
        server.drop_connections()
        await asyncio.sleep(0.02)
    assert 2 <= server.connections <= 6


async def test_a_wrong_password_is_one_state_and_one_attempt(server: ObsServer) -> None:
    async with linked(server.url, "something else") as rig:
        await rig.until_state(ObsState.WRONG_PASSWORD)
        component = rig.component()
        assert component.health is Health.FAILED
        assert "the settings" in component.detail
        assert "Show Connect Info" in component.remedy
        await _unchanged(rig, ObsState.WRONG_PASSWORD, 5)
        assert server.identify_attempts == 1
        with pytest.raises(Unavailable):
            await rig.link.request("GetVersion")


async def test_a_password_corrected_in_obs_is_noticed(server: ObsServer) -> None:
    async with linked(server.url, "new password") as rig:
        await rig.until_state(ObsState.WRONG_PASSWORD)
        await until(lambda: server.connections == 2, 20, lambda: "the waiting connection, beside that of the attempt")
        await server.change_password("still another")
        await until(lambda: server.identify_attempts == 2, 20, lambda: "another attempt")
        await until(lambda: server.connections == 4, 20, lambda: "another waiting connection")
        await server.change_password("new password")
        await rig.until_state(ObsState.CONNECTED)
        assert server.identify_attempts == 3


async def test_a_password_corrected_in_the_settings_is_noticed(server: ObsServer) -> None:
    async with linked(server.url, "wrong") as rig:
        await rig.until_state(ObsState.WRONG_PASSWORD)
        rig.credentials = ObsCredentials(server.url, PASSWORD, "the settings")
        await rig.until_state(ObsState.CONNECTED)
        assert server.identify_attempts == 2


async def test_another_try_can_be_asked_for(server: ObsServer) -> None:
    async with linked(server.url, "wrong") as rig:
        await rig.until_state(ObsState.WRONG_PASSWORD)
        rig.link.retry()
        await until(lambda: server.identify_attempts == 2, 20, lambda: "another attempt")


async def test_an_old_password_gives_way_to_the_one_in_obss_own_configuration(server: ObsServer) -> None:
    async with linked(server.url, "old", obs_password=PASSWORD) as rig:
        await rig.until_state(ObsState.CONNECTED)
        assert server.identify_attempts == 2
        assert ObsState.WRONG_PASSWORD not in rig.states()
        server.drop_connections()
        await until(lambda: server.identify_attempts == 4, 20, lambda: "another connection")
        await rig.until_state(ObsState.CONNECTED)


async def test_two_refused_passwords_are_one_state_and_no_loop(server: ObsServer) -> None:
    async with linked(server.url, "old", obs_password="older") as rig:
        await rig.until_state(ObsState.WRONG_PASSWORD)
        assert "refused as well" in rig.component().detail
        assert "older" not in rig.component().detail
        await _unchanged(rig, ObsState.WRONG_PASSWORD, 5)
        assert server.identify_attempts == 2


async def test_a_password_that_nobody_knows_is_not_even_tried(server: ObsServer) -> None:
    async with linked(server.url) as rig:
        await rig.until_state(ObsState.WRONG_PASSWORD)
        assert "none is known" in rig.component().detail
        assert server.identify_attempts == 0


async def test_obs_closed_while_the_password_is_wrong_is_shown_as_closed(server: ObsServer) -> None:
    async with linked(server.url, "wrong") as rig:
        await rig.until_state(ObsState.WRONG_PASSWORD)
        await until(lambda: bool(server.sessions), 20, lambda: "the waiting connection")
        await server.stop()
        await rig.until_state(ObsState.NOT_RUNNING)


async def test_a_password_changed_while_connected_is_one_clear_state(server: ObsServer, rig: Rig) -> None:
    await server.change_password("another")
    await rig.until_state(ObsState.WRONG_PASSWORD)
    assert server.identify_attempts == 2


async def test_who_was_kicked_stays_away_until_asked_or_obs_restarts(server: ObsServer, rig: Rig) -> None:
    await server.kick()
    await rig.until_state(ObsState.KICKED)
    await _unchanged(rig, ObsState.KICKED, 5)
    assert server.connections == 1
    rig.link.retry()
    await rig.until_state(ObsState.CONNECTED)
    await server.kick()
    await rig.until_state(ObsState.KICKED)
    await server.stop()
    await rig.until_state(ObsState.NOT_RUNNING)
    await server.start()
    await rig.until_state(ObsState.CONNECTED)


async def test_a_frozen_obs_is_noticed_and_taken_up_again(server: ObsServer, rig: Rig) -> None:
    server.model.start_output(server.model.replay)
    await rig.until_event(ReplayBufferSwitched(active=True))
    server.model.SaveReplayBuffer({})
    server.freeze()
    await _until_found_frozen(rig)
    assert rig.component().health is Health.FAILED
    with pytest.raises(Unavailable) as caught:
        await rig.link.request("GetVersion")
    assert "not answered" in caught.value.message
    server.model.scene = "Pause"
    server.model.replay.stop()
    count = len(rig.seen())
    server.thaw()
    await rig.until_state(ObsState.CONNECTED)
    await rig.until_event(SceneChanged("Pause"), after=count)
    await rig.until_event(ReplayBufferSwitched(active=False), after=count)
    assert ReplayBufferSaved("/nowhere/Replay 1.mkv") in rig.seen()
    assert server.connections == 1


async def test_a_frozen_obs_that_dies_is_shown_as_gone(server: ObsServer, rig: Rig) -> None:
    server.freeze()
    await _until_found_frozen(rig)
    await server.kill()
    await rig.until_state(ObsState.NOT_RUNNING)


async def test_an_obs_that_freezes_after_it_said_something_is_found_frozen_as_soon(server: ObsServer, rig: Rig) -> None:
    """What it said came while it owed an answer, so that this answer's time says little."""
    server.manners.silent.add("GetStats")
    asked = server.requests.count(("GetStats", {}))
    await until(lambda: server.requests.count(("GetStats", {})) > asked, 20, lambda: "a question")
    await asyncio.sleep(1.3)
    server.model.switch_scene("Pause" if server.model.scene == "Game" else "Game")
    await asyncio.sleep(0.1)
    server.freeze()
    await _until_found_frozen(rig)


async def test_a_connection_silent_for_long_is_replaced(
    server: ObsServer, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "GIVE_UP_SECONDS", 1.0)
    server.freeze()
    await _until_found_frozen(rig)
    await _unchanged(rig, ObsState.NOT_RESPONDING, 3)
    server.thaw()
    await rig.until_state(ObsState.CONNECTED)
    assert server.connections >= 2
    await until(lambda: len(server.sessions) == 1, 20, lambda: "the silent connection's end")


async def test_an_obs_found_frozen_is_taken_up_when_it_goes_on(server: ObsServer) -> None:
    server.freeze()
    async with linked(server.url, PASSWORD) as rig:
        await rig.until_state(ObsState.NOT_RESPONDING, 30)
        server.thaw()
        await rig.until_state(ObsState.CONNECTED)


async def test_a_hung_statistic_alone_is_not_taken_for_a_frozen_obs(server: ObsServer, rig: Rig) -> None:
    server.manners.silent.add("GetStats")
    deadline = time.monotonic() + 8
    while time.monotonic() < deadline:
        server.model.switch_scene("Pause" if server.model.scene == "Game" else "Game")
        await asyncio.sleep(0.5)
    assert rig.states() == [ObsState.CONNECTING, ObsState.CONNECTED]


async def test_an_obs_that_is_still_loading_is_waited_for(server: ObsServer) -> None:
    server.manners.not_ready = True
    async with linked(server.url, PASSWORD) as rig:
        await until(lambda: rig.component().detail == "OBS is still loading.", 20, lambda: "the loading state")
        assert not rig.link.connected
        server.manners.not_ready = False
        await rig.until_state(ObsState.CONNECTED)
        assert server.identify_attempts == 1


async def test_another_profile_makes_it_read_the_state_anew(server: ObsServer, rig: Rig) -> None:
    server.model.start_output(server.model.replay)
    await rig.until_event(ReplayBufferSwitched(active=True))
    asked = server.requests.count(("GetReplayBufferStatus", {}))
    await rig.link.request("CreateProfile", {"profileName": "Other"})
    await until(lambda: server.requests.count(("GetReplayBufferStatus", {})) > asked, 20, lambda: "the state read anew")
    await until(lambda: rig.link.status().replay == ReplayBufferSwitched(active=False), 20, lambda: "the buffer gone")


async def test_a_renamed_scene_is_read_anew(server: ObsServer, rig: Rig) -> None:
    server.model.scene = "Game, renamed"
    server.emit("SceneNameChanged", 4, {"oldSceneName": "Game", "sceneName": "Game, renamed"})
    await rig.until_event(SceneChanged("Game, renamed"))


async def test_events_that_come_during_the_reading_are_told_after_it(server: ObsServer) -> None:
    server.manners.delays["GetVersion"] = 0.5
    async with linked(server.url, PASSWORD) as rig:
        await until(lambda: ("GetOutputList", {}) in server.requests, 20, lambda: "the reading")
        server.model.switch_scene("Pause")
        await rig.until_event(SceneChanged("Pause"))
        assert rig.events(SceneChanged)[-1] == SceneChanged("Pause")
        assert rig.states() == [ObsState.CONNECTING, ObsState.CONNECTED]


async def test_another_address_in_the_settings_is_taken_up_while_connected(server: ObsServer, rig: Rig) -> None:
    async with ObsServer() as other:
        other.model.scene = "Elsewhere"
        rig.link.retry()
        rig.credentials = ObsCredentials(other.url, None, "nowhere")
        rig.link.retry()
        await rig.until_event(SceneChanged("Elsewhere"))
        await until(lambda: not server.sessions, 20, lambda: "the old connection's end")


async def test_a_retry_with_the_same_settings_keeps_the_connection(server: ObsServer, rig: Rig) -> None:
    rig.link.retry()
    await _unchanged(rig, ObsState.CONNECTED, 0.5)
    assert rig.states() == [ObsState.CONNECTING, ObsState.CONNECTED]
    assert server.connections == 1


async def test_a_server_switched_off_in_obs_gets_its_own_remedy(server: ObsServer) -> None:
    await server.stop()
    async with linked(server.url, PASSWORD) as rig:
        rig.credentials = ObsCredentials(server.url, PASSWORD, "OBS's own configuration", server_enabled=False)
        rig.link.retry()
        await until(lambda: "switched off" in rig.component().detail, 20, lambda: "the reason")
        assert "Enable WebSocket server" in rig.component().remedy


async def test_when_the_link_stops_its_state_is_not_connected(server: ObsServer) -> None:
    async with linked(server.url, PASSWORD) as rig:
        await rig.until_state(ObsState.CONNECTED)
    assert rig.link.state is not ObsState.CONNECTED
    assert not rig.link.connected
    await until(lambda: not server.sessions, 20, lambda: "the connection's end")


async def test_only_the_events_that_are_used_are_subscribed_to(server: ObsServer, rig: Rig) -> None:
    assert [session.subscriptions for session in server.sessions] == [LOW_VOLUME]


async def test_levels_are_sent_only_while_they_are_wanted_also_over_a_new_connection(
    server: ObsServer, rig: Rig
) -> None:
    def subscriptions() -> list[int]:
        return [session.subscriptions for session in server.sessions]

    await rig.until_state(ObsState.CONNECTED)
    await rig.link.want_levels(wanted=True)
    await until(lambda: subscriptions() == [LOW_VOLUME | LEVELS], 20, lambda: f"levels; {subscriptions()}")
    server.drop_connections()
    await until(lambda: server.connections == 2, 20, lambda: "a new connection")
    await until(lambda: subscriptions() == [LOW_VOLUME | LEVELS], 20, lambda: f"levels again; {subscriptions()}")
    await rig.link.want_levels(wanted=False)
    await until(lambda: subscriptions() == [LOW_VOLUME], 20, lambda: f"no levels; {subscriptions()}")


async def test_a_recordings_length_leaves_out_its_pauses(server: ObsServer, rig: Rig) -> None:
    await rig.until_state(ObsState.CONNECTED)
    before = time.time()
    server.model.start_recording()
    await until(lambda: _record(rig).active, 20, lambda: "the recording")
    began = _record(rig).since
    assert began is not None
    assert before - 0.1 < began <= time.time()
    before = time.time()
    server.model.PauseRecord({})
    await until(lambda: _record(rig).paused, 20, lambda: "the pause")
    paused = _record(rig)
    assert paused.since == began
    assert paused.paused_at is not None
    await asyncio.sleep(0.3)
    server.model.ResumeRecord({})
    await until(lambda: not _record(rig).paused, 20, lambda: "the end of the pause")
    resumed = _record(rig)
    assert resumed.since is not None
    assert resumed.paused_at is None
    assert 0.25 < resumed.since - began <= time.time() - before
    server.model.stop_output(server.model.record)
    await until(lambda: not _record(rig).active, 20, lambda: "the end")
    assert _record(rig).since is None


async def test_a_stream_that_ran_before_the_companion_is_as_old_as_obs_says(server: ObsServer) -> None:
    began = time.time() - 100
    server.model.start_output(server.model.stream)
    server.model.stream.started_at = time.monotonic() - 100
    async with linked(server.url, PASSWORD) as rig, ticking() as starved:
        await rig.until_state(ObsState.CONNECTED)
        await until(lambda: rig.link.status().stream is not None, 20, lambda: "the stream's state")
        stream = rig.link.status().stream
        assert stream is not None
        assert stream.since is not None
        assert stream.since == pytest.approx(began, abs=2 + starved.seconds)
        await until(lambda: bool(rig.events(ObsStatsMeasured)), 20, lambda: "figures")
        stats = rig.events(ObsStatsMeasured)[-1]
        frames = stats.stream_total_frames
        assert frames is not None
        assert 3000 <= frames <= server.model.stream.seconds * server.model.stream.fps
        assert stats.stream_dropped_frames == 0
        assert stats.stream_congestion == 0


def _record(rig: Rig) -> RecordStateChanged:
    record = rig.link.status().record
    assert record is not None
    return record
