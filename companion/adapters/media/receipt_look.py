"""Which pictures of a clip are decoded and compared with the source's: the fewest that still prove it.

Equal packets behind an equal keyframe decode to equal pictures, so copied stretches need no decoding beyond their
ends. What was encoded anew is decoded frame by frame and compared: with what cutting decoded of the source, if that
were the same packets as are read here. Whatever looks wrong is looked at again, with all of it decoded here, before it
is called wrong.
"""

import bisect
import dataclasses
import math
import statistics
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from companion.adapters.media.receipt_film import Film, Reel, Run, Unit
from companion.adapters.media.receipt_pairs import Evidence
from companion.adapters.media.receipt_pictures import (
    Picture,
    block_errors,
    decibels,
    likeness,
    look_alike,
    squared_error,
)
from companion.adapters.media.receipt_stills import Stills

TAILS = "frame", "key", "packets"
"""Up to where a copied end is decoded: its last frame, its last keyframe, or not at all, as its packets prove it."""
BUDGET_SHARE = 0.07
"""How many frames may be decoded before a copied end is, as a share of the clip's."""
BUDGET_PIXELS = 40 * 1920 * 1080
"""How many pixels may be decoded at any rate: in a short clip, nobody waits long for them."""
SIZE_WEIGHT = 0.65
SKIPPED_WEIGHT = 0.03
"""What decoding a packet costs, in usual frames: for the most part its size decides, as keyframes show."""
SEAM_FRAMES = 3
REENCODED_DECIBELS = 26.0
COPIED_DECIBELS = 45.0
SPOILT_BLOCKS = 6
SPOILT_LIMIT = 500.0
SPOILT_TIMES_USUAL = 12.0
"""Mean squared errors: encoders do worse than that in a block or two, at sharp edges; a damaged packet in more."""
WRONG_LIKENESS = 0.7
SLICE = 200
"""So many frames are looked at in one go: of each film, hardly more pictures are in memory."""
AHEAD = 16
"""How many frames later a decoder may hand a picture over that belongs before them, in a broken file."""


@dataclasses.dataclass(frozen=True)
class Seen:
    """What came of looking at one frame of the window; `wrong` says what is not as it must be."""

    index: int
    level: float
    wrong: str = ""
    alike: bool = False
    """Whether the frames beside it look the same, so that only its time stamp tells which one it is."""


@dataclasses.dataclass(frozen=True)
class View:
    """The pictures that were compared, by their place in the window, and the decoder's complaints about the clip.

    `decoded` counts the re-encoded frames that the clip shows, `known` those compared with what cutting had decoded of
    the source.
    """

    seen: dict[int, Seen]
    decoded: int
    known: int
    trouble: list[str]

    def wrong(self) -> list[Seen]:
        return [one for one in self.seen.values() if one.wrong]


@dataclasses.dataclass
class Plan:
    """Frames to compare by their place in the window: True where small motion counts; `ends` must be seen.

    `known` are pictures of the source that cutting decoded, by pts.
    """

    frames: dict[int, bool]
    ends: set[int]
    clip_runs: list[Run]
    source_runs: list[Run]
    known: dict[int, Picture]

    def clip_cost(self, evidence: Evidence) -> float:
        """In decoded frames; those encoded anew are large, but made to be decoded fast."""
        new = {pair.shown.pts for pair in evidence.pairs if pair.shown and not pair.proved}
        return sum(_cost(run, evidence.clip_order, evidence.clip_packet, new) for run in self.clip_runs)

    def source_cost(self, evidence: Evidence) -> float:
        """In decoded frames."""
        return sum(_cost(run, evidence.decode_order, evidence.source_packet) for run in self.source_runs)


def look(evidence: Evidence) -> View:
    """Decode and compare, the end as far as the budget allows; all, and all of it here, if anything looks wrong."""
    for tail in TAILS:
        plan = _plan(evidence, tail, evidence.stills)
        if _affordable(evidence, plan):
            break
    view = _compare(evidence, plan)
    if view.wrong() or view.trouble:
        view = _compare(evidence, _plan(evidence, TAILS[0], Stills(), earlier=True))
    return view


def _affordable(evidence: Evidence, plan: Plan) -> bool:
    if not any(pair.proved for pair in evidence.pairs):
        return True  # encoding all anew cost several times that
    context = evidence.clip.video.codec_context
    budget = max(BUDGET_SHARE * len(evidence.pairs), BUDGET_PIXELS / (context.width * context.height or 1))
    return plan.source_cost(evidence) <= budget - plan.clip_cost(evidence)


