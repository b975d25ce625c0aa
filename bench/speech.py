"""Recognition against bare faster-whisper on the same sentences: CPU, word errors, word times; and silence.

The whole of it is measured: from blocks as the microphone gives them (48 kHz, stereo) through the mix, the resampler,
the spool and the speech child to what the database has stored. Arguments by environment: SPEECH_MODEL (a folder; else
the tests' tiny one), SPEECH_MINUTES (of speech; 10), SPEECH_LIVE_SENTENCES (25), SPEECH_SILENCE_MINUTES (60).
"""

import asyncio
import io
import multiprocessing
import os
import random
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import psutil
import soxr

from bench.aims import judged
from companion.adapters.database import Database
from companion.adapters.microphone import wire
from companion.adapters.microphone import worker as microphone
from companion.adapters.speech.client import ENVIRONMENT, SpeechWorker
from companion.adapters.speech.models import ModelStore
from companion.adapters.speech.wire import Told
from companion.adapters.spool import Spool
from companion.adapters.transcript_search import Range
from companion.adapters.transcript_store import TranscriptStore
from companion.domain.speech import RATE, Done, Final, SpeechConfig
from companion.features.speech.recognition import Recognition
from companion.kernel.bus import Bus
from companion.kernel.offload import fair_threads, yield_to_the_game
from companion.kernel.status import StatusBoard
from tests.speech.model import MODEL
from tests.speech.scoring import HeardWord, Score, percentile
from tests.speech.speaker import Spoken, SpokenWord
from tests.speech_model.corpus import NOISES, noise
from tests.speech_model.measure import PADDING_SECONDS, as_pcm, unseen

FOLDER = Path(os.environ.get("SPEECH_MODEL", MODEL))
MINUTES = float(os.environ.get("SPEECH_MINUTES", "10"))
SILENCE_MINUTES = float(os.environ.get("SPEECH_SILENCE_MINUTES", "60"))
SEED = 11
GAP_SECONDS = (0.3, 1.5)
PIECE = RATE // 10
LIVE_SENTENCES = int(os.environ.get("SPEECH_LIVE_SENTENCES", "25"))
CAPTURED = 48_000
"""Samples a second, in two channels: what most microphones give."""
MOST_CPU = 1.15
HELD_SECONDS = 20.0
"""Sound that waits is handed over so far ahead: it stays in memory, as it does live."""
CONFIG = SpeechConfig(str(FOLDER), language="en")


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

    def first(self, sentences: int) -> np.ndarray:
        """The sound of so many of its sentences."""
        if sentences >= len(self.spoken):
            return self.pcm
        return self.pcm[: round((self.spoken[sentences][0].start - PADDING_SECONDS) * RATE)]

    @staticmethod
    def _all(seed: int) -> Iterator[tuple[Spoken, np.ndarray]]:
        while True:
            yield from unseen(2000, seed)


def bare(talk: Talk) -> tuple[list[float], Score]:
    """CPU seconds for each sentence, and the words, of faster-whisper alone, each by itself, with the same settings."""
    from faster_whisper import WhisperModel

    model = WhisperModel(str(FOLDER), device="cpu", compute_type="int8", cpu_threads=fair_threads())
    score = Score()
    model.transcribe(talk.sentences[0][1], language="en")  # what is loaded late is not counted
    used, heard = [], []
    for _, sound in talk.sentences:
        before = time.process_time()
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
        used.append(time.process_time() - before)
    for (said, _), words in zip(talk.sentences, heard, strict=True):
        score.add(said.words, words)
    return used, score


async def stream(
    pcm: np.ndarray, *, live: bool, partials: bool = False
) -> tuple[float, list[tuple[float, Told]], float]:
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
        await worker.want_partials(wanted=partials)
        await worker.open(CONFIG)
        assert worker.pid is not None
        child = psutil.Process(worker.pid)
        before, mine = child.cpu_times(), time.process_time()
        began = time.perf_counter()
        await asyncio.gather(send(), receive())
        after, mine = child.cpu_times(), time.process_time() - mine
        window = worker.opened.window_seconds if worker.opened else 0.0
    return mine + after.user + after.system - before.user - before.system, told, window


