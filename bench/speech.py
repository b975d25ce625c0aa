"""Recognition against bare faster-whisper on the same sentences: CPU, word errors, latency, word times; and silence.

Arguments by environment: SPEECH_MODEL (a folder; else the tests' tiny one), SPEECH_MINUTES (of speech; 10),
SPEECH_SILENCE_MINUTES (60).
"""

import asyncio
import multiprocessing
import os
import random
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import psutil

from companion.adapters.speech.client import ENVIRONMENT, SpeechWorker
from companion.adapters.speech.models import ModelStore
from companion.adapters.speech.wire import Told
from companion.domain.speech import RATE, Done, Final, Partial, SpeechConfig
from companion.kernel.bus import Bus
from companion.kernel.offload import yield_to_the_game
from companion.kernel.status import StatusBoard
from tests.speech.model import MODEL
from tests.speech.scoring import HeardWord, Score, percentile
from tests.speech.speaker import Spoken, SpokenWord
from tests.speech_model.corpus import NOISES, noise
from tests.speech_model.measure import as_pcm, unseen

FOLDER = Path(os.environ.get("SPEECH_MODEL", MODEL))
MINUTES = float(os.environ.get("SPEECH_MINUTES", "10"))
SILENCE_MINUTES = float(os.environ.get("SPEECH_SILENCE_MINUTES", "60"))
SEED = 11
GAP_SECONDS = (0.3, 1.5)
PIECE = RATE // 10
LIVE_SENTENCES = 20
CONFIG = SpeechConfig(str(FOLDER), language="en", partials=False)


class Talk:
    """Sentences, and one stream of them all."""

    def __init__(self, minutes: float, seed: int = SEED) -> None:
        chance = random.Random(seed)
        self.sentences: list[tuple[Spoken, np.ndarray]] = []
        self.spoken: list[tuple[SpokenWord, ...]] = []
        parts: list[np.ndarray] = []
        at = 0.0
        for said, sound in self._all(seed):
            if at > minutes * 60:
                break
            pcm = as_pcm(sound)
            gap = np.zeros(round(chance.uniform(*GAP_SECONDS) * RATE), np.int16)
            self.sentences.append((said, sound))
            self.spoken.append(tuple(SpokenWord(at + word.start, at + word.end, word.text) for word in said.words))
            parts += [pcm, gap]
            at += (len(pcm) + len(gap)) / RATE
        self.pcm = np.concatenate(parts)

    @staticmethod
    def _all(seed: int) -> Iterator[tuple[Spoken, np.ndarray]]:
        while True:
            yield from unseen(2000, seed)


def bare(talk: Talk) -> tuple[float, Score]:
    """CPU seconds and words of faster-whisper alone, each sentence by itself, with the same settings."""
    from faster_whisper import WhisperModel

    from companion.adapters.speech.engine import default_threads

    model = WhisperModel(str(FOLDER), device="cpu", compute_type="int8", cpu_threads=default_threads())
    score = Score()
    model.transcribe(talk.sentences[0][1], language="en")  # what is loaded late is not counted
    before = time.process_time()
    heard = []
    for _, sound in talk.sentences:
        segments, _ = model.transcribe(
            sound,
            language="en",
            beam_size=1,
            temperature=0.0,
            word_timestamps=True,
            without_timestamps=True,
            condition_on_previous_text=False,
        )
        heard.append([HeardWord(w.start, w.end, w.word) for segment in segments for w in segment.words or ()])
    used = time.process_time() - before
    for (said, _), words in zip(talk.sentences, heard, strict=True):
        score.add(said.words, words)
    return used, score


async def stream(pcm: np.ndarray, config: SpeechConfig, *, live: bool) -> tuple[float, list[tuple[float, Told]], float]:
    """CPU seconds of both sides for `pcm`, what it told and when (seconds from the start), and its window's seconds."""
    told: list[tuple[float, Told]] = []

    async def send() -> None:
        for at in range(0, len(pcm), PIECE):
            if live:
                await asyncio.sleep(max(0.0, began + (at + PIECE) / RATE - time.perf_counter()))
            await worker.send(at, pcm[at : at + PIECE].tobytes())
        await worker.flush()

    async def receive() -> None:
        while True:
            one = await worker.receive()
            told.append((time.perf_counter() - began, one))
            if isinstance(one, Done) and one.position >= len(pcm):
                return

    async with SpeechWorker(StatusBoard(Bus()), ModelStore(FOLDER)) as worker:
        await worker.open(config)
        assert worker.pid is not None
        child = psutil.Process(worker.pid)
        before, mine = child.cpu_times(), time.process_time()
        began = time.perf_counter()
        await asyncio.gather(send(), receive())
        after, mine = child.cpu_times(), time.process_time() - mine
        window = worker.opened.window_seconds if worker.opened else 0.0
    return mine + after.user + after.system - before.user - before.system, told, window


