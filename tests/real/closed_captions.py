"""Closed captions as a viewer's player finds them in a stream."""

from collections.abc import Iterator
from pathlib import Path

import av

SEI = 6
ATSC_CAPTIONS = b"\xb5\x00\x31GA94\x03"
ASTERISK = (0x12, 0x28)


def closed_captions(video: Path) -> list[str]:
    """What a player shows, one after the other, of the CEA-608 captions in a stream's H.264.

    They are read from the packets: OBS puts them behind a picture's slices, where ffmpeg's decoder overlooks them.
    """
    with av.open(str(video)) as file:
        packets = [bytes(packet) for packet in file.demux(video=0)]
    return [_shown_by(pairs) for packet in packets for nal in _nals(packet) if (pairs := _caption_pairs(nal))]


def _nals(packet: bytes) -> Iterator[bytes]:
    at = 0
    while at + 4 < len(packet):
        length = int.from_bytes(packet[at : at + 4], "big")
        yield packet[at + 4 : at + 4 + length]
        at += 4 + length


def _caption_pairs(nal: bytes) -> list[tuple[int, int]]:
    """The byte pairs, without their parity, of all caption messages (ITU-T T.35, ATSC's GA94) in an SEI."""
    found: list[tuple[int, int]] = []
    if nal[0] & 31 != SEI:
        return found
    plain = nal.replace(b"\x00\x00\x03", b"\x00\x00")
    for at in range(len(plain)):
        if plain.startswith(ATSC_CAPTIONS, at):
            head = at + len(ATSC_CAPTIONS)
            triplets = plain[head + 2 : head + 2 + 3 * (plain[head] & 31)]
            found += [(two & 127, three & 127) for _, two, three in zip(*[iter(triplets)] * 3, strict=True)]
    return found


def _shown_by(pairs: list[tuple[int, int]]) -> str:
    """The text of a pop-on caption: its rows parted by blanks."""
    text = ""
    for one, two in pairs:
        if one >= 0x20:
            text += chr(one) + (chr(two) if two >= 0x20 else "")
        elif (one, two) == ASTERISK:
            text = text[:-1] + "*"  # it takes the place of what is shown where it is not known
        elif 0x10 <= one < 0x20 and two >= 0x40:
            text += " "  # the beginning of a row
    return " ".join(text.split())
