"""Sources to cut, and ways to damage the clips cut from them, each as a cutter with a bug might."""

import random
import subprocess
from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np

from companion.adapters.media.bitstream import join_nals, split_nals
from companion.adapters.media.cut import cut
from companion.adapters.media.receipt_stills import Stills
from companion.domain.cut import Cut
from companion.kernel.offload import give_up_realtime
from tests.media import CODECS, cached_video, draw_frame, encoder_options, ffmpeg, texture

SIZE = (320, 180)
SECONDS = 4
SOURCES: dict[str, tuple[str, dict[str, Any]]] = {
    "h264-mkv": (".mkv", {"gop": 45}),
    "h264-mp4-60fps": (".mp4", {"fps": 60, "gop": 60, "bframes": 3}),
    "h264-open-gop-mov": (".mov", {"gop": 40, "open_gop": True}),
    "h264-fragmented": (".mp4", {"gop": 30, "fragmented": True}),
    "h264-ts": (".ts", {"gop": 50}),
    "h264-flv": (".flv", {"gop": 30, "audio": ("Game",)}),
    "h264-vfr": (".mkv", {"gop": 30, "vfr": True}),
    "h264-long-gop": (".mkv", {"gop": 250, "audio": ("Game",)}),
    "h264-no-sound": (".mp4", {"gop": 30, "bframes": 0, "audio": ()}),
    "hevc-mkv": (".mkv", {"codec": "hevc", "gop": 45}),
    "hevc-10-bit": (".mp4", {"codec": "hevc", "gop": 30, "pix_fmt": "yuv420p10le"}),
    "av1-mkv": (".mkv", {"codec": "av1", "gop": 32}),
}

CONTAINERS: dict[str, tuple[str, dict[str, Any]]] = {
    f"{codec}-{name}": (suffix, {"codec": codec, "gop": 32, "fragmented": name == "fragmented", "audio": ("Game",)})
    for codec, name, suffix in (
        ("hevc", "fragmented", ".mp4"),
        ("hevc", "mov", ".mov"),
        ("hevc", "ts", ".ts"),
        ("hevc", "flv", ".flv"),
        ("av1", "fragmented", ".mp4"),
        ("av1", "flv", ".flv"),
    )
}
"""More of them, of which good cuts are made alone."""


@cache
def source(name: str, first_number: int = 0) -> Path:
    """One of SOURCES or CONTAINERS, made once; with another `first_number` it shows other frames."""
    suffix, parameters = {**SOURCES, **CONTAINERS}[name]
    return cached_video(suffix, size=SIZE, seconds=SECONDS, first_number=first_number, **parameters)


def cut_good(
    path: Path, out: Path, start: float, end: float, stills: Stills | None = None, *, reencode: bool = False
) -> Cut:
    """What the product's own cutter makes; `stills` get what it decodes."""
    return cut(path, out, start, end, ffmpeg=ffmpeg(), watch=stills, reencode=reencode)


