"""/ws and /api/events: snapshots, resuming, audiences, topics, slow clients, stopping."""

import asyncio
import contextlib
import dataclasses
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, ClassVar

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from companion.domain.events import SceneChanged
from companion.frontends.http import live
from companion.frontends.http.routes import CALLER, UNTIL
from companion.kernel.actions import Caller
from companion.kernel.bus import HISTORY, Event
from companion.kernel.scope import Scope
from tests.frontends.shelf import Doors, serving


@dataclasses.dataclass(frozen=True)
class BigThing(Event):
    """Large enough to fill a socket's buffers soon."""

    text: str


@dataclasses.dataclass(frozen=True)
class Loudness(Event):
    """Measured for those who look."""

    transient: ClassVar[bool] = True
    watch: ClassVar[str] = "loudness"

    db: float


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[Doors]:
    async with serving(tmp_path) as found:
        yield found


@pytest.fixture
async def http(doors: Doors) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(doors.url, headers=doors.auth) as session:
        yield session


async def receive(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    message = await socket.receive(timeout=20)
    assert message.type is aiohttp.WSMsgType.TEXT, message
    return dict(json.loads(message.data))


@contextlib.asynccontextmanager
async def streaming(http: aiohttp.ClientSession, path: str = "/api/events", **headers: str) -> AsyncIterator["Sse"]:
    async with http.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()}) as response:
        assert (response.status, response.content_type) == (200, "text/event-stream")
        yield Sse(response)


