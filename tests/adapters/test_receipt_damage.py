"""The receipt catches every damaged cut, and fails no good one."""

import random
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from companion.adapters.media.receipt import prove
from companion.adapters.media.receipt_stills import Stills
from companion.domain.cut import Cut, CutMethod
from tests.damage import (
    CONTAINERS,
    SECONDS,
    SOURCES,
    cut_good,
    preroll_behind_edit_list,
    remux,
    scrambled,
    source,
    still_video,
    swapped_gop,
    with_data,
)

pytestmark = pytest.mark.slow

WINDOW = (0.71, 3.13)
GOOD_EACH = 9
"""With 12 sources 108 good cuts."""


def expect_caught(claim: Cut, *names: str, stills: Stills | None = None) -> None:
    """One of the checks `names` fails, although cutting decoded the right pictures, or what `stills` are."""
    receipt = prove(claim, stills or decoded(claim.source, claim.wanted_start, claim.wanted_end))
    failed = {check.name for check in receipt.failures()}
    assert not receipt.ok
    assert failed & set(names), f"{failed} failed, none of {names}"


@cache
def decoded(path: Path, start: float, end: float) -> Stills:
    """What a good cut decodes to begin with."""
    stills = Stills()
    with tempfile.TemporaryDirectory() as folder:
        cut_good(path, Path(folder) / "clip.mp4", start, end, stills)
    return stills


def claiming(cut: Cut, path: Path) -> Cut:
    """The claims of `cut` made for another file."""
    return cut.model_copy(update={"path": path, "size_bytes": path.stat().st_size})


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("number", range(GOOD_EACH))
def test_a_good_cut_passes(name: str, number: int, tmp_path: Path) -> None:
    chance = random.Random(f"{name}{number}")
    start = chance.uniform(0, SECONDS - 1.5)
    end = chance.uniform(start + 0.3, SECONDS + 0.4)
    stills = Stills()
    cut = cut_good(source(name), tmp_path / "clip.mp4", start, end, stills, reencode=number == 0)
    assert not prove(cut).failures()
    receipt = prove(cut, stills)
    assert not receipt.failures()
    assert receipt.ok
    names = {check.name for check in receipt.checks}
    assert names >= {"length", "first_frame", "last_frame", "copied_packets", "frames", "reencoded", "timestamps"}


@pytest.mark.parametrize("name", CONTAINERS)
@pytest.mark.parametrize("reencode", [False, True])
def test_a_good_cut_from_any_container_passes(name: str, reencode: bool, tmp_path: Path) -> None:
    cut = cut_good(source(name), tmp_path / "clip.mp4", 0.71, 3.13, reencode=reencode)
    assert cut.method is (CutMethod.REENCODE if reencode else CutMethod.SMART)
    assert not prove(cut).failures()


@pytest.mark.parametrize(
    "moving", [{}, {"dot": True}, {"edge": lambda number: 100 + number}], ids=["still", "dot", "edge"]
)
@pytest.mark.parametrize("reencode", [True, False])
def test_a_good_cut_of_a_still_picture_passes(moving: dict[str, Any], reencode: bool, tmp_path: Path) -> None:
    path = still_video(tmp_path / "still.mkv", **moving)
    assert not prove(cut_good(path, tmp_path / "clip.mp4", 0.7, 4.1, reencode=reencode)).failures()


