"""Which pictures of a clip are decoded and compared with the source's: the fewest that still prove it.

Equal packets behind an equal keyframe decode to equal pictures, so copied stretches need no decoding beyond their
ends. What was re-encoded is decoded and compared, as densely as the budget allows, always fully at its ends. Whatever
looks wrong at a cheap depth is looked at again without leaving anything out, before it is called wrong.
"""

import bisect
import dataclasses
import math
import statistics
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

from companion.adapters.media.receipt_film import Film, Run, Unit
from companion.adapters.media.receipt_pairs import Evidence
from companion.adapters.media.receipt_pictures import Picture, block_errors, decibels, likeness, squared_error

BUDGET_SHARE = 0.07
"""How many frames may be decoded, as a share of the clip's; opening and reading both files costs some 0.035 more."""
BUDGET_FLOOR = 120.0
BUDGET_FLOOR_REENCODED = 300.0
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
JUMP, JUMP_TIMES_USUAL = 150.0, 6.0
MOTION, STANDSTILL = 2.0, 50.0
"""What is uneven: a step between frames much larger than is usual there, or hardly any where there is motion."""


@dataclasses.dataclass(frozen=True)
class Depth:
    """How much to decode.

    `skip_clip`, `skip_source`: leave out frames that no other refers to, but for the ends. `tail`: of a copied end
    decode up to the last "frame", its last "key", or nothing ("packets" prove it). `reach`: of a long re-encoded head
    compare so many frames, and the seam behind it from its keyframe on; decode the others in the clip, and see that
    they run on evenly, unless `headless`.
    """

    skip_clip: bool = False
    skip_source: bool = False
    tail: str = "key"
    reach: int = 0
    headless: bool = False


DEPTHS = (
    Depth(tail="frame"),
    Depth(skip_source=True, tail="frame"),
    Depth(skip_source=True),
    Depth(skip_clip=True, skip_source=True),
    Depth(skip_clip=True, skip_source=True, tail="packets"),
    *(Depth(skip_clip=True, skip_source=True, tail="packets", reach=reach) for reach in (32, 8)),
    *(Depth(skip_clip=True, skip_source=True, tail="packets", reach=reach, headless=True) for reach in (64, 32, 16, 8)),
)


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
    """The pictures that were compared, by their place in the window, and the decoder's complaints about the clip."""

    seen: dict[int, Seen]
    trouble: list[str]
    sampled: bool
    uneven: bool

    def wrong(self) -> list[Seen]:
        return [one for one in self.seen.values() if one.wrong]


@dataclasses.dataclass
class Plan:
    """Frames to compare by their place in the window: True where small motion counts; `ends` must be seen.

    `unpaired` are frames of the clip that are decoded, but have no picture of the source to stand against.
    """

    frames: dict[int, bool]
    ends: set[int]
    unpaired: list[int]
    clip_runs: list[Run]
    source_runs: list[Run]
    sampled: bool

    def cost(self, evidence: Evidence) -> float:
        """In decoded frames."""
        clip = sum(_cost(run, evidence.clip_order, evidence.clip_packet) for run in self.clip_runs)
        return clip + sum(_cost(run, evidence.decode_order, evidence.source_packet) for run in self.source_runs)


def look(evidence: Evidence) -> View:
    """Decode and compare at the greatest depth that the budget allows, and again without a budget what looks wrong."""
    floor = BUDGET_FLOOR if any(pair.proved for pair in evidence.pairs) else BUDGET_FLOOR_REENCODED
    budget = max(floor, BUDGET_SHARE * len(evidence.pairs))
    for depth in DEPTHS:
        plan = _plan(evidence, depth, budget)
        if plan.cost(evidence) <= budget:
            break
    view = _compare(evidence, plan)
    if view.wrong() or view.trouble or view.uneven:
        view = _compare(evidence, _plan(evidence, DEPTHS[0], budget, earlier=True))
    return view


def _plan(evidence: Evidence, depth: Depth, budget: float, *, earlier: bool = False) -> Plan:
    pairs = evidence.pairs
    doubtful = [place for place, pair in enumerate(pairs) if not pair.proved]
    sampled = 2 * len(doubtful) > budget and len(doubtful) == len(pairs)
    if sampled:
        doubtful = _sample(evidence)
    ends = _ends(evidence, doubtful, tail=depth.tail)
    if sampled:
        ends |= set(doubtful)
    unpaired = _beyond(depth.reach, evidence, doubtful) if depth.reach and not sampled else []
    ends -= set(unpaired)
    fine = (set(_neighbours(evidence, ends)) | {pairs[at].source.pts for at in ends}) - {
        pairs[at].source.pts for at in unpaired
    }
    frames = {at: pairs[at].source.pts in fine for at in sorted({*doubtful, *ends} - set(unpaired))}
    source = {pairs[at].source.pts: dense for at, dense in frames.items()} | dict.fromkeys(fine, True)
    clip = {unit.pts: dense for at, dense in frames.items() if (unit := pairs[at].shown)}
    if not depth.headless:
        clip |= {unit.pts: False for at in unpaired if (unit := pairs[at].shown)}
    clip_runs = _runs(evidence.clip_order, clip, _frame_ticks(evidence, evidence.clip))
    compared = {unit.pts for at in frames if (unit := pairs[at].shown)}
    for run in clip_runs:  # equal packets up to a copied last frame: only what it refers to
        proved = all(pair.proved for pair in pairs if pair.shown and pair.shown.pts in run.wanted)
        run.skip = depth.skip_clip or proved
        run.thorough = compared & set(run.wanted) if depth.reach else run.thorough
    source_runs = _runs(evidence.decode_order, source, _frame_ticks(evidence, evidence.source), earlier=earlier)
    for run in source_runs:
        run.skip = depth.skip_source
        run.thorough = set(run.wanted) if depth.reach else run.thorough
    return Plan(frames, ends, [] if depth.headless else unpaired, clip_runs, source_runs, sampled)


