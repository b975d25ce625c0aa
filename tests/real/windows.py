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
    """The clip is ready, proved, shows its source's frames each once, and ends with the frame on air at its end."""
    assert clip["state"] == "ready", clip
    assert clip["receipt"]["ok"], clip["receipt"]
    shown = numbers(clip["path"])
    wanted = [
        number
        for at, number in stage.frames_of(Path(clip["source_path"]))
        if clip["source_start"] <= at < clip["source_end"]
    ]
    assert shown == wanted
    assert len(shown) == pytest.approx(seconds * FPS, abs=1.01)
    expected = pressed.at(stage_seconds(clip["wanted_end_at"]))
    assert expected.low - 0.25 * FPS <= shown[-1] <= expected.high + 0.25 * FPS


def stage_seconds(text: str) -> float:
    """An API time as Unix seconds."""
    return dt.datetime.fromisoformat(text).timestamp()
