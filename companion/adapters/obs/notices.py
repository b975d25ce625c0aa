"""What OBS says on its own, in its protocol's words: for the adapters that know them, on a bus of the link's own."""

import dataclasses
from typing import Any, ClassVar

from companion.kernel.bus import Event


@dataclasses.dataclass(frozen=True)
class ObsNotice(Event):
    """OBS told something, in its protocol's words."""

    transient: ClassVar[bool] = True

    kind: str
    data: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class ObsLevels(Event):
    """OBS measured its inputs' levels, in its protocol's words."""

    transient: ClassVar[bool] = True

    inputs: list[dict[str, Any]]
