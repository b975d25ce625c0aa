"""What a recognizer must be able to do, whichever it is, and the one there is: Whisper on CTranslate2."""

import dataclasses
import logging
import os
import time
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from companion.adapters.speech.folder import check_model
from companion.domain.speech import RATE, SpeechConfig, Word
from companion.kernel.errors import Failed, Refused

log = logging.getLogger(__name__)

Sound = npt.NDArray[np.float32]

WINDOW_SECONDS = 30.0
"""What Whisper hears at once: each window costs the same, however little of it is filled."""
QUICK_SECONDS = (6.0, 10.0, 15.0, 20.0)
"""Shorter windows for texts that only stand until the final one is there: a part of the cost, a little less exact."""
FRAMES_A_SECOND = 100
TOKENS_A_SECOND = 25
"""More than the fastest talker needs in any script; it bounds what a loop may cost."""
LONGEST_PROMPT = 200
MAX_LENGTH = 448
THREADS = 4
PREPENDED, APPENDED = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"  # noqa: RUF001 - marks of other scripts are meant


@dataclasses.dataclass(frozen=True)
class Heard:
    """What was heard in a window.

    The times are seconds from its start, each text has the blank that stands before it. `no_speech` is how likely the
    recognizer finds that nobody spoke (0 to 1).
    """

    words: tuple[Word, ...]
    language: str
    no_speech: float


class Engine(Protocol):
    """A recognizer with its model loaded."""

    @property
    def device(self) -> str:
        """`cpu` or `cuda`."""

    @property
    def window_seconds(self) -> float:
        """How long it takes for one window, as measured."""

    def hear(self, sound: Sound, *, quick: bool = False) -> Heard:
        """What is said in `sound` (16 kHz, -1 to 1, at most 30 s); `quick` may be less exact."""

    def rest(self) -> None:
        """Give the model's memory back."""

    def wake(self) -> None:
        """Load the model again; `hear` does so as well."""


def open_engine(config: SpeechConfig) -> Engine:
    """The recognizer for `config`; raises Refused for a model that is none, Failed for one that cannot be loaded."""
    return WhisperEngine(config)


