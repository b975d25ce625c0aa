"""Test videos whose frames carry their own number and whose sound carries marks at known times.

The number of a frame is drawn as a row of black and white cells over the upper ninth of the picture: white, black,
16 bits of the number, 4 bits of check sum, black, white. Below it a textured picture moves, so that a wrong frame
also looks wrong. Sound is silence with a 20 ms tone at every whole second of the file's own time, at another pitch in
every track.
"""

import atexit
import functools
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from companion.kernel.offload import give_up_realtime

CELLS = 24
RATE = 48000
BEEP_SECONDS = 0.02
CODECS = {"h264": "libx264", "hevc": "libx265", "av1": "libsvtav1"}
VFR_PATTERN = (1, 1, 3, 1, 2)
"""Of a variable frame rate: how long each frame lasts, in frames, over and over."""


def ffmpeg() -> str:
    """The ffmpeg program that comes with the product."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def draw_frame(number: int, size: tuple[int, int], texture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The luma plane of frame `number`, out of a `texture` as high as the picture and twice as wide."""
    width, height = size
    shift = (number * 6) % width
    luma = texture[:, shift : shift + width].copy()
    box = height // 6
    top = height // 5 + (number * 5) % (height - height // 5 - box)
    left = (number * 9) % (width - box)
    luma[top : top + box, left : left + box] = 235 if number % 2 else 20
    bits = [(number >> bit) & 1 for bit in range(15, -1, -1)] + [
        (_check_sum(number) >> bit) & 1 for bit in range(3, -1, -1)
    ]
    edges = np.linspace(0, width, CELLS + 1).astype(int)
    for cell, bit in enumerate([1, 0, *bits, 0, 1]):
        luma[: height // 9, edges[cell] : edges[cell + 1]] = 235 if bit else 16
    return luma


def read_frame_number(picture: NDArray[Any]) -> int:
    """The number drawn into a grey or RGB picture of any size; raises ValueError where there is none."""
    grey = picture if picture.ndim == 2 else picture[..., :3].mean(axis=2)
    height, width = grey.shape
    row = grey[height // 36 : height // 12].mean(axis=0)
    edges = np.linspace(0, width, CELLS + 1)
    third = width / CELLS / 3
    cells = [float(row[int(edge + third) : int(edge + 2 * third) + 1].mean()) for edge in edges[:-1]]
    white, black = min(cells[0], cells[-1]), max(cells[1], cells[-2])
    if white - black < 60:
        raise ValueError(f"no frame number in the picture: white {white:.0f}, black {black:.0f}")
    bits = [int(cell > (white + black) / 2) for cell in cells[2:-2]]
    value = int("".join(map(str, bits)), 2)
    number, check = value >> 4, value & 15
    if check != _check_sum(number):
        raise ValueError(f"the frame number {number} fails its check sum")
    return number


def frame_time(number: int, fps: Fraction | int, *, vfr: bool = False) -> Fraction:
    """When frame `number` of a video made here is shown, in seconds on the file's own timeline."""
    if not vfr:
        return Fraction(number) / Fraction(fps)
    rounds, rest = divmod(number, len(VFR_PATTERN))
    return Fraction(rounds * sum(VFR_PATTERN) + sum(VFR_PATTERN[:rest])) / Fraction(fps)


def make_video(
    path: Path,
    *,
    codec: str = "h264",
    fps: Fraction | int = 30,
    seconds: float = 10,
    size: tuple[int, int] = (640, 360),
    gop: int = 60,
    bframes: int = 2,
    open_gop: bool = False,
    pix_fmt: str = "yuv420p",
    vfr: bool = False,
    audio: Sequence[str] = ("Game", "Microphone"),
    audio_codec: str = "aac",
    fragmented: bool = False,
    options: dict[str, str] | None = None,
    color: dict[str, int] | None = None,
    sample_aspect_ratio: Fraction | None = None,
    first_number: int = 0,
) -> Path:
    """Write a numbered video of `seconds`; its container follows the suffix, `audio` names its tracks.

    `options` are added to the encoder's (`preset`, `x264-params`, `crf`), `color` sets `color_range`,
    `color_primaries`, `color_trc`, `colorspace` (numbers of ITU-T H.273).
    """
    movflags = {"movflags": "frag_keyframe+empty_moov+default_base_moof"} if fragmented else {}
    kind = {".ts": "mpegts", ".mkv": "matroska"}.get(path.suffix, path.suffix[1:])
    with av.open(str(path), "w", format=kind, container_options=movflags) as output:
        encoder = {**encoder_options(codec, gop, bframes, open_gop=open_gop), **(options or {})}
        video: Any = output.add_stream(CODECS.get(codec, codec), rate=Fraction(fps), options=encoder)
        video.width, video.height = size
        video.pix_fmt = pix_fmt
        video.codec_context.time_base = 1 / Fraction(fps)
        video.codec_context.gop_size = gop
        video.codec_context.max_b_frames = bframes
        for name, value in (color or {}).items():
            setattr(video.codec_context, name, value)
        if sample_aspect_ratio:
            video.codec_context.sample_aspect_ratio = sample_aspect_ratio
        tracks = [_audio_track(output, audio_codec, title) for title in audio]
        video.codec_context.open(strict=False)
        give_up_realtime()
        _mux(output, video, _pictures(seconds, fps, size, pix_fmt, vfr, first_number), tracks, seconds)
    return path


@functools.cache
def cached_video(suffix: str = ".mkv", **parameters: Any) -> Path:
    """A video made once in this process with `make_video`'s (hashable) parameters; do not write to it."""
    name = f"video-{next(_serial)}{suffix}"
    if isinstance(parameters.get("options"), tuple):
        parameters["options"] = dict(parameters["options"])
    if isinstance(parameters.get("color"), tuple):
        parameters["color"] = dict(parameters["color"])
    return make_video(_folder() / name, **parameters)


def decode_grey(path: Path, size: tuple[int, int] = (640, 360), *, strict: bool = True) -> list[NDArray[np.uint8]]:
    """Every frame of `path` as luma, decoded by the ffmpeg program; fails on any decoder message when `strict`."""
    checks = ["-xerror", "-err_detect", "explode"] if strict else []
    argv = [ffmpeg(), "-v", "error", *checks, "-i", str(path), "-map", "0:v:0", "-fps_mode", "passthrough"]
    argv += ["-f", "rawvideo", "-vf", f"scale={size[0]}:{size[1]}:flags=area", "-pix_fmt", "gray", "-"]
    done = subprocess.run(argv, capture_output=True, check=False, timeout=120)
    if strict and (done.returncode or done.stderr):
        raise AssertionError(f"{path.name}: ffmpeg ended {done.returncode}: {done.stderr.decode()[-2000:]}")
    pictures = np.frombuffer(done.stdout, np.uint8).reshape(-1, size[1], size[0])
    return list(pictures)


def ffmpeg_lines(*arguments: str) -> list[str]:
    """One line a frame that the ffmpeg program decodes: its stream, time stamps, size and check sum."""
    argv = [ffmpeg(), "-v", "error", *arguments, "-fps_mode", "passthrough", "-f", "framecrc", "-"]
    done = subprocess.run(argv, capture_output=True, check=True, timeout=120, text=True)
    return [line for line in done.stdout.splitlines() if not line.startswith("#")]


def frame_numbers(path: Path, *, strict: bool = True) -> list[int]:
    """The number of every frame that `path` shows, in order."""
    return [read_frame_number(picture) for picture in decode_grey(path, (384, 216), strict=strict)]


def frame_times(path: Path) -> list[float]:
    """The time of every frame in seconds, less the file's start time, as a decoder hands them out."""
    with av.open(str(path)) as source:
        start = (source.start_time or 0) / av.time_base
        return [float(frame.time or 0) - start for frame in source.decode(video=0)]


def beep_times(path: Path, track: int = 0) -> list[float]:
    """When each tone of an audio track begins, in seconds less the file's start time."""
    with av.open(str(path)) as source:
        start = (source.start_time or 0) / av.time_base
        stream = source.streams.audio[track]
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        found: list[float] = []
        quiet_since = -1.0
        for frame in source.decode(stream):
            began = float(frame.time or 0) - start
            for part in resampler.resample(frame):
                loud = np.flatnonzero(np.abs(part.to_ndarray().reshape(-1)) > 0.15)
                for at in began + loud / RATE:
                    if at - quiet_since > 0.2:
                        found.append(float(at))
                    quiet_since = float(at)
                began += part.samples / RATE
        return found


def psnr(first: NDArray[Any], second: NDArray[Any]) -> float:
    """How alike two pictures of 8 bits are, in decibels; 99 when they are equal."""
    error = float(np.mean((first.astype(np.float64) - second.astype(np.float64)) ** 2))
    return 99.0 if error == 0 else 10 * float(np.log10(255**2 / error))


def _check_sum(number: int) -> int:
    return (number ^ (number >> 4) * 3 ^ (number >> 8) * 5 ^ (number >> 12) * 7 ^ 0b1001) & 15


def encoder_options(codec: str, gop: int, bframes: int, *, open_gop: bool = False) -> dict[str, str]:
    """How `make_video` encodes."""
    if codec == "h264":
        params = f"keyint={gop}:min-keyint={gop}:scenecut=0:bframes={bframes}:open-gop={int(open_gop)}"
        return {"preset": "veryfast", "crf": "20", "x264-params": params}
    if codec == "hevc":
        params = f"keyint={gop}:min-keyint={gop}:scenecut=0:bframes={bframes}:open-gop={int(open_gop)}:log-level=none"
        return {"preset": "ultrafast", "crf": "20", "x265-params": params}
    if codec == "av1":
        return {"preset": "10", "crf": "28", "svtav1-params": f"irefresh-type={1 if open_gop else 2}"}
    return {}


def _audio_track(output: Any, codec: str, title: str) -> Any:
    stream = output.add_stream(codec, rate=RATE)
    stream.codec_context.layout = "stereo"
    stream.metadata["title"] = title
    return stream


@functools.cache
def texture(width: int, height: int) -> NDArray[np.uint8]:
    """What moves behind the number."""
    random = np.random.default_rng(7)
    coarse = random.integers(40, 215, (height // 24 + 2, width // 24 + 2)).astype(np.float64)
    ys, xs = np.linspace(0, coarse.shape[0] - 1.001, height), np.linspace(0, coarse.shape[1] - 1.001, width)
    y0, x0 = ys.astype(int), xs.astype(int)
    fy, fx = (ys - y0)[:, None], (xs - x0)[None, :]
    upper = coarse[y0][:, x0] * (1 - fx) + coarse[y0][:, x0 + 1] * fx
    lower = coarse[y0 + 1][:, x0] * (1 - fx) + coarse[y0 + 1][:, x0 + 1] * fx
    one = (upper * (1 - fy) + lower * fy).astype(np.uint8)
    return np.hstack([one, one])


def _pictures(
    seconds: float, fps: Fraction | int, size: tuple[int, int], pix_fmt: str, vfr: bool, first: int
) -> Iterator[tuple[Fraction, Any]]:
    width, height = size
    ground = texture(width, height)
    chroma = np.full((height // 2, width), 128, np.uint8)
    chroma[: height // 4, : width // 2] = 110
    number = 0
    while (time := frame_time(number, fps, vfr=vfr)) < Fraction(seconds):
        luma = draw_frame(number + first, size, ground)
        frame = av.VideoFrame.from_ndarray(np.vstack([luma, chroma]), format="yuv420p")
        if pix_fmt != "yuv420p":
            frame = frame.reformat(format=pix_fmt)
        frame.pts = round(time * fps)
        frame.time_base = 1 / Fraction(fps)
        yield time, frame
        number += 1


def _sound(track: int, start: int, count: int) -> NDArray[np.float32]:
    at = (np.arange(start, start + count)) / RATE
    tone = 0.5 * np.sin(2 * np.pi * (1000 + 500 * track) * at)
    mono = np.where(at % 1.0 < BEEP_SECONDS, tone, 0).astype(np.float32)
    return np.stack([mono, mono])


def _sound_frame(track: int, start: int, stream: Any, count: int) -> Any:
    frame: Any = av.AudioFrame.from_ndarray(_sound(track, start, count), format="fltp", layout="stereo")
    frame.sample_rate = RATE
    frame.pts = start
    frame.time_base = Fraction(1, RATE)
    wanted = stream.codec_context.format.name
    if wanted == "fltp":
        return frame
    (frame,) = av.AudioResampler(format=wanted, layout="stereo", rate=RATE).resample(frame)
    return frame


def _mux(output: Any, video: Any, pictures: Iterator[tuple[Fraction, Any]], tracks: list[Any], seconds: float) -> None:
    output.start_encoding()
    sent = 0
    for time, picture in pictures:
        output.mux(video.encode(picture))
        sent = _mux_sound(output, tracks, sent, float(time))
    _mux_sound(output, tracks, sent, seconds)
    for stream in (video, *tracks):
        output.mux(stream.encode(None))


def _mux_sound(output: Any, tracks: list[Any], sent: int, until: float) -> int:
    while tracks and sent < until * RATE:
        count = tracks[0].codec_context.frame_size or 1024
        for index, track in enumerate(tracks):
            output.mux(track.encode(_sound_frame(index, sent, track, count)))
        sent += count
    return sent


@functools.cache
def _folder() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="numbered-videos-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


_serial = iter(range(10**9))
