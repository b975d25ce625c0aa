"""Macros: kept, run step by step, cancelled, refused where they would do what their author or runner may not."""

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from companion.adapters.database import Database
from companion.domain.events import MacroChanged, MacroDeleted
from companion.domain.models import Macro
from companion.domain.settings import Settings
from companion.features.macros import MACROS, MacroInfo, Macros
from companion.features.quick import Quick
from companion.kernel.actions import DEEP, ActionInvoked, Caller, Registry, Scope
from companion.kernel.bus import Bus, Event
from companion.kernel.errors import CompanionError, Conflict, Failed, NotAllowed, NotFound, Refused
from tests.features.pad import PHONE, Pad, Phones
from tests.obs_link import until

STREAMER = Caller("http", Scope.ADMIN, "test")
AGREED = dataclasses.replace(STREAMER, agreed=True)
OWNER = dataclasses.replace(PHONE, scope=Scope.ADMIN)
OWES = dataclasses.replace(OWNER, owes_code=True)


class Rig:
    """Macros beside a pad, driven through the registry."""

    def __init__(self, database: Database, bus: Bus, quick: dict[str, Any]) -> None:
        self.bus = bus
        self.pad = Pad()
        self.phones = Phones(bus)
        self.macros = Macros(database, bus, lambda: self.registry)
        own = Quick(bus, lambda: Settings.model_validate(quick), lambda: self.registry)
        self.registry = Registry(bus, [self.pad, self.macros, own], self.phones.present)
        self._began = bus.last_id

    async def do(self, action: str, caller: Caller = STREAMER, /, **arguments: Any) -> Any:
        return await self.registry.invoke(action, arguments, caller)

    async def save(self, name: str, *steps: Any, caller: Caller = STREAMER, **more: Any) -> MacroInfo:
        saved = await self.do("macro.save", caller, name=name, steps=list(steps), **more)
        assert isinstance(saved, MacroInfo)
        return saved

    def events(self, kind: type[Event]) -> list[Any]:
        envelopes = self.bus.since(self._began)
        assert envelopes is not None
        return [envelope.event for envelope in envelopes if isinstance(envelope.event, kind)]


@pytest.fixture
def quick() -> dict[str, Any]:
    """The settings of quick starts and stops."""
    return {"quicklaunch": []}


@pytest.fixture
async def rig(database: Database, bus: Bus, quick: dict[str, Any]) -> AsyncIterator[Rig]:
    made = Rig(database, bus, quick)
    ready = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(made.macros.run(ready.set))
        await ready.wait()
        yield made
        task.cancel()


def press(key: str) -> dict[str, Any]:
    return {"action": "pad.press", "arguments": {"key": key}}


def run(macro: MacroInfo) -> dict[str, Any]:
    return run_of(macro.id)


def run_of(number: int) -> dict[str, Any]:
    return {"action": "macro.run", "arguments": {"id": number}}


async def _refused(work: Any, kind: type[CompanionError], code: str) -> CompanionError:
    with pytest.raises(kind) as caught:
        await work
    assert caught.value.code == code
    return caught.value


async def test_a_step_is_asked_for_at_its_turn_not_when_the_macro_was(rig: Rig) -> None:
    saved = await rig.save("Intro", press("a"))
    pressed = dataclasses.replace(STREAMER, asked_at=time.time() - 1)
    await rig.do("macro.run", pressed, id=saved.id, wait=True)
    assert [caller.asked_at for caller in rig.pad.callers] == [None]


async def test_a_macro_is_kept_and_its_steps_run_in_order(rig: Rig) -> None:
    saved = await rig.save("Intro", press("a"), {"wait": 0.15}, press("b"))
    assert [macro.name for macro in await rig.do("macro.list")] == ["Intro"]
    began = time.monotonic()
    await rig.do("macro.run", PHONE, id=saved.id, wait=True)
    assert rig.pad.pressed == ["a", "b"]
    assert time.monotonic() - began >= 0.15
    assert {(caller.door, caller.scope, caller.device) for caller in rig.pad.callers} == {("phone", Scope.CONTROL, 7)}
    assert "Intro" in rig.pad.callers[0].name
    told = [(event.running, event.step, event.outcome) for event in rig.events(MacroChanged)]
    assert told == [(False, 0, ""), (True, 1, ""), (True, 2, ""), (True, 3, ""), (False, 0, "ok")]


async def test_it_ends_at_the_first_step_that_fails_and_says_which(rig: Rig) -> None:
    saved = await rig.save("Broken", press("a"), {"action": "pad.jam"}, press("b"))
    await _refused(rig.do("macro.run", id=saved.id, wait=True), Conflict, "jammed")
    assert rig.pad.pressed == ["a"]
    last = rig.events(MacroChanged)[-1]
    assert (last.running, last.outcome, last.message) == (False, "jammed", "Step 2: The key is jammed.")


