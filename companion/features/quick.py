"""Quick start and stop: the steps that the settings list, done in order, with a result for each."""

import asyncio
import enum
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from pydantic import BaseModel

from companion.domain.settings import Settings
from companion.domain.steps import RUN, ActionStep, Step, WaitStep, calls, do
from companion.kernel.actions import Call, Caller, Registry, Scope, action
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError, Conflict, Failed, Refused

STOP = "studio.quickstop"
CANCELLED = "macro_cancelled"
"""What a macro that is cancelled fails with."""


class Outcome(enum.StrEnum):
    """What came of a step; `skipped`: one before it failed, or a quick stop came before it was over."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


class StepResult(BaseModel):
    """A step and what came of it: for a failed one the error's code, sentence and remedy."""

    step: Step
    outcome: Outcome
    code: str = ""
    message: str = ""
    remedy: str = ""


class QuickResult(BaseModel):
    """Each step; had one failed, there would be an error with these in its details."""

    steps: list[StepResult]


class Quick:
    """Runs the settings `quicklaunch` and `quickstop`, one at a time."""

    def __init__(self, bus: Bus, settings: Callable[[], Settings], registry: Callable[[], Registry]) -> None:
        self._bus = bus
        self._settings = settings
        self._registry = registry
        self._running = asyncio.Lock()
        self._stopped = False
        self._waiting: asyncio.Timeout | None = None
        self._macro: dict[str, Any] | None = None

    async def _launch_steps(self, values: dict[str, Any]) -> list[Call]:
        return calls(self._settings().quicklaunch)

    async def _stop_steps(self, values: dict[str, Any]) -> list[Call]:
        return calls(self._settings().quickstop)

    @action("studio.quicklaunch", scope=Scope.CONTROL, http="POST /api/studio/quicklaunch", contains=_launch_steps)
    async def launch(self, caller: Caller) -> QuickResult:
        """Do the steps of the setting `quicklaunch`; after one that fails the others are left out.

        Raises Failed `step_failed`, whose details have all `steps`, and Conflict `quick_stopped`.
        """
        steps = self._settings().quicklaunch
        if self._running.locked():
            raise Conflict("quick_runs", "A quick start is under way.", "Wait until it has ended, or stop.")
        results = list[StepResult]()
        async with self._running:
            self._stopped = False
            for step in _some("quicklaunch", steps):
                if self._stopped or any(result.outcome is Outcome.FAILED for result in results):
                    results.append(StepResult(step=step, outcome=Outcome.SKIPPED))
                else:
                    results.append(await self._until_stopped(step, caller))
        return _result(results)

    @action(
        STOP,
        scope=Scope.CONTROL,
        http="POST /api/studio/quickstop",
        confirm=True,
        contains=_stop_steps,
    )
    async def stop(self, caller: Caller) -> QuickResult:
        """Do the steps of the setting `quickstop`, each, also after one that failed; a quick start ends with it.

        Raises Failed `step_failed`, whose details have all `steps`.
        """
        self._stopped = True
        await self._end_wait(caller)
        return _result([await self._do(step, caller) for step in _some("quickstop", self._settings().quickstop)])

    async def _until_stopped(self, step: Step, caller: Caller) -> StepResult:
        """Do a step of a quick start. A wait or a macro ends with a quick stop; another action goes on to its end."""
        try:
            if isinstance(step, WaitStep):
                with suppress(TimeoutError):
                    async with asyncio.timeout(None) as self._waiting:
                        return await self._do(step, caller)
            else:
                self._macro = await self._macro_of(step)
                result = await self._do(step, caller)
                if not (self._stopped and result.code == CANCELLED):
                    return result
        finally:
            self._waiting = self._macro = None
        return StepResult(step=step, outcome=Outcome.SKIPPED)

    async def _macro_of(self, step: ActionStep) -> dict[str, Any] | None:
        """The arguments of the macro that `step` runs, unless it has a quick stop in it, which would end itself."""
        if step.action != RUN or STOP in dict(await self._registry().contained(step.action, step.arguments)):
            return None
        return {"id": step.arguments.get("id")}

    async def _end_wait(self, caller: Caller) -> None:
        if self._waiting:
            self._waiting.reschedule(asyncio.get_running_loop().time())
        if self._macro:
            with suppress(CompanionError):  # it has just ended
                await self._registry().invoke("macro.cancel", self._macro, caller)

    async def _do(self, step: Step, caller: Caller) -> StepResult:
        try:
            await do(step, self._registry(), caller, self._bus)
        except CompanionError as error:
            return StepResult(
                step=step, outcome=Outcome.FAILED, code=error.code, message=error.message, remedy=error.remedy
            )
        return StepResult(step=step, outcome=Outcome.OK)


def _some(name: str, steps: Sequence[Step]) -> Sequence[Step]:
    if not steps:
        raise Refused("no_steps", f"The setting {name} has no steps.", f"Add some to the setting `{name}`.")
    return steps


def _result(results: list[StepResult]) -> QuickResult:
    steps = [result.model_dump(mode="json") for result in results]
    failed = [(number, result) for number, result in enumerate(results, 1) if result.outcome is Outcome.FAILED]
    if failed:
        told = [f"Step {number}{_name(result.step)}: {result.message}" for number, result in failed]
        raise Failed("step_failed", " ".join(told), failed[0][1].remedy, steps=steps)
    if any(result.outcome is Outcome.SKIPPED for result in results):
        raise Conflict("quick_stopped", "A quick stop ended it before its last step.", steps=steps)
    return QuickResult(steps=results)


def _name(step: Step) -> str:
    return f" ({step.action})" if isinstance(step, ActionStep) else ""
