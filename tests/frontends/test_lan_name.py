"""The door's name in the LAN: a comfort that holds up nothing, neither shutting the door nor following the PC."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import aiohttp
import pytest

from companion.frontends.http import lan
from tests.frontends.phones import NO_KEYRING, LanDoor, lan_door

pytestmark = pytest.mark.slow

ELSEWHERE = "127.0.0.2"


class Network:
    """Stands for multicast DNS: tells what the test says, and a goodbye takes as long as the test wants."""

    def __init__(self) -> None:
        self.problem = ""
        self.named: list[list[str]] = []
        self.leaving = 0
        self.goodbye = asyncio.Event()
        self.goodbye.set()

    @contextlib.asynccontextmanager
    async def advertised(self, addresses: Sequence[str], port: int, *, tls: bool) -> AsyncIterator[str]:
        self.named.append(list(addresses))
        try:
            yield self.problem
        finally:
            self.leaving += 1
            await self.goodbye.wait()

    async def until_named(self, times: int) -> None:
        async with asyncio.timeout(30):
            while len(self.named) < times:
                await asyncio.sleep(0.02)

    async def until_left(self, times: int) -> None:
        async with asyncio.timeout(30):
            while self.leaving < times:
                await asyncio.sleep(0.02)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    found = Network()
    monkeypatch.setenv(*next(iter(NO_KEYRING.items())))
    monkeypatch.setattr(lan, "advertised", found.advertised)
    monkeypatch.setattr(lan, "ADDRESSES_SECONDS", 0.05)
    monkeypatch.setattr(lan, "RETRY_SECONDS", 0.2)
    return found


@pytest.fixture
async def door(network: Network, tmp_path: Path) -> AsyncIterator[LanDoor]:
    async with lan_door(tmp_path) as found:
        yield found
        network.goodbye.set()


async def test_the_door_is_shut_however_long_the_goodbye_takes(network: Network, door: LanDoor) -> None:
    phone, port = await door.paired(), door.lan.port
    await network.until_named(1)
    async with phone.stream() as stream:
        await stream.content.readuntil(b"\n\n")
        network.goodbye.clear()
        await door.do("lan.switch", on=False)
        await door.until_state("off")
        assert (await door.do("lan.show")).state == "off"
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(10):
            with contextlib.suppress(aiohttp.ClientPayloadError):
                await stream.content.read(-1)
    await network.until_left(1)
    await door.do("lan.switch", on=True)
    await asyncio.sleep(0.2)
    assert door.lan.state == "off", "a late goodbye would withdraw the new name"
    network.goodbye.set()
    await door.until_state("listening")
    await network.until_named(2)


async def test_a_new_address_is_served_however_long_the_old_ones_goodbye_takes(network: Network, door: LanDoor) -> None:
    await network.until_named(1)
    network.goodbye.clear()
    door.addresses[:] = [ELSEWHERE]
    async with asyncio.timeout(30):
        while not any(ELSEWHERE in url for url in door.lan.urls):
            await asyncio.sleep(0.02)
    trusted = ssl.create_default_context(cafile=str(door.folder / "data" / "lan" / "authority.crt"))
    url = f"https://{ELSEWHERE}:{door.lan.port}/trust"
    async with aiohttp.ClientSession() as phone, phone.get(url, ssl=trusted) as answer:
        assert answer.status == 200
    assert network.named == [["127.0.0.1"]]
    network.goodbye.set()
    await network.until_named(2)
    assert network.named[1] == [ELSEWHERE]


async def test_a_name_that_could_not_be_told_is_tried_again(
    network: Network, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    network.problem = "It cannot be found by name."
    async with lan_door(tmp_path) as door:
        await network.until_named(4)
        assert network.problem in door.lan.detail
        assert door.lan.state == "listening"
        assert caplog.messages.count(network.problem) == 1, "it is logged once"
        network.problem = ""
        async with asyncio.timeout(30):
            while "by name" in door.lan.detail:
                await asyncio.sleep(0.02)
        tried = len(network.named)
        await asyncio.sleep(0.5)
        assert len(network.named) == tried, "and then it stays"
