"""The receipt of clips of 15 s: what was encoded anew is proved whole, however much of it there is."""

import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import av
import pytest

from companion.adapters.media import receipt_look, receipt_stills
from companion.adapters.media.payload import Payload, digest_of_run
from companion.adapters.media.receipt import prove
from companion.adapters.media.receipt_pictures import Picture
from companion.adapters.media.receipt_stills import Stills
from companion.domain.cut import Cut, CutMethod
from tests.damage import cut_good, remux, scrambled, swapped_gop, with_data
from tests.media import cached_video

pytestmark = pytest.mark.slow

FPS, SECONDS = 30, 15


class Case(NamedTuple):
    """A window from the frame `first` on, of which the frames up to `end` are encoded anew."""

    gop: int
    first: int
    end: int
    reencode: bool = False
    codec: str = "h264"

    @property
    def source(self) -> Path:
        return cached_video(".mkv", codec=self.codec, size=(320, 180), seconds=18, gop=self.gop, audio=("Game",))

    def cut(self, source: Path, out: Path, stills: Stills | None = None) -> Cut:
        start = (self.first - 0.5) / FPS
        return cut_good(source, out, start, start + SECONDS, stills, reencode=self.reencode)

    def at(self, part: float) -> int:
        """The frame at a part of what is encoded anew."""
        return self.first + int((self.end - self.first) * part)


CASES = {
    "keyframes every 2 s": Case(60, 62, 120),
    "250 frames": Case(250, 15, 250),
    "whole": Case(60, 62, 512, reencode=True),
    "hevc": Case(60, 62, 120, codec="hevc"),
    "hevc whole": Case(60, 62, 512, reencode=True, codec="hevc"),
    "av1": Case(60, 62, 120, codec="av1"),
}
PARTS = (0.25, 0.5, 0.75)


def digest_in(path: Path, cut: Cut) -> str:
    """What a cut would claim of the packets that are in `path`, beside those that it says were copied."""
    low, high = ((at or cut.end) - cut.start - 0.001 for at in (cut.copied_start, cut.copied_end))
    with av.open(str(path)) as clip:
        payload = Payload(clip.streams.video[0])
        return digest_of_run(
            {
                packet.pts: payload.digest(memoryview(packet))
                for packet in clip.demux(video=0)
                if packet.size and packet.pts is not None and not low < packet.pts * packet.time_base < high
            }
        )


def spoilt(cut: Cut, out: Path, number: int) -> Cut:
    """The cut with the packet of its frame `number` damaged."""

    def corrupt(packets: list[Any], streams: list[Any]) -> list[Any]:
        shown = sorted((p.pts, at) for at, p in enumerate(packets) if p.stream.type == "video")
        at = shown[number][1]
        packets[at] = with_data(packets[at], scrambled(bytes(packets[at]), number))
        return packets

    path = remux(cut.path, out, corrupt)
    return cut.model_copy(update={"path": path, "size_bytes": path.stat().st_size})


def failed(claim: Cut, stills: Stills | None = None) -> set[str]:
    return {check.name for check in prove(claim, stills).failures()}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Cut]:
    """A good cut of each case, made once."""
    made: dict[str, Cut] = {}

    def make(name: str) -> Cut:
        if name not in made:
            case = CASES[name]
            made[name] = case.cut(case.source, tmp_path_factory.mktemp("good") / "clip.mp4")
        return made[name]

    return make


@pytest.mark.parametrize("name", CASES)
def test_a_good_cut_passes(name: str, good: Callable[[str], Cut]) -> None:
    cut, case = good(name), CASES[name]
    assert cut.method is (CutMethod.REENCODE if case.reencode else CutMethod.SMART)
    receipt = prove(cut)
    assert not receipt.failures()
    assert cut.encoded_digest == digest_in(cut.path, cut)
    told = {check.name: check for check in receipt.checks}
    new = int(told["encoded_packets"].expected.split()[0])
    assert new >= case.end - case.first
    assert f"{new} decoded" in told["reencoded"].measured


