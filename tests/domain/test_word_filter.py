"""Filtered words are masked or left out, whole words only."""

from companion.domain.word_filter import FilterMode, WordFilter


def test_words_are_masked_whatever_their_case() -> None:
    assert WordFilter(["darn", "heck"]).apply("Darn, what the HECK") == "D***, what the H***"


def test_words_are_left_out_with_the_blank_before_them() -> None:
    assert WordFilter(["darn"], FilterMode.DROP).apply("well darn, that darn cat") == "well, that cat"


def test_a_part_of_a_word_is_no_word() -> None:
    assert WordFilter(["ass"]).apply("a class, an ass, assets") == "a class, an a**, assets"


def test_a_star_takes_all_endings_in() -> None:
    assert WordFilter(["darn*"]).apply("darned darnit undarned") == "d***** d***** undarned"


def test_a_phrase_is_found_across_blanks() -> None:
    assert WordFilter(["gosh darn"]).apply("oh gosh  darn it") == "oh g********* it"


def test_without_words_nothing_changes() -> None:
    assert WordFilter(["", " * "]).apply("* as it is *") == "* as it is *"


def test_letters_of_any_language_are_words() -> None:
    assert WordFilter(["чёрт"]).apply("Чёрт побери") == "Ч*** побери"
