"""The exact cut against every codec and container: frame numbers, pictures, sound, packets."""

import os
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from companion.adapters.media.cut import cut
from companion.domain.cut import Cut, CutMethod
from tests.adapters.cut_check import check_cut, numbers_and_times
from tests.media import cached_video, ffmpeg, frame_numbers, make_video

pytestmark = pytest.mark.slow

SOURCES: dict[str, dict[str, Any]] = {
    "h264 mkv": {},
    "h264 mp4": {"suffix": ".mp4"},
    "h264 fragmented mp4": {"suffix": ".mp4", "fragmented": True},
    "h264 mov": {"suffix": ".mov"},
    "h264 flv": {"suffix": ".flv", "audio": ("Stream",)},
    "h264 ts": {"suffix": ".ts"},
    "h264 without b-frames": {"suffix": ".mp4", "bframes": 0},
    "h264 many b-frames": {"bframes": 8},
    "h264 baseline": {"options": (("profile", "baseline"),), "bframes": 0},
    "h264 10 bit": {"pix_fmt": "yuv420p10le"},
    "h264 4:4:4": {"pix_fmt": "yuv444p"},
    "h264 variable rate": {"vfr": True},
    "h264 59.94": {"suffix": ".mp4", "fps": Fraction(60000, 1001), "seconds": 5},
    "h264 opus": {"audio_codec": "libopus"},
    "hevc mkv": {"codec": "hevc"},
    "hevc mp4 open gop": {"codec": "hevc", "suffix": ".mp4", "open_gop": True},
    "hevc ts": {"codec": "hevc", "suffix": ".ts"},
    "hevc 10 bit open gop": {"codec": "hevc", "pix_fmt": "yuv420p10le", "open_gop": True, "vfr": True},
    "av1 mkv": {"codec": "av1"},
    "av1 mp4 10 bit": {"codec": "av1", "suffix": ".mp4", "pix_fmt": "yuv420p10le"},
}


def run(source: Path, folder: Path, start: float, end: float, **options: Any) -> Cut:
    return cut(source, folder / "clip.mp4", start, end, ffmpeg=ffmpeg(), **options)


@pytest.mark.parametrize("name", SOURCES)
def test_random_windows_are_exact(name: str, tmp_path: Path) -> None:
    source = cached_video(**{"seconds": 7, "size": (320, 180), **SOURCES[name]})
    length = numbers_and_times(source)[1][-1]
    dice = random.Random(name)
    methods = set()
    for _ in range(3):
        start = dice.uniform(0, length - 3)
        end = dice.uniform(start + 0.1, length + 0.2)
        made = run(source, tmp_path, start, end)
        check_cut(source, made, start, end)
        methods.add(made.method)
    assert CutMethod.SMART in methods, f"{name} was never spliced"


@pytest.mark.parametrize("name", ["h264 mkv", "h264 mp4", "h264 flv", "h264 ts", "hevc mkv", "av1 mkv"])
def test_a_window_between_key_frames_is_copied_bit_for_bit(name: str, tmp_path: Path) -> None:
    source = cached_video(**{"seconds": 7, "size": (320, 180), **SOURCES[name]})
    times = numbers_and_times(source)[1]
    start, end = times[60], times[180]
    made = run(source, tmp_path, start, end)
    check_cut(source, made, start, end, least_psnr=99)
    assert made.method is CutMethod.COPY
    assert made.reason == ""
    assert (made.copied_start, made.copied_end) == (made.start, made.end)


def test_only_the_ends_are_new(tmp_path: Path) -> None:
    source = cached_video(".mkv", seconds=7)
    made = run(source, tmp_path, 1.5, 6.05)
    assert made.method is CutMethod.SMART
    assert made.copied_start == pytest.approx(2.0)
    with av.open(str(source)) as media, av.open(str(made.path)) as clip:
        originals = {bytes(p) for p in media.demux(media.streams.video[0]) if p.size}
        copies = [bytes(p) in originals for p in clip.demux(clip.streams.video[0]) if p.size]
    copied = round((made.copied_end or 0) * 30) - 60
    assert copies == [False] * 15 + [True] * copied + [False] * (made.frames - 15 - copied)
    assert copied > 118


