"""Reading a film for its proof: what its packets are, and chosen pictures, with as little decoding as will do."""

import dataclasses
import math
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import av
import av.logging
from av.audio.stream import AudioStream
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from companion.adapters.media.excerpt import open_near
from companion.adapters.media.payload import Payload
from companion.adapters.media.receipt_pictures import Picture

NAMELESS = {
    "",
    "videohandler",
    "soundhandler",
    "core media audio",
    "core media video",
    "obs audio handler",
    "obs video handler",
}
LEADS = (0.0, 1.0, 5.0, 20.0, 90.0)
"""How many seconds before the wanted time to seek, one after another, until a keyframe before it is met."""
MICROSECOND = 1e-6
TICK_PACKETS = 500
SKIPPING = ("h264", "hevc")
"""Codecs whose decoders can leave out single packets; others decode all or nothing."""
DIGEST_MARGIN = 0.25
READ_ON = 0.5
READ_ON_SILENT = 5.0


class Broken(Exception):
    """The file cannot be opened or read as a film."""


class Unit(NamedTuple):
    """A packet: `time` in seconds on the file's timeline, and the digest of what it carries (empty: not taken)."""

    time: float
    pts: int
    dts: int | None
    duration: float
    key: bool
    hidden: bool
    digest: bytes
    unreferenced: bool
    size: int


@dataclasses.dataclass
class Run:
    """Pictures to decode in one go: from the keyframe `key` to the last of `wanted` (pts to "fine").

    Other pictures are decoded only where some may refer to them.
    """

    key: Unit
    wanted: dict[int, bool]


class Film:
    """An opened file; raises Broken for whatever cannot be opened, or holds no video."""

    def __init__(self, path: Path, tick: Callable[[], None] = lambda: None, near: float | None = None) -> None:
        """`tick` is called now and then during long work; it is read from `near` (seconds) on, if that is given."""
        self.path = path
        self._tick = tick
        self.trouble: list[str] = []
        """What the decoder complained about, and packets marked as damaged."""
        self._open(near)
        self.start = (self.container.start_time or 0) / 1_000_000
        self.payloads = {stream.index: Payload(stream) for stream in (self.video, *self.audios)}

    def _open(self, near: float | None = None) -> None:
        try:
            self.container, _ = open_near(self.path, near)
        except (av.error.FFmpegError, OSError) as error:
            raise Broken(f"{self.path.name}: {error}") from None
        videos = [stream for stream in self.container.streams.video if not _is_cover(stream)]
        if not videos:
            self.container.close()
            raise Broken(f"{self.path.name} has no video")
        self.video: VideoStream = videos[0]
        self.audios: list[AudioStream] = list(self.container.streams.audio)
        self._seconds = {stream.index: float(stream.time_base or 0) for stream in (self.video, *self.audios)}
        self._can_skip = codec(self.video) in SKIPPING
        self._fresh = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.container.close()

    def time(self, pts: int, stream: Stream) -> float:
        """The time of `pts` in seconds on the file's own timeline."""
        return pts * self._seconds[stream.index] - self.start

    def scan(self, begin: float = -math.inf, end: float = math.inf, also: Container[int] = ()) -> dict[int, list[Unit]]:
        """The packets of all video and audio tracks around [begin, end), by stream and in the file's order.

        Digests are taken of those in it, or almost, and of those whose pts is in `also`.
        """
        units: dict[int, list[Unit]] = {stream.index: [] for stream in (self.video, *self.audios)}
        waiting = set(units)
        low, high = begin - DIGEST_MARGIN, end + DIGEST_MARGIN
        seconds, start, payloads = self._seconds, self.start, self.payloads
        for packet in self._packets(begin - 1.0):  # thousands of packets: few steps for each
            index, pts, dts = packet.stream_index, packet.pts, packet.dts
            if index not in units or pts is None:
                continue
            time = pts * seconds[index] - start
            digest, unreferenced = b"", False
            if low <= time < high or pts in also:
                payload = payloads[index]
                digest, unreferenced = payload.digest(memoryview(packet)), payload.unreferenced
            if packet.is_corrupt:
                self.trouble.append(f"the packet at {time:.3f} s is damaged")
            key, hidden, duration = packet.is_keyframe, packet.is_discard, (packet.duration or 0) * seconds[index]
            if len(units[index]) % TICK_PACKETS == 0:
                self._tick()
            units[index].append(Unit(time, pts, dts, duration, key, hidden, digest, unreferenced, packet.size))
            if time > end:
                decoded_at = time if dts is None else dts * seconds[index] - start
                if decoded_at > end + READ_ON:
                    waiting.discard(index)
                if not waiting or decoded_at > end + READ_ON_SILENT:
                    break
        return units

    def pictures(self, run: Run) -> Iterator[tuple[int, Picture]]:
        """Decode what `run` wants, each with its pts; a picture that the decoder does not give is missing.

        No other run, nor sound, may be read until it has come to its end.
        """
        context: Any = self.video.codec_context
        if not context.is_open:
            context.thread_count = 1
            context.options = {"err_detect": "crccheck"}  # of pictures that carry their hash
        missing = set(run.wanted)
        started = False
        for packet in self._packets(self.time(run.key.pts, self.video)):
            if packet.stream.index != self.video.index or packet.pts is None:
                continue
            started = started or packet.pts == run.key.pts
            if not started:
                continue
            if self._can_skip:
                context.skip_frame = "DEFAULT" if packet.pts in run.wanted else "NONREF"
            yield from self._decode(packet, run)
            self._tick()
            missing.discard(packet.pts)
            if not missing:
                break
        yield from self._decode(None, run)
        context.flush_buffers()

    def sound(self, track: int, begin: float, end: float) -> Iterator[tuple[float, av.AudioFrame]]:
        """The decoded frames of an audio track that begin in [begin, end), each with its time."""
        stream = self.audios[track]
        context: Any = stream.codec_context
        context.flush_buffers()
        for packet in self._packets(begin - 0.5):
            if packet.stream.index != stream.index or packet.pts is None:
                continue
            for frame in context.decode(packet):
                time = self.time(frame.pts or 0, stream)
                if begin <= time < end:
                    yield time, frame
            if self.time(packet.pts, stream) > end + 0.1:
                return

    def _decode(self, packet: "Packet[Any] | None", run: Run) -> Iterator[tuple[int, Picture]]:
        context: Any = self.video.codec_context
        try:
            frames = context.decode(packet)
        except av.error.FFmpegError as error:
            self.trouble.append(f"decoder: {error}")
            return
        for frame in frames:
            if frame.pts in run.wanted:
                picture = Picture.of(frame, fine=run.wanted[frame.pts])
                if picture.corrupt:
                    self.trouble.append(f"the frame at {self.time(frame.pts, self.video):.3f} s is damaged")
                yield frame.pts, picture

    def _packets(self, begin: float) -> "Iterator[Packet[Any]]":
        """Packets of all tracks in the file's order, from a keyframe at or before `begin`, else from the start."""
        try:
            for lead in () if self._fresh and begin <= 0 else LEADS:
                if not self._seek(max(0.0, begin - lead)):
                    continue
                held: list[Packet[Any]] = []
                reader = self.container.demux()
                for packet in reader:
                    held.append(packet)
                    if packet.stream.index == self.video.index and packet.pts is not None and packet.is_keyframe:
                        break
                if held and held[-1].pts is not None and self.time(held[-1].pts, self.video) <= begin + MICROSECOND:
                    yield from held
                    yield from reader
                    return
            if not self._fresh:
                self.container.close()
                self._open()  # some containers cannot be sought back to their very start
            self._fresh = False
            yield from self.container.demux()
        except (av.error.FFmpegError, OSError) as error:
            raise Broken(f"{self.path.name}: {error}") from None

    def _seek(self, time: float) -> bool:
        """Go to the last keyframe before `time`, if the container finds one."""
        self._fresh = False
        base = self.video.time_base
        try:
            self.container.seek(int((time + self.start) / float(base or 1)), stream=self.video, backward=True)
        except (av.error.FFmpegError, OSError):
            return False
        return True


