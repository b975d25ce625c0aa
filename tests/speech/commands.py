"""What is said to the companion, and what is said of the same words to somebody else."""

import random
from collections.abc import Iterator

from companion.domain.phrases import Names, Phrasebook, words_of
from companion.domain.settings import Settings
from tests.speech_model.sentences import random_words, template

NAMES = Names(("Gameplay", "Camera", "Be Right Back"))
BOOK = Phrasebook(Settings().voice_phrases)
COMMANDS = (
    "clip that",
    "save the last {time}",
    "clip the last {time}",
    "save the replay",
    "mark this",
    "mark this moment",
    "scene gameplay",
    "scene camera",
    "switch to scene gameplay",
    "switch to the camera",
)
TIMES = (
    *(f"{number} seconds" for number in ("ten", "fifteen", "twenty", "thirty", "forty five", "sixty", "twenty five")),
    *(f"{number} minutes" for number in ("two", "three", "five")),
    "one minute",
)


def command(chance: random.Random) -> str:
    """One of the default phrases, as somebody says it."""
    return chance.choice(COMMANDS).replace("{time}", chance.choice(TIMES))


def other_talk(chance: random.Random) -> Iterator[str]:
    """Other talk of the same words, without end: only what is a phrase in its very words is left out."""
    while True:
        text = random_words(chance) if chance.random() < 0.5 else template(chance)
        match = BOOK.find(words_of(text), NAMES)
        if match is None or match.rate > 0:
            yield text
