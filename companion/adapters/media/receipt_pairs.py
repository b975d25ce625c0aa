"""Which frame of the source each frame of a clip must be, by time stamps and packets alone."""

import bisect
import dataclasses
import math
import statistics
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

from companion.adapters.media.receipt_film import Film, Unit
from companion.adapters.media.receipt_stills import Stills
from companion.domain.cut import Cut

MICROSECOND = 1.5e-6
CLOCK_SECONDS = 0.002
"""How far a frame's time may be off: Matroska and FLV round to a millisecond, on both sides."""


@dataclasses.dataclass
class Pair:
    """A frame of the window: the source's packet, the clip's at its time (None: missing), and what is known of them.

    `equal` packets carry the same; `suspect` ones are equal, but something that they may refer to is not in the clip.
    """

    source: Unit
    shown: Unit | None
    equal: bool = False
    suspect: bool = False

    @property
    def proved(self) -> bool:
        return self.equal and not self.suspect


class Evidence:
    """A cut's two films side by side: `pairs` for each frame of the window, in the order they are shown.

    `source_packet` and `clip_packet` are the mean sizes of their packets, in bytes. `stills` are what cutting decoded
    of the source; none, unless the packets that it decoded are a run of the source's.
    """

    def __init__(self, cut: Cut, source: Film, clip: Film, stills: Stills) -> None:
        self.cut, self.source, self.clip = cut, source, clip
        self.source_units = source.scan(
            cut.wanted_start, cut.wanted_end, {pts for run in stills.runs for pts, _ in run}
        )
        self.clip_units = clip.scan()
        self.decode_order = self.source_units[source.video.index]
        self.clip_order = self.clip_units[clip.video.index]
        frames = sorted({unit.pts: unit for unit in self.decode_order}.values(), key=lambda unit: unit.pts)
        times = [unit.time for unit in frames]
        first = bisect.bisect_left(times, cut.wanted_start - MICROSECOND)
        behind = bisect.bisect_left(times, cut.wanted_end - MICROSECOND)
        self.expected = frames[first:behind]
        self.before = frames[first - 1] if first else None
        self.after = frames[behind] if behind < len(frames) else None
        self.shown = sorted(self.clip_order, key=lambda unit: unit.pts)
        self.source_packet, self.clip_packet = _usual_size(self.decode_order), _usual_size(self.clip_order)
        self.pairs, self.extra = self._pair()
        self._suspect()
        self.stills = stills if all(self._decodes(run) for run in stills.runs) else Stills()

    @cached_property
    def frame_seconds(self) -> float:
        """How long a frame usually lasts in the window."""
        times = [unit.time for unit in self.expected]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        return statistics.median(gaps) if gaps else (self.expected[0].duration if self.expected else 0.0) or 1 / 30

    @property
    def longest_frame(self) -> float:
        """How exactly a length can be told: a frame, at a variable rate the longest of the last few.

        MP4 keeps how long frames are decoded for, not shown, so that the last one's length is that of a neighbour.
        """
        times = [unit.time for unit in self.expected[-6:]] + ([self.end] if self.expected else [])
        return max([self.frame_seconds, *(later - earlier for earlier, later in pairwise(times))])

    @property
    def origin(self) -> float:
        """The source's time of what the clip shows at its time 0."""
        return self.expected[0].time - self.shown[0].time if self.expected and self.shown else 0.0

    @property
    def end(self) -> float:
        """When the window's last frame ends on the source's timeline, or the window, where that comes first."""
        last = self.expected[-1]
        following = self.after.time if self.after else last.time + (last.duration or self.frame_seconds)
        return min(following, max(self.cut.wanted_end, last.time + self.frame_seconds))

    def claimed(self) -> list[Pair]:
        """The pairs whose packets the cut says were copied."""
        low, high = self.cut.copied_start, self.cut.copied_end
        if low is None or high is None:
            return []
        return [pair for pair in self.pairs if low - MICROSECOND <= pair.source.time < high - MICROSECOND]

    def _pair(self) -> tuple[list[Pair], int]:
        origin = self.origin
        times = [unit.time + origin for unit in self.shown]
        pairs: list[Pair] = []
        used: set[int] = set()
        for unit in self.expected:
            at = bisect.bisect_left(times, unit.time - CLOCK_SECONDS)
            found = None
            if at < len(times) and times[at] <= unit.time + CLOCK_SECONDS and at not in used:
                used.add(at)
                found = self.shown[at]
            equal = found is not None and bool(unit.digest) and unit.digest == found.digest
            pairs.append(Pair(unit, found, equal))
        return pairs, len(self.shown) - len(used)

    def _decodes(self, packets: Sequence[tuple[int, bytes]]) -> bool:
        """Whether these, with pts and digest, stand just so in the source."""
        order = [(unit.pts, unit.digest) for unit in self.decode_order]
        first = order.index(packets[0]) if packets and packets[0] in order else 0
        return order[first : first + len(packets)] == packets

    def _suspect(self) -> None:
        """Find equal packets whose references may be missing: not begun by a keyframe, out of order, behind a gap."""
        places = {unit.pts: place for place, unit in enumerate(self.decode_order)}
        pairs = {pair.shown.pts: pair for pair in self.pairs if pair.shown}
        previous, key_time, sound = -1, math.inf, False
        for unit in self.clip_order:
            pair = pairs.get(unit.pts)
            if pair is None or not pair.equal:
                sound = False
                continue
            place = places[pair.source.pts]
            if pair.source.key:
                sound, key_time = place > previous, pair.source.time
            elif sound:
                left_out = self.decode_order[previous + 1 : place]
                # Leading pictures belong to the frames before their keyframe: nothing behind it refers to them.
                sound = place > previous and all(other.time < key_time for other in left_out)
            pair.suspect = not sound
            previous = place


def _usual_size(packets: list[Unit]) -> float:
    """Bytes, never 0."""
    return sum([packet.size for packet in packets]) / max(1, len(packets)) or 1.0
