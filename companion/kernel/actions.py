"""The action registry: a request is declared once and offered at every door.

An action is a method marked with `@action`. Its signature, read with pydantic, becomes the argument model (unknown
fields are refused), its return annotation the answer's schema, the first paragraph of its docstring the help text at
every door. `Registry.admit` is the only place where permission is decided.
"""

import dataclasses
import functools
import inspect
import logging
import re
import time
import typing
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar, Concatenate, ParamSpec, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, create_model

from companion.kernel.bus import Bus, Event
from companion.kernel.errors import CompanionError, Conflict, InternalError, NotAllowed, NotFound, Refused
from companion.kernel.scope import Scope as Scope

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")


@dataclasses.dataclass(frozen=True)
class Caller:
    """Who asks: the door it came through, its scope, and a name for the log (`hotkey <ctrl>+<f9>`).

    `device` is the id of the paired device, for a caller that is one, and `address` where it is. One that `owes_code`
    has to give a one-time password before it may do what only administrators may; one that `gave_code` did so just now.
    `asked_at` is when somebody asked (Unix seconds), where the door knows that it was before the request came. `agreed`
    says that a person was asked, and agreed to what asks first: to this, and to all that it does.
    """

    door: str
    scope: Scope
    name: str = ""
    device: int | None = None
    address: str = ""
    owes_code: bool = False
    gave_code: bool = False
    asked_at: float | None = None
    agreed: bool = False

    @property
    def moment(self) -> float:
        """When it was asked for, which is now unless the door knows better (Unix seconds)."""
        return time.time() if self.asked_at is None else self.asked_at


Guard = Callable[[Any, Caller, dict[str, Any]], Awaitable[str]]
"""A feature's method that looks at the arguments of one of its actions before that is done: it raises what stands
against it, and answers what is administrative about it, for the record (empty: nothing)."""

Call = tuple[str, dict[str, Any]]
"""An action's name and its arguments."""
Contains = Callable[[Any, dict[str, Any]], Awaitable[list[Call]]]
"""A feature's method that answers, by the arguments of one of its actions, which others that one does."""

AGREEMENT = "confirmed"
"""What a request says of the agreement. It is no argument: a person agrees now, never beforehand in what is kept."""
DEEP = 5
"""How many actions that do others may be inside one another."""
CALLS_IN_ALL = 500


@runtime_checkable
class Told(Protocol):
    """An answer that tells less to those who may only look."""

    def for_viewers(self) -> Any: ...


@dataclasses.dataclass(frozen=True)
class FileAnswer:
    """An action's answer that is a file: doors send its bytes, with ranges.

    One that is `passing` was made for this answer alone: whoever sends it deletes it then.
    """

    path: Path
    media_type: str
    filename: str
    passing: bool = False


@dataclasses.dataclass(frozen=True)
class ActionInvoked(Event):
    """Somebody asked for an action of scope `control` or higher, and this came of it.

    `outcome` is `ok`, or an error's code with its `message` and `remedy`. `administrative` says that it was an
    administrator's act on `subject` (the arguments in the action's path, and what its guard said), not just a look.
    """

    audience: ClassVar[Scope] = Scope.ADMIN

    action: str
    door: str
    caller: str
    outcome: str
    seconds: float
    message: str = ""
    remedy: str = ""
    device: int | None = None
    address: str = ""
    subject: str = ""
    administrative: bool = False


@dataclasses.dataclass(frozen=True)
class Action:
    """The declaration of one action, free of any instance, so that a client can derive its door from it."""

    name: str
    scope: Scope
    http: str
    confirm: bool
    help: str
    arguments: type[BaseModel]
    answer: TypeAdapter[Any]
    answer_type: Any
    method: str
    takes_caller: bool
    guard: Guard | None
    contains: Contains | None

    @property
    def http_method(self) -> str:
        return self.http.split(" ", 1)[0]

    @property
    def http_path(self) -> str:
        return self.http.split(" ", 1)[1]

    @property
    def path_arguments(self) -> tuple[str, ...]:
        """The arguments that are part of the HTTP path, in its order."""
        return tuple(re.findall(r"{(\w+)}", self.http_path))

    @property
    def may_ask(self) -> bool:
        """Whether a person may have to agree: to it, or to what it does."""
        return self.confirm or self.contains is not None

    @functools.cached_property
    def list_arguments(self) -> frozenset[str]:
        """The arguments that take several values, which a door writes as a repeated key or option."""
        return frozenset(
            name
            for name, schema in self.arguments.model_json_schema().get("properties", {}).items()
            if "array" in {kind.get("type") for kind in (schema, *schema.get("anyOf", ()))}
        )