def _beyond(reach: int, evidence: Evidence, doubtful: list[int]) -> list[int]:
    """The places of a re-encoded head behind its first `reach` frames."""
    head = [at for number, at in enumerate(doubtful) if at == number]
    return head[reach:] if len(head) < len(evidence.pairs) else []


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


def _sample(evidence: Evidence) -> list[int]:
    """Of a window that was re-encoded whole: its first and last frames, and between them the cheapest to reach."""
    count = len(evidence.pairs)
    chosen = {*range(min(3, count)), *range(max(0, count - 3), count)}
    shown = _distances(evidence.clip_order)
    source = _distances(evidence.decode_order)
    for part in range(1, 4):
        places = range(part * count // 5, (part + 1) * count // 5)
        reachable = [place for place in places if evidence.pairs[place].shown]
        if reachable:
            chosen.add(
                min(
                    reachable,
                    key=lambda place: (
                        shown[getattr(evidence.pairs[place].shown, "pts", 0)] + source[evidence.pairs[place].source.pts]
                    ),
                )
            )
    return sorted(chosen)


def _distances(order: list[Unit]) -> dict[int, int]:
    """How many packets must be decoded to show each frame."""
    distances, since = {}, 0
    for unit in order:
        since = 1 if unit.key else since + 1
        distances[unit.pts] = since
    return distances


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
    for run in runs:
        run.thorough = {pts for pts, dense in run.wanted.items() if dense}
    return runs


def _cost(run: Run, order: list[Unit], usual: float) -> float:
    cost, started, missing = 0.0, False, set(run.wanted)
    for unit in order:
        started = started or unit.pts == run.key.pts
        if not started:
            continue
        skipped = unit.unreferenced and run.skips(unit.pts)
        cost += SKIPPED_WEIGHT if skipped else 1 - SIZE_WEIGHT + SIZE_WEIGHT * unit.size / usual
        missing.discard(unit.pts)
        if not missing:
            break
    return cost


def _compare(evidence: Evidence, plan: Plan) -> View:
    evidence.clip.trouble.clear()
    with ThreadPoolExecutor(max_workers=1) as beside:  # decoders wait for no interpreter
        decoding = beside.submit(_pictures, evidence.source, plan.source_runs)
        shown = _pictures(evidence.clip, plan.clip_runs)
        expected = decoding.result()
    compared = {}
    seen = {}
    for place in plan.frames:
        unit = evidence.pairs[place].shown
        mine = shown.get(unit.pts) if unit else None
        theirs = expected.get(evidence.pairs[place].source.pts)
        if mine and theirs:
            compared[place] = Difference.between(mine, theirs, proved=evidence.pairs[place].proved)
        elif place in plan.ends:
            missing = "the clip" if theirs else "the source"
            seen[place] = Seen(place, 0.0, f"{missing} does not show it")
    usual = statistics.median([one.usual for one in compared.values() if one.usual] or [0.0])
    for place, difference in compared.items():
        wrong = difference.fault(usual)
        seen[place] = Seen(place, difference.level, wrong)
        if not wrong and not evidence.pairs[place].proved:
            seen[place] = _tell_apart(evidence, seen[place], shown, expected)
    return View(seen, list(dict.fromkeys(evidence.clip.trouble)), plan.sampled, _uneven(evidence, plan, shown))


def _uneven(evidence: Evidence, plan: Plan, shown: dict[int, Picture]) -> bool:
    """Whether the frames that were not compared jump or stand still, up to the copied one behind them.

    That can be so in the source too: then it is worth a closer look, no more.
    """
    if not plan.unpaired:
        return False
    places = range(plan.unpaired[0] - 1, plan.unpaired[-1] + 2)
    units = [evidence.pairs[at].shown for at in places]
    pictures = [shown[unit.pts].coarse() for unit in units if unit and unit.pts in shown]
    steps = [squared_error(one, other) for one, other in pairwise(pictures)]
    usual = statistics.median(steps) if steps else 0.0
    jumps = any(step > max(JUMP, JUMP_TIMES_USUAL * usual) for step in steps)
    return jumps or (usual > MOTION and min(steps) < usual / STANDSTILL)


def _pictures(film: Film, runs: list[Run]) -> dict[int, Picture]:
    return {pts: picture for run in runs for pts, picture in film.pictures(run).items()}


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


def _tell_apart(evidence: Evidence, seen: Seen, shown: dict[int, Picture], expected: dict[int, Picture]) -> Seen:
    """See that it is this frame of the source, and not the one before or after, as far as pictures can tell."""
    place, pairs = seen.index, evidence.pairs
    unit = pairs[place].shown
    assert unit is not None
    mine, theirs = shown[unit.pts], expected[pairs[place].source.pts]
    before = pairs[place - 1].source if place else evidence.before
    after = pairs[place + 1].source if place + 1 < len(pairs) else evidence.after
    told_apart = False
    for name, beside in (("before", before), ("after", after)):
        other = expected.get(beside.pts) if beside else None
        ratio = likeness(mine, theirs, other) if other else None
        told_apart = told_apart or ratio is not None
        if ratio is not None and ratio < WRONG_LIKENESS:
            return Seen(place, seen.level, f"it is the source's frame {name}")
    return Seen(place, seen.level, alike=not told_apart)
