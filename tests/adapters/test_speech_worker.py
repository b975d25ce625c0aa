"""The speech child with a model that truly listens: words and times, crashes, hangs, bad models, what is no speech."""

import asyncio
import contextlib
import os
import random
import signal
import struct
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import psutil
import pytest

from companion.adapters.speech.client import SpeechWorker
from companion.adapters.speech.models import ModelStore
from companion.adapters.speech.wire import Told
from companion.domain.speech import RATE, Done, Final, Partial, SpeechConfig, Voiced
from companion.kernel.errors import CompanionError, NotFound, Refused, Unavailable
from companion.kernel.status import Health, StatusBoard
from tests.speech.model import copy_model
from tests.speech.speaker import speak
from tests.speech_model.corpus import NOISES, noise

pytestmark = pytest.mark.slow

TEXTS = ("clip that", "what a play that was", "mark this moment", "we are live now", "good game team")
PIECE = RATE // 10
CONFIG = SpeechConfig("tiny", language="en")


@pytest.fixture
async def worker(models: ModelStore, board: StatusBoard) -> AsyncIterator[SpeechWorker]:
    async with SpeechWorker(board, models) as worker:
        yield worker


def line(texts: tuple[str, ...] = TEXTS, gap: float = 0.9) -> tuple[np.ndarray, list[list[tuple[str, float, float]]]]:
    """Sentences with faint noise between them, and the words of each with their times."""
    parts, words, at = [], [], 0.0
    for text in texts:
        said = speak(text).padded(gap, 0.0)
        words.append([(word.text, at + word.start, at + word.end) for word in said.words])
        parts.append(said.pcm)
        at += len(said.pcm) / RATE
    sound = np.concatenate([*parts, np.zeros(round(gap * RATE))])
    hiss = np.random.default_rng(1).standard_normal(len(sound)) * 20
    return np.clip(sound + hiss, -32768, 32767).astype(np.int16), words


async def send(worker: SpeechWorker, pcm: np.ndarray, begin: int = 0) -> None:
    for at in range(begin, len(pcm), PIECE):
        await worker.send(at, pcm[at : at + PIECE].tobytes())


async def receive(worker: SpeechWorker, until: Callable[[Told], bool]) -> list[Told]:
    told: list[Told] = []
    async with asyncio.timeout(90):
        while not told or not until(told[-1]):
            told.append(await worker.receive())
    return told


def done_at(position: int) -> Callable[[Told], bool]:
    return lambda told: isinstance(told, Done) and told.position >= position


def finals(told: list[Told]) -> list[Final]:
    return [one for one in told if isinstance(one, Final)]


async def test_what_is_said_is_told_with_each_words_time(worker: SpeechWorker) -> None:
    pcm, words = line()
    await worker.open(CONFIG)
    await send(worker, pcm)
    await worker.flush()
    heard = finals(await receive(worker, done_at(len(pcm))))
    assert [final.text for final in heard] == list(TEXTS)
    for final, said in zip(heard, words, strict=True):
        assert final.language == "en"
        assert final.confidence > 0.5
        assert final.start == pytest.approx(said[0][1], abs=0.2)
        assert final.end == pytest.approx(said[-1][2], abs=0.25)
        for word, (text, start, _) in zip(final.words, said, strict=True):
            assert word.text == text
            assert word.start == pytest.approx(start, abs=0.3)


async def test_partial_texts_come_while_somebody_speaks_and_become_the_final(worker: SpeechWorker) -> None:
    pcm, _ = line(("you can see the boss fight was amazing and we are live now",))
    await worker.want_partials(wanted=True)
    await worker.open(CONFIG)
    told: list[Told] = []
    for at in range(0, len(pcm), PIECE):
        await worker.send(at, pcm[at : at + PIECE].tobytes())
        await asyncio.sleep(0.1)
        if at // PIECE == len(pcm) // PIECE // 2:
            told += await receive(worker, lambda one: isinstance(one, Partial))
    await worker.flush()
    told += await receive(worker, done_at(len(pcm)))
    partials = [one for one in told if isinstance(one, Partial)]
    (final,) = finals(told)
    assert partials
    assert {partial.utterance for partial in partials} == {final.utterance}
    assert partials[-1].text.split()[0] == final.text.split()[0] == "you"
    assert told.index(partials[-1]) < told.index(final)


