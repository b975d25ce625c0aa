"""What a cut is, what came of it, and what proves it: the words that the cutter, the receipt and the library share.

All times are seconds on the file's own timeline: time stamps less the file's start time. A frame belongs to the window
when `start <= time < end`, compared at a microsecond.
"""

import enum
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

MICROSECOND = Fraction(1, 1_000_000)


def first_tick(time: float, origin: Fraction, time_base: Fraction) -> int:
    """The first time stamp that is not before `time`, in a file whose start time is `origin` (seconds)."""
    return math.ceil((Fraction(time) + origin - MICROSECOND) / time_base)


class CutMethod(enum.StrEnum):
    """How the picture was made: copied packets alone, re-encoded ends around copied packets, or all re-encoded."""

    COPY = "copy"
    SMART = "smart"
    REENCODE = "reencode"


class Cut(BaseModel):
    """What a finished cut says of itself; the receipt checks each word against both files.

    `start` and `end` are the true bounds: the time of the first frame, and the end of the last one, on the source's
    timeline. `copied_start` and `copied_end` bound the times of the frames whose packets were copied bit for bit
    (None when none were). `encoded_digest` covers what the packets of all other frames carry, in the order they are
    shown (empty when there are none). `reason` says why the method was not the cheapest.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Path
    path: Path
    wanted_start: float
    wanted_end: float
    start: float
    end: float
    frames: int
    method: CutMethod
    reason: str = ""
    copied_start: float | None = None
    copied_end: float | None = None
    encoded_digest: str = ""
    video_codec: str
    width: int
    height: int
    fps: float
    tracks: list[str]
    """One line a track of the clip, in the file's order: `video h264`, `audio aac Microphone`."""
    size_bytes: int


class Check(BaseModel):
    """One line of a receipt: what was looked at, what it had to be, and what it was."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    ok: bool
    expected: str
    measured: str


class Receipt(BaseModel):
    """The proof of a clip: `ok` when each check is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ok: bool
    checks: list[Check]
    cpu_seconds: float = 0.0

    def failures(self) -> list[Check]:
        return [check for check in self.checks if not check.ok]

    def as_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json")
