"""Reading the source of a cut: where to start, which pictures there are, and their decoded frames."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

from companion.adapters.media.cut_codec import Codec, Entry
from companion.adapters.media.excerpt import open_near
from companion.kernel.errors import Failed, NotFound, Refused
from companion.kernel.offload import fair_threads

SEEK_MARGINS = (0, 2, 10, 60, 300)
"""How many seconds earlier to look, one try after another, when a seek did not lead to a key frame early enough."""

TS_PACKET = 188


@dataclasses.dataclass(frozen=True, slots=True)
class Picture:
    """A video packet: when it is shown (ticks), how decoding may start there, and what is decoded but unshown then."""

    pts: int
    entry: Entry
    pending: int = 0


class Watch(Protocol):
    """Sees what is decoded of a source."""

    def packet(self, packet: Any) -> None:
        """A packet that is decoded next."""

    def frames(self, frames: Iterator[Any]) -> Iterator[Any]:
        """The decoded frames: gives on each of them."""


class Source:
    """An open media file; all ticks are those of its video. It is read from `near` (seconds) on, if that is given."""

    def __init__(self, path: Path, near: float | None = None) -> None:
        import av

        self.path = path
        self.container, self.url = open_near(path, near)
        videos = [s for s in self.container.streams.video if not s.disposition & s.disposition.attached_pic]
        if not videos:
            unknown = bool(self.container.streams.data)
            self.container.close()
            raise _no_picture(self.path, unknown=unknown)
        self.video: Any = videos[0]
        self.video.thread_type = "AUTO"
        self.video.codec_context.thread_count = fair_threads()
        self.audios: list[Any] = [s for s in self.container.streams.audio if s.codec_context is not None]
        self.origin = Fraction(self.container.start_time or 0, av.time_base)
        self.time_base: Fraction = self.video.time_base or Fraction(1, 1000)
        # Only MPEG-TS does not tell that the last packets of a torn file are not whole.
        self._torn = self.container.format.name == "mpegts" and path.stat().st_size % TS_PACKET != 0
        self.fps = Fraction(self.video.average_rate or self.video.guessed_rate or 30)

    def close(self) -> None:
        self.container.close()

    def time(self, tick: int) -> Fraction:
        """Seconds on the file's own timeline."""
        return tick * self.time_base - self.origin

    def first_tick(self) -> int:
        """Where the video begins, as far as its container says."""
        start: int | None = self.video.start_time
        return int(self.origin / self.time_base) if start is None else start

    def frame_ticks(self) -> int:
        """How long one frame lasts at the file's frame rate."""
        return max(1, round(1 / self.fps / self.time_base))

    def packets_from(self, tick: int, *streams: Any) -> Iterator[Any]:
        """Packets of `streams`; the video's begin with a key frame shown at or before `tick`, if there is one."""
        for margin in SEEK_MARGINS:
            target = tick - int(margin / self.time_base)
            if self.time(target) <= 0 or not self._seek(target):
                break
            kept: list[Any] = []
            for packet in self._demux(*streams):
                if packet.stream is not self.video:
                    kept.append(packet)
                elif packet.is_keyframe:
                    kept.append(packet)
                    break
            if kept and kept[-1].stream is self.video and kept[-1].pts <= tick:
                yield from kept
                yield from self._demux(*streams)
                return
        # To the beginning: some demuxers want a time before it, others refuse that.
        start = self.first_tick()
        if not self._seek(start - int(10 / self.time_base)) and not self._seek(start):
            raise _damaged(self.path)
        yield from self._demux(*streams)

    def decode(
        self, key: int, wanted: Sequence[int], watch: "Watch | None" = None, beside: Sequence[int] = ()
    ) -> Iterator[Any]:
        """The frames shown at `wanted` (sorted), decoded from the key frame shown at `key`.

        `watch` sees them, and those `beside` them as far as the file has them.
        """
        frames = self._decode(key, set(wanted), set(beside), watch.packet if watch else lambda packet: None)
        shown = set(wanted)
        return (frame for frame in (watch.frames(frames) if watch else frames) if frame.pts in shown)

    def _decode(self, key: int, wanted: set[int], beside: set[int], take: Callable[[Any], None]) -> Iterator[Any]:
        context = self.video.codec_context
        can_skip = context.codec.canonical_name in ("h264", "hevc")
        left = wanted | beside
        first = min(left)
        started = False
        for packet in chain(self.packets_from(key, self.video), [None]):
            started = started or packet is None or (packet.is_keyframe and packet.pts >= key)
            if not started:
                continue
            if packet:
                take(packet)
            if packet and can_skip:  # frames before the wanted ones are needed as references only
                context.skip_frame = "NONREF" if packet.pts < first else "DEFAULT"
            for frame in self._decoded(packet):
                if frame.pts in left:
                    left.discard(frame.pts)
                    yield frame
            if not left:
                return
        if left - beside:
            raise _damaged(self.path)

    def _decoded(self, packet: Any) -> list[Any]:
        import av

        try:
            return list(self.video.codec_context.decode(packet))
        except av.FFmpegError as error:
            raise _damaged(self.path) from error

    def _seek(self, tick: int) -> bool:
        import av

        try:
            self.container.seek(tick, stream=self.video, backward=True)
        except (av.FFmpegError, OverflowError):  # beyond what a file, or a tick, can count
            return False
        return True

    def _demux(self, *streams: Any) -> Iterator[Any]:
        import av

        held: dict[int, Any] = {}
        try:
            for packet in self.container.demux(*streams):
                if packet.is_corrupt:
                    return  # a truncated file ends inside a packet
                if not packet.size or packet.pts is None:
                    continue
                if self._torn:
                    earlier = held.get(packet.stream_index)
                    held[packet.stream_index] = packet
                    packet = earlier
                if packet:
                    yield packet
        except av.FFmpegError as error:
            raise _damaged(self.path) from error


