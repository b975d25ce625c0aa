"""The arithmetic of a cut, over picture orders drawn by chance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.adapters.media.cut_codec import CannotCopy, Entry
from companion.adapters.media.cut_plan import decode_depth, plan_copy
from companion.adapters.media.cut_source import Picture
from companion.adapters.media.cut_write import Schedule


@st.composite
def pictures(draw: st.DrawFn) -> list[Picture]:
    """Groups that begin with a key frame, with B-frames shown before the picture that precedes them in the file."""
    found: list[Picture] = []
    shown = 0
    for _ in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from([Entry.CLEAN, Entry.AFTER_END, Entry.OPEN]))
        leading = 0 if kind is Entry.CLEAN or not found else draw(st.integers(0, 3))
        found.append(Picture((shown + leading) * 10, kind))
        found += [Picture((shown + i) * 10, Entry.NONE) for i in range(leading)]
        shown += leading + 1
        for _ in range(draw(st.integers(0, 4))):
            between = draw(st.integers(0, 3))
            found.append(Picture((shown + between) * 10, Entry.NONE))
            order = draw(st.permutations(range(between)))
            found += [Picture((shown + i) * 10, Entry.NONE) for i in order]
            shown += between + 1
    return found


@given(pictures(), st.integers(0, 300), st.integers(1, 300))
def test_a_plan_shows_each_wanted_picture_once_and_needs_no_other(source: list[Picture], low: int, length: int) -> None:
    high = low + length
    wanted = sorted(p.pts for p in source if low <= p.pts < high)
    if not wanted:
        return
    try:
        plan = plan_copy(source, wanted, high)
    except CannotCopy:
        clean = [p for p in source if p.entry in (Entry.CLEAN, Entry.AFTER_END) and low <= p.pts < high]
        assert not clean
        return
    assert plan.head + sorted(plan.copied) + plan.tail == wanted
    entry = next(p for p in source if p.pts == plan.copied[0])
    assert entry.entry is not Entry.NONE
    if plan.head:
        assert entry.entry is not Entry.OPEN
        assert plan.closed == (entry.entry is Entry.AFTER_END)
        assert plan.head_key <= plan.head[0] or plan.head_key == source[0].pts
    # What is copied stands together in the file, but for pictures that open GOPs show before their key frame.
    order = [p.pts for p in source]
    begin, end = order.index(plan.copied[0]), order.index(plan.copied[-1])
    assert [pts for pts in order[begin : end + 1] if pts >= plan.copied[0]] == plan.copied


@given(pictures())
def test_decoding_times_grow_and_are_never_late(source: list[Picture]) -> None:
    class Stamped:
        pts = dts = duration = 0

    order = [p.pts for p in source]
    wanted = sorted(order)
    schedule = Schedule(wanted, wanted[-1] + 10, decode_depth(order, wanted), 10)
    stamped = []
    for pts in order:
        packet = Stamped()
        schedule.stamp(packet, pts)
        stamped.append((packet.dts, packet.pts, packet.duration))
    assert all(dts <= pts and duration == 10 for dts, pts, duration in stamped)
    assert [dts for dts, _, _ in stamped] == sorted({dts for dts, _, _ in stamped})


def test_pictures_that_wait_to_be_shown_are_not_shipped() -> None:
    """AV1 decodes pictures long before they are shown: copying stops where none waits."""
    source = [Picture(0, Entry.CLEAN), *(Picture(n * 10, Entry.NONE, int(4 <= n < 8)) for n in range(1, 12))]
    plan = plan_copy(source, [n * 10 for n in range(6)], 60)
    assert (plan.head, plan.copied, plan.tail) == ([], [0, 10, 20], [30, 40, 50])
    plan = plan_copy(source, [n * 10 for n in range(8)], 80)
    assert (plan.copied[-1], plan.tail) == (70, [])


def test_no_key_frame_no_copy() -> None:
    source = [Picture(0, Entry.CLEAN), *(Picture(n * 10, Entry.NONE) for n in range(1, 12))]
    with pytest.raises(CannotCopy):
        plan_copy(source, [50, 60], 70)
