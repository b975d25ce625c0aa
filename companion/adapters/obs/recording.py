"""Which moments the recording that OBS is writing shows, kept in a file for after a restart of the companion."""

import dataclasses
import json
import logging
from pathlib import Path
from typing import Self

from companion.adapters.secrets import write_private
from companion.domain.windows import Stretch

log = logging.getLogger(__name__)

AGREE_SECONDS = 1.0
"""How much less than expected a recording may have grown unobserved: nobody pauses and resumes it faster.

The encoder of a busy computer may be behind by less than that.
"""


@dataclasses.dataclass
class Recording:
    """The file, its parts that ended with a pause, and since when and from which position on the last part runs.

    `delay` is the encoder's, in seconds, as it was last known.
    """

    path: Path | None = None
    stretches: list[Stretch] = dataclasses.field(default_factory=list)
    running_since: tuple[float, float] | None = None
    delay: float | None = None

    def parts(self, now: float) -> list[Stretch]:
        """What it shows up to `now` (Unix seconds)."""
        running = self.running_since
        return [*self.stretches, Stretch(*running, max(0.0, now - running[0]))] if running else self.stretches

    def pause(self, now: float) -> None:
        """Its running part ended at `now`."""
        self.stretches, self.running_since = self.parts(now), None

    def agrees(self, position: float, now: float) -> bool:
        """Whether it has grown to `position` by `now` as it must have when its running part was never paused."""
        return self.running_since is None or (
            abs(self.running_since[1] + now - self.running_since[0] - position) <= AGREE_SECONDS
        )

    @classmethod
    def read(cls, file: Path) -> Self:
        """What `write` left in `file`; an empty one where there is none, or none that can be used."""
        try:
            values = json.loads(file.read_text(encoding="utf-8"))
            since = values["running_since"]
            return cls(
                Path(values["path"]) if values["path"] else None,
                [Stretch(*(float(number) for number in part)) for part in values["stretches"]],
                (float(since[0]), float(since[1])) if since else None,
                None if values["delay"] is None else float(values["delay"]),
            )
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            log.warning("%s cannot be used: %s", file, error)
            return cls()

    def write(self, file: Path) -> None:
        """Keep it in `file`; without that, only what was recorded before a restart is out of reach."""
        values = {
            "path": str(self.path) if self.path else None,
            "stretches": [dataclasses.astuple(part) for part in self.stretches],
            "running_since": self.running_since,
            "delay": self.delay,
        }
        try:
            write_private(file, json.dumps(values).encode())
        except OSError as error:
            log.warning("%s cannot be written: %s", file, error.strerror)
