"""Subtitles: lines that can be read, at the right times, in files that players take."""

import itertools
import json

import pytest

from companion.domain.subtitles import LINE_LETTERS, Cue, Form, cues, joined, srt, vtt, within, written
from companion.domain.transcript import Segment, TimedWord

ZERO = 1_777_636_800.0


def said(start: float, text: str, word_seconds: float = 0.4, gap: float = 0.0) -> Segment:
    words = []
    for word in text.split():
        words.append(TimedWord(start_at=ZERO + start, end_at=ZERO + start + word_seconds, text=word, confidence=0.9))
        start += word_seconds + gap
    return Segment(
        id=round(words[0].start_at * 1000),
        session_id=None,
        started_at=words[0].start_at,
        ended_at=words[-1].end_at,
        text=text,
        language="en",
        confidence=0.9,
        words=words,
    )


def test_a_sentence_is_a_cue_from_its_first_word_to_its_last() -> None:
    found = cues([said(1.0, "Nice shot! What a play it was.")], ZERO)
    assert found == [Cue(1.0, 1.8, ("Nice shot!",)), Cue(1.8, 3.8, ("What a play it was.",))]


def test_a_pause_begins_another_cue() -> None:
    segment = said(0.0, "well then")
    segment.words[1].start_at += 2
    segment.words[1].end_at += 2
    assert [cue.lines for cue in cues([segment], ZERO)] == [("well",), ("then",)]


def test_long_talk_is_at_most_two_even_lines_and_loses_no_word() -> None:
    text = " ".join(f"word{number}" for number in range(60))
    found = cues([said(0.0, text, 0.25)], ZERO)
    assert " ".join(" ".join(cue.lines) for cue in found) == text
    for cue in found:
        assert len(cue.lines) <= 2
        assert max(map(len, cue.lines)) <= LINE_LETTERS
        assert cue.end - cue.start <= 6.0
        if len(cue.lines) == 2:
            assert abs(len(cue.lines[0]) - len(cue.lines[1])) <= 8


def test_cues_follow_one_another_and_end_with_the_clip() -> None:
    found = cues([said(0.0, "One. Two. Three.", 0.1), said(0.35, "Four.", 0.1)], ZERO, end=0.9)
    for one, two in itertools.pairwise(found):
        assert one.start < one.end <= two.start
    assert found[-1].end == 0.9
    assert cues([said(5.0, "Short.", 0.1)], ZERO) == [Cue(5.0, 6.0, ("Short.",))]  # long enough to be read


def test_srt_as_players_take_it() -> None:
    text = srt([Cue(3661.5, 3663.0, ("Hello <b>", "chat & all")), Cue(3664.0, 3665.0, ("→ go",))])
    assert text == (
        "1\n01:01:01,500 --> 01:01:03,000\nHello <b>\nchat & all\n\n2\n01:01:04,000 --> 01:01:05,000\n→ go\n\n"
    )


def test_webvtt_takes_no_markup_from_what_was_said() -> None:
    [cue] = cues([said(0.0, "<i>x --> y & z")], ZERO)
    assert vtt([cue]) == "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n&lt;i&gt;x → y &amp; z\n\n"


def test_scripts_without_blanks_get_none() -> None:
    assert joined(["今日", "は", "いい", "天気", "OK", "です"]) == "今日はいい天気 OK です"
    assert joined(["nice", "shot"]) == "nice shot"


def test_only_the_words_within_a_span() -> None:
    segment = said(0.0, "one two three four", 1.0)
    [part] = within([segment], ZERO + 1.2, ZERO + 2.6)
    assert ([word.text for word in part.words], part.text) == (["two", "three"], "two three")
    assert (part.started_at, part.ended_at) == (ZERO + 1.2, ZERO + 2.6)
    assert within([segment], ZERO - 1, ZERO + 5) == [segment]
    assert within([segment], ZERO + 10, ZERO + 20) == []


@pytest.mark.parametrize("form", list(Form))
def test_nothing_said_is_an_empty_file_of_its_form(form: Form) -> None:
    content = written(form, [], ZERO)
    expected = {Form.SRT: "", Form.VTT: "WEBVTT\n\n", Form.TEXT: ""}
    if form is Form.JSON:
        assert json.loads(content) == {"began_at": ZERO, "segments": []}
    else:
        assert content == expected[form]


def test_text_and_json_have_all_of_it() -> None:
    segment = said(65.0, "Größer als 3 > 2")
    assert written(Form.TEXT, [segment], ZERO) == "[00:01:05] Größer als 3 > 2\n"
    [listed] = json.loads(written(Form.JSON, [segment], ZERO))["segments"]
    assert (listed["start"], listed["text"], len(listed["words"])) == (65.0, "Größer als 3 > 2", 5)
    assert listed["words"][1] == {"start": 65.4, "end": 65.8, "text": "als", "confidence": 0.9}


def test_a_segment_without_words_is_shown_as_a_whole() -> None:
    segment = said(1.0, "no times here").model_copy(update={"words": []})
    assert cues([segment], ZERO) == [Cue(1.0, 2.2, ("no times here",))]
