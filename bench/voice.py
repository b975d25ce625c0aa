"""Spoken commands through the real recognizer: how many act, how soon, and what other talk sets off.

Arguments by environment: VOICE_COMMANDS (60), VOICE_TALK_MINUTES (60).
"""

import asyncio
import os
import random
from collections.abc import Callable, Iterator

import numpy as np

from bench.speech import FOLDER, stream
from companion.adapters.speech.client import ENVIRONMENT
from companion.adapters.speech.wire import Told
from companion.domain.commands import Command, Commands
from companion.domain.phrases import words_of
from companion.domain.speech import RATE, Final, Partial, SpeechConfig
from companion.kernel.offload import yield_to_the_game
from tests.speech.commands import BOOK, NAMES, command, other_talk
from tests.speech.scoring import percentile
from tests.speech.speaker import Spoken
from tests.speech_model.measure import aloud, as_pcm

COMMANDS = int(os.environ.get("VOICE_COMMANDS", "60"))
TALK_MINUTES = float(os.environ.get("VOICE_TALK_MINUTES", "60"))
SEED = 21
GAP_SECONDS = (0.5, 1.5)
"""Of silence between two sentences, each of which has half a second of noise before and behind it."""
SAME_SECONDS = 1.0
"""A command that is heard begins no further from where it was spoken."""


Said = list[tuple[float, Spoken]]
"""Sentences, and where each begins, in seconds from the first sample."""


def spoken(texts: Iterator[str], chance: random.Random, enough: Callable[[Said], bool]) -> tuple[np.ndarray, Said]:
    """Sentences with noise and pauses as one stream, until they are `enough`."""
    parts: list[np.ndarray] = []
    said: Said = []
    at = 0.0
    while not enough(said):
        one, sound = aloud(next(texts), chance, len(said))
        said.append((at, one))
        gap = np.zeros(round(chance.uniform(*GAP_SECONDS) * RATE), np.int16)
        parts += [as_pcm(sound), gap]
        at += (len(sound) + len(gap)) / RATE
    return np.concatenate(parts), said


def obeyed(told: list[tuple[float, Told]]) -> list[tuple[float, Command]]:
    """The commands in what was told, and when they were known."""
    commands = Commands(BOOK)
    found = []
    for at, one in told:
        if isinstance(one, Partial | Final):
            until = one.until if isinstance(one, Partial) else None
            new = commands.hear(one.words, NAMES, final=isinstance(one, Final), until=until)
            found += [(at, command) for command in new]
    return found


def lateness(said: Said, found: list[tuple[float, Command]]) -> list[float]:
    """Of each command that acted as it was meant, the seconds from its last word's end."""
    late = []
    for began, one in said:
        meant = BOOK.find(words_of(one.text), NAMES)
        assert meant is not None
        start = began + one.words[0].start
        right = [
            at
            for at, heard in found
            if heard.match.arguments == meant.arguments and abs(heard.start - start) < SAME_SECONDS
        ]
        late += [at - began - one.words[-1].end for at in right[:1]]
    return late


async def measure() -> None:
    chance = random.Random(SEED)
    texts = (command(chance) for _ in range(COMMANDS))
    pcm, said = spoken(texts, chance, lambda said: len(said) == COMMANDS)
    _, told, window = await stream(pcm, SpeechConfig(str(FOLDER), language="en"), live=True)
    found = obeyed(told)
    late = lateness(said, found)
    talk, sentences = spoken(other_talk(chance), chance, lambda said: bool(said) and said[-1][0] > TALK_MINUTES * 60)
    _, heard, _ = await stream(talk, SpeechConfig(str(FOLDER), language="en", partials=False), live=False)
    false = obeyed(heard)
    p50, p95 = percentile(late, 0.5), percentile(late, 0.95)
    print("| what | measured | wanted |\n|---|---|---|")
    print(f"| spoken commands that act | {len(late)} of {len(said)}, {len(late) / len(said):.1%} | at least 95 % |")
    print(f"| other acts meanwhile | {len(found) - len(late)} | |")
    print(f"| last word's end to the act, p50, p95 | {p50:.2f}, {p95:.2f} s | p95 at most {1.5 + window:.2f} s |")
    print(f"| acts in {TALK_MINUTES:.0f} min of other talk, {len(sentences)} sentences | {len(false)} | 0 |")


def main() -> None:
    """Print the table."""
    os.environ.update(ENVIRONMENT)
    yield_to_the_game(os.getpid())
    asyncio.run(measure())
