"""A file without an index, read around one moment: what lies between its beginning and there is left out.

OBS writes the index of an MKV last, and none for FLV. To seek there, FFmpeg reads everything up to where it wants to
go: of a recording of hours that is gigabytes, on the disk that OBS writes to. So it is given the beginning, which tells
what is in the file, and a part that is found by bisection, as if they were one file. Packets keep their own times.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

KEPT_BYTES = 6 * 2**20
"""How much of the beginning stays: more than FFmpeg reads to learn what is in a file."""
WORTH_BYTES = 32 * 2**20
"""Less is not worth leaving out."""
NEAR_BYTES = 4 * 2**20
"""How exactly a moment is looked for."""
CHUNK_BYTES = 2**18
HEAD_BYTES = 32
INDEX_BYTES = 2**20
"""Where an FLV's index is, if somebody gave it one."""
EARLIER_SECONDS = 5.0
"""How far before the moment its readers look for key frames and sound."""
LEADS = (5.0, 30.0, 300.0)
"""How many seconds before that the part begins, one try after another, until it has a key frame by then."""


class Group(NamedTuple):
    """A run of packets: where in the file it begins, and at how many seconds."""

    at: int
    time: float


class Layout(Protocol):
    """How a container divides its packets into groups that can be read without what is before them."""

    mark: re.Pattern[bytes]

    def look(self, head: bytes) -> tuple[float, int] | None:
        """The time in seconds and the length of the group that begins with `head`; None where it is none."""

    def follows(self, behind: bytes, length: int) -> bool:
        """Whether `behind` may stand behind a group of `length`: packets may hold what looks like the beginning."""


class Clusters:
    """Matroska's, timed in milliseconds as OBS and FFmpeg do."""

    mark = re.compile(rb"\x1f\x43\xb6\x75")

    def look(self, head: bytes) -> tuple[float, int] | None:
        width = 9 - head[4].bit_length()
        length = int.from_bytes(head[4 : 4 + width], "big") - (1 << (7 * width))
        at = 4 + width
        if head[at : at + 2] == b"\xbf\x84":  # a check sum
            at += 6
        if head[at] != 0xE7:
            return None
        digits = head[at + 1] & 0x7F
        return int.from_bytes(head[at + 2 : at + 2 + digits], "big") / 1000, 4 + width + length

    def follows(self, behind: bytes, length: int) -> bool:
        return behind == b"\x1f\x43\xb6\x75"


class Tags:
    """FLV's of the picture."""

    mark = re.compile(rb"\x09.{7}\0\0\0", re.DOTALL)

    def look(self, head: bytes) -> tuple[float, int] | None:
        return int.from_bytes(head[7:8] + head[4:7], "big") / 1000, 11 + int.from_bytes(head[1:4], "big")

    def follows(self, behind: bytes, length: int) -> bool:
        return int.from_bytes(behind, "big") == length


class Groups:
    """The groups of an open file of some `size`, found without reading what is between them."""

    def __init__(self, file: BinaryIO, layout: Layout, size: int) -> None:
        self._file, self._layout, self.size = file, layout, size

    def next(self, at: int, until: int) -> Group | None:
        """The first one that begins from `at` to before `until`."""
        return next(self._between(at, until), None)

    def last(self) -> Group | None:
        """The last one that is whole, unless it is far from the end."""
        for back in (2 * NEAR_BYTES, WORTH_BYTES):
            *_, found = None, *self._between(self.size - back, self.size)
            if found:
                return found
        return None

    def before(self, time: float, low: Group) -> Group:
        """One that begins at or before `time`, not far from the last such, and not before `low`."""
        high = self.size
        while high - low.at > NEAR_BYTES:
            middle = (low.at + high) // 2
            found = self.next(middle, high)
            if found is None or found.time > time:
                high = middle
            else:
                low = found
        return low

    def _between(self, at: int, until: int) -> Iterator[Group]:
        while at < until:
            data = self._read(at, CHUNK_BYTES)
            for found in self._layout.mark.finditer(data):
                begin = at + found.start()
                if begin < until and (time := self._time(begin)) is not None:
                    yield Group(begin, time)
            if len(data) < CHUNK_BYTES:
                return
            at += len(data) - HEAD_BYTES

    def _time(self, at: int) -> float | None:
        head = self._read(at, HEAD_BYTES)
        if len(head) < HEAD_BYTES:
            return None
        found = self._layout.look(head)
        if found is None:
            return None
        time, length = found
        return time if self._layout.follows(self._read(at + length, 4), length) else None

    def _read(self, at: int, size: int) -> bytes:
        self._file.seek(at)
        return self._file.read(min(size, max(0, self.size - at)))


