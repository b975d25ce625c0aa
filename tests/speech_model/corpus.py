"""Sentences spoken by espeak-ng as log-mel powers with the word and the phoneme of every frame."""

import random
from pathlib import Path

import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor

from tests.speech.speaker import RATE, speak
from tests.speech_model.sentences import WORDS, manner, random_words, template

HOP, WINDOW, BANDS = 160, 400, 80
FRAME_SECONDS = HOP / RATE
RANDOM_SHARE = 0.8
TAIL_SECONDS = 0.05
NOISES = ("white", "pink", "brown", "hum", "music", "keyboard")
"""What the model was taught to be no words."""
MOUTH_NOISES = ("breath", "cough", "tune")
"""What is more like a voice: breath against the microphone, coughs, and an instrument that sings. Not taught."""
NOISE_SECONDS = 40
FORMANTS = ((550, 90, 1.0), (1500, 110, 0.6), (2500, 160, 0.35), (3600, 250, 0.2))
"""Hertz, width and strength of a mouth's resonances in a vowel that is none."""
_HANN = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
_FILTERS = FeatureExtractor.get_mel_filters(RATE, WINDOW, BANDS).astype(np.float32)


def log_mel(sound: np.ndarray) -> np.ndarray:
    """log10 of the mel powers of float sound, frames x 80: Whisper's features before they are clamped and scaled."""
    padded = np.pad(sound.astype(np.float32), WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][: len(sound) // HOP]
    powers = np.abs(np.fft.rfft(frames * _HANN, axis=-1)).astype(np.float32) ** 2
    return np.log10(np.maximum(powers @ _FILTERS.T, 1e-10))


def noise(kind: str, chance: np.random.Generator) -> np.ndarray:
    """Float sound of one kind at a root mean square of 1."""
    count = NOISE_SECONDS * RATE
    time = np.arange(count) / RATE
    white = chance.standard_normal(count)
    tilt = {"white": 0.0, "pink": 0.5, "brown": 1.0}
    if kind in tilt:
        spectrum = np.fft.rfft(white)
        sound = np.fft.irfft(spectrum / np.maximum(np.arange(len(spectrum)), 50) ** tilt[kind], count)
    elif kind == "hum":
        sound = sum(np.sin(2 * np.pi * 50 * n * time + n) / n for n in range(1, 12)) + 0.05 * white
    elif kind == "music":
        sound = 0.01 * white
        for begin in range(0, count, RATE // 4):
            span = slice(begin, begin + RATE)
            fall = np.exp(-3 * time[: len(time[span])])
            for tone in chance.choice([220, 262, 330, 392, 440, 523, 659], 3, replace=False):
                for partial in (1, 2, 3):
                    sound[span] += fall * np.sin(2 * np.pi * tone * partial * time[span]) / partial
    elif kind in MOUTH_NOISES:
        sound = _mouth_noise(kind, chance, white)
    else:
        sound = 0.005 * white
        for begin in chance.integers(0, count - 800, NOISE_SECONDS * 6):
            sound[begin : begin + 800] += white[:800] * np.exp(-np.arange(800) / chance.integers(40, 300))
    return np.asarray(sound / np.sqrt(np.mean(sound**2)))


def _mouth_noise(kind: str, chance: np.random.Generator, white: np.ndarray) -> np.ndarray:
    count = len(white)
    if kind == "breath":
        sound = 0.01 * white
        for begin in chance.integers(0, count - 4000, NOISE_SECONDS * 3):
            length = int(chance.integers(200, 3000))
            puff = _through_mouth(chance.standard_normal(length + 4096), chance)[:length]
            sound[begin : begin + length] += puff * np.exp(-np.arange(length) / (length / 4))
        return sound
    if kind == "cough":
        cycles = np.cumsum(np.repeat(chance.uniform(150, 300, count // 5000 + 1), 5000)[:count] / RATE)
        source = white + np.diff(np.floor(cycles), prepend=0.0)
        return _through_mouth(source, chance) * _swells(chance, count, (0.1, 0.3), (0.1, 0.8)) ** 2
    tones = np.repeat(chance.choice([220, 262, 330, 392, 440, 523], count * 4 // RATE + 1), RATE // 4)[:count]
    vibrato = 1 + 0.01 * np.sin(2 * np.pi * 5.5 * np.arange(count) / RATE)
    saw = 2 * (np.cumsum(tones * vibrato / RATE) % 1) - 1
    return _through_mouth(saw, chance) * (0.3 + 0.7 * _swells(chance, count, (0.2, 1.0), (0.02, 0.3)))


def _through_mouth(source: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """`source` with the resonances of a mouth that moves."""
    size, hop = 2048, 1024
    frequencies, window = np.fft.rfftfreq(size, 1 / RATE), np.hanning(size)
    moved = np.cumsum(chance.normal(0, 0.03, (len(source) // hop + 1, len(FORMANTS))), axis=0)
    sound = np.zeros(len(source))
    for at, begin in enumerate(range(0, len(source) - size, hop)):
        shape = sum(
            gain / (1 + ((frequencies - hertz * np.exp(np.clip(move, -0.4, 0.4))) / width) ** 2)
            for (hertz, width, gain), move in zip(FORMANTS, moved[at], strict=True)
        )
        part = np.fft.rfft(source[begin : begin + size] * window) * shape
        sound[begin : begin + size] += np.fft.irfft(part, size)
    return sound


def _swells(
    chance: np.random.Generator, count: int, lengths: tuple[float, float], gaps: tuple[float, float]
) -> np.ndarray:
    """How loud it is: swellings of so many seconds, with so many between them."""
    loud = np.zeros(count)
    at = RATE // 2
    while at < count:
        length = int(chance.uniform(*lengths) * RATE)
        swell = np.sin(np.pi * np.linspace(0, 1, length) ** chance.uniform(0.4, 1.2)) ** chance.uniform(0.5, 1.5)
        loud[at : at + length] = chance.uniform(0.3, 1) * swell[: count - at]
        at += length + int(chance.uniform(*gaps) * RATE)
    return loud


def spoken(chance: random.Random) -> tuple[np.ndarray, list[tuple[int, float, float]], np.ndarray, list[str]]:
    """One sentence: its features, (word, start, end) in frames, the index into its phonemes of each frame, these."""
    text = random_words(chance) if chance.random() < RANDOM_SHARE else template(chance)
    voice, speed, pitch = manner(chance)
    said = speak(text, voice, speed=speed, pitch=pitch)
    assert said.text == text, (said.text, text)
    end = said.words[-1].end + TAIL_SECONDS
    features = log_mel(said.pcm[: round(end * RATE)] / 32768)
    words = [(WORDS.index(word.text), word.start / FRAME_SECONDS, word.end / FRAME_SECONDS) for word in said.words]
    starts = np.array([sound.start / FRAME_SECONDS for sound in said.sounds])
    at = np.searchsorted(starts, np.arange(len(features)) + 0.5, "right") - 1
    return features, words, at, [sound.text for sound in said.sounds]


def make(path: Path, sentences: int, seed: int) -> None:
    """Speak and write the corpus; every seed speaks other sentences."""
    chance = random.Random(seed)
    features, words, bounds, phonemes = [], [], [], []
    names: dict[str, int] = {"": 0}
    first_frame = first_word = 0
    for _ in range(sentences):
        mel, said, at, sounds = spoken(chance)
        labels = np.array([names.setdefault(sound, len(names)) for sound in sounds] + [0], np.int16)
        features.append(mel.astype(np.float16))
        phonemes.append(labels[at])
        words.extend(said)
        bounds.append((first_frame, first_frame + len(mel), first_word, first_word + len(said)))
        first_frame, first_word = bounds[-1][1], bounds[-1][3]
    generator = np.random.default_rng(seed)
    noises = np.stack([log_mel(noise(kind, generator)) for kind in NOISES]).astype(np.float16)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        features=np.concatenate(features),
        phonemes=np.concatenate(phonemes),
        words=np.array(words, np.float32),
        bounds=np.array(bounds, np.int64),
        noises=noises,
        phoneme_count=np.array(len(names)),
    )
