"""What tests of adapters share: a board to tell states on, and a folder of speech models with one that listens."""

from pathlib import Path

import pytest

from companion.adapters.speech.models import ModelStore
from companion.kernel.bus import Bus
from companion.kernel.status import StatusBoard
from tests.speech.model import copy_model


@pytest.fixture
def board() -> StatusBoard:
    return StatusBoard(Bus())


@pytest.fixture
def models(tmp_path: Path) -> ModelStore:
    copy_model(tmp_path / "models" / "tiny")
    return ModelStore(tmp_path / "models")
