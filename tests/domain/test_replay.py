"""The replay buffer's arithmetic promises less than OBS holds, never more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.domain.replay import (
    STALL_SECONDS,
    BufferOptions,
    BufferReading,
    Pulse,
    keyframe_distance,
    length_needed,
    longest_clip,
    reach,
)
from companion.domain.settings import Hotkey, Settings


def reading(frames: int) -> BufferReading:
    return BufferReading(available=True, active=True, frames=frames, seconds=frames / 30)


@given(
    handed=st.floats(0, 10_000),
    length=st.floats(5, 3600),
    distance=st.floats(0.1, 20),
    limit=st.integers(0, 2_000_000_000),
    rate=st.one_of(st.none(), st.floats(1000, 10_000_000)),
)
def test_the_reach_is_within_what_the_buffer_surely_holds(
    handed: float, length: float, distance: float, limit: int, rate: float | None
) -> None:
    far = reach(handed, BufferOptions(length, distance, limit, rate))
    assert 0 <= far <= handed
    assert far <= max(0.0, length - distance)
    if limit and rate:
        assert far <= max(0.0, limit / rate - distance)


def test_a_buffer_that_advances_is_not_stalled() -> None:
    pulse = Pulse(0.0)
    for second in range(60):
        pulse.take(reading(second * 30 + 1), float(second))
        assert not pulse.stalled
        assert pulse.beating
    assert pulse.whole_seconds(reading(1800)) == pytest.approx(60)


def test_a_frozen_obs_that_makes_up_for_it_has_lost_nothing() -> None:
    pulse = Pulse(0.0)
    for second in range(1, 11):
        pulse.take(reading(second * 30), float(second))
    pulse.take(reading(300), 16.0)
    assert pulse.stalled
    pulse.take(reading(390), 16.5)  # it hands over what is missing, faster than time
    assert pulse.whole_seconds(reading(390)) == 0
    pulse.take(reading(510), 17.0)
    assert not pulse.stalled
    assert pulse.whole_seconds(reading(510)) == pytest.approx(17)


def test_a_pause_leaves_a_hole_for_good() -> None:
    pulse = Pulse(0.0)
    for second in range(1, 11):
        pulse.take(reading(second * 30), float(second))
    for second in range(11, 21):
        pulse.take(reading(300), float(second))
    for second in range(21, 31):
        pulse.take(reading((second - 10) * 30), float(second))
    assert pulse.whole_seconds(reading(600)) == pytest.approx(9)


def test_a_buffer_without_progress_stalls_and_counts_anew_afterwards() -> None:
    pulse = Pulse(0.0)
    pulse.take(reading(300), 0.0)
    pulse.take(reading(300), STALL_SECONDS - 0.1)
    assert not pulse.stalled
    pulse.take(reading(300), STALL_SECONDS)
    stalled = [pulse.stalled]
    pulse.take(reading(330), STALL_SECONDS + 1)
    stalled.append(pulse.stalled)
    assert stalled == [True, False]
    assert pulse.whole_seconds(reading(390)) == pytest.approx(2)


def test_no_answer_counts_as_no_progress() -> None:
    pulse = Pulse(0.0)
    pulse.take(reading(30), 0.0)
    pulse.miss(STALL_SECONDS - 0.1)
    assert not pulse.stalled
    pulse.miss(STALL_SECONDS)
    assert pulse.stalled


def test_a_buffer_that_never_gets_a_frame_does_not_beat() -> None:
    pulse = Pulse(0.0)
    for second in range(6):
        pulse.take(reading(0), float(second))
    assert not pulse.beating
    pulse.take(reading(1), 6.0)
    assert pulse.beating


@pytest.mark.parametrize(
    ("options", "seconds"),
    [
        ("", 250 / 30),
        ("keyint=60", 2.0),
        ("bframes=2 keyint=90 scenecut=0", 3.0),
        ("g=30", 1.0),
        ("keyint=infinite", 250 / 30),
        ("keyint=0", 250 / 30),
        ("min-keyint=60", 250 / 30),
    ],
)
def test_the_keyframe_distance_is_read_from_the_encoder_s_options(options: str, seconds: float) -> None:
    assert keyframe_distance(30, options) == pytest.approx(seconds)


def test_the_longest_clip_counts_menu_and_hotkeys_but_no_other_action() -> None:
    settings = Settings(
        clip_lengths=[15, 30],
        hotkeys=[
            Hotkey(keys="<f9>", action="clip.save", arguments={"seconds": 45}),
            Hotkey(keys="<f8>", action="session.start", arguments={"seconds": 900}),
            Hotkey(keys="<f7>", action="clip.save", arguments={"seconds": "lots"}),
        ],
    )
    assert longest_clip(settings) == 45
    assert length_needed(settings, 250 / 30) == 54
