"""What strangers can take up at the LAN door, what a revoked phone keeps, and what a half-sent request may do."""

import asyncio
import contextlib
import ipaddress
import json
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pyotp
import pytest

from companion.domain.events import PairingChanged
from companion.frontends.http import application, arrivals, listener, phones
from companion.frontends.http.application import LARGEST_OPEN_BODY, LARGEST_OPEN_REST
from companion.frontends.http.listener import MOST_REQUESTS_OF_A_STRANGER, MOST_STRANGERS_OF_ONE_ADDRESS
from tests.frontends.phones import NO_KEYRING, LanDoor, Phone, lan_door

pytestmark = pytest.mark.slow

Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]
BIG = 60_000_000


@pytest.fixture
async def wires() -> AsyncIterator[list[Wire]]:
    """Connections that are closed when the test is over."""
    opened: list[Wire] = []
    yield opened
    for _, writer in opened:
        writer.transport.abort()
    await asyncio.sleep(0)


async def is_closed(wire: Wire) -> bool:
    """Whether the door has cut this connection, within a moment."""
    with contextlib.suppress(ConnectionError):
        try:
            async with asyncio.timeout(0.3):
                return await wire[0].read(1) == b""
        except TimeoutError:
            return False
    return True


async def connects(phone: Phone) -> bool:
    """Whether the door takes a connection from there."""
    try:
        _, writer = await phone.connection()
    except OSError:
        return False
    writer.transport.abort()
    return True


async def status_of(wire: Wire) -> int:
    async with asyncio.timeout(10):
        head = await wire[0].readuntil(b"\r\n\r\n")
    return int(head.split()[1])


