"""When a file came into being, which Python tells on some systems only; and whether it is still the same one."""

import ctypes
import os
import struct
import sys
from pathlib import Path

_HERE = -100  # AT_FDCWD
_BIRTH = 0x800  # STATX_BTIME
_STATX = struct.Struct("=I76xqI164x")
"""Of Linux's `struct statx` (256 bytes): which fields are filled, and the seconds and nanoseconds of the birth."""


def created_at(path: Path) -> float | None:
    """When `path` was created (Unix seconds); None where the system does not tell, or there is no such file."""
    try:
        status = path.stat()
    except OSError:
        return None
    born: float | None = getattr(status, "st_birthtime", None)
    if born is not None:
        return born
    return status.st_ctime if sys.platform == "win32" else _created_on_linux(path)


def identity(path: Path, *, grows: bool = False) -> str | None:
    """What another file at `path`, or this one written to again, would not have; None where there is none.

    Of one that `grows`, being written to says nothing.
    """
    try:
        status = path.stat()
    except OSError:
        return None
    same = (status.st_dev, status.st_ino)
    return ":".join(map(str, same if grows else (*same, status.st_size, status.st_mtime_ns)))


def _created_on_linux(path: Path) -> float | None:
    library = ctypes.CDLL(None)
    if not hasattr(library, "statx"):
        return None
    buffer = ctypes.create_string_buffer(_STATX.size)
    if library.statx(_HERE, os.fsencode(path), 0, _BIRTH, buffer) != 0:
        return None
    filled, seconds, nanoseconds = _STATX.unpack(buffer.raw)
    return float(seconds + nanoseconds / 1e9) if filled & _BIRTH else None
