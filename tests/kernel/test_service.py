"""The supervisor: order, restarts, failures, and an end that does not hang."""

import asyncio
import dataclasses

import pytest

from companion.kernel.bus import Bus
from companion.kernel.errors import Failed
from companion.kernel.service import CRASHES_ALLOWED, Ready, Supervisor
from companion.kernel.status import Health, StatusBoard


@dataclasses.dataclass
class Loop:
    """A real service that writes down what happens to it."""

    name: str
    diary: list[str]
    essential: bool = False
    crashes: int = 0
    deaf: bool = False

    async def run(self, ready: Ready) -> None:
        self.diary.append(f"{self.name} starts")
        if self.crashes:
            self.crashes -= 1
            raise Failed("broken", f"{self.name} is broken.")
        ready()
        try:
            await asyncio.Event().wait()
        finally:
            self.diary.append(f"{self.name} stops")
            if self.deaf:
                await asyncio.sleep(60)


async def run_until_ready(services: list[Loop], board: StatusBoard | None = None) -> StatusBoard:
    board = board or StatusBoard(Bus())
    stop = asyncio.Event()
    supervisor = Supervisor(services, board, backoff_seconds=(0.0,), stop_seconds=0.2)
    await supervisor.run(stop, stop.set)
    return board


async def test_services_start_in_order_and_stop_in_reverse() -> None:
    diary: list[str] = []
    await run_until_ready([Loop("a", diary), Loop("b", diary)])
    assert diary == ["a starts", "b starts", "b stops", "a stops"]


async def test_a_crashed_service_is_restarted() -> None:
    diary: list[str] = []
    stop = asyncio.Event()
    board = StatusBoard(Bus())

    async def until_running() -> None:
        while diary.count("a starts") < 3:
            await asyncio.sleep(0)
        stop.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(until_running())
        await Supervisor([Loop("a", diary, crashes=2)], board, backoff_seconds=(0.0,)).run(stop)
    assert diary == ["a starts"] * 3 + ["a stops"]


async def test_one_that_runs_again_is_not_shown_as_being_restarted() -> None:
    class Coming(Loop):
        async def run(self, ready: Ready) -> None:
            def is_ready() -> None:
                ready()
                stop.set()

            await super().run(is_ready)

    stop, board = asyncio.Event(), StatusBoard(Bus())
    await Supervisor([Coming("a", [], crashes=1)], board, backoff_seconds=(0.0,)).run(stop)
    shown = board.get("a")
    assert shown is not None
    assert (shown.state, shown.health) == ("running", Health.OK)


async def test_one_that_keeps_crashing_is_marked_failed_and_the_rest_goes_on() -> None:
    diary: list[str] = []
    stop = asyncio.Event()
    board = StatusBoard(Bus())

    async def until_failed() -> None:
        while (component := board.get("bad")) is None or component.state != "failed":
            await asyncio.sleep(0)
        stop.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(until_failed())
        services = [Loop("bad", diary, crashes=99), Loop("good", diary)]
        await Supervisor(services, board, backoff_seconds=(0.0,)).run(stop)
    assert diary.count("bad starts") == CRASHES_ALLOWED
    assert diary.count("good stops") == 1
    failed = board.get("bad")
    assert failed is not None
    assert (failed.health, failed.detail) == (Health.FAILED, "bad is broken.")


async def test_a_crash_within_a_task_group_is_told_in_its_own_words() -> None:
    class Grouped(Loop):
        async def run(self, ready: Ready) -> None:
            async with asyncio.TaskGroup() as group:
                group.create_task(super().run(ready))

    stop = asyncio.Event()
    board = StatusBoard(Bus())
    async with asyncio.TaskGroup() as group:
        group.create_task(Supervisor([Grouped("bad", [], crashes=1)], board, backoff_seconds=(60.0,)).run(stop))
        async with asyncio.timeout(20):
            while (component := board.get("bad")) is None:
                await asyncio.sleep(0)
        stop.set()
    assert component.detail.startswith("bad is broken.")


async def test_an_essential_service_takes_the_app_down_with_its_error() -> None:
    diary: list[str] = []
    with pytest.raises(Failed, match="needed is broken"):
        await run_until_ready([Loop("a", diary), Loop("needed", diary, essential=True, crashes=1)])
    assert diary == ["a starts", "needed starts", "a stops"]


async def test_a_service_that_will_not_stop_is_left_behind() -> None:
    diary: list[str] = []
    await asyncio.wait_for(run_until_ready([Loop("a", diary), Loop("deaf", diary, deaf=True)]), 20)
    assert diary[-1] == "a stops"


async def test_the_board_keeps_since_while_the_state_stays_and_publishes_only_news() -> None:
    bus = Bus()
    board = StatusBoard(bus)
    before = bus.last_id
    board.set("x", "on", Health.OK, "one")
    first = board.get("x")
    board.set("x", "on", Health.OK, "two")
    second = board.get("x")
    board.set("x", "on", Health.OK, "two")
    assert first is not None
    assert second is not None
    assert (second.since, second.detail) == (first.since, "two")
    assert bus.last_id - before == 2
