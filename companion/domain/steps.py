"""Steps: actions with their arguments, and waits between them, as macros and quick starts are made of."""

import asyncio
import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue
from pydantic_core import from_json

from companion.domain.events import DeviceRevoked
from companion.kernel.actions import AGREEMENT, Call, Caller, Registry, Scope
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError, NotAllowed, NotFound, Refused

RUN = "macro.run"
"""The action whose place the steps of another macro take."""


class ActionStep(BaseModel):
    """An action that is run with these arguments."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: Annotated[str, Field(min_length=1, max_length=100)]
    arguments: dict[str, JsonValue] = {}


class WaitStep(BaseModel):
    """A wait of so many seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wait: Annotated[float, Field(gt=0, le=3600)]


def from_text(value: object) -> object:
    """What a command line gives as text: the JSON in it, or the text itself where there is none."""
    if isinstance(value, str):
        with suppress(ValueError):
            return from_json(value)
    return value


Step = Annotated[ActionStep | WaitStep, BeforeValidator(from_text)]
Steps = Annotated[list[Step], Field(min_length=1, max_length=100, description="Actions, and waits in seconds")]


class NamedSteps(Protocol):
    """A macro, as far as its steps are of interest."""

    @property
    def name(self) -> str: ...

    @property
    def steps(self) -> Sequence[Step]: ...


@dataclasses.dataclass(frozen=True)
class Placed:
    """A step, and the number of the macro's own step that it belongs to."""

    number: int
    step: Step


def calls(steps: Iterable[Step]) -> list[Call]:
    """The actions among `steps`."""
    return [(step.action, dict(step.arguments)) for step in steps if isinstance(step, ActionStep)]


def expanded(known: Mapping[int, NamedSteps], id: int) -> list[Placed]:
    """All steps of a macro that is not inside itself, with those of the macros inside it in their place.

    Raises NotFound `macro_not_found`.
    """
    macro = known.get(id)
    if macro is None:
        raise unknown_macro(id)
    found: list[Placed] = []
    for number, step in enumerate(macro.steps, 1):
        if isinstance(step, ActionStep) and step.action == RUN:
            found += [Placed(number, placed.step) for placed in expanded(known, _macro_of(step))]
        else:
            found.append(Placed(number, step))
    return found


def unknown_macro(id: int | None) -> NotFound:
    return NotFound("macro_not_found", f"There is no macro {id}.", "`companion macro list` shows all.")


def _macro_of(step: ActionStep) -> int:
    inner = step.arguments.get("id")
    return inner if isinstance(inner, int) else 0


async def check(step: Step, place: str, registry: Registry, caller: Caller) -> str:
    """The step's action if only an administrator may do it, else nothing; `place` names the step in messages.

    Refuses what cannot work, and what `caller` may not do itself just now.
    """
    if not isinstance(step, ActionStep):
        return ""
    try:
        _, said = await registry.admit(step.action, dict(step.arguments), caller)
    except NotAllowed as error:
        raise NotAllowed(error.code, f"{place}: {error.message}", error.remedy, place=place) from None
    except CompanionError as error:
        raise Refused("invalid_step", f"{place}: {error.message}", error.remedy, place=place) from None
    return step.action if said or registry.get(step.action).scope >= Scope.ADMIN else ""


def refuse_agreement(steps: Iterable[tuple[str, Step]]) -> None:
    """Refuse `steps` (each with its place) in which an agreement would be kept."""
    for place, step in steps:
        if isinstance(step, ActionStep) and AGREEMENT in step.arguments:
            message = f"{place}: `{AGREEMENT}` is what a person answers when it is done: it is not kept."
            raise Refused("invalid_step", message, "Leave it out.", place=place)


async def check_nesting(steps: Iterable[tuple[str, Step]], registry: Registry, *outer: Any) -> list[tuple[str, Call]]:
    """Whatever `steps` (each with its place) do, however deep, with the place of the step that does it.

    Raises Conflict `contains_itself` where that is `outer` (an action's name and number), too, and `too_many_steps`.
    """
    found: list[tuple[str, Call]] = []
    for place, step in steps:
        for name, arguments in calls([step]):
            found += [(place, call) for call in await registry.contained(name, arguments, (outer,) if outer else ())]
    return found


async def check_all(steps: Sequence[tuple[str, Step]], registry: Registry, caller: Caller, *outer: Any) -> str:
    """What is administrative about `steps` (each with its place), also deep inside; empty: nothing.

    Refuses as `check`, `check_nesting` and `refuse_agreement` do: nobody lays out for others what they may not do
    themselves, nor agrees for them.
    """
    refuse_agreement(steps)
    found = [
        await check(ActionStep(action=name, arguments=arguments), place, registry, caller)
        for place, (name, arguments) in await check_nesting(steps, registry, *outer)
    ]
    return ", ".join(sorted({action for action in found if action}))


async def asking(steps: Iterable[Step], registry: Registry) -> list[str]:
    """The actions that `steps` do, however deep, and that ask a person first; raises as `check_nesting` does."""
    nested = await check_nesting((("", step) for step in steps), registry)
    return registry.asking(call for _, call in nested)


async def do(step: Step, registry: Registry, caller: Caller, bus: Bus) -> None:
    """Do a step, to its end: whether `caller` may is decided anew, and a wait ends when its device is revoked.

    Raises what the action raises, and NotAllowed `device_revoked`.
    """
    if isinstance(step, ActionStep):
        now = dataclasses.replace(caller, asked_at=None)
        to_its_end = {"wait": True} if step.action == RUN else {}
        await registry.invoke(step.action, step.arguments | to_its_end, now)
        return
    revoked = bus.subscribe(DeviceRevoked)
    try:
        async with asyncio.timeout(step.wait):
            while True:
                registry.present(caller)
                await revoked.get()
    except TimeoutError:
        return
    finally:
        bus.unsubscribe(revoked)
