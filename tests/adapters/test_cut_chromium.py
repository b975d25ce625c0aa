"""The seams of a clip in a real Chromium: every frame is stepped to, and the whole is played."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from companion.adapters.media.cut import cut
from companion.domain.cut import CutMethod
from tests.adapters.cut_check import numbers_and_times
from tests.chromium import Player, chromium
from tests.media import cached_video, ffmpeg

pytestmark = pytest.mark.real

WINDOWS: dict[str, tuple[dict[str, Any], CutMethod]] = {
    "h264": ({}, CutMethod.SMART),
    "h264 from ts": ({"suffix": ".ts"}, CutMethod.SMART),
    "h264 variable rate": ({"vfr": True}, CutMethod.SMART),
    "h264 10 bit": ({"pix_fmt": "yuv420p10le"}, CutMethod.SMART),
    "h264 without b-frames": ({"bframes": 0}, CutMethod.SMART),
    "h264 whole": ({"gop": 1000}, CutMethod.REENCODE),
    "av1": ({"codec": "av1"}, CutMethod.SMART),
    "av1 10 bit": ({"codec": "av1", "pix_fmt": "yuv420p10le"}, CutMethod.SMART),
}


@pytest.fixture(scope="module")
def player(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Player, Path]]:
    folder = tmp_path_factory.mktemp("pages")
    (folder / "index.html").write_text("<!doctype html><title>clips</title><body></body>")
    with chromium(folder) as page:
        yield page, folder


@pytest.mark.parametrize("name", WINDOWS)
def test_every_frame_across_the_seams(name: str, player: tuple[Player, Path]) -> None:
    page, folder = player
    parameters, method = WINDOWS[name]
    source = cached_video(**{"suffix": ".mkv", "seconds": 6, **parameters})
    start, end = 1.45, 4.55
    made = cut(source, folder / f"{name.replace(' ', '-')}.mp4", start, end, ffmpeg=ffmpeg())
    assert made.method is method
    numbers, times = numbers_and_times(source)
    window = [(n, t - made.start) for n, t in zip(numbers, times, strict=True) if start <= t < end]
    wanted = [number for number, _ in window]
    shown = [time for _, time in window]
    ends = [*shown[1:], made.end - made.start]

    loaded = page.load(made.path.name)
    assert (loaded["width"], loaded["height"]) == (640, 360)
    # The sound's last packet may end a little after the picture.
    assert loaded["duration"] == pytest.approx(made.end - made.start, abs=0.03)
    # Of a variable rate Chromium takes a frame's length from decoding times: seeking late into a long frame shows the
    # next one, in uncut files too.
    part = 0.1 if parameters.get("vfr") else 0.5
    assert page.numbers_at([a + part * (b - a) for a, b in zip(shown, ends, strict=True)]) == wanted
    played = page.play(0.5)
    assert played == sorted(played)
    assert set(played) <= set(wanted)
    # A busy machine may drop a frame on its screen, but a seam that stops the player loses many.
    assert len(set(played)) > 0.7 * len(wanted)


def test_the_start_of_an_open_gop(player: tuple[Player, Path]) -> None:
    page, folder = player
    source = cached_video(".mkv", seconds=6, open_gop=True)
    made = cut(source, folder / "open.mp4", 2, 4, ffmpeg=ffmpeg())
    assert made.method is CutMethod.COPY
    page.load(made.path.name)
    assert page.numbers_at([(number + 0.5) / 30 for number in range(60)]) == list(range(60, 120))
