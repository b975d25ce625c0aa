"""Macros: the streamer's own named lists of actions with waits."""

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints, TypeAdapter
from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from companion.adapters.database import Database
from companion.domain.events import MacroChanged, MacroDeleted
from companion.domain.models import LARGEST_ID, Macro
from companion.domain.steps import (
    RUN,
    Placed,
    Step,
    Steps,
    asking,
    calls,
    check,
    check_all,
    do,
    expanded,
    unknown_macro,
)
from companion.kernel.actions import Call, Caller, Registry, Scope, action
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError, Conflict, Refused
from companion.kernel.service import Ready, require_started

MACROS = 200

MacroId = Annotated[int, Field(ge=1, le=LARGEST_ID, description="The macro's number")]
MacroName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
_STEPS: TypeAdapter[list[Step]] = TypeAdapter(list[Step])


class MacroInfo(BaseModel):
    """A macro; `confirm` are the actions in it that ask first; `step` 0: it does not run."""

    id: int
    name: str
    steps: list[Step]
    confirm: list[str]
    running: bool
    step: int


@dataclasses.dataclass
class _Run:
    task: asyncio.Task[None]
    step: int = 0
    outcome: str = ""
    error: CompanionError | None = None


@dataclasses.dataclass(frozen=True)
class _Macro:
    """A stored macro, read."""

    id: int
    name: str
    steps: list[Step]

    @staticmethod
    def of(row: Macro) -> "_Macro":
        assert row.id is not None
        return _Macro(row.id, row.name, _STEPS.validate_python(row.steps))


