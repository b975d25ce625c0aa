"""How many spoken commands are done, and how much talk is taken for one, when recognition errs as words sound alike.

The errors are made here, on texts: one in so many words is taken for another that sounds like it (by espeak-ng's
phonemes, which the phrases know nothing of), lost, or followed by a little one that nobody said.
"""

import functools
import itertools
import math
import random
import re
import subprocess
from collections.abc import Iterator

import pytest

from companion.domain.commands import Commands
from companion.domain.phrases import words_of
from companion.domain.speech import Word
from tests.speech.commands import BOOK, NAMES, command, other_talk
from tests.speech_model.sentences import WORDS

LITTLE = ("the", "a", "to", "is", "and", "it", "i", "that")
VOWELS = frozenset("aeiouæɐɑɒɔəɚɛɜɪʊʌᵻ")  # noqa: RUF001 - phonemes
ALIKE = ("pbtdkɡʔ", "fvθðszʃʒh", "mnŋ", "lɹrɾwj")  # noqa: RUF001 - phonemes


@functools.cache
def phonemes() -> dict[str, str]:
    """How espeak-ng says each word."""
    argv = ["espeak-ng", "-q", "--ipa"]
    said = {}
    for word in WORDS:
        done = subprocess.run([*argv, word], capture_output=True, encoding="utf-8", check=True, timeout=60)
        said[word] = re.sub(r"[ˈˌː\s]", "", done.stdout)
    return said


def apart(one: str, other: str) -> float:
    """How far two rows of phonemes are from each other: 0 to about 1."""
    row = [0.8 * at for at in range(len(other) + 1)]
    for sound in one:
        above, row = row, [row[0] + 0.8]
        for at, heard in enumerate(other):
            row.append(min(above[at] + _change(sound, heard), above[at + 1] + 0.8, row[at] + 0.8))
    return row[-1] / max(len(one), len(other))


def _change(sound: str, heard: str) -> float:
    if sound == heard:
        return 0.0
    if (sound in VOWELS) != (heard in VOWELS):
        return 1.2
    alike = sound in VOWELS or any(sound in group and heard in group for group in ALIKE)
    return 0.5 if alike else 1.0


@functools.cache
def mistaken(word: str) -> tuple[list[str], list[float]]:
    """What a word may be taken for, and how likely."""
    others = [other for other in WORDS if other != word]
    return others, [math.exp(-apart(phonemes()[word], phonemes()[other]) / 0.12) for other in others]


def recognized(text: str, chance: random.Random, errors: float) -> list[str]:
    """The text as it might be recognized, with so many of its words wrong."""
    heard: list[str] = []
    for word in text.split():
        dice = chance.random() / errors
        if dice >= 1 or word not in phonemes():
            heard.append(word)
        elif dice < 0.65:
            heard += chance.choices(*mistaken(word))
        elif dice < 0.85:
            heard += [word] if len(word) > 4 and chance.random() < 0.5 else []
        else:
            heard += [word, chance.choice(LITTLE)]
    return heard


def timed(words: list[str], start: float, chance: random.Random) -> list[Word]:
    """Words with times, now and then with a pause between two."""
    told = []
    for text in words:
        told.append(Word(start, start + 0.3, text, 0.9))
        start += 0.33 + (chance.uniform(0.35, 0.8) if chance.random() < 0.04 else 0.0)
    return told


def talk(chance: random.Random, hours: float) -> Iterator[tuple[float, str]]:
    """Other talk, and when each sentence of it begins, in seconds."""
    at = 0.0
    for text in other_talk(chance):
        if at >= hours * 3600:
            return
        yield at, text
        at += 0.33 * len(text.split()) + 1.0


@pytest.mark.slow
def test_spoken_commands_are_done_although_some_words_are_taken_for_others() -> None:
    chance = random.Random(4)
    done = 0
    for _ in range(5000):
        said = command(chance)
        meant = BOOK.find(words_of(said), NAMES)
        assert meant is not None
        words = timed(recognized(said, chance, 0.03), 0.0, random.Random(0))
        found = Commands(BOOK).hear(words, NAMES, final=True).new
        done += [one.match.arguments for one in found] == [meant.arguments]
    assert done / 5000 >= 0.93


@pytest.mark.slow
def test_in_an_hour_of_other_talk_of_the_same_words_nothing_is_done() -> None:
    chance = random.Random(8)
    heard = Commands(BOOK)
    false = []
    for at, text in talk(chance, 1.0):
        words = recognized(text, chance, 0.05)
        false += [(text, words) for _ in heard.hear(timed(words, at, chance), NAMES, final=True).new]
    assert false == []


@pytest.mark.slow
def test_of_many_sentences_that_are_recognized_as_they_are_said_none_is_taken_for_a_command() -> None:
    talk = itertools.islice(other_talk(random.Random(2)), 16_000)
    assert [text for text in talk if BOOK.find(words_of(text), NAMES)] == []
