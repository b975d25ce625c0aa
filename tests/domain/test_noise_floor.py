"""What stands out from a room's noise, by the strength of its blocks of a tenth of a second."""

import itertools
from collections.abc import Iterable

import numpy as np
import pytest

from companion.domain.noise_floor import LASTS_BLOCKS, NoiseFloor

CHANCE = np.random.default_rng(5)


def noise(strength: float, seconds: float) -> list[float]:
    return [float(strength * one) for one in CHANCE.uniform(0.7, 1.3, round(seconds * 10))]


def standing_out(blocks: Iterable[float]) -> list[bool]:
    floor = NoiseFloor()
    return [floor.stands_out(strength) for strength in blocks]


@pytest.mark.parametrize("strength", [0.0, 0.0001, 0.01, 0.3])
def test_steady_noise_soon_does_not(strength: float) -> None:
    told = standing_out(noise(strength, 60))
    assert not any(told[120:])


def test_what_is_heard_first_is_not_held_back() -> None:
    assert all(standing_out(noise(0.01, LASTS_BLOCKS / 10 - 0.1)))


@pytest.mark.parametrize("strength", [0.001, 0.01, 0.05])
def test_speech_does_at_once_through_its_pauses_and_for_a_second_after(strength: float) -> None:
    syllables = [5 * strength, 9 * strength, 4 * strength, strength]
    speech = [*itertools.chain.from_iterable(itertools.repeat(syllables, 50)), *noise(strength, 0.5), 6 * strength]
    told = standing_out([*noise(strength, 30), *speech, *noise(strength, 5)])
    begin, end = 300, 300 + len(speech)
    assert not told[begin - 1]
    assert all(told[begin : end + LASTS_BLOCKS - 1])
    assert not any(told[end + LASTS_BLOCKS :])


def test_noise_that_became_louder_stands_out_for_seconds_alone() -> None:
    told = standing_out([*noise(0.003, 30), *noise(0.1, 30)])
    assert told[300]
    assert not any(told[400:])
