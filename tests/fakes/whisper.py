"""Children whose Whisper meets what no test PC has: `whisper_border` says what there is."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "whisper_border"


class WhisperBorder:
    """From its making on, children that this test starts have it; `lines` are what they noted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, **asked: Any) -> None:
        self._log = folder / "whisper.log"
        monkeypatch.setenv("WHISPER_BORDER", json.dumps({**asked, "log": str(self._log)}))
        paths = (str(FOLDER), os.environ.get("PYTHONPATH", ""))
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))

    def lines(self, name: str) -> list[Any]:
        """All values of `name`, in their order."""
        if not self._log.exists():
            return []
        said = [json.loads(line) for line in self._log.read_text(encoding="utf-8").splitlines()]
        return [one[name] for one in said if name in one]