_MARK = "__companion_action__"


def action(
    name: str,
    *,
    scope: Scope,
    http: str,
    confirm: bool = False,
    guard: Guard | None = None,
    contains: Contains | None = None,
) -> Callable[[Callable[Concatenate[S, P], Awaitable[R]]], Callable[Concatenate[S, P], Awaitable[R]]]:
    """Declare a method as the action `name`.

    `http` is its method and path (`"POST /api/clips/{id}"`; names in braces are arguments). `confirm` means that a
    person is asked first, at every door. `guard` decides by the arguments who may, `contains` tells which
    other actions it does. A parameter named `caller` receives the `Caller`; all others are the action's arguments,
    described with `Annotated[..., Field(description=...)]`.
    """

    def mark(method: Callable[Concatenate[S, P], Awaitable[R]]) -> Callable[Concatenate[S, P], Awaitable[R]]:
        setattr(method, _MARK, (name, scope, http, confirm, guard, contains))
        return method

    return mark


@functools.cache
def declared(feature: type) -> tuple[Action, ...]:
    """The actions that the class `feature` declares, in the order of their definition."""
    return tuple(_describe(name, member) for name, member in vars(feature).items() if hasattr(member, _MARK))


def _describe(method_name: str, method: Callable[..., Any]) -> Action:
    name, scope, http, confirm, guard, contains = getattr(method, _MARK)
    hints = typing.get_type_hints(method, include_extras=True)
    parameters = [p for p in inspect.signature(method).parameters.values() if p.name not in ("self", "caller")]
    fields: dict[str, Any] = {
        p.name: (hints[p.name], ... if p.default is inspect.Parameter.empty else p.default) for p in parameters
    }
    if AGREEMENT in fields:
        raise ValueError(f"{name}: an agreement is no argument")
    model = create_model(
        "".join(part.title() for part in name.replace("_", ".").split(".")) + "Arguments",
        __config__=ConfigDict(extra="forbid", allow_inf_nan=False),
        **fields,
    )
    answer_type = hints.get("return", type(None))
    summary = inspect.cleandoc(method.__doc__ or "").split("\n\n")[0].replace("\n", " ")
    return Action(
        name=name,
        scope=scope,
        http=http,
        confirm=confirm,
        help=summary,
        arguments=model,
        answer=TypeAdapter(answer_type),
        answer_type=answer_type,
        method=method_name,
        takes_caller="caller" in hints,
        guard=guard,
        contains=contains,
    )


def _as_it_came(caller: Caller) -> Caller:
    return caller


