"""The recognizers: each setting has one, and another is a line in their table."""

import os
from pathlib import Path

import pytest

from companion.adapters.speech.client import SpeechWorker
from companion.adapters.speech.models import ModelStore
from companion.adapters.speech.providers import PROVIDERS
from companion.domain.settings import Settings, SttProvider
from companion.domain.speech import SpeechConfig
from companion.kernel.errors import Refused
from companion.kernel.status import StatusBoard
from tests.adapters.test_speech_worker import TEXTS, done_at, finals, line, receive, send
from tests.fakes import echo

ROOT = Path(__file__).parents[2]


def test_each_setting_names_a_recognizer_or_none() -> None:
    assert {*PROVIDERS, SttProvider.OFF} == set(SttProvider)
    assert all(Settings(stt_provider=provider).recognizer in PROVIDERS for provider in SttProvider)


@pytest.mark.slow
async def test_another_recognizer_has_its_own_models_and_is_the_one_that_hears(
    models: ModelStore, board: StatusBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PROVIDERS, "echo", echo.ECHO)
    (models.folder / "mine").mkdir()
    (models.folder / "mine" / echo.WORD).write_text("hello")
    problems = {provider: [bool(one.problem) for one in models.installed(provider)] for provider in PROVIDERS}
    assert problems == {"echo": [False, True], "whisper": [True, False]}
    with pytest.raises(Refused, match="no speech model"):
        models.find("mine", None, "whisper")

    paths = (ROOT / "tests" / "fakes" / "echo_provider", ROOT)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, paths)))
    async with SpeechWorker(board, models) as worker:
        await worker.open(SpeechConfig(provider="echo"))
        assert worker.opened is not None
        assert worker.opened.folder.name == "mine"
        pcm, _ = line(TEXTS[:3])
        await send(worker, pcm)
        await worker.flush()
        assert [final.text for final in finals(await receive(worker, done_at(len(pcm))))] == ["hello"] * 3
