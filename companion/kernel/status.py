"""What every component says of itself: one board, read by the tray, the CLI and the API."""

import dataclasses
import enum
import time
from collections.abc import Callable

from companion.kernel.bus import Bus, Event


class Health(enum.StrEnum):
    """How a component's state should be shown."""

    OK = "ok"
    ATTENTION = "attention"
    FAILED = "failed"
    OFF = "off"


Report = Callable[[str, Health, str, str], None]
"""How a part says what became of it, without knowing its name on the board: state, health, detail, remedy."""


@dataclasses.dataclass(frozen=True)
class Component:
    """A component's named state, since when (Unix seconds), why, and what the streamer can do.

    Without a token, too, all of this is told: so neither names a path, a title or a scene.
    """

    name: str
    state: str
    health: Health
    since: float
    detail: str = ""
    remedy: str = ""


@dataclasses.dataclass(frozen=True)
class ComponentChanged(Event):
    """A component's state, detail or remedy is new."""

    component: Component


class StatusBoard:
    """Holds the last word of each component; `set` publishes only what is new."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._components: dict[str, Component] = {}

    def set(self, name: str, state: str, health: Health, detail: str = "", remedy: str = "") -> None:
        """Record the state of `name`; `since` is kept while `state` stays the same."""
        old = self._components.get(name)
        since = old.since if old and old.state == state else time.time()
        new = Component(name, state, health, since, detail, remedy)
        if new != old:
            self._components[name] = new
            self._bus.publish(ComponentChanged(new))

    def get(self, name: str) -> Component | None:
        return self._components.get(name)

    def all(self) -> list[Component]:
        """Every component, in the order in which they first spoke."""
        return list(self._components.values())