class Registry:
    """All actions of the running app, and the one way to run them."""

    def __init__(self, bus: Bus, features: Iterable[object], present: Callable[[Caller], Caller] = _as_it_came) -> None:
        self._bus = bus
        self.present = present
        """Gives a caller as it is now, or raises NotAllowed `device_revoked`: work may outlast its device's rights."""
        self._actions: dict[str, tuple[Action, object]] = {}
        for feature in features:
            kind: type = type(feature)  # as `object`, a type checker thinks that it may not be hashable
            for item in declared(kind):
                if item.name in self._actions:
                    raise ValueError(f"action {item.name} is declared twice")
                self._actions[item.name] = (item, feature)

    def all(self) -> list[Action]:
        return [item for item, _ in self._actions.values()]

    def get(self, name: str) -> Action:
        """The declaration of `name`; raises NotFound `unknown_action`."""
        return self._find(name)[0]

    async def admit(self, name: str, arguments: dict[str, Any], caller: Caller) -> tuple[dict[str, Any], str]:
        """What the method of `name` is given, and what its guard says, if `caller` may do that now.

        Raises NotFound `unknown_action`, NotAllowed, or Refused `invalid_arguments`.
        """
        item, feature = self._find(name)
        caller = self.present(caller)
        if caller.scope < item.scope:
            raise NotAllowed(
                "scope_too_low",
                f"{name} needs the scope {item.scope.name.lower()}.",
                "Ask the streamer for a higher scope.",
            )
        if caller.owes_code and item.scope >= Scope.ADMIN:
            raise NotAllowed(
                "one_time_password_needed",
                f"{name} needs a one-time password.",
                "Type the code that your authenticator app shows.",
            )
        values = validated(item, arguments)
        said = await item.guard(feature, caller, values) if item.guard else ""
        return values | ({"caller": caller} if item.takes_caller else {}), said

    async def contained(
        self, name: str, arguments: dict[str, Any], outer: tuple[tuple[Any, ...], ...] = ()
    ) -> list[Call]:
        """This call, and all that it does, however deep; `outer` are those it is inside of, by name and number.

        Raises Conflict `contains_itself` or `too_many_steps`.
        """
        found: list[Call] = [(name, arguments)]
        try:
            item, feature = self._find(name)
            if item.contains is None:
                return found
            values = validated(item, arguments)
            inner = await item.contains(feature, values)
        except CompanionError:
            return found  # it cannot be done, and whoever does it is told why
        place = (name, *(values[key] for key in item.path_arguments))
        shown = " ".join(map(str, place))
        if place in outer or len(outer) >= DEEP:
            message = f"{shown} is inside itself, or inside more than {DEEP} others."
            raise Conflict("contains_itself", message, "Take it out of its own steps.")
        for call in inner:
            found += await self.contained(*call, (*outer, place))
            if len(found) > CALLS_IN_ALL:
                raise Conflict("too_many_steps", f"{shown} has more than {CALLS_IN_ALL} steps.", "Make it shorter.")
        return found

    def asking(self, calls: Iterable[Call]) -> list[str]:
        """The actions among `calls` that ask a person first."""
        return sorted({name for name, _ in calls if name in self._actions and self._actions[name][0].confirm})

    async def _require_agreement(self, name: str, arguments: dict[str, Any], caller: Caller) -> None:
        asking = self.asking(await self.contained(name, arguments))
        if asking and not caller.agreed:
            inside = "" if asking == [name] else f": it contains {', '.join(one for one in asking if one != name)}"
            raise Refused(
                "confirmation_needed",
                f"{name} asks before it acts{inside}.",
                f"If you mean it, send it again with `{AGREEMENT}`.",
                actions=asking,
            )

    async def invoke(self, name: str, arguments: dict[str, Any], caller: Caller) -> Any:
        """Check, validate, run, time and record the action `name`; returns what its method returned."""
        began = time.perf_counter()
        outcome, message, remedy, said = "internal_error", "", "", ""
        try:
            values, said = await self.admit(name, arguments, caller)
            item, feature = self._find(name)
            await self._require_agreement(name, arguments, caller)
            result = await getattr(feature, item.method)(**values)
            outcome = "ok"
            return result.for_viewers() if caller.scope <= Scope.VIEW and isinstance(result, Told) else result
        except CompanionError as error:
            outcome, message, remedy = error.code, error.message, error.remedy
            raise
        except Exception as error:
            log.exception("action %s failed", name)
            failure = InternalError()
            message, remedy = failure.message, failure.remedy
            raise failure from error
        finally:
            seconds = round(time.perf_counter() - began, 6)
            log.debug("%s by %s %s: %s in %.3f s", name, caller.door, caller.name, outcome, seconds)
            if name in self._actions and self._actions[name][0].scope >= Scope.CONTROL:
                fact = _invoked(self._actions[name][0], arguments, caller, outcome, seconds, said)
                self._bus.publish(dataclasses.replace(fact, message=message, remedy=remedy))

    def _find(self, name: str) -> tuple[Action, object]:
        try:
            return self._actions[name]
        except KeyError:
            raise NotFound(
                "unknown_action", f"There is no action {name!r}.", "`companion actions` lists all."
            ) from None


def _invoked(
    item: Action, arguments: dict[str, Any], caller: Caller, outcome: str, seconds: float, said: str
) -> ActionInvoked:
    subject = [str(arguments[name])[:100] for name in item.path_arguments if name in arguments]
    return ActionInvoked(
        item.name,
        caller.door,
        caller.name,
        outcome,
        seconds,
        device=caller.device,
        address=caller.address,
        subject=" ".join([*subject, said]).strip(),
        administrative=bool(said) or (item.scope >= Scope.ADMIN and item.http_method != "GET"),
    )


def validated(item: Action, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `item` in their Python types; raises Refused `invalid_arguments`."""
    try:
        model = item.arguments.model_validate(arguments)
    except ValidationError as error:
        problems = [
            {"field": ".".join(str(part) for part in problem["loc"]) or "(all)", "problem": problem["msg"]}
            for problem in error.errors(include_url=False, include_input=False)
        ]
        first = problems[0]
        raise Refused(
            "invalid_arguments",
            f"{item.name}: {first['field']}: {first['problem']}.",
            f"See `companion actions` for the arguments of {item.name}.",
            problems=problems,
        ) from None
    return {field: getattr(model, field) for field in item.arguments.model_fields}
