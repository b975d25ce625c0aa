"""Text that the sound does not support is not shown; what was said is."""

import pytest

from companion.domain.evidence import Evidence, cut_loops, plain, supported
from companion.domain.speech import Word

SPOKEN = Evidence(voiced_seconds=2.0, certainty=0.95, no_speech=0.05)
BREATH = Evidence(voiced_seconds=0.2, certainty=0.6, no_speech=0.4)


def words(text: str, confidence: float = 0.9, seconds: float = 0.3) -> list[Word]:
    return [Word(at * seconds, (at + 1) * seconds, part, confidence) for at, part in enumerate(text.split())]


def text(found: tuple[Word, ...]) -> str:
    return " ".join(word.text for word in found)


def test_an_ordinary_sentence_stays_as_it_is() -> None:
    said = words("No way, that was the boss fight!")
    assert supported(said, SPOKEN) == tuple(said)


@pytest.mark.parametrize(
    "phantom",
    ["Thank you.", "you", "Thanks for watching!", "Untertitel der Amara.org-Community", "ご視聴ありがとうございました"],
)
def test_a_phantom_phrase_needs_a_voice_that_said_it(phantom: str) -> None:
    assert supported(words(phantom), BREATH) == ()
    assert text(supported(words(phantom), Evidence(3.0, 0.95, 0.02))) == phantom


def test_a_phantom_phrase_needs_confidence() -> None:
    assert supported(words("Thank you.", confidence=0.45), SPOKEN) == ()
    assert supported(words("Shank you.", confidence=0.45), SPOKEN) != ()


def test_hints_alone_are_no_text_without_evidence() -> None:
    assert supported(words("Gronkh, Elden Ring"), BREATH, hints=("Gronkh", "Elden Ring")) == ()
    assert supported(words("Gronkh, Elden Ring"), SPOKEN, hints=("Gronkh", "Elden Ring")) != ()
    assert supported(words("now"), Evidence(0.2, 0.6, 0.1), hints=("Gronkh",)) != ()


def test_nobody_speaks_that_fast() -> None:
    sentence = "and then we went over there to see what the others were doing all the time"
    assert supported(words(sentence), Evidence(0.5, 0.9, 0.1)) == ()
    assert supported(words(sentence), Evidence(3.5, 0.9, 0.1)) != ()


def test_a_window_without_speech_needs_more_than_a_guess() -> None:
    assert supported(words("he was there", confidence=0.3), Evidence(1.0, 0.9, 0.8)) == ()
    assert supported(words("he was there", confidence=0.3), Evidence(1.0, 0.9, 0.2)) != ()
    assert supported(words("he was there", confidence=0.1), Evidence(1.0, 0.9, 0.2)) == ()


def test_no_voice_is_no_text() -> None:
    assert supported(words("hello"), Evidence(0.0, 0.0, 0.0)) == ()
    assert supported(words("..."), SPOKEN) == ()
    assert supported([], SPOKEN) == ()
    assert supported(words("hello"), Evidence(1.0, 0.52, 0.1)) == ()


def test_a_phrase_that_turns_and_turns_is_cut_to_once() -> None:
    said = words("well " + "let's go back, " * 9 + "now")
    assert text(cut_loops(said)) == "well let's go back, now"


def test_what_people_do_repeat_stays() -> None:
    said = words("no no no no no let's go let's go let's go stop")
    assert cut_loops(said) == tuple(said)


def test_a_word_that_turns_and_turns_is_cut_to_a_few() -> None:
    assert text(cut_loops(words("oh " + "no " * 40 + "stop"))) == "oh no no no no stop"


def test_a_word_of_syllables_without_end_is_shortened() -> None:
    assert text(cut_loops(words("a" + "ha" * 100 + "!"))) == "a" + "ha" * 3 + "!"
    assert text(cut_loops(words("Mississippi"))) == "Mississippi"


def test_plain_text_compares_across_case_marks_and_blanks() -> None:
    assert plain("  Thank\tYOU,  very-much! ") == "thank you verymuch"
    assert plain("«Ça va?»") == "ça va"
    assert plain("...") == ""
