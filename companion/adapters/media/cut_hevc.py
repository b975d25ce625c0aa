"""Splicing HEVC: re-encoded pictures get parameter sets of their own by rewriting the ids that x265 cannot set."""

import dataclasses
from typing import Any

from companion.adapters.media.bitstream import (
    BitReader,
    escape,
    join_nals,
    pack_bits,
    split_nals,
    ue_bits,
    unescape,
)
from companion.adapters.media.cut_codec import CannotCopy, Encoder, Entry, add_once

VPS, SPS, PPS, END_OF_SEQUENCE = 32, 33, 34, b"\x48\x01"
PARAMETER_SETS = (VPS, SPS, PPS)
HASH = 40  # the only such unit that the encoder makes
HASHED = 4
"""Each so many-th picture keeps its hash: checking costs half as much as decoding, and what is spoilt stays so, as each
picture refers to the one before it.
"""
IDR, CRA = (19, 20), 21
PIX_FMTS = ("yuv420p", "yuvj420p", "yuv420p10le", "yuv422p10le", "yuv444p", "yuv444p10le")
# Without B-frames no picture waits to be shown when an open GOP follows, whose first picture discards those that wait.
# Hashes of pictures, as decoders conceal damage in HEVC without a word.
PARAMS = (
    "bframes=0:weightp=0:weightb=0:slices=1:info=0:aud=0:hrd=0:hash=1:temporal-layers=0:scaling-list=off:log-level=none"
)


class Hevc:
    """One source's HEVC stream, as cutting sees it."""

    codec_tag = "hvc1"

    def __init__(self, context: Any) -> None:
        self._extradata = extradata = context.extradata or b""
        if not extradata:
            raise CannotCopy("its HEVC header is missing")
        self._configuration = extradata if extradata[0] == 1 else b""
        self._length_size = (extradata[21] & 3) + 1 if self._configuration else 0
        self._sets = _read_hvcc(extradata) if self._configuration else split_nals(extradata, 0)
        self._sets = [nal for nal in self._sets if _kind(nal) in PARAMETER_SETS]
        if {_kind(nal) for nal in self._sets} != set(PARAMETER_SETS):
            raise CannotCopy("its HEVC header is incomplete")
        if context.pix_fmt not in PIX_FMTS:
            raise CannotCopy(f"HEVC with pixels as {context.pix_fmt} cannot be matched")
        self._added: list[bytes] = []
        used = {kind: {_set_id(nal) for nal in self._sets if _kind(nal) == kind} for kind in PARAMETER_SETS}
        self._ids = {kind: next(n for n in range(16) if n not in used[kind]) for kind in PARAMETER_SETS}

    def entry(self, data: bytes) -> Entry:
        """How decoding may start at this packet, which its container marks as a key frame."""
        for nal in split_nals(data, self._length_size):
            kind = _kind(nal)
            if kind in PARAMETER_SETS and nal not in self._sets:
                raise CannotCopy("its encoder changed its settings on the way")
            if kind < VPS:
                if kind == CRA:
                    return Entry.AFTER_END
                return Entry.CLEAN if 16 <= kind < CRA else Entry.NONE
        return Entry.NONE

    def hidden(self, data: bytes) -> int:
        return 0

    def encoder(self) -> Encoder:
        """An encoder whose slice headers `adapt` understands."""
        return Encoder("libx265", {"preset": "ultrafast", "crf": "16", "x265-params": PARAMS})

    def adapt(self, packets: list[bytes], extradata: bytes) -> list[bytes]:
        """Give the encoder's parameter sets and slices ids that are free in the source, and the source's framing."""
        sets = {_kind(nal): nal for nal in split_nals(extradata, 0) if _kind(nal) in PARAMETER_SETS}
        try:
            layout = _Layout.read(sets[SPS], sets[PPS])
            add_once(self._added, [_renumber_set(sets[kind], self._ids) for kind in PARAMETER_SETS])
            hashed = range(len(packets) - 1, -1, -HASHED)
            return [self._adapt_packet(data, layout, hashed=at in hashed) for at, data in enumerate(packets)]
        except (ValueError, KeyError):
            raise CannotCopy("its re-encoded pictures could not be fitted in") from None

    def _adapt_packet(self, data: bytes, layout: "_Layout", *, hashed: bool) -> bytes:
        nals = []
        for nal in split_nals(data, 0):
            if _kind(nal) < VPS:
                nals.append(_renumber_slice(nal, layout, self._ids[PPS]))
            elif _kind(nal) not in PARAMETER_SETS and (hashed or _kind(nal) != HASH):
                nals.append(nal)
        return join_nals(nals, self._length_size)

    def close(self, last: bytes) -> bytes:
        """End the sequence, so that an open GOP's first picture starts a new one."""
        return last + join_nals([END_OF_SEQUENCE], self._length_size)

    def header(self) -> bytes:
        """The output's header: the source's parameter sets and the added ones."""
        if not self._configuration:
            return self._extradata + join_nals(self._added, 0)
        arrays = b""
        others = [nal for nal in _read_hvcc(self._extradata) if _kind(nal) not in PARAMETER_SETS]
        groups = [[nal for nal in self._sets + self._added if _kind(nal) == kind] for kind in PARAMETER_SETS]
        groups += [[nal] for nal in others]
        for nals in groups:
            completeness = 0x80 if _kind(nals[0]) in PARAMETER_SETS else 0
            arrays += bytes([completeness | _kind(nals[0])]) + len(nals).to_bytes(2, "big") + join_nals(nals, 2)
        return self._configuration[:22] + bytes([len(groups)]) + arrays


