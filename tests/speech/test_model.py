"""The committed model understands sentences it was not taught, as well as its record says."""

import numpy as np
import pytest
from faster_whisper import WhisperModel

from tests.speech.model import MODEL, measured
from tests.speech.scoring import HeardWord, Score
from tests.speech.speaker import RATE, SpokenWord
from tests.speech_model.measure import FIRST_WINDOWS, SEED, heard, joined, measure

ROUNDING = 0.02  # another processor rounds otherwise, and espeak-ng does not say a sentence alike twice


@pytest.fixture(scope="module")
def model() -> WhisperModel:
    return WhisperModel(str(MODEL), device="cpu", compute_type="int8", cpu_threads=1)


@pytest.mark.slow
def test_it_is_as_good_as_recorded() -> None:
    recorded = measured()["without_timestamps"]
    found = measure(MODEL, recorded["sentences"], recorded["seed"], without_timestamps=True)
    assert found["spoken_words"] == recorded["spoken_words"]
    assert found["word_error_rate"] <= recorded["word_error_rate"] + ROUNDING
    assert found["word_error_rate_random"] <= recorded["word_error_rate_random"] + 2 * ROUNDING
    assert found["word_start_off_p95"] <= recorded["word_start_off_p95"] + 0.06


@pytest.mark.slow
def test_it_hears_several_sentences_in_one_window() -> None:
    recorded = measured()["windows"]
    found = joined(MODEL, FIRST_WINDOWS, recorded["sentences_together"], SEED + 1)
    assert found["word_error_rate_median"] <= 0.25, (
        "half of the windows are understood: in one or two it repeats itself"
    )


def test_noise_alone_is_no_text(model: WhisperModel) -> None:
    chance = np.random.default_rng(5)
    for level in (0.0, 0.001, 0.01, 0.05):
        sound = (chance.standard_normal(8 * RATE) * level).astype(np.float32)
        assert heard(model, sound, vad_filter=False) == []


def test_scores_count_wrong_missing_and_invented_words() -> None:
    spoken = [SpokenWord(index, index + 0.5, text) for index, text in enumerate(["clip", "the", "last", "minute"])]
    score = Score()
    assert (
        score.add(spoken, [HeardWord(0, 0.5, " Clip,"), HeardWord(2.1, 2.5, " lost"), HeardWord(3, 4, "minute")]) == 2
    )
    assert score.add(spoken[:1], [HeardWord(0.25, 0.5, "clip"), HeardWord(1, 2, "that")]) == 1
    assert score.error_rate == pytest.approx(3 / 5)
    assert score.first_starts_off == [0.0, 0.25]
    assert score.ends_off == [0.0, 0.5, 0.0]
