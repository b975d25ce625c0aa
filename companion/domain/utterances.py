"""Where utterances begin and end, decided by how likely each 32 ms are speech; pure arithmetic on frames."""

import dataclasses
import itertools
from collections.abc import Sequence

from companion.domain.speech import RATE

FRAME = 512
"""Samples in a frame."""
FRAME_SECONDS = FRAME / RATE

ON = 0.5
OFF = 0.35
"""Above ON a voice begins; it goes on until it stays below OFF."""
BEFORE = round(0.26 / FRAME_SECONDS)
AFTER = round(0.2 / FRAME_SECONDS)
"""Frames kept around what was voiced: beginnings and endings of words are softer than their middles."""
SOFT_SECONDS = 0.1
"""Around what was voiced: so long a word may go on unheard."""
LEAST_VOICED = 3
"""Frames: less is a click, not a word."""
CLOSED = round(0.13 / FRAME_SECONDS)
"""Frames for which lips or tongue keep a voice back within a word, as in "better": a longer silence is none of it."""
PAUSES = ((12.0, round(0.45 / FRAME_SECONDS)), (20.0, round(0.29 / FRAME_SECONDS)), (28.0, round(0.13 / FRAME_SECONDS)))
"""The pause in frames that ends an utterance, by its length in seconds: who talks on is cut at a shorter one."""
LONGEST = round(28.0 / FRAME_SECONDS)
"""Frames of an utterance at most: it must fit into Whisper's window of 30 s."""
CUT_WITHIN = round(2.0 / FRAME_SECONDS)
"""An utterance that is too long is cut where, within this of its end, speech was the least likely."""


@dataclasses.dataclass(frozen=True)
class Utterance:
    """A stretch of voice, from the frame `start` to before `end`, with `speech`, how likely each of them is speech."""

    number: int
    start: int
    end: int
    speech: tuple[float, ...]

    @property
    def samples(self) -> int:
        return (self.end - self.start) * FRAME

    def since(self, frame: int) -> "Utterance":
        """Its part from `frame` on."""
        return Utterance(self.number, frame, self.end, self.speech[frame - self.start :])

    @property
    def voiced_seconds(self) -> float:
        return sum(1 for likely in self.speech if likely >= ON) * FRAME_SECONDS

    @property
    def certainty(self) -> float:
        """How likely speech is where there is a voice (0 to 1)."""
        voiced = [likely for likely in self.speech if likely >= ON]
        return sum(voiced) / len(voiced) if voiced else 0.0


class Utterances:
    """Takes one frame after another; `ended` are utterances that are over, `current` is one that is not."""

    def __init__(self, frame: int = 0, number: int = 0) -> None:
        """The next frame is `frame`, the next utterance `number`."""
        self._next = frame
        self._number = number
        self._free_from = frame
        self._recent: list[float] = []
        self._start: int | None = None
        self._silent = 0
        self.ended: list[Utterance] = []

    @property
    def speaking(self) -> bool:
        return self._start is not None

    @property
    def next_number(self) -> int:
        return self._number

    @property
    def settled(self) -> int:
        """All frames before this one belong to utterances that ended, or to none."""
        return self._start if self._start is not None else max(self._free_from, self._next - BEFORE)

    def current(self) -> Utterance | None:
        """The utterance that is not over, as far as it is known."""
        if self._start is None:
            return None
        return self._utterance(self._start, self._next)

    def ending(self) -> Utterance | None:
        """The current utterance as it is if the pause in which it is now ends it; None while there is no such pause."""
        if self._start is None or self._silent < AFTER:
            return None
        utterance = self._utterance(self._start, self._next - self._silent + AFTER)
        return utterance if _is_voiced(utterance) else None

    @property
    def pausing(self) -> bool:
        """Whether the voice was not heard in the last frame."""
        return self._silent > 0

    def push(self, speech: float) -> None:
        """Take the next frame, which is speech with this likelihood (0 to 1)."""
        self._recent.append(speech)
        self._next += 1
        if self._start is None:
            if speech >= ON:
                self._start = max(self._free_from, self._next - 1 - BEFORE)
                self._silent = 0
            elif len(self._recent) > BEFORE:
                del self._recent[:-BEFORE]
            return
        self._silent = 0 if speech >= OFF else self._silent + 1
        length = self._next - self._start
        if length >= LONGEST:
            self._cut()
        elif self._silent >= self._pause(length):
            self._end(self._next - self._silent + AFTER)

    def finish(self) -> None:
        """End the utterance that goes on, if there is one: the sound stops here."""
        if self._start is not None:
            self._end(self._next - self._silent + AFTER)
        self._free_from = self._next
        self._recent.clear()

    def _pause(self, length: int) -> int:
        seconds = length * FRAME_SECONDS
        return next((pause for up_to, pause in PAUSES if seconds < up_to), PAUSES[-1][1])

    def _cut(self) -> None:
        """End an utterance that is too long where it hurts least, and begin the next one there."""
        assert self._start is not None
        tail = self._recent[-CUT_WITHIN:]
        cut = self._next - len(tail) + min(range(len(tail)), key=lambda at: tail[at])
        self._end(max(cut, self._start + 1))
        rest = self._recent[cut - self._next :] if cut < self._next else []
        if any(likely >= ON for likely in rest):
            self._start = cut
            self._silent = next((at for at, likely in enumerate(reversed(rest)) if likely >= OFF), len(rest))

    def _end(self, end: int) -> None:
        assert self._start is not None
        end = min(end, self._next)
        utterance = self._utterance(self._start, end)
        if _is_voiced(utterance):
            self.ended.append(utterance)
            self._number += 1
        self._start = None
        self._free_from = end
        self._silent = 0
        del self._recent[: len(self._recent) - (self._next - end)]

    def _utterance(self, start: int, end: int) -> Utterance:
        first = self._next - len(self._recent)
        return Utterance(self._number, start, end, tuple(self._recent[start - first : end - first]))


def _is_voiced(utterance: Utterance) -> bool:
    return sum(1 for likely in utterance.speech if likely >= ON) >= LEAST_VOICED


def voiced_span(speech: Sequence[float], start: float, end: float) -> tuple[float, float]:
    """The part of a word's time [start, end) (seconds from the utterance's start) in which there was a voice.

    Recognition lets words reach into the silence around them. A word in which no voice was heard stays as it is.
    """
    first, last = int(start / FRAME_SECONDS), min(len(speech), int(end / FRAME_SECONDS) + 1)
    voiced = [at for at in range(max(0, first), last) if speech[at] >= OFF]
    if not voiced:
        return start, end
    voice = _without_clicks(voiced) or voiced
    begin, finish = voice[0] * FRAME_SECONDS - SOFT_SECONDS, (voice[-1] + 1) * FRAME_SECONDS + SOFT_SECONDS
    return max(start, begin), min(end, finish)


def _without_clicks(frames: Sequence[int]) -> list[int]:
    """Those of the (growing) frames that are no click: what is too short for a voice stands apart from all others.

    The detector also takes a single frame of long silence for speech at times.
    """
    heads = [at for at, frame in enumerate(frames) if not at or frame - frames[at - 1] > CLOSED + 1]
    runs = [frames[head:following] for head, following in itertools.pairwise([*heads, len(frames)])]
    return [frame for run in runs if len(run) >= LEAST_VOICED for frame in run]
