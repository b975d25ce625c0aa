"""A real OBS that records: where it dies, nothing is told to be recorded; where its connection is cut, all goes on."""

import asyncio
import contextlib
import datetime as dt
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from companion.adapters.obs.private import PrivateObs
from companion.frontends.cli.client import Daemon
from tests.real import stage
from tests.real.companion import Companion
from tests.real.conftest import StartObs

pytestmark = pytest.mark.real


@contextlib.asynccontextmanager
async def recording(home: Path, obs: PrivateObs, url: str) -> AsyncIterator[Companion]:
    """A daemon that finds `obs` at `url`, with OBS recording and the session that follows."""
    companion = Companion(home, obs, {"OBS_WS_URL": url})
    await companion.start()
    try:
        await companion.until(lambda status: status["record"], "/api/obs/status")
        with stage.witness(obs) as client:
            client.start_record()
        await companion.until(lambda page: page["items"], "/api/sessions")
        yield companion
    finally:
        await companion.stop()


@contextlib.asynccontextmanager
async def live(companion: Companion) -> AsyncIterator[Callable[[str], Awaitable[Any]]]:
    """Hears what every page hears; gives a function that waits for the next word of a type."""
    token = companion.paths.token_file.read_text().strip()
    port = Daemon.find(companion.paths, "test").port
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session,
        session.ws_connect(f"http://127.0.0.1:{port}/ws") as socket,
    ):

        async def hear(kind: str) -> Any:
            while True:
                message = await socket.receive_json(timeout=30)
                if message["type"] == kind:
                    return message["payload"]

        yield hear


async def only_session(companion: Companion) -> Any:
    [session] = (await companion.get("/api/sessions"))["items"]
    return session


async def test_an_obs_killed_while_it_records_ends_recording_and_session(tmp_path: Path, start_obs: StartObs) -> None:
    obs = await start_obs()
    async with recording(tmp_path / "home", obs, obs.url) as companion, live(companion) as hear:
        states = (await hear("Snapshot"))["states"]
        assert states["RecordStateChanged"]["active"]
        reach = states.get("RecordingReachChanged")
        while not (reach and reach["since"]):
            reach = await hear("RecordingReachChanged")
        killed_at = time.time()
        obs.kill()
        ended = await hear("RecordStateChanged")
        assert not ended["active"]
        assert killed_at - 5 < ended["ended_at"] <= killed_at, "when OBS was seen last"
        assert (await hear("RecordingReachChanged"))["until"] == pytest.approx(ended["ended_at"], abs=0.001)
        await companion.until(lambda page: page["items"][0]["state"] == "closed", "/api/sessions")
        ended_at = dt.datetime.fromisoformat((await only_session(companion))["ended_at"])
        assert ended_at.timestamp() == pytest.approx(ended["ended_at"], abs=0.001)
        async with live(companion) as page:
            states = (await page("Snapshot"))["states"]
        assert not states["RecordStateChanged"]["active"]
        assert not states["StreamStateChanged"]["active"]


class Wire:
    """The way to OBS's `port`, which can be cut; the next connection has a new one."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._ends: list[asyncio.StreamWriter] = []

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._ends = [writer, far_writer]
        await asyncio.gather(_carry(reader, far_writer), _carry(far_reader, writer))

    def cut(self) -> None:
        for end in self._ends:
            end.transport.abort()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def test_a_connection_that_is_cut_ends_nothing_while_obs_records(tmp_path: Path, start_obs: StartObs) -> None:
    obs = await start_obs()
    wire = Wire(obs.port)
    async with await asyncio.start_server(wire.carry, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with recording(tmp_path / "home", obs, url) as companion, live(companion) as hear:
            assert (await hear("Snapshot"))["states"]["RecordStateChanged"]["active"]
            for _ in range(3):
                wire.cut()
                assert (await hear("ObsConnectionChanged"))["state"] == "connecting"
                assert (await hear("ObsConnectionChanged"))["state"] == "connected"
                assert (await hear("RecordStateChanged"))["active"], "the first word after it"
            assert (await only_session(companion))["state"] == "open"
