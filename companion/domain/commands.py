"""Which spoken commands to obey, from texts that are still being corrected: each at once, and once.

A command stands alone: a sentence's end or a pause is before and after it. Of an utterance that is still being spoken,
its last words are obeyed where silence was heard after them: `clip that` may become `clip that was mine`.
"""

import dataclasses
import itertools
import math
from collections.abc import Iterable, Sequence

from companion.domain.phrases import Match, Names, Phrasebook, words_of
from companion.domain.speech import Word

PAUSE_SECONDS = 0.3
"""So long a silence between two words parts what stands alone from the rest."""
HESITATION_SECONDS = 1.0
"""So long somebody may look for words within a command."""
QUIET_SECONDS = 0.3
"""After so much silence at its end, a text that is still being spoken is taken at its word."""
SAME_SECONDS = 2.0
"""The words' times in two texts of the same sound are not as far apart as this."""
REMEMBERED_SECONDS = 120.0
_SENTENCE_ENDS = (".", "!", "?", "\u2026", "。", "！", "？")  # noqa: RUF001 - as they are written
_AFTER_AN_END = "\"'”’»)"  # noqa: RUF001


@dataclasses.dataclass(frozen=True)
class Command:
    """What was said, and when: from its first word's start to its last one's end, on the words' clock."""

    match: Match
    start: float
    end: float
    asked_at: float = math.inf
    """When it was asked whether that is meant, on the same clock."""


@dataclasses.dataclass(frozen=True)
class Heard:
    """The commands in a text: those that are `new`, and `places`, which of its words are one, new or not."""

    new: list[Command]
    places: list[int]


@dataclasses.dataclass(frozen=True)
class _Stretch:
    """Words with nothing but sound between them, and whether a sentence ends after them."""

    words: tuple[Word, ...]
    ends_sentence: bool

    @property
    def start(self) -> float:
        return self.words[0].start

    @property
    def end(self) -> float:
        return self.words[-1].end


class Commands:
    """Remembers what was obeyed: said again within `cooldown_seconds`, it is the same command, or one too many."""

    def __init__(self, book: Phrasebook, cooldown_seconds: float = SAME_SECONDS) -> None:
        self._book = book
        self._apart = max(cooldown_seconds, SAME_SECONDS)
        self._obeyed: list[Command] = []

    def hear(self, words: Sequence[Word], names: Names, *, final: bool, until: float | None = None) -> Heard:
        """The commands in `words`, all there is of an utterance so far.

        `until` is how far the sound went in which they were heard, on the words' clock, where that is known.
        """
        quiet = final or (bool(words) and until is not None and until - words[-1].end >= QUIET_SECONDS)
        found = list(self._found(_stretches(words), names, quiet=quiet, final=final))
        # What was obeyed may read otherwise by now, and is no less a command.
        misread = [known for known in self._obeyed if not any(_overlap(one, known) for one in found)]
        new = []
        for one in found:
            if not any(self._is_same(one, known) for known in self._obeyed):
                self._obeyed.append(one)
                new.append(one)
        if self._obeyed:
            newest = max(known.end for known in self._obeyed)
            self._obeyed = [known for known in self._obeyed if newest - known.end < REMEMBERED_SECONDS]
        return Heard(new, [place for place, word in enumerate(words) if _is_of(word, [*found, *misread])])

    def ask(self, command: Command, at: float) -> None:
        """It is asked whether `command` is meant: what is begun after that is the answer, however soon it comes."""
        self._obeyed = [
            dataclasses.replace(known, asked_at=at) if known == command else known for known in self._obeyed
        ]

    def _is_same(self, found: Command, known: Command) -> bool:
        if _overlap(found, known):
            return True
        near = abs(found.start - known.start) < self._apart and found.start < known.asked_at
        return near and found.match.phrase == known.match.phrase

    def _found(self, stretches: Sequence[_Stretch], names: Names, *, quiet: bool, final: bool) -> Iterable[Command]:
        """All commands, in the order in which they were said."""
        at = 0
        while at < len(stretches):
            for end in range(_run(stretches, at), at, -1):
                last = end == len(stretches)
                if last and not quiet:
                    continue
                words = [
                    (token, word) for part in stretches[at:end] for word in part.words for token in words_of(word.text)
                ]
                if match := self._book.find([token for token, _ in words], names, open_end=last and not final):
                    yield Command(match, words[match.first][1].start, words[match.last][1].end)
                    at = end - 1
                    break
            at += 1


def _overlap(one: Command, other: Command) -> bool:
    return one.start < other.end and other.start < one.end


def _is_of(word: Word, commands: Iterable[Command]) -> bool:
    return any(command.start <= (word.start + word.end) / 2 <= command.end for command in commands)


def _stretches(words: Sequence[Word]) -> list[_Stretch]:
    parts: list[_Stretch] = []
    kept: list[Word] = []
    for word, following in itertools.zip_longest(words, words[1:]):
        kept.append(word)
        ends_sentence = word.text.rstrip(_AFTER_AN_END).endswith(_SENTENCE_ENDS)
        if following is None or ends_sentence or following.start - word.end >= PAUSE_SECONDS:
            parts.append(_Stretch(tuple(kept), ends_sentence))
            kept = []
    return parts


def _run(stretches: Sequence[_Stretch], at: int) -> int:
    """Where that ends which may be one command, said with hesitation."""
    end = at + 1
    while (
        end < len(stretches)
        and not stretches[end - 1].ends_sentence
        and stretches[end].start - stretches[end - 1].end <= HESITATION_SECONDS
    ):
        end += 1
    return end
