"""Who gets a place at the LAN door, and who has to make room."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from companion.frontends.http.listener import (
    MOST_KNOWN,
    MOST_OF_ONE_DEVICE,
    MOST_REQUESTS_OF_A_STRANGER,
    MOST_STRANGERS,
    MOST_STRANGERS_OF_ONE_ADDRESS,
    MOST_STRANGERS_OF_ONE_NETWORK,
    STRANGER_SECONDS,
    Places,
)


class Door:
    """Places whose connections are real sockets, at a time that the test sets."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.places = Places(lambda: self.now)
        self.ended: list[int] = []
        self.open: list[tuple[asyncio.Protocol, socket.socket]] = []

    def connect(self, address: str, device: int | None = None) -> int:
        """Connect; returns the connection's number."""
        number, protocol = len(self.open), asyncio.Protocol()
        connection = socket.socket()
        self.open.append((protocol, connection))
        self.places.take(protocol, connection, address, lambda: self.ended.append(number))
        if device is not None:
            self.places.welcome(protocol, device)
        return number


@pytest.fixture
def door() -> Iterator[Door]:
    door = Door()
    yield door
    for _, connection in door.open:
        connection.close()


@pytest.mark.parametrize(
    ("addresses", "most"),
    [
        (["192.168.1.5"], MOST_STRANGERS_OF_ONE_ADDRESS),
        ([f"2001:db8::{n:x}" for n in range(1, 99)], MOST_STRANGERS_OF_ONE_NETWORK),
        ([f"10.0.{n}.1" for n in range(250)], MOST_STRANGERS),
    ],
)
def test_of_too_many_strangers_the_oldest_goes(door: Door, addresses: list[str], most: int) -> None:
    for n in range(most + 3):
        door.connect(addresses[n % len(addresses)])
    assert door.ended == [0, 1, 2]


def test_strangers_take_no_place_of_a_device(door: Door) -> None:
    known = [door.connect("192.168.1.5", device=1) for _ in range(MOST_OF_ONE_DEVICE)]
    for n in range(2 * MOST_STRANGERS):
        door.connect(f"10.0.{n // 200}.{n % 200}")
    assert not set(known) & set(door.ended)
    assert len(door.ended) == MOST_STRANGERS


def test_devices_have_so_many_places(door: Door) -> None:
    for _ in range(MOST_OF_ONE_DEVICE + 1):
        door.connect("192.168.1.5", device=1)
    assert door.ended == [0]
    for device in range(2, 2 + MOST_KNOWN):
        door.connect("192.168.1.5", device=device)
    assert len(door.open) - len(door.ended) == MOST_KNOWN


def test_a_place_is_free_when_its_socket_is_closed(door: Door) -> None:
    for _ in range(5 * MOST_STRANGERS_OF_ONE_ADDRESS):
        door.open[door.connect("192.168.1.5")][1].close()
    assert door.ended == []


def test_time_is_up_for_strangers_only_and_not_amid_an_answer(door: Door) -> None:
    silent, known, asking = door.connect("10.0.0.1"), door.connect("10.0.0.2", device=1), door.connect("10.0.0.3")
    door.now += STRANGER_SECONDS / 2
    assert not door.places.asked(door.open[asking][0])
    door.now += STRANGER_SECONDS / 2 + 0.1
    assert door.places.asked(door.open[asking][0]), "its answer is the last one"
    assert not door.places.asked(door.open[known][0])
    door.places.sweep()
    assert door.ended == [silent]
    door.now += STRANGER_SECONDS
    door.places.asked(door.open[asking][0])
    door.places.sweep()
    assert door.ended == [silent, asking], "nobody stays by asking again and again"


def test_a_stranger_asks_so_often_on_one_connection(door: Door) -> None:
    stranger, known = door.connect("10.0.0.1"), door.connect("10.0.0.2", device=1)
    last = [door.places.asked(door.open[stranger][0]) for _ in range(MOST_REQUESTS_OF_A_STRANGER)]
    assert last == [False] * (MOST_REQUESTS_OF_A_STRANGER - 1) + [True]
    assert not any(door.places.asked(door.open[known][0]) for _ in range(2 * MOST_REQUESTS_OF_A_STRANGER))


def test_a_revoked_device_is_cut_but_for_the_connection_that_has_yet_to_be_answered(door: Door) -> None:
    first, second, other = door.connect("10.0.0.1", 1), door.connect("10.0.0.1", 1), door.connect("10.0.0.1", 2)
    door.places.release(door.open[second][0])
    door.places.cut(1)
    assert door.ended == [first]
    door.now += STRANGER_SECONDS + 1
    door.places.sweep()
    assert door.ended == [first, second]
    assert other not in door.ended
