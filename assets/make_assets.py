"""Draws every icon and plays every sound of the companion into files: `python assets/make_assets.py`.

The mark is a ring that runs backwards, round a dot: "that just happened". The tile's colour and the sign in the ring
both tell the state, so that it is read at 16 pixels and without seeing colours. Each size is drawn on its own grid:
stroke widths are whole pixels, so nothing blurs.
"""

import math
import wave
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

HERE = Path(__file__).parent
TRAY_SIZES = (16, 22, 24, 32, 48, 64)
APP_SIZES = (16, 24, 32, 48, 64, 128, 256)
OVERSAMPLING = 16
RATE = 44_100

INDIGO, VIOLET = (67, 56, 202), (109, 40, 217)
TEAL, AMBER, RED, SLATE = (5, 122, 105), (217, 119, 6), (200, 30, 30), (82, 90, 105)
WHITE, PALE = (255, 255, 255), (196, 202, 212)

Colour = tuple[int, int, int]
Sign = Callable[["Canvas"], None]


class Canvas:
    """One icon of `size` pixels, drawn enlarged; lengths are in pixels of the finished icon."""

    def __init__(self, size: int, tile: Colour, ink: Colour) -> None:
        self.size = size
        self.ink = ink
        self.stroke = max(2, round(size * 0.105))
        self.bar = max(2, 2 * round(size * 0.055))  # even, as the sizes are: a bar lies sharp on the middle line
        self._image = Image.new("RGBA", (size * OVERSAMPLING, size * OVERSAMPLING), (0, 0, 0, 0))
        self.draw = ImageDraw.Draw(self._image)
        self.tile = tile
        self.draw.rounded_rectangle(self.box(0, 0, size, size), radius=size * OVERSAMPLING * 0.24, fill=tile)

    @property
    def centre(self) -> float:
        return self.size / 2

    @property
    def inner(self) -> float:
        """The radius that is free inside the ring."""
        return self.outer - self.stroke

    @property
    def outer(self) -> float:
        return self.centre - max(1, round(self.size * 0.09))

    def box(self, left: float, top: float, right: float, bottom: float) -> list[float]:
        return [left * OVERSAMPLING, top * OVERSAMPLING, right * OVERSAMPLING - 1, bottom * OVERSAMPLING - 1]

    def disc(self, radius: float) -> None:
        middle = self.centre
        self.draw.ellipse(self.box(middle - radius, middle - radius, middle + radius, middle + radius), fill=self.ink)

    def polygon(self, points: Sequence[tuple[float, float]]) -> None:
        self.draw.polygon([(x * OVERSAMPLING, y * OVERSAMPLING) for x, y in points], fill=self.ink)

    def ring(self) -> None:
        """The backward-running ring: open at the upper left, where its arrow head points back in time."""
        middle, radius = self.centre, self.outer
        around = self.box(middle - radius, middle - radius, middle + radius, middle + radius)
        self.draw.arc(around, start=-128, end=172, fill=self.ink, width=self.stroke * OVERSAMPLING)
        centre_line = radius - self.stroke / 2
        angle = math.radians(-128)
        x, y = middle + centre_line * math.cos(angle), middle + centre_line * math.sin(angle)
        along, across = (math.sin(angle), -math.cos(angle)), (math.cos(angle), math.sin(angle))
        length, width = self.stroke * 1.5, self.stroke * 1.25
        tip = (x + along[0] * length, y + along[1] * length)
        wings = [(x + across[0] * width * side, y + across[1] * width * side) for side in (1, -1)]
        self.polygon([tip, *wings])

    def finished(self) -> Image.Image:
        return self._image.resize((self.size, self.size), Image.Resampling.BOX)


def dot(canvas: Canvas) -> None:
    """The buffer records: a full dot."""
    canvas.disc(canvas.inner * 0.52)


def hollow(canvas: Canvas) -> None:
    """Nothing records: the ring stays empty but for a short bar."""
    middle, half, thick = canvas.centre, round(canvas.inner * 0.5), canvas.bar / 2
    canvas.draw.rectangle(canvas.box(middle - half, middle - thick, middle + half, middle + thick), fill=canvas.ink)


