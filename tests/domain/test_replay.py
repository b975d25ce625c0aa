"""The replay buffer's arithmetic promises less than OBS holds, never more."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.domain.phrases import VoicePhrase
from companion.domain.replay import (
    HIGHEST_BYTES_PER_SECOND,
    MEGABYTE,
    STALL_SECONDS,
    BufferOptions,
    BufferReading,
    Pulse,
    Rate,
    is_sure,
    keyframe_distance,
    length_needed,
    limit_needed,
    longest_clip,
    reach,
    save_bytes,
    shortage,
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


@given(
    length=st.floats(20, 3600),
    limit=st.integers(100 * MEGABYTE, 2_000_000_000),
    rate=st.floats(10_000, 20_000_000),
    distance=st.floats(0.1, 5),
)
def test_save_after_save_tells_the_same_reach(length: float, limit: int, rate: float, distance: float) -> None:
    known, reaches = Rate(), []
    for _ in range(5):
        held = min(length, limit / rate)
        known.take(round(held * rate), held, distance)
        reaches.append(reach(9999, BufferOptions(length, distance, limit, known.bytes_per_second)))
    assert reaches == pytest.approx([max(0.0, held - distance)] * 5, abs=0.01)


def test_the_busiest_file_counts_but_none_of_few_key_frames_once_there_is_a_longer_one() -> None:
    assert rate_of((0, 10.0), (1000, 0.0)) is None
    assert rate_of((9_000_000, 3.0)) == 3_000_000
    assert rate_of((9_000_000, 3.0), (20_000_000, 10.0)) == 2_000_000
    assert rate_of((20_000_000, 10.0), (9_000_000, 3.0), (10_000_000, 10.0)) == 2_000_000
    assert rate_of((20_000_000, 10.0), (25_000_000, 10.0)) == 2_500_000


def rate_of(*files: tuple[int, float]) -> float | None:
    """What files of such sizes and lengths tell, whose key frames are 2 s apart."""
    rate = Rate()
    for size_bytes, seconds in files:
        rate.take(size_bytes, seconds, 2.0)
    return rate.bytes_per_second


def test_a_size_limit_leaves_the_reach_unsure_until_the_rate_is_known() -> None:
    limited = BufferOptions(120, 4, 512 * MEGABYTE)
    assert is_sure(20, limited), "no recording fills 512 MB so soon"
    assert not is_sure(60, limited)
    assert is_sure(60, BufferOptions(120, 4, 512 * MEGABYTE, 12_000_000))
    assert is_sure(9999, BufferOptions(120, 4))
    enough = limit_needed(120, None, 8192) * MEGABYTE
    assert is_sure(9999, BufferOptions(120, 4, enough))


def test_the_limit_that_is_set_holds_the_length_at_any_rate_but_takes_no_more_memory_than_it_may() -> None:
    limit = limit_needed(60, None, 8192)
    assert limit * MEGABYTE >= 60 * HIGHEST_BYTES_PER_SECOND
    assert limit_needed(60, 40_000_000, 8192) * MEGABYTE >= 60 * 40_000_000
    assert limit_needed(600, None, 2048) == 2048


def test_what_is_too_short_is_said_and_whether_enabling_mends_it() -> None:
    settings = Settings(clip_lengths=[60.0])
    assert shortage(settings, BufferOptions(64, 4), 4096) is None
    short = shortage(settings, BufferOptions(63, 4), 4096)
    assert short
    assert short.text == "It is 63 s long; clips of 60 s need 64 s. `companion replay enable` sets that."
    assert short.mendable
    assert shortage(settings, BufferOptions(120, 4, 512 * MEGABYTE), 4096) is None, "nothing tells that it does not fit"
    small = shortage(settings, BufferOptions(120, 4, 512 * MEGABYTE, 12_000_000), 4096)
    assert small
    assert small.text.startswith("OBS limits it to 512 MB, which hold 44 s; clips of 60 s need 64 s. `companion replay")
    assert small.mendable
    largest = shortage(settings, BufferOptions(120, 4, 512 * MEGABYTE, 12_000_000), 512)
    assert largest
    assert "lower recording quality" in largest.text
    assert not largest.mendable


def test_a_save_is_no_larger_than_the_size_limit() -> None:
    assert save_bytes(BufferOptions(120, 4, 512 * MEGABYTE, 12_000_000)) == 512 * MEGABYTE
    assert save_bytes(BufferOptions(20, 4, 512 * MEGABYTE, 12_000_000)) == 240_000_000
    assert save_bytes(BufferOptions(20, 4)) == 20_000_000


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


ASKED: list[tuple[dict[str, Any], float]] = [
    ({"seconds": 45}, 45),
    ({}, 30),
    ({"after": 20}, 50),
    ({"seconds": 45, "after": 20}, 65),
    ({"seconds": 45, "after": "{duration}"}, 45),
    ({"seconds": "{duration}", "after": 90}, 15),
]
"""Arguments of `clip.save`, and the longest clip where 15 s are offered; what is only said later is not known."""


@pytest.mark.parametrize(("arguments", "seconds"), ASKED)
def test_the_longest_clip_counts_what_a_hotkey_or_a_phrase_asks_for(arguments: dict[str, Any], seconds: float) -> None:
    hotkey = Hotkey(keys="<f9>", action="clip.save", arguments=arguments)
    phrase = VoicePhrase(phrase="clip it", action="clip.save", arguments=arguments)
    only_menu = Settings(clip_lengths=[15], hotkeys=[], voice_phrases=[])
    assert longest_clip(only_menu) == 15
    assert longest_clip(only_menu.model_copy(update={"hotkeys": [hotkey]})) == seconds
    assert longest_clip(only_menu.model_copy(update={"voice_phrases": [phrase]})) == seconds
    assert longest_clip(only_menu.model_copy(update={"voice_phrases": [phrase], "voice_on": False})) == 15


def test_of_no_other_action_the_seconds_count() -> None:
    other = {"action": "session.start", "arguments": {"seconds": 900}}
    settings = Settings(
        clip_lengths=[45], hotkeys=[Hotkey(keys="<f8>", **other)], voice_phrases=[VoicePhrase(phrase="begin", **other)]
    )
    assert longest_clip(settings) == 45
    assert length_needed(settings, 250 / 30) == 54
