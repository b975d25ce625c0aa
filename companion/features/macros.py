"""Macros: the streamer's own named lists of actions with waits."""

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints, TypeAdapter
from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from companion.adapters.database import Database
from companion.domain.events import MacroChanged, MacroDeleted
from companion.domain.models import LARGEST_ID, Macro
from companion.domain.steps import ActionStep, Step, Steps, asking, check, require_agreement
from companion.kernel.actions import Caller, Registry, Scope, action
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError, Conflict, NotFound, Refused
from companion.kernel.service import Ready, require_started

MACROS = 200
DEEP = 5
"""How many macros may be inside one another."""
STEPS_IN_ALL = 500
RUN = "macro.run"

MacroId = Annotated[int, Field(ge=1, le=LARGEST_ID, description="The macro's number")]
MacroName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
_STEPS: TypeAdapter[list[Step]] = TypeAdapter(list[Step])


class MacroInfo(BaseModel):
    """A macro; `confirm` are its actions that ask first, so that a run needs `confirmed`; `step` 0: it does not run."""

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
class _Placed:
    """A step, and the number of the macro's own step that it belongs to."""

    number: int
    step: Step


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
        async with self._database.read() as session:
            rows = (await session.scalars(select(Macro).order_by(func.lower(Macro.name)))).all()
        by_id = {row.id: row for row in rows}
        return [self._info(row, by_id) for row in rows]

    @action("macro.save", scope=Scope.CONTROL, http="POST /api/macros")
    async def save(
        self,
        caller: Caller,
        name: Annotated[MacroName, Field(description="Its name")],
        steps: Steps,
        id: Annotated[
            int | None, Field(ge=1, le=LARGEST_ID, description="The macro to change; none: a new one")
        ] = None,
    ) -> MacroInfo:
        """Make a macro, or change one. Whoever does needs the scope of each of its actions."""
        for number, step in enumerate(steps, 1):
            if isinstance(step, ActionStep):
                check(step, f"Step {number}", self._registry(), caller)
        row = await self._store(id, name, steps)
        if row.id in self._runs:
            self._runs[row.id].task.cancel()
        info = self._info(row, await self._all())
        self._bus.publish(MacroChanged(info.model_dump(mode="json")))
        return info

    @action("macro.delete", scope=Scope.CONTROL, http="DELETE /api/macros/{id}", confirm=True)
    async def delete(self, id: MacroId) -> None:
        """Delete a macro; one that runs is cancelled."""
        async with self._database.write() as session:
            row = await session.get(Macro, id)
            if row is None:
                raise _unknown(id)
            await session.delete(row)
        if id in self._runs:
            self._runs[id].task.cancel()
        self._bus.publish(MacroDeleted(id))

    @action(RUN, scope=Scope.CONTROL, http="POST /api/macros/{id}/run")
    async def start(
        self,
        caller: Caller,
        id: MacroId,
        confirmed: Annotated[bool, Field(description="A person agreed to its actions that ask first")] = False,
        wait: Annotated[bool, Field(description="Answer when it has ended, not when it has begun")] = False,
    ) -> MacroInfo:
        """Run a macro; it ends at the first step that fails."""
        require_started(self._group, "The macros' runner")
        assert self._group is not None
        known = await self._all()
        if id not in known:
            raise _unknown(id)
        if id in self._runs:
            raise Conflict("macro_runs", f"{known[id].name} runs already.", "Wait, or cancel it.")
        steps = list(_expanded(known, id, ()))
        for placed in steps:
            if isinstance(placed.step, ActionStep):
                check(placed.step, f"Step {placed.number} of {known[id].name}", self._registry(), caller)
        require_agreement(asking((placed.step for placed in steps), self._registry()), confirmed=confirmed)
        info = self._info(known[id], known)
        run = self._runs[id] = _Run(self._group.create_task(self._go(id, info, steps, caller)))
        run.task.add_done_callback(lambda _: self._runs.pop(id, None))  # one cancelled at once never begins
        if wait:
            await asyncio.wait([run.task])
            if run.error:
                raise run.error
        return info.model_copy(update={"running": not run.task.done(), "step": run.step})

    @action("macro.cancel", scope=Scope.CONTROL, http="POST /api/macros/{id}/cancel")
    async def cancel(self, id: MacroId) -> None:
        """End a macro's run before its next step."""
        if id not in self._runs:
            if id not in await self._all():
                raise _unknown(id)
            raise Conflict("macro_does_not_run", f"Macro {id} does not run.", "")
        self._runs[id].task.cancel()

    async def _go(self, id: int, info: MacroInfo, steps: list[_Placed], caller: Caller) -> None:
        run, told = self._runs[id], info.model_dump(mode="json") | {"running": True}
        author = dataclasses.replace(caller, name=f"{caller.name} (macro {info.name})".strip())
        run.outcome = "cancelled"
        try:
            for placed in steps:
                if run.step != placed.number:
                    run.step = placed.number
                    self._bus.publish(MacroChanged(told | {"step": run.step}, running=True, step=run.step))
                if isinstance(placed.step, ActionStep):
                    await self._registry().invoke(placed.step.action, dict(placed.step.arguments), author)
                else:
                    await asyncio.sleep(placed.step.wait)
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
                    raise _unknown(id)
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

    async def _all(self) -> dict[int | None, Macro]:
        async with self._database.read() as session:
            return {row.id: row for row in (await session.scalars(select(Macro))).all()}

    def _info(self, row: Macro, known: dict[int | None, Macro]) -> MacroInfo:
        assert row.id is not None
        run = self._runs.get(row.id)
        try:
            steps = [placed.step for placed in _expanded(known, row.id, ())]
        except CompanionError:
            steps = _STEPS.validate_python(row.steps)  # its run will say what is wrong with it
        return MacroInfo(
            id=row.id,
            name=row.name,
            steps=_STEPS.validate_python(row.steps),
            confirm=asking(steps, self._registry()),
            running=run is not None,
            step=run.step if run else 0,
        )


def _expanded(known: dict[int | None, Macro], id: int, inside: tuple[int, ...]) -> list[_Placed]:
    """All steps of a macro, with those of the macros inside it in their place; so no run can call itself.

    Raises NotFound `macro_not_found`, Conflict `macro_in_itself` or `macro_too_long`.
    """
    row = known.get(id)
    if row is None:
        raise _unknown(id)
    if id in inside or len(inside) >= DEEP:
        raise Conflict(
            "macro_in_itself",
            f"{row.name} is inside itself, or more than {DEEP} deep.",
            "Take it out of its own steps.",
        )
    found: list[_Placed] = []
    for number, step in enumerate(_STEPS.validate_python(row.steps), 1):
        if isinstance(step, ActionStep) and step.action == RUN:
            inner = step.arguments.get("id")
            nested = _expanded(known, inner if isinstance(inner, int) else 0, (*inside, id))
            found += [_Placed(number, placed.step) for placed in nested]
        else:
            found.append(_Placed(number, step))
        if len(found) > STEPS_IN_ALL:
            raise Conflict("macro_too_long", f"{row.name} has more than {STEPS_IN_ALL} steps.", "Make it shorter.")
    return found


def _unknown(id: int | None) -> NotFound:
    return NotFound("macro_not_found", f"There is no macro {id}.", "`companion macro list` shows all.")


def _taken(name: str) -> Refused:
    return Conflict("macro_name_taken", f"There is a macro {name!r} already.", "Choose another name.")
