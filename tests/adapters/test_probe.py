"""What is said of a media file, finished or not."""

import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest

from companion.adapters.media.probe import keyframe_times, probe
from companion.kernel.errors import NotFound, Refused
from tests.media import cached_video, ffmpeg

pytestmark = pytest.mark.slow

SIZE = (320, 180)
"""No picture is looked at: small ones are drawn sooner."""


def test_a_whole_file() -> None:
    source = cached_video(".mkv", seconds=7)
    info = probe(source)
    assert (info.video_codec, info.profile, info.pix_fmt, info.width, info.height) == (
        "h264",
        "High",
        "yuv420p",
        640,
        360,
    )
    assert info.fps == 30
    assert info.duration == pytest.approx(7, abs=0.05)
    assert info.size_bytes == source.stat().st_size
    assert [(t.kind, t.codec, t.title) for t in info.tracks] == [
        ("video", "h264", ""),
        ("audio", "aac", "Game"),
        ("audio", "aac", "Microphone"),
    ]
    assert (info.tracks[1].sample_rate, info.tracks[1].channels) == (48000, 2)


@pytest.mark.parametrize(
    ("suffix", "fragmented"), [(".mkv", False), (".mp4", True), (".flv", False), (".ts", False), (".mp4", False)]
)
def test_key_frames_and_length_in_every_container(suffix: str, fragmented: bool) -> None:
    source = cached_video(suffix, seconds=7, size=SIZE, fragmented=fragmented, audio=("Stream",))
    assert probe(source).duration == pytest.approx(7, abs=0.12)
    keys = keyframe_times(source)
    assert len(keys) == 4
    assert [b - a for a, b in pairwise(keys)] == pytest.approx([2, 2, 2], abs=0.002)
    assert probe(source).keyframe_distance == pytest.approx(2, abs=0.002)


@pytest.mark.parametrize(("gop", "seconds", "distance"), [(250, 20, 250 / 30), (600, 16, 16), (1, 3, 1 / 30)])
def test_the_distance_of_key_frames_is_measured_at_the_end(gop: int, seconds: int, distance: float) -> None:
    source = cached_video(".mkv", seconds=seconds, gop=gop, size=SIZE, audio=())
    assert probe(source).keyframe_distance == pytest.approx(distance, abs=0.05)


@pytest.mark.parametrize(("suffix", "fragmented"), [(".mkv", False), (".mp4", True), (".flv", False), (".ts", False)])
def test_a_file_that_is_still_written(suffix: str, fragmented: bool, tmp_path: Path) -> None:
    whole = cached_video(suffix, seconds=7, size=SIZE, fragmented=fragmented, audio=("Stream",))
    growing = tmp_path / f"growing{suffix}"
    lengths = []
    for share in (0.5, 0.7, 0.9):
        growing.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * share)])
        lengths.append(probe(growing).duration)
    assert lengths == sorted(lengths)
    assert 1 < lengths[0] < 5.5
    assert 4 < lengths[-1] < 7


@pytest.mark.parametrize(("suffix", "fragmented"), [(".mkv", False), (".mp4", True), (".flv", False), (".ts", False)])
def test_up_to_where_it_says_that_a_file_is_written_nothing_is_missing(
    suffix: str, fragmented: bool, tmp_path: Path
) -> None:
    audio = ("Stream",) if suffix == ".flv" else ("Stream", "Microphone")
    whole = cached_video(suffix, seconds=7, size=SIZE, fragmented=fragmented, audio=audio)
    data, packets = whole.read_bytes(), ends_of_packets(whole)
    growing = tmp_path / f"growing{suffix}"
    behind = set()
    for share in range(60, 100, 3):
        growing.write_bytes(data[: len(data) * share // 100])
        info, there = probe(growing), ends_of_packets(growing)
        assert {one for one in packets if one[1] <= info.written_until} <= there
        assert 2 < info.written_until <= info.decodable_until
        behind.add(round(info.decodable_until - info.written_until, 1))
    assert fragmented == (max(behind) > 0.5), "where the sound of a fragment comes behind its picture"


def ends_of_packets(file: Path) -> set[tuple[int, float]]:
    """The stream and the end, on the file's timeline, of each packet; of a picture's, its decoding time."""
    with av.open(file) as film:
        begin = (film.start_time or 0) / 1_000_000
        return {
            (one.stream_index, round(float(_end(one) * (one.time_base or 0)) - begin, 3))
            for one in film.demux()
            if one.pts is not None
        }


def _end(packet: "av.Packet[Any]") -> int:
    picture = packet.stream.type == "video" and packet.dts is not None
    return ((packet.dts if picture else packet.pts) or 0) + (packet.duration or 0)


def test_a_file_without_an_index_or_length(tmp_path: Path) -> None:
    live = tmp_path / "live.mkv"
    argv = [ffmpeg(), "-v", "error", "-i", str(cached_video(".mp4", seconds=7, size=SIZE)), "-map", "0", "-c", "copy"]
    with live.open("wb") as file:  # a pipe's end cannot be gone back to
        subprocess.run([*argv, "-f", "matroska", "-live", "1", "-"], check=True, stdout=file)
    assert probe(live).duration == pytest.approx(7, abs=0.12)


def test_what_is_no_video(tmp_path: Path) -> None:
    (tmp_path / "text.mkv").write_text("no video")
    for path, kind, code in (
        (tmp_path / "text.mkv", Refused, "source_unreadable"),
        (tmp_path / "missing.mkv", NotFound, "source_not_found"),
    ):
        with pytest.raises(kind) as caught:
            probe(path)
        assert caught.value.code == code
