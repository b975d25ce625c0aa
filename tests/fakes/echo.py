"""A recognizer of another kind: whatever is said, it hears the word that its model's folder holds."""

from pathlib import Path

from companion.adapters.speech.engine import Heard, Sound
from companion.adapters.speech.providers import Provider
from companion.domain.speech import RATE, SpeechConfig, Word
from companion.kernel.errors import Refused

WORD = "word.txt"


class Echo:
    """An engine without a model worth the name."""

    device, trouble, window_seconds = "cpu", "", 0.01

    def __init__(self, config: SpeechConfig, device: str) -> None:
        self._word = (Path(config.model or "") / WORD).read_text()

    def hear(self, sound: Sound, *, quick: bool = False) -> Heard:
        return Heard((Word(0.0, len(sound) / RATE, f" {self._word}", 0.9),), "en", 0.01)

    def rest(self) -> None:
        """There is no memory to be given back."""

    def wake(self) -> None:
        """It never rests."""


def _check(folder: Path) -> None:
    if not (folder / WORD).is_file():
        raise Refused("model_not_echo", f"The model in {folder.name} holds no word.", "Write one.")


ECHO = Provider(_check, lambda: "cpu", Echo)