class TestAHalfSentRequest:
    @pytest.mark.parametrize("change", ["revoked", "scope"])
    async def test_is_judged_by_the_rights_at_its_end(self, door: LanDoor, wires: list[Wire], change: str) -> None:
        phone = await door.paired("admin")
        await door.do("item.put", title="x")
        body = json.dumps({"tags": ["late"]}).encode()
        wires.append(await phone.connection())
        writer = wires[0][1]
        writer.write(phone.head("POST /api/items/tag", len(body)) + body[:-1])
        await writer.drain()
        await asyncio.sleep(0.2)  # the head is read by now
        if change == "revoked":
            await door.parts.store.revoke(phone.device, "test")
        else:
            await door.do("device.edit", id=phone.device, scope="control")
        writer.write(body[-1:])
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            assert await status_of(wires[0]) == (401 if change == "revoked" else 403)
        await asyncio.sleep(0.2)
        assert [item.tags for item in door.shelf.items.values()] == [[]]

    async def test_of_a_one_time_password_opens_nothing_later(self, door: LanDoor, wires: list[Wire]) -> None:
        offer = await door.do("totp.set_up")
        totp = pyotp.parse_uri(offer.uri)
        await door.do("totp.confirm", code=totp.at(time.time() - 30))
        phone = await door.paired("admin")
        body = json.dumps({"code": totp.at(time.time())}).encode()
        wires.append(await phone.connection())
        wires[0][1].write(phone.head("POST /auth/step_up", len(body)) + body[:-1])
        await asyncio.sleep(0.2)
        await door.parts.store.revoke(phone.device, "test")
        wires[0][1].write(body[-1:])
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            assert await status_of(wires[0]) == 401
        other = await door.paired("admin", "Other")
        assert (await other.post("/auth/step_up", {"code": totp.at(time.time())})).status == 204, "it was not used up"

    async def test_ends_in_time(self, door: LanDoor, wires: list[Wire], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(application, "BODY_SECONDS", 0.2)
        phone = await door.paired()
        wires.append(await phone.connection())
        wires[0][1].write(phone.head("POST /api/items", 100) + b"{")
        assert await status_of(wires[0]) == 400
        assert b"body_too_slow" in await wires[0][0].read(1000)

    async def test_of_a_stranger_is_small(self, door: LanDoor) -> None:
        fits = b'{"name": "' + b"x" * (LARGEST_OPEN_BODY - 12) + b'"}'
        kind = {"Content-Type": "application/json"}
        assert (await Phone(door).post("/auth/pair", headers=kind, data=fits)).code == "invalid_arguments"
        assert (await Phone(door).post("/auth/pair", headers=kind, data=fits + b" ")).code == "body_too_large"
        phone = await door.paired()
        for path in ("/auth/step_up", "/auth/refresh", "/auth/leave"):
            assert (await phone.post(path, headers=kind, data=fits + b" ")).code == "body_too_large", path

    @pytest.mark.parametrize("path", ["/api/items", "/auth/pair"])
    async def test_of_a_stranger_is_answered_and_read_no_further(
        self, door: LanDoor, wires: list[Wire], path: str
    ) -> None:
        stranger = Phone(door)
        wires.append(await stranger.connection())
        reader, writer = wires[0]
        writer.write(stranger.head(f"POST {path}", 1000 * BIG) + b"x" * LARGEST_OPEN_REST)
        assert await status_of(wires[0]) == (401 if path == "/api/items" else 413)
        sent = 0
        with contextlib.suppress(ConnectionError):
            while not reader.at_eof() and sent < BIG:
                writer.write(b"x" * 65536)
                sent += 65536
                await writer.drain()
                await asyncio.sleep(0)
        assert sent < BIG

    async def test_that_is_not_what_its_headers_say_is_refused(self, door: LanDoor) -> None:
        phone = await door.paired()
        packed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        assert (await phone.post("/api/items", headers=packed, data=b"no gzip")).code == "bad_request"


class TestStrangers:
    async def test_the_oldest_of_an_address_makes_room(self, door: LanDoor, wires: list[Wire]) -> None:
        stranger, neighbour, phone = Phone(door, "127.0.5.1"), Phone(door, "127.0.5.2"), await door.paired()
        wires += [await neighbour.connection(), await phone.connection()]
        wires[1][1].write(phone.head("GET /auth/me"))
        assert await status_of(wires[1]) == 200
        wires += [await stranger.connection() for _ in range(MOST_STRANGERS_OF_ONE_ADDRESS + 2)]
        assert [await is_closed(wire) for wire in wires[2:6]] == [True, True, False, False]
        assert not await is_closed(wires[0])
        assert (await phone.get("/auth/me")).status == 200

    async def test_they_cannot_fill_the_places(
        self, door: LanDoor, wires: list[Wire], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listener, "MOST_STRANGERS", 20)
        phone = await door.paired()
        async with phone.stream() as stream:
            await stream.content.readuntil(b"\n\n")
            for n in range(30):
                wires.append(await Phone(door, f"127.0.6.{n + 1}").connection())
            assert (await phone.get("/auth/me")).status == 200
            assert [await is_closed(wire) for wire in (wires[0], wires[-1])] == [True, False]
            door.bus.publish(door.lan)
            async with asyncio.timeout(5):
                while b"LanStateChanged" not in await stream.content.readuntil(b"\n\n"):
                    pass

    async def test_who_does_not_show_itself_is_cut(
        self, door: LanDoor, wires: list[Wire], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listener, "STRANGER_SECONDS", 0.5)
        monkeypatch.setattr(listener, "ANSWER_SECONDS", 0.1)
        phone = await door.paired()
        wires += [await Phone(door).connection(), await phone.connection(), await Phone(door).connection()]
        wires[1][1].write(phone.head("GET /auth/me"))
        wires[2][1].write(Phone(door).head("POST /auth/pair", 100) + b"{")
        async with asyncio.timeout(10):
            while not (await is_closed(wires[0]) and await is_closed(wires[2])):
                pass
        assert await status_of(wires[1]) == 200
        wires[1][1].write(phone.head("GET /auth/me"))
        await wires[1][0].readuntil(b"}")
        assert await status_of(wires[1]) == 200

    async def test_one_that_asks_on_is_told_to_connect_anew(
        self, door: LanDoor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """So that no answer of a phone that is being paired is cut short."""
        monkeypatch.setattr(listener, "STRANGER_SECONDS", 0.6)
        offer = await door.do("pairing.start")
        phone = Phone(door)
        body = {"secret": offer.url.partition("#pair=")[2], "name": "P"}
        asked = await phone.post("/auth/pair", body)
        connector = aiohttp.TCPConnector(limit=1, ssl=door.trusting())
        closed = 0
        async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
            for _ in range(20):  # the page asks again and again, on connections that it keeps
                async with session.get(door.url + "/auth/pair", headers=phone.cookie_header()) as looked:
                    assert (await looked.json())["state"] == "waiting"
                    closed += looked.headers.get("Connection") == "close"
                await asyncio.sleep(0.1)
        assert closed >= 2
        await door.do("pairing.allow", id=asked.body["id"], scope="view")
        assert (await phone.get("/auth/pair")).body["state"] == "allowed"

    async def test_one_that_connects_again_and_again_is_not_taken_and_phones_are(
        self, door: LanDoor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(arrivals, "THIS_PC", (ipaddress.ip_network("127.0.0.1/32"),))
        monkeypatch.setattr(arrivals, "MOST_AT_ONCE", 3)
        monkeypatch.setattr(arrivals, "PER_SECOND", 0.0)
        phone, stranger = await door.paired(), Phone(door, "127.0.7.1")
        phone.address = "127.0.7.2"
        assert [await connects(stranger) for _ in range(5)] == [True, True, True, False, False]
        for _ in range(1 + 3):  # the first one as a stranger
            assert (await phone.get("/auth/me")).status == 200
        assert not await connects(phone), "in the long run it has no more than others"
        async with asyncio.timeout(10):
            while not any("connects again" in entry.what for entry in (await door.do("audit.list")).items):
                await asyncio.sleep(0.05)

    async def test_phones_are_known_after_a_restart(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(*next(iter(NO_KEYRING.items())))
        async with lan_door(tmp_path) as before:
            phone = await before.paired()
            phone.address = "127.0.7.2"
            assert (await phone.get("/auth/me")).status == 200
        monkeypatch.setattr(arrivals, "THIS_PC", (ipaddress.ip_network("127.0.0.1/32"),))
        monkeypatch.setattr(arrivals, "MOST_STRANGERS_AT_ONCE", 0)
        async with lan_door(tmp_path, another=True) as phone.door:
            assert not await connects(Phone(phone.door, "127.0.7.1"))
            assert (await phone.get("/auth/me")).status == 200

    async def test_they_ask_so_often_on_one_connection(self, door: LanDoor, wires: list[Wire]) -> None:
        stranger = Phone(door)
        wires.append(await stranger.connection())
        wires[0][1].write(stranger.head("GET /api/items") * 100)
        async with asyncio.timeout(10):
            answers = await wires[0][0].read(-1)
        assert answers.count(b"HTTP/1.1 401") == MOST_REQUESTS_OF_A_STRANGER

    async def test_one_device_has_so_many_places(
        self, door: LanDoor, wires: list[Wire], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listener, "MOST_OF_ONE_DEVICE", 3)
        phone = await door.paired()
        for _ in range(5):
            wires.append(await phone.connection())
            wires[-1][1].write(phone.head("GET /auth/me"))
            assert await status_of(wires[-1]) == 200
            await wires[-1][0].readuntil(b"}")
        assert [await is_closed(wire) for wire in wires] == [True, True, False, False, False]


class TestARevokedPhone:
    async def test_gets_no_more_of_a_file(self, door: LanDoor, wires: list[Wire]) -> None:
        phone, other = await door.paired("view"), await door.paired("view", "Other")
        item = await door.do("item.put", title="big")
        (door.folder / "shelf" / str(item.id)).write_bytes(b"x" * BIG)
        for reader in (phone, other):
            wires.append(await reader.connection())
            wires[-1][1].write(reader.head(f"GET /api/items/{item.id}/file"))
            assert await status_of(wires[-1]) == 200
        await door.do("device.revoke", id=phone.device)
        await asyncio.sleep(0.5)
        got = [await received(wire[0]) for wire in wires]
        assert got[0] < BIG / 3, "what was in the buffers"
        assert got[1] == BIG

    async def test_that_leaves_or_is_found_out_is_still_answered(
        self, door: LanDoor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("companion.frontends.http.lan.GOODBYE_SECONDS", 0.0)
        one, two = await door.paired(), await door.paired(name="Other")
        assert (await one.post("/auth/leave")).status == 204
        number, family, _ = two.cookies["__Secure-companion_refresh"].split(".")
        copied = {"__Secure-companion_refresh": f"{number}.{family}.{'x' * 43}"}
        assert (await two.post("/auth/refresh", cookies=copied)).code == "refresh_reused"

    async def test_that_goes_away_in_a_download_leaves_no_traceback(
        self, door: LanDoor, wires: list[Wire], caplog: pytest.LogCaptureFixture
    ) -> None:
        phone = await door.paired("view")
        item = await door.do("item.put", title="big")
        (door.folder / "shelf" / str(item.id)).write_bytes(b"x" * BIG)
        with caplog.at_level(logging.INFO):
            for _ in range(5):
                wires.append(await phone.connection())
                wires[-1][1].write(phone.head(f"GET /api/items/{item.id}/file"))
                await wires[-1][0].readexactly(500_000)
                wires[-1][1].transport.abort()
                await asyncio.sleep(0.2)
        assert "Traceback" not in caplog.text
        assert (await phone.get("/auth/me")).status == 200


async def received(reader: asyncio.StreamReader) -> int:
    """How many bytes come until the end, or until it is cut."""
    total = 0
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(30):
            while chunk := await reader.read(1 << 20):
                total += len(chunk)
                if total >= BIG:
                    break
    return total


class TestEventsOfAdministrators:
    async def test_are_told_once_the_code_is_given(self, door: LanDoor) -> None:
        phone, totp = await door.paired("admin"), await set_up(door)
        await door.do("pairing.start")
        async with phone.socket() as socket:
            owing = await next_message(socket)
            assert owing["type"] == "Snapshot"
            assert "PairingChanged" not in owing["payload"]["states"]
            assert owing["payload"]["me"]["scope"] == "admin"
            await door.do("pairing.stop")
            door.bus.publish(door.lan)
            told = await next_message(socket)
            assert told["type"] == "LanStateChanged", "and nothing of the pairing before it"
            assert (await phone.post("/auth/step_up", {"code": totp.at(time.time())})).status == 204
            assert (await socket.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE
        async with phone.socket(f"/ws?since={told['id']}") as socket:
            open_now = await next_message(socket)
            assert open_now["type"] == "Snapshot", "not only what came since: it may see other things now"
            assert "PairingChanged" in open_now["payload"]["states"]
            door.bus.publish(PairingChanged(None, []))
            heard = await until(socket, "PairingChanged")
        async with phone.socket(f"/ws?since={heard[-1]['id']}") as socket:
            door.bus.publish(PairingChanged(None, []))
            again = await until(socket, "PairingChanged")
            assert "Snapshot" not in [message["type"] for message in again], "where nothing is new there is none"

    async def test_end_when_the_code_has_run_out(self, door: LanDoor, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(phones, "STEP_UP_SECONDS", 1.0)
        phone, totp = await door.paired("admin"), await set_up(door)
        assert (await phone.post("/auth/step_up", {"code": totp.at(time.time())})).status == 204
        async with phone.socket() as socket:
            first = await next_message(socket)
            assert "PairingChanged" in first["payload"]["states"]
            async with asyncio.timeout(5):
                while (message := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                    pass
            assert message.type is aiohttp.WSMsgType.CLOSE
        async with phone.socket(f"/ws?since={first['id']}") as socket:
            again = await next_message(socket)
            assert again["type"] == "Snapshot"
            assert "PairingChanged" not in again["payload"]["states"]

    async def test_end_when_codes_begin_to_be_asked_for(self, door: LanDoor) -> None:
        phone = await door.paired("admin")
        async with phone.socket() as socket:
            first = await next_message(socket)
            assert not (await door.do("lan.show")).totp
            await set_up(door)
            assert (await door.do("lan.show")).totp
            assert (await phone.get("/api/devices")).code == "one_time_password_needed"
            async with asyncio.timeout(5):
                while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                    pass
        async with phone.socket(f"/ws?since={first['id']}") as socket:
            assert "PairingChanged" not in (await next_message(socket))["payload"]["states"]


async def set_up(door: LanDoor) -> pyotp.TOTP:
    """One-time passwords, asked for from now on; the present code is not used up."""
    await door.do("pairing.stop")  # so that there is a state that administrators alone may see
    totp = pyotp.parse_uri((await door.do("totp.set_up")).uri)
    assert isinstance(totp, pyotp.TOTP)
    await door.do("totp.confirm", code=totp.at(time.time() - 30))
    return totp


async def next_message(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    message: dict[str, Any] = await socket.receive_json(timeout=10)
    return message


async def until(socket: aiohttp.ClientWebSocketResponse, kind: str) -> list[dict[str, Any]]:
    """The messages up to the first of `kind`."""
    messages = [await next_message(socket)]
    while messages[-1]["type"] != kind:
        messages.append(await next_message(socket))
    return messages
