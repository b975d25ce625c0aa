"""Comparing decoded pictures: how far apart, where worst, and which of two neighbours one resembles more."""

import dataclasses
import math
from collections.abc import Sequence
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


@dataclasses.dataclass(frozen=True)
class Picture:
    """Luma and chroma samples on a grid, in 8-bit levels; pictures of one size and `fine` share the grid.

    `samples` has those of all planes, one behind another; each of `planes` looks into it.
    """

    samples: NDArray[np.int16]
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
        planes = [_samples(frame, number, step) for number in range(min(3, len(frame.planes)))]
        return cls._from(planes, corrupt, ratio)

    @classmethod
    def _from(cls, planes: Sequence[NDArray[Any]], corrupt: bool, ratio: int) -> "Picture":
        """Copies `planes`: what is compared lies close together then, and takes few calls."""
        samples = np.empty(sum(plane.size for plane in planes), np.int16)
        copies: list[NDArray[np.int16]] = []
        at = 0
        for plane in planes:
            copies.append(samples[at : at + plane.size].reshape(plane.shape))
            copies[-1][:] = plane
            at += plane.size
        return cls(samples, tuple(copies), corrupt, ratio)

    def like(self, other: "Picture") -> bool:
        """Whether they share the grid."""
        return [plane.shape for plane in self.planes] == [plane.shape for plane in other.planes]

    def coarse(self) -> "Picture":
        """The same picture on the coarse grid."""
        return self._from([plane[:: self.ratio, :: self.ratio] for plane in self.planes], self.corrupt, 1)


def squared_error(one: Picture, other: Picture) -> float:
    """The mean squared error over the planes, weighted by their samples; infinite for different sizes."""
    return _energy(one.samples - other.samples) / max(one.samples.size, 1) if one.like(other) else math.inf


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
    if not (shown.like(expected) and shown.like(neighbour)):
        return None
    moved = np.flatnonzero(np.abs(expected.samples - neighbour.samples) > MOVED_LEVELS)
    if len(moved) < MOVED_SAMPLES:
        return None
    mine = shown.samples[moved]
    missed, matched = (_energy(mine - other.samples[moved]) for other in (expected, neighbour))
    return (matched + len(moved)) / (missed + len(moved))


def _energy(difference: NDArray[np.int16]) -> float:
    levels = difference.astype(np.float32)
    return float(np.vdot(levels, levels))


def look_alike(one: Picture, other: Picture) -> bool:
    """Whether they differ no more than before and behind a keyframe that is coded more finely than what leads to it.

    A frame encoded anew may be made from either then.
    """
    return all(block_errors(one, other, plane).max() < ALIKE_BLOCK for plane in range(len(one.planes)))


def _is_planar(frame: av.VideoFrame) -> bool:
    name = frame.format.name
    return name.startswith(("yuv4", "yuvj4", "gray", "gbrp")) and not name.endswith("be") and "f32" not in name


def _samples(frame: av.VideoFrame, number: int, step: int) -> NDArray[Any]:
    plane: Any = frame.planes[number]
    bits = frame.format.components[number].bits
    kind = np.uint8 if bits <= 8 else np.uint16
    rows = np.frombuffer(plane, kind).reshape(plane.height, plane.line_size // np.dtype(kind).itemsize)
    samples: NDArray[Any] = rows[::step, : plane.width : step]
    return samples >> (bits - 8) if bits > 8 else samples
