"""The sound of a part of a film, as a small file that every browser plays."""

import tempfile
from pathlib import Path

from companion.adapters.media.excerpt import open_near
from companion.kernel.errors import Failed
from companion.kernel.offload import start_reader

SHORT_SECONDS = 0.3
"""How much less there may be than was asked for: less than the air that is asked for after words."""


def sound(source: Path, out: Path, start: float, end: float, *, ffmpeg: str) -> None:
    """Write the first track of [start, end) of `source` to `out` (.m4a), all of it or nothing; raises Failed."""
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
        _url(source, start),
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
            # The program also succeeds with what lies beyond the end, of which it writes nothing.
            if (length := _length(part)) < end - start - SHORT_SECONDS:
                raise _failed(source, f"it has {length:.1f} s of {end - start:.1f} s")
            part.replace(out)
        except OSError as error:
            raise _failed(source, str(error.strerror)) from error
        finally:
            part.unlink(missing_ok=True)


def _url(source: Path, start: float) -> str:
    """How the program finds the sound without reading all that is before it."""
    import av

    try:
        container, url = open_near(source, start)
    except (av.FFmpegError, OSError) as error:
        raise _failed(source, str(error)) from error
    container.close()
    return url


def _length(file: Path) -> float:
    """How many seconds of sound are in it."""
    import av

    with av.open(str(file)) as container:
        packets = container.demux(*container.streams.audio) if container.streams.audio else ()
        return sum(float((packet.duration or 0) * packet.time_base) for packet in packets)


def _failed(source: Path, why: str) -> Failed:
    return Failed("no_sound", f"The sound of {source.name} cannot be had: {why}.", "Make a clip of it instead.")
