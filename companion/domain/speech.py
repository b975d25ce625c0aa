"""What was said, as recognition gives it: words, partial and final texts, and what recognition is asked for.

Sound is 16 kHz mono, 16-bit. A *stream* is one opening of the microphone (or one file), a *position* the index of a
sample on it. All times here are seconds from the stream's beginning.
"""

import dataclasses

RATE = 16_000
"""Samples a second."""
SAMPLE_BYTES = 2


@dataclasses.dataclass(frozen=True)
class Word:
    """One word as it is written, without blanks around it; `confidence` is 0 to 1."""

    start: float
    end: float
    text: str
    confidence: float


@dataclasses.dataclass(frozen=True)
class Partial:
    """What an utterance that is not over sounds like so far; the next one, or its Final, replaces it.

    `until` is how far the sound went in which this was heard, where that is known: a command that is followed by a
    silence stands alone, and need not wait for the Final.
    """

    utterance: int
    start: float
    text: str
    words: tuple[Word, ...] = ()
    until: float | None = None


@dataclasses.dataclass(frozen=True)
class Final:
    """What was said in one utterance, from its first word to its last; `language` is a code such as `en`.

    An utterance in which nothing was said, or nothing that the sound supports, has none.
    """

    utterance: int
    start: float
    end: float
    text: str
    words: tuple[Word, ...]
    language: str
    confidence: float


@dataclasses.dataclass(frozen=True)
class Done:
    """All sound before `position` is finished with: what was said in it has been told, or it was silence."""

    position: int


@dataclasses.dataclass(frozen=True)
class Voiced:
    """Somebody spoke between these positions; that is heard next, or, with `detect_only`, to be kept for later.

    It comes before the Done that finishes this sound; what lies between two of them was silence.
    """

    start: int
    end: int


@dataclasses.dataclass(frozen=True)
class SpeechConfig:
    """What recognition is asked for.

    `provider` names the recognizer. `model` is the name of an installed one, or a folder's path; None is the best that
    is fast enough here.
    `language` None means: detected anew for each window. `translate` gives English. `hints` are names that are likely
    to be said. With `detect_only` it is told where somebody spoke (Voiced), not what: no model is loaded.
    """

    model: str | None = None
    language: str | None = None
    translate: bool = False
    hints: tuple[str, ...] = ()
    detect_only: bool = False
    provider: str = "whisper"
