"""Several channels to one: those that carry the voice, as loud as they are."""

import numpy as np
import numpy.typing as npt

QUIETER = 10 ** (-15 / 10)
"""A channel this much weaker than the loudest carries no voice: a socket of the interface with nothing plugged in."""
FORGET = 0.95
"""For each second: the channel somebody spoke on stays chosen through a pause."""


class Mix:
    """Chooses, while it hears, which of `channels` are heard."""

    def __init__(self, rate: int, channels: int) -> None:
        self._rate = rate
        self._power = np.zeros(channels)
        self._weights = np.full(channels, 1 / channels)

    def down(self, block: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
        """The mono sound, -1 to 1, of a block of (samples, channels)."""
        sound = block.astype(np.float32) / np.float32(32768)
        if len(self._weights) == 1:
            return sound[:, 0]
        power = np.einsum("ij,ij->j", sound, sound) / max(1, len(sound))
        self._power = np.maximum(power, self._power * FORGET ** (len(block) / self._rate))
        heard = self._power >= self._power.max() * QUIETER
        target = heard / heard.sum()
        weights = np.broadcast_to(target, sound.shape)
        if not np.array_equal(target, self._weights):
            weights = np.linspace(self._weights, target, len(sound))
            self._weights = target
        mono: npt.NDArray[np.float32] = np.einsum("ij,ij->i", sound, weights.astype(np.float32))
        return mono
