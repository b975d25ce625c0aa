"""A real stream: from the real OBS to a real server, started, measured and stopped through the actions."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import av
import pytest

from companion.adapters.obs.private import PrivateObs
from companion.domain.events import ObsStatsMeasured, StreamStateChanged
from companion.kernel.errors import Conflict, Failed
from tests.obs_link import until
from tests.real import stage
from tests.real.rtmp import RtmpServer, rtmp_server
from tests.studio import StudioRig, studio

pytestmark = pytest.mark.real


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RtmpServer]:
    async with rtmp_server(tmp_path / "rtmp") as running:
        yield running


@pytest.fixture
async def rig(obs: PrivateObs, tmp_path: Path) -> AsyncIterator[StudioRig]:
    async with studio(obs.url, obs.password, tmp_path) as running:
        yield running


def _aim(obs: PrivateObs, address: str) -> None:
    with stage.witness(obs) as client:
        settings = {"server": address, "key": "test", "use_auth": False}
        client.set_stream_service_settings("rtmp_custom", settings)


async def test_a_stream_is_live_when_the_answer_says_so_and_over_when_it_says_so(
    obs: PrivateObs, rig: StudioRig, server: RtmpServer
) -> None:
    _aim(obs, server.address)
    began = time.time()
    live = await rig.do("stream.start")
    with stage.witness(obs) as client:
        assert client.get_stream_status().output_active
        assert live.active
        assert began - 1 < live.since < time.time() + 1
        assert (await rig.do("stream.start")).since == live.since  # it is live already
        with pytest.raises(Conflict) as on_air:
            await rig.do("profile.switch", name="Companion")
        assert on_air.value.code == "obs_on_air"
        await until(lambda: _rate(rig) > 100, 15, lambda: f"a rate; {rig.rig.events(ObsStatsMeasured)[-1:]}")
        stats = rig.rig.events(ObsStatsMeasured)[-1]
        assert stats.stream_total_frames
        assert stats.stream_dropped_frames is not None
        assert stats.stream_congestion is not None
        await until(lambda: sum(file.stat().st_size for file in server.received()) > 200_000, 15, lambda: "bytes")
        await _until_kept(rig)
        over = await rig.do("stream.stop")
        assert not client.get_stream_status().output_active
    assert (over.active, over.since) == (False, None)
    await until(lambda: _whole(server.received()[0]), 10, lambda: "a whole file")
    numbers = [number for _, number in stage.frames_of(server.received()[0]) if number is not None]
    assert len(numbers) > 15
    assert numbers == sorted(numbers)


async def test_a_server_that_is_not_there_is_an_error_and_never_shown_as_live(
    obs: PrivateObs, rig: StudioRig, server: RtmpServer
) -> None:
    server.stop()
    _aim(obs, server.address)
    with pytest.raises(Failed) as failed:
        await rig.do("stream.start")
    assert failed.value.code == "stream_did_not_start"
    assert failed.value.remedy
    assert not [event for event in rig.rig.events(StreamStateChanged) if event.active]
    assert (await rig.do("stream.stop")).active is False


async def test_a_server_that_goes_away_is_seen_and_one_that_returns_too(
    obs: PrivateObs, rig: StudioRig, server: RtmpServer
) -> None:
    _aim(obs, server.address)
    live = await rig.do("stream.start")
    server.stop()

    def state() -> StreamStateChanged:
        return rig.rig.events(StreamStateChanged)[-1]

    try:
        await until(lambda: state().reconnecting, 30, lambda: f"reconnecting; {state()}")
        assert state().since == live.since
        server.start()
        await until(lambda: not state().reconnecting and state().active, 30, lambda: f"live again; {state()}")
    finally:
        await rig.do("stream.stop")
    await until(lambda: not state().active, 5, lambda: "its end")


async def _until_kept(rig: StudioRig) -> None:
    """Until the history, which keeps one measurement in five seconds, has one of the stream."""
    for _ in range(150):
        if any((await rig.do("studio.stats")).series["stream_kbps"]):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the stream's rate is not kept")


def _rate(rig: StudioRig) -> float:
    return max((event.stream_kbps or 0 for event in rig.rig.events(ObsStatsMeasured)), default=0)


def _whole(file: Path) -> bool:
    try:
        with av.open(str(file)) as opened:
            return bool(opened.streams.video)
    except (OSError, av.FFmpegError):
        return False
