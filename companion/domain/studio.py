"""The studio as OBS shows it: scenes with their items, inputs with sound and media, profiles and collections."""

import dataclasses

SILENT_DB = -100.0
"""OBS's lowest volume, which it shows as minus infinity."""


@dataclasses.dataclass(frozen=True)
class Filter:
    """A filter of a source or scene."""

    name: str
    on: bool


@dataclasses.dataclass(frozen=True)
class Item:
    """A source in a scene; one in a group has the group's name, which takes the scene's place in requests."""

    id: int
    source: str
    visible: bool
    kind: str
    group: str | None = None


@dataclasses.dataclass(frozen=True)
class Scene:
    """A scene with its items, the topmost first."""

    name: str
    items: tuple[Item, ...] = ()
    filters: tuple[Filter, ...] = ()


@dataclasses.dataclass(frozen=True)
class Media:
    """What a media input plays; its place, in milliseconds, is that of the moment `read_at` (Unix seconds).

    `state` is none, playing, opening, buffering, paused, stopped, ended or error.
    """

    state: str
    duration_ms: int | None = None
    # Time alone makes these new: that is no change of the studio.
    position_ms: int | None = dataclasses.field(default=None, compare=False)
    read_at: float = dataclasses.field(default=0.0, compare=False)


@dataclasses.dataclass(frozen=True)
class Input:
    """An input; one without sound has no volume and is not muted.

    `device` is the id of what it hears, `default` the system's choice; None where OBS does not tell.
    """

    name: str
    kind: str
    has_audio: bool = False
    muted: bool = False
    volume_db: float | None = None
    media: Media | None = None
    filters: tuple[Filter, ...] = ()
    device: str | None = None


@dataclasses.dataclass(frozen=True)
class Camera:
    """OBS's virtual camera, which not every system offers."""

    available: bool = False
    active: bool = False


@dataclasses.dataclass(frozen=True)
class StudioState:
    """The whole studio; without a connection to OBS nothing of it is known."""

    connected: bool = False
    studio_mode: bool = False
    program: str | None = None
    preview: str | None = None
    transition: str | None = None
    transitions: tuple[str, ...] = ()
    scenes: tuple[Scene, ...] = ()
    inputs: tuple[Input, ...] = ()
    camera: Camera = Camera()
    profile: str | None = None
    profiles: tuple[str, ...] = ()
    collection: str | None = None
    collections: tuple[str, ...] = ()

    def input(self, name: str) -> Input | None:
        return next((found for found in self.inputs if found.name == name), None)

    def scene(self, name: str) -> Scene | None:
        return next((found for found in self.scenes if found.name == name), None)
