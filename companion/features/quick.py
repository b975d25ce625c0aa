"""Quick start and stop: the steps that the settings list, done in order, with a result for each."""

import asyncio
import enum
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel

from companion.domain.settings import Settings
from companion.domain.steps import Step, calls, do
from companion.kernel.actions import Call, Caller, Registry, Scope, action
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError, Conflict, Refused


class Outcome(enum.StrEnum):
    """What came of a step; `skipped`: one before it failed."""

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
    """Whether all went well, and each step."""

    ok: bool
    steps: list[StepResult]


class Quick:
    """Runs the settings `quicklaunch` and `quickstop`, one at a time."""

    def __init__(self, bus: Bus, settings: Callable[[], Settings], registry: Callable[[], Registry]) -> None:
        self._bus = bus
        self._settings = settings
        self._registry = registry
        self._running = asyncio.Lock()
        self._stops = 0

    async def _launch_steps(self, values: dict[str, Any]) -> list[Call]:
        return calls(self._settings().quicklaunch)

    async def _stop_steps(self, values: dict[str, Any]) -> list[Call]:
        return calls(self._settings().quickstop)

    @action("studio.quicklaunch", scope=Scope.CONTROL, http="POST /api/studio/quicklaunch", contains=_launch_steps)
    async def launch(self, caller: Caller) -> QuickResult:
        """Do the steps of the setting `quicklaunch`; after one that fails the others are left out."""
        steps = self._settings().quicklaunch
        if self._running.locked():
            raise Conflict("quick_runs", "A quick start is under way.", "Wait until it has ended, or stop.")
        stops, results = self._stops, list[StepResult]()
        async with self._running:
            for step in _some("quicklaunch", steps):
                if self._stops != stops or any(result.outcome is Outcome.FAILED for result in results):
                    results.append(StepResult(step=step, outcome=Outcome.SKIPPED))
                else:
                    results.append(await self._do(step, caller))
        return _result(results)

    @action(
        "studio.quickstop",
        scope=Scope.CONTROL,
        http="POST /api/studio/quickstop",
        confirm=True,
        contains=_stop_steps,
    )
    async def stop(self, caller: Caller) -> QuickResult:
        """Do the steps of the setting `quickstop`, each, also after one that failed; a quick start ends with it."""
        self._stops += 1
        return _result([await self._do(step, caller) for step in _some("quickstop", self._settings().quickstop)])

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
    return QuickResult(ok=all(result.outcome is Outcome.OK for result in results), steps=results)
