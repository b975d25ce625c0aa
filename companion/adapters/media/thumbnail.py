"""A clip's thumbnail: one of a few keyframes, the one that shows most."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from companion.kernel.errors import Failed

PLACES = (0.66, 0.33, 0.0)
"""Where to look for a telling keyframe, in parts of the clip; among equals the first wins."""
DETAIL_SAMPLES = 20_000
MUCH_BETTER = 1.25
QUALITY = 85


def thumbnail(clip: Path, out: Path, width: int = 480) -> None:
    """Write a picture of `clip`, `width` pixels wide, to `out` (JPEG or WebP, by its suffix); raises Failed."""
    import av

    try:
        with av.open(str(clip), metadata_errors="replace") as container:
            frame = _telling_frame(container)
            aspect = float(container.streams.video[0].sample_aspect_ratio or 1)
        if frame is None:
            raise _failed(clip, "it shows no frame")
        _save(frame, out, width, aspect)
    except (av.FFmpegError, OSError, ValueError, IndexError) as error:
        raise _failed(clip, str(error)) from error


def _telling_frame(container: Any) -> Any:
    """Of the keyframes at PLACES the most detailed one, unless the first is about as good."""
    video = container.streams.video[0]
    best, most, seen = None, -1.0, set()
    for part in PLACES:
        with suppress(PermissionError):  # how FFmpeg says that there is nothing at that place
            container.seek(int(part * (container.duration or 0)) + (container.start_time or 0), backward=True)
        packet = next((packet for packet in container.demux(video) if packet.is_keyframe), None)
        if packet is None or packet.pts in seen:
            continue
        seen.add(packet.pts)
        frame = _decode(video.codec_context, packet)
        detail = _detail(frame) if frame else -1.0
        if detail > most * (MUCH_BETTER if best else 1.0):
            best, most = frame, detail
    return best


def _decode(context: Any, packet: Any) -> Any:
    """The frame of one keyframe's packet; None when the decoder gives none."""
    if not context.is_open:
        context.thread_count = 1
    frames = [*context.decode(packet), *context.decode(None)]
    context.flush_buffers()
    return frames[0] if frames else None


def _detail(frame: Any) -> float:
    """How much a picture shows: the mean step between samples; near 0 for black or empty ones."""
    import numpy as np

    step = max(1, round((frame.width * frame.height / DETAIL_SAMPLES) ** 0.5))
    grey = frame.reformat(width=max(2, frame.width // step), height=max(2, frame.height // step), format="gray")
    samples = grey.to_ndarray().astype(np.float32)
    return float(np.abs(np.diff(samples, axis=0)).mean() + np.abs(np.diff(samples, axis=1)).mean())


def _save(frame: Any, out: Path, width: int, aspect: float) -> None:
    from PIL import Image

    height = max(1, round(width * frame.height / (frame.width * aspect)))
    small = frame.reformat(width=width, height=height, format="rgb24", interpolation="AREA")
    picture = Image.fromarray(small.to_ndarray())
    if turn := int(frame.rotation):
        picture = picture.rotate(turn, expand=True)
    part = out.with_name(f".{out.name}.part")
    try:
        picture.save(part, format="WEBP" if out.suffix.lower() == ".webp" else "JPEG", quality=QUALITY)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _failed(clip: Path, why: str) -> Failed:
    return Failed("thumbnail_failed", f"No picture could be made of {clip.name}: {why}.", "The clip itself is fine.")
