"""Splicing AV1: every key frame brings its sequence header, so re-encoded pictures need no rewriting."""

from collections.abc import Iterator
from typing import Any

from companion.adapters.media.cut_codec import CannotCopy, Encoder, Entry

SEQUENCE_HEADER, FRAME_HEADER, FRAME = 1, 3, 6
PIX_FMTS = ("yuv420p", "yuv420p10le")


class Av1:
    """One source's AV1 stream, as cutting sees it."""

    codec_tag = "av01"

    def __init__(self, context: Any) -> None:
        self._extradata = context.extradata or b""
        if context.pix_fmt not in PIX_FMTS:
            raise CannotCopy(f"AV1 with pixels as {context.pix_fmt} cannot be matched")

    def entry(self, data: bytes) -> Entry:
        """Decoding may start at a shown key frame that brings its sequence header."""
        has_header = False
        for kind, payload in _obus(data):
            if kind == SEQUENCE_HEADER:
                has_header = True
            elif kind in (FRAME_HEADER, FRAME):
                # The first bits: show_existing_frame = 0, frame_type = 00 (key frame), show_frame = 1.
                return Entry.CLEAN if has_header and data[payload] >> 4 == 1 else Entry.NONE
        return Entry.NONE

    def hidden(self, data: bytes) -> int:
        """How many pictures the packet holds that are to be shown later, less those held before that it shows."""
        count = 0
        for kind, payload in _obus(data):
            if kind in (FRAME_HEADER, FRAME):
                first = data[payload]
                if first >> 7:
                    count -= 1
                elif not first >> 4 & 1:
                    count += 1
        return count

    def encoder(self) -> Encoder:
        # Faster presets drop single frames to 30 dB.
        return Encoder("libsvtav1", {"preset": "8", "crf": "20"})

    def adapt(self, packets: list[bytes], extradata: bytes) -> list[bytes]:
        return packets

    def close(self, last: bytes) -> bytes:
        return last

    def header(self) -> bytes:
        return bytes(self._extradata)


def _obus(data: bytes) -> Iterator[tuple[int, int]]:
    """Each unit's kind and where its payload begins."""
    at = 0
    while at < len(data):
        first = data[at]
        at += 2 if first & 4 else 1
        size, shift = len(data) - at, 0
        if first & 2:
            size = 0
            while True:
                byte = data[at]
                at += 1
                size |= (byte & 127) << shift
                shift += 7
                if not byte & 128:
                    break
        yield first >> 3 & 15, at
        at += size
