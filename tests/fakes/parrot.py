"""A recognizer that knows a few sentences by their sound, and finds their words wherever they are said again."""

import numpy as np

from companion.adapters.speech.engine import Heard, Sound
from companion.domain.speech import RATE, Word
from tests.speech.speaker import Spoken

LIKE = 0.9
"""How alike (of 1) the sound of a word must be."""


class Parrot:
    """An engine for the pipeline: exact, quick, and of no use for anything it was not taught."""

    device, trouble = "cpu", ""

    def __init__(self, *sentences: Spoken, window_seconds: float = 0.01) -> None:
        self.window_seconds = window_seconds
        self._words = [
            (word.text, sentence.pcm[round(word.start * RATE) : round(word.end * RATE)].astype(np.float32) / 32768)
            for sentence in sentences
            for word in sentence.words
        ]
        self.heard: list[tuple[float, bool]] = []
        """(seconds, quick) of each window."""
        self.loaded = True
        self.loads = 0

    def hear(self, sound: Sound, *, quick: bool = False) -> Heard:
        self.heard.append((len(sound) / RATE, quick))
        self.wake()
        found = {}
        for text, pattern in self._words:
            for at in _places(sound, pattern):
                found[round(at / RATE, 2)] = Word(at / RATE, (at + len(pattern)) / RATE, f" {text}", 0.9)
        return Heard(tuple(found[at] for at in sorted(found)), "en", 0.01)

    def rest(self) -> None:
        self.loaded = False

    def wake(self) -> None:
        self.loads += not self.loaded
        self.loaded = True


def _places(sound: Sound, pattern: Sound) -> list[int]:
    """Where `pattern` is in `sound`."""
    if len(sound) < len(pattern):
        return []
    size = 1 << (len(sound) + len(pattern)).bit_length()
    products = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(pattern, size)), size)
    products = products[: len(sound) - len(pattern) + 1]
    energy = np.concatenate(([0.0], np.cumsum(sound.astype(np.float64) ** 2)))
    norms = np.sqrt((energy[len(pattern) :] - energy[: -len(pattern)]) * np.sum(pattern.astype(np.float64) ** 2))
    alike = products / np.maximum(norms, 1e-3)
    places = []
    for at in np.flatnonzero(alike > LIKE):
        if not places or at - places[-1] > RATE // 20:
            places.append(int(at))
        elif alike[at] > alike[places[-1]]:
            places[-1] = int(at)
    return places
