"""Spoken commands through the real recognizer: how many act, how soon, and what other talk sets off.

Arguments by environment: VOICE_COMMANDS (40), VOICE_TALK_MINUTES (60).
"""

import asyncio
import multiprocessing
import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from bench.aims import judged
from bench.speech import CONFIG, PIECE, stream
from companion.adapters.speech.client import ENVIRONMENT
from companion.adapters.speech.pipeline import Pipeline
from companion.adapters.speech.whisper import WhisperEngine
from companion.adapters.speech.wire import Told
from companion.domain.commands import Command, Commands
from companion.domain.phrases import words_of
from companion.domain.speech import RATE, Final, Partial
from companion.kernel.offload import yield_to_the_game
from tests.speech.commands import BOOK, NAMES, command, other_talk
from tests.speech.scoring import percentile
from tests.speech.speaker import Spoken
from tests.speech_model.measure import aloud, as_pcm

COMMANDS = int(os.environ.get("VOICE_COMMANDS", "40"))
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
            new = commands.hear(one.words, NAMES, final=isinstance(one, Final), until=until).new
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


def heard_in_step(pcm: np.ndarray) -> list[tuple[float, Told]]:
    """What the pipeline tells of `pcm`, with partial texts at the moments of the sound at which they are made live."""
    told: list[tuple[float, Told]] = []
    pipeline = Pipeline(lambda one: told.append((pipeline.position / RATE, one)), 0)
    pipeline.partials = True
    pipeline.use(WhisperEngine(CONFIG), CONFIG)
    for at in range(0, len(pcm), PIECE):
        pipeline.sound(at, pcm[at : at + PIECE].tobytes())
        pipeline.work(behind=False)
    pipeline.flush()
    return told


async def other_talk_heard(chance: random.Random) -> tuple[int, int, int]:
    """Of talk that means no command: its sentences, its partial texts, and the acts that it set off."""
    parts = os.cpu_count() or 1
    seconds = TALK_MINUTES * 60 / parts
    talks = [
        spoken(other_talk(chance), chance, lambda said: bool(said) and said[-1][0] > seconds) for _ in range(parts)
    ]
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(parts, mp_context=multiprocessing.get_context("spawn")) as pool:
        heard = await asyncio.gather(*(loop.run_in_executor(pool, heard_in_step, pcm) for pcm, _ in talks))
    partials = sum(isinstance(one, Partial) for told in heard for _, one in told)
    return sum(len(said) for _, said in talks), partials, sum(len(obeyed(told)) for told in heard)


async def measure() -> None:
    chance = random.Random(SEED)
    texts = (command(chance) for _ in range(COMMANDS))
    pcm, said = spoken(texts, chance, lambda said: len(said) == COMMANDS)
    _, told, window = await stream(pcm, live=True, partials=True)
    found = obeyed(told)
    late = lateness(said, found)
    sentences, partials, false = await other_talk_heard(chance)
    p50, p95 = percentile(late, 0.5), percentile(late, 0.95)
    acted, soon = len(late) / len(said), 1.5 + window
    obeys = judged(f"{len(late)} of {len(said)}", acted >= 0.95)
    print("| what | measured | wanted |\n|---|---|---|")
    print(f"| spoken commands that act, each once | {obeys} | at least 95 % |")
    print(f"| other acts meanwhile | {judged(str(len(found) - len(late)), len(found) == len(late))} | 0 |")
    print(
        f"| last word's end to the act, p50; p95 (one window: {window:.2f} s)"
        f" | {judged(f'{p50:.2f}; {p95:.2f} s', p95 <= soon)} | p95 at most {soon:.2f} s |"
    )
    talked = f"{TALK_MINUTES:.0f} min of other talk, {sentences} sentences, {partials} partial texts"
    print(f"| acts in {talked} | {judged(str(false), false == 0)} | 0 |")


def main() -> None:
    """Print the table."""
    os.environ.update(ENVIRONMENT)
    yield_to_the_game(os.getpid())
    asyncio.run(measure())
