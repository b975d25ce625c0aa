"""How likely each moment of a stream is speech: the Silero model that faster-whisper brings, fed bit by bit."""

from typing import Any

import numpy as np
import numpy.typing as npt

from companion.domain.utterances import FRAME

CONTEXT = 64
"""Samples before a frame that the model looks at as well."""
STATE = 128
QUIET = 16
"""Of 32,768: a piece that never exceeds this (-66 dB) holds no word that could be understood; no model is asked."""


class VoiceDetector:
    """Remembers what it heard, so that a stream may come in pieces of any length."""

    def __init__(self) -> None:
        from faster_whisper.vad import get_vad_model

        self._session: Any = get_vad_model().session
        self.reset()

    def reset(self) -> None:
        """Forget what was heard: what comes next is not its continuation."""
        self._hidden = np.zeros((1, 1, STATE), np.float32)
        self._cell = np.zeros((1, 1, STATE), np.float32)
        self._context = np.zeros(CONTEXT, np.float32)

    def likelihoods(self, sound: npt.NDArray[np.int16]) -> list[float]:
        """How likely each frame of `sound`, a multiple of FRAME samples, is speech (0 to 1)."""
        if not len(sound):
            return []
        frames = sound.reshape(-1, FRAME)
        if int(sound.max()) <= QUIET and int(sound.min()) >= -QUIET:
            self._context = frames[-1, -CONTEXT:].astype(np.float32) / 32768.0
            return [0.0] * len(frames)
        return self._ask(frames.astype(np.float32) / 32768.0)

    def _ask(self, frames: npt.NDArray[np.float32]) -> list[float]:
        before = np.concatenate((self._context[None], frames[:-1, -CONTEXT:]))
        self._context = frames[-1, -CONTEXT:]
        speech, self._hidden, self._cell = self._session.run(
            None, {"input": np.concatenate((before, frames), 1), "h": self._hidden, "c": self._cell}
        )
        return [float(likely) for likely in np.asarray(speech).reshape(-1)]
