"""Strangers who connect without end: they keep nobody else from the door."""

import asyncio
import contextlib
import ipaddress
import socket
import threading
import time
from collections.abc import AsyncIterator

import pytest

from companion.frontends.http import arrivals, listener
from companion.frontends.http.listener import BACKLOG, Listener, Places, open_sockets

PHONE, STRANGER = "127.0.7.2", "127.0.7.1"
FLOOD, AT_ONCE = 10_000, 10


class Door:
    """A listener that greets whom it takes."""

    def __init__(self) -> None:
        self.places = Places()
        self.places.arrivals.remember(PHONE)
        self.refused: list[str] = []
        self._sockets = open_sockets(0)
        self.port = int(self._sockets[0].getsockname()[1])
        self._listener = Listener(_Greeting, None, self.places, self.refused.append)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._listener.run(self._sockets))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})

    def connect(self, address: str) -> socket.socket:
        """A connection from `address`, which the system makes: the door need not have taken it yet."""
        connection = socket.socket()
        connection.bind((address, 0))
        connection.settimeout(0)
        connection.connect_ex(("127.0.0.1", self.port))
        return connection

    def flood(self, over: threading.Event) -> None:
        """Connect from one address, 1000 times each second at most, until it is over: after so many in any case."""
        for _ in range(FLOOD // AT_ONCE):
            waiting = [self.connect(STRANGER) for _ in range(AT_ONCE)]
            time.sleep(AT_ONCE / 1000)
            for connection in waiting:
                connection.close()
            if over.is_set():
                return
        over.set()


class _Greeting(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"hello")
        transport.close()


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    monkeypatch.setattr(arrivals, "THIS_PC", (ipaddress.ip_network("127.0.0.1/32"),))
    monkeypatch.setattr(arrivals, "MOST_STRANGERS_AT_ONCE", 0)
    monkeypatch.setattr(arrivals, "STRANGERS_PER_SECOND", 0.0)
    return Door()


async def greeted(connection: socket.socket) -> bool:
    with connection:
        async with asyncio.timeout(30):
            return await asyncio.get_running_loop().sock_recv(connection, 5) == b"hello"


async def test_all_who_wait_are_looked_at_before_the_door_pauses(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "REFUSED_PAUSE_SECONDS", 3600.0)
    with contextlib.ExitStack() as strangers:
        for _ in range(BACKLOG - 1):
            strangers.enter_context(door.connect(STRANGER))
        phone = door.connect(PHONE)
        async with door.open():
            assert await greeted(phone)
            assert door.refused == [STRANGER] * (BACKLOG - 1)


@pytest.mark.slow
async def test_a_phone_gets_in_during_a_flood(door: Door) -> None:
    over = threading.Event()
    async with door.open():
        flood = asyncio.create_task(asyncio.to_thread(door.flood, over))
        try:
            async with asyncio.timeout(10):
                while len(door.refused) < 2 * BACKLOG:
                    await asyncio.sleep(0.01)
            for _ in range(10):
                assert await greeted(door.connect(PHONE))
            assert not over.is_set(), "it got in during the flood, not after it"
        finally:
            over.set()
            await flood
