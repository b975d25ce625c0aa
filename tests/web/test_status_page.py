"""The page Status in a real browser: what can be put right from there, and plots that show what was measured."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from companion.domain.events import ObsStatsMeasured
from companion.kernel.status import Health
from tests.web.person import at_the_page
from tests.web.shelf import Shelf, serving

pytestmark = pytest.mark.real

# Of the plot with this title: the stretches of its line, each as its points, in hundredths of the width and height.
LINE = """
const plot = [...document.querySelectorAll('.plot')].find(one => one.innerText.includes(arguments[0]));
const {width, height} = plot.querySelector('svg').viewBox.baseVal;
return plot.querySelector('path').getAttribute('d').split('M').slice(1).map(stretch => stretch.split('L').map(point => {
  const [x, y] = point.split(',').map(Number);
  return [x / width * 100, 100 - y / height * 100];
}));
"""


@pytest.fixture
async def shelf(tmp_path: Path, built: Path) -> AsyncIterator[Shelf]:
    async with serving(tmp_path) as found:
        yield found


def measured(shelf: Shelf, at: float, **values: Any) -> None:
    """OBS at 30 frames a second, having done a thousand frames each second since the epoch."""
    usual = {"cpu_percent": 25.0, "memory_mb": 300.0, "fps": 30.0, "free_disk_mb": 90_000.0}
    frames = {"render_lagged_frames": 0, "output_skipped_frames": 0}
    totals = dict.fromkeys(("render_total_frames", "output_total_frames"), round(at * 1000))
    shelf.statistics.take(at, ObsStatsMeasured(**{**usual, **frames, **totals, **values}))


async def test_each_remedy_within_the_app_is_a_button_and_others_are_words(shelf: Shelf) -> None:
    report = shelf.board.set
    report("voice", "partly", Health.ATTENTION, "One phrase is not understood.", "Correct the setting `voice_phrases`.")
    report("captions", "unknown_input", Health.ATTENTION, "Which input?", "Choose it: `obs_microphone`.")
    report("hotkeys", "none", Health.OFF, "No hotkeys are set.", "Add some to the setting `hotkeys`.")
    report("instant replay", "file_missing", Health.ATTENTION, "The video is gone.", "It was moved or deleted.")
    report("devices", "waiting", Health.ATTENTION, "1 wait.", "Compare the number: `companion pairing show`.")
    report("secrets", "failed", Health.ATTENTION, "The keyring cannot be used.", "Look: `companion status`.")
    async with at_the_page(shelf.link("status")) as person:
        await person.find(".components li", "Secrets")
        script = """
        return [...document.querySelectorAll('.components li')].flatMap(row =>
          [...row.querySelectorAll('a')].map(way => [row.querySelector('b').innerText, way.getAttribute('href')]));
        """
        assert dict(await person.run(script)) == {
            "Spoken commands": "#/settings/voice",
            "Captions": "#/settings/speech",
            "Hotkeys": "#/settings/desktop",
            "Instant replay": "#/clips",
            "Paired phones": "#/devices",
        }
        rows = await person.reads(".components li")
        assert ["Secrets" in row for row in rows if "`companion" in row] == [True]


async def test_a_plot_covers_the_time_that_was_measured_to_a_scale(shelf: Shelf) -> None:
    now = time.time()
    for seconds in (40, 30, 20, 10, 0):
        measured(shelf, now - seconds, fps=60.0 - seconds / 2)
    async with at_the_page(shelf.link("status")) as person:
        await person.find(".plot", "Frame rate")
        [stretch] = await person.run(LINE, "Frame rate")
        assert [round(y) for _, y in stretch[1:]] == [40, 45, 50, 55, 60], "of a scale to 100"
        assert [x for x, _ in stretch[1:]] == sorted(x for x, _ in stretch[1:])
        assert stretch[0][0] == 0
        assert stretch[-1][0] > 50
        [times] = {text.split("\n")[0] for text in await person.reads(".plot .times")}
        assert 40 <= int(times.removesuffix(" s ago")) < 100
        assert (await person.reads(".plot .scale"))[0].split() == ["100", "50", "0"]


async def test_no_line_is_drawn_while_obs_was_away_and_bad_figures_have_a_sign(shelf: Shelf) -> None:
    now = time.time()
    for seconds in (1800, 1790, 1780, 900, 10, 5, 0):
        measured(shelf, now - seconds, output_skipped_frames=800 if seconds == 0 else 0)
    async with at_the_page(shelf.link("status")) as person:
        await person.find(".plot", "Frame rate")
        stretches = await person.run(LINE, "Frame rate")
        assert [len(one) - 1 for one in stretches] == [3, 1, 3]
        assert stretches[1][0][0] == pytest.approx(50, abs=3)
        script = "return [...document.querySelectorAll('.plot:has(.icon)')].map(one => one.innerText)"
        warned = await person.run(script)
        assert [text.partition("\n")[0] for text in warned] == ["Frames skipped in encoding"]
