"""Which pictures of a clip are decoded and compared with the source's: the fewest that still prove it.

Equal packets behind an equal keyframe decode to equal pictures, so copied stretches need no decoding beyond their
ends. What was re-encoded is decoded and compared, as densely as the budget allows, always fully at its ends. Whatever
looks wrong at a cheap depth is looked at again without leaving anything out, before it is called wrong.
"""

import bisect
import dataclasses
import statistics
from collections.abc import Iterable

import numpy as np

from companion.adapters.media.receipt_film import Film, Run, Unit
from companion.adapters.media.receipt_pairs import Evidence
from companion.adapters.media.receipt_pictures import Picture, block_errors, decibels, likeness, squared_error

BUDGET_SHARE = 0.075
"""How many frames may be decoded, as a share of the clip's; opening and reading both files costs about 0.02 more."""
BUDGET_FLOOR = 100.0
BUDGET_FLOOR_REENCODED = 300.0
KEYFRAME_WEIGHT = 2.5
WEIGHTS = {"DEFAULT": 1.0, "NONREF": 0.63, "BIDIR": 0.36}
MINI_GOP = 8
SEAM_FRAMES = 3
REENCODED_DECIBELS = 26.0
COPIED_DECIBELS = 45.0
SPOILT_BLOCKS = 6
SPOILT_LIMIT = 500.0
SPOILT_TIMES_USUAL = 12.0
"""Mean squared errors: encoders do worse than that in a block or two, at sharp edges; a damaged packet in more."""
WRONG_LIKENESS = 0.7


@dataclasses.dataclass(frozen=True)
class Depth:
    """How much to decode: what may be skipped on either side, and whether to decode up to a copied last frame."""

    clip_skip: str
    source_skip: str
    tail: bool


