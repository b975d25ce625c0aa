"""A frame number as a row of black and white cells: drawn into test pictures, read back from what OBS made of them.

The row fills the picture's upper ninth: 24 cells over its whole width, from left to right white, black, 16 bits of the
number (the highest first), 4 bits of check sum, black, white. It
survives scaling and lossy encoding; a picture that blends two numbers, or shows none, reads as None.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Luma = npt.NDArray[np.uint8]

BITS = 16
CHECK_BITS = 4
NUMBERS = 1 << BITS
CELLS = BITS + CHECK_BITS + 4
BLACK, WHITE = 16, 235
"""Limited-range luma; a reader of full-range pictures sees 0 and 255, which is further apart."""

_SURE = 0.3
"""A cell is black or white when its mean is within this part of the contrast from the darkest or brightest cell."""
_CONTRAST = 100


def height(frame_height: int) -> int:
    """How many rows of pixels the code takes at the top of a picture."""
    return frame_height // 9


def draw(luma: Luma, number: int) -> None:
    """Draw `number` (modulo 65536) into the top of `luma` (rows x columns)."""
    number %= NUMBERS
    cells = np.array([1, 0, *_bits(number, BITS), *_bits(_check_sum(number), CHECK_BITS), 0, 1], dtype=bool)
    edges = np.linspace(0, luma.shape[1], CELLS + 1).astype(int)
    for cell, white in enumerate(cells):
        luma[: height(luma.shape[0]), edges[cell] : edges[cell + 1]] = WHITE if white else BLACK


def read(picture: npt.NDArray[Any]) -> int | None:
    """The number drawn into `picture` (rows x columns, or rows x columns x colours), or None when none is sure."""
    grey = picture[..., :3].mean(axis=2) if picture.ndim == 3 else picture
    rows, columns = grey.shape
    row = grey[rows // 36 : max(rows // 12, rows // 36 + 1)].mean(axis=0)
    edges, third = np.linspace(0, columns, CELLS + 1), columns / CELLS / 3
    means = np.array([row[int(edge + third) : int(edge + 2 * third) + 1].mean() for edge in edges[:-1]])
    low, high = means.min(), means.max()
    white, black = means > high - _SURE * (high - low), means < low + _SURE * (high - low)
    if high - low < _CONTRAST or not np.all(white | black):
        return None
    guards = (bool(white[0]), bool(white[1]), bool(white[-2]), bool(white[-1]))
    number, check = _value(white[2 : 2 + BITS]), _value(white[2 + BITS : -2])
    return number if guards == (True, False, False, True) and check == _check_sum(number) else None


def _check_sum(number: int) -> int:
    return (number ^ (number >> 4) * 3 ^ (number >> 8) * 5 ^ (number >> 12) * 7 ^ 0b1001) & 15


def _bits(value: int, count: int) -> list[int]:
    return [value >> place & 1 for place in range(count - 1, -1, -1)]


def _value(bits: npt.NDArray[np.bool_]) -> int:
    return int("".join("1" if bit else "0" for bit in bits), 2)
