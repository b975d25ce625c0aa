"""A stream's clock: blocks arrive late, sound cards run fast or slow, sound is lost, and the PC sleeps."""

import random

import pytest

from companion.domain.sample_clock import SampleClock

RATE = 48_000
BLOCK = RATE // 10


def test_lateness_never_moves_a_moment() -> None:
    clock, chance, samples = SampleClock(RATE), random.Random(1), 0
    for number in range(1, 600):
        samples += BLOCK
        late = chance.choice((0.0, 0.003, 0.02, 0.05, 0.2))
        assert clock.arrived(samples, 1000.0 + number * 0.1 + late) or number < 13
    assert clock.at(samples) == pytest.approx(1000.0 + 59.9, abs=0.01)
    assert clock.lost == 0


def test_a_young_stream_whose_first_blocks_are_late_waits_for_one_in_time() -> None:
    clock, samples, told = SampleClock(RATE), 0, []
    for number in range(1, 30):
        samples += BLOCK
        told.append(clock.arrived(samples, 1000.0 + number * 0.1 + (0.4 if number < 8 else 0.0)))
    assert not any(told[:10])
    assert all(told[15:])
    assert clock.at(0) == pytest.approx(1000.0, abs=0.01), "the first ones' moment is known by the later ones"


@pytest.mark.parametrize("ppm", [-200, 200])
def test_a_card_that_runs_fast_or_slow_is_followed(ppm: int) -> None:
    clock, samples = SampleClock(RATE), 0
    period = 0.1 * (1 + ppm / 1e6)
    for number in range(1, 36_001):
        samples += BLOCK
        assert clock.arrived(samples, 1000.0 + number * period) or number < 13
    assert clock.at(samples) == pytest.approx(1000.0 + 36_000 * period, abs=0.01), "an hour later"


def test_a_stall_is_no_loss() -> None:
    clock, samples = SampleClock(RATE), 0
    for number in range(1, 50):
        samples += BLOCK
        clock.arrived(samples, 1000.0 + number * 0.1)
    answers = []
    for number in range(50, 80):
        samples += BLOCK
        # Nothing came for 3 s, then all of it within a moment.
        answers.append(clock.arrived(samples, 1008.0 + number * 0.001))
    assert False in answers
    assert answers[-1], "as soon as one is in time again, all are told"
    assert clock.lost == 0
    assert clock.at(samples) == pytest.approx(1007.9, abs=0.2)


def test_lost_sound_leaves_a_gap_in_the_positions() -> None:
    clock, samples = SampleClock(RATE), 0
    for number in range(1, 50):
        samples += BLOCK
        clock.arrived(samples, 1000.0 + number * 0.1)
    held = 0
    for number in range(50, 90):
        samples += BLOCK
        held += not clock.arrived(samples, 1003.0 + number * 0.1)
    assert 9 <= held <= 11, "a second of doubt"
    assert clock.lost / RATE == pytest.approx(3.0, abs=0.01)
    assert clock.at(samples) == pytest.approx(1003.0 + 8.9, abs=0.01)


def test_after_the_pc_slept_the_clock_is_right_again() -> None:
    clock, samples = SampleClock(RATE), 0
    for begin in (1000.0, 30_000.0):
        for number in range(1, 100):
            samples += BLOCK
            clock.arrived(samples, begin + number * 0.1)
    assert clock.at(samples) == pytest.approx(30_009.9, abs=0.01)
    assert clock.lost / RATE == pytest.approx(29_000 - 9.9, abs=0.1)


def test_a_clock_that_is_set_back_is_followed() -> None:
    clock, samples = SampleClock(RATE), 0
    for number in range(1, 100):
        samples += BLOCK
        clock.arrived(samples, 1000.0 + number * 0.1 - (40.0 if number >= 50 else 0.0))
    assert clock.at(samples) == pytest.approx(1009.9 - 40.0, abs=0.01)