def exclamation(canvas: Canvas) -> None:
    """Something asks for a look: an exclamation mark."""
    middle, half, reach = canvas.centre, canvas.bar / 2, round(canvas.inner * 0.7)
    point = middle + reach - canvas.bar
    canvas.draw.rectangle(
        canvas.box(middle - half, middle - reach, middle + half, point - max(1, canvas.bar // 2)), fill=canvas.ink
    )
    canvas.draw.rectangle(canvas.box(middle - half, point, middle + half, middle + reach), fill=canvas.ink)


def cross(canvas: Canvas) -> None:
    """It does not work: a cross."""
    middle, reach, half = canvas.centre, canvas.inner * 0.55, canvas.bar * 0.5
    for side in (1, -1):
        canvas.polygon(
            [
                (middle - reach - half * 0.7, middle + side * (-reach + half * 0.7)),
                (middle - reach + half * 0.7, middle + side * (-reach - half * 0.7)),
                (middle + reach + half * 0.7, middle + side * (reach - half * 0.7)),
                (middle + reach - half * 0.7, middle + side * (reach + half * 0.7)),
            ]
        )


def arrow_down(canvas: Canvas) -> None:
    """A clip is being put on disk: an arrow down."""
    middle, reach, half = canvas.centre, round(canvas.inner * 0.68), canvas.bar / 2
    canvas.draw.rectangle(canvas.box(middle - half, middle - reach, middle + half, middle + half), fill=canvas.ink)
    canvas.polygon([(middle - reach, middle), (middle + reach, middle), (middle, middle + reach)])


STATES: dict[str, tuple[Colour, Colour, Sign]] = {
    "ready": (TEAL, WHITE, dot),
    "saving": (VIOLET, WHITE, arrow_down),
    "attention": (AMBER, WHITE, exclamation),
    "failed": (RED, WHITE, cross),
    "off": (SLATE, PALE, hollow),
}


def drawn(size: int, tile: Colour, ink: Colour, sign: Sign) -> Image.Image:
    """The mark at `size` pixels with `sign` in its ring."""
    canvas = Canvas(size, tile, ink)
    canvas.ring()
    sign(canvas)
    return canvas.finished()


def make_icons(folder: Path) -> None:
    """Write `tray-STATE-SIZE.png` for each state and size, `app-SIZE.png` and `app.ico`."""
    for state, (tile, ink, sign) in STATES.items():
        for size in TRAY_SIZES:
            drawn(size, tile, ink, sign).save(folder / f"tray-{state}-{size}.png", optimize=True)
    app = {size: drawn(size, INDIGO, WHITE, dot) for size in APP_SIZES}
    for size, image in app.items():
        image.save(folder / f"app-{size}.png", optimize=True)
    largest = app[APP_SIZES[-1]]
    largest.save(folder / "app.ico", sizes=[(s, s) for s in APP_SIZES], append_images=[app[s] for s in APP_SIZES[:-1]])


def tone(hertz: float, seconds: float, start: float, total: float) -> NDArray[np.float64]:
    """A soft bell of `hertz` that begins at `start` in a silence of `total` seconds: a sine with two faint partials."""
    at = np.arange(int(total * RATE)) / RATE - start
    turns = 2 * np.pi * hertz * at
    body = np.sin(turns) + 0.22 * np.sin(2 * turns) + 0.06 * np.sin(3 * turns)
    attack = np.clip(at / 0.008, 0, 1)
    release = np.clip((seconds - at) / 0.04, 0, 1)
    return np.where((at >= 0) & (at < seconds), body * np.sin(attack * np.pi / 2) * release * np.exp(-at / 0.12), 0.0)


SOUNDS: dict[str, tuple[float, list[tuple[float, float, float]]]] = {
    "saved": (0.34, [(783.99, 0.24, 0.0), (1174.66, 0.26, 0.075)]),
    "heard": (0.16, [(1046.50, 0.14, 0.0)]),
    "failed": (0.38, [(392.00, 0.22, 0.0), (293.66, 0.26, 0.12)]),
}
"""Length in seconds, and the notes: hertz, seconds, start. A fifth up for saved, a fourth down for failed."""


def make_sounds(folder: Path) -> None:
    """Write `NAME.wav`, 16 bit mono, its peak at -12 dB so that it never startles."""
    for name, (total, notes) in SOUNDS.items():
        mixed = sum((tone(hertz, length, start, total) for hertz, length, start in notes), np.zeros(int(total * RATE)))
        samples = (mixed / np.abs(mixed).max() * 10 ** (-12 / 20) * 32767).astype("<i2")
        with wave.open(str(folder / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(samples.tobytes())


if __name__ == "__main__":
    make_icons(HERE / "icons")
    make_sounds(HERE / "sounds")