class Reel:
    """The pictures of a film's `runs`, decoded only as far as they are asked for: few are held at a time.

    With those `known` already, of other frames.
    """

    def __init__(self, film: Film, runs: Iterable[Run], known: Mapping[int, Picture]) -> None:
        self.held = dict(known)
        """By pts; one that the decoder did not give is missing."""
        self.given: set[int] = set()
        """The pts of all that were decoded, held or dropped."""
        self._film = film
        self._coming = (one for run in runs for one in film.pictures(run))

    def wind(self, pts: float) -> None:
        """Decode up to the first picture that is not before `pts`."""
        with av.logging.Capture() as messages:
            for at, picture in self._coming:
                self.held[at] = picture
                self.given.add(at)
                if at >= pts:
                    break
        told = [f"{name}: {text.strip()}" for level, name, text in messages if level <= av.logging.ERROR]
        self._film.trouble += told

    def drop(self, pts: float) -> None:
        """Hold no picture before `pts` any longer."""
        self.held = {at: picture for at, picture in self.held.items() if at >= pts}


def title(stream: Stream) -> str:
    """The name a streamer gave the track, wherever the container keeps it; empty when there is none."""
    metadata: Mapping[str, str] = stream.metadata
    for key in ("title", "name", "handler_name"):
        value = metadata.get(key, "").strip()
        if value.lower() not in NAMELESS:
            return value
    return ""


def codec(stream: Stream) -> str:
    """The codec's common name: `av1` whichever decoder reads it."""
    return str(stream.codec_context.codec.canonical_name)


def _is_cover(stream: VideoStream) -> bool:
    return bool(int(stream.disposition) & 0x400)
