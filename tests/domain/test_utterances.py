"""Utterances: where they begin and end, and that no frame of voice falls between two."""

from itertools import pairwise

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from companion.domain.utterances import (
    AFTER,
    BEFORE,
    FRAME_SECONDS,
    LONGEST,
    ON,
    SOFT_SECONDS,
    Utterance,
    Utterances,
    voiced_span,
)

PAUSE = 14
"""Frames of 32 ms in 0.45 s."""


def heard(speech: list[float]) -> list[Utterance]:
    utterances = Utterances()
    for likely in speech:
        utterances.push(likely)
    utterances.finish()
    return utterances.ended


def test_silence_holds_no_utterance() -> None:
    assert heard([0.1] * 500) == []


def test_an_utterance_keeps_a_little_of_what_is_around_it() -> None:
    (utterance,) = heard([0.0] * 40 + [0.9] * 30 + [0.0] * 40)
    assert (utterance.start, utterance.end) == (40 - BEFORE, 70 + AFTER)
    assert utterance.voiced_seconds == pytest.approx(30 * FRAME_SECONDS)
    assert utterance.certainty == pytest.approx(0.9)
    assert len(utterance.speech) == utterance.end - utterance.start


def test_an_utterance_ends_after_the_pause_and_not_before() -> None:
    utterances = Utterances()
    for likely in [0.9] * 30 + [0.1] * (PAUSE - 1):
        utterances.push(likely)
    assert utterances.speaking
    assert utterances.ended == []
    utterances.push(0.1)
    assert not utterances.speaking
    assert len(utterances.ended) == 1


@given(st.lists(st.tuples(st.sampled_from((0.0, 0.4, 0.9)), st.integers(1, 25)), max_size=14))
def test_an_utterance_that_ends_in_a_pause_is_known_before_the_pause_is_over(
    stretches: list[tuple[float, int]],
) -> None:
    utterances, known = Utterances(), None
    for likely in (likely for likely, count in stretches for _ in range(count)):
        utterances.push(likely)
        if utterances.ended:
            assert utterances.ended.pop() == known
        known = utterances.ending()
        assert known is None or utterances.pausing


def test_a_short_pause_does_not_part_a_sentence() -> None:
    assert len(heard([0.9] * 30 + [0.1] * (PAUSE - 2) + [0.9] * 30)) == 1


def test_two_sentences_do_not_share_frames() -> None:
    first, second = heard([0.9] * 30 + [0.0] * PAUSE + [0.9] * 30)
    assert first.end <= second.start
    assert (first.number, second.number) == (0, 1)


def test_a_click_is_no_utterance() -> None:
    assert heard([0.0] * 20 + [0.9, 0.9] + [0.0] * 40) == []


def test_who_talks_on_is_cut_at_a_shorter_pause() -> None:
    first, second = heard([0.9] * round(15 / FRAME_SECONDS) + [0.0] * 9 + [0.9] * 30)
    assert first.end <= second.start


def test_who_never_pauses_is_cut_where_speech_is_least_likely() -> None:
    speech = [0.9] * LONGEST
    speech[LONGEST - 20] = 0.51
    first, second = heard(speech + [0.9] * 100)
    assert first.end == second.start == LONGEST - 20
    assert second.end == LONGEST + 100


def test_what_is_settled_reaches_to_the_utterance_that_goes_on() -> None:
    utterances = Utterances()
    for likely in [0.0] * 100:
        utterances.push(likely)
    assert utterances.settled == 100 - BEFORE
    for likely in [0.9] * 50:
        utterances.push(likely)
    assert utterances.settled == 100 - BEFORE
    utterances.finish()
    assert utterances.settled == 150


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 120)), min_size=1, max_size=40))
def test_no_voice_is_lost_and_none_is_heard_twice(runs: list[tuple[bool, int]]) -> None:
    speech = [0.9 if voiced else 0.05 for voiced, length in runs for _ in range(length)]
    found = heard(speech)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(0 < utterance.end - utterance.start <= LONGEST for utterance in found)
    covered = {frame for utterance in found for frame in range(utterance.start, utterance.end)}
    missed = [frame for frame, likely in enumerate(speech) if likely >= ON and frame not in covered]
    # Only clicks may be missing: never three frames of voice in one place.
    assert not any(frame + 1 in missed and frame + 2 in missed for frame in missed)
    for utterance in found:
        assert utterance.speech == tuple(speech[utterance.start : utterance.end])


def test_memory_does_not_grow_while_somebody_talks_for_an_hour() -> None:
    utterances = Utterances()
    for _ in range(round(3600 / FRAME_SECONDS)):
        utterances.push(0.9)
    assert len(utterances._recent) <= LONGEST
    assert len(utterances.ended) >= 3600 / 28


def test_a_word_ends_with_the_voice() -> None:
    speech = [0.0] * 10 + [0.9] * 10 + [0.0] * 20
    start, end = voiced_span(speech, 0.1, 1.2)
    assert start == pytest.approx(10 * FRAME_SECONDS - SOFT_SECONDS)
    assert end == pytest.approx(20 * FRAME_SECONDS + SOFT_SECONDS)
    assert voiced_span(speech, 0.3, 0.6) == (0.3, 0.6)
    assert voiced_span(speech, 0.8, 1.0) == (0.8, 1.0)


def test_a_click_apart_from_a_word_is_none_of_it() -> None:
    click = [0.0] * 8 + [0.55, 0.4] + [0.03] * 12  # as the voice detector hears it in silence
    speech = [*click, *[0.9] * 10, *click]
    start, end = voiced_span(speech, 0.0, len(speech) * FRAME_SECONDS)
    assert start == pytest.approx(22 * FRAME_SECONDS - SOFT_SECONDS)
    assert end == pytest.approx(32 * FRAME_SECONDS + SOFT_SECONDS)


def test_a_word_may_begin_or_end_with_a_short_sound_before_or_after_closed_lips() -> None:
    stop = [0.9, *[0.1] * 4]
    speech = [*stop, *[0.9] * 5, *reversed(stop)]
    assert voiced_span(speech, 0.0, len(speech) * FRAME_SECONDS) == (0.0, len(speech) * FRAME_SECONDS)


def test_a_word_with_nothing_but_a_click_in_it_is_where_the_click_is() -> None:
    speech = [0.0] * 10 + [0.9] + [0.0] * 20
    start, end = voiced_span(speech, 0.1, 0.9)
    assert (start, end) == pytest.approx((10 * FRAME_SECONDS - SOFT_SECONDS, 11 * FRAME_SECONDS + SOFT_SECONDS))
