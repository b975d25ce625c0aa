"""Word errors and word times of the tiny model on unseen sentences, through faster-whisper as it is."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import WhisperModel

from tests.speech.scoring import HeardWord, Score, percentile
from tests.speech.speaker import RATE, Spoken, SpokenWord, speak
from tests.speech_model.sentences import TALK, manner, random_words

SEED, FIRST_WINDOWS = 2, 12  # the tests look at the first windows only
PADDING_SECONDS = 0.5
NOISE_DB = (-80, -40)
OPTIONS: dict[str, Any] = {
    "language": "en",
    "beam_size": 1,
    "temperature": 0.0,
    "vad_filter": True,
    "word_timestamps": True,
    "condition_on_previous_text": False,
}


def unseen(count: int, seed: int) -> Iterator[tuple[Spoken, np.ndarray]]:
    """Sentences the model was not taught, half of them random words: as spoken, and as float sound with noise."""
    chance = random.Random(seed)
    for index in range(count):
        yield aloud(random_words(chance) if index % 2 else chance.choice(TALK), chance, index)


def aloud(text: str, chance: random.Random, number: int) -> tuple[Spoken, np.ndarray]:
    """A sentence in some voice and loudness: as spoken, and as float sound with the noise of that `number`."""
    voice, speed, pitch = manner(chance)
    said = speak(text, voice, speed=speed, pitch=pitch).padded(PADDING_SECONDS, PADDING_SECONDS)
    level = 10 ** (chance.uniform(*NOISE_DB) / 20)
    noise = np.random.default_rng(number).standard_normal(len(said.pcm)).astype(np.float32) * level
    return said, (said.pcm * 10 ** (chance.uniform(-12, 0) / 20) / 32768 + noise).astype(np.float32)


def as_pcm(sound: np.ndarray) -> np.ndarray:
    """Float sound as 16 bit samples."""
    return np.clip(sound * 32768, -32768, 32767).astype(np.int16)


def heard(model: WhisperModel, sound: np.ndarray, **options: Any) -> list[HeardWord]:
    """The words faster-whisper hears."""
    segments, _ = model.transcribe(sound, **(OPTIONS | options))
    return [HeardWord(word.start, word.end, word.word) for segment in segments for word in segment.words or ()]


def joined(folder: Path, windows: int, together: int, seed: int) -> dict[str, Any]:
    """Figures for windows of several sentences each, half a second of sound between them.

    Where the model repeats itself to a window's end, its errors outnumber all others': the median is told too.
    """
    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)
    score = Score()
    rates: list[float] = []
    sentences = list(unseen(windows * together, seed))
    for begin in range(0, len(sentences), together):
        group = sentences[begin : begin + together]
        words: list[SpokenWord] = []
        length = 0
        for said, sound in group:
            past = length / RATE
            words += [SpokenWord(word.start + past, word.end + past, word.text) for word in said.words]
            length += len(sound)
        sound = np.concatenate([sound for _, sound in group])
        errors = score.add(words, heard(model, sound, without_timestamps=True, vad_filter=False))
        rates.append(errors / len(words))
    return {
        "windows": windows,
        "sentences_together": together,
        "word_error_rate": round(score.error_rate, 4),
        "word_error_rate_median": round(percentile(rates, 0.5), 4),
        "word_start_off_p95": round(percentile(score.starts_off, 0.95), 3),
        "word_end_off_p95": round(percentile(score.ends_off, 0.95), 3),
    }


def measure(folder: Path, count: int, seed: int, **options: Any) -> dict[str, Any]:
    """Figures for the record; errors by kind of sentence, times of words heard right, in seconds."""
    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)
    kinds = {"talk": Score(), "random": Score()}
    worst: list[tuple[int, str, str]] = []
    for index, (said, sound) in enumerate(unseen(count, seed)):
        words = heard(model, sound, **options)
        errors = kinds["random" if index % 2 else "talk"].add(said.words, words)
        worst.append((errors, said.text, "".join(word.text for word in words)))
    both = kinds.values()
    spoken = sum(score.spoken for score in both)
    starts = [off for score in both for off in score.starts_off]
    ends = [off for score in both for off in score.ends_off]
    first = [off for score in both for off in score.first_starts_off]
    for errors, text, found in sorted(worst, reverse=True)[:8]:
        print(f"{errors} errors: said {text!r}, heard {found!r}")
    return {
        "sentences": count,
        "seed": seed,
        "spoken_words": spoken,
        "word_error_rate": round(sum(score.errors for score in both) / spoken, 4),
        "word_error_rate_talk": round(kinds["talk"].error_rate, 4),
        "word_error_rate_random": round(kinds["random"].error_rate, 4),
        "word_start_off_p50": round(percentile(starts, 0.5), 3),
        "word_start_off_p95": round(percentile(starts, 0.95), 3),
        "first_word_start_off_p95": round(percentile(first, 0.95), 3),
        "word_end_off_p95": round(percentile(ends, 0.95), 3),
    }
