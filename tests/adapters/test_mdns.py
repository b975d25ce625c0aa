"""Being found by name is a comfort: what keeps it from that is said, and the door opens all the same."""

import asyncio
import os

import psutil
import pytest
from zeroconf.asyncio import AsyncZeroconf

from companion.adapters import mdns
from companion.adapters.mdns import SERVICE, advertised

HERE = "127.0.0.1"
PC = f"pc-{os.getpid()}"


@pytest.fixture(autouse=True)
def own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that no other companion has: one that is tested at the same time would take it, and leave with it."""
    monkeypatch.setattr("companion.adapters.mdns.host_name", lambda: PC)


async def test_it_can_be_found_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mdns, "SECONDS", 60.0)
    async with advertised([HERE], 3124, tls=True) as problem:
        assert problem == ""
        asking = AsyncZeroconf(interfaces=[HERE])
        try:
            name = f"FluxBoard Companion on {PC}.{SERVICE}"
            found = await asking.async_get_service_info(SERVICE, name, timeout=60_000)
            assert found is not None
            assert (found.port, found.parsed_addresses()) == (3124, [HERE])
            assert mdns_ports() > 0
            assert found.properties == {b"tls": b"1", b"path": b"/"}, "and nothing else"
        finally:
            await asking.async_close()


# zeroconf does not close the socket that it could not use.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_an_address_that_is_gone_is_said() -> None:
    async with advertised(["203.0.113.7"], 3124, tls=True) as problem:
        assert "cannot be found by name" in problem
        assert "addresses work" in problem


async def test_a_network_that_is_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    before = mdns_ports()
    monkeypatch.setattr(mdns, "SECONDS", 0.05)  # asking whether the name is free takes longer
    async with asyncio.timeout(20):
        async with advertised([HERE], 3124, tls=True) as problem:
            assert "no answer within" in problem
            monkeypatch.undo()  # closing takes what it takes
    assert mdns_ports() == before, "nothing of it holds the port any more"


async def test_a_goodbye_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    before = mdns_ports()
    hangs, said = asyncio.Event(), AsyncZeroconf.async_unregister_all_services

    async def hang(zeroconf: AsyncZeroconf) -> None:
        monkeypatch.setattr(AsyncZeroconf, "async_unregister_all_services", said)
        await hangs.wait()

    monkeypatch.setattr(AsyncZeroconf, "async_unregister_all_services", hang)
    assert mdns.GOODBYE_SECONDS + mdns.CLOSE_SECONDS <= 2, "the door is opened again, or the companion ends, after it"
    monkeypatch.setattr(mdns, "GOODBYE_SECONDS", 0.05)
    async with asyncio.timeout(20):
        async with advertised([HERE], 3124, tls=True):
            pass
    assert mdns_ports() == before, "nothing of it holds the port any more"


def mdns_ports() -> int:
    """How many sockets this process has on mDNS's port."""
    return sum(connection.laddr[1:] == (5353,) for connection in psutil.Process().net_connections("udp"))
