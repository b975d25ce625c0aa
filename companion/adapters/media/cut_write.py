"""Writing a clip: its tracks, its time stamps, and the file that appears whole or not at all."""

import errno
import os
import sys
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

from companion.adapters.media.cut_source import Source
from companion.kernel.errors import Failed, Refused

MP4_VIDEO = ("h264", "hevc", "av1")
MP4_AUDIO = ("aac", "mp3", "opus", "flac", "ac3", "eac3", "alac")
"""What goes into MP4 such that browsers, phones and editors find it; all else goes into MKV."""
LONGEST_GAP_MICROSECONDS = "60000000"
"""How far one track may run ahead of another while the file is written; beyond it memory wins over order."""


class Schedule:
    """When each picture of the clip is decoded and for how long it is shown, in the source's ticks from its start."""

    def __init__(self, wanted: Sequence[int], end: int, depth: int, frame_ticks: int) -> None:
        self._wanted, self._end, self._depth, self._frame = wanted, end, depth, frame_ticks
        self._position = 0

    def stamp(self, packet: Any, pts: int) -> None:
        """Give the next packet in decoding order, shown at `pts`, its time stamps."""
        index = bisect_left(self._wanted, pts)
        following = self._wanted[index + 1] if index + 1 < len(self._wanted) else self._end
        ahead = self._position - self._depth
        first = self._wanted[0]
        dts = self._wanted[ahead] - first if ahead >= 0 else ahead * self._frame
        self._position += 1
        packet.pts, packet.dts, packet.duration = pts - first, dts, following - pts


class ClipFile:
    """A clip being written; its time 0 is the first picture's."""

    def __init__(self, path: Path, kind: str, source: Source, schedule: Schedule, begin: int, end: int) -> None:
        import av

        options = {"max_interleave_delta": LONGEST_GAP_MICROSECONDS}
        if kind == "mp4":
            options["movflags"] = "faststart"
        self._container: Any = av.open(str(path), "w", format=kind, container_options=options)
        self._kind, self._source, self._schedule = kind, source, schedule
        self._begin, self._end = source.time(begin), source.time(end)
        self._video: Any = None
        self._audios: dict[int, tuple[Any, int, int, int]] = {}
        self.closed = False

    def add_video(self, template: Any, header: bytes | None, tag: str) -> None:
        """The picture's track, like `template`, with another `header` if one is given."""
        self._video = self._container.add_stream_from_template(template, opaque=True)
        if header is not None:
            self._video.codec_context.extradata = header
        if tag and self._kind == "mp4":
            self._video.codec_context.codec_tag = tag

    def add_audios(self) -> None:
        """Every sound track of the source, with its title and language."""
        for audio in self._source.audios:
            track = self._container.add_stream_from_template(audio, opaque=True)
            if title := track_title(audio):
                track.metadata["title"] = title
                track.metadata["handler_name"] = title
            if language := audio.metadata.get("language"):
                track.metadata["language"] = language
            unit = audio.time_base
            low = (self._begin + self._source.origin) / unit
            high = (self._end + self._source.origin) / unit
            # A packet belongs to the clip when its middle does: half a packet too much or too little at either end.
            first = 2 * low if self._kind == "mp4" else 2 * low + 1
            self._audios[audio.index] = (track, round(first), round(2 * high), round(low))

    def write_video(self, data: Any, pts: int, time_base: Fraction, *, key: bool) -> None:
        """Add an encoded picture, in decoding order."""
        import av

        packet: Any = av.Packet(data)
        packet.is_keyframe, packet.time_base = key, time_base
        self.copy_video(packet, pts)

    def copy_video(self, packet: Any, pts: int) -> None:
        """Add a packet of the source's picture, in decoding order, shown at `pts` there."""
        self._schedule.stamp(packet, pts)
        packet.stream = self._video
        self._container.mux_one(packet)

    def copy_audio(self, packet: Any) -> bool:
        """Add a packet of the source's sound if it belongs to the clip; False when its track is past the clip's end."""
        track, low, high, offset = self._audios[packet.stream_index]
        middle = 2 * packet.pts + (packet.duration or 0)
        if middle >= high:
            return False
        if middle >= low and (self._kind == "mp4" or packet.pts >= offset):
            packet.pts -= offset
            packet.dts = packet.pts
            packet.stream = track
            self._container.mux_one(packet)
        return True

    def finish(self) -> None:
        self.closed = True
        self._container.close()

    def abandon(self) -> None:
        """Let go of the file; what was written is not to be used."""
        import av

        if not self.closed:
            with suppress(av.FFmpegError, OSError):
                self._container.close()


def track_title(stream: Any) -> str:
    """The name that its maker gave a track, wherever the container keeps it; empty if none."""
    title = stream.metadata.get("title") or stream.metadata.get("name") or stream.metadata.get("handler_name", "")
    return "" if title in ("SoundHandler", "VideoHandler", "OBS Audio Handler", "OBS Video Handler") else str(title)


def fitting_path(out: Path, video_codec: str, audio_codecs: Sequence[str]) -> tuple[Path, str, str]:
    """Where the clip goes, in which container (`mp4`, `matroska`), and why not as asked."""
    if out.suffix.lower() == ".mkv":
        return out, "matroska", ""
    if out.suffix.lower() not in (".mp4", ".m4v"):
        raise Refused(
            "container_unknown", f"Clips are MP4 or MKV files, not {out.suffix or 'without an ending'}.", "Use .mp4."
        )
    misfits = [codec for codec in [video_codec] if codec not in MP4_VIDEO]
    misfits += [codec for codec in audio_codecs if codec not in MP4_AUDIO]
    if misfits:
        return out.with_suffix(".mkv"), "matroska", f"{', '.join(dict.fromkeys(misfits))} does not go into MP4"
    return out, "mp4", ""


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """A temporary sibling to write, which becomes `path` when all went well and is gone when not."""
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise _not_written(path, error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _not_written(path: Path, error: OSError) -> Failed:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Failed("disk_full", f"The disk of {path} is full; no clip was kept.", "Free some space, then try again.")
    if error.errno == errno.EFBIG:
        return Failed("file_too_large", f"{path} would be too large for its disk.", "Choose a shorter window.")
    return Failed(
        "not_writable",
        f"{path} cannot be written: {os.strerror(error.errno) if error.errno else error}.",
        "Choose another folder, or allow writing to this one.",
    )