@contextmanager
def opened(path: Path, near: float | None = None) -> Iterator[Source]:
    """Open a media file, to read it from `near` (seconds) on, if that is given.

    What FFmpeg says is wrong with it becomes an error that a streamer understands.
    """
    import av

    try:
        if not path.exists():
            raise NotFound("source_not_found", f"There is no file {path}.", "Check the path.")
        source = Source(path, near)
    except PermissionError:
        raise Refused(
            "source_not_allowed", f"{path} may not be read.", "Check its permissions and its folder's."
        ) from None
    except (av.FFmpegError, OSError, ValueError) as error:
        raise Refused(
            "source_unreadable",
            f"{path.name} is not a video that can be read: it is damaged, empty or of another kind.",
            "Play the file to check it.",
            cause=str(error),
        ) from error
    try:
        yield source
    finally:
        source.close()


def read_pictures(source: Source, low: int, high: int, codec: Codec | None) -> list[Picture]:
    """The pictures shown from `low` until before `high`, and those around them that they need, in the file's order.

    It begins with the last key frame shown at or before `low`, and ends behind the first picture that is decoded at
    or after `high`. Without a `codec` each key frame is a clean entry.
    """
    pictures: list[Picture] = []
    pending = 0
    for packet in source.packets_from(low, source.video):
        pts, entry = packet.pts, Entry.NONE
        if packet.is_keyframe:
            entry = codec.entry(bytes(packet)) if codec else Entry.CLEAN
            pending = 0 if entry is Entry.CLEAN else pending
            if pts <= low:
                pictures.clear()
        if pictures or packet.is_keyframe:
            pictures.append(Picture(pts, entry, pending))
        if codec:
            pending += codec.hidden(bytes(packet))
        if (pts if packet.dts is None else packet.dts) >= high:
            break
    return pictures


def _no_picture(path: Path, *, unknown: bool) -> Refused:
    """With an `unknown` track, as AV1 is in MPEG-TS, it cannot be said that there is no picture."""
    if unknown:
        told = f"{path.name} has no picture that can be read; AV1 in MPEG-TS, for one, cannot."
        return Refused("picture_unreadable", told, "Record to MKV or MP4.")
    return Refused("no_video", f"{path.name} has no picture, only sound.", "Choose a file that has a video track.")


def _damaged(path: Path) -> Failed:
    return Failed("source_damaged", f"A part of {path.name} cannot be decoded.", "Choose another window or file.")
