"""How well words were heard: word errors and how far their times are off."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import Levenshtein

from tests.speech.speaker import SpokenWord


@dataclass(frozen=True)
class HeardWord:
    """A recognised word; seconds from the same zero as the spoken ones."""

    start: float
    end: float
    text: str


def plain(text: str) -> list[str]:
    """Words without case and punctuation, as they are compared."""
    return "".join(letter if letter.isalnum() or letter == "'" else " " for letter in text.lower()).split()


@dataclass
class Score:
    """Sums over sentences."""

    spoken: int = 0
    errors: int = 0
    starts_off: list[float] = field(default_factory=list)
    ends_off: list[float] = field(default_factory=list)
    first_starts_off: list[float] = field(default_factory=list)

    @property
    def error_rate(self) -> float:
        """Substituted, missing and invented words per spoken word."""
        return self.errors / max(1, self.spoken)

    def add(self, spoken: Sequence[SpokenWord], heard: Iterable[HeardWord]) -> int:
        """Count one sentence and return its errors; the times of words heard right are compared."""
        found = [word for word in heard if plain(word.text)]
        steps = Levenshtein.opcodes([word.text for word in spoken], ["".join(plain(word.text)) for word in found])
        errors = 0
        for step in steps:
            if step.tag != "equal":
                errors += max(step.src_end - step.src_start, step.dest_end - step.dest_start)
                continue
            for index in range(step.src_end - step.src_start):
                said, got = spoken[step.src_start + index], found[step.dest_start + index]
                starts = self.starts_off if step.src_start + index else self.first_starts_off
                starts.append(abs(got.start - said.start))
                self.ends_off.append(abs(got.end - said.end))
        self.spoken += len(spoken)
        self.errors += errors
        return errors


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")
