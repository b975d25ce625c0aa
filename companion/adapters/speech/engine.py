"""What a recognizer must be able to do, whichever it is."""

import dataclasses
from typing import Protocol

import numpy as np
import numpy.typing as npt

from companion.domain.speech import Word

Sound = npt.NDArray[np.float32]


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
    def trouble(self) -> str:
        """Why the graphics card, although there is one, is not used; empty: it is, or is not to be."""

    @property
    def window_seconds(self) -> float:
        """How long it takes for one window with a sentence in it, as measured."""

    def hear(self, sound: Sound, *, quick: bool = False) -> Heard:
        """What is said in `sound` (16 kHz, -1 to 1, at most 30 s); `quick` may be less exact."""

    def rest(self) -> None:
        """Give the model's memory back."""

    def wake(self) -> None:
        """Load the model again; `hear` does so as well."""
