"""A copy of a clip with its subtitles in the picture, for players and sites that show none."""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from companion.kernel.errors import Failed
from companion.kernel.offload import start_reader

STYLE = "Fontsize=22,Outline=2,Shadow=0,MarginV=28"


def burn(clip: Path, out: Path, subtitles: str, *, ffmpeg: str, progress: Callable[[float], None]) -> None:
    """Write `clip` with `subtitles` (SubRip) in its picture to `out` (.mp4), whole or not at all; raises Failed."""
    from companion.adapters.media.probe import probe

    seconds = probe(clip).decodable_until
    part = out.with_name(f".{out.stem}.part")
    with tempfile.TemporaryDirectory(prefix="subtitles-") as folder, tempfile.TemporaryFile() as messages:
        file = Path(folder) / "words.srt"
        file.write_text(subtitles, encoding="utf-8")
        try:
            child = start_reader(_arguments(ffmpeg, clip, part, file), messages=messages)
            assert child.stdout is not None
            with child:
                for line in child.stdout:
                    if done := re.match(rb"out_time_us=(\d+)", line):
                        progress(int(done[1]) / 1e6 / max(seconds, 0.001))
            if child.returncode != 0:
                messages.seek(0)
                raise _failed(clip, messages.read().decode(errors="replace").strip()[-300:])
            part.replace(out)
        except OSError as error:
            raise _failed(clip, str(error.strerror)) from error
        finally:
            part.unlink(missing_ok=True)


def _arguments(ffmpeg: str, clip: Path, out: Path, subtitles: Path) -> list[str]:
    sound = ["-c:a", "copy"] if clip.suffix.lower() == ".mp4" else ["-c:a", "aac", "-b:a", "192k"]
    return [
        *(ffmpeg, "-v", "error", "-nostdin", "-y", "-i", str(clip)),
        *("-map", "0:v:0", "-map", "0:a?", "-vf", f"subtitles={_escaped(subtitles)}:force_style='{STYLE}'"),
        *("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p", *sound),
        *("-movflags", "+faststart", "-progress", "pipe:1", "-f", "mp4", str(out)),
    ]


def _escaped(path: Path) -> str:
    """`path` as a filter's option: once for the option, once for the graph it stands in."""
    option = re.sub(r"([\\':])", r"\\\1", path.as_posix())
    return re.sub(r"([\\'\[\],;])", r"\\\1", option)


def _failed(clip: Path, why: str) -> Failed:
    return Failed(
        "burning_failed", f"The words could not be put into {clip.name}: {why}.", "The clip itself is fine; try again."
    )
