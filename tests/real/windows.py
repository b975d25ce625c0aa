"""What every clip of the tests is judged by: the frame on air at the trigger is the clip's last."""

import dataclasses
import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import obsws_python
import pytest

from tests.real import stage

FPS = 30


@dataclasses.dataclass(frozen=True)
class Numbers:
    """The frame number on air at `moment` lies between `low` and `high`: as far apart as a screenshot takes."""

    moment: float
    low: float
    high: float

    def at(self, moment: float) -> "Numbers":
        frames = (moment - self.moment) * FPS
        return Numbers(moment, self.low + frames, self.high + frames)


Press = Callable[[], Numbers]
"""Reads the frame number on air; the trigger follows at once."""


def on_air(client: obsws_python.ReqClient) -> Numbers:
    """The frame number on air now."""
    seen, now = stage.on_air(client), time.time()
    return Numbers(now, seen.number + (now - seen.before) * FPS, seen.number + 1 + (now - seen.after) * FPS)


def numbers(path: str | Path) -> list[int]:
    """The burnt-in number of each frame that the clip shows."""
    return [number for _, number in stage.frames_of(Path(path)) if number is not None]


def assert_window(clip: Any, seconds: float, pressed: Numbers) -> None:
    """The clip is exact, and ends with the frame on air at its end."""
    expected = pressed.at(stage_seconds(clip["wanted_end_at"]))
    assert_on_air(assert_exact(clip, seconds), expected, expected)


def assert_exact(clip: Any, seconds: float) -> int:
    """The clip is ready, proved, and shows the source's frames of its window each once; returns the last's number."""
    assert clip["state"] == "ready", clip
    assert clip["receipt"]["ok"], clip["receipt"]
    shown = numbers(clip["path"])
    wanted = [
        number
        for at, number in stage.frames_of(Path(clip["source_path"]))
        if clip["source_start"] <= at + 1e-6 < clip["source_end"]
    ]
    assert shown == wanted
    assert len(shown) == pytest.approx(seconds * FPS, abs=1.01)
    return shown[-1]


def assert_on_air(number: int, before: Numbers, after: Numbers) -> None:
    """Frame `number` was on air at some moment from `before` to `after`, give or take 0.25 s; the picture loops."""
    slack = 0.25 * FPS
    low, high, loop = before.low - slack, after.high + slack, stage.PICTURE_SECONDS * FPS
    assert (number - low) % loop <= (high - low) % loop, f"{number} is not in {low:.1f} to {high:.1f}"


def stage_seconds(text: str) -> float:
    """An API time as Unix seconds."""
    return dt.datetime.fromisoformat(text).timestamp()