async def test_a_quick_start_that_fails_inside_ends_it_and_one_inside_a_quick_start_that(
    rig: Rig, quick: dict[str, Any]
) -> None:
    inner = await rig.save("Inner", {"action": "studio.quicklaunch"}, press("b"))
    quick["quicklaunch"] = [{"action": "pad.jam"}]
    await _refused(rig.do("macro.run", id=inner.id, wait=True), Failed, "step_failed")
    last = rig.events(MacroChanged)[-1]
    assert (last.outcome, last.message) == ("step_failed", "Step 1: Step 1 (pad.jam): The key is jammed.")
    jammed = await rig.save("Jammed", press("a"), {"action": "pad.jam"})
    quick["quicklaunch"] = [run(jammed), press("c")]
    error = await _refused(rig.do("studio.quicklaunch"), Failed, "step_failed")
    assert error.message == "Step 1 (macro.run): The key is jammed."
    assert rig.pad.pressed == ["a"], "the next step waits for the macro's end"


async def test_a_quick_stop_ends_a_macro_of_a_quick_start(rig: Rig, quick: dict[str, Any]) -> None:
    agreed = dataclasses.replace(STREAMER, agreed=True)
    quick["quickstop"] = [press("s")]
    waits = await rig.save("Waits", press("a"), {"wait": 3600}, press("b"))
    own = await rig.save("Own", {"action": "studio.quickstop"}, press("d"))
    quick["quicklaunch"] = [run(waits), press("c")]
    async with asyncio.timeout(60):
        launch = asyncio.create_task(rig.do("studio.quicklaunch"))
        await until(lambda: rig.pad.pressed == ["a"], 20, lambda: "the macro")
        await rig.do("studio.quickstop", agreed)
        error = await _refused(launch, Conflict, "quick_stopped")
        assert [step["outcome"] for step in error.details["steps"]] == ["skipped", "skipped"]
        assert rig.events(MacroChanged)[-1].outcome == "cancelled"
        quick["quicklaunch"] = [run(own), press("c")]
        error = await _refused(rig.do("studio.quicklaunch", agreed), Conflict, "quick_stopped")
    assert [step["outcome"] for step in error.details["steps"]] == ["ok", "skipped"]
    assert rig.pad.pressed == ["a", "s", "s", "d"], "one that stops by itself goes on to its end"


async def test_whoever_waits_for_it_is_told_that_it_was_cancelled(rig: Rig) -> None:
    saved = await rig.save("Long", {"action": "pad.hold"})
    waiting = asyncio.create_task(rig.do("macro.run", id=saved.id, wait=True))
    await rig.pad.holding.wait()
    await rig.do("macro.cancel", id=saved.id)
    await _refused(waiting, Conflict, "macro_cancelled")


async def test_a_run_is_cancelled_and_never_twice_at_once(rig: Rig) -> None:
    saved = await rig.save("Long", press("a"), {"action": "pad.hold"}, press("b"))
    assert (await rig.do("macro.run", id=saved.id)).running
    await until(lambda: rig.pad.pressed == ["a"], 20, lambda: "the first step")
    await _refused(rig.do("macro.run", id=saved.id), Conflict, "macro_runs")
    listed = (await rig.do("macro.list"))[0]
    assert (listed.running, listed.step) == (True, 2)
    await rig.do("macro.cancel", id=saved.id)
    await until(lambda: rig.events(MacroChanged)[-1].outcome == "cancelled", 20, lambda: "its end")
    rig.pad.held.set()
    assert rig.pad.pressed == ["a"]
    await _refused(rig.do("macro.cancel", id=saved.id), Conflict, "macro_does_not_run")
    await rig.do("macro.run", id=saved.id, wait=True)
    assert rig.pad.pressed == ["a", "a", "b"]


async def test_one_that_is_cancelled_while_it_waits_can_run_again_at_once(rig: Rig) -> None:
    saved = await rig.save("Short", {"wait": 0.5}, press("a"))
    async with asyncio.TaskGroup() as group:
        group.create_task(rig.do("macro.run", id=saved.id))
        group.create_task(_cancelled_at_once(rig, saved.id))
    await rig.do("macro.run", id=saved.id, wait=True)
    assert rig.pad.pressed == ["a"]


async def _cancelled_at_once(rig: Rig, macro_id: int) -> None:
    while not (await rig.do("macro.list"))[0].running:
        pass
    await rig.do("macro.cancel", id=macro_id)