def _plan(evidence: Evidence, tail: str, stills: Stills, *, earlier: bool = False) -> Plan:
    pairs = evidence.pairs
    doubtful = [place for place, pair in enumerate(pairs) if not pair.proved]
    ends = _ends(evidence, doubtful, tail=tail)
    fine = set(_neighbours(evidence, ends)) | {pairs[at].source.pts for at in ends}
    frames = {at: pairs[at].source.pts in fine for at in sorted({*doubtful, *ends})}
    source = {pairs[at].source.pts: dense for at, dense in frames.items()} | dict.fromkeys(fine, True)
    known = {pts: picture for pts, dense in source.items() if (picture := stills.get(pts, fine=dense))}
    clip = {unit.pts: dense for at, dense in frames.items() if (unit := pairs[at].shown)}
    clip_runs = _runs(evidence.clip_order, clip, _frame_ticks(evidence, evidence.clip))
    unknown = {pts: dense for pts, dense in source.items() if pts not in known}
    source_runs = _runs(evidence.decode_order, unknown, _frame_ticks(evidence, evidence.source), earlier=earlier)
    return Plan(frames, ends, clip_runs, source_runs, known)


def _frame_ticks(evidence: Evidence, film: Film) -> float:
    return evidence.frame_seconds / float(film.video.time_base or 1)


def _ends(evidence: Evidence, doubtful: list[int], *, tail: str) -> set[int]:
    """The places that must be seen, as finely as can be: the first and last frames, and those about each seam."""
    pairs, last = evidence.pairs, len(evidence.pairs) - 1
    ends = {0} | {min(1, last), last, max(0, last - 1)} & set(doubtful)
    for place in doubtful:
        if place < last and pairs[place + 1].proved:  # the seam behind a re-encoded part
            ends |= {*range(max(0, place - 1), min(last, place + SEAM_FRAMES) + 1)}
        if place and pairs[place - 1].proved:
            ends |= {place, min(last, place + 1)}
    if tail == "frame" or not pairs[last].proved:
        return ends | {last}
    return ends | {_last_key(evidence)} if tail == "key" else ends


def _last_key(evidence: Evidence) -> int:
    """The place of the last keyframe in the window."""
    return max((place for place, pair in enumerate(evidence.pairs) if pair.source.key), default=0)


def _neighbours(evidence: Evidence, ends: set[int]) -> Iterable[int]:
    """Frames of the source beside those that must be told from them, where decoding passes them or almost."""
    last = len(evidence.pairs) - 1
    if evidence.before and not evidence.pairs[0].source.key:
        yield evidence.before.pts
    if evidence.after and last in ends and not evidence.after.key:
        yield evidence.after.pts
    for place in ends:
        if place and place - 1 not in ends and not evidence.pairs[place].source.key:
            yield evidence.pairs[place - 1].source.pts
        if place < last and not evidence.pairs[place].proved:
            yield evidence.pairs[place + 1].source.pts


def _runs(order: list[Unit], wanted: dict[int, bool], frame_ticks: float, *, earlier: bool = False) -> list[Run]:
    """Group frames by the keyframe that decoding starts from; a run goes on over a keyframe that follows closely."""
    keys = sorted((unit for unit in order if unit.key), key=lambda unit: unit.pts) or order[:1]
    starts = [unit.pts for unit in keys]
    runs: list[Run] = []
    for pts in sorted(wanted):
        number = max(0, bisect.bisect_right(starts, pts) - 1)
        known = runs[-1] if runs else None
        if known is None or (known.key.pts < starts[number] and starts[number] - max(known.wanted) > 3 * frame_ticks):
            known = Run(keys[max(0, number - 1) if earlier else number], {})
            runs.append(known)
        known.wanted[pts] = wanted[pts]
    return runs


def _cost(run: Run, order: list[Unit], usual: float, new: Collection[int] = ()) -> float:
    cost, started, missing = 0.0, False, set(run.wanted)
    for unit in order:
        started = started or unit.pts == run.key.pts
        if not started:
            continue
        if unit.unreferenced and unit.pts not in run.wanted:
            cost += SKIPPED_WEIGHT
        else:
            cost += 1.0 if unit.pts in new else 1 - SIZE_WEIGHT + SIZE_WEIGHT * unit.size / usual
        missing.discard(unit.pts)
        if not missing:
            break
    return cost


def _compare(evidence: Evidence, plan: Plan) -> View:
    evidence.clip.trouble.clear()
    comparison = Comparison(evidence, plan)
    places = sorted(plan.frames)
    with ThreadPoolExecutor(max_workers=1) as beside:  # decoders wait for no interpreter
        for at in range(0, len(places), SLICE):
            comparison.go_on(places[at : at + SLICE], beside, last=at + SLICE >= len(places))
    return comparison.view()


