"""The sound of a part of a film, as a small file that every browser plays."""

import tempfile
from pathlib import Path

from companion.kernel.errors import Failed
from companion.kernel.offload import start_reader


def sound(source: Path, out: Path, start: float, end: float, *, ffmpeg: str) -> None:
    """Write the first track of [start, end) of `source` to `out` (.m4a), whole or not at all; raises Failed."""
    part = out.with_name(f".{out.name}.part")
    argv = [
        ffmpeg,
        "-v",
        "error",
        "-nostdin",
        "-y",
        "-ss",
        f"{start:.3f}",
        "-i",
        str(source),
        "-t",
        f"{end - start:.3f}",
    ]
    argv += ["-map", "0:a:0", "-vn", "-c:a", "aac", "-b:a", "96k", "-f", "ipod", str(part)]
    with tempfile.TemporaryFile() as messages:
        try:
            with start_reader(argv, messages=messages) as child:
                pass
            if child.returncode != 0:
                messages.seek(0)
                raise _failed(source, messages.read().decode(errors="replace").strip()[-300:])
            part.replace(out)
        except OSError as error:
            raise _failed(source, str(error.strerror)) from error
        finally:
            part.unlink(missing_ok=True)


def _failed(source: Path, why: str) -> Failed:
    return Failed("no_sound", f"The sound of {source.name} cannot be had: {why}.", "Make a clip of it instead.")