def test_every_track_keeps_its_title(tmp_path: Path) -> None:
    titles = ("Game", "Microphone", "Music", "Chat 💬")
    for suffix in (".mkv", ".mp4", ".mov"):
        made = run(cached_video(suffix, seconds=4, audio=titles), tmp_path, 0.5, 3)
        assert made.tracks == ["video h264", *(f"audio aac {title}" for title in titles)]
        with av.open(str(made.path)) as clip:
            assert tuple(s.metadata["name"] for s in clip.streams.audio) == titles


def test_a_video_without_sound(tmp_path: Path) -> None:
    source = cached_video(".mkv", seconds=4, audio=())
    made = run(source, tmp_path, 0.5, 3)
    check_cut(source, made, 0.5, 3)
    assert made.tracks == ["video h264"]


def test_an_end_beyond_the_file_is_the_files_end(tmp_path: Path) -> None:
    source = cached_video(".mkv", seconds=7)
    made = run(source, tmp_path, 5.5, 1000)
    check_cut(source, made, 5.5, 1000)
    assert made.wanted_end == 1000
    assert made.end == pytest.approx(7.0, abs=0.002)


def test_one_frame(tmp_path: Path) -> None:
    source = cached_video(".mp4", seconds=7)
    for start in (2.0, 2.5, 4.0 - 1 / 30):
        made = run(source, tmp_path, start, start + 0.01)
        assert made.frames == 1
        check_cut(source, made, start, start + 0.01)


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"gop": 1000}, "no key frame in the window"),
        ({"open_gop": True}, "no key frame in the window"),
        ({"codec": "av1", "open_gop": True}, "no key frame in the window"),
        ({"codec": "libvpx-vp9", "bframes": 0, "options": (("cpu-used", "8"), ("deadline", "realtime"))}, "vp9"),
        ({"codec": "mpeg4", "bframes": 0}, "mpeg4"),
        ({"options": (("flags", "+ildct+ilme"),)}, "interlaced"),
    ],
    ids=["no key frame", "h264 open gop", "av1 open gop", "vp9", "mpeg4", "interlaced"],
)
def test_what_cannot_be_spliced_is_re_encoded_and_says_so(parameters: Any, reason: str, tmp_path: Path) -> None:
    source = cached_video(**{"suffix": ".mkv", "seconds": 6, **parameters})
    made = run(source, tmp_path, 1.3, 4.9)
    check_cut(source, made, 1.3, 4.9)
    assert made.method is CutMethod.REENCODE
    assert reason in made.reason
    assert made.copied_start is None


@pytest.mark.parametrize("codec", ["h264", "hevc", "av1"])
def test_a_re_encode_that_was_asked_for(codec: str, tmp_path: Path) -> None:
    source = cached_video(".mkv", seconds=7, **({} if codec == "h264" else {"codec": codec}))
    heard: list[float] = []
    made = run(source, tmp_path, 1.3, 4.9, reencode=True, progress=heard.append)
    check_cut(source, made, 1.3, 4.9)
    assert (made.method, made.video_codec) == (CutMethod.REENCODE, codec)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    assert len(heard) > 50


def test_sound_that_does_not_go_into_mp4_makes_it_mkv(tmp_path: Path) -> None:
    source = cached_video(".mkv", seconds=4, audio_codec="pcm_s16le")
    made = run(source, tmp_path, 0.5, 3)
    assert made.path == tmp_path / "clip.mkv"
    assert not (tmp_path / "clip.mp4").exists()
    assert "pcm_s16le does not go into MP4" in made.reason
    check_cut(source, made, 0.5, 3)


