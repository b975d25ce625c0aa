"""espeak-ng's word times are where the sound is."""

import numpy as np
import pytest

from tests.speech.speaker import RATE, speak


def loudness(pcm: np.ndarray, start: float, end: float) -> float:
    """Root mean square of a part."""
    part = pcm[round(start * RATE) : round(end * RATE)].astype(float)
    return float(np.sqrt((part**2).mean()))


def test_words_lie_where_the_sound_is() -> None:
    said = speak("boss, camera, question", voice="en-gb", speed=130)
    assert [word.text for word in said.words] == ["boss", "camera", "question"]
    inside = min(loudness(said.pcm, word.start, word.end) for word in said.words)
    between = [(first.end, second.start) for first, second in zip(said.words, said.words[1:], strict=False)]
    assert all(end - start > 0.1 for start, end in between)
    assert max(loudness(said.pcm, start + 0.05, end - 0.02) for start, end in between) < inside / 20


@pytest.mark.parametrize("voice", ["en-us", "en-us+f2", "en-gb+m2"])
def test_every_word_has_its_time_even_those_espeak_runs_together(voice: str) -> None:
    said = speak("thanks for the raid and for the win", voice=voice)
    assert said.text == "thanks for the raid and for the win"
    starts = [word.start for word in said.words]
    assert starts == sorted(set(starts))
    assert all(word.end - word.start > 0.04 for word in said.words)


def test_faster_speech_is_shorter_and_padding_moves_the_words() -> None:
    slow, fast = speak("mark this moment", speed=120), speak("mark this moment", speed=200)
    assert len(fast.pcm) < 0.8 * len(slow.pcm)
    moved = slow.padded(1.5, 0.5)
    assert len(moved.pcm) == len(slow.pcm) + 2 * RATE
    assert not moved.pcm[: round(1.5 * RATE)].any()
    assert moved.words[1].start == pytest.approx(slow.words[1].start + 1.5)


def test_an_unknown_voice_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody"):
        speak("clip that", voice="nobody")