@dataclasses.dataclass(frozen=True)
class _Layout:
    """Which fields the encoder's slice headers have."""

    poc_bits: int
    chroma: bool
    sao: bool
    motion_prediction: bool
    output_flag: bool
    extra_bits: int
    cabac_init: bool
    references: tuple[int, int]
    chroma_offsets: bool
    deblocking_override: bool
    deblocking_disabled: bool
    loop_filter_across: bool
    entry_points: bool
    extension: bool

    @classmethod
    def read(cls, sps: bytes, pps: bytes) -> "_Layout":
        """From the encoder's own sets; raises ValueError for features that its options should have switched off."""
        return cls(**_read_sps(BitReader(unescape(sps)[2:])), **_read_pps(BitReader(unescape(pps)[2:])))


def _read_sps(bits: BitReader) -> dict[str, Any]:
    _skip_to_sps_id(bits)
    bits.ue()
    chroma = bits.ue()
    _only(chroma != 3 or not bits.flag())
    bits.ue(), bits.ue()
    if bits.flag():
        for _ in range(4):
            bits.ue()
    bits.ue(), bits.ue()
    poc_bits = bits.ue() + 4
    bits.u(1)
    for _ in range(3 + 6):  # one sub-layer's sizes, then those of blocks
        bits.ue()
    _only(not bits.flag())  # scaling lists
    bits.u(1)
    sao = bits.flag()
    if bits.flag():  # PCM
        bits.u(8), bits.ue(), bits.ue(), bits.u(1)
    _only(bits.ue() == 0)  # reference picture sets of the sequence
    _only(not bits.flag())  # long-term references
    return {"poc_bits": poc_bits, "chroma": chroma != 0, "sao": sao, "motion_prediction": bits.flag()}


def _read_pps(bits: BitReader) -> dict[str, Any]:
    bits.ue(), bits.ue()
    _only(not bits.flag())  # dependent slices
    found: dict[str, Any] = {"output_flag": bits.flag(), "extra_bits": bits.u(3)}
    bits.u(1)
    found["cabac_init"] = bits.flag()
    found["references"] = (bits.ue(), bits.ue())
    bits.se(), bits.u(2)
    if bits.flag():
        bits.ue()
    bits.se(), bits.se()
    found["chroma_offsets"] = bits.flag()
    _only(not bits.u(2))  # weighted prediction
    bits.u(1)
    _only(not bits.flag())  # tiles
    found["entry_points"] = bits.flag()
    found["loop_filter_across"] = bits.flag()
    found["deblocking_override"] = found["deblocking_disabled"] = False
    if bits.flag():
        found["deblocking_override"] = bits.flag()
        found["deblocking_disabled"] = bits.flag()
        if not found["deblocking_disabled"]:
            bits.se(), bits.se()
    _only(not bits.flag())  # scaling lists
    _only(not bits.flag())  # reordered reference lists
    bits.ue()
    found["extension"] = bits.flag()
    return found


def _renumber_slice(nal: bytes, layout: _Layout, pps_id: int) -> bytes:
    kind = _kind(nal)
    start = unescape(nal[:1024])
    bits = BitReader(start[2:])
    _only(bits.flag())  # one slice a picture
    if 16 <= kind <= 23:
        bits.u(1)
    before = bits.position
    bits.ue()
    after = bits.position
    _skip_slice_header(bits, kind, layout)
    end = bits.position
    body = (end + 8) // 8 + 2  # the header ends with a 1 and zeros up to the next byte
    text = f"{int.from_bytes(start[2:body], 'big'):0{(body - 2) * 8}b}"
    header = pack_bits([text[:before], ue_bits(pps_id), text[after:end], "1"])
    return nal[:2] + escape(header) + nal[_escaped_offset(nal, body) :]


