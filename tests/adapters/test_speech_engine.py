"""Whisper in the child: which processor it runs on, what it is told beforehand, and what a window costs."""

import asyncio
from pathlib import Path

import pytest

from companion.adapters.speech.client import SpeechWorker
from companion.adapters.speech.models import ModelStore
from companion.adapters.speech.whisper import MEASURED_TOKENS
from companion.domain.speech import RATE, SpeechConfig
from companion.kernel.status import Health, StatusBoard
from tests.adapters.test_speech_worker import (
    CONFIG,
    PIECE,
    TEXTS,
    done_at,
    finals,
    line,
    receive,
    send,
)
from tests.fakes.whisper import WhisperBorder
from tests.obs_link import until
from tests.speech_model.sentences import WORDS
from tests.speech_model.tokens import FIRST_WORD, PREVIOUS, START, TRANSCRIBE, TRANSLATE, identity

pytestmark = pytest.mark.slow


async def heard_by(worker: SpeechWorker, texts: tuple[str, ...] = TEXTS[:2]) -> list[str]:
    """What the opened worker makes of `texts`."""
    pcm, _ = line(texts)
    await send(worker, pcm)
    await worker.flush()
    return [final.text for final in finals(await receive(worker, done_at(len(pcm))))]


async def test_a_graphics_card_that_cannot_compute_leaves_it_to_the_processor_and_says_why(
    models: ModelStore, board: StatusBoard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    border = WhisperBorder(monkeypatch, tmp_path, card="useless")
    async with SpeechWorker(board, models) as worker:
        await worker.open(CONFIG)
        assert border.lines("loaded") == ["cuda", "cpu"]
        assert worker.opened is not None
        assert worker.opened.device == "cpu"
        assert worker.opened.window_seconds > 0
        shown = board.get("recognition")
        assert shown is not None
        assert (shown.state, shown.health) == ("ready", Health.OK)
        assert "processor" in shown.detail
        assert "libcublas" in shown.detail
        assert "cuBLAS" in shown.remedy
        assert await heard_by(worker) == list(TEXTS[:2])


async def test_a_graphics_card_that_ends_the_child_is_left_alone_from_then_on(
    models: ModelStore, board: StatusBoard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    border = WhisperBorder(monkeypatch, tmp_path, card="fatal")
    async with SpeechWorker(board, models) as worker:
        await worker.open(CONFIG)
        assert border.lines("loaded") == ["cuda", "cpu"]
        shown = board.get("recognition")
        assert shown is not None
        assert (shown.state, shown.health) == ("ready", Health.OK)
        assert "ended while it loaded the model" in shown.detail
        assert await heard_by(worker) == list(TEXTS[:2])
        await worker.close()
        await worker.open(CONFIG)
        assert border.lines("loaded") == ["cuda", "cpu", "cpu"]


async def test_a_graphics_card_that_fails_in_the_midst_loses_no_word(
    models: ModelStore, board: StatusBoard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    border = WhisperBorder(monkeypatch, tmp_path, card=3)  # two for the measurement
    async with SpeechWorker(board, models) as worker:
        await worker.open(CONFIG)
        assert worker.opened is not None
        assert worker.opened.device == "cuda"
        pcm, _ = line()
        for at in range(0, len(pcm), PIECE):
            await worker.send(at, pcm[at : at + PIECE].tobytes())
            await asyncio.sleep(0.02)
        await worker.flush()
        assert [final.text for final in finals(await receive(worker, done_at(len(pcm))))] == list(TEXTS)
        assert border.lines("loaded") == ["cuda", "cpu"]
        await until(lambda: bool(worker.opened and worker.opened.trouble), 30, lambda: f"{worker.opened}")
        assert worker.opened.device == "cpu"
        shown = board.get("recognition")
        assert shown is not None
        assert "libcublas" in shown.detail


async def test_a_translation_is_asked_for_and_hints_are_given(
    models: ModelStore, board: StatusBoard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    border = WhisperBorder(monkeypatch, tmp_path)
    async with SpeechWorker(board, models) as worker:
        await worker.open(CONFIG)
        assert {TRANSLATE, PREVIOUS}.isdisjoint(border.lines("prompt")[-1])
        await worker.open(SpeechConfig("tiny", language="en", translate=True))
        prompt = border.lines("prompt")[-1]
        assert TRANSLATE in prompt
        assert TRANSCRIBE not in prompt
        await worker.open(SpeechConfig("tiny", language="en", hints=("boss", "gameplay")))
        prompt = border.lines("prompt")[-1]
        words = [WORDS.index(name) + FIRST_WORD for name in ("boss", "gameplay")]
        assert prompt[0] == PREVIOUS
        assert [token for token in prompt[: prompt.index(START)] if token in words] == words


async def test_each_utterance_is_heard_in_the_language_that_is_detected_in_it(
    models: ModelStore, board: StatusBoard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken = ["de", "fr"]
    detected = ["en", "en", *spoken]  # two for the measurement
    border = WhisperBorder(monkeypatch, tmp_path, languages=detected)
    async with SpeechWorker(board, models) as worker:
        await worker.open(SpeechConfig("tiny"))
        pcm, _ = line(TEXTS[:1])
        for begin, language in zip((0, 60 * RATE), spoken, strict=True):
            await worker.send(begin, pcm.tobytes())
            await worker.flush()
            (final,) = finals(await receive(worker, done_at(begin + len(pcm))))
            assert final.language == language
            assert identity(language) in border.lines("prompt")[-1]


async def test_with_more_hints_than_fit_speech_is_heard_all_the_same(
    models: ModelStore, board: StatusBoard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    border = WhisperBorder(monkeypatch, tmp_path)
    hints = tuple(f"{word} {number} of the Kingdom of Elderglen and beyond" for number, word in enumerate(WORDS[:50]))
    async with SpeechWorker(board, models) as worker:
        await worker.open(SpeechConfig("tiny", language="en", hints=hints))
        assert len(border.lines("prompt")[-1]) <= 448 // 2 + 4
        assert worker.opened is not None
        assert await heard_by(worker, TEXTS[:1])


async def test_what_a_window_costs_is_measured_with_a_sentence_in_it(
    models: ModelStore, board: StatusBoard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    border = WhisperBorder(monkeypatch, tmp_path)
    async with SpeechWorker(board, models) as worker:
        for hints in ((), ("boss", "gameplay")):
            await worker.open(SpeechConfig("tiny", language="en", hints=hints))
            assert border.lines("tokens")[-2:] == [MEASURED_TOKENS] * 2
            assert worker.opened is not None
            assert models.measured()["tiny"] == round(worker.opened.window_seconds, 3) > 0
