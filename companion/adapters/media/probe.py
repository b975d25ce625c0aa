"""What a media file holds, also while OBS is still writing it."""

from itertools import pairwise
from pathlib import Path
from typing import Any

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
    `keyframe_distance` is the longest way from one key frame to the next that its last seconds show.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path
    container: str
    size_bytes: int
    start_time: float
    duration: float
    decodable_until: float
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
        duration, last_dts, distance = _end(source, last)
        tracks = [MediaTrack(kind="video", codec=context.codec.canonical_name, title=track_title(source.video))]
        return MediaInfo(
            path=path,
            container=source.container.format.name,
            size_bytes=path.stat().st_size,
            start_time=float(source.origin),
            duration=max(0.0, duration),
            decodable_until=max(0.0, last_dts + 1 / float(source.fps)),
            keyframe_distance=distance,
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


def _end(source: Source, last: float | None) -> tuple[float, float, float]:
    """Where the last packet of any track ends, and the last decoding time of the picture (on the file's timeline).

    Also the longest way from a key frame to the next one, or to the end. `last` is about where its last packets are,
    if that had to be looked for.
    """
    declared = source.container.duration
    if last is None:
        last = declared / 1_000_000 if declared else FAR_SECONDS
    begin = last - LAST_SECONDS
    for seconds in (begin, 0):
        tick = source.first_tick() + int(max(0.0, seconds) / source.time_base)
        ends: list[float] = []
        decoded: list[float] = []
        keys: list[float] = []
        shown = 0.0
        for packet in source.packets_from(tick, source.video, *source.audios):
            ends.append(float((packet.pts + (packet.duration or 0)) * packet.time_base - source.origin))
            if packet.stream is not source.video:
                continue
            shown = max(shown, ends[-1])
            if packet.is_keyframe:
                keys.append(float(packet.pts * packet.time_base - source.origin))
            if packet.dts is not None:
                decoded.append(float(packet.dts * packet.time_base - source.origin))
        if ends:
            ways = [after - before for before, after in pairwise([*keys, shown])]
            return max(ends), max(decoded, default=max(ends)), max(ways, default=0.0)
    return 0.0, 0.0, 0.0
