"""Steps: actions with their arguments, and waits between them, as macros and quick starts are made of."""

import asyncio
import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Protocol

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue
from pydantic_core import from_json

from companion.domain.events import DeviceRevoked
from companion.kernel.actions import Caller, Registry, Scope
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError, Conflict, NotAllowed, NotFound, Refused

RUN = "macro.run"
"""The action whose place the steps of another macro take."""
DEEP = 5
"""How many macros may be inside one another."""
STEPS_IN_ALL = 500


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


def expanded(known: Mapping[int, NamedSteps], id: int, inside: tuple[int, ...] = ()) -> list[Placed]:
    """All steps of a macro, with those of the macros inside it in their place; so no run can call itself.

    Raises NotFound `macro_not_found`, Conflict `macro_in_itself` or `macro_too_long`.
    """
    macro = known.get(id)
    if macro is None:
        raise unknown_macro(id)
    if id in inside or len(inside) >= DEEP:
        raise Conflict(
            "macro_in_itself",
            f"{macro.name} is inside itself, or more than {DEEP} deep.",
            "Take it out of its own steps.",
        )
    found: list[Placed] = []
    for number, step in enumerate(macro.steps, 1):
        if isinstance(step, ActionStep) and step.action == RUN:
            found += [Placed(number, placed.step) for placed in expanded(known, _macro_of(step), (*inside, id))]
        else:
            found.append(Placed(number, step))
        if len(found) > STEPS_IN_ALL:
            raise Conflict("macro_too_long", f"{macro.name} has more than {STEPS_IN_ALL} steps.", "Make it shorter.")
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


async def check_all(
    steps: Iterable[tuple[str, Step]], known: Mapping[int, NamedSteps], registry: Registry, caller: Caller
) -> str:
    """What is administrative about `steps` (each with its place), also of the macros inside; empty: nothing.

    Refuses as `check` does: nobody lays out for others what they may not do themselves.
    """
    found: list[str] = []
    for place, step in steps:
        found.append(await check(step, place, registry, caller))
        if isinstance(step, ActionStep) and step.action == RUN:
            with suppress(NotFound, Conflict):  # it cannot run, and its run will say why
                inside = expanded(known, _macro_of(step))
                found += [await check(placed.step, place, registry, caller) for placed in inside]
    return ", ".join(sorted({action for action in found if action}))


def asking(steps: Iterable[Step], registry: Registry) -> list[str]:
    """The actions among `steps` that ask a person first."""
    names = {step.action for step in steps if isinstance(step, ActionStep)}
    return sorted(item.name for item in registry.all() if item.confirm and item.name in names)


def require_agreement(actions: list[str], *, confirmed: bool) -> None:
    """Refuse to do `actions`, which ask a person first, unless one has agreed."""
    if actions and not confirmed:
        raise Refused(
            "confirmation_needed",
            f"This asks before it acts: it contains {', '.join(actions)}.",
            "If you mean it, send it again with `confirmed`.",
            actions=actions,
        )


async def do(step: Step, registry: Registry, caller: Caller, bus: Bus) -> None:
    """Do a step: whether `caller` may is decided anew, and a wait ends when its device is revoked.

    Raises what the action raises, and NotAllowed `device_revoked`.
    """
    if isinstance(step, ActionStep):
        now = dataclasses.replace(caller, asked_at=None)
        await registry.invoke(step.action, dict(step.arguments), now)
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
