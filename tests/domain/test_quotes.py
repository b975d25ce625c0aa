"""Which words a quote is: the sentence or thought, with the silence around it, and nothing of its neighbours."""

import pytest

from companion.domain.quotes import LEAD_SECONDS, TAIL_SECONDS, score, telling, thought, weight
from companion.domain.transcript import TimedWord
from tests.domain.test_subtitles import said

Words = list[TimedWord]


def talk(*parts: tuple[float, str]) -> Words:
    """Words, each half a second, from the parts' beginnings on."""
    return [
        TimedWord(start_at=start + place / 2, end_at=start + place / 2 + 0.5, text=word, confidence=1.0)
        for start, text in parts
        for place, word in enumerate(text.split())
    ]


def quoted(words: Words, first: str, last: str | None = None) -> tuple[str, float, float]:
    texts = [word.text for word in words]
    window = thought(words, texts.index(first), texts.index(last or first))
    inside = [word.text for word in words if word.start_at >= window.start_at and word.end_at <= window.end_at]
    return " ".join(inside), window.start_at, window.end_at


def test_a_sentence_is_taken_whole_with_the_air_around_it() -> None:
    words = talk((0, "We are live now."), (10, "The boss is next and it is hard."), (20, "Good game."))
    text, start, end = quoted(words, "boss")
    assert text == "The boss is next and it is hard."
    assert (start, end) == (10 - LEAD_SECONDS, 14 + TAIL_SECONDS)


def test_without_punctuation_a_pause_ends_it() -> None:
    words = talk((0, "we are live now"), (3.2, "the boss is next and it is hard"), (9, "good game"))
    assert quoted(words, "boss")[0] == "the boss is next and it is hard"


def test_of_a_neighbour_that_follows_at_once_nothing_is_heard() -> None:
    words = talk((0, "That was it. Now the boss is next for all of us. Then we go."))
    text, start, end = quoted(words, "boss")
    assert text == "Now the boss is next for all of us."
    assert (start, end) == (1.5, 6.0)


def test_a_short_sentence_is_told_with_what_was_said_right_before() -> None:
    words = talk((0, "I will never forget this run."), (3.2, "The boss!"), (9, "Well."))
    assert quoted(words, "boss!")[0] == "I will never forget this run. The boss!"
    alone = talk((0, "I will never forget this run."), (5, "The boss!"), (9, "Well."))
    assert quoted(alone, "boss!")[0] == "The boss!"


def test_endless_talk_is_cut_to_a_length_that_can_be_watched() -> None:
    words = talk((0, " ".join(f"word{number}" for number in range(200))))
    text, start, end = quoted(words, "word100")
    assert "word100" in text.split()
    assert 25 < end - start <= 31


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("what I said about the boss", ["boss"]),
        ("Clip what I said about the boss fight!", ["boss", "fight"]),
        ("was ich über den Boss gesagt habe", ["boss"]),
        ("what is it about", ["what", "is", "it", "about"]),
        ("🎮", []),
    ],
)
def test_what_a_question_is_about(question: str, words: list[str]) -> None:
    assert telling(question) == words


def test_rare_words_and_the_very_phrase_count_more() -> None:
    weights = {"boss": weight(3), "game": weight(5000), "fight": weight(40)}
    phrase = ["boss", "fight"]
    rare, common = score(said(0, "the boss"), weights, phrase), score(said(0, "the game"), weights, phrase)
    assert rare > common > 0
    assert score(said(0, "boss fight"), weights, phrase) > score(said(0, "fight the boss"), weights, phrase)
    assert score(said(0, "nothing"), weights, phrase) == 0