def still_video(path: Path, *, dot: bool = False, edge: Callable[[int], int] | None = None) -> Path:
    """A picture in which nothing moves, with a sound that does change.

    Or nothing but a `dot` of 10 by 10 pixels, or a faint `edge`, in frame n at the column `edge(n)`. Of two such videos
    that differ in one GOP, all other packets are the same.
    """
    width, height = SIZE
    random_numbers = np.random.default_rng(3)
    with av.open(str(path), "w") as output:
        options = {"x264-params": "keyint=40:min-keyint=40:scenecut=0", "preset": "veryfast", "qp": "20"}
        video: Any = output.add_stream("libx264", rate=30, options=options)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        sound: Any = output.add_stream("aac", rate=48000)
        sound.codec_context.layout = "mono"
        ground = np.add.outer(np.arange(height) // 2, np.arange(width) // 4).astype(np.uint8) + 40
        for number in range(30 * SECONDS):
            luma = ground.copy()
            if dot:
                left = 20 + (number * 7) % (width - 60)
                luma[80:90, left : left + 10] = 230
            if edge:
                luma[:, : edge(number)] += 25
            planes = np.vstack([luma, np.full((height // 2, width), 128, np.uint8)])
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 30)
            output.mux(video.encode(frame))
            noise = random_numbers.normal(0, 0.1, (1, 1600)).astype(np.float32)
            part = av.AudioFrame.from_ndarray(noise, format="fltp", layout="mono")
            part.sample_rate, part.pts, part.time_base = 48000, number * 1600, Fraction(1, 48000)
            output.mux(sound.encode(part))
        output.mux(video.encode(None))
        output.mux(sound.encode(None))
    return path


def swapped_gop(path: Path, out: Path, inside: float, draw: Callable[[int], int | None]) -> Path:
    """A copy of a numbered source, with the GOP around the time `inside` encoded anew by the same encoder.

    It shows frame `draw(n)` in place of frame n, black where that is None: a cut of it, held against the true
    source, is one whose re-encoded part went wrong while all copied packets are right.
    """
    with av.open(str(path)) as original, av.open(str(out), "w") as output:
        video = original.streams.video[0]
        packets = [packet for packet in original.demux() if packet.size]
        shown = [p for p in packets if p.stream is video]
        rate, unit = Fraction(video.average_rate or 0), Fraction(video.time_base or 0)
        numbers = {id(p): round((p.pts or 0) * unit * rate) for p in shown}
        keys = sorted(numbers[id(p)] for p in shown if p.is_keyframe)
        first = max(key for key in keys if key <= inside * rate)
        behind = min((key for key in keys if key > inside * rate), default=len(shown))
        tracks = {s.index: output.add_stream_from_template(s, opaque=True) for s in original.streams}
        for stream in original.streams:
            tracks[stream.index].metadata.update(stream.metadata)
        size = video.codec_context.width, video.codec_context.height
        pictures = (_drawn(draw(number), size) for number in range(first, behind))
        encoded = iter(_encoded(pictures, rate, keys[1] - keys[0], video.codec_context))
        for packet in packets:
            if packet.stream is video and first <= numbers[id(packet)] < behind:
                number, data = next(encoded)
                new = av.Packet(data)
                new.pts, new.dts = round((first + number) / rate / unit), packet.dts
                new.time_base, new.is_keyframe = packet.time_base, number == 0
                packet = new
                packet.stream = tracks[video.index]
            else:
                packet.stream = tracks[packet.stream.index]
            output.mux_one(packet)
    return out


def _drawn(number: int | None, size: tuple[int, int]) -> Any:
    width, height = size
    luma = np.full((height, width), 16, np.uint8) if number is None else draw_frame(number, size, texture(*size))
    chroma = np.full((height // 2, width), 128, np.uint8)
    chroma[: height // 4, : width // 2] = 110
    return av.VideoFrame.from_ndarray(np.vstack([luma, chroma]), format="yuv420p")


def _encoded(pictures: Iterable[Any], rate: Fraction, gop: int, like: Any) -> list[tuple[int, bytes]]:
    """The pictures with the settings of `make_video`, framed as in Matroska, each with its number."""
    name = like.codec.canonical_name
    context: Any = av.CodecContext.create(CODECS[name], "w")
    context.width, context.height, context.pix_fmt = like.width, like.height, "yuv420p"
    context.time_base, context.framerate = 1 / rate, rate
    context.options = encoder_options(name, gop, 2)
    context.max_b_frames, context.gop_size = 2, gop
    context.flags |= 1 << 22  # the header apart, as in the source
    packets = []
    for number, picture in enumerate(pictures):
        picture.pts, picture.time_base = number, 1 / rate
        packets += context.encode(picture)
    packets += context.encode(None)
    give_up_realtime()
    return [(round(packet.pts * packet.time_base * rate), _framed(bytes(packet), name)) for packet in packets]


def _framed(data: bytes, codec: str) -> bytes:
    """NAL units with their lengths in place of start codes."""
    return data if codec == "av1" else join_nals(split_nals(data, 0), 4)


Edit = Callable[[list[Any], list[Any]], list[Any]]


def remux(clip: Path, out: Path, edit: Edit = lambda packets, tracks: packets, **options: Any) -> Path:
    """Copy a clip, its packets changed by `edit(packets, streams)`; `keep` chooses streams, `titles` keeps names."""
    keep = options.get("keep", lambda stream: True)
    flags = {"movflags": "faststart"} if out.suffix == ".mp4" and options.get("faststart", True) else {}
    kind = {".mkv": "matroska"}.get(out.suffix, out.suffix[1:])
    with av.open(str(clip)) as original, av.open(str(out), "w", format=kind, container_options=flags) as output:
        streams = [stream for stream in original.streams if keep(stream)]
        tracks = {}
        for stream in streams:
            tracks[stream.index] = output.add_stream_from_template(stream, opaque=True)
            name = options.get("named") or stream.metadata.get("title") or stream.metadata.get("name")
            if name and options.get("titles", True):
                tracks[stream.index].metadata.update({"title": name, "handler_name": name})
        packets = [packet for packet in original.demux() if packet.size and packet.stream in streams]
        for packet in edit(packets, streams):
            packet.stream = tracks[packet.stream.index]
            output.mux_one(packet)
    return out


def with_data(packet: Any, data: bytes) -> Any:
    """A packet with another content at the same place."""
    new = av.Packet(data)
    new.pts, new.dts, new.duration, new.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
    new.is_keyframe = packet.is_keyframe
    new.stream = packet.stream
    return new


def scrambled(data: bytes, seed: int) -> bytes:
    """The same packet with a run of 24 bytes in its middle changed."""
    chance = random.Random(seed)
    middle = len(data) // 2
    spoilt = bytes(chance.randrange(256) for _ in range(min(24, len(data) - middle)))
    return data[:middle] + spoilt + data[middle + len(spoilt) :]


def preroll_behind_edit_list(path: Path, out: Path, start: float, end: float) -> Path:
    """A plain stream copy: it begins at the keyframe before, and an edit list hides what is too much."""
    argv = [ffmpeg(), "-v", "error", "-y", "-ss", f"{start}", "-to", f"{end}", "-i", str(path), "-map", "0"]
    subprocess.run([*argv, "-c", "copy", "-movflags", "faststart", str(out)], check=True, timeout=60)
    return out