DEPTHS = (
    Depth("DEFAULT", "DEFAULT", tail=True),
    Depth("DEFAULT", "NONREF", tail=True),
    Depth("DEFAULT", "NONREF", tail=False),
    Depth("DEFAULT", "BIDIR", tail=False),
    Depth("NONREF", "BIDIR", tail=False),
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

    def wrong(self) -> list[Seen]:
        return [one for one in self.seen.values() if one.wrong]


@dataclasses.dataclass
class Plan:
    """Frames to look at by their place in the window: True where small motion counts; `ends` must be seen."""

    frames: dict[int, bool]
    ends: set[int]
    clip_runs: list[Run]
    source_runs: list[Run]
    sampled: bool

    def cost(self, evidence: Evidence) -> float:
        """In decoded frames."""
        clip = sum(_cost(run, evidence.clip_order) for run in self.clip_runs)
        return clip + sum(_cost(run, evidence.decode_order) for run in self.source_runs)


def look(evidence: Evidence) -> View:
    """Decode and compare at the greatest depth that the budget allows, and again without a budget what looks wrong."""
    floor = BUDGET_FLOOR if any(pair.proved for pair in evidence.pairs) else BUDGET_FLOOR_REENCODED
    budget = max(floor, BUDGET_SHARE * len(evidence.pairs))
    for depth in DEPTHS:
        plan = _plan(evidence, depth, budget)
        if plan.cost(evidence) <= budget:
            break
    view = _compare(evidence, plan)
    if view.wrong() or view.trouble:
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
    fine = set(_neighbours(evidence, ends)) | {pairs[place].source.pts for place in ends}
    frames = {place: pairs[place].source.pts in fine for place in sorted({*doubtful, *ends})}
    clip = {unit.pts: dense for place, dense in frames.items() if (unit := pairs[place].shown)}
    source = {pairs[place].source.pts: dense for place, dense in frames.items()} | dict.fromkeys(fine, True)
    clip_ends = [unit.pts for place, dense in frames.items() if dense and (unit := pairs[place].shown)]
    clip_runs = _runs(evidence.clip_order, clip, depth.clip_skip, clip_ends, _frame_ticks(evidence, evidence.clip))
    for run in clip_runs:
        if all(pair.proved for pair in pairs if pair.shown and pair.shown.pts in run.wanted):
            run.skip = "NONREF"  # equal packets up to a copied last frame: only what it refers to
    source_ticks = _frame_ticks(evidence, evidence.source)
    source_runs = _runs(evidence.decode_order, source, depth.source_skip, sorted(fine), source_ticks, earlier=earlier)
    return Plan(frames, ends, clip_runs, source_runs, sampled)


def _frame_ticks(evidence: Evidence, film: Film) -> float:
    return evidence.frame_seconds / float(film.video.time_base or 1)


def _ends(evidence: Evidence, doubtful: list[int], *, tail: bool) -> set[int]:
    """The places that must be seen, as finely as can be: the first and last frames, and those about each seam."""
    pairs, last = evidence.pairs, len(evidence.pairs) - 1
    ends = {0} | {min(1, last), last, max(0, last - 1)} & set(doubtful)
    for place in doubtful:
        if place < last and pairs[place + 1].proved:  # the seam behind a re-encoded part
            ends |= {*range(max(0, place - 1), min(last, place + SEAM_FRAMES) + 1)}
        if place and pairs[place - 1].proved:
            ends |= {place, min(last, place + 1)}
    return ends | {last if tail or not pairs[last].proved else _last_key(evidence)}


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


def _runs(
    order: list[Unit], wanted: dict[int, bool], skip: str, ends: list[int], frame_ticks: float, *, earlier: bool = False
) -> list[Run]:
    """Group frames by the keyframe that decoding starts from; a run goes on over a keyframe that follows closely."""
    keys = sorted((unit for unit in order if unit.key), key=lambda unit: unit.pts) or order[:1]
    starts = [unit.pts for unit in keys]
    runs: list[Run] = []
    margin = int(frame_ticks * (MINI_GOP if skip == "BIDIR" else 0.5))
    for pts in sorted(wanted):
        number = max(0, bisect.bisect_right(starts, pts) - 1)
        known = runs[-1] if runs else None
        if known is None or (known.key.pts < starts[number] and starts[number] - max(known.wanted) > 3 * frame_ticks):
            known = Run(keys[max(0, number - 1) if earlier else number], {}, skip)
            runs.append(known)
        known.wanted[pts] = wanted[pts]
    for run in runs:
        low, high = min(run.wanted), max(run.wanted)
        run.thorough = [(end - margin, end + margin) for end in sorted(ends) if low <= end <= high]
    return runs


def _cost(run: Run, order: list[Unit]) -> float:
    cost, started, missing = 0.0, False, set(run.wanted)
    for unit in order:
        started = started or unit.pts == run.key.pts
        if not started:
            continue
        cost += KEYFRAME_WEIGHT if unit.key else WEIGHTS[run.skips(unit.pts)]
        missing.discard(unit.pts)
        if not missing:
            break
    return cost


def _compare(evidence: Evidence, plan: Plan) -> View:
    evidence.clip.trouble.clear()
    shown = _pictures(evidence.clip, plan.clip_runs)
    expected = _pictures(evidence.source, plan.source_runs)
    usual = _usual_blocks(evidence, plan, shown, expected)
    seen = {}
    for place in plan.frames:
        unit = evidence.pairs[place].shown
        mine = shown.get(unit.pts) if unit else None
        theirs = expected.get(evidence.pairs[place].source.pts)
        if mine and theirs:
            seen[place] = _judge(evidence, place, mine, expected, usual)
        elif place in plan.ends:
            missing = "the clip" if theirs else "the source"
            seen[place] = Seen(place, 0.0, f"{missing} does not show it")
    return View(seen, list(dict.fromkeys(evidence.clip.trouble)), plan.sampled)


def _pictures(film: Film, runs: list[Run]) -> dict[int, Picture]:
    return {pts: picture for run in runs for pts, picture in film.pictures(run).items()}


def _usual_blocks(
    evidence: Evidence, plan: Plan, shown: dict[int, Picture], expected: dict[int, Picture]
) -> dict[bool, float]:
    """The usual error of a block of a re-encoded picture, on the fine and on the coarse grid."""
    found: dict[bool, list[float]] = {True: [], False: []}
    for place, fine in plan.frames.items():
        pair = evidence.pairs[place]
        mine, theirs = shown.get(pair.shown.pts) if pair.shown else None, expected.get(pair.source.pts)
        if mine and theirs and not pair.equal and squared_error(mine, theirs) < np.inf:
            found[fine].append(float(np.median(block_errors(mine, theirs))))
    return {fine: statistics.median(errors) if errors else 0.0 for fine, errors in found.items()}


def _judge(
    evidence: Evidence, place: int, mine: Picture, expected: dict[int, Picture], usual: dict[bool, float]
) -> Seen:
    pair, last = evidence.pairs[place], len(evidence.pairs) - 1
    theirs = expected[pair.source.pts]
    error = squared_error(mine, theirs)
    level = decibels(error)
    if level < (COPIED_DECIBELS if pair.proved else REENCODED_DECIBELS):
        return Seen(place, level, f"only {level:.1f} dB like the source's")
    worst = np.sort(block_errors(mine, theirs).ravel())[::-1]
    spoilt = float(worst[min(SPOILT_BLOCKS, len(worst)) - 1])
    if spoilt > max(SPOILT_LIMIT, SPOILT_TIMES_USUAL * max(usual.values())):
        return Seen(place, level, f"a part of it is only {decibels(float(worst[0])):.1f} dB like the source's")
    before = evidence.pairs[place - 1].source if place else evidence.before
    after = evidence.pairs[place + 1].source if place < last else evidence.after
    told_apart = False
    for name, unit in (("before", before), ("after", after)):
        other = expected.get(unit.pts) if unit else None
        ratio = likeness(mine, theirs, other) if other else None
        told_apart = told_apart or ratio is not None
        if ratio is not None and ratio < WRONG_LIKENESS:
            return Seen(place, level, f"it is the source's frame {name}")
    return Seen(place, level, alike=not told_apart)
