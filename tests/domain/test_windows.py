"""Windows on a file's timeline: clamping, pauses, and the way back to the clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.domain.windows import Placed, Stretch, Window, place, time_of

BUFFER = [Stretch(start_at=100.0, start=0.0, seconds=20.0)]
PAUSED = [Stretch(100.0, 0.0, 10.0), Stretch(150.0, 10.0, 10.0)]


@pytest.mark.parametrize(
    ("window", "stretches", "expected"),
    [
        (Window(105, 115), BUFFER, Placed(5, 15, 0, 0)),
        (Window(90, 110), BUFFER, Placed(0, 10, 10, 0)),
        (Window(110, 125), BUFFER, Placed(10, 20, 0, 5)),
        (Window(80, 130), BUFFER, Placed(0, 20, 20, 10)),
        (Window(105, 155), PAUSED, Placed(5, 15, 0, 0)),
        (Window(120, 155), PAUSED, Placed(10, 15, 0, 0)),
    ],
)
def test_a_window_is_placed_and_what_is_missing_is_said(
    window: Window, stretches: list[Stretch], expected: Placed
) -> None:
    assert place(window, stretches) == expected


@pytest.mark.parametrize("window", [Window(10, 20), Window(200, 210), Window(111, 149)])
def test_a_window_outside_is_nowhere(window: Window) -> None:
    assert place(window, PAUSED) is None
    assert place(window, []) is None


@given(start=st.floats(100, 119), seconds=st.floats(0.1, 30))
def test_time_on_the_file_and_on_the_clock_agree(start: float, seconds: float) -> None:
    placed = place(Window(start, start + seconds), BUFFER)
    assert placed is not None
    assert time_of(placed.start, BUFFER) == pytest.approx(start)
    assert placed.end - placed.start + placed.missing_start + placed.missing_end == pytest.approx(seconds)


def test_the_clock_jumps_over_a_pause() -> None:
    assert time_of(9.0, PAUSED) == 109.0
    assert time_of(12.0, PAUSED) == 152.0
