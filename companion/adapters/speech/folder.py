"""What a speech model's folder must hold; looked at before anything heavy is loaded."""

import json
from pathlib import Path

from companion.kernel.errors import NotFound, Refused

NEEDED = ("config.json", "model.bin", "tokenizer.json")
VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
SPECIFICATION = b"WhisperSpec"
"""How CTranslate2 names the architecture, at the beginning of `model.bin`."""


def is_path(name: str) -> bool:
    """Whether it is a path, and not the name of a model."""
    return "/" in name or "\\" in name or name.startswith((".", "~"))


def check_model(folder: Path) -> None:
    """Raise NotFound `model_not_found`, or Refused `model_incomplete` or `model_not_whisper`, unless it is a model."""
    if not folder.is_dir():
        raise NotFound(
            "model_not_found",
            f"There is no speech model {folder.name!r}.",
            "See `companion models list`; `companion models download NAME` brings one.",
        )
    missing = [name for name in NEEDED if not _holds_something(folder / name)]
    if not any(_holds_something(folder / name) for name in VOCABULARIES):
        missing.append(VOCABULARIES[0])
    if missing:
        raise Refused(
            "model_incomplete",
            f"The folder {folder.name} is no speech model: it has no {', '.join(missing)}.",
            "Download the model again, or name the folder of one that CTranslate2 made.",
        )
    try:
        with (folder / "model.bin").open("rb") as file:
            beginning = file.read(64)
        config = json.loads((folder / "config.json").read_text("utf-8"))
    except OSError as error:
        raise Refused(
            "model_unreadable", f"The speech model {folder.name} cannot be read: {error.strerror}.", "Check its rights."
        ) from error
    except ValueError:
        config = None
    if not isinstance(config, dict):
        raise Refused(
            "model_broken",
            f"The speech model {folder.name} is damaged: config.json is unreadable.",
            "Download it again.",
        )
    if SPECIFICATION not in beginning:
        raise Refused(
            "model_not_whisper",
            f"The model in {folder.name} is not a Whisper model for CTranslate2.",
            "Use one of `companion models list`, or convert one with ct2-transformers-converter.",
        )


def _holds_something(file: Path) -> bool:
    try:
        return file.is_file() and file.stat().st_size > 0
    except OSError:
        return False
