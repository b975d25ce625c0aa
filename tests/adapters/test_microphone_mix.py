"""Several channels to one: the voice comes out as loud as it went in, whatever else the interface has."""

import numpy as np
import pytest

from companion.adapters.microphone.mix import Mix

RATE = 48_000


def blocks(channels: dict[int, float], count: int, seconds: float = 2.0) -> list[np.ndarray]:
    """A tone on some of `count` channels (amplitude by channel) and faint noise on all, in blocks of 0.1 s."""
    chance = np.random.default_rng(1)
    moments = np.arange(round(seconds * RATE)) / RATE
    sound = chance.normal(0, 3, (len(moments), count))
    for channel, amplitude in channels.items():
        sound[:, channel] += np.sin(2 * np.pi * 300 * moments) * amplitude
    return np.array_split(np.clip(np.rint(sound), -32768, 32767).astype(np.int16), round(seconds * 10))


def peak(mix: Mix, given: list[np.ndarray]) -> float:
    return max(float(np.abs(mix.down(block)).max()) for block in given[len(given) // 2 :])


@pytest.mark.parametrize(("count", "on"), [(1, 0), (2, 0), (2, 1), (8, 0), (8, 5), (32, 31)])
def test_one_microphone_on_any_channel_keeps_its_loudness(count: int, on: int) -> None:
    mix, given = Mix(RATE, count), blocks({on: 16000.0}, count)
    for block in given[: len(given) // 2]:
        mix.down(block)
    assert peak(mix, given) == pytest.approx(16000 / 32768, rel=0.02)


def test_a_stereo_microphone_is_averaged() -> None:
    assert peak(Mix(RATE, 2), blocks({0: 16000.0, 1: 8000.0}, 2)) == pytest.approx(12000 / 32768, rel=0.02)


def test_the_channel_stays_chosen_through_a_pause() -> None:
    mix = Mix(RATE, 8)
    for block in blocks({3: 16000.0}, 8, 3.0):
        mix.down(block)
    for block in blocks({}, 8, 20.0):
        mix.down(block)
    first = mix.down(blocks({3: 16000.0}, 8, 1.0)[0])
    assert float(np.abs(first).max()) == pytest.approx(16000 / 32768, rel=0.02), "the first word is not swallowed"


def test_it_forgets_by_the_time_whatever_the_blocks() -> None:
    """A voice comes back as soon after something louder on another channel."""
    heard = []
    for joined in (1, 4):
        mix = Mix(RATE, 2)
        mix.down(blocks({0: 30000.0}, 2, 1.0)[0])
        rest = blocks({1: 4000.0}, 2, 60.0)
        for at in range(0, len(rest), joined):
            last = mix.down(np.concatenate(rest[at : at + joined]))
        heard.append(float(np.abs(last).max()))
    assert heard[0] == pytest.approx(heard[1], rel=0.02)
    assert heard[0] > 1000 / 32768


def test_a_change_makes_no_click() -> None:
    mix = Mix(RATE, 2)
    mono = np.concatenate([mix.down(block) for block in [*blocks({0: 9000.0}, 2), *blocks({1: 9000.0}, 2)]])
    steps = np.abs(np.diff(mono))
    assert steps.max() < 4 * np.percentile(steps, 99)


def test_loudest_sound_stays_within_bounds() -> None:
    block = np.full((4800, 2), -32768, np.int16)
    assert Mix(RATE, 2).down(block).min() == -1.0
