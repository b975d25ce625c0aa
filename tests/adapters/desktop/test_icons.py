"""Our PNG reader against Pillow's, over every icon and every filter."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from companion.adapters.desktop.files import asset
from companion.adapters.desktop.icons import PNG_SIGNATURE, TRAY_SIZES, argb_of_png, pixmaps
from companion.adapters.desktop.tray import Look


@pytest.mark.parametrize("look", list(Look))
def test_every_look_has_every_size_and_the_right_pixels(look: Look) -> None:
    assert [(width, height) for width, height, _ in pixmaps(look)] == [(size, size) for size in TRAY_SIZES]
    for size, (_, _, argb) in zip(TRAY_SIZES, pixmaps(look), strict=True):
        with Image.open(asset(f"icons/tray-{look.value}-{size}.png")) as image:
            assert argb == b"".join(
                bytes((a, r, g, b)) for r, g, b, a in zip(*[iter(image.tobytes())] * 4, strict=True)
            )


def test_the_looks_differ_at_the_smallest_size() -> None:
    assert len({pixmaps(look)[0][2] for look in Look}) == len(Look)


@pytest.mark.parametrize("kind", range(5))
def test_every_row_filter_is_undone(kind: int) -> None:
    rows = b"".join(bytes([kind]) + bytes((7 * row + 13 * i) % 256 for i in range(20)) for row in range(5))

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 5, 5, 8, 6, 0, 0, 0)
    png = PNG_SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    rgba = Image.open(BytesIO(png)).tobytes()
    argb = argb_of_png(png)[2]
    assert bytes(argb[1::4]) == rgba[0::4]
    assert bytes(argb[0::4]) == rgba[3::4]
    assert bytes(argb[2::4]) == rgba[1::4]
    assert bytes(argb[3::4]) == rgba[2::4]


def test_other_files_are_refused() -> None:
    with pytest.raises(ValueError, match="not a PNG"):
        argb_of_png(b"GIF89a")