async def test_macros_within_macros_run_in_their_place_and_none_within_itself(rig: Rig) -> None:
    inner = await rig.save("Inner", press("x"), press("y"))
    outer = await rig.save("Outer", press("a"), run(inner), press("b"))
    await rig.do("macro.run", id=outer.id, wait=True)
    assert rig.pad.pressed == ["a", "x", "y", "b"]
    assert [event.step for event in rig.events(MacroChanged)[-4:]] == [1, 2, 3, 0]
    for step in (run(outer), run(inner)):
        await _refused(rig.save("Inner", press("z"), step, id=inner.id), Conflict, "contains_itself")
    assert (await rig.do("macro.list"))[0].steps == inner.steps
    await rig.do("macro.delete", AGREED, id=inner.id)
    await _refused(rig.do("macro.run", id=outer.id), NotFound, "macro_not_found")


async def test_one_that_was_stored_within_itself_does_not_run(rig: Rig, database: Database) -> None:
    async with database.write() as session:
        session.add_all(Macro(id=number, name=str(number), steps=[run_of(3 - number)] * 2) for number in (1, 2))
    await _refused(rig.do("macro.run", id=1), Conflict, "contains_itself")
    assert [macro.confirm for macro in await rig.do("macro.list")] == [[], []]
    assert (await rig.save("2", press("a"), id=2)).name == "2", "it can be mended"
    await rig.do("macro.run", id=1, wait=True)
    assert rig.pad.pressed == ["a", "a"]


async def test_as_many_may_be_inside_one_another(rig: Rig) -> None:
    last = await rig.save("0", press("k"))
    for level in range(1, DEEP):
        last = await rig.save(str(level), run(last))
    await rig.do("macro.run", id=last.id, wait=True)
    await _refused(rig.save("too deep", run(last)), Conflict, "contains_itself")


async def test_one_that_would_grow_beyond_bounds_is_refused(rig: Rig) -> None:
    last = await rig.save("0", *[press("k")] * 10)
    for level in (1, 2):
        last = await rig.save(str(level), *[run(last)] * 10)
    await _refused(rig.do("macro.run", id=last.id), Conflict, "too_many_steps")
    await _refused(rig.save("3", run(last)), Conflict, "too_many_steps")
    assert rig.pad.pressed == []


async def test_actions_that_ask_first_are_named_and_need_an_agreement(rig: Rig) -> None:
    inner = await rig.save("Clean", {"action": "pad.erase"})
    outer = await rig.save("All", press("a"), {"action": "macro.run", "arguments": {"id": inner.id}})
    assert (inner.confirm, outer.confirm) == (["pad.erase"], ["pad.erase"])
    error = await _refused(rig.do("macro.run", id=outer.id, wait=True), Refused, "confirmation_needed")
    assert "pad.erase" in error.message
    assert rig.pad.pressed == []
    await rig.do("macro.run", AGREED, id=outer.id, wait=True)
    assert rig.pad.pressed == ["a", "erased"]


async def test_nobody_has_others_do_what_they_may_not_themselves(rig: Rig) -> None:
    await _refused(rig.save("Trap", {"action": "pad.lock"}, caller=PHONE), NotAllowed, "scope_too_low")
    saved = await rig.save("Lock", press("a"), {"action": "pad.lock"})
    await _refused(rig.do("macro.run", PHONE, id=saved.id), NotAllowed, "scope_too_low")
    assert rig.pad.pressed == []  # known before the first step
    await rig.do("macro.run", id=saved.id, wait=True)
    assert rig.pad.pressed == ["a", "locked"]


async def test_nobody_saves_administrative_steps_without_the_code_that_they_owe(rig: Rig) -> None:
    lock = {"action": "pad.lock"}
    await _refused(rig.save("Trap", press("a"), lock, caller=OWES), NotAllowed, "one_time_password_needed")
    await rig.save("Harmless", press("a"), caller=OWES)
    saved = await rig.save("Lock", lock, caller=OWNER)
    rig.phones.change(7, owes_code=True)
    await _refused(rig.do("macro.run", OWNER, id=saved.id), NotAllowed, "one_time_password_needed")
    assert rig.pad.pressed == []


async def test_what_is_inside_counts_as_well(rig: Rig) -> None:
    inner = await rig.save("Lock", press("a"), {"action": "pad.lock"})
    for caller, code in ((PHONE, "scope_too_low"), (OWES, "one_time_password_needed")):
        await _refused(rig.save("Clip", run(inner), caller=caller), NotAllowed, code)
        planted: dict[str, Any] = {"action": "pad.lock"}
        for level in range(60):  # as deep as JSON goes
            planted = {"action": "macro.save", "arguments": {"name": f"Deep {level}", "steps": [planted]}}
            if level in (0, 3, 59):
                await _refused(rig.save("Clip", planted, caller=caller), NotAllowed, code)
    assert [macro.name for macro in await rig.do("macro.list")] == ["Lock"]
    await rig.save("Clip", run(inner))