def test_mkv_on_request(tmp_path: Path) -> None:
    for parameters in ({"suffix": ".ts"}, {"suffix": ".mp4"}, {"codec": "hevc"}):
        source = cached_video(**{"seconds": 5, **parameters})
        made = cut(source, tmp_path / "clip.mkv", 0.7, 4.2, ffmpeg=ffmpeg())
        assert made.path.suffix == ".mkv"
        check_cut(source, made, 0.7, 4.2)


def test_pictures_that_stand_alone_are_copied_whatever_their_codec(tmp_path: Path) -> None:
    source = make_video(tmp_path / "prores.mov", codec="prores_ks", pix_fmt="yuv422p10le", seconds=3, bframes=0)
    made = run(source, tmp_path, 0.7, 2.2)
    assert (made.method, made.path.suffix) == (CutMethod.COPY, ".mkv")
    assert frame_numbers(made.path) == list(range(21, 66))


@pytest.mark.parametrize("codec", ["h264", "hevc", "av1"])
def test_colours_and_shape_stay(codec: str, tmp_path: Path) -> None:
    color = {"color_range": 1, "color_primaries": 9, "color_trc": 16, "colorspace": 9}
    shape = None if codec == "av1" else Fraction(4, 3)
    source = make_video(
        tmp_path / "hdr.mkv",
        codec=codec,
        pix_fmt="yuv420p10le",
        seconds=5,
        color=color,
        audio=(),
        sample_aspect_ratio=shape,
    )
    made = run(source, tmp_path, 1.0, 4.5)
    assert made.method is CutMethod.SMART
    with av.open(str(source)) as media, av.open(str(made.path)) as clip:
        wanted, got = media.streams.video[0].codec_context, clip.streams.video[0].codec_context
        assert (got.profile, got.pix_fmt, got.sample_aspect_ratio) == (
            wanted.profile,
            wanted.pix_fmt,
            wanted.sample_aspect_ratio,
        )
        for number, frame in enumerate(clip.decode(video=0)):
            said = {name: getattr(frame, name) for name in color}
            assert said == color, f"frame {number}"


@pytest.mark.parametrize(("suffix", "fragmented"), [(".mkv", False), (".mp4", True), (".flv", False), (".ts", False)])
def test_a_file_that_is_still_written(suffix: str, fragmented: bool, tmp_path: Path) -> None:
    whole = cached_video(suffix, seconds=7, fragmented=fragmented, audio=("Stream",))
    growing = tmp_path / f"growing{suffix}"
    growing.write_bytes(whole.read_bytes()[: whole.stat().st_size * 3 // 4])
    made = run(growing, tmp_path, 1.5, 3.9)
    check_cut(whole, made, 1.5, 3.9)
    assert made.method is CutMethod.SMART


def test_a_truncated_file_gives_what_is_whole_of_it(tmp_path: Path) -> None:
    for suffix in (".flv", ".ts", ".mkv"):
        whole = cached_video(suffix, seconds=7, audio=("Stream",))
        torn = tmp_path / f"torn{suffix}"
        torn.write_bytes(whole.read_bytes()[: whole.stat().st_size * 3 // 4])
        made = run(torn, tmp_path, 1.5, 1000)
        numbers = frame_numbers(made.path)
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        assert 4 < made.end < 6


def test_windows_beside_one_another_share_no_frame(tmp_path: Path) -> None:
    source = cached_video(".mkv", seconds=7)
    parts = [run(source, tmp_path, a, b) for a, b in ((0.9, 2.4),)]
    first = frame_numbers(parts[0].path)
    second = frame_numbers(run(source, tmp_path, 2.4, 4.1).path)
    assert first + second == list(range(27, 123))


def test_no_encoder_leaves_this_process_real_time(tmp_path: Path) -> None:
    source = cached_video(".mkv", codec="av1", seconds=3, gop=60)
    cut(source, tmp_path / "clip.mp4", 0.5, 2.5, ffmpeg=ffmpeg())
    policies = {os.sched_getscheduler(int(thread.name)) for thread in Path("/proc/self/task").iterdir()}
    assert policies <= {os.SCHED_OTHER, os.SCHED_BATCH, os.SCHED_IDLE}
