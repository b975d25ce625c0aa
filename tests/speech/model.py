"""The tiny model that understands what the tests say."""

import json
from pathlib import Path
from typing import Any

MODEL = Path(__file__).parents[1] / "speech_model"


def measured() -> dict[str, Any]:
    """The model's recorded figures, by way of decoding."""
    figures: dict[str, Any] = json.loads((MODEL / "measured.json").read_text())
    return figures
