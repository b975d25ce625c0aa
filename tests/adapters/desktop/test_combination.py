"""How combinations are written, and what presses make them."""

import pytest

from companion.adapters.desktop.combination import REPEAT_SECONDS, Combination, Matcher, parse
from companion.kernel.errors import Refused

SAVE = Combination(frozenset({"ctrl", "shift"}), "f9")
PLUS = Combination(frozenset({"ctrl"}), "+")


@pytest.mark.parametrize(
    ("text", "modifiers", "key"),
    [
        ("<ctrl>+<shift>+<f9>", {"ctrl", "shift"}, "f9"),
        ("<Control>+<ALT_GR>+S", {"ctrl", "alt_gr"}, "s"),
        (" <win> + <pgup> ", {"cmd"}, "page_up"),
        ("<f24>", set(), "f24"),
        ("ä", set(), "ä"),
        ("+", set(), "+"),
        ("<ctrl>++", {"ctrl"}, "+"),
    ],
)
def test_reads_the_accepted_forms(text: str, modifiers: set[str], key: str) -> None:
    assert parse(text) == Combination(frozenset(modifiers), key)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("<ctrl>+", "empty"),
        ("ctrl+f9", "'ctrl' is no key"),
        ("<ctrl>+<f25>", "'<f25>' is no key"),
        ("<ctrl>+<ctrl_r>+a", "twice"),
        ("<ctrl>+<shift>", "exactly one key"),
        ("<ctrl>+a+b", "exactly one key"),
        ("<ctrl>+++", "empty"),
    ],
)
def test_refuses_others_with_the_reason_and_the_form(text: str, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        parse(text)
    assert caught.value.code == "invalid_keys"
    assert reason in caught.value.message
    assert "<ctrl>+<shift>+<f9>" in caught.value.remedy


def test_a_combination_is_written_as_it_is_read() -> None:
    for combination in (SAVE, PLUS):
        assert parse(str(combination)) == combination


def pressed(matcher: Matcher, *keys: str, at: float = 0.0) -> list[Combination]:
    return [made for key in keys if (made := matcher.press(key, at))]


def test_the_key_comes_last() -> None:
    matcher = Matcher([SAVE], lambda modifier: True)
    assert pressed(matcher, "f9", "ctrl", "shift") == []
    matcher.release("f9")
    assert pressed(matcher, "f9") == [SAVE]


def test_a_modifier_whose_release_was_lost_does_not_deafen_the_hotkeys() -> None:
    matcher = Matcher([SAVE], lambda modifier: modifier != "alt")
    matcher.press("alt", 0.0)  # its release was never seen: the screen was locked
    assert pressed(matcher, "ctrl", "shift", "f9", at=REPEAT_SECONDS + 1) == [SAVE]


def test_a_modifier_that_is_really_held_long_still_counts() -> None:
    matcher = Matcher([SAVE], lambda modifier: True)
    matcher.press("alt", 0.0)
    assert pressed(matcher, "ctrl", "shift", "f9", at=60.0) == []
    matcher.release("alt")
    matcher.release("f9")
    assert pressed(matcher, "f9", at=61.0) == [SAVE]


def test_a_key_whose_release_was_lost_works_again() -> None:
    matcher = Matcher([SAVE], lambda modifier: True)
    assert pressed(matcher, "ctrl", "shift", "f9") == [SAVE]
    assert pressed(matcher, "f9", at=REPEAT_SECONDS - 0.1) == []
    assert pressed(matcher, "f9", at=2 * REPEAT_SECONDS) == [SAVE]
