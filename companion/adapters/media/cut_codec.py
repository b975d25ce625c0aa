"""What cutting needs to know of a video codec, and which codecs it knows."""

import dataclasses
import enum
from collections.abc import Iterable
from typing import Any, Protocol


class CannotCopy(Exception):
    """Copied packets would not be right here; the text completes the sentence "all was re-encoded because ..."."""


class Entry(enum.Enum):
    """How decoding may start at a packet."""

    NONE = "none"
    OPEN = "open"  # only at the start of a file
    AFTER_END = "after_end"  # behind other pictures too, once `Codec.close` ended those
    CLEAN = "clean"  # behind any other pictures


@dataclasses.dataclass(frozen=True)
class Encoder:
    """An encoder by ffmpeg's name, with its options."""

    name: str
    options: dict[str, str]


class Codec(Protocol):
    """One source's video stream, as cutting sees it."""

    codec_tag: str

    def entry(self, data: bytes) -> Entry:
        """How decoding may start at a packet which the container marks as a key frame."""

    def hidden(self, data: bytes) -> int:
        """How many pictures the packet holds that are to be shown later, less those held before that it shows."""

    def encoder(self) -> Encoder:
        """An encoder whose pictures can stand beside the source's in one stream."""

    def adapt(self, packets: list[bytes], extradata: bytes) -> list[bytes]:
        """Make the encoder's packets part of the source's stream."""

    def close(self, last: bytes) -> bytes:
        """End the pictures before an entry of the kind AFTER_END; `last` is the last packet before it."""

    def header(self) -> bytes:
        """The output's header, which serves the source's packets and the adapted ones."""


class IntraOnly:
    """A codec whose every picture stands alone: a window of it is copied whole."""

    codec_tag = ""

    def __init__(self, context: Any) -> None:
        self._extradata = context.extradata or b""

    def entry(self, data: bytes) -> Entry:
        return Entry.CLEAN

    def hidden(self, data: bytes) -> int:
        return 0

    def encoder(self) -> Encoder:
        raise CannotCopy("its pictures need no encoder")

    def adapt(self, packets: list[bytes], extradata: bytes) -> list[bytes]:
        return packets

    def close(self, last: bytes) -> bytes:
        return last

    def header(self) -> bytes:
        return self._extradata


def add_once(known: list[bytes], nals: Iterable[bytes]) -> None:
    """Take up parameter sets; the head and the tail of a clip must bring the same ones."""
    new = [nal for nal in nals if nal not in known]
    if known and new:
        raise CannotCopy("its two ends would need different headers")
    known.extend(new)
