"""No secret leaves the daemon: not in its log at the finest level, its answers, its events, its files or its name."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from companion.frontends.cli.client import Daemon
from companion.kernel.bus import HISTORY
from tests.fakes.obs_model import ObsModel
from tests.fakes.obs_server import ObsServer
from tests.real.companion import Companion
from tests.real.desktop import DesktopSession

pytestmark = pytest.mark.slow

RIGHT, OTHER, TYPED = "zebra-Kaffee/41 rechts", "zebra-Kaffee/42 anders", "zebra-Kaffee/43 getippt"
PASSWORDS = {RIGHT, OTHER, TYPED}


class Listener:
    """Everything that the daemon let out, by where it was heard."""

    def __init__(self, companion: Companion, http: aiohttp.ClientSession) -> None:
        self.companion = companion
        self.heard: dict[str, str] = {}
        self._http = http

    @property
    def token(self) -> str:
        return self.companion.paths.token_file.read_text().strip()

    async def call(self, method: str, path: str, token: str | None = None, **more: Any) -> int:
        """Ask, and keep the whole answer; returns its status."""
        port = Daemon.find(self.companion.paths, "test").port
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        headers |= {"Content-Type": "application/json"} if "data" in more else {}
        async with self._http.request(method, f"http://127.0.0.1:{port}{path}", headers=headers, **more) as answer:
            self.heard[f"{method} {path} {answer.status}"] = f"{dict(answer.headers)}\n{await answer.text()}"
            return answer.status

    async def cli(self, *arguments: str) -> None:
        done = await self.companion.cli(*arguments)
        self.heard[" ".join(["companion", arguments[0], arguments[1]])] = done.stdout + done.stderr

    async def events(self) -> list[str]:
        """The types of all events since the start, which are kept, and of the state that newcomers are told."""
        state = await self._first_message(0)
        self.heard["state"] = state
        before, step = json.loads(state)["id"], HISTORY
        while step := step // 2:  # events before the first one that is kept are answered with the state
            if json.loads(await self._first_message(before - step))["type"] != "Snapshot":
                before -= step
        await self.call("POST", "/api/system/attention", json={})
        types = [json.loads(state)["type"]]
        async with self._socket(before) as socket:
            while "AttentionAsked" not in types:
                text = await socket.receive_str(timeout=30)
                self.heard[f"event {len(types)}"] = text
                types.append(json.loads(text)["type"])
        return types

    async def _first_message(self, since: int) -> str:
        async with self._socket(since) as socket:
            return await socket.receive_str(timeout=30)

    def _socket(self, since: int) -> Any:
        port = Daemon.find(self.companion.paths, "test").port
        headers = {"Authorization": f"Bearer {self.token}"}
        return self._http.ws_connect(f"http://127.0.0.1:{port}/ws?since={since}", headers=headers)

    def read_files(self) -> None:
        """Keep every file of the home but the token's own."""
        for file in self.companion.home.rglob("*"):
            if file.is_file() and file != self.companion.paths.token_file:
                self.heard[f"file {file.name}"] = file.read_bytes().decode(errors="replace")

    def read_processes(self) -> None:
        """Keep the command lines, which every user of the computer can read."""
        daemon = psutil.Process(self.companion.pid)
        for process in (daemon, *daemon.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                self.heard[f"command line {process.pid}"] = " ".join(process.cmdline())

    def leaks(self, secrets: set[str]) -> list[str]:
        """Where one of `secrets` was heard, as it is or as JSON writes it."""
        written = secrets | {json.dumps(secret)[1:-1] for secret in secrets}
        return [where for where, text in self.heard.items() if any(secret in text for secret in written)]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ObsServer]:
    async with ObsServer(ObsModel(tmp_path), password=RIGHT) as running:
        yield running


@contextlib.asynccontextmanager
async def listening(home: Path, server: ObsServer, **environment: str) -> AsyncIterator[Listener]:
    """A daemon that logs all it can, in a session that has no keyring, so that the one of this computer is not used."""
    async with DesktopSession(display=False) as desktop, aiohttp.ClientSession() as http:
        where = {"OBS_WS_URL": server.url, "LOG_LEVEL": "trace"}
        companion = Companion(home, None, {**desktop.environment, **where, **environment})
        await companion.start()
        try:
            yield Listener(companion, http)
        finally:
            await companion.stop()


async def until_obs(listener: Listener, state: str) -> None:
    await listener.companion.until(lambda status: status["connection"]["state"] == state, "/api/obs/status")


async def ask_everything(listener: Listener) -> None:
    """Every answer that could hold a secret, good and bad."""
    for path in ("/api/status", "/api/obs/status", "/api/settings", "/api/settings?name=obs_ws_password", "/api/clips"):
        assert await listener.call("GET", path) == 200
    assert await listener.call("GET", "/api/settings", token="wrong") == 401
    assert await listener.call("GET", f"/api/settings?token={listener.token}") == 400
    assert await listener.call("POST", "/api/clips", json={"seconds": -1}) == 400
    assert await listener.call("POST", "/api/clips", data=b"{") == 400
    assert await listener.call("POST", "/api/replay/enable", json={"seconds": 1}) == 400
    assert await listener.call("PUT", "/api/settings/obs_ws_password", json={"value": [TYPED]}) == 400
    assert await listener.call("PUT", "/api/settings/log_level", json={"value": "info"}) == 409
    for command in (("status", "--json"), ("settings", "get", "--json"), ("doctor", "--json")):
        await listener.cli(*command)


def assert_tight(listener: Listener) -> None:
    listener.read_files()
    listener.read_processes()
    assert "authentication" in listener.heard["file daemon.log"], "OBS's challenge and our answer are not in the log"
    assert "GetReplayBufferStatus" in listener.heard["file companion.log"], "the log is not at its finest level"
    assert listener.leaks(PASSWORDS) == []
    sent_by_us = {where for where in listener.heard if "token=" in where}
    assert set(listener.leaks({listener.token})) <= sent_by_us


@pytest.mark.parametrize("style", ["pretty", "json"])
async def test_with_the_right_password_and_then_a_wrong_one(tmp_path: Path, server: ObsServer, style: str) -> None:
    home = tmp_path / "home"
    async with listening(home, server, OBS_WS_PASSWORD=RIGHT, LOG_FORMAT=style) as listener:
        await until_obs(listener, "connected")
        await ask_everything(listener)
        await server.change_password(OTHER)
        await until_obs(listener, "wrong_password")
        await ask_everything(listener)
        types = await listener.events()
        assert {"Snapshot", "ObsConnectionChanged", "ComponentChanged"} <= set(types)
        assert types.count("ObsConnectionChanged") >= 3, "from the start on"
        assert_tight(listener)


async def test_a_password_that_is_typed_is_stored_and_never_shown(tmp_path: Path, server: ObsServer) -> None:
    await server.change_password(TYPED)
    async with listening(tmp_path / "home", server) as listener:
        await until_obs(listener, "wrong_password")
        status = await listener.call("PUT", "/api/settings/obs_ws_password", json={"value": TYPED})
        assert status == 200
        await until_obs(listener, "connected")
        assert '"(set)"' in listener.heard["PUT /api/settings/obs_ws_password 200"]
        await ask_everything(listener)
        assert "SettingsChanged" in await listener.events()
        await asyncio.to_thread(assert_tight, listener)
