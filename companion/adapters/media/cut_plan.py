"""Which pictures of a window are copied and which are re-encoded; pure arithmetic over the source's picture list."""

import dataclasses
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from companion.adapters.media.cut_codec import CannotCopy, Entry
from companion.adapters.media.cut_source import Picture


@dataclasses.dataclass(frozen=True)
class Plan:
    """A window as three runs of pictures, each by the times they are shown at (ticks).

    `head` and `tail` are re-encoded (sorted by time), `copied` is in the file's order. `head_key` and `tail_key` are
    the key frames to decode them from; `closed` says that the head must end its sequence before the copied run.
    """

    head: list[int]
    copied: list[int]
    tail: list[int]
    head_key: int
    tail_key: int
    closed: bool


def plan_copy(pictures: Sequence[Picture], wanted: Sequence[int], high: int) -> Plan:
    """Copy the longest run that can be right, re-encode what stands before and behind it; raises CannotCopy if none.

    The run begins with the first key frame that decodes behind other pictures (or, at the window's very start, any),
    leaves out the pictures shown before it that follow it in the file, and ends where no later picture is needed.
    """
    for index, picture in enumerate(pictures):
        usable = picture.entry in (Entry.CLEAN, Entry.AFTER_END)
        if not wanted[0] <= picture.pts < high or not (
            usable or (picture.entry is Entry.OPEN and picture.pts == wanted[0])
        ):
            continue
        end = _copy_end(pictures, index, high)
        copied = [p.pts for p in pictures[index:end] if p.pts >= picture.pts]
        if not copied:
            continue
        head = [pts for pts in wanted if pts < picture.pts]
        last = max(copied)
        tail = [pts for pts in wanted if pts > last]
        return Plan(
            head=head,
            copied=copied,
            tail=tail,
            head_key=_key_before(pictures, head[0]) if head else 0,
            tail_key=_key_before(pictures[:end], tail[0]) if tail else 0,
            closed=bool(head) and picture.entry is Entry.AFTER_END,
        )
    raise CannotCopy("no key frame in the window can follow other pictures")


def decode_depth(order: Sequence[int], wanted: Sequence[int]) -> int:
    """By how many pictures the decoding `order` runs ahead of the order in which they are shown."""
    ranks = {pts: rank for rank, pts in enumerate(wanted)}
    return max((position - ranks[pts] for position, pts in enumerate(order)), default=0)


def _copy_end(pictures: Sequence[Picture], start: int, high: int) -> int:
    """Where, behind `start`, copying may stop: all up to there is in the window and shown before all that follows."""
    first = pictures[start].pts
    stop = next((i for i in range(start, len(pictures)) if pictures[i].pts >= high), len(pictures))
    shown_last = list(accumulate((p.pts for p in pictures[start:stop]), max))
    # Going backwards, the earliest picture of the window that is still to come.
    to_come = min((p.pts for p in pictures[stop:] if first <= p.pts < high), default=high)
    for end in range(stop, start, -1):
        pending = pictures[end].pending if end < len(pictures) else 0
        if shown_last[end - start - 1] < to_come and not pending:
            return end
        if pictures[end - 1].pts >= first:
            to_come = min(to_come, pictures[end - 1].pts)
    return start


def _key_before(pictures: Sequence[Picture], pts: int) -> int:
    keys = sorted(p.pts for p in pictures if p.entry is not Entry.NONE)
    return keys[max(0, bisect_right(keys, pts) - 1)]