def test_few_pictures_of_a_long_clip_are_held_and_none_is_decoded_twice(
    good: Callable[[str], Cut], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it is told now and then that the work goes on: whoever is silent for long is taken for hung."""
    limit = 40
    monkeypatch.setattr(receipt_look, "SLICE", limit)
    pictures: list[weakref.ref[Picture]] = []
    held, silent = [0], [0]
    of, between = Picture.of, receipt_look.Difference.between

    def sampled(*arguments: Any, **keywords: Any) -> Picture:
        picture = of(*arguments, **keywords)
        pictures.append(weakref.ref(picture))
        return picture

    def compared(*arguments: Any, **keywords: Any) -> receipt_look.Difference:
        silent[-1] += 1
        return between(*arguments, **keywords)

    def progress(fraction: float) -> None:
        held.append(sum(one() is not None for one in pictures))
        silent.append(0)

    monkeypatch.setattr(Picture, "of", sampled)
    monkeypatch.setattr(receipt_look.Difference, "between", compared)
    assert prove(good("whole"), progress=progress).ok
    frames = SECONDS * FPS
    assert sum(silent) == frames
    assert max(silent) <= 2 * limit
    assert max(held) <= 2 * (limit + 2 * receipt_look.AHEAD) < frames
    assert len(pictures) <= 2 * frames + 2


@pytest.mark.parametrize(
    ("name", "part"),
    [*((name, part) for name in list(CASES)[:3] for part in PARTS), *((name, 0.5) for name in list(CASES)[3:])],
)
def test_one_spoilt_packet_is_caught(name: str, part: float, good: Callable[[str], Cut], tmp_path: Path) -> None:
    """By its digest, and where the encoder itself spoilt it, so that the cut claims it, by its picture."""
    expect_one_spoilt_packet_is_caught(name, part, good, tmp_path)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.reencode])
def test_one_spoilt_packet_is_caught_beside_what_cutting_decoded(
    name: str, part: float, good: Callable[[str], Cut], tmp_path: Path
) -> None:
    case, stills = CASES[name], Stills()
    case.cut(case.source, tmp_path / "clip.mp4", stills)
    receipt = prove(good(name), stills)
    assert receipt.ok
    told = {check.name: check for check in receipt.checks}
    new = told["encoded_packets"].expected.split()[0]
    assert f"({new} with what cutting decoded)" in told["reencoded"].measured
    expect_one_spoilt_packet_is_caught(name, part, good, tmp_path, stills)


@pytest.mark.parametrize("why", ["another's", "too many"])
def test_pictures_of_another_film_or_too_many_are_not_used(
    why: str, good: Callable[[str], Cut], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, stills = CASES["250 frames"], Stills()
    path = case.source
    if why == "another's":
        path = swapped_gop(path, tmp_path / "other.mkv", case.at(0.5) / FPS, lambda number: number + 1)
    else:
        monkeypatch.setattr(receipt_stills, "MOST", 100)
    case.cut(path, tmp_path / "clip.mp4", stills)
    assert any(stills.runs)
    receipt = prove(good("250 frames"), stills)
    assert receipt.ok
    looked = next(check.measured for check in receipt.checks if check.name == "reencoded")
    assert looked.startswith(f"{case.end - case.first} decoded, {case.end - case.first + 4} compared")
    kept = receipt_stills.EDGE - 1  # beside the frame before the window
    assert ("with what" in looked) == (why == "too many") == (f"({kept} with what cutting decoded)" in looked)


def expect_one_spoilt_packet_is_caught(
    name: str, part: float, good: Callable[[str], Cut], folder: Path, stills: Stills | None = None
) -> None:
    number = CASES[name].at(part) - CASES[name].first
    claim = spoilt(good(name), folder / "c.mp4", number)
    assert "encoded_packets" in failed(claim, stills)
    found = failed(claim.model_copy(update={"encoded_digest": digest_in(claim.path, claim)}), stills)
    assert "reencoded" in found
    assert "encoded_packets" not in found


DAMAGE: dict[str, Callable[[int, int], int]] = {
    "frozen": lambda number, at: min(number, at),
    "one repeated": lambda number, at: number - (number == at),
    "two swapped": lambda number, at: {at: at + 1, at + 1: at}.get(number, number),
    "one dropped": lambda number, at: number + (number >= at),
    "one dropped, another repeated": lambda number, at: number + (at <= number < at + 10),
}
"""Which frame a cutter with a bug shows in place of another, from the frame `at` on."""


@pytest.mark.parametrize(("name", "damage"), [*(("whole", damage) for damage in DAMAGE), ("hevc whole", "one dropped")])
def test_wrong_frames_are_caught(name: str, damage: str, tmp_path: Path) -> None:
    """All packets are as the cut claims: only pictures tell."""
    expect_wrong_frames_are_caught(name, damage, tmp_path)


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", ["keyframes every 2 s", "250 frames", "hevc", "av1"])
def test_wrong_frames_are_caught_in_what_cutting_decoded(name: str, damage: str, tmp_path: Path) -> None:
    """It decoded what it encoded, and not the source."""
    expect_wrong_frames_are_caught(name, damage, tmp_path, Stills())


def expect_wrong_frames_are_caught(name: str, damage: str, folder: Path, stills: Stills | None = None) -> None:
    case = CASES[name]
    at = case.at(PARTS[(list(DAMAGE).index(damage) + list(CASES).index(name)) % len(PARTS)])
    wrong = swapped_gop(case.source, folder / "wrong.mkv", at / FPS, lambda number: DAMAGE[damage](number, at))
    cut = case.cut(wrong, folder / "clip.mp4", stills)
    assert not failed(cut, stills)
    found = failed(cut.model_copy(update={"source": case.source}), stills)
    assert "reencoded" in found
    assert not found & {"encoded_packets", "copied_packets"}
