"""Which sound stands out from the noise of a room: what is steady may wait a little, for nobody says anything."""

RISE = 1.08
"""How much higher the floor is taken with each block of a tenth of a second: 7 dB a second."""
STANDS_OUT = 2.5
"""How many times as strong as the floor: soft speech in a noisy room does not, and then comes a little later."""
LOWEST = 0.00015
"""Of full scale: what nobody would hear is no sound."""
LASTS_BLOCKS = 10
"""As long as a pause within a sentence, and the one that ends it."""


class NoiseFloor:
    """Follows how strong the blocks of a tenth of a second are, in any measure from 0 to 1."""

    def __init__(self) -> None:
        self._floor = LOWEST
        self._left = LASTS_BLOCKS

    def stands_out(self, strength: float) -> bool:
        """Take in a block; whether it, or one of the last second, stood out."""
        self._floor = max(LOWEST, min(strength, self._floor * RISE))
        self._left = LASTS_BLOCKS if strength > self._floor * STANDS_OUT else max(0, self._left - 1)
        return self._left > 0
