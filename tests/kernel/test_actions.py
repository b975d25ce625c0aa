"""The registry: declaration, validation, permission, and what is recorded."""

from typing import Annotated

import pytest
from pydantic import Field

from companion.kernel.actions import ActionInvoked, Caller, Registry, Scope, action, declared
from companion.kernel.bus import Bus
from companion.kernel.errors import InternalError, NotAllowed, NotFound, Refused

STREAMER = Caller("test", Scope.ADMIN)


class Lamp:
    """A feature with a few actions."""

    def __init__(self) -> None:
        self.level = 0.0
        self.last_door = ""

    @action("lamp.dim", scope=Scope.CONTROL, http="POST /api/lamps/{id}")
    async def dim(
        self, caller: Caller, id: int, level: Annotated[float, Field(ge=0, le=1, description="0 to 1")] = 0.5
    ) -> float:
        """Dim a lamp.

        More is not said at the doors.
        """
        self.level, self.last_door = level, caller.door
        return level

    @action("lamp.look", scope=Scope.VIEW, http="GET /api/lamps")
    async def look(self, names: list[str] | None = None) -> list[str]:
        """See the lamps."""
        return names or []

    @action("lamp.break", scope=Scope.VIEW, http="POST /api/lamps/break")
    async def smash(self) -> None:
        """Break it."""
        raise ZeroDivisionError


def make() -> tuple[Registry, Lamp, Bus]:
    bus, lamp = Bus(), Lamp()
    return Registry(bus, [lamp]), lamp, bus


def test_a_declaration_needs_no_instance() -> None:
    dim, look, _ = declared(Lamp)
    assert (dim.name, dim.scope, dim.http_method, dim.http_path) == (
        "lamp.dim",
        Scope.CONTROL,
        "POST",
        "/api/lamps/{id}",
    )
    assert dim.help == "Dim a lamp."
    assert dim.path_arguments == ("id",)
    assert look.list_arguments == {"names"}
    assert dim.arguments.model_json_schema()["properties"]["level"]["maximum"] == 1


async def test_arguments_are_read_by_their_types() -> None:
    registry, lamp, _ = make()
    assert await registry.invoke("lamp.dim", {"id": "3", "level": "0.25"}, STREAMER) == 0.25
    assert (lamp.level, lamp.last_door) == (0.25, "test")


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"id": 1, "level": 2},
        {"id": 1, "level": float("nan")},
        {"id": 1, "level": "much"},
        {"id": 1, "colour": "red"},
        {"id": 1, "caller": "me"},
    ],
)
async def test_bad_arguments_are_refused_with_the_field_named(arguments: dict[str, object]) -> None:
    registry, lamp, _ = make()
    with pytest.raises(Refused) as caught:
        await registry.invoke("lamp.dim", arguments, STREAMER)
    assert caught.value.code == "invalid_arguments"
    assert caught.value.details["problems"]
    assert lamp.level == 0.0


async def test_permission_is_decided_before_anything_is_looked_at() -> None:
    registry, lamp, bus = make()
    with pytest.raises(NotAllowed) as caught:
        await registry.invoke("lamp.dim", {"nonsense": 1}, Caller("phone", Scope.VIEW, "guest"))
    assert caught.value.code == "scope_too_low"
    assert lamp.level == 0.0
    denied = bus.latest(ActionInvoked)
    assert denied is not None
    assert (denied.action, denied.door, denied.caller, denied.outcome) == (
        "lamp.dim",
        "phone",
        "guest",
        "scope_too_low",
    )


async def test_unknown_actions_and_bugs_are_told_apart() -> None:
    registry, _, bus = make()
    with pytest.raises(NotFound):
        await registry.invoke("lamp.fly", {}, STREAMER)
    with pytest.raises(InternalError):
        await registry.invoke("lamp.break", {}, STREAMER)
    assert bus.latest(ActionInvoked) is None, "looking is not audited"


def test_a_name_can_be_declared_once_only() -> None:
    with pytest.raises(ValueError, match="twice"):
        Registry(Bus(), [Lamp(), Lamp()])
