"""Steps: actions with their arguments, and waits between them, as macros and quick starts are made of."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue
from pydantic_core import from_json

from companion.kernel.actions import Caller, Registry, validated
from companion.kernel.errors import CompanionError, NotAllowed, Refused


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


def check(step: ActionStep, place: str, registry: Registry, caller: Caller) -> None:
    """Refuse a step that cannot work, or that `caller` itself may not do; `place` names it in the message."""
    try:
        action = registry.get(step.action)
        validated(action, dict(step.arguments))
    except CompanionError as error:
        raise Refused("invalid_step", f"{place}: {error.message}", error.remedy, place=place) from None
    if caller.scope < action.scope:
        raise NotAllowed(
            "scope_too_low",
            f"{place}: {step.action} needs the scope {action.scope.name.lower()}.",
            "Ask the streamer for a higher scope.",
        )


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
