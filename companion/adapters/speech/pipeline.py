"""From sound to words, in the child: utterances, shared windows, partial texts, and what is told of them.

Sound comes in order; `work` does the heavy part. Utterances that wait share a window, since each window costs the same.
"""

import bisect
import dataclasses
import time
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from companion.adapters.speech.engine import Engine, Heard
from companion.adapters.speech.vad import VoiceDetector
from companion.domain.evidence import Evidence, mean_confidence, plain, supported
from companion.domain.speech import RATE, SAMPLE_BYTES, Done, Final, Partial, SpeechConfig, Voiced, Word
from companion.domain.utterances import FRAME, FRAME_SECONDS, ON, Utterance, Utterances, voiced_span

Told = Partial | Final | Done | Voiced

SHARED_SECONDS = 12.0
"""Utterances share a window up to this: more would save little, and a window that goes wrong takes more with it."""
FULL_SECONDS = 9.0
"""More than this is not waited for."""
FIRST_ALONE, MOST_ALONE = 16, 512
"""After a crash, or a shared window that left words out, so many utterances are heard alone; where windows leave words
out again, twice as many each time."""
COVERED_BYTES = 8.0
"""Of text for a second of voice (UTF-8, so that scripts of syllables count by their sounds): less leaves words out."""
SHARED_CONFIDENCE = 0.75
"""Of each utterance's words in a shared window: less may be its neighbours' words."""
PARTIAL_SECONDS = 0.7
PARTIAL_WINDOWS = 1.5
EARLY_WINDOW_SECONDS = 0.5
"""A model this quick hears an utterance as soon as it may be over, and knows its words by the time that is certain."""
GUESSED_FRAMES = round(4.0 / FRAME_SECONDS)
"""Of an utterance that goes on, partial texts hear again what is not older than this: the rest stands as it was."""
SETTLED_FRAMES = (round(1.5 / FRAME_SECONDS), round(0.5 / FRAME_SECONDS))
"""What stands ends so far from where hearing began, and so far before what was heard last."""
OVERLAP = 3
"""Frames that are heard again before what is new, so that its first word is whole."""
QUIET_FRAMES = 10
"""While nobody speaks, so many frames are looked at in one go: each call has a price of its own."""
DONE_EVERY = RATE
"""Samples: silence is acknowledged so often."""
IDLE_SECONDS = 300.0
"""Without a voice: then the model's memory is given back."""


