"""What a tray shows, free of any toolkit: an icon's look, its words and its menu."""

import dataclasses
import enum
from collections.abc import Callable
from typing import Protocol

from companion.kernel.status import Report


class Look(enum.StrEnum):
    """The icon's state; each has its own colour and sign, drawn at every size."""

    READY = "ready"
    SAVING = "saving"
    ATTENTION = "attention"
    FAILED = "failed"
    OFF = "off"


@dataclasses.dataclass(frozen=True)
class MenuItem:
    """A line of the menu, known by `key` as long as it means the same; without a label it is a separator."""

    key: str
    label: str = ""
    run: Callable[[], None] | None = dataclasses.field(default=None, compare=False)

    @property
    def enabled(self) -> bool:
        return self.run is not None


@dataclasses.dataclass(frozen=True)
class TrayView:
    """Everything that the tray shows at one moment."""

    look: Look
    title: str
    detail: str
    menu: tuple[MenuItem, ...]


class TrayIcon(Protocol):
    """A place in the tray; used from the event loop only."""

    def show(self, view: TrayView) -> None:
        """Show `view` now, or as soon as there is a tray."""

    async def run(self, report: Report) -> None:
        """Keep the icon in the tray until cancelled, and report each change of its presence."""
