"""What a media file holds, also while OBS is still writing it."""

from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from companion.adapters.media.cut_source import Source, opened
from companion.adapters.media.cut_write import track_title
from companion.adapters.media.excerpt import last_moment

LAST_SECONDS = 10
"""How much of a file's end is read to learn where it really ends."""
FAR_SECONDS = 10**6


class MediaTrack(BaseModel):
    """One track: `kind` is video or audio; `title` is empty where its maker gave none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    codec: str
    title: str = ""
    language: str = ""
    sample_rate: int = 0
    channels: int = 0


class MediaInfo(BaseModel):
    """A video file; `duration` is what can be read of it now, in seconds, whatever its header says.

    `decodable_until` is one frame after the last decoding time of the picture: every frame shown before it is there,
    while later ones may lack the frames that they refer to, where a file ends in the middle of its stream.
    `written_until` is up to where the sound is there as well: a fragment's comes behind all of its pictures. A track
    that has nothing in the last seconds is not counted.
    `keyframe_distance` is the longest way from one key frame to the next that its last seconds show.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path
    container: str
    size_bytes: int
    start_time: float
    duration: float
    decodable_until: float
    written_until: float
    keyframe_distance: float
    video_codec: str
    profile: str
    pix_fmt: str
    width: int
    height: int
    fps: float
    tracks: list[MediaTrack]


def probe(path: Path) -> MediaInfo:
    """Describe `path`; raises Refused `no_video`, `picture_unreadable`, `source_unreadable`, or NotFound."""
    last = last_moment(path)
    with opened(path, None if last is None else last - LAST_SECONDS) as source:
        context = source.video.codec_context
        end = _end(source, last)
        decodable_until = max(0.0, end.last_decoded + 1 / float(source.fps))
        tracks = [MediaTrack(kind="video", codec=context.codec.canonical_name, title=track_title(source.video))]
        return MediaInfo(
            path=path,
            container=source.container.format.name,
            size_bytes=path.stat().st_size,
            start_time=float(source.origin),
            duration=max(0.0, end.duration),
            decodable_until=decodable_until,
            written_until=min([decodable_until, *end.heard_until]),
            keyframe_distance=end.keyframe_distance,
            video_codec=context.codec.canonical_name,
            profile=context.profile or "",
            pix_fmt=context.pix_fmt or "",
            width=context.width,
            height=context.height,
            fps=float(source.fps),
            tracks=tracks + [_audio(stream) for stream in source.audios],
        )


def keyframe_times(path: Path) -> list[float]:
    """When each key frame is shown, in seconds on the file's own timeline; reads the whole file."""
    with opened(path) as source:
        first = source.first_tick()
        return [float(source.time(p.pts)) for p in source.packets_from(first, source.video) if p.is_keyframe]


def _audio(stream: Any) -> MediaTrack:
    context = stream.codec_context
    return MediaTrack(
        kind="audio",
        codec=context.codec.canonical_name,
        title=track_title(stream),
        language=stream.metadata.get("language", ""),
        sample_rate=context.sample_rate,
        channels=context.layout.nb_channels,
    )


class _End(NamedTuple):
    """Of a file's last seconds, on its timeline: where the last packet of any track ends, the last decoding time of the
    picture, the longest way from a key frame to the next one or to the end, and where each track's sound ends."""

    duration: float
    last_decoded: float
    keyframe_distance: float
    heard_until: list[float]


def _end(source: Source, last: float | None) -> _End:
    """How the file ends; `last` is about where its last packets are, if that had to be looked for."""
    declared = source.container.duration
    if last is None:
        last = declared / 1_000_000 if declared else FAR_SECONDS
    begin = last - LAST_SECONDS
    for seconds in (begin, 0):
        tick = source.first_tick() + int(max(0.0, seconds) / source.time_base)
        ends: dict[int, float] = {}
        decoded: list[float] = []
        keys: list[float] = []
        for packet in source.packets_from(tick, source.video, *source.audios):
            index, end = packet.stream_index, float((packet.pts + (packet.duration or 0)) * packet.time_base)
            ends[index] = max(end - float(source.origin), ends.get(index, 0.0))
            if packet.stream is not source.video:
                continue
            if packet.is_keyframe:
                keys.append(float(packet.pts * packet.time_base - source.origin))
            if packet.dts is not None:
                decoded.append(float(packet.dts * packet.time_base - source.origin))
        if ends:
            duration, shown = max(ends.values()), ends.pop(source.video.index, 0.0)
            ways = [after - before for before, after in pairwise([*keys, shown])]
            return _End(duration, max(decoded, default=duration), max(ways, default=0.0), list(ends.values()))
    return _End(0.0, 0.0, 0.0, [])