def last_moment(path: Path) -> float | None:
    """Where about the last packets of a long file without an index are, in seconds; None for any other file."""
    try:
        with path.open("rb", buffering=0) as file:
            known = _beginning(path, file)
            last = known.groups.last() if known else None
    except OSError:  # whoever opens it to read it says why
        return None
    return last.time - known.first.time if known and last else None


def open_near(path: Path, near: float | None) -> tuple[Any, str]:
    """PyAV's container for `path`, to be read from `near` (seconds) on, or, if None, from anywhere; and its URL.

    Raises what PyAV raises, and OSError.
    """
    import av

    until = 0.0 if near is None else near - EARLIER_SECONDS
    for lead in LEADS if until > 0 else ():
        part = _part(path, until - lead)
        if part is None:
            break
        url, begin = part
        container: Any = av.open(url, metadata_errors="replace")
        if _has_key(container, begin, until):
            return container, url
        container.close()
    return av.open(str(path), metadata_errors="replace"), str(path.absolute())


class _Beginning(NamedTuple):
    """What a file without an index begins with: `kept` is the first group that may be left out."""

    groups: Groups
    first: Group
    kept: Group


def _beginning(path: Path, file: BinaryIO) -> _Beginning | None:
    size = path.stat().st_size
    layout = _layout(file) if size > KEPT_BYTES + WORTH_BYTES else None
    if layout is None or "|" in str(path):  # what stands between the parts of a URL
        return None
    groups = Groups(file, layout, size)
    first, kept = (groups.next(at, at + WORTH_BYTES) for at in (0, KEPT_BYTES))
    return _Beginning(groups, first, kept) if first and kept else None


def _layout(file: BinaryIO) -> Layout | None:
    """How a file without an index is laid out; None for any other."""
    head = file.read(INDEX_BYTES)
    if head.startswith(b"FLV\x01"):
        return None if b"filepositions" in head else Tags()
    segment = head.find(b"\x18\x53\x80\x67") if head.startswith(b"\x1a\x45\xdf\xa3") else -1
    # The length of its segment is told last, together with the index.
    unknown = segment >= 0 and head[segment + 4 : segment + 12] == b"\x01" + 7 * b"\xff"
    milliseconds = b"\x2a\xd7\xb1\x83\x0f\x42\x40"
    return Clusters() if unknown and milliseconds in head else None


def _part(path: Path, time: float) -> tuple[str, Group] | None:
    """The URL of `path` without what is between its beginning and `time`, and the part's begin; None: not worth it."""
    with path.open("rb", buffering=0) as file:
        known = _beginning(path, file)
        if known is None:
            return None
        begin = known.groups.before(time + known.first.time, known.kept)
    if begin.at - known.kept.at < WORTH_BYTES:
        return None
    pieces = ((0, known.kept.at), (begin.at, known.groups.size))
    name = path.absolute()
    return "concat:" + "|".join(f"subfile,,start,{low},end,{high},,:{name}" for low, high in pieces), begin


def _has_key(container: Any, begin: Group, until: float) -> bool:
    """Whether the part that begins with `begin` has a key frame at or before `until`."""
    import av

    video = next((stream for stream in container.streams.video if stream.time_base), None)
    if video is None:
        return False
    moment = until + (container.start_time or 0) / av.time_base
    try:
        container.seek(int(moment / video.time_base), stream=video, backward=True)
        key = next((packet for packet in container.demux(video) if packet.is_keyframe and packet.pts is not None), None)
    except av.FFmpegError:
        return False
    return key is not None and begin.time <= key.pts * key.time_base <= moment
