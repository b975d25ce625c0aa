"""espeak-ng speaks sentences and says where each of its words and sounds begins and ends."""

import ctypes
import re
import threading
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import soxr

RATE = 16_000
SYNCHRONOUS, PHONEME_EVENTS, CHARACTERS_UTF8 = 2, 1, 1
SPEED, PITCH = 1, 3
EVENTS_END, EVENT_WORD, EVENT_PHONEME = 0, 1, 7


@dataclass(frozen=True)
class SpokenWord:
    """A word as spoken; seconds from the first sample."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Sound:
    """A phoneme (espeak-ng's mnemonic; "" is a pause); seconds from the first sample."""

    start: float
    text: str


@dataclass(frozen=True)
class Spoken:
    """16 kHz mono int16 sound with what is said in it and when."""

    pcm: np.ndarray
    words: tuple[SpokenWord, ...]
    sounds: tuple[Sound, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    def padded(self, before: float, after: float) -> "Spoken":
        """The same with seconds of digital silence around it."""
        pcm = np.pad(self.pcm, (round(before * RATE), round(after * RATE)))
        words = tuple(SpokenWord(word.start + before, word.end + before, word.text) for word in self.words)
        return Spoken(pcm, words, tuple(Sound(sound.start + before, sound.text) for sound in self.sounds))

    def save(self, path: Path) -> Path:
        """Write it as a WAV file."""
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(self.pcm.tobytes())
        return path


class _Identity(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_void_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Identity),
    ]


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class _Espeak:
    """The library has one voice and one callback per process: whoever speaks holds the lock."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._library = ctypes.CDLL("libespeak-ng.so.1")
        self.rate = self._library.espeak_Initialize(SYNCHRONOUS, 0, None, PHONEME_EVENTS)
        assert self.rate > 0, "espeak-ng could not be initialised"
        self._chunks: list[bytes] = []
        self._events: list[tuple[int, int, int, str]] = []
        self._callback = _Callback(self._heard)
        self._library.espeak_SetSynthCallback(self._callback)

    def _heard(self, samples: Any, count: int, events: Any) -> int:
        if samples and count:
            self._chunks.append(ctypes.string_at(samples, 2 * count))
        index = 0
        while events[index].type != EVENTS_END:
            event = events[index]
            name = ""
            if event.type == EVENT_PHONEME:
                raw = ctypes.string_at(ctypes.addressof(event) + _Event.id.offset, 8)
                name = raw.split(b"\0")[0].decode("utf-8", "replace")
            self._events.append((event.type, event.sample, event.text_position, name))
            index += 1
        return 0

    def speak(
        self, text: str, voice: str, speed: int, pitch: int
    ) -> tuple[bytes, list[tuple[int, int, int, int, str]]]:
        """Samples at self.rate and (type, sample, text position from 1, length, phoneme) in order."""
        language, _, variant = voice.partition("+")
        name = "+".join(part for part in (_FILES.get(language, language), variant) if part)
        if self._library.espeak_SetVoiceByName(name.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {voice!r}")
        self._library.espeak_SetParameter(SPEED, speed, 0)
        self._library.espeak_SetParameter(PITCH, pitch, 0)
        self._chunks, self._events = [], []
        raw = text.encode()
        failed = self._library.espeak_Synth(raw + b"\0", len(raw) + 1, 0, 1, 0, CHARACTERS_UTF8, None, None)
        assert failed == 0, f"espeak-ng could not speak {text!r}"
        return b"".join(self._chunks), self._events


# What `espeak-ng -v` finds by language, the library only finds by file.
_FILES = {"en-gb": "gmw/en", "en-us": "gmw/en-US"}


@cache
def _espeak() -> _Espeak:
    return _Espeak()


def speak(text: str, voice: str = "en-us", *, speed: int = 160, pitch: int = 50) -> Spoken:
    """Say `text` (words per minute, pitch 0..99); a word lasts from its first sound to the next word or pause."""
    espeak = _espeak()
    with espeak.lock:
        raw, events = espeak.speak(text, voice, speed, pitch)
    source = np.frombuffer(raw, np.int16)
    pcm = soxr.resample(source, espeak.rate, RATE) if source.size else source
    sounds = tuple(
        Sound(sample / espeak.rate, "" if name.startswith("_") else name)
        for kind, sample, _, name in events
        if kind == EVENT_PHONEME
    )
    length = len(source) / espeak.rate
    begins = [(sample / espeak.rate, position - 1) for kind, sample, position, _ in events if kind == EVENT_WORD]
    pauses = [sound.start for sound in sounds if not sound.text]
    return Spoken(np.ascontiguousarray(pcm, np.int16), tuple(_words(text, begins, [*pauses, length])), sounds)


def _words(text: str, begins: list[tuple[float, int]], ends: list[float]) -> Iterator[SpokenWord]:
    """Words of `text` from (moment, index of the letter); espeak-ng runs some together ("for the"): they share."""
    tokens = [(match.start(), match.group()) for match in re.finditer(r"[\w']+", text)]
    starts = dict(reversed([(position, moment) for moment, position in begins]))
    heads = [index for index, (position, _) in enumerate(tokens) if position in starts]
    for head, following in pairwise([*heads, len(tokens)]):
        start = starts[tokens[head][0]]
        limits = [moment for moment in ends if moment > start]
        if following < len(tokens):
            limits.append(starts[tokens[following][0]])
        words = [word for _, word in tokens[head:following]]
        step = (min(limits) - start) / sum(map(len, words))
        for word in words:
            yield SpokenWord(start, start + step * len(word), word)
            start += step * len(word)