def default_threads() -> int:
    """How many threads a window is computed on: half of the PC at most, the rest is the game's."""
    return max(1, min(THREADS, (os.cpu_count() or 2) // 2))


class WhisperEngine:
    """faster-whisper, one window at a time, with the words' times."""

    def __init__(self, config: SpeechConfig, threads: int | None = None) -> None:
        folder = Path(config.model or "")
        check_model(folder)
        self._model, self.device = _load(folder, threads or default_threads())
        self._multilingual = bool(self._model.model.is_multilingual)
        self._task = "translate" if config.translate and self._multilingual else "transcribe"
        self._hints = ", ".join(config.hints) or None
        self._language = self._checked(config.language)
        self._tokenizers: dict[str, Any] = {}
        self._suppressed: dict[str, Any] = {}
        self.window_seconds = 0.0
        try:
            self._measure()
        except Exception as error:
            raise _broken(folder, error) from error

    def hear(self, sound: Sound, *, quick: bool = False) -> Heard:
        self.wake()
        began = time.perf_counter()
        seconds = len(sound) / RATE
        window = _window(seconds) if quick else WINDOW_SECONDS
        features = _padded(self._model.feature_extractor(sound)[..., :-1], round(window * FRAMES_A_SECOND))
        encoded = self._model.encode(features)
        language = self._language or self._detect(encoded)
        tokens, no_speech = self._decode(encoded, language, seconds)
        words = self._align(encoded, language, tokens, seconds)
        if not quick and words:
            self._note(time.perf_counter() - began)
        return Heard(words, language, no_speech)

    def rest(self) -> None:
        self._model.model.unload_model()

    def wake(self) -> None:
        if not self._model.model.model_is_loaded:
            self._model.model.load_model()

    def _measure(self) -> None:
        """Compute one window of faint noise, so that what a window costs is known before the first word."""
        noise = np.random.default_rng(0).standard_normal(RATE).astype(np.float32) * 1e-3
        self.hear(noise)  # the first one also pays for what is loaded late
        began = time.perf_counter()
        self.hear(noise)
        self.window_seconds = time.perf_counter() - began

    def _note(self, seconds: float) -> None:
        known = self.window_seconds
        self.window_seconds = seconds if not known else 0.8 * known + 0.2 * seconds

    def _checked(self, language: str | None) -> str | None:
        if not self._multilingual:
            if language not in (None, "en"):
                raise Refused(
                    "language_not_in_model",
                    f"This speech model knows English only, not {language!r}.",
                    "Use a model whose name does not end in .en.",
                )
            return "en"
        if language is not None and self._model.hf_tokenizer.token_to_id(f"<|{language}|>") is None:
            raise Refused(
                "language_not_in_model",
                f"This speech model does not know the language {language!r}.",
                "Use a code such as en, de or ja, or none: then it is detected.",
            )
        return language

    def _detect(self, encoded: Any) -> str:
        token = str(self._model.model.detect_language(encoded)[0][0][0])
        return token.removeprefix("<|").removesuffix("|>")

    def _tokenizer(self, language: str) -> Any:
        if language not in self._tokenizers:
            from faster_whisper.tokenizer import Tokenizer
            from faster_whisper.transcribe import get_suppressed_tokens

            made = Tokenizer(self._model.hf_tokenizer, self._multilingual, task=self._task, language=language)
            self._tokenizers[language] = made
            self._suppressed[language] = get_suppressed_tokens(made, [-1])
        return self._tokenizers[language]

    def _decode(self, encoded: Any, language: str, seconds: float) -> tuple[list[int], float]:
        """The most likely tokens one after another, and how likely there is no speech."""
        tokenizer = self._tokenizer(language)
        prompt = self._model.get_prompt(tokenizer, [], without_timestamps=True, hotwords=self._hints)
        wanted = round(16 + seconds * TOKENS_A_SECOND)
        # CTranslate2 makes at most half of `max_length`, and not more than what the prompt leaves of it.
        length = min(MAX_LENGTH, max(2 * wanted, len(prompt) + wanted))
        result = self._model.model.generate(
            encoded,
            [prompt],
            beam_size=1,
            max_length=length,
            return_no_speech_prob=True,
            suppress_blank=True,
            suppress_tokens=self._suppressed[language],
        )[0]
        return [token for token in result.sequences_ids[0] if token < tokenizer.eot], float(result.no_speech_prob)

    def _align(self, encoded: Any, language: str, tokens: list[int], seconds: float) -> tuple[Word, ...]:
        """The tokens as words, with when each was said."""
        tokenizer = self._tokenizer(language)
        text = tokenizer.decode(tokens)
        if not text.strip():
            return ()
        segment: dict[str, Any] = {"seek": 0, "start": 0.0, "end": seconds, "tokens": tokens}
        frames = max(2, round(seconds * FRAMES_A_SECOND))
        self._model.add_word_timestamps([[segment]], tokenizer, encoded, frames, PREPENDED, APPENDED, 0.0)
        words = tuple(
            Word(float(word["start"]), float(word["end"]), word["word"], float(word["probability"]))
            for word in segment["words"]
        )
        return words or (Word(0.0, seconds, text, 0.0),)


def _load(folder: Path, threads: int) -> tuple[Any, str]:
    """The model on the graphics card where CTranslate2 can use one, else on the processor."""
    import ctranslate2
    from faster_whisper import WhisperModel

    def load(device: str) -> Any:
        kind = "int8" if device == "cpu" else "default"
        return WhisperModel(str(folder), device=device, compute_type=kind, cpu_threads=threads, local_files_only=True)

    if ctranslate2.get_cuda_device_count():
        try:
            return load("cuda"), "cuda"
        except (RuntimeError, ValueError) as error:
            log.warning("the graphics card cannot be used for speech: %s", error)
    try:
        return load("cpu"), "cpu"
    except MemoryError:
        raise Failed(
            "model_too_large", "There is not enough memory for this speech model.", "Use a smaller one."
        ) from None
    except Exception as error:
        raise _broken(folder, error) from error


def _broken(folder: Path, error: Exception) -> Refused:
    """Whatever a native library says of files that are not as they should be."""
    log.warning("the model in %s cannot be used: %s", folder, error)
    return Refused(
        "model_broken",
        f"The speech model {folder.name} cannot be used: its files are damaged, or made for something else.",
        "Remove it and download it again, or use another.",
    )


def _window(seconds: float) -> float:
    """The shortest quick window in which there is also a little silence after the sound."""
    return next((window for window in QUICK_SECONDS if seconds + 0.5 <= window), WINDOW_SECONDS)


def _padded(features: Any, frames: int) -> Any:
    return np.pad(features[..., :frames], ((0, 0), (0, max(0, frames - features.shape[-1]))))