@pytest.fixture(scope="module", params=[name for name in SOURCES if name != "h264-no-sound"])
def good(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Cut:
    """A good cut with a head, a copied part and often a tail, from each source."""
    folder = tmp_path_factory.mktemp(request.param)
    cut = cut_good(source(request.param), folder / "clip.mp4", *WINDOW)
    assert prove(cut).ok
    return cut


def _video(packets: list[Any]) -> list[int]:
    return [place for place, packet in enumerate(packets) if packet.stream.type == "video"]


def _copied(cut: Cut, packets: list[Any]) -> list[int]:
    """Places of packets that were copied, or of all when none were, less the keyframe they begin with."""
    low, high = (cut.copied_start or cut.start) - cut.start + 0.001, (cut.copied_end or cut.end) - cut.start - 0.001
    return [at for at in _video(packets) if low < float(packets[at].pts * packets[at].time_base) < high]


def test_an_unchanged_copy_passes(good: Cut, tmp_path: Path) -> None:
    """The tool that does the damage below does none by itself."""
    assert not prove(claiming(good, remux(good.path, tmp_path / good.path.name))).failures()


@pytest.mark.parametrize("frames", [-1, 1])
def test_a_window_shifted_by_a_frame_is_caught(good: Cut, frames: int, tmp_path: Path) -> None:
    shift = frames / good.fps
    other = cut_good(good.source, tmp_path / "c.mp4", good.start + shift, good.wanted_end + shift)
    claim = other.model_copy(
        update={"wanted_start": good.wanted_start, "wanted_end": good.wanted_end, "start": good.start, "end": good.end}
    )
    expect_caught(claim, "copied_packets", "first_frame", "frames")


@pytest.mark.parametrize("frames", [-1, 1])
def test_a_re_encoded_window_shifted_by_a_frame_is_caught(good: Cut, frames: int, tmp_path: Path) -> None:
    """Here no packet tells: the pictures must."""
    shift = frames / good.fps
    other = cut_good(good.source, tmp_path / "c.mp4", 2.0 + shift, 2.7 + shift, reencode=True)
    right = cut_good(good.source, tmp_path / "d.mp4", 2.0, 2.7, reencode=True)
    expect_caught(right.model_copy(update={"path": other.path}), "first_frame", "last_frame", "frames")


def test_a_frame_too_many_is_caught(good: Cut, tmp_path: Path) -> None:
    other = cut_good(good.source, tmp_path / "c.mp4", good.wanted_start, good.wanted_end + 1.01 / good.fps)
    expect_caught(claiming(good, other.path), "frames", "length")


def test_a_dropped_track_is_caught(good: Cut, tmp_path: Path) -> None:
    out = remux(good.path, tmp_path / good.path.name, keep=lambda stream: stream.index != len(good.tracks) - 1)
    expect_caught(claiming(good, out), "tracks")


@pytest.mark.parametrize("seconds", [-0.04, 0.04])
def test_sound_40_ms_off_is_caught(good: Cut, seconds: float, tmp_path: Path) -> None:
    def late(packets: list[Any], streams: list[Any]) -> list[Any]:
        for packet in packets:
            if packet.stream.index == 1:
                packet.pts += round(seconds / packet.time_base)
                packet.dts += round(seconds / packet.time_base)
        return [packet for packet in packets if packet.dts >= 0 or packet.stream.type == "video"]

    out = remux(good.path, tmp_path / good.path.name, late)
    expect_caught(claiming(good, out), "audio_offset", "timestamps", "audio_packets")


@pytest.mark.parametrize("part", [0.5, 0.9, 0.999])
def test_a_truncated_file_is_caught(good: Cut, part: float, tmp_path: Path) -> None:
    out = tmp_path / good.path.name
    data = good.path.read_bytes()
    out.write_bytes(data[: int(len(data) * part)])
    expect_caught(claiming(good, out), "readable")


def test_the_wrong_source_is_caught(good: Cut, request: pytest.FixtureRequest) -> None:
    name = next(name for name in SOURCES if source(name) == good.source)
    other = source(name, 4000)
    expect_caught(good.model_copy(update={"source": other}), "copied_packets", "reencoded")


def test_a_missing_frame_is_caught(good: Cut, tmp_path: Path) -> None:
    def drop(packets: list[Any], streams: list[Any]) -> list[Any]:
        places = _copied(good, packets)
        packets.pop(places[len(places) // 2])
        return packets

    expect_caught(claiming(good, remux(good.path, tmp_path / good.path.name, drop)), "frames")


def test_a_repeated_frame_is_caught(good: Cut, tmp_path: Path) -> None:
    def repeat(packets: list[Any], streams: list[Any]) -> list[Any]:
        places = _copied(good, packets)
        one, other = places[len(places) // 2 : len(places) // 2 + 2]
        packets[other] = with_data(packets[other], bytes(packets[one]))
        return packets

    expect_caught(claiming(good, remux(good.path, tmp_path / good.path.name, repeat)), "copied_packets", "reencoded")


def test_frames_in_the_wrong_order_are_caught(good: Cut, tmp_path: Path) -> None:
    def swap(packets: list[Any], streams: list[Any]) -> list[Any]:
        places = _copied(good, packets)
        one, other = places[len(places) // 3], places[2 * len(places) // 3]
        first, second = bytes(packets[one]), bytes(packets[other])
        packets[one], packets[other] = with_data(packets[one], second), with_data(packets[other], first)
        return packets

    expect_caught(claiming(good, remux(good.path, tmp_path / good.path.name, swap)), "copied_packets", "reencoded")


@pytest.mark.parametrize("seed", range(2))
def test_a_corrupted_copied_packet_is_caught(good: Cut, seed: int, tmp_path: Path) -> None:
    def corrupt(packets: list[Any], streams: list[Any]) -> list[Any]:
        at = random.Random(seed).choice(_copied(good, packets))
        packets[at] = with_data(packets[at], scrambled(bytes(packets[at]), seed))
        return packets

    expect_caught(claiming(good, remux(good.path, tmp_path / good.path.name, corrupt)), "copied_packets", "reencoded")


@pytest.mark.parametrize("seed", range(2))
def test_a_corrupted_re_encoded_packet_is_caught(good: Cut, seed: int, tmp_path: Path) -> None:
    def corrupt(packets: list[Any], streams: list[Any]) -> list[Any]:
        keys = [at for at in _video(packets) if packets[at].is_keyframe]
        first = keys[1] if len(keys) > 1 else len(packets)
        heads = [at for at in _video(packets) if at < first and packets[at].size > 300]
        at = random.Random(seed).choice(heads)
        packets[at] = with_data(packets[at], scrambled(bytes(packets[at]), seed))
        return packets

    expect_caught(claiming(good, remux(good.path, tmp_path / good.path.name, corrupt)), "reencoded")


def test_a_missing_sound_packet_is_caught(good: Cut, tmp_path: Path) -> None:
    def drop(packets: list[Any], streams: list[Any]) -> list[Any]:
        places = [place for place, packet in enumerate(packets) if packet.stream.type == "audio"]
        packets.pop(places[len(places) // 2])
        return packets

    expect_caught(claiming(good, remux(good.path, tmp_path / good.path.name, drop)), "audio_packets")


def test_swapped_sound_tracks_are_caught(good: Cut, tmp_path: Path) -> None:
    """With a single track, its sound comes from another place in the source."""

    def swap(packets: list[Any], streams: list[Any]) -> list[Any]:
        if len(streams) > 2:
            other = {1: streams[2], 2: streams[1]}
            for packet in packets:
                packet.stream = other.get(packet.stream.index, packet.stream)
            return packets
        sounds = [at for at, packet in enumerate(packets) if packet.stream.type == "audio"]
        data = [bytes(packets[at]) for at in sounds]
        for place, at in enumerate(sounds):
            packets[at] = with_data(packets[at], data[place - len(data) // 2])
        return packets

    expect_caught(claiming(good, remux(good.path, tmp_path / good.path.name, swap)), "audio_packets")


def test_a_lost_title_is_caught(good: Cut, tmp_path: Path) -> None:
    if not any(line.count(" ") > 1 for line in good.tracks):  # TS and FLV have no titles: here one comes from nowhere
        out = remux(good.path, tmp_path / good.path.name, named="Game")
    else:
        out = remux(good.path, tmp_path / good.path.name, titles=False)
    expect_caught(claiming(good, out), "tracks")


def test_a_header_behind_its_content_is_caught(good: Cut, tmp_path: Path) -> None:
    assert good.path.suffix == ".mp4"
    expect_caught(claiming(good, remux(good.path, tmp_path / "c.mp4", faststart=False)), "faststart")


def test_a_preroll_hidden_by_an_edit_list_is_caught(good: Cut, tmp_path: Path) -> None:
    out = preroll_behind_edit_list(good.source, tmp_path / "c.mp4", good.wanted_start, good.wanted_end)
    expect_caught(claiming(good, out), "frames")


HEADS: dict[str, Callable[[int, int], int | None]] = {
    "black": lambda number, at: None,
    "one late": lambda number, at: number - 1,
    "one early": lambda number, at: number + 1,
    "two swapped": lambda number, at: {at: at + 1, at + 1: at}.get(number, number),
    "one repeated": lambda number, at: at if number == at + 1 else number,
    "frozen": lambda number, at: min(number, at - 10),
}
"""Which frame is shown in place of another; `at` is near the end of what is encoded anew."""


@pytest.mark.parametrize("damage", HEADS)
@pytest.mark.parametrize(
    ("name", "start"), [("h264-mkv", 0.71), ("h264-mkv", 1.2), ("hevc-mkv", 0.71), ("av1-mkv", 0.71)]
)
def test_a_wrong_re_encoded_head_is_caught(name: str, damage: str, start: float, tmp_path: Path) -> None:
    """All copied packets are right; only pictures that were encoded anew are not those of the source."""
    path = source(name)
    gop = SOURCES[name][1]["gop"]
    at = (int(start * 30) // gop + 1) * gop - 5
    spoilt = swapped_gop(path, tmp_path / "spoilt.mkv", start, lambda number: HEADS[damage](number, at))
    stills = Stills()
    cut = cut_good(spoilt, tmp_path / "clip.mp4", start, 3.13, stills)
    assert cut.method is CutMethod.SMART
    assert prove(cut, stills).ok
    claim = cut.model_copy(update={"source": path})
    expect_caught(claim, "reencoded")
    expect_caught(claim, "reencoded", stills=stills)


@pytest.mark.parametrize("frames", [-1, 1])
def test_a_faint_head_shifted_by_a_frame_is_caught(frames: int, tmp_path: Path) -> None:
    """So little moves that no frame looks much unlike the next one: still they can be told apart."""
    path = still_video(tmp_path / "right.mkv", edge=lambda number: 100 + number)
    late = still_video(tmp_path / "late.mkv", edge=lambda number: 100 + number + frames * (0 < number < 40))
    cut = cut_good(late, tmp_path / "clip.mp4", 0.7, 3.13)
    assert cut.method is CutMethod.SMART
    assert not prove(cut).failures()
    failed = {check.name for check in prove(cut.model_copy(update={"source": path})).failures()}
    assert failed >= {"first_frame", "reencoded"}
    assert not failed & {"copied_packets", "encoded_packets"}


@pytest.mark.parametrize("end", [3.13, 3.3])
def test_a_wrong_re_encoded_tail_is_caught(end: float, tmp_path: Path) -> None:
    path = source("h264-mkv")
    cut = cut_good(path, tmp_path / "good.mp4", 1.55, end)
    spoilt = swapped_gop(path, tmp_path / "spoilt.mkv", end, lambda number: number + 1)
    other = cut_good(spoilt, tmp_path / "clip.mp4", 1.55, end)
    expect_caught(claiming(cut, other.path), "copied_packets", "last_frame", "reencoded")


@pytest.mark.parametrize("frames", [-1, 1])
def test_a_shift_shows_by_a_dot_in_a_still_picture(frames: int, tmp_path: Path) -> None:
    path = still_video(tmp_path / "still.mkv", dot=True)
    right = cut_good(path, tmp_path / "right.mp4", 2.0, 3.0, reencode=True)
    other = cut_good(path, tmp_path / "other.mp4", 2.0 + frames / 30, 3.0 + frames / 30, reencode=True)
    expect_caught(claiming(right, other.path), "first_frame")
