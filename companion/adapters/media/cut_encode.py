"""Making new packets: of a few decoded frames in this process, or of a whole window with the ffmpeg program."""

import dataclasses
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

from companion.adapters.media import colour
from companion.adapters.media.cut_codec import CannotCopy, Encoder
from companion.adapters.media.cut_source import Source
from companion.kernel.errors import Failed
from companion.kernel.offload import fair_threads, give_up_realtime, start_reader

KEY_FRAME_SECONDS = 2
SHORTEST_GOP = 16
"""A shorter one would limit the encoder's B-frames, and so give a short end of a clip other headers than a long one."""
WHOLE = {
    "h264": Encoder("libx264", {"preset": "veryfast", "crf": "18"}),
    "hevc": Encoder("libx265", {"preset": "superfast", "crf": "18", "x265-params": "log-level=none"}),
    "av1": Encoder("libsvtav1", {"preset": "8", "crf": "24"}),
}
"""How a whole window is re-encoded; other codecs become H.264."""


@dataclasses.dataclass(frozen=True, slots=True)
class Coded:
    """An encoded picture: when it is shown (ticks of the source), its bytes, and whether it is a key frame."""

    pts: int
    data: bytes
    key: bool


def encode_frames(
    frames: Iterable[Any], shown: Sequence[int], encoder: Encoder, source: Source, step: Callable[[], None]
) -> tuple[list[Coded], bytes]:
    """Encode `frames`, shown at `shown`, as one closed run that looks like the source; also the encoder's header."""
    import av
    from av.codec.context import Flags

    like = source.video.codec_context
    context: Any = av.CodecContext.create(encoder.name, "w")
    context.width, context.height, context.pix_fmt = like.width, like.height, like.pix_fmt
    context.time_base, context.framerate = 1 / source.fps, source.fps
    context.sample_aspect_ratio = like.sample_aspect_ratio or Fraction(0, 1)
    for name in ("color_range", "color_primaries", "color_trc"):
        setattr(context, name, getattr(like, name))
    context.colorspace = colour.matrix(like)
    context.gop_size = max(len(shown) + 1, SHORTEST_GOP)
    context.flags |= Flags.global_header
    context.options = encoder.options
    context.thread_count = fair_threads()
    packets: list[Any] = []
    try:
        context.open()
        give_up_realtime()
        for index, frame in enumerate(frames):
            _check_alike(frame, like)
            frame.pict_type = 0  # else the encoder repeats the source's choice of key frames
            frame.pts, frame.time_base = index, 1 / source.fps
            packets += context.encode(frame)
            step()
        packets += context.encode(None)
    except av.FFmpegError as error:
        raise CannotCopy(f"{encoder.name} does not make what its video needs ({error})") from error
    coded = [Coded(shown[round(p.pts * p.time_base * source.fps)], bytes(p), p.is_keyframe) for p in packets]
    return coded, bytes(context.extradata or b"")


def _check_alike(frame: Any, like: Any) -> None:
    if frame.interlaced_frame:
        raise CannotCopy("its picture is interlaced")
    if (frame.width, frame.height, frame.format.name) != (like.width, like.height, like.pix_fmt):
        raise CannotCopy("its picture changes its size or format on the way")


@dataclasses.dataclass(frozen=True)
class Encoded:
    """A running re-encode: PyAV's container to read its packets from, each shown at its frame's number / frame rate.

    `check` waits for the end and raises Failed `encoder_failed` unless all went well.
    """

    container: Any
    check: Callable[[], None]


@contextmanager
def whole_window(ffmpeg: str, source: Source, wanted: Sequence[int], key: int) -> Iterator[Encoded]:
    """Run the ffmpeg program over the window's frames; it ends with this process, as its output's reader is gone."""
    import av

    encoder = WHOLE.get(source.video.codec_context.codec.canonical_name, WHOLE["h264"])
    with tempfile.TemporaryFile() as messages:
        try:
            child = start_reader(_arguments(ffmpeg, source, wanted, key, encoder), messages=messages)
        except OSError as error:
            raise Failed(
                "encoder_not_started",
                f"ffmpeg could not be started: {error.strerror}.",
                "Check the setting FFMPEG_PATH, or remove it to use the companion's own ffmpeg.",
            ) from None

        def check() -> None:
            if child.wait():
                raise _encoder_failed(child.returncode, messages)

        try:
            try:
                container = av.open(child.stdout, format="matroska")
            except (av.FFmpegError, IndexError):
                raise _encoder_failed(child.wait(), messages) from None
            with container:
                yield Encoded(container, check)
        finally:
            child.kill()
            child.wait()
            if child.stdout:
                child.stdout.close()


def _arguments(ffmpeg: str, source: Source, wanted: Sequence[int], key: int, encoder: Encoder) -> list[str]:
    # ffmpeg adds the file's start time to -ss itself. One second earlier, as some demuxers seek by decoding time.
    seek = float(source.time(key)) - 1
    rate = f"{source.fps.denominator}/{source.fps.numerator}"
    picked = f"trim=start_pts={wanted[0]}:end_pts={wanted[-1] + 1},settb={rate},setpts=N"
    like = source.video.codec_context
    if colour.matrix(like) != like.colorspace:
        picked += ",setparams=colorspace=unknown"
    argv = [ffmpeg, "-v", "error", "-nostdin", "-noautorotate", "-copyts", "-noaccurate_seek"]
    # FLV has no index: ffmpeg's seek in it may land behind the window's first frames.
    argv += ["-ss", f"{seek:.6f}"] if seek > 0 and source.container.format.name != "flv" else []
    argv += ["-i", source.url, "-map", f"0:{source.video.index}", "-vf", picked]
    argv += ["-fps_mode", "passthrough", "-enc_time_base", rate, "-c:v", encoder.name, "-flags", "+global_header"]
    for name, value in encoder.options.items():
        argv += [f"-{name}", value]
    if like.field_order > 1:
        argv += ["-flags", "+ildct+ilme"]
    argv += ["-g", str(max(1, round(source.fps * KEY_FRAME_SECONDS)))]
    return [*argv, "-f", "matroska", "pipe:1"]


def _encoder_failed(code: int | None, messages: Any) -> Failed:
    messages.seek(0)
    said = messages.read()[-2000:].decode(errors="replace").strip()
    return Failed(
        "encoder_failed",
        "ffmpeg was ended from outside." if code is not None and code < 0 else "ffmpeg could not re-encode the video.",
        "Try again; if it fails again, see the log.",
        exit_code=code,
        said=said,
    )
