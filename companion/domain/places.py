"""Where files are on the PC: for those who may act, not for those who may only look."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

NAMED = ("path", "thumbnail_path", "source_path")
HIDDEN = ("source_folder", "error_message")
"""A folder's own name tells too much, and a sentence about a file may name it; the error's code stays."""


def told_to_viewers(clip: Mapping[str, Any]) -> dict[str, Any]:
    """Those fields of `clip` of which viewers are told something else: files by their names alone."""
    names = {field: PurePath(clip[field]).name for field in NAMED if clip.get(field)}
    return {**names, **dict.fromkeys(clip.keys() & HIDDEN)}
