"""Where files are on the PC: for those who may act, not for those who may only look."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

NAMED = ("path", "thumbnail_path", "source_path")
HIDDEN = ("source_folder", "error_message")
"""A folder's own name tells too much, and a sentence about a file may name it; the error's code stays."""


def without_places(clip: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `clip` as viewers are told of them: files by their names alone."""
    names = {field: Path(clip[field]).name for field in NAMED if clip.get(field)}
    return {**clip, **names, **dict.fromkeys(clip.keys() & HIDDEN)}
