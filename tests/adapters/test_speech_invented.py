"""Text that nobody said: a recognizer that is always sure is held against what the voice activity detection found."""

import numpy as np
import pytest

from companion.adapters.speech.engine import Heard, Sound
from companion.adapters.speech.pipeline import Pipeline
from companion.adapters.speech.wire import Told
from companion.domain.speech import RATE, Final, SpeechConfig, Word
from tests.speech.speaker import speak
from tests.speech_model.corpus import MOUTH_NOISES, NOISES, noise

pytestmark = pytest.mark.slow

PIECE = RATE // 2
LEVELS_DB = (-40, -28, -16)
PHANTOM, ORDINARY = "Thank you.", "We win the boss fight."


class Dreamer:
    """An engine that hears the same words in everything, and is sure of them."""

    device, trouble, window_seconds = "cpu", "", 0.01

    def __init__(self, text: str) -> None:
        self.asked = 0
        self._words = text.split()

    def hear(self, sound: Sound, *, quick: bool = False) -> Heard:
        self.asked += 1
        each = len(sound) / RATE / len(self._words)
        words = (Word(at * each, (at + 1) * each, f" {word}", 0.95) for at, word in enumerate(self._words))
        return Heard(tuple(words), "en", 0.05)

    def rest(self) -> None:
        """It never sleeps."""

    def wake(self) -> None:
        """It never sleeps."""


def dreamt(dreamer: Dreamer, pcm: np.ndarray) -> list[str]:
    """The texts that come of what the dreamer hears in `pcm`, piece by piece, with partial texts."""
    told: list[Told] = []
    pipeline = Pipeline(told.append, 0)
    pipeline.partials = True
    pipeline.use(dreamer, SpeechConfig())
    for at in range(0, len(pcm), PIECE):
        pipeline.sound(at, pcm[at : at + PIECE].tobytes())
        pipeline.work(behind=False)
    pipeline.flush()
    return [one.text for one in told if isinstance(one, Final)]


@pytest.mark.parametrize("text", [PHANTOM, ORDINARY])
@pytest.mark.parametrize("kind", [*NOISES, *MOUTH_NOISES])
def test_what_is_no_voice_gives_no_text_however_sure_the_recognizer_is(kind: str, text: str) -> None:
    dreamer, chance = Dreamer(text), np.random.default_rng(0)
    # Loud breath into the microphone looks as much like a voice as a whisper does: there a recognizer has to doubt.
    levels = LEVELS_DB[:-1] if (kind, text) == ("breath", ORDINARY) else LEVELS_DB
    for level in levels:
        sound = noise(kind, chance) * 10 ** (level / 20) * 32768
        assert dreamt(dreamer, np.clip(sound, -32768, 32767).astype(np.int16)) == []
    if kind in ("breath", "cough"):
        assert dreamer.asked, "it was taken for a voice: else the guards behind that were not tried"


def test_who_does_say_it_is_written_down() -> None:
    chance = np.random.default_rng(0)
    for voice in ("en-us", "en-gb+f1", "en-us+m7"):
        said = speak("thank you", voice).padded(0.5, 1.0).pcm.astype(np.float64)
        loud = np.sqrt(np.mean(said[said != 0] ** 2))
        pcm = said + 0.3 * loud * noise("pink", chance)[: len(said)]
        assert dreamt(Dreamer(PHANTOM), np.clip(pcm, -32768, 32767).astype(np.int16)) == [PHANTOM], voice
