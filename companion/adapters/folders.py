"""Making the folders that the companion writes to."""

from pathlib import Path

from companion.kernel.errors import Failed


def make_folder(folder: Path, setting: str) -> None:
    """Make `folder` and those above it; raises Failed `not_writable`, naming the `setting` that chooses another."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failed(
            "not_writable",
            f"The folder {folder} cannot be made: {error.strerror}.",
            f"Check its rights, or choose another with {setting}.",
        ) from error
