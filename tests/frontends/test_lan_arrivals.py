"""How often connections from the LAN are taken, and from whom."""

import pytest

from companion.frontends.http.arrivals import (
    MOST_AT_ONCE,
    MOST_KNOWN,
    MOST_NETWORKS,
    MOST_STRANGERS_AT_ONCE,
    PER_SECOND,
    STRANGERS_PER_SECOND,
    Arrivals,
)

PHONE, STRANGER = "192.168.1.5", "192.168.1.66"


class Door:
    """Arrivals at a time that the test sets."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.arrivals = Arrivals(lambda: self.now)

    def taken(self, tries: int, *addresses: str) -> int:
        """Of so many connections from these addresses, in turn, how many are taken."""
        return sum(self.arrivals.take(addresses[n % len(addresses)]) for n in range(tries))


@pytest.fixture
def door() -> Door:
    return Door()


def test_one_address_has_so_many_at_once_and_so_many_each_second(door: Door) -> None:
    assert door.taken(1000, STRANGER) == MOST_AT_ONCE
    door.now += 10
    assert door.taken(1000, STRANGER) == 10 * PER_SECOND
    assert door.taken(10, PHONE) == 10, "its neighbour has its own"
    door.now += 3600
    assert door.taken(1000, STRANGER) == MOST_AT_ONCE, "they do not add up"


def test_what_was_refused_is_not_counted(door: Door) -> None:
    door.taken(1000, STRANGER)
    for _ in range(10):
        door.now += 1 / PER_SECOND
        assert door.taken(100, STRANGER) == 1


@pytest.mark.parametrize(
    "addresses",
    [
        [f"10.0.{n // 250}.{n % 250}" for n in range(2 * MOST_NETWORKS)],
        [f"2001:db8:{n:x}::1" for n in range(2 * MOST_NETWORKS)],
    ],
)
def test_many_addresses_have_no_more_than_their_budget_together(door: Door, addresses: list[str]) -> None:
    assert door.taken(5000, *addresses) == MOST_STRANGERS_AT_ONCE
    door.now += 10
    assert door.taken(5000, *addresses) == 10 * STRANGERS_PER_SECOND


def test_the_addresses_that_one_machine_can_choose_are_one(door: Door) -> None:
    assert door.taken(1000, *(f"2001:db8::{n:x}" for n in range(1, 1000))) == MOST_AT_ONCE


@pytest.mark.parametrize("phone", [PHONE, "2001:db8::5"])
def test_a_known_address_is_taken_whatever_strangers_do(door: Door, phone: str) -> None:
    door.arrivals.remember(phone)
    door.taken(100, *(f"2001:db8::{n:x}" for n in range(0x10, 0x80)))
    door.taken(200, STRANGER, "192.168.1.67")
    assert door.taken(1000, phone) == MOST_AT_ONCE, "though it is one more address of the strangers' network"
    assert door.taken(1, "192.168.1.99") == 0, "unlike a stranger's"
    door.now += 2
    assert door.taken(1000, phone) == 2 * PER_SECOND
    door.arrivals.remember(phone)
    assert door.taken(1, phone) == 0, "showing itself gives it nothing anew"


def test_a_known_address_is_forgotten_for_newer_ones_only(door: Door) -> None:
    door.arrivals.remember(PHONE)
    for n in range(MOST_KNOWN):
        door.arrivals.remember(f"10.0.{n // 250}.{n % 250}")
        if n < MOST_KNOWN - 1:
            door.arrivals.remember(PHONE)
    door.taken(1000, STRANGER, "192.168.1.67")
    assert door.taken(1, PHONE) == 1, "it was seen a moment ago"
    assert door.taken(1, "10.0.0.0") == 0, "that one longest ago"


@pytest.mark.parametrize("address", ["127.0.0.1", "127.5.0.1", "::1"])
def test_programs_on_this_pc_are_not_counted(door: Door, address: str) -> None:
    assert door.taken(1000, address) == 1000