class Pipeline:
    """One stream at a time; `tell` is called with what there is to tell, in order."""

    def __init__(self, tell: Callable[[Told], None], number: int, *, idle_seconds: float = IDLE_SECONDS) -> None:
        """The first utterance is `number`."""
        self._tell = tell
        self._idle = idle_seconds
        self._detector = VoiceDetector()
        self._sound = bytearray()
        self._voice_at = time.monotonic()
        self.partials = False
        """Whether partial texts are wanted."""
        self.use(None, None)
        self._begin(0, number)

    def use(self, engine: Engine | None, config: SpeechConfig | None, *, careful: bool = False) -> None:
        """Go on with another recognizer, which hears what waits; with none, utterances are only detected.

        `careful`: the first utterances are heard alone, so that one that ends the child takes no other with it.
        """
        self._engine = engine
        self._hints = config.hints if config else ()
        self._resting = False
        self._alone, self._penalty = FIRST_ALONE if careful else 0, FIRST_ALONE
        self._early: tuple[Utterance, Heard] | None = None

    @property
    def position(self) -> int:
        """Where the next sample belongs."""
        return self._origin + self._first * FRAME + len(self._sound) // SAMPLE_BYTES

    @property
    def next_number(self) -> int:
        return self._utterances.next_number

    @property
    def full(self) -> bool:
        """Whether what waits fills a window: then more sound has to wait."""
        waiting = (*self._waiting, *self._utterances.ended)
        return sum(utterance.samples for utterance in waiting) >= FULL_SECONDS * RATE

    def sound(self, position: int, pcm: bytes) -> None:
        """Take samples; where they do not follow on the last ones, the utterance ends before them."""
        if position != self.position:
            self.flush()
            self._begin(position, self.next_number)
        self._sound += pcm[: len(pcm) // SAMPLE_BYTES * SAMPLE_BYTES]
        self._detect(least=1 if self._utterances.speaking else QUIET_FRAMES)

    def flush(self) -> None:
        """The sound ends here: finish all that there is, and acknowledge it even when that was done before."""
        rest = len(self._sound) // SAMPLE_BYTES % FRAME
        end = self.position
        if rest:
            self._sound += bytes((FRAME - rest) * SAMPLE_BYTES)
        self._detect(least=1)
        self._utterances.finish()
        while self._utterances.ended or self._waiting:
            self.work(behind=False)
        self._tell(Done(end))
        self._begin(end, self.next_number)

    def work(self, *, behind: bool) -> None:
        """Hear what waits; while more sound is there (`behind`), only a full window, and no partial text."""
        for utterance in self._utterances.ended:
            self._tell(Voiced(self._at(utterance.start), self._at(utterance.end)))
        self._waiting += self._utterances.ended
        self._utterances.ended.clear()
        if self._engine is None:
            self._waiting.clear()
        else:
            while self._waiting and (self.full or not behind):
                self._hear(self._next())
                self._settle(least=1)
            if self.partials and not behind:
                self._guess()
        self._rest_or_wake()
        self._settle(least=1 if self._utterances.speaking else DONE_EVERY)

    def _begin(self, position: int, number: int) -> None:
        """Take the stream up at `position`: frames count from here, `_sound` holds those from `_first` on."""
        self._detector.reset()
        self._sound.clear()
        self._origin, self._first = position, 0
        self._detected = 0
        self._done = position
        self._utterances = Utterances(0, number)
        self._waiting: list[Utterance] = []
        self._guessed: _Guess | None = None

    def _detect(self, *, least: int) -> None:
        """Find out where there is speech in what came, where that is at `least` so many frames."""
        whole = self._first + len(self._sound) // SAMPLE_BYTES // FRAME
        if whole - self._detected < least:
            return
        for speech in self._detector.likelihoods(self._samples(self._detected, whole)):
            self._utterances.push(speech)
        self._detected = whole
        if self._utterances.speaking:
            self._voice_at = time.monotonic()

    def _next(self) -> list[Utterance]:
        """The utterances for the next window: those that share one, or one alone while sharing is not trusted."""
        if self._early and self._early[0] == self._waiting[0]:
            return self._waiting[:1]
        if self._alone:
            self._alone -= 1
            return self._waiting[:1]
        return _share(self._waiting)

    def _hear(self, utterances: Sequence[Utterance]) -> None:
        """Hear utterances in one window; where that left out what was said, each in its own."""
        assert self._engine is not None
        spans = [(utterance.start, utterance.end) for utterance in utterances]
        if self._early and [self._early[0]] == list(utterances):
            heard = self._early[1]
        else:
            heard = self._engine.hear(np.concatenate([self._floats(start, end) for start, end in spans]))
        parted = _parted(heard.words, spans)
        if len(utterances) > 1:
            if not all(_is_covered(*both) for both in zip(utterances, parted, strict=True)):
                self._alone = self._penalty
                self._penalty = min(2 * self._penalty, MOST_ALONE)
                for utterance in utterances:
                    self._hear([utterance])
                return
            self._penalty = FIRST_ALONE
        for utterance, words in zip(utterances, parted, strict=True):
            if final := self._final(utterance, words, heard):
                self._tell(final)
        del self._waiting[: len(utterances)]

    def _final(self, utterance: Utterance, words: Sequence[Word], heard: Heard) -> Final | None:
        evidence = Evidence(utterance.voiced_seconds, utterance.certainty, heard.no_speech)
        kept = supported(words, evidence, self._hints)
        if not kept:
            return None
        timed = self._timed(utterance, kept)
        text = "".join(word.text for word in kept).strip()
        confidence = round(mean_confidence(timed), 3)
        return Final(utterance.number, timed[0].start, timed[-1].end, text, timed, heard.language, confidence)

    def _guess(self) -> None:
        """Tell what the utterance that goes on sounds like, where it is time for that and there is more to hear."""
        utterance = self._utterances.current()
        if utterance is None or self._engine is None:
            return
        if self._guessed is None or self._guessed.number != utterance.number:
            self._guessed = _Guess(utterance.number, utterance.start, utterance.start)
        guess = self._guessed
        if self._utterances.pausing and self._engine.window_seconds <= EARLY_WINDOW_SECONDS:
            ending = self._utterances.ending()
            if ending and (self._early is None or self._early[0] != ending):
                self._hear_early(ending, guess)
                self._tell_guess(utterance, guess)
            return
        if not any(speech >= ON for speech in utterance.speech[guess.until - utterance.start :]):
            return
        interval = max(PARTIAL_SECONDS, PARTIAL_WINDOWS * self._engine.window_seconds)
        if (utterance.end - guess.until) * FRAME_SECONDS < interval:
            return
        part = utterance.since(self._stand(utterance, guess))
        heard = self._engine.hear(self._floats(part.start, part.end), quick=True)
        evidence = Evidence(part.voiced_seconds, part.certainty, heard.no_speech)
        new = self._timed(part, supported(heard.words, evidence, self._hints))
        guess.words = [*guess.standing, *(word for word in new if word.start + word.end >= 2 * guess.border)]
        self._tell_guess(utterance, guess)

    def _hear_early(self, ending: Utterance, guess: "_Guess") -> None:
        """Hear an utterance that may be over as its final text would be."""
        assert self._engine is not None
        heard = self._engine.hear(self._floats(ending.start, ending.end))
        self._early = ending, heard
        final = self._final(ending, heard.words, heard)
        guess.words = list(final.words) if final else []
        guess.standing = [word for word in guess.words if word.start + word.end < 2 * guess.border]

    def _tell_guess(self, utterance: Utterance, guess: "_Guess") -> None:
        guess.until = utterance.end
        if guess.words:
            text = " ".join(word.text for word in guess.words)
            until = self._seconds(utterance.end)
            self._tell(Partial(utterance.number, guess.words[0].start, text, tuple(guess.words), until))

    def _stand(self, utterance: Utterance, guess: "_Guess") -> int:
        """The frame from which on a partial text hears; what is too old stands, up to a word's end."""
        if utterance.end - guess.begin > GUESSED_FRAMES:
            first, last = guess.begin + SETTLED_FRAMES[0], guess.until - SETTLED_FRAMES[1]
            ends = [round((word.end - self._seconds(0)) / FRAME_SECONDS) for word in guess.words]
            places = [frame for frame in ends if first <= frame < last] or range(first, last)
            if places:
                border = min(places, key=lambda frame: utterance.speech[frame - utterance.start])
                guess.begin, guess.border = border - OVERLAP, self._seconds(border)
                guess.standing = [word for word in guess.words if word.start + word.end < 2 * guess.border]
        return guess.begin

    def _timed(self, utterance: Utterance, words: Sequence[Word]) -> tuple[Word, ...]:
        """The words with their times on the stream, without the silence that they reach into."""
        begin = self._seconds(utterance.start)
        found = []
        for word in words:
            start, end = voiced_span(utterance.speech, word.start, word.end)
            confidence = round(word.confidence, 3)
            found.append(Word(round(begin + start, 3), round(begin + end, 3), word.text.strip(), confidence))
        return tuple(found)

    def _rest_or_wake(self) -> None:
        """Give the model's memory back after a long silence, and load it again as soon as somebody speaks."""
        if self._engine is None:
            return
        idle = time.monotonic() - self._voice_at > self._idle
        if idle and not self._resting:
            self._engine.rest()
        elif self._resting and not idle:
            self._engine.wake()
        self._resting = idle

    def _settle(self, least: int) -> None:
        """Forget the sound that nothing needs any more, and acknowledge it where it is at `least` so many samples."""
        settled = self._waiting[0].start if self._waiting else self._utterances.settled
        if self._utterances.ended:
            settled = min(settled, self._utterances.ended[0].start)
        if settled > self._first:
            del self._sound[: (settled - self._first) * FRAME * SAMPLE_BYTES]
            self._first = settled
        if self._at(settled) - self._done >= least:
            self._done = self._at(settled)
            self._tell(Done(self._done))

    def _at(self, frame: int) -> int:
        return self._origin + frame * FRAME

    def _seconds(self, frame: int) -> float:
        return self._at(frame) / RATE

    def _samples(self, start: int, end: int) -> npt.NDArray[np.int16]:
        span = slice(*((frame - self._first) * FRAME * SAMPLE_BYTES for frame in (start, end)))
        return np.frombuffer(bytes(self._sound[span]), np.int16)

    def _floats(self, start: int, end: int) -> npt.NDArray[np.float32]:
        return self._samples(start, end).astype(np.float32) / 32768.0


def _is_covered(utterance: Utterance, words: Sequence[Word]) -> bool:
    """Whether `words` are sure, and about as many as the utterance's voice has time for."""
    if mean_confidence(words) < SHARED_CONFIDENCE:
        return False
    text = plain("".join(word.text for word in words)).replace(" ", "")
    return len(text.encode()) >= COVERED_BYTES * utterance.voiced_seconds


@dataclasses.dataclass
class _Guess:
    """What the partial texts of an utterance heard: up to the frame `until`, the last one from `begin` on.

    `words` are those of the last one, the first of them, up to `border` (seconds), `standing` from earlier ones.
    """

    number: int
    begin: int
    until: int
    words: list[Word] = dataclasses.field(default_factory=list)
    standing: list[Word] = dataclasses.field(default_factory=list)
    border: float = 0.0


def _share(utterances: Sequence[Utterance]) -> list[Utterance]:
    """The first of them that fit into one window."""
    total, count = 0, 0
    for utterance in utterances:
        total += utterance.samples
        if count and total > SHARED_SECONDS * RATE:
            break
        count += 1
    return list(utterances[:count])


def _parted(words: Sequence[Word], spans: Sequence[tuple[int, int]]) -> list[list[Word]]:
    """Each utterance's words, with times from its own start, out of those heard in the window that they shared."""
    borders = [0.0]
    for start, end in spans:
        borders.append(borders[-1] + (end - start) * FRAME_SECONDS)
    found: list[list[Word]] = [[] for _ in spans]
    for word in words:
        at = max(0, min(len(spans), bisect.bisect_right(borders, (word.start + word.end) / 2)) - 1)
        begins = max(word.start - borders[at], 0.0)
        ends = min(word.end, borders[at + 1]) - borders[at]
        found[at].append(dataclasses.replace(word, start=begins, end=max(begins, ends)))
    return found
