"""What a packet carries, whatever its container wrapped around it: digests that stay equal from MPEG-TS or FLV to MP4.

Containers differ in framing (start codes or lengths), and may move parameter sets, delimiters and padding between
packets and header. So a digest covers everything else, and the parameter sets are gathered for themselves.
"""

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Any

Parts = Iterator[tuple[int, memoryview]]

H264_SETS = {7, 8, 13}
H264_AROUND = {9, 10, 11, 12}
HEVC_SETS = {32, 33, 34}
HEVC_AROUND = {35, 36, 37, 38}
AV1_SETS = {1}
AV1_AROUND = {2, 15}
START_CODE = b"\x00\x00\x01"


class Payload:
    """Reads the packets of one stream: `digest` of what decides picture or sound, `sets` found on the way."""

    def __init__(self, stream: Any) -> None:
        codec = stream.codec_context
        header = bytes(codec.extradata or b"")
        self.sets: set[bytes] = set()
        self.unreferenced = False
        """Whether no other picture refers to that of the packet digested last."""
        self._adts = codec.name == "aac" and not header
        self._parts: Callable[[memoryview], Parts] | None = None
        self._skipped: set[int] = set()
        self._kept_sets: set[int] = set()
        self._unreferenced: Callable[[int, memoryview], bool] = lambda kind, part: False
        if codec.name in ("h264", "hevc"):
            hevc = codec.name == "hevc"
            self._unreferenced = _hevc_unreferenced if hevc else _h264_unreferenced
            self._kept_sets = HEVC_SETS if hevc else H264_SETS
            self._skipped = self._kept_sets | (HEVC_AROUND if hevc else H264_AROUND)
            self._parts = _nal_reader(header, hevc=hevc)
            self._take_sets(_header_nals(header, hevc=hevc))
        elif codec.name in ("av1", "libdav1d", "libaom-av1"):
            self._kept_sets = AV1_SETS
            self._skipped = AV1_SETS | AV1_AROUND
            self._parts = _obus
            self._take_sets(_obus(memoryview(header)[4:]))

    def digest(self, data: memoryview) -> bytes:
        """SHA-256 over the packet less framing, delimiters, padding and parameter sets (which go to `sets`)."""
        if self._adts and len(data) > 9 and data[0] == 0xFF and data[1] & 0xF0 == 0xF0:
            data = data[7 if data[1] & 1 else 9 :]
        if self._parts is None:
            return sha256(data).digest()
        whole = sha256()
        self.unreferenced = False
        for kind, part in self._parts(data):
            if kind not in self._skipped:
                whole.update(part)
                self.unreferenced = self.unreferenced or self._unreferenced(kind, part)
            elif kind in self._kept_sets:
                self.sets.add(bytes(part).rstrip(b"\x00"))
        return whole.digest()

    def _take_sets(self, parts: Parts) -> None:
        self.sets |= {bytes(part).rstrip(b"\x00") for kind, part in parts if kind in self._kept_sets}


def digest_of_run(digests: Mapping[int, bytes]) -> str:
    """One digest for packets, from those of `Payload` by the times at which they are shown; empty for none."""
    return sha256(b"".join(digests[pts] for pts in sorted(digests))).hexdigest() if digests else ""


def _h264_unreferenced(kind: int, part: memoryview) -> bool:
    return kind == 1 and not part[0] & 0x60


def _hevc_unreferenced(kind: int, part: memoryview) -> bool:
    return kind < 16 and kind % 2 == 0 and len(part) > 1 and part[1] & 7 > 0


def _nal_reader(header: bytes, *, hevc: bool) -> Callable[[memoryview], Parts]:
    if len(header) > 22 and hevc and header[0] == 1:
        return lambda data: _by_length(data, (header[21] & 3) + 1, hevc=True)
    if len(header) > 6 and not hevc and header[0] == 1:
        return lambda data: _by_length(data, (header[4] & 3) + 1, hevc=False)
    return lambda data: _by_start_code(bytes(data), hevc=hevc)


def _header_nals(header: bytes, *, hevc: bool) -> Parts:
    """The NAL units of an avcC or hvcC record, or of a header with start codes."""
    if not header or header[0] != 1:
        yield from _by_start_code(header, hevc=hevc)
        return
    view = memoryview(header)
    if hevc:
        at = 23
        for _ in range(header[22] if len(header) > 22 else 0):
            count = int.from_bytes(view[at + 1 : at + 3], "big")
            at += 3
            for _ in range(count):
                size = int.from_bytes(view[at : at + 2], "big")
                yield (view[at + 2] >> 1) & 63, view[at + 2 : at + 2 + size]
                at += 2 + size
        return
    at = 5
    for mask in (31, 255):
        if at >= len(header):
            return
        count = header[at] & mask
        at += 1
        for _ in range(count):
            size = int.from_bytes(view[at : at + 2], "big")
            yield view[at + 2] & 31, view[at + 2 : at + 2 + size]
            at += 2 + size


def _by_length(data: memoryview, width: int, *, hevc: bool) -> Parts:
    at, end = 0, len(data)
    while at + width < end:
        size = int.from_bytes(data[at : at + width], "big")
        at += width
        part = data[at : at + size]
        if len(part):
            yield ((part[0] >> 1) & 63 if hevc else part[0] & 31), part
        at += size


def _by_start_code(data: bytes, *, hevc: bool) -> Parts:
    view = memoryview(data)
    begin = data.find(START_CODE)
    while begin >= 0:
        begin += 3
        following = data.find(START_CODE, begin)
        end = len(data) if following < 0 else following
        while end > begin and data[end - 1] == 0:
            end -= 1  # zeros before a start code belong to it, and no NAL unit ends with one
        if end > begin:
            yield ((data[begin] >> 1) & 63 if hevc else data[begin] & 31), view[begin:end]
        begin = following


def _obus(data: memoryview) -> Parts:
    at, end = 0, len(data)
    while at < end:
        head = data[at]
        body = at + (2 if head & 4 else 1)
        size = end - body
        if head & 2:
            size, shift = 0, 0
            while body < end:
                size |= (data[body] & 127) << shift
                shift += 7
                body += 1
                if not data[body - 1] & 128:
                    break
        yield (head >> 3) & 15, data[body : body + size]
        at = body + size
