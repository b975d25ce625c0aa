"""What the command line prints for people: what was said is read, in a narrow terminal too."""

import pytest

from companion.frontends.cli import output

SAID = "This is the longest talk about a boss that anybody ever had to listen to in one evening, and it goes on"
SEGMENT = {"id": 1777636800000, "session_id": None, "started_at": 1777636800.0, "text": SAID, "words": [{"text": "a"}]}


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("row", [SEGMENT, {"segment": SEGMENT, "marked": [6], "before": ""}], ids=["shown", "found"])
def test_what_was_said_is_printed_with_its_time(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, row: dict[str, object], width: int
) -> None:
    monkeypatch.setattr(output, "WIDTH_WITHOUT_TERMINAL", width)
    output.print_value({"items": [row], "more": False})
    printed = capsys.readouterr().out.split()
    assert [word for word in printed if word in SAID.split()] == SAID.split()
    assert any(word.startswith("2026-05-0") for word in printed)
    assert "1777636800000" in printed
