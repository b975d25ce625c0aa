"""What kind of graphical session this is."""

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Session:
    """The graphical session: the X display (empty where there is none) and whether Wayland draws the screen."""

    display: str
    wayland: bool

    @classmethod
    def find(cls, environment: Mapping[str, str]) -> "Session":
        wayland = environment.get("XDG_SESSION_TYPE") == "wayland" or bool(environment.get("WAYLAND_DISPLAY"))
        return cls(environment.get("DISPLAY", ""), wayland)
