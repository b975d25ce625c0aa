"""A frame number as a row of black and white blocks: drawn into test pictures, read back from what OBS made of them.

The row fills the picture's top sixth: 20 cells over its whole width, from left to right white, black, 16 bits (the
highest first), the bits' parity, white. It survives scaling and lossy encoding; a picture that blends two frames, or
that shows no code, reads as None.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Luma = npt.NDArray[np.uint8]

BITS = 16
NUMBERS = 1 << BITS
CELLS = BITS + 4
BLACK, WHITE = 16, 235
"""Limited-range luma; a reader of full-range pictures sees 0 and 255, which is further apart."""

_SURE = 40
"""How far, in luma, a cell's mean may be from the darkest or brightest cell to count as black or white."""
_CONTRAST = 120


def height(frame_height: int) -> int:
    """How many rows of pixels the code takes at the top of a picture."""
    return frame_height // 6


def draw(luma: Luma, number: int) -> None:
    """Draw `number` (modulo 65536) into the top of `luma` (rows x columns)."""
    rows, columns = luma.shape
    number %= NUMBERS
    bits = [number >> (BITS - 1 - place) & 1 for place in range(BITS)]
    cells = np.array([1, 0, *bits, sum(bits) & 1, 1], dtype=bool)
    place = np.arange(columns) * CELLS // columns
    luma[: height(rows)] = np.where(cells[place], WHITE, BLACK)


def read(luma: npt.NDArray[Any]) -> int | None:
    """The number drawn into `luma` (rows x columns, or rows x columns x colours), or None when none is sure."""
    grey = luma.mean(axis=2) if luma.ndim == 3 else luma
    rows, columns = grey.shape
    band = grey[height(rows) // 4 : max(height(rows) * 3 // 4, height(rows) // 4 + 1)]
    edges = [
        (columns * (4 * cell + 1) // (4 * CELLS), columns * (4 * cell + 3) // (4 * CELLS)) for cell in range(CELLS)
    ]
    means = np.array([band[:, left : max(right, left + 1)].mean() for left, right in edges])
    low, high = means.min(), means.max()
    white, black = means > high - _SURE, means < low + _SURE
    if high - low < _CONTRAST or not np.all(white | black):
        return None
    first, second, *bits, parity, last = (int(cell) for cell in white)
    if (first, second, last) != (1, 0, 1) or sum(bits) & 1 != parity:
        return None
    return int("".join(map(str, bits)), 2)
