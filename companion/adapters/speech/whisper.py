"""Whisper on CTranslate2."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from companion.adapters.speech.engine import Heard, Sound
from companion.adapters.speech.folder import check_model
from companion.domain.speech import RATE, SpeechConfig, Word
from companion.kernel.errors import Failed, Refused
from companion.kernel.offload import fair_threads

log = logging.getLogger(__name__)

T = TypeVar("T")

WINDOW_SECONDS = 30.0
"""What Whisper hears at once: each window costs the same, however little of it is filled."""
QUICK_SECONDS = (6.0, 10.0, 15.0, 20.0)
"""Shorter windows for texts that only stand until the final one is there: a part of the cost, a little less exact."""
FRAMES_A_SECOND = 100
TOKENS_A_SECOND = 25
"""More than the fastest talker needs in any script; it bounds what a loop may cost."""
MAX_LENGTH = 448
MEASURED_SECONDS, MEASURED_TOKENS = 4.0, 16
"""What a window is measured with: a sentence of ten words or so."""
PREPENDED, APPENDED = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"  # noqa: RUF001 - marks of other scripts are meant


def best_device() -> str:
    """`cuda` where CTranslate2 finds a graphics card, else `cpu`."""
    import ctranslate2

    return "cuda" if ctranslate2.get_cuda_device_count() else "cpu"


class WhisperEngine:
    """faster-whisper, one window at a time, with the words' times.

    It is on the processor where the graphics card turns out to be of no use. Raises Refused for a model that is none,
    Failed for one that cannot be loaded.
    """

    def __init__(self, config: SpeechConfig, device: str = "cpu") -> None:
        self._folder = Path(config.model or "")
        check_model(self._folder)
        self.device, self.trouble = device, ""
        self._model: Any = None
        self._multilingual = bool(self._surely(self._wake).model.is_multilingual)
        self._task = "translate" if config.translate and self._multilingual else "transcribe"
        self._hints = ", ".join(config.hints) or None
        self._language = self._checked(config.language)
        self._tokenizers: dict[str, Any] = {}
        self._suppressed: dict[str, Any] = {}
        self.window_seconds = 0.0
        try:
            self._measure()
        except Exception as error:
            raise _broken(self._folder, error) from error

    def hear(self, sound: Sound, *, quick: bool = False) -> Heard:
        return self._surely(lambda: self._hear(sound, quick=quick))

    def rest(self) -> None:
        self._model.model.unload_model()

    def wake(self) -> None:
        self._surely(self._wake)

    def _surely(self, work: Callable[[], T]) -> T:
        """What `work` gives; once the graphics card fails at it, all is done on the processor."""
        try:
            return work()
        except (RuntimeError, ValueError) as error:
            if self.device == "cpu":
                raise
            self.trouble = f"The graphics card cannot be used for speech: {str(error).rstrip('.')}."
            log.warning("%s", self.trouble)
        self.device, self._model = "cpu", None
        return work()

    def _wake(self) -> Any:
        """The model, loaded."""
        if self._model is None:
            self._model = _load(self._folder, self.device)
        elif not self._model.model.model_is_loaded:
            self._model.model.load_model()
        return self._model

    def _hear(self, sound: Sound, *, quick: bool = False, forced: int = 0) -> Heard:
        """What is said in `sound`; or, for a measurement, as much work as so many tokens make (`forced`)."""
        self._wake()
        began = time.perf_counter()
        seconds = len(sound) / RATE
        window = _window(seconds) if quick else WINDOW_SECONDS
        features = _padded(self._model.feature_extractor(sound)[..., :-1], round(window * FRAMES_A_SECOND))
        encoded = self._model.encode(features)
        language = self._language or self._detect(encoded)
        tokens, no_speech = self._decode(encoded, language, seconds, forced)
        words = self._align(encoded, language, tokens, seconds)
        if not quick and words:
            self._note(time.perf_counter() - began)
        return Heard(words, language, no_speech)

    def _measure(self) -> None:
        """Compute a window with a sentence's work in it, so that what it costs is known before the first word."""
        noise = np.random.default_rng(0).standard_normal(round(MEASURED_SECONDS * RATE)).astype(np.float32) * 1e-3
        for _ in range(2):  # the first one also pays for what is loaded late
            began = time.perf_counter()
            self._surely(lambda: self._hear(noise, forced=MEASURED_TOKENS))
            self.window_seconds = time.perf_counter() - began

    def _note(self, seconds: float) -> None:
        self.window_seconds = 0.8 * self.window_seconds + 0.2 * seconds

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

    def _decode(self, encoded: Any, language: str, seconds: float, forced: int) -> tuple[list[int], float]:
        """The most likely tokens one after another, and how likely there is no speech; `forced`: so many, no end."""
        tokenizer = self._tokenizer(language)
        prompt = self._model.get_prompt(tokenizer, [], without_timestamps=True, hotwords=self._hints)
        wanted = forced or round(16 + seconds * TOKENS_A_SECOND)
        # CTranslate2 makes at most half of `max_length`, and not more than what the prompt leaves of it.
        length = min(MAX_LENGTH, max(2 * wanted, len(prompt) + wanted))
        result = self._model.model.generate(
            encoded,
            [prompt],
            beam_size=1,
            max_length=length,
            return_no_speech_prob=True,
            suppress_blank=True,
            suppress_tokens=[*self._suppressed[language], *([tokenizer.eot] if forced else [])],
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


def _load(folder: Path, device: str) -> Any:
    """The model; what is wrong with it only the processor can tell, as a graphics card has troubles of its own."""
    from faster_whisper import WhisperModel

    kind = "int8" if device == "cpu" else "default"
    threads = fair_threads()
    try:
        return WhisperModel(str(folder), device=device, compute_type=kind, cpu_threads=threads, local_files_only=True)
    except MemoryError:
        raise Failed(
            "model_too_large", "There is not enough memory for this speech model.", "Use a smaller one."
        ) from None
    except Exception as error:
        if device != "cpu":
            raise
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
