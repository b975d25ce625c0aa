"""What is told of refusals: each kind by its name, with its count, and never without bounds."""

import asyncio

import pytest

from companion.domain import denials
from companion.domain.denials import LONGEST_TOLD, MOST_DENIALS, MOST_DENIALS_OF_ONE_ORIGIN, Denials
from companion.domain.events import AccessDenied
from companion.features.security import LONGEST_TEXT
from companion.kernel.bus import Bus, Envelope

HERE = "192.168.1.5"


class Door:
    """Refuses, and hears what is told of that."""

    def __init__(self) -> None:
        bus = Bus()
        self._heard = bus.subscribe(AccessDenied, size=4096)
        self.denials = Denials(bus, "phone")

    def refuse(self, route: str, what: str = "", address: str = HERE) -> None:
        self.denials.note(AccessDenied("phone", address, "Phone", what or route, "unauthorized"), route)

    async def next(self) -> tuple[str, int]:
        """What is told next, and how many times it was."""
        async with asyncio.timeout(10):
            return _short(await self._heard.get())

    def told(self) -> list[tuple[str, int]]:
        return [_short(envelope) for envelope in self._heard.take_waiting()]

    def addresses(self) -> list[str]:
        return [_denied(envelope).address for envelope in self._heard.take_waiting()]

    def actors(self) -> list[str]:
        return [_denied(envelope).actor for envelope in self._heard.take_waiting()]


def _denied(envelope: Envelope) -> AccessDenied:
    assert isinstance(envelope.event, AccessDenied)
    return envelope.event


def _short(envelope: Envelope) -> tuple[str, int]:
    return _denied(envelope).what, _denied(envelope).times


async def test_what_a_minute_counted_last_is_told_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(denials, "WINDOW_SECONDS", 0.05)
    door = Door()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(door.denials.run())
        door.refuse("GET /api/clips")
        for n in range(7):
            door.refuse("DELETE /api/clips/{id}", f"DELETE /api/clips/{n}")
        assert door.told() == [("GET /api/clips", 1), ("DELETE /api/clips/0", 1)]
        assert await door.next() == ("DELETE /api/clips/6", 7)
        door.refuse("DELETE /api/clips/{id}", "DELETE /api/clips/8")
        assert await door.next() == ("DELETE /api/clips/8", 1), "the next minute begins anew"
        door.refuse("DELETE /api/clips/{id}", "DELETE /api/clips/9")
        task.cancel()
    assert door.told() == [("DELETE /api/clips/9", 2)], "a door that is shut forgets nothing"


async def test_a_flood_is_told_at_each_power_of_ten() -> None:
    door = Door()
    for _ in range(1500):
        door.refuse("GET /api/clips")
    assert door.told() == [("GET /api/clips", times) for times in (1, 10, 100, 1000)]


async def test_what_one_address_tries_beyond_so_many_routes_is_told_together() -> None:
    door = Door()
    for n in range(MOST_DENIALS_OF_ONE_ORIGIN + 10):
        door.refuse(f"GET /{n}")
    named = [(f"GET /{n}", 1) for n in range(MOST_DENIALS_OF_ONE_ORIGIN)]
    assert door.told() == [*named, ("other requests", 1), ("other requests", 10)]
    door.refuse("GET /0", address="192.168.1.6")
    assert door.told() == [("GET /0", 1)], "its neighbour is told by name"


async def test_strangers_do_not_choose_the_size_of_what_is_told() -> None:
    door = Door()
    for _ in range(10):
        door.refuse("", f"GET /{'x' * 32_000}")
    told = f"GET /{'x' * 32_000}"[:LONGEST_TOLD]
    assert door.told() == [(told, 1), (told, 10)]
    assert len(f"{told} (1000000000 times)") <= LONGEST_TEXT, "the audit log cuts no count off"
    door.denials.note(AccessDenied("phone", HERE, "A" * 32_000, "GET /", "unauthorized"), "GET /")
    assert door.actors() == ["A" * LONGEST_TOLD]


async def test_the_addresses_that_one_machine_can_choose_are_one() -> None:
    door = Door()
    for n in range(1, 13):
        door.refuse("GET /", address=f"2001:db8::{n:x}")
    assert door.addresses() == ["2001:db8::1", "2001:db8::a"], "the first and the tenth"


async def test_more_addresses_than_can_be_told_are_one() -> None:
    door = Door()
    for n in range(MOST_DENIALS + 100):
        door.refuse("GET /", address=f"10.0.{n // 250}.{n % 250}")
    named = [f"10.0.{n // 250}.{n % 250}" for n in range(MOST_DENIALS)]
    assert door.addresses() == [*named, *["many addresses"] * 3]
