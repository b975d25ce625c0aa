"""The event bus: order, overflow, and coming back after a gap."""

import dataclasses

from companion.kernel.bus import HISTORY, Bus, Event


@dataclasses.dataclass(frozen=True)
class Happened(Event):
    number: int


@dataclasses.dataclass(frozen=True)
class Other(Event):
    text: str


async def test_each_subscriber_gets_its_kinds_in_order() -> None:
    bus = Bus()
    numbers, everything = bus.subscribe(Happened), bus.subscribe()
    for number in range(3):
        bus.publish(Happened(number))
    bus.publish(Other("x"))
    assert [(await numbers.get()).event for _ in range(3)] == [Happened(0), Happened(1), Happened(2)]
    assert [(await everything.get()).type for _ in range(4)] == ["Happened", "Happened", "Happened", "Other"]


async def test_overflow_drops_the_oldest_and_says_so_once() -> None:
    bus = Bus()
    slow = bus.subscribe(size=2)
    for number in range(5):
        bus.publish(Happened(number))
    assert slow.take_missed() == 3
    assert slow.take_missed() == 0
    assert [(await slow.get()).event for _ in range(2)] == [Happened(3), Happened(4)]


async def test_an_unsubscribed_reader_gets_nothing_more() -> None:
    bus = Bus()
    reader = bus.subscribe()
    bus.unsubscribe(reader)
    bus.unsubscribe(reader)
    bus.publish(Happened(1))
    assert bus.latest(Happened) == Happened(1)
    assert reader.take_missed() == 0


def test_history_resumes_without_gap_or_says_that_it_cannot() -> None:
    bus = Bus()
    start = bus.last_id
    for number in range(10):
        bus.publish(Happened(number))
    resumed = bus.since(start + 4)
    assert resumed is not None
    assert [envelope.event for envelope in resumed] == [Happened(number) for number in range(4, 10)]
    assert list(bus.since(bus.last_id) or []) == []
    for number in range(HISTORY):
        bus.publish(Happened(number))
    assert bus.since(start + 4) is None
    assert bus.since(bus.last_id + 1) is None, "an id from the future belongs to another run"


def test_an_envelope_becomes_plain_json() -> None:
    bus = Bus()
    bus.publish(Other("a"))
    (envelope,) = bus.since(bus.last_id - 1) or []
    assert envelope.as_json() == {
        "id": bus.last_id,
        "ts": envelope.ts,
        "type": "Other",
        "payload": {"text": "a"},
    }
