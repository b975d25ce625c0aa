"""Comparing decoded pictures: how far apart, where worst, and which of two neighbours one resembles more."""

import dataclasses
import math
import statistics
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

FINE_SAMPLES = 250_000
COARSE_SAMPLES = 30_000
BLOCK = 8
MOVED_LEVELS = 12
"""From this difference on (of 255 levels) a sample counts as moved between two frames: above what coding blurs."""
MOVED_SAMPLES = 24
"""With fewer moved samples two frames count as the same picture; only time stamps can tell them apart."""

ALIKE_BLOCK = 100.0
"""The mean squared error, in its worst block, up to which a picture looks like another that was coded more finely."""

STANDSTILL, JUMP = 0.2, 3.0
"""How much shorter or longer than usual a step from one picture to the next is that stands out."""
BACKWARDS = 1.1
"""A picture is nearer to the next one than to the one after that, at least by so much."""
STEP = 0.3
"""From how many levels on average there is motion, not noise."""
MOST_LEVELS = 32


@dataclasses.dataclass(frozen=True)
class Picture:
    """Luma and chroma samples on a grid, in 8-bit levels; pictures of one size and `fine` share the grid."""

    planes: tuple[NDArray[np.int16], ...]
    corrupt: bool
    ratio: int
    """Of how many samples, in each direction, the coarse grid keeps one; 1 when it is the coarse grid."""

    @classmethod
    def of(cls, frame: av.VideoFrame, *, fine: bool) -> "Picture":
        """Sample a decoded frame: densely enough for small motion when `fine`, else for gross errors only."""
        size = frame.width * frame.height
        step = max(1, round(math.sqrt(size / FINE_SAMPLES)))
        ratio = max(1, round(math.sqrt(size / COARSE_SAMPLES) / step))
        if not fine:
            step, ratio = step * ratio, 1
        corrupt = bool(frame.is_corrupt)
        if not _is_planar(frame):
            frame = frame.reformat(format="yuv420p")
        planes = tuple(_samples(frame, number, step) for number in range(min(3, len(frame.planes))))
        return cls(planes, corrupt, ratio)

    def coarse(self) -> "Picture":
        """The same picture on the coarse grid."""
        return Picture(tuple(plane[:: self.ratio, :: self.ratio] for plane in self.planes), self.corrupt, 1)


def squared_error(one: Picture, other: Picture) -> float:
    """The mean squared error over the planes, weighted by their samples; infinite for different sizes."""
    if [plane.shape for plane in one.planes] != [plane.shape for plane in other.planes]:
        return math.inf
    total, count = 0.0, 0
    for mine, theirs in zip(one.planes, other.planes, strict=True):
        difference = (mine - theirs).astype(np.float32).ravel()
        total += float(np.vdot(difference, difference))
        count += difference.size
    return total / max(count, 1)


def block_errors(one: Picture, other: Picture, plane: int = 0) -> NDArray[np.float32]:
    """The mean squared error of each block of samples, of luma unless told: a small damaged part stands out here."""
    difference = (one.planes[plane] - other.planes[plane]).astype(np.float32)
    rows, columns = (size // BLOCK * BLOCK for size in difference.shape)
    if not rows or not columns:
        return np.array([[np.square(difference).mean()]], np.float32)
    blocks = np.square(difference[:rows, :columns]).reshape(rows // BLOCK, BLOCK, columns // BLOCK, BLOCK)
    averages: NDArray[np.float32] = blocks.mean(axis=(1, 3))
    return averages


def decibels(error: float) -> float:
    """A mean squared error as PSNR; 99 for equal pictures."""
    return 99.0 if error <= 0 else max(0.0, 10 * math.log10(255**2 / error)) if math.isfinite(error) else 0.0


def likeness(shown: Picture, expected: Picture, neighbour: Picture) -> float | None:
    """How much closer `shown` is to `expected` than to `neighbour`, where these two differ.

    Above 1 it is the expected picture, below 1 the neighbour; None when the two cannot be told apart.
    """
    moved, missed, matched = 0, 0.0, 0.0
    for here, wanted, other in zip(shown.planes, expected.planes, neighbour.planes, strict=True):
        if not here.shape == wanted.shape == other.shape:
            return None
        where = np.abs(wanted - other) > MOVED_LEVELS
        moved += int(np.count_nonzero(where))
        mine = here[where].astype(np.float32)
        missed += float(np.square(mine - wanted[where]).sum())
        matched += float(np.square(mine - other[where]).sum())
    if moved < MOVED_SAMPLES:
        return None
    return (matched + moved) / (missed + moved)


def look_alike(one: Picture, other: Picture) -> bool:
    """Whether they differ no more than before and behind a keyframe that is coded more finely than what leads to it.

    A frame encoded anew may be made from either then.
    """
    return all(block_errors(one, other, plane).max() < ALIKE_BLOCK for plane in range(len(one.planes)))


class Stretch:
    """Pictures shown one after another, of which is kept how far each is from those before it."""

    def __init__(self) -> None:
        self._last: list[NDArray[np.int16]] = []
        self._steps: list[float] = []
        self._twice: list[float] = []
        self._mixed = False

    def add(self, picture: Picture) -> None:
        """Go on with the next one."""
        plane = picture.coarse().planes[0]
        self._mixed = self._mixed or any(plane.shape != one.shape for one in self._last)
        if not self._mixed:
            self._steps += [_step(one, plane) for one in self._last[-1:]]
            self._twice += [_step(one, plane) for one in self._last[:-1]]
        self._last = [*self._last[-1:], plane]

    def uneven(self) -> bool:
        """Whether one of the pictures stands still, jumps, or does not belong between the others.

        True also where their motion is such that this cannot be told.
        """
        usual = statistics.median(self._steps or [0.0])
        if self._mixed or any(step < STANDSTILL * usual or step > JUMP * max(usual, STEP) for step in self._steps):
            return True
        moved = [(far, near) for far, near in zip(self._twice, self._steps, strict=False) if near > STEP]
        return any(far < BACKWARDS * near for far, near in moved)


def _step(one: NDArray[np.int16], other: NDArray[np.int16]) -> float:
    """By how many levels two pictures differ on average, where what blinks counts no more than what moves."""
    return float(np.minimum(np.abs(one - other), MOST_LEVELS).mean())


def _is_planar(frame: av.VideoFrame) -> bool:
    name = frame.format.name
    return name.startswith(("yuv4", "yuvj4", "gray", "gbrp")) and not name.endswith("be") and "f32" not in name


def _samples(frame: av.VideoFrame, number: int, step: int) -> NDArray[np.int16]:
    plane: Any = frame.planes[number]
    bits = frame.format.components[number].bits
    kind = np.uint8 if bits <= 8 else np.uint16
    rows = np.frombuffer(plane, kind).reshape(plane.height, plane.line_size // np.dtype(kind).itemsize)
    samples: NDArray[Any] = rows[::step, : plane.width : step]
    return (samples >> (bits - 8) if bits > 8 else samples).astype(np.int16)