class Sse:
    """The messages of a stream of server-sent events."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def block(self) -> str:
        async with asyncio.timeout(20):
            return (await self.response.content.readuntil(b"\n\n")).decode()

    async def receive(self) -> dict[str, Any]:
        block = await self.block()
        first, second = block.strip().split("\n")
        message = dict(json.loads(second.removeprefix("data: ")))
        assert first == f"id: {message['id']}"
        return message


async def test_it_begins_with_the_present_state(doors: Doors, http: aiohttp.ClientSession) -> None:
    doors.bus.publish(SceneChanged("Old"))
    doors.bus.publish(SceneChanged("Ünicode"))
    async with http.ws_connect("/ws") as socket, streaming(http) as stream:
        for message in (await receive(socket), await stream.receive()):
            assert (message["type"], message["id"]) == ("Snapshot", doors.bus.last_id)
            payload = message["payload"]
            assert payload["states"] == {"SceneChanged": {"scene": "Ünicode"}}
            assert payload["components"]["obs"]["state"] == "not_running"
            assert set(payload["components"]["obs"]) == {"state", "health", "since", "detail", "remedy"}
            assert (payload["me"]["scope"], payload["me"]["door"], payload["me"]["device"]) == ("admin", "http", None)


async def test_events_come_as_they_happen(doors: Doors, http: aiohttp.ClientSession) -> None:
    async with http.ws_connect("/ws") as socket, streaming(http) as stream:
        await receive(socket)
        await stream.receive()
        doors.bus.publish(SceneChanged("Ünicode\u2028\n"))
        for message in (await receive(socket), await stream.receive()):
            assert message["id"] == doors.bus.last_id
            assert set(message) == {"id", "ts", "type", "payload"}
            assert (message["type"], message["payload"]) == ("SceneChanged", {"scene": "Ünicode\u2028\n"})


async def test_a_browser_that_comes_back_by_itself_resumes(doors: Doors, http: aiohttp.ClientSession) -> None:
    first = doors.bus.last_id
    for n in range(5):
        doors.bus.publish(SceneChanged(str(n)))
    async with streaming(http, f"/api/events?since={first}", Last_Event_ID=str(first + 3)) as stream:
        assert [(await stream.receive())["payload"]["scene"] for _ in range(2)] == ["3", "4"]
    async with streaming(http, f"/api/events?since={first + 4}") as stream:
        assert (await stream.receive())["payload"] == {"scene": "4"}


async def test_an_idle_stream_has_a_heart(
    doors: Doors, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.05)
    async with streaming(http) as stream:
        await stream.receive()
        assert [await stream.block() for _ in range(3)] == [":\n\n"] * 3
        doors.bus.publish(SceneChanged("x"))
        async with asyncio.timeout(20):
            while (block := await stream.block()) == ":\n\n":
                pass
        assert '"SceneChanged"' in block


async def test_what_is_measured_comes_to_those_who_look(doors: Doors, http: aiohttp.ClientSession) -> None:
    async with http.ws_connect("/ws") as plain, streaming(http, "/api/events?watch=loudness") as watching:
        await receive(plain)
        await watching.receive()
        assert doors.bus.watched("loudness")
        doors.bus.publish(Loudness(-3.5))
        doors.bus.publish(SceneChanged("next"))
        first, second = await watching.receive(), await watching.receive()
        assert (first["type"], first["payload"], first["id"]) == ("Loudness", {"db": -3.5}, second["id"] - 1)
        assert (await receive(plain))["payload"] == {"scene": "next"}
    async with asyncio.timeout(20):
        while doors.bus.watched("loudness"):
            doors.bus.publish(SceneChanged("noticed"))  # a stream's end is noticed when it is written to
            await asyncio.sleep(0.01)


async def test_it_resumes_after_the_last_seen_without_gap_or_double(doors: Doors, http: aiohttp.ClientSession) -> None:
    last_seen = doors.bus.last_id
    for n in range(50):
        doors.bus.publish(SceneChanged(str(n)))
    async with http.ws_connect(f"/ws?since={last_seen + 10}") as socket:
        for n in range(50, 100):
            doors.bus.publish(SceneChanged(str(n)))
        got = [await receive(socket) for _ in range(90)]
    assert [m["payload"]["scene"] for m in got] == [str(n) for n in range(10, 100)]
    assert [m["id"] for m in got] == list(range(last_seen + 11, last_seen + 101))


async def test_events_during_the_handshake_come_once(doors: Doors, http: aiohttp.ClientSession) -> None:
    last_seen = doors.bus.last_id
    going = True

    async def chatter() -> None:
        while going:
            doors.bus.publish(SceneChanged("x"))
            await asyncio.sleep(0)

    task = asyncio.create_task(chatter())
    async with http.ws_connect(f"/ws?since={last_seen}") as socket:
        going = False
        await task
        published = doors.bus.last_id - last_seen
        got = [(await receive(socket))["id"] for _ in range(published)]
    assert got == list(range(last_seen + 1, last_seen + 1 + published))


async def test_a_gap_that_is_too_old_is_answered_with_the_state(doors: Doors, http: aiohttp.ClientSession) -> None:
    first = doors.bus.last_id
    for n in range(HISTORY + 10):
        doors.bus.publish(SceneChanged(str(n)))
    async with http.ws_connect(f"/ws?since={first}") as socket:
        message = await receive(socket)
        assert (message["type"], message["id"]) == ("Snapshot", doors.bus.last_id)
        assert message["payload"]["states"]["SceneChanged"] == {"scene": str(HISTORY + 9)}
        doors.bus.publish(SceneChanged("live"))
        assert (await receive(socket))["payload"] == {"scene": "live"}
    async with http.ws_connect(f"/ws?since={doors.bus.last_id + 1000}") as socket:
        assert (await receive(socket))["type"] == "Snapshot"


async def test_up_to_date_means_nothing_to_send(doors: Doors, http: aiohttp.ClientSession) -> None:
    async with http.ws_connect(f"/ws?since={doors.bus.last_id}") as socket:
        doors.bus.publish(SceneChanged("next"))
        assert (await receive(socket))["payload"] == {"scene": "next"}


WRONG = ("watch=secrets", "watch=loudness,x", "since=1&since=2", "since=x", "since=-1", "since=", "since=1e3")


@pytest.mark.parametrize("query", [*WRONG, "since=" + "9" * 30, "since=1&x=2", "y=1"])
async def test_a_wrong_query_is_refused(http: aiohttp.ClientSession, query: str) -> None:
    for path in ("/ws", "/api/events"):
        async with http.get(f"{path}?{query}") as response:
            assert response.status == 400
            assert (await response.json())["error"]["code"] == "invalid_arguments"


async def test_plain_http_is_told_so(http: aiohttp.ClientSession) -> None:
    async with http.get("/ws") as response:
        assert (response.status, (await response.json())["error"]["code"]) == (400, "not_a_websocket")


async def test_what_clients_say_is_ignored_but_bounded(doors: Doors, http: aiohttp.ClientSession) -> None:
    async with http.ws_connect("/ws") as socket:
        assert (await receive(socket))["type"] == "Snapshot"
        for text in ("hello", "{", '{"action": "clip.delete"}'):
            await socket.send_str(text)
        doors.bus.publish(SceneChanged("still here"))
        assert (await receive(socket))["payload"] == {"scene": "still here"}
        await socket.send_str("x" * (live.LARGEST_INCOMING + 1))
        message = await socket.receive(timeout=20)
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1009)


async def test_a_slow_client_is_given_the_state_and_slows_nobody(doors: Doors, http: aiohttp.ClientSession) -> None:
    async with http.ws_connect("/ws", max_msg_size=0) as slow, http.ws_connect("/ws", max_msg_size=0) as quick:
        total = 4 * live.QUEUE_SIZE
        text = "x" * 20_000
        for n in range(total):
            doors.bus.publish(BigThing(text))
            if n % 50 == 0:
                while (await receive(quick))["id"] != doors.bus.last_id:
                    pass
        doors.bus.publish(SceneChanged("the end"))
        seen, last, snapshots = 0, 0, 0
        while last < doors.bus.last_id:
            message = await receive(slow)
            assert message["id"] > last or not last
            if message["type"] == "Snapshot":
                snapshots += 1
                scene = message["payload"]["states"].get("SceneChanged")
            else:
                assert message["id"] == last + 1
                seen += 1
                scene = message["payload"] if message["type"] == "SceneChanged" else None
            last = message["id"]
        assert scene == {"scene": "the end"}
        assert snapshots >= 2
        assert seen < total


@pytest.mark.parametrize("path", ["/ws", "/api/events"])
async def test_one_whose_time_is_over_is_closed(doors: Doors, path: str) -> None:
    caller = Caller("phone", Scope.VIEW, "Phone", device=7)
    app = web.Application()

    async def open_it(request: web.Request) -> web.StreamResponse:
        request[CALLER] = caller
        request[UNTIL] = time.time() + 2.0
        found = doors.server._live
        return await (found.websocket(request) if path == "/ws" else found.stream(request))

    app.router.add_get(path, open_it)
    async with TestServer(app) as server, aiohttp.ClientSession(server.make_url("/")) as http:
        if path == "/ws":
            socket = await http.ws_connect(path)
            assert (await receive(socket))["payload"]["me"]["device"] == 7
            message = await socket.receive(timeout=20)
            assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1008)
        else:
            async with streaming(http) as stream:
                assert (await stream.receive())["payload"]["me"]["device"] == 7
                assert doors.server._live.online() == {7}
                async with asyncio.timeout(20):
                    assert await stream.response.content.read() == b""
    assert doors.server._live.online() == set()


WEBSOCKET = (
    "GET /ws HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


@pytest.mark.parametrize("request_text", [WEBSOCKET, "GET /api/events HTTP/1.1\r\nHost: here\r\n\r\n"])
async def test_one_that_went_before_it_was_answered_is_no_error(
    doors: Doors, request_text: str, caplog: pytest.LogCaptureFixture
) -> None:
    answered = asyncio.Event()
    app = web.Application()

    async def late(request: web.Request) -> web.StreamResponse:
        request[CALLER] = Caller("phone", Scope.VIEW, "Phone", device=7)
        assert request.transport is not None
        request.transport.abort()  # as it breaks where a phone loses the Wi-Fi
        found = doors.server._live
        try:
            return await (found.websocket(request) if request.path == "/ws" else found.stream(request))
        finally:
            answered.set()

    app.router.add_get("/{any:.*}", late)
    runner = web.AppRunner(app)  # a TestServer would cancel the answer when its client is gone
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        _, writer = await asyncio.open_connection(*runner.addresses[0])
        writer.write(request_text.encode())
        async with asyncio.timeout(20):
            await answered.wait()
        writer.close()
    finally:
        await runner.cleanup()
    assert doors.server._live.online() == set()
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_stuck_client_is_dropped(doors: Doors) -> None:
    doors.server._live.send_seconds = 0.3
    reader, writer = await asyncio.open_connection("127.0.0.1", doors.server.port, limit=1024)
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    lines = ["GET /ws HTTP/1.1", f"Host: 127.0.0.1:{doors.server.port}", f"Authorization: Bearer {doors.token}"]
    lines += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}"]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    assert b" 101 " in await reader.readline()
    async with asyncio.timeout(20):
        while not doors.server._live._clients:
            await asyncio.sleep(0.01)
        while doors.server._live._clients:  # it never reads, so the buffers fill and a send takes too long
            doors.bus.publish(BigThing("x" * 100_000))
            await asyncio.sleep(0.01)
    assert doors.bus._subscriptions == []
    writer.close()


async def test_a_client_that_goes_leaves_nothing_behind(doors: Doors, http: aiohttp.ClientSession) -> None:
    socket = await http.ws_connect("/ws")
    assert len(doors.bus._subscriptions) == 1
    await socket.close()
    async with asyncio.timeout(20):
        while doors.bus._subscriptions:
            await asyncio.sleep(0.01)


async def test_stopping_says_goodbye(tmp_path: Path) -> None:
    async with serving(tmp_path) as doors, aiohttp.ClientSession(doors.url, headers=doors.auth) as http:
        sockets = [await http.ws_connect("/ws") for _ in range(3)]
        for socket in sockets:
            assert (await receive(socket))["type"] == "Snapshot"
        receiving = [asyncio.create_task(socket.receive()) for socket in sockets]
        deaf = await http.ws_connect("/ws", autoclose=False)
        async with asyncio.timeout(20):
            await doors.stop()
        for message in await asyncio.gather(*receiving):
            assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1001)
        await deaf.close()
