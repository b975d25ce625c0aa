"""Quick start and stop: each step with its result."""

import asyncio
import dataclasses
from collections.abc import Awaitable
from typing import Any

import pytest

from companion.domain.settings import Settings
from companion.features.quick import Quick, QuickResult
from companion.kernel.actions import ActionInvoked, Registry, Scope
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError, Conflict, Failed, Refused
from tests.features.pad import PHONE, Pad, Phones
from tests.obs_link import until

PRESS = {"action": "pad.press", "arguments": {"key": "a"}}
JAM, ERASE, HOLD, LOCK = ({"action": f"pad.{word}"} for word in ("jam", "erase", "hold", "lock"))


class Rig:
    """The two actions beside a pad, with these settings."""

    def __init__(self, launch: list[Any], stop: list[Any]) -> None:
        settings = Settings.model_validate({"quicklaunch": launch, "quickstop": stop})
        self.pad = Pad()
        self.bus = bus = Bus()
        self.phones = Phones(bus)
        quick = Quick(bus, lambda: settings, lambda: self.registry)
        self.registry = Registry(bus, [self.pad, quick], self.phones.present)

    async def do(self, name: str, *, agreed: bool = True) -> QuickResult:
        caller = dataclasses.replace(PHONE, agreed=agreed)
        result = await self.registry.invoke(f"studio.{name}", {}, caller)
        assert isinstance(result, QuickResult)
        return result


def _steps(error: CompanionError, key: str = "outcome") -> list[str]:
    return [step[key] for step in error.details["steps"]]


async def _failed(work: Awaitable[QuickResult]) -> Failed:
    with pytest.raises(Failed) as failed:
        await work
    assert failed.value.code == "step_failed"
    return failed.value


async def test_a_quick_start_does_its_steps_and_ends_where_one_fails() -> None:
    rig = Rig([PRESS, {"wait": 0.01}, PRESS], [])
    result = await rig.do("quicklaunch")
    assert [step.outcome.value for step in result.steps] == ["ok", "ok", "ok"]
    assert rig.pad.pressed == ["a", "a"]
    rig = Rig([PRESS, JAM, PRESS], [])
    error = await _failed(rig.do("quicklaunch"))
    assert (error.message, error.remedy) == ("Step 2 (pad.jam): The key is jammed.", "Free it.")
    assert _steps(error) == ["ok", "failed", "skipped"]
    assert rig.pad.pressed == ["a"]


async def test_what_fails_inside_is_a_failure_outside() -> None:
    rig = Rig([JAM], [{"action": "studio.quicklaunch"}, PRESS])
    told = rig.bus.subscribe(ActionInvoked)
    error = await _failed(rig.do("quickstop"))
    assert error.message == "Step 1 (studio.quicklaunch): Step 1 (pad.jam): The key is jammed."
    assert (_steps(error), rig.pad.pressed) == (["failed", "ok"], ["a"])
    facts = [envelope.event for envelope in told.take_waiting()]
    assert [(fact.action, fact.outcome) for fact in facts if isinstance(fact, ActionInvoked)] == [
        ("pad.jam", "jammed"),
        ("studio.quicklaunch", "step_failed"),
        ("pad.press", "ok"),
        ("studio.quickstop", "step_failed"),
    ]


async def test_a_quick_stop_does_all_its_steps_and_ends_a_quick_start() -> None:
    rig = Rig([HOLD, PRESS], [JAM, ERASE, LOCK])
    launch = asyncio.create_task(rig.do("quicklaunch"))
    await rig.pad.holding.wait()
    with pytest.raises(Conflict) as twice:
        await rig.do("quicklaunch")
    assert twice.value.code == "quick_runs"
    stopped = await _failed(rig.do("quickstop"))
    rig.pad.held.set()
    assert _steps(stopped) == ["failed", "ok", "failed"]
    assert _steps(stopped, "code") == ["jammed", "", "scope_too_low"]
    with pytest.raises(Conflict) as ended:
        await launch
    assert (ended.value.code, _steps(ended.value)) == ("quick_stopped", ["ok", "skipped"])
    assert rig.pad.pressed == ["erased"]


