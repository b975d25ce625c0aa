"""Splicing H.264: re-encoded pictures use parameter sets of their own, under ids that the source does not use."""

from typing import Any

from companion.adapters.media.bitstream import BitReader, join_nals, split_nals, unescape
from companion.adapters.media.cut_codec import CannotCopy, Encoder, Entry, add_once

IDR, SPS, PPS = 5, 7, 8
SLICES = (1, 2, 5)
PROFILES = {66: "baseline", 77: "main", 100: "high", 110: "high10", 122: "high422", 244: "high444"}

# A few seconds at most: bits are cheap there, and the game needs the processor. A constant quantizer looks at no frame
# twice, for a sixth of the time less than a constant rate factor.
ENDS = {"preset": "ultrafast"}
QUANTIZER = 16
QUANTIZER_A_BIT = 6
"""By how much the same step size is numbered higher for each bit of a sample beyond eight."""


class H264:
    """One source's H.264 stream, as cutting sees it."""

    codec_tag = "avc1"

    def __init__(self, context: Any) -> None:
        extradata = context.extradata or b""
        if not extradata:
            raise CannotCopy("its H.264 header is missing")
        self._configuration = extradata if extradata[0] == 1 else b""
        self._length_size = (extradata[4] & 3) + 1 if self._configuration else 0
        self._sps, self._pps = _read_avcc(extradata) if self._configuration else _read_sets(extradata)
        self._extradata = extradata
        if not self._sps or not self._pps:
            raise CannotCopy("its H.264 header is incomplete")
        profile, self._level = self._sps[0][1], self._sps[0][3]
        if profile not in PROFILES:
            raise CannotCopy(f"H.264 profile {profile} cannot be matched")
        self._profile = PROFILES[profile]
        self._quantizer = QUANTIZER + QUANTIZER_A_BIT * (context.format.components[0].bits - 8)
        self._added: list[bytes] = []
        used = {_sps_id(nal) for nal in self._sps} | {_pps_id(nal) for nal in self._pps}
        self._id = next(number for number in range(1, 32) if number not in used)

    def entry(self, data: bytes) -> Entry:
        """How decoding may start at this packet, which its container marks as a key frame."""
        entry = Entry.NONE
        for nal in split_nals(data, self._length_size):
            kind = nal[0] & 31
            if kind == SPS and nal not in self._sps:
                raise CannotCopy("its encoder changed its settings on the way")
            if kind in SLICES:
                entry = Entry.CLEAN if kind == IDR else Entry.OPEN
                break
        return entry

    def hidden(self, data: bytes) -> int:
        return 0

    def encoder(self) -> Encoder:
        """An encoder whose pictures stand beside the source's in one stream."""
        params = f"sps-id={self._id}:bframes=0:level={self._level / 10:.1f}:no-deblock=0:qp={self._quantizer}"
        return Encoder("libx264", {**ENDS, "profile": self._profile, "x264-params": params})

    def adapt(self, packets: list[bytes], extradata: bytes) -> list[bytes]:
        """Frame the encoder's packets as the source's are; its parameter sets go into `header`."""
        add_once(self._added, [nal for nal in split_nals(extradata, 0) if nal[0] & 31 in (SPS, PPS)])
        return [
            join_nals([nal for nal in split_nals(data, 0) if nal[0] & 31 not in (SPS, PPS)], self._length_size)
            for data in packets
        ]

    def close(self, last: bytes) -> bytes:
        return last

    def header(self) -> bytes:
        """The output's header: the source's parameter sets and the added ones."""
        if not self._configuration:
            return self._extradata + join_nals(self._added, 0)
        sps = self._sps + [nal for nal in self._added if nal[0] & 31 == SPS]
        pps = self._pps + [nal for nal in self._added if nal[0] & 31 == PPS]
        head = self._configuration[:5] + bytes([0xE0 | len(sps)])
        extension = self._configuration[_avcc_end(self._configuration) :]
        return head + join_nals(sps, 2) + bytes([len(pps)]) + join_nals(pps, 2) + extension


def _read_avcc(data: bytes) -> tuple[list[bytes], list[bytes]]:
    sps, at = _read_array(data, 6, data[5] & 31)
    pps, _ = _read_array(data, at + 1, data[at])
    return sps, pps


def _avcc_end(data: bytes) -> int:
    _, at = _read_array(data, 6, data[5] & 31)
    return _read_array(data, at + 1, data[at])[1]


def _read_array(data: bytes, at: int, count: int) -> tuple[list[bytes], int]:
    nals = []
    for _ in range(count):
        size = int.from_bytes(data[at : at + 2], "big")
        nals.append(data[at + 2 : at + 2 + size])
        at += 2 + size
    return nals, at


def _read_sets(data: bytes) -> tuple[list[bytes], list[bytes]]:
    nals = split_nals(data, 0)
    return [nal for nal in nals if nal[0] & 31 == SPS], [nal for nal in nals if nal[0] & 31 == PPS]


def _sps_id(nal: bytes) -> int:
    return BitReader(unescape(nal[:16])[4:]).ue()


def _pps_id(nal: bytes) -> int:
    return BitReader(unescape(nal[:16])[1:]).ue()