def _skip_slice_header(bits: BitReader, kind: int, layout: _Layout) -> None:
    bits.u(layout.extra_bits)
    slice_type = bits.ue()  # 0 is B, 1 is P, 2 is I
    if layout.output_flag:
        bits.u(1)
    motion_prediction = False
    if kind not in IDR:
        bits.u(layout.poc_bits)
        _only(not bits.flag())
        for _ in range(bits.ue() + bits.ue()):
            bits.ue(), bits.u(1)
        motion_prediction = layout.motion_prediction and bits.flag()
    sao = layout.sao and bool(bits.u(2 if layout.chroma else 1))
    if slice_type != 2:
        _skip_references(bits, slice_type, layout, motion_prediction=motion_prediction)
    bits.se()
    if layout.chroma_offsets:
        bits.se(), bits.se()
    deblocking_disabled = layout.deblocking_disabled
    if layout.deblocking_override and bits.flag():
        deblocking_disabled = bits.flag()
        if not deblocking_disabled:
            bits.se(), bits.se()
    if layout.loop_filter_across and (sao or not deblocking_disabled):
        bits.u(1)
    if layout.entry_points and (count := bits.ue()):
        bits.u(count * (bits.ue() + 1))
    if layout.extension:
        bits.u(bits.ue() * 8)


def _skip_references(bits: BitReader, slice_type: int, layout: _Layout, *, motion_prediction: bool) -> None:
    references = layout.references
    if bits.flag():
        references = (bits.ue(), bits.ue() if slice_type == 0 else 0)
    if slice_type == 0:
        bits.u(1)
    if layout.cabac_init:
        bits.u(1)
    if motion_prediction:
        from_first = slice_type == 1 or bits.flag()
        if references[0 if from_first else 1]:
            bits.ue()
    bits.ue()


def _renumber_set(nal: bytes, ids: dict[int, int]) -> bytes:
    kind = _kind(nal)
    payload = unescape(nal)[2:]
    bits = BitReader(payload)
    text = f"{int.from_bytes(payload, 'big'):0{len(payload) * 8}b}".rstrip("0")  # up to the stop bit
    if kind == VPS:
        new = [f"{ids[VPS]:04b}", text[4:]]
    elif kind == SPS:
        _skip_to_sps_id(bits)
        before = bits.position
        bits.ue()
        new = [f"{ids[VPS]:04b}", text[4:before], ue_bits(ids[SPS]), text[bits.position :]]
    else:
        bits.ue(), bits.ue()
        new = [ue_bits(ids[PPS]), ue_bits(ids[SPS]), text[bits.position :]]
    return nal[:2] + escape(pack_bits(new))


def _skip_to_sps_id(bits: BitReader) -> None:
    bits.u(4)
    _only(bits.u(3) == 0)  # one sub-layer
    bits.u(1 + 96)


def _set_id(nal: bytes) -> int:
    bits = BitReader(unescape(nal)[2:])
    if _kind(nal) == VPS:
        return bits.u(4)
    if _kind(nal) == SPS:
        bits.u(4)
        sub_layers = bits.u(3)
        bits.u(1 + 96)
        if sub_layers:
            present = [(bits.u(1), bits.u(1)) for _ in range(8)][:sub_layers]
            bits.u(sum(88 * profile + 8 * level for profile, level in present))
    return bits.ue()


def _read_hvcc(data: bytes) -> list[bytes]:
    nals = []
    at = 23
    for _ in range(data[22]):
        count = int.from_bytes(data[at + 1 : at + 3], "big")
        at += 3
        for _ in range(count):
            size = int.from_bytes(data[at : at + 2], "big")
            nals.append(data[at + 2 : at + 2 + size])
            at += 2 + size
    return nals


def _escaped_offset(nal: bytes, offset: int) -> int:
    """Where byte `offset` of the unescaped NAL unit stands in the escaped one."""
    at = plain = zeros = 0
    while plain < offset:
        if zeros >= 2 and nal[at] == 3:
            zeros = 0
        else:
            zeros = zeros + 1 if nal[at] == 0 else 0
            plain += 1
        at += 1
    if zeros >= 2 and at < len(nal) and nal[at] == 3:
        at += 1
    return at


def _kind(nal: bytes) -> int:
    return nal[0] >> 1 & 63


def _only(fits: bool) -> None:
    if not fits:
        raise ValueError("a feature of the stream is not known here")