async def test_a_child_killed_while_somebody_speaks_loses_nothing_that_is_sent_again(
    worker: SpeechWorker, board: StatusBoard
) -> None:
    pcm, _ = line()
    await worker.open(CONFIG)
    middle = len(pcm) * 3 // 5
    await send(worker, pcm[:middle])
    told = await receive(worker, done_at(middle // 2))
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(Unavailable) as error:
        while True:
            told.append(await asyncio.wait_for(worker.receive(), 60))
    assert error.value.code == "speech_worker_gone"
    with pytest.raises(Unavailable):
        await worker.send(middle, bytes(2 * PIECE))
    crashed = board.get("recognition")
    assert crashed is not None
    assert (crashed.state, crashed.health) == ("crashed", Health.ATTENTION)
    done = [one.position for one in told if isinstance(one, Done)][-1]
    await worker.open(CONFIG)
    await send(worker, pcm, done)
    await worker.flush()
    told += await receive(worker, done_at(len(pcm)))
    heard = finals(told)
    assert [final.text for final in heard] == list(TEXTS)
    assert len({final.utterance for final in heard}) == len(TEXTS)


async def test_that_a_child_ended_by_itself_is_known_when_it_can_be_sent_no_more(
    worker: SpeechWorker, board: StatusBoard
) -> None:
    for _ in range(8):  # who notices it first is left to chance
        await worker.open(SpeechConfig(detect_only=True))
        assert worker.pid is not None
        child = psutil.Process(worker.pid)
        child.kill()
        with contextlib.suppress(psutil.NoSuchProcess):
            while child.status() != psutil.STATUS_ZOMBIE:
                time.sleep(0.01)  # before anything else here can notice
        with pytest.raises(Unavailable):
            while True:  # the first ones may still go into the pipe
                await worker.send(0, bytes(2))
        told = board.get("recognition")
        assert told is not None
        assert told.state == "crashed"


async def test_a_child_that_hangs_is_ended(models: ModelStore, board: StatusBoard) -> None:
    async with SpeechWorker(board, models, hang_seconds=5.0) as worker:
        await worker.open(CONFIG)
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGSTOP)
        await worker.send(0, bytes(4 * RATE))
        await worker.flush()
        with pytest.raises(Unavailable):
            await asyncio.wait_for(worker.receive(), 60)
        worker._hang = 60.0  # the next one may be as slow as this computer is
        await worker.open(CONFIG)
        await worker.send(0, bytes(4 * RATE))
        await worker.flush()
        assert done_at(RATE)(await asyncio.wait_for(worker.receive(), 60))


async def test_a_child_that_waits_for_sound_is_left_alone(models: ModelStore, board: StatusBoard) -> None:
    async with SpeechWorker(board, models, hang_seconds=0.3) as worker:
        await worker.open(CONFIG)
        pid = worker.pid
        await asyncio.sleep(1.0)
        assert worker.pid == pid
        worker._hang = 60.0
        await asyncio.sleep(0.5)  # from its next look on: what it hears now may take as long as this computer needs
        await worker.send(0, bytes(4 * RATE))
        await worker.flush()
        assert done_at(RATE)(await asyncio.wait_for(worker.receive(), 60))


async def test_the_child_yields_to_the_game_and_ends_with_close(worker: SpeechWorker) -> None:
    await worker.open(CONFIG)
    assert worker.pid is not None
    child = psutil.Process(worker.pid)
    assert child.nice() >= 10
    await worker.close()
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    assert worker.pid is None
    with pytest.raises(Unavailable):
        await worker.send(0, bytes(2))


async def test_only_detecting_loads_no_model_and_tells_where_somebody_spoke(worker: SpeechWorker) -> None:
    pcm, words = line(TEXTS[:2])
    await worker.open(SpeechConfig("there is no such model", detect_only=True))
    assert worker.opened is None
    await send(worker, pcm)
    await worker.flush()
    told = await receive(worker, done_at(len(pcm)))
    spans = [one for one in told if isinstance(one, Voiced)]
    assert len(spans) == 2
    for span, said in zip(spans, words, strict=True):
        assert span.start / RATE <= said[0][1] + 0.05
        assert span.end / RATE >= said[-1][2] - 0.15
    assert finals(told) == []


async def test_another_model_hears_what_waits(worker: SpeechWorker, models: ModelStore) -> None:
    copy_model(models.folder / "base")
    pcm, _ = line(gap=0.6)
    await worker.open(SpeechConfig("tiny", language="en"))
    pid = worker.pid
    await send(worker, pcm)
    await worker.open(SpeechConfig("base", language="en"))
    await worker.flush()
    heard = finals(await receive(worker, done_at(len(pcm))))
    assert [final.text for final in heard] == list(TEXTS)
    assert worker.pid == pid
    assert worker.opened is not None
    assert worker.opened.folder == models.folder / "base"


async def test_without_a_choice_the_best_that_was_measured_fast_enough_is_taken(
    worker: SpeechWorker, models: ModelStore
) -> None:
    copy_model(models.folder / "small")
    await worker.open(SpeechConfig(language="en"))
    assert worker.opened is not None
    assert set(models.measured()) >= {"tiny"}
    assert worker.opened.folder == models.find(None, "en")
    models.note(models.folder / "small", 5.0)
    await worker.open(SpeechConfig(language="en"))
    assert worker.opened.window_seconds > 0


async def test_no_model_at_all_is_a_clear_state(board: StatusBoard, tmp_path: Path) -> None:
    async with SpeechWorker(board, ModelStore(tmp_path)) as worker:
        with pytest.raises(Unavailable) as error:
            await worker.open(SpeechConfig())
        assert error.value.code == "no_model"
        shown = board.get("recognition")
        assert shown is not None
        assert shown.state == "failed"
        assert "models download" in shown.remedy
        assert worker.pid is None


def _truncated(folder: Path) -> None:
    os.truncate(folder / "model.bin", (folder / "model.bin").stat().st_size * 9 // 10)


def _cut_short(folder: Path) -> None:
    os.truncate(folder / "model.bin", 100)


def _zeroed(folder: Path) -> None:
    content = (folder / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(content[:3000] + bytes(len(content) - 3000))


def _of_the_future(folder: Path) -> None:
    content = (folder / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(b"\x63" + content[1:])


def _of_another_kind(folder: Path) -> None:
    content = (folder / "model.bin").read_bytes()
    name = struct.pack("<H", 16) + b"TransformerSpec\0"
    (folder / "model.bin").write_bytes(content.replace(struct.pack("<H", 12) + b"WhisperSpec\0", name, 1))


def _with_few_words(folder: Path) -> None:
    (folder / "vocabulary.json").write_text('["a", "b", "c"]')


def _with_a_foreign_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text('{"version": "1.0"}')


def _emptied(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (_emptied, "model_incomplete"),
        (_truncated, "model_broken"),
        (_cut_short, "model_broken"),
        (_zeroed, "model_broken"),
        (_of_the_future, "model_broken"),
        (_of_another_kind, "model_not_whisper"),
        (_with_few_words, "model_broken"),
        (_with_a_foreign_tokenizer, "model_broken"),
    ],
)
async def test_a_model_that_is_none_is_refused_and_the_next_one_works(
    worker: SpeechWorker, models: ModelStore, board: StatusBoard, harm: Callable[[Path], None], code: str
) -> None:
    harm(copy_model(models.folder / "bad"))
    with pytest.raises(Refused) as error:
        await worker.open(SpeechConfig("bad", language="en"))
    assert error.value.code == code
    assert error.value.remedy
    assert worker.pid is None
    shown = board.get("recognition")
    assert shown is not None
    assert (shown.state, shown.health) == ("failed", Health.ATTENTION)
    await worker.open(CONFIG)
    assert worker.opened is not None


async def test_a_language_that_the_model_does_not_know_is_refused(worker: SpeechWorker) -> None:
    with pytest.raises(Refused) as error:
        await worker.open(SpeechConfig("tiny", language="ja"))
    assert error.value.code == "language_not_in_model"


async def test_a_model_that_is_not_there_is_not_found(worker: SpeechWorker) -> None:
    for name in ("base", "./nowhere"):
        with pytest.raises(NotFound) as error:
            await worker.open(SpeechConfig(name))
        assert error.value.code == "model_not_found"


@pytest.mark.parametrize("level", [300, 3000])
async def test_what_is_no_speech_gives_no_text(worker: SpeechWorker, level: int) -> None:
    await worker.open(CONFIG)
    pcm = np.zeros(0, np.int16)
    for kind in NOISES:
        sound = np.clip(noise(kind, np.random.default_rng(7)) * level, -32768, 32767).astype(np.int16)
        begin, pcm = len(pcm), np.concatenate([pcm, sound])
        await send(worker, pcm, begin)
        await worker.flush()
        assert finals(await receive(worker, done_at(len(pcm)))) == [], kind


async def test_pieces_of_any_length_and_jumps_are_taken(worker: SpeechWorker) -> None:
    pcm, _ = line(TEXTS[:2])
    chance = random.Random(5)
    await worker.open(CONFIG)
    for begin in (0, 100 * RATE):
        at = 0
        while at < len(pcm):
            size = chance.choice((0, 1, 100, 513, 3000))
            await worker.send(begin + at, pcm[at : at + size].tobytes())
            at += size
    await worker.flush()
    heard = finals(await receive(worker, done_at(100 * RATE + len(pcm))))
    assert [final.text for final in heard] == [*TEXTS[:2], *TEXTS[:2]]
    assert heard[2].start - heard[0].start == pytest.approx(100, abs=0.05)


async def test_a_client_that_stops_leaves_no_child(models: ModelStore, board: StatusBoard) -> None:
    async with SpeechWorker(board, models) as worker:
        await worker.open(CONFIG)
        assert worker.pid is not None
        child = psutil.Process(worker.pid)
    assert not child.is_running()
    with pytest.raises(CompanionError):
        await worker.open(CONFIG)