async def test_a_quick_stop_ends_a_wait_of_a_quick_start() -> None:
    rig = Rig([PRESS, {"wait": 3600}, PRESS], [ERASE])
    async with asyncio.timeout(60):
        launch = asyncio.create_task(rig.do("quicklaunch"))
        await until(lambda: rig.pad.pressed == ["a"], 20, lambda: "the first step")
        assert [step.outcome.value for step in (await rig.do("quickstop")).steps] == ["ok"]
        with pytest.raises(Conflict) as ended:
            await launch
    assert (ended.value.code, _steps(ended.value)) == ("quick_stopped", ["ok", "skipped", "skipped"])
    assert rig.pad.pressed == ["a", "erased"]
    again = asyncio.create_task(rig.do("quicklaunch"))
    await until(lambda: rig.pad.pressed == ["a", "erased", "a"], 20, lambda: "it can be started again")
    again.cancel()


@pytest.mark.parametrize(
    ("name", "codes"),
    [("quicklaunch", ["", "device_revoked", ""]), ("quickstop", ["", "device_revoked", "device_revoked"])],
)
async def test_one_ends_when_the_phone_that_began_it_is_revoked(name: str, codes: list[str]) -> None:
    steps = [PRESS, {"wait": 3600}, PRESS]
    rig = Rig(steps, steps)
    async with asyncio.timeout(60):
        run = asyncio.create_task(rig.do(name))
        await until(lambda: rig.pad.pressed == ["a"], 20, lambda: "the first step")
        rig.phones.revoke(8)  # another one
        await asyncio.sleep(0.05)
        assert not run.done()
        rig.phones.revoke(7)
        assert _steps(await _failed(run), "code") == codes
    assert rig.pad.pressed == ["a"]


async def test_a_phone_that_is_revoked_in_a_step_does_not_wait_any_more() -> None:
    rig = Rig([HOLD, {"wait": 3600}, PRESS], [])
    async with asyncio.timeout(60):
        run = asyncio.create_task(rig.do("quicklaunch"))
        await rig.pad.holding.wait()
        rig.phones.revoke(7)
        rig.pad.held.set()
        assert _steps(await _failed(run), "code") == ["", "device_revoked", ""]


@pytest.mark.parametrize(("rights", "code"), [({"scope": Scope.VIEW}, "scope_too_low"), ({"scope": Scope.CONTROL}, "")])
async def test_a_phone_may_do_each_step_when_its_turn_comes(rights: dict[str, Any], code: str) -> None:
    rig = Rig([HOLD, PRESS], [])
    run = asyncio.create_task(rig.do("quicklaunch"))
    await rig.pad.holding.wait()
    rig.phones.change(7, **rights)
    rig.pad.held.set()
    if code:
        assert _steps(await _failed(run), "code") == ["", code]
    else:
        assert len((await run).steps) == 2


async def test_a_quick_start_with_an_action_that_asks_first_asks_first() -> None:
    rig = Rig([PRESS, ERASE], [PRESS])
    for name, asking in (("quicklaunch", ["pad.erase"]), ("quickstop", ["studio.quickstop"])):
        with pytest.raises(Refused) as asked:
            await rig.do(name, agreed=False)
        assert (asked.value.code, asked.value.details) == ("confirmation_needed", {"actions": asking})
    assert rig.pad.pressed == []
    assert len((await rig.do("quicklaunch")).steps) == 2


@pytest.mark.parametrize("name", ["quicklaunch", "quickstop"])
async def test_one_that_contains_itself_is_refused_before_its_first_step(name: str) -> None:
    """Twice, so that it would never end; in the file of settings anything may stand."""
    itself = {"action": f"studio.{name}"}
    rig = Rig([PRESS, itself, itself], [PRESS, itself, itself])
    async with asyncio.timeout(20):
        with pytest.raises(Conflict) as refused:
            await rig.do(name)
    assert (refused.value.code, refused.value.message.split()[0]) == ("contains_itself", f"studio.{name}")
    assert rig.pad.pressed == []


async def test_without_steps_it_says_where_to_put_some() -> None:
    for name in ("quicklaunch", "quickstop"):
        with pytest.raises(Refused) as empty:
            await Rig([], []).do(name)
        assert (empty.value.code, name in empty.value.remedy) == ("no_steps", True)


async def test_the_settings_refuse_steps_of_no_kind() -> None:
    for steps in ([{"wait": -1}], [{"act": "x"}], "stream.start"):
        with pytest.raises(ValueError):
            Settings.model_validate({"quicklaunch": steps})
