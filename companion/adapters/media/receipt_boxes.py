"""The outer shape of a clip's file, read byte by byte: is it whole, does it play while loading, does it hide frames."""

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}
EBML = b"\x1a\x45\xdf\xa3"
SEGMENT = b"\x18\x53\x80\x67"
LONGEST_HEADER = 64 * 1024 * 1024


@dataclasses.dataclass(frozen=True)
class Shape:
    """`stored_frames` is how many video samples an MP4 holds, shown or hidden (None: its container cannot hide any)."""

    kind: str
    whole: str
    faststart: bool | None = None
    stored_frames: int | None = None


def read_shape(path: Path) -> Shape:
    """Look at the file's outer boxes; `whole` is empty, or says what is missing."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free"):
            return _mp4(file, size)
        if head[:4] == EBML:
            return _matroska(file, size)
    return Shape("unknown", "" if size else "it is empty")


def _mp4(file: BinaryIO, size: int) -> Shape:
    places: dict[bytes, int] = {}
    stored = 0
    at = 0
    while at < size:
        file.seek(at)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        skip = 8
        if length == 1:
            length, skip = int.from_bytes(head[8:16], "big"), 16
        kind = head[4:8]
        if length < skip or at + length > size:
            return Shape("mp4", f"{kind.decode('latin-1')!r} ends {max(at + length - size, 0)} bytes behind the file")
        places.setdefault(kind, at)
        if kind == b"moov" and length <= LONGEST_HEADER:
            file.seek(at + skip)
            stored += _video_samples(memoryview(file.read(length - skip)))
        at += length
    if b"moov" not in places or b"mdat" not in places:
        return Shape("mp4", "it has no header or no content")
    return Shape("mp4", "", places[b"moov"] < places[b"mdat"], stored)


def _video_samples(moov: memoryview) -> int:
    total = 0
    for kind, track in _boxes(moov):
        if kind != b"trak":
            continue
        parts: dict[bytes, memoryview] = {}
        for name, body in _leaves(track):
            parts.setdefault(name, body)  # QuickTime has a second hdlr, further in
        if b"hdlr" in parts and bytes(parts[b"hdlr"][8:12]) == b"vide":
            for name in (b"stsz", b"stz2"):
                if name in parts:
                    total += int.from_bytes(parts[name][8:12], "big")
    return total


def _leaves(box: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    for kind, body in _boxes(box):
        if kind in CONTAINERS:
            yield from _leaves(body)
        else:
            yield kind, body


def _boxes(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    at = 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if length < 8:
            return
        yield bytes(data[at + 4 : at + 8]), data[at + 8 : at + length]
        at += length


def _matroska(file: BinaryIO, size: int) -> Shape:
    length, at = _number(file, len(EBML))
    at += length or 0
    file.seek(at)
    if file.read(4) != SEGMENT:
        return Shape("matroska", "its content is missing")
    length, at = _number(file, at + 4)
    if length is not None and at + length != size:
        return Shape("matroska", f"its content should end at byte {at + length}, the file ends at {size}")
    return Shape("matroska", "")


def _number(file: BinaryIO, at: int) -> tuple[int | None, int]:
    """An EBML size at `at` and where it ends; None for an unknown size."""
    file.seek(at)
    first = (file.read(1) or b"\xff")[0]
    width = 9 - first.bit_length() if first else 8
    rest = file.read(width - 1)
    value = int.from_bytes(bytes([first & (0xFF >> width)]) + rest, "big")
    unknown = value == (1 << (7 * width)) - 1
    file.seek(at + width, os.SEEK_SET)
    return (None if unknown else value), at + width
