"""What every cut must hold, checked with other means than those that made it."""

import functools
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from companion.domain.cut import Cut
from tests.media import beep_times, decode_grey, ffmpeg_lines, frame_numbers, frame_times, psnr, read_frame_number

SIZE = (640, 360)


@functools.cache
def numbers_and_times(path: Path) -> tuple[list[int], list[float]]:
    """The numbers and times of every frame of a source."""
    return frame_numbers(path, strict=False), frame_times(path)


@functools.lru_cache(maxsize=2)
def _pictures_of(source: Path) -> list[NDArray[np.uint8]]:
    return decode_grey(source, SIZE, strict=False)


def check_cut(source: Path, made: Cut, start: float, end: float, *, least_psnr: float = 35.0) -> None:
    """Frames, times, pictures, sound and container of a finished cut."""
    numbers, times = numbers_and_times(source)
    wanted = [i for i, time in enumerate(times) if start - 1e-6 <= time < end - 1e-6]
    pictures = decode_grey(made.path, SIZE)
    assert [read_frame_number(picture) for picture in pictures] == [numbers[i] for i in wanted]
    shown = frame_times(made.path)
    assert max(abs((b - shown[0]) - (times[i] - times[wanted[0]])) for i, b in zip(wanted, shown, strict=True)) < 0.0011
    _check_pictures(source, wanted, pictures, least_psnr)
    _check_report(made, [times[i] for i in wanted])
    _check_packets(made, len(wanted))
    _check_sound(source, made, times[wanted[0]], shown[0])


def _check_pictures(source: Path, wanted: list[int], pictures: list[NDArray[np.uint8]], least: float) -> None:
    originals = _pictures_of(source)
    worst = min(psnr(originals[i], picture) for i, picture in zip(wanted, pictures, strict=True))
    assert worst >= least, f"a frame is {worst:.1f} dB from the source's"


def _check_report(made: Cut, times: list[float]) -> None:
    assert made.frames == len(times)
    assert abs(made.start - times[0]) < 1e-5
    assert times[-1] < made.end <= times[-1] + 4 / made.fps
    assert made.size_bytes == made.path.stat().st_size
    if made.copied_start is not None and made.copied_end is not None:
        assert made.start <= made.copied_start < made.copied_end <= made.end


def _check_packets(made: Cut, frames: int) -> None:
    with av.open(str(made.path)) as clip:
        stamps = [(p.dts, p.pts) for p in clip.demux(clip.streams.video[0]) if p.size]
    assert len(stamps) == frames, "there are more packets of picture in the file than frames in the window"
    known = [(dts, pts) for dts, pts in stamps if dts is not None and pts is not None]
    assert all(a[0] < b[0] for a, b in pairwise(known)), "decoding times do not grow"
    assert all(dts <= pts for dts, pts in known)
    if made.path.suffix == ".mp4":
        data = made.path.read_bytes()
        assert data.index(b"moov") < data.index(b"mdat"), "the index is not in front"
        # A player that knows no edit lists must not find a frame more either.
        assert len(ffmpeg_lines("-ignore_editlist", "1", "-i", str(made.path), "-map", "0:v:0")) == frames


def _check_sound(source: Path, made: Cut, first: float, clip_first: float) -> None:
    with av.open(str(source)) as media, av.open(str(made.path)) as clip:
        assert len(clip.streams.audio) == len(media.streams.audio)
        for stream in clip.streams.audio:
            unit = stream.time_base or Fraction(1)
            ends = [((p.pts or 0), (p.pts or 0) + (p.duration or 0)) for p in clip.demux(stream) if p.size]
            packet = max((b - a for a, b in ends), default=0) * unit
            assert min(a for a, _ in ends) * unit >= -packet
            assert max(b for _, b in ends) * unit <= made.end - made.start + packet + 0.05
            clip.seek(0)
    for track in range(len(made.tracks) - 1):
        expected = [t - first for t in beep_times(source, track) if first + 0.05 < t < made.end - 0.05]
        heard = [t - clip_first for t in beep_times(made.path, track)]
        for beep in expected:
            offset = min((abs(beep - t) for t in heard), default=9.0)
            assert offset <= 0.020, f"track {track}: a tone is {offset * 1000:.1f} ms off"