async def test_administrative_steps_are_told_for_the_record(rig: Rig) -> None:
    lock = {"action": "pad.lock"}
    inner = await rig.save("Lock", press("a"), lock, lock, caller=OWNER)
    await rig.save("Outer", run(inner), caller=OWNER)
    planted = {"action": "macro.save", "arguments": {"name": "Later", "steps": [lock]}}
    await rig.save("Planted", planted, caller=OWNER)
    await rig.save("Harmless", press("a"), caller=OWNER)
    told = [(event.subject, event.administrative, event.device) for event in rig.events(ActionInvoked)]
    assert told == [
        ("Lock: pad.lock", True, 7),
        ("Outer: pad.lock", True, 7),
        ("Planted: macro.save", True, 7),
        ("", False, 7),
    ]


async def test_a_run_ends_when_the_phone_that_began_it_is_revoked(rig: Rig) -> None:
    saved = await rig.save("Long", press("a"), {"wait": 3600}, press("b"))
    await rig.do("macro.run", PHONE, id=saved.id)
    await until(lambda: rig.pad.pressed == ["a"], 20, lambda: "the first step")
    rig.phones.revoke(8)  # another one
    await asyncio.sleep(0.05)
    assert (await rig.do("macro.list"))[0].running
    rig.phones.revoke(7)
    await until(lambda: rig.events(MacroChanged)[-1].outcome == "device_revoked", 20, lambda: "its end")
    assert not (await rig.do("macro.list"))[0].running
    assert rig.pad.pressed == ["a"]
    await _refused(rig.do("macro.run", PHONE, id=saved.id), NotAllowed, "device_revoked")


@pytest.mark.parametrize(
    ("rights", "code"),
    [
        ({"scope": Scope.CONTROL}, "scope_too_low"),
        ({"owes_code": True}, "one_time_password_needed"),
        ({"scope": Scope.ADMIN}, "ok"),
    ],
)
async def test_a_phone_may_do_each_step_when_its_turn_comes(rig: Rig, rights: dict[str, Any], code: str) -> None:
    saved = await rig.save("Lock later", {"action": "pad.hold"}, {"action": "pad.lock"})
    await rig.do("macro.run", OWNER, id=saved.id)
    await until(lambda: rig.events(MacroChanged)[-1].step == 1, 20, lambda: "the first step")
    rig.phones.change(7, **rights)
    rig.pad.held.set()
    await until(lambda: rig.events(MacroChanged)[-1].outcome == code, 20, lambda: "its end")
    assert rig.pad.pressed == (["locked"] if code == "ok" else [])


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ([], "invalid_arguments"),
        ([{"wait": 0}], "invalid_arguments"),
        ([{"wait": 1e9}], "invalid_arguments"),
        ([{"action": "pad.press", "arguments": {"key": "a"}, "more": 1}], "invalid_arguments"),
        ([{"wait": 1}] * 101, "invalid_arguments"),
        ([{"action": "pad.nothing"}], "invalid_step"),
        ([{"action": "pad.press"}], "invalid_step"),
        ([{"action": "pad.press", "arguments": {"key": "a", "foo": 1}}], "invalid_step"),
    ],
)
async def test_steps_that_cannot_work_are_refused_when_they_are_saved(rig: Rig, steps: list[Any], code: str) -> None:
    await _refused(rig.save("Bad", *steps), Refused, code)
    assert await rig.do("macro.list") == []


async def test_names_are_taken_once_and_macros_are_changed_and_deleted(rig: Rig) -> None:
    first = await rig.save("One", press("a"))
    await _refused(rig.save("one", press("b")), Conflict, "macro_name_taken")
    changed = await rig.save("Uno", press("c"), id=first.id)
    assert (changed.id, changed.name) == (first.id, "Uno")
    await rig.do("macro.run", id=first.id, wait=True)
    assert rig.pad.pressed == ["c"]
    await rig.do("macro.delete", AGREED, id=first.id)
    assert rig.events(MacroDeleted) == [MacroDeleted(first.id)]
    for name in ("macro.run", "macro.delete", "macro.cancel"):
        await _refused(rig.do(name, AGREED, id=first.id), NotFound, "macro_not_found")
    await _refused(rig.save("Gone", press("a"), id=first.id), NotFound, "macro_not_found")


async def test_there_is_an_end_to_how_many(rig: Rig, database: Database) -> None:
    async with database.write() as session:
        session.add_all(Macro(name=f"m{number}", steps=[{"wait": 1}]) for number in range(MACROS))
    await _refused(rig.save("One more", press("a")), Conflict, "too_many_macros")
