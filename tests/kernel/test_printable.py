"""What is shown of text that a stranger wrote."""

import pytest

from companion.kernel.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]52;c;aGk=\x07", r"\x1b]52;c;aGk=\x07"),
        ("\x1b[2J\x9b2J", r"\x1b[2J\x9b2J"),
        ("a\r\nb\tc\x00", r"a\r\nb\tc\x00"),
        ("safe\u202etxt.exe\u200b\ufeff", r"safe\u202etxt.exe\u200b\ufeff"),
        ("half \udcff", r"half \udcff"),
        ("line\u2028end", r"line\u2028end"),
    ],
)
def test_what_commands_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown, "what is written out is not written out again"


@pytest.mark.parametrize(
    "text", ["Ünï ß", "日本語", "العربية", "هم\u200cچنین", "क्\u200dष", "👩🏽‍🚀 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "back\\slash"]
)
def test_what_people_write_stays(text: str) -> None:
    assert printable(text) == text


def test_lines_stay_where_there_may_be_lines() -> None:
    assert printable("a\n\tb\r", keep="\n\t") == "a\n\tb\\r"
