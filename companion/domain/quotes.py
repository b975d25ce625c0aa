"""Which words to cut when somebody asks for what was said about something: the sentence, or the thought around it.

Times are Unix seconds.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from companion.domain.spelling import words_of
from companion.domain.subtitles import ends_sentence
from companion.domain.transcript import Segment, TimedWord
from companion.domain.windows import Window

PAUSE_SECONDS = 0.9
"""A longer silence ends a thought, whatever the punctuation says."""
SHORT_SECONDS = 2.5
"""A sentence that is shorter is told with what was said right before or after it."""
CLOSE_SECONDS = 0.5
LONGEST_SECONDS = 30.0
LEAD_SECONDS = 0.25
TAIL_SECONDS = 0.4

# What a person says around what they look for; words that are in every other sentence tell nothing.
_ABOUT = """
    a an the i we you he she it they me my is was were are be been am do did does have has had and or but of to in on
    at for with about that this what which who when where why how said say says saying talk talked told when clip
    quote ich du er sie es wir ihr der die das ein eine und oder was wer wie wo ist war habe hat habt über von zu im
    in am an auf mit den dem gesagt sagte
"""
ABOUT = frozenset(words_of(_ABOUT))


def telling(query: str) -> list[str]:
    """The words of `query` that say what it is about; all, where none does."""
    words = list(dict.fromkeys(words_of(query)))
    return [word for word in words if word not in ABOUT] or words


def score(segment: Segment, weights: Mapping[str, float], phrase: Sequence[str]) -> float:
    """How much `segment` is about the words of `weights`: the sum of theirs, and more when said as in `phrase`."""
    said = words_of(segment.text)
    value = sum(weight for word, weight in weights.items() if word in said)
    size = len(phrase)
    as_said = size > 1 and any(said[start : start + size] == list(phrase) for start in range(len(said) - size + 1))
    return value * (1.5 if as_said else 1.0)


def weight(count: int) -> float:
    """How much a word tells that was said in `count` segments."""
    return 1.0 / math.log2(2 + count)


def thought(words: Sequence[TimedWord], first: int, last: int) -> Window:
    """The sentence that holds words `first` to `last` of `words` (in order of time), with what it needs to be a
    thought, and the silence around it that belongs to it."""
    breaks = [ends_sentence(one.text) or two.start_at - one.end_at > PAUSE_SECONDS for one, two in pairwise(words)]
    start, end = first, last
    while start > 0 and not breaks[start - 1] and _lasts(words, start - 1, end):
        start -= 1
    while end + 1 < len(words) and not breaks[end] and _lasts(words, start, end + 1):
        end += 1
    if words[end].end_at - words[start].start_at < SHORT_SECONDS:
        start, end = _with_neighbours(words, breaks, start, end)
    before = words[start - 1].end_at if start > 0 else -math.inf
    after = words[end + 1].start_at if end + 1 < len(words) else math.inf
    return around(words[start].start_at, words[end].end_at, before, after)


def around(start_at: float, end_at: float, before: float = -math.inf, after: float = math.inf) -> Window:
    """What to cut for words from `start_at` to `end_at`: some air, but nothing of the words `before` and `after`."""
    return Window(
        max(start_at - LEAD_SECONDS, min(start_at, (before + start_at) / 2)),
        min(end_at + TAIL_SECONDS, max(end_at, (after + end_at) / 2)),
    )


def _lasts(words: Sequence[TimedWord], start: int, end: int) -> bool:
    return words[end].end_at - words[start].start_at <= LONGEST_SECONDS


def _with_neighbours(words: Sequence[TimedWord], breaks: Sequence[bool], start: int, end: int) -> tuple[int, int]:
    """A short sentence with the one right before it, else the one right after it."""
    if start > 0 and words[start].start_at - words[start - 1].end_at <= CLOSE_SECONDS:
        start -= 1
        while start > 0 and not breaks[start - 1] and _lasts(words, start - 1, end):
            start -= 1
    elif end + 1 < len(words) and words[end + 1].start_at - words[end].end_at <= CLOSE_SECONDS:
        end += 1
        while end + 1 < len(words) and not breaks[end] and _lasts(words, start, end + 1):
            end += 1
    return start, end