def matched(talk: Talk, told: list[tuple[float, Told]]) -> Score:
    """The pipeline's words against what was spoken, sentence by sentence, by the time of their middle."""
    words = [
        HeardWord(word.start, word.end, word.text) for _, one in told if isinstance(one, Final) for word in one.words
    ]
    score = Score()
    for place, spoken in enumerate(talk.spoken):
        begin = spoken[0].start - GAP_SECONDS[0]
        following = talk.spoken[place + 1][0].start - GAP_SECONDS[0] if place + 1 < len(talk.spoken) else float("inf")
        score.add(spoken, [word for word in words if begin <= (word.start + word.end) / 2 < following])
    return score


def latencies(talk: Talk, told: list[tuple[float, Told]]) -> list[float]:
    """Seconds from the end of each utterance's last word, as spoken, to its final."""
    ends = [spoken[-1].end for spoken in talk.spoken]
    found = []
    for at, one in told:
        if isinstance(one, Final):
            near = min(ends, key=lambda end: abs(end - one.end))
            if abs(near - one.end) < 0.3:
                found.append(at - near)
    return found


def noises(minutes: float) -> np.ndarray:
    """Silence, room noise, hum, music and keyboard, loud and soft, one after another."""
    chance = np.random.default_rng(3)
    parts, length = [], 0
    while length < minutes * 60 * RATE:
        for kind in NOISES:
            sound = noise(kind, chance) * 10 ** (chance.uniform(-60, -16) / 20) * 32768
            parts += [np.clip(sound, -32768, 32767).astype(np.int16), np.zeros(10 * RATE, np.int16)]
            length += len(parts[-1]) + len(parts[-2])
    return np.concatenate(parts)[: round(minutes * 60 * RATE)]


async def measure() -> None:
    talk, few = Talk(MINUTES), Talk(LIVE_SENTENCES * 3 / 60)
    with ProcessPoolExecutor(
        1, mp_context=multiprocessing.get_context("spawn")
    ) as pool:  # with the child's environment
        alone, bare_score = await asyncio.get_running_loop().run_in_executor(pool, bare, talk)
    used, told, _ = await stream(talk.pcm, CONFIG, live=False)
    score = matched(talk, told)
    live_used, live_told, window = await stream(few.pcm, CONFIG, live=True)
    with_partials = SpeechConfig(str(FOLDER), language="en")
    partial_used, partial_told, _ = await stream(few.pcm, with_partials, live=True)
    starts = [*score.starts_off, *score.first_starts_off]
    late, late_with = latencies(few, live_told), latencies(few, partial_told)
    partials = sum(1 for _, one in partial_told if isinstance(one, Partial))
    still = noises(SILENCE_MINUTES)
    still_used, still_told, _ = await stream(still, CONFIG, live=False)
    invented = sum(1 for _, one in still_told if isinstance(one, Final))
    print("| what | measured |\n|---|---|")
    print(f"| speech | {len(talk.pcm) / RATE / 60:.1f} min, {len(talk.sentences)} sentences, model {FOLDER.name} |")
    print(f"| CPU, bare faster-whisper, each sentence alone | {alone:.1f} s |")
    print(f"| CPU, pipeline, sound that waits | {used:.1f} s, {used / alone:.2f} times |")
    print(f"| word errors, bare | {bare_score.error_rate:.1%} |")
    print(f"| word errors, pipeline | {score.error_rate:.1%} |")
    print(f"| word starts off, p95 | {percentile(starts, 0.95):.3f} s |")
    print(f"| one window of this model | {window:.3f} s |")
    print(f"| last word's end to final, p50, p95 | {percentile(late, 0.5):.2f}, {percentile(late, 0.95):.2f} s |")
    print(f"| the same with partials | {percentile(late_with, 0.5):.2f}, {percentile(late_with, 0.95):.2f} s |")
    print(f"| CPU with partials ({partials}) | {partial_used / live_used:.2f} times that of finals alone |")
    share = still_used / (len(still) / RATE)
    print(f"| {SILENCE_MINUTES:.0f} min without speech | {invented} segments, {share:.2%} of a core |")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"| the child's memory, at most | {peak:.0f} MB |")


def main() -> None:
    """Print the table; this process yields like the child, so that both are measured alike."""
    os.environ.update(ENVIRONMENT)
    yield_to_the_game(os.getpid())
    asyncio.run(measure())
