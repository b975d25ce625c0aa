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
        sound = block.T.astype(np.float32, order="C")  # a channel's samples side by side: several times as fast
        sound /= np.float32(32768)
        if len(sound) == 1:
            mono: npt.NDArray[np.float32] = sound[0]
            return mono
        power = np.einsum("ij,ij->i", sound, sound) / max(1, len(block))
        self._power = np.maximum(power, self._power * FORGET ** (len(block) / self._rate))
        heard = self._power >= self._power.max() * QUIETER
        target = heard / heard.sum()
        if np.array_equal(target, self._weights):
            mono = np.einsum("i,ij->j", target.astype(np.float32), sound)
        else:
            ramp = np.linspace(self._weights, target, len(block), axis=1, dtype=np.float32)
            mono = np.einsum("ij,ij->j", ramp, sound)
            self._weights = target
        return mono