class Macros:
    """Actions on macros; as a service it runs them. A macro does not outlive the companion."""

    name = "macros"
    essential = False

    def __init__(self, database: Database, bus: Bus, registry: Callable[[], Registry]) -> None:
        self._database = database
        self._bus = bus
        self._registry = registry
        self._group: asyncio.TaskGroup | None = None
        self._runs: dict[int, _Run] = {}

    async def run(self, ready: Ready) -> None:
        try:
            async with asyncio.TaskGroup() as self._group:
                ready()
                await asyncio.Event().wait()
        finally:
            self._group = None

    @action("macro.list", scope=Scope.VIEW, http="GET /api/macros")
    async def listed(self) -> list[MacroInfo]:
        """List the macros, by name."""
        return [await self._info(macro) for macro in (await self._all()).values()]

    async def _may_save(self, caller: Caller, values: dict[str, Any]) -> str:
        """Its name and its administrative actions, if it has any; refuses steps that `caller` may not do."""
        steps = [(f"Step {number}", step) for number, step in enumerate(values["steps"], 1)]
        said = await check_all(steps, self._registry(), caller, RUN, values["id"])
        return f"{values['name']}: {said}" if said else ""

    @action("macro.save", scope=Scope.CONTROL, http="POST /api/macros", guard=_may_save)
    async def save(
        self,
        name: Annotated[MacroName, Field(description="Its name")],
        steps: Steps,
        id: Annotated[
            int | None, Field(ge=1, le=LARGEST_ID, description="The macro to change; none: a new one")
        ] = None,
    ) -> MacroInfo:
        """Make a macro, or change one. Whoever does needs the scope of each of its actions."""
        macro = _Macro.of(await self._store(id, name, steps))
        if macro.id in self._runs:
            self._runs[macro.id].task.cancel()
        info = await self._info(macro)
        self._bus.publish(MacroChanged(info.model_dump(mode="json")))
        return info

    @action("macro.delete", scope=Scope.CONTROL, http="DELETE /api/macros/{id}", confirm=True)
    async def delete(self, id: MacroId) -> None:
        """Delete a macro; one that runs is cancelled."""
        async with self._database.write() as session:
            row = await session.get(Macro, id)
            if row is None:
                raise unknown_macro(id)
            await session.delete(row)
        if id in self._runs:
            self._runs[id].task.cancel()
        self._bus.publish(MacroDeleted(id))

    async def _steps_of(self, values: dict[str, Any]) -> list[Call]:
        async with self._database.read() as session:
            row = await session.get(Macro, values["id"])
        return calls(_Macro.of(row).steps) if row else []

    @action(RUN, scope=Scope.CONTROL, http="POST /api/macros/{id}/run", contains=_steps_of)
    async def start(
        self,
        caller: Caller,
        id: MacroId,
        wait: Annotated[bool, Field(description="Answer when it has ended, not when it has begun")] = False,
    ) -> MacroInfo:
        """Run a macro; it ends at the first step that fails."""
        require_started(self._group, "The macros' runner")
        assert self._group is not None
        known = await self._all()
        steps = expanded(known, id)
        macro = known[id]
        for placed in steps:
            await check(placed.step, f"Step {placed.number} of {macro.name}", self._registry(), caller)
        info = await self._info(macro)
        if id in self._runs:
            raise Conflict("macro_runs", f"{macro.name} runs already.", "Wait, or cancel it.")
        run = self._runs[id] = _Run(self._group.create_task(self._go(id, info, steps, caller)))
        run.task.add_done_callback(lambda _: self._runs.pop(id, None))  # one cancelled at once never begins
        if wait:
            await asyncio.wait([run.task])
            if run.error:
                raise run.error
            if run.outcome != "ok":
                raise Conflict("macro_cancelled", f"{macro.name} was cancelled.")
        return info.model_copy(update={"running": not run.task.done(), "step": run.step})

    @action("macro.cancel", scope=Scope.CONTROL, http="POST /api/macros/{id}/cancel")
    async def cancel(self, id: MacroId) -> None:
        """End a macro's run before its next step."""
        if id not in self._runs:
            if id not in await self._all():
                raise unknown_macro(id)
            raise Conflict("macro_does_not_run", f"Macro {id} does not run.", "")
        self._runs[id].task.cancel()

    async def _go(self, id: int, info: MacroInfo, steps: list[Placed], caller: Caller) -> None:
        run, told = self._runs[id], info.model_dump(mode="json") | {"running": True}
        author = dataclasses.replace(caller, name=f"{caller.name} (macro {info.name})".strip())
        run.outcome = "cancelled"
        try:
            for placed in steps:
                if run.step != placed.number:
                    run.step = placed.number
                    self._bus.publish(MacroChanged(told | {"step": run.step}, running=True, step=run.step))
                await do(placed.step, self._registry(), author, self._bus)
            run.outcome = "ok"
        except CompanionError as error:
            run.outcome, run.error = error.code, error
        finally:
            self._runs.pop(id, None)
            message = f"Step {run.step}: {run.error.message}" if run.error else ""
            run.step = 0
            told = info.model_dump(mode="json")
            self._bus.publish(MacroChanged(told, outcome=run.outcome, message=message))

    async def _store(self, id: int | None, name: str, steps: list[Step]) -> Macro:
        values = [step.model_dump(mode="json") for step in steps]
        try:
            async with self._database.write() as session:
                row = Macro(name=name) if id is None else await session.get(Macro, id)
                if row is None:
                    raise unknown_macro(id)
                taken = select(Macro.id).where(func.lower(Macro.name) == name.lower(), col(Macro.id) != id)
                if (await session.scalars(taken)).first() is not None:
                    raise _taken(name)
                count = (await session.execute(select(func.count()).select_from(Macro))).scalar_one()
                if id is None and count >= MACROS:
                    raise Conflict("too_many_macros", f"There are {MACROS} macros already.", "Delete one.")
                row.name, row.steps = name, values
                session.add(row)
        except IntegrityError:
            raise _taken(name) from None
        return row

    async def _all(self) -> dict[int, _Macro]:
        """Every macro, by name."""
        async with self._database.read() as session:
            rows = (await session.scalars(select(Macro).order_by(func.lower(Macro.name)))).all()
        return {macro.id: macro for macro in map(_Macro.of, rows)}

    async def _info(self, macro: _Macro) -> MacroInfo:
        try:
            confirm = await asking(macro.steps, self._registry())
        except Conflict:
            confirm = []  # its run will say what is wrong with it
        run = self._runs.get(macro.id)
        return MacroInfo(
            id=macro.id,
            name=macro.name,
            steps=macro.steps,
            confirm=confirm,
            running=run is not None,
            step=run.step if run else 0,
        )


def _taken(name: str) -> Refused:
    return Conflict("macro_name_taken", f"There is a macro {name!r} already.", "Choose another name.")