class Comparison:
    """Both films, wound side by side past the frames of a plan: what was seen stays, the pictures do not."""

    def __init__(self, evidence: Evidence, plan: Plan) -> None:
        self._evidence, self._pairs, self._plan = evidence, evidence.pairs, plan
        self._source = Reel(evidence.source, plan.source_runs, plan.known)
        self._clip = Reel(evidence.clip, plan.clip_runs, {})
        self._differences: dict[int, Difference] = {}
        self._seen: dict[int, Seen] = {}

    def go_on(self, places: list[int], beside: ThreadPoolExecutor, *, last: bool) -> None:
        """Look at the frames of the next `places`, the source decoded in a thread of its own; at the `last` of them
        both films are decoded to the end of what the plan wants.
        """
        theirs, mine = (math.inf, math.inf) if last else self._pts(places[-1] + AHEAD)
        decoding = beside.submit(self._source.wind, theirs)
        self._clip.wind(mine)
        decoding.result()
        for place in places:
            self._see(place)
        theirs, mine = self._pts(places[-1])  # the next one must be told from it
        self._source.drop(theirs)
        self._clip.drop(mine)

    def view(self) -> View:
        """What came of it all."""
        usual = statistics.median([one.usual for one in self._differences.values() if one.usual] or [0.0])
        for place, difference in self._differences.items():
            if wrong := difference.fault(usual):
                self._seen[place] = Seen(place, difference.level, wrong)
        given = self._clip.given
        decoded = sum(pair.shown is not None and not pair.proved and pair.shown.pts in given for pair in self._pairs)
        known = sum(self._pairs[place].source.pts in self._plan.known for place in self._seen)
        trouble = list(dict.fromkeys(self._evidence.clip.trouble))
        return View(self._seen, decoded, known, trouble)

    def _pts(self, place: int) -> tuple[float, float]:
        """Of the first frame from `place` on that there is, in the source and in the clip."""
        rest = self._pairs[max(0, place) :]
        shown = next((pair.shown.pts for pair in rest if pair.shown), math.inf)
        return (rest[0].source.pts if rest else math.inf), shown

    def _pictures(self, place: int) -> tuple[Picture | None, Picture | None]:
        """The source's and the clip's, while they are held."""
        pair = self._pairs[place]
        return self._source.held.get(pair.source.pts), self._clip.held.get(pair.shown.pts) if pair.shown else None

    def _see(self, place: int) -> None:
        theirs, mine = self._pictures(place)
        if mine and theirs:
            proved = self._pairs[place].proved
            difference = self._differences[place] = Difference.between(mine, theirs, proved=proved)
            wrong, alike = ("", False) if proved else self._tell_apart(place, mine, theirs)
            self._seen[place] = Seen(place, difference.level, wrong, alike)
        elif place in self._plan.ends:
            missing = "the clip" if theirs else "the source"
            self._seen[place] = Seen(place, 0.0, f"{missing} does not show it")

    def _tell_apart(self, place: int, mine: Picture, theirs: Picture) -> tuple[str, bool]:
        """See that it is this frame of the source, and not the one before or after, as far as pictures can tell.

        Gives what is wrong, and whether neither of them could be told from it.
        """
        evidence, pairs, source = self._evidence, self._pairs, self._pairs[place].source
        before = pairs[place - 1].source if place else evidence.before
        after = pairs[place + 1].source if place + 1 < len(pairs) else evidence.after
        alike = True
        for name, beside in (("before", before), ("after", after)):
            other = self._source.held.get(beside.pts) if beside else None
            ratio = likeness(mine, theirs, other) if other else None
            if beside is None or other is None or ratio is None:
                continue
            if ratio >= WRONG_LIKENESS:
                alike = False
            elif not (beside.key or source.key) or not look_alike(theirs, other):
                return f"it is the source's frame {name}", False
        return "", alike


@dataclasses.dataclass(frozen=True)
class Difference:
    """How far a picture of the clip is from the source's: as a whole, in its worst blocks, and in its usual ones."""

    level: float
    proved: bool
    spoilt: float = 0.0
    usual: float = 0.0

    @classmethod
    def between(cls, mine: Picture, theirs: Picture, *, proved: bool) -> "Difference":
        error = squared_error(mine, theirs)
        if proved or not math.isfinite(error):
            return cls(decibels(error), proved)
        blocks = np.sort(block_errors(mine, theirs).ravel())
        return cls(decibels(error), proved, float(blocks[-min(SPOILT_BLOCKS, len(blocks))]), float(np.median(blocks)))

    def fault(self, usual: float) -> str:
        """What is wrong with it, where blocks of the clip's pictures usually differ by `usual`."""
        if self.level < (COPIED_DECIBELS if self.proved else REENCODED_DECIBELS):
            return f"only {self.level:.1f} dB like the source's"
        if self.spoilt > max(SPOILT_LIMIT, SPOILT_TIMES_USUAL * usual):
            return f"a part of it is only {decibels(self.spoilt):.1f} dB like the source's"
        return ""
