"""The event bus: order, overflow, and coming back after a gap."""

import asyncio
import dataclasses
import gc
import json
import tracemalloc
from typing import ClassVar, Self

import pytest

from companion.kernel.bus import HISTORY, Bus, Event, WatchChanged
from companion.kernel.scope import Scope


@dataclasses.dataclass(frozen=True)
class Happened(Event):
    number: int


@dataclasses.dataclass(frozen=True)
class Other(Event):
    text: str


@dataclasses.dataclass(frozen=True)
class Secret(Event):
    audience: ClassVar[Scope] = Scope.ADMIN
    is_state: ClassVar[bool] = True

    text: str


@dataclasses.dataclass(frozen=True)
class Turned(Event):
    is_state: ClassVar[bool] = True

    place: str


@dataclasses.dataclass(frozen=True)
class Written(Event):
    is_state: ClassVar[bool] = True

    path: str

    def for_viewers(self) -> Self:
        return dataclasses.replace(self, path="")


@dataclasses.dataclass(frozen=True)
class Level(Event):
    transient: ClassVar[bool] = True
    watch: ClassVar[str] = "levels"

    db: float


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


async def test_the_text_is_the_same_and_made_once() -> None:
    bus = Bus()
    reader, another = bus.subscribe(), bus.subscribe()
    bus.publish(Other("ü\u2028"))
    envelope = await reader.get()
    assert json.loads(envelope.text) == envelope.as_json()
    assert "\n" not in envelope.text
    assert (await another.get()).text is envelope.text


async def test_those_who_only_look_are_told_less_and_share_one_text_too() -> None:
    bus = Bus()
    start = bus.last_id
    one, two, acting = (bus.subscribe(audience=scope) for scope in (Scope.VIEW, Scope.VIEW, Scope.CONTROL))
    bus.publish(Written("/home/anna/a.mkv"))
    bus.publish(Other("a"))
    seen = await one.get()
    assert (seen.event, (await acting.get()).event) == (Written(""), Written("/home/anna/a.mkv"))
    assert (await two.get()).text is seen.text
    assert (await one.get()).text is (await acting.get()).text, "what is the same for all is made once for all"
    for scope, path in ((Scope.VIEW, ""), (Scope.CONTROL, "/home/anna/a.mkv")):
        assert bus.states(scope) == [Written(path)]
        assert [envelope.event for envelope in bus.since(start, scope) or []] == [Written(path), Other("a")]


async def test_what_is_kept_is_kept_without_its_text() -> None:
    bus = Bus()
    start, reader = bus.last_id, bus.subscribe()
    studio = Turned("its scenes are the same in each of many states; " * 500)

    tracemalloc.start()
    try:
        for _ in range(HISTORY):
            bus.publish(dataclasses.replace(studio))
            assert studio.place in (await reader.get()).text
        assert sum(studio.place in envelope.text for envelope in bus.since(start) or []) == HISTORY
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 2_000_000, f"{held / 1e6:.1f} MB"


async def test_an_audience_sees_no_more_than_it_may() -> None:
    bus = Bus()
    start = bus.last_id
    admin, control = bus.subscribe(), bus.subscribe(audience=Scope.CONTROL)
    named = bus.subscribe(Secret, audience=Scope.VIEW)
    for event in (Secret("a"), Turned("on"), Secret("b"), Other("c")):
        bus.publish(event)
    assert [(await admin.get()).type for _ in range(4)] == ["Secret", "Turned", "Secret", "Other"]
    assert [(await control.get()).type for _ in range(2)] == ["Turned", "Other"]
    resumed = bus.since(start, Scope.CONTROL)
    assert resumed is not None
    assert [(envelope.id - start, envelope.type) for envelope in resumed] == [(2, "Turned"), (4, "Other")]
    assert bus.states(Scope.ADMIN) == [Secret("b"), Turned("on")]
    assert bus.states(Scope.CONTROL) == [Turned("on")]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await named.get()


async def test_transient_events_reach_only_those_who_watch_and_are_not_kept() -> None:
    bus = Bus()
    bus.publish(Other("kept"))
    start = bus.last_id
    plain, watching, kind = bus.subscribe(), bus.subscribe(watch={"levels"}), bus.subscribe(Level)
    bus.publish(Level(-3.0))
    bus.publish(Other("next"))
    assert (await plain.get()).event == Other("next")
    first, second = await watching.get(), await watching.get()
    assert [(e.id, e.event) for e in (first, second)] == [(start, Level(-3.0)), (start + 1, Other("next"))]
    assert (await kind.get()).event == Level(-3.0)
    assert [envelope.event for envelope in bus.since(start) or []] == [Other("next")]
    assert bus.latest(Level) == Level(-3.0)


async def test_the_first_watcher_and_the_last_are_told() -> None:
    bus = Bus()
    told = bus.subscribe(WatchChanged)
    assert not bus.watched("levels")
    one, two = bus.subscribe(watch={"levels"}), bus.subscribe(watch={"levels", "stats"})
    assert bus.watched("levels")
    assert bus.watched("stats")
    bus.unsubscribe(one)
    assert bus.watched("levels")
    bus.unsubscribe(one)
    bus.unsubscribe(two)
    assert not bus.watched("levels")
    got = [(await told.get()).event for _ in range(4)]
    assert got[0] == WatchChanged("levels", watched=True)
    assert set(got[1:]) == {
        WatchChanged("stats", watched=True),
        WatchChanged("levels", watched=False),
        WatchChanged("stats", watched=False),
    }


async def test_a_reader_may_take_all_that_waits() -> None:
    bus = Bus()
    slow = bus.subscribe(size=2)
    for number in range(5):
        bus.publish(Happened(number))
    assert [envelope.event for envelope in slow.take_waiting()] == [Happened(3), Happened(4)]
    assert slow.take_waiting() == []
    bus.publish(Happened(5))
    assert (await slow.get()).event == Happened(5)
