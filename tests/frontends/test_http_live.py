"""/ws: the stream of events, resuming, slow clients, stopping."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from companion.domain.events import SceneChanged
from companion.frontends.http import live
from companion.kernel.bus import HISTORY, Event
from tests.frontends.shelf import Doors, serving


@dataclasses.dataclass(frozen=True)
class BigThing(Event):
    """Large enough to fill a socket's buffers soon."""

    text: str


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[Doors]:
    async with serving(tmp_path) as found:
        yield found


@pytest.fixture
async def http(doors: Doors) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(doors.url, headers=doors.auth) as session:
        yield session


async def receive(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    message = await socket.receive(timeout=10)
    assert message.type is aiohttp.WSMsgType.TEXT, message
    return dict(json.loads(message.data))


async def test_events_come_as_they_happen(doors: Doors, http: aiohttp.ClientSession) -> None:
    async with http.ws_connect("/ws") as socket:
        doors.bus.publish(SceneChanged("Ünicode"))
        message = await receive(socket)
    assert message["id"] == doors.bus.last_id
    assert set(message) == {"id", "ts", "type", "payload"}
    assert (message["type"], message["payload"]) == ("SceneChanged", {"scene": "Ünicode"})


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


async def test_a_gap_that_is_too_old_is_said_first(doors: Doors, http: aiohttp.ClientSession) -> None:
    first = doors.bus.last_id
    for n in range(HISTORY + 10):
        doors.bus.publish(SceneChanged(str(n)))
    async with http.ws_connect(f"/ws?since={first}") as socket:
        message = await receive(socket)
        assert message["type"] == "ResumeFailed"
        assert message["payload"] == {"oldest": doors.bus.last_id - HISTORY + 1, "refetch": True}
        assert message["id"] == doors.bus.last_id
        doors.bus.publish(SceneChanged("live"))
        assert (await receive(socket))["payload"] == {"scene": "live"}
    async with http.ws_connect(f"/ws?since={doors.bus.last_id + 1000}") as socket:
        assert (await receive(socket))["type"] == "ResumeFailed"


async def test_up_to_date_means_nothing_to_send(doors: Doors, http: aiohttp.ClientSession) -> None:
    async with http.ws_connect(f"/ws?since={doors.bus.last_id}") as socket:
        doors.bus.publish(SceneChanged("next"))
        assert (await receive(socket))["payload"] == {"scene": "next"}


@pytest.mark.parametrize(
    "query", ["since=x", "since=-1", "since=", "since=1e3", "since=" + "9" * 30, "since=1&x=2", "y=1"]
)
async def test_a_wrong_query_is_refused(http: aiohttp.ClientSession, query: str) -> None:
    async with http.get(f"/ws?{query}") as response:
        assert response.status == 400
        assert (await response.json())["error"]["code"] == "invalid_arguments"


async def test_plain_http_is_told_so(http: aiohttp.ClientSession) -> None:
    async with http.get("/ws") as response:
        assert (response.status, (await response.json())["error"]["code"]) == (400, "not_a_websocket")


async def test_what_clients_say_is_ignored_but_bounded(doors: Doors, http: aiohttp.ClientSession) -> None:
    async with http.ws_connect("/ws") as socket:
        for text in ("hello", "{", '{"action": "clip.delete"}'):
            await socket.send_str(text)
        doors.bus.publish(SceneChanged("still here"))
        assert (await receive(socket))["payload"] == {"scene": "still here"}
        await socket.send_str("x" * (live.LARGEST_INCOMING + 1))
        message = await socket.receive(timeout=10)
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1009)


async def test_a_slow_client_is_told_what_it_missed_and_slows_nobody(doors: Doors, http: aiohttp.ClientSession) -> None:
    async with http.ws_connect("/ws", max_msg_size=0) as slow, http.ws_connect("/ws", max_msg_size=0) as quick:
        total = 4 * live.QUEUE_SIZE
        text = "x" * 20_000
        for n in range(total):
            doors.bus.publish(BigThing(text))
            if n % 50 == 0:
                while (await receive(quick))["id"] != doors.bus.last_id:
                    pass
        doors.bus.publish(SceneChanged("the end"))
        seen = missed = 0
        last = 0
        while True:
            message = await receive(slow)
            if message["type"] == "EventsMissed":
                assert message["payload"]["refetch"] is True
                assert message["id"] >= last
                missed += message["payload"]["missed"]
            else:
                assert message["id"] > last
                seen += 1
            last = message["id"]
            if message["type"] == "SceneChanged":
                break
        assert missed > 0
        assert seen + missed == total + 1


async def test_a_stuck_client_is_dropped(doors: Doors) -> None:
    doors.server._live._send_seconds = 0.3
    reader, writer = await asyncio.open_connection("127.0.0.1", doors.server.port, limit=1024)
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    lines = ["GET /ws HTTP/1.1", f"Host: 127.0.0.1:{doors.server.port}", f"Authorization: Bearer {doors.token}"]
    lines += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}"]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    assert b" 101 " in await reader.readline()
    async with asyncio.timeout(10):
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
    async with asyncio.timeout(5):
        while doors.bus._subscriptions:
            await asyncio.sleep(0.01)


async def test_stopping_says_goodbye(tmp_path: Path) -> None:
    async with serving(tmp_path) as doors, aiohttp.ClientSession(doors.url, headers=doors.auth) as http:
        sockets = [await http.ws_connect("/ws") for _ in range(3)]
        receiving = [asyncio.create_task(socket.receive()) for socket in sockets]
        deaf = await http.ws_connect("/ws", autoclose=False)
        async with asyncio.timeout(6):
            await doors.stop()
        for message in await asyncio.gather(*receiving):
            assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1001)
        await deaf.close()