class Output(io.RawIOBase):
    """Where the microphone's child would write: its blocks go on to the spool."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    def write(self, frames: Any) -> int:
        begin = 0
        while begin < len(frames):
            _, size = wire.HEAD.unpack_from(frames, begin)
            _, at, _ = wire.SOUND.unpack_from(frames, begin + wire.HEAD.size)
            end = begin + wire.HEAD.size + size
            self._spool.append(at, bytes(frames[begin + wire.HEAD.size + wire.SOUND.size : end]))
            begin = end
        return len(frames)


async def feed(pcm: np.ndarray, began: float, spool: Spool, *, live: bool) -> None:
    """Hand over blocks of (samples, channels) as a microphone that began to hear at `began`; in its time, if `live`."""
    batch = microphone.Batch(CAPTURED, 2)
    ear = microphone.Ear(CAPTURED, 2, microphone.Output(cast("BinaryIO", Output(spool))))
    block = CAPTURED // 10
    for at in range(0, len(pcm), block):
        arrives = began + (at + block) / CAPTURED
        while (live and time.time() < arrives) or spool.backlog_seconds > HELD_SECONDS:
            await asyncio.sleep(max(0.02, arrives - time.time() if live else 0.0))
        ear.take_all(batch.add(pcm[at : at + block].tobytes(), arrives))
    spool.cut()


async def whole(folder: Path, pcm: np.ndarray, *, live: bool, partials: bool = False) -> tuple[float, list[HeardWord]]:
    """CPU seconds from the microphone's format to what is stored, and the stored words, from the first sample on."""
    bus = Bus()
    board = StatusBoard(bus)
    database, spool = Database(folder / "companion.db", board), Spool(folder / "spool")
    await database.open()
    await spool.open()
    store = TranscriptStore(database, bus)
    async with SpeechWorker(board, ModelStore(FOLDER)) as worker:
        recognition = Recognition(spool, worker, store, bus, lambda: None)
        recognition.want(CONFIG, partials=partials)
        running = asyncio.create_task(recognition.run())
        while recognition.opened is None or worker.pid is None:
            await asyncio.sleep(0.05)
        child, mine = psutil.Process(worker.pid), time.process_time()
        before, began = child.cpu_times(), time.time()
        await feed(pcm, began, spool, live=live)
        while spool.backlog_seconds:
            await asyncio.sleep(0.05)
        after, mine = child.cpu_times(), time.process_time() - mine
        running.cancel()
        await asyncio.wait([running])
    segments = await store.newest(Range(), 10_000)
    await spool.close()
    await database.close()
    words = [
        HeardWord(word.start_at - began, word.end_at - began, word.text)
        for segment in segments
        for word in segment.words
    ]
    return mine + after.user + after.system - before.user - before.system, words


def captured(pcm: np.ndarray) -> np.ndarray:
    """The same sound as the microphone gives it: a voice on both channels, the second one softer."""
    sound = soxr.resample(pcm.astype(np.float32), RATE, CAPTURED)
    both: np.ndarray = np.clip(np.rint(np.stack([sound, 0.7 * sound], axis=1)), -32768, 32767)
    return both.astype(np.int16)


def matched(talk: Talk, words: list[HeardWord]) -> Score:
    """The pipeline's words against what was spoken, sentence by sentence, by the time of their middle."""
    score = Score()
    for place, spoken in enumerate(talk.spoken):
        begin = spoken[0].start - GAP_SECONDS[0]
        following = talk.spoken[place + 1][0].start - GAP_SECONDS[0] if place + 1 < len(talk.spoken) else float("inf")
        score.add(spoken, [word for word in words if begin <= (word.start + word.end) / 2 < following])
    return score


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


def row(what: str, measured: str, aim: str = "") -> None:
    print(f"| {what} | {measured} | {aim} |", flush=True)


async def measure(folder: Path) -> None:
    talk = Talk(MINUTES)
    minutes, sentences = len(talk.pcm) / RATE / 60, len(talk.sentences)
    # A process of its own, with the child's environment.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        alone, bare_score = await asyncio.get_running_loop().run_in_executor(pool, bare, talk)
    print(f"| {minutes:.1f} min of speech, {sentences} sentences, model {FOLDER.name} | measured | wanted |")
    print("|---|---|---|")
    row("CPU of bare faster-whisper, each sentence alone", f"{sum(alone):.1f} s")
    used, words = await whole(folder / "waiting", captured(talk.pcm), live=False)
    ratio = used / sum(alone)
    row(
        "the whole pipeline to that, sound that waits", judged(f"{ratio:.2f}", ratio <= MOST_CPU), f"at most {MOST_CPU}"
    )
    score = matched(talk, words)
    errors = f"{score.error_rate:.1%}; {bare_score.error_rate:.1%}"
    fit = score.error_rate <= bare_score.error_rate + 0.01
    row("words wrong, pipeline; bare", judged(errors, fit), "at most 1 point more")
    late = percentile([*score.starts_off, *score.first_starts_off], 0.95)
    row("where words begin, p95", judged(f"{late:.3f} s", late <= 0.2), "at most 0.2 s")
    await live(folder, talk, alone)
    await silence()


async def live(folder: Path, talk: Talk, alone: list[float]) -> None:
    """Print what the whole pipeline costs while the sound arrives in its time, without and with partial texts."""
    few = captured(talk.first(LIVE_SENTENCES))
    finals, _ = await whole(folder / "live", few, live=True)
    ratio = finals / sum(alone[:LIVE_SENTENCES])
    said = min(LIVE_SENTENCES, len(alone))
    row(
        f"the whole pipeline live, {said} sentences, to the same",
        judged(f"{ratio:.2f}", ratio <= MOST_CPU),
        f"at most {MOST_CPU}",
    )
    partials, _ = await whole(folder / "partials", few, live=True, partials=True)
    more = partials / finals
    row("that with partial texts, to finals alone", judged(f"{more:.2f}", more <= 3), "at most 3")


async def silence() -> None:
    """Print what is made of sound without speech, and what it costs."""
    sound = noises(SILENCE_MINUTES)
    used, told, _ = await stream(sound, live=False)
    invented, share = sum(isinstance(one, Final) for _, one in told), used / (len(sound) / RATE)
    heard = judged(f"{invented} segments, {share:.2%} of a core", invented == 0 and share <= 0.02)
    row(f"{SILENCE_MINUTES:.0f} min without speech, the speech child", heard, "0, at most 2 %")


def main() -> None:
    """Print the table; this process yields like the child, so that both are measured alike."""
    os.environ.update(ENVIRONMENT)
    yield_to_the_game(os.getpid())
    with tempfile.TemporaryDirectory(prefix="bench-") as base:
        asyncio.run(measure(Path(base)))
