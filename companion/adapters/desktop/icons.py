"""The icons as a StatusNotifierItem wants them, read without an imaging library, whose memory the daemon saves."""

import functools
import struct
import zlib
from collections.abc import Callable

from companion.adapters.desktop.files import asset
from companion.adapters.desktop.tray import Look

TRAY_SIZES = (16, 22, 24, 32, 48, 64)
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
BYTES_PER_PIXEL = 4

Pixmap = tuple[int, int, bytes]
"""Width, height and the pixels as big-endian ARGB32."""


@functools.cache
def pixmaps(look: Look) -> list[Pixmap]:
    """The icon of `look` at each of `TRAY_SIZES`."""
    return [argb_of_png(asset(f"icons/tray-{look.value}-{size}.png").read_bytes()) for size in TRAY_SIZES]


def argb_of_png(data: bytes) -> Pixmap:
    """Decode an 8-bit RGBA PNG without interlace, as ours are."""
    if not data.startswith(PNG_SIGNATURE):
        raise ValueError("not a PNG file")
    position, packed, width, height = len(PNG_SIGNATURE), b"", 0, 0
    while position < len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        chunk = data[position + 8 : position + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", chunk)
            if (depth, colour, interlace) != (8, 6, 0):
                raise ValueError("not an 8-bit RGBA PNG without interlace")
        elif kind == b"IDAT":
            packed += chunk
        position += length + 12
    rgba = _unfiltered(zlib.decompress(packed), width * BYTES_PER_PIXEL, height)
    argb = bytearray(len(rgba))
    argb[0::4], argb[1::4], argb[2::4], argb[3::4] = rgba[3::4], rgba[0::4], rgba[1::4], rgba[2::4]
    return width, height, bytes(argb)


def _unfiltered(raw: bytes, stride: int, height: int) -> bytes:
    """Undo the PNG row filters (none, sub, up, average, Paeth)."""
    rows = bytearray()
    above = bytes(stride)
    for start in range(0, height * (stride + 1), stride + 1):
        guess = GUESSES[raw[start]]
        line = bytearray(BYTES_PER_PIXEL) + raw[start + 1 : start + 1 + stride]
        for i, (up, corner) in enumerate(zip(above, bytes(BYTES_PER_PIXEL) + above, strict=False)):
            line[i + BYTES_PER_PIXEL] = (line[i + BYTES_PER_PIXEL] + guess(line[i], up, corner)) & 0xFF
        above = bytes(line[BYTES_PER_PIXEL:])
        rows += above
    return bytes(rows)


def _paeth(left: int, up: int, corner: int) -> int:
    to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    if to_left <= to_up and to_left <= to_corner:
        return left
    return up if to_up <= to_corner else corner


GUESSES: tuple[Callable[[int, int, int], int], ...] = (
    lambda left, up, corner: 0,
    lambda left, up, corner: left,
    lambda left, up, corner: up,
    lambda left, up, corner: (left + up) // 2,
    _paeth,
)
"""What each row filter expects of a byte, from those to the left, above and above left."""
