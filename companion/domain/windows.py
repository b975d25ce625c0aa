"""Which part of which file is a moment: from the wall clock to a source file's own timeline.

Times named `*_at` here are Unix seconds; `start` and `end` without it are seconds on a file's timeline.
"""

import dataclasses
from collections.abc import Sequence

TOLERANCE_SECONDS = 0.02
"""Less than a frame at 50 fps is missing: not worth a word."""


@dataclasses.dataclass(frozen=True)
class Window:
    """A span of wall-clock time that a clip shall show."""

    start_at: float
    end_at: float

    @property
    def seconds(self) -> float:
        return self.end_at - self.start_at


@dataclasses.dataclass(frozen=True)
class Stretch:
    """A part of a file that ran without a pause: it shows the time from `start_at` on, `seconds` long."""

    start_at: float
    start: float
    seconds: float

    @property
    def end_at(self) -> float:
        return self.start_at + self.seconds


@dataclasses.dataclass(frozen=True)
class Placed:
    """A window's place on a file's timeline, and how many seconds of it the file does not have."""

    start: float
    end: float
    missing_start: float
    missing_end: float

    @property
    def whole(self) -> bool:
        return self.missing_start <= TOLERANCE_SECONDS and self.missing_end <= TOLERANCE_SECONDS


def place(window: Window, stretches: Sequence[Stretch]) -> Placed | None:
    """Where `window` lies in a file made of `stretches` (in order of time), or None where they do not meet.

    Time that falls into a pause between two stretches has no picture; it shortens the clip and is not called missing.
    """
    met = [part for part in stretches if part.end_at > window.start_at and part.start_at < window.end_at]
    if not met:
        return None
    first, last = met[0], met[-1]
    start_at, end_at = max(window.start_at, first.start_at), min(window.end_at, last.end_at)
    return Placed(
        start=first.start + (start_at - first.start_at),
        end=last.start + (end_at - last.start_at),
        missing_start=start_at - window.start_at if first is stretches[0] else 0.0,
        missing_end=window.end_at - end_at if last is stretches[-1] else 0.0,
    )


def time_of(position: float, stretches: Sequence[Stretch]) -> float:
    """The wall-clock time that the file shows at `position`."""
    part = max(
        (part for part in stretches if part.start <= position), key=lambda part: part.start, default=stretches[0]
    )
    return part.start_at + (position - part.start)
