"""The file that a command is to write."""

from pathlib import Path

from companion.kernel.errors import Conflict, Failed


def require_free(file: Path, remedy: str) -> None:
    """Raises Conflict `file_exists` with this `remedy`, or Failed `not_writable` where no file can be."""
    try:
        taken = file.exists()
    except OSError as error:
        raise not_writable(file, error) from error
    if taken:
        raise Conflict("file_exists", f"{file} exists already.", remedy)


def not_writable(file: Path, error: OSError) -> Failed:
    return Failed("not_writable", f"{file} cannot be written: {error.strerror}.", "Choose another place.")
