"""Bits and NAL units of H.264 and HEVC: how packets are framed, and what their headers say."""

from collections.abc import Iterable, Sequence


def split_nals(data: bytes, length_size: int) -> list[bytes]:
    """The NAL units of a packet; `length_size` is the size of their length fields, 0 for start codes (Annex B)."""
    return _split_lengths(data, length_size) if length_size else _split_start_codes(data)


def join_nals(nals: Iterable[bytes], length_size: int) -> bytes:
    """The packet that holds `nals`, framed as `split_nals` reads it."""
    if length_size:
        return b"".join(len(nal).to_bytes(length_size, "big") + nal for nal in nals)
    return b"".join(b"\x00\x00\x00\x01" + nal for nal in nals)


def unescape(nal: bytes) -> bytes:
    """A NAL unit without its emulation prevention bytes."""
    return nal.replace(b"\x00\x00\x03", b"\x00\x00") if b"\x00\x00\x03" in nal else nal


def escape(payload: bytes) -> bytes:
    """`payload` with emulation prevention bytes, so that no start code can be read into it."""
    out = bytearray()
    zeros = 0
    for byte in payload:
        if zeros >= 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(out)


class BitReader:
    """Reads the fields of a header; `position` counts bits from its start. Raises ValueError past the end."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._size = len(data) * 8
        self.position = 0

    def u(self, bits: int) -> int:
        """An unsigned number of `bits` bits."""
        self.position += bits
        if self.position > self._size:
            raise ValueError("a header ends too early")
        return self._value >> (self._size - self.position) & ((1 << bits) - 1)

    def flag(self) -> bool:
        return bool(self.u(1))

    def ue(self) -> int:
        """An unsigned Exp-Golomb number."""
        zeros = 0
        while not self.u(1):
            zeros += 1
            if zeros > 32:
                raise ValueError("a header holds no valid number")
        return (1 << zeros) - 1 + self.u(zeros)

    def se(self) -> int:
        """A signed Exp-Golomb number."""
        code = self.ue()
        return (code + 1) // 2 if code % 2 else -(code // 2)

    def rest(self) -> str:
        """All bits from here on, as text of 0 and 1."""
        left = self._size - self.position
        return f"{self._value & ((1 << left) - 1):0{left}b}" if left else ""


def ue_bits(number: int) -> str:
    """`number` as an Exp-Golomb code, as text of 0 and 1."""
    code = f"{number + 1:b}"
    return "0" * (len(code) - 1) + code


def pack_bits(parts: Sequence[str]) -> bytes:
    """Text of 0 and 1 as bytes, filled up with zeros."""
    bits = "".join(parts)
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _split_lengths(data: bytes, length_size: int) -> list[bytes]:
    nals = []
    at = 0
    while at + length_size <= len(data):
        size = int.from_bytes(data[at : at + length_size], "big")
        at += length_size
        if at + size > len(data):
            raise ValueError("a packet ends inside a NAL unit")
        if size:
            nals.append(data[at : at + size])
        at += size
    return nals


def _split_start_codes(data: bytes) -> list[bytes]:
    nals = []
    at = data.find(b"\x00\x00\x01")
    while at >= 0:
        following = data.find(b"\x00\x00\x01", at + 3)
        # Zero bytes before a start code belong to it; a NAL unit itself never ends with one.
        nal = data[at + 3 : following if following >= 0 else len(data)].rstrip(b"\x00")
        if nal:
            nals.append(nal)
        at = following
    return nals
