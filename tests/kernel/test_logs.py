"""Logging: one line of JSON for collectors, a file beside it, and levels by the settings' words."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from companion.kernel.logs import TRACE, set_up_logging, write_logs_as


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("companion")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    root.handlers.clear()
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


def test_json_is_one_object_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("info", "json", tmp_path)
    log = logging.getLogger("companion.test")
    log.debug("not shown")
    try:
        raise ZeroDivisionError("x")
    except ZeroDivisionError:
        log.exception("two\nlines, ünïcode")
    (line,) = (tmp_path / "companion.log").read_text(encoding="utf-8").splitlines()
    entry = json.loads(line)
    assert (entry["level"], entry["logger"], entry["message"]) == ("error", "companion.test", "two\nlines, ünïcode")
    assert "ZeroDivisionError" in entry["traceback"]
    assert json.loads(capsys.readouterr().err) == entry


def test_trace_shows_what_debug_does_not(tmp_path: Path) -> None:
    set_up_logging("trace", "pretty", tmp_path)
    logging.getLogger("companion.test").log(TRACE, "a message of OBS")
    assert "TRACE" in (tmp_path / "companion.log").read_text()
    set_up_logging("error", "pretty", None)
    assert not logging.getLogger("companion.test").isEnabledFor(logging.WARNING)


def test_level_and_style_change_while_it_runs(tmp_path: Path) -> None:
    set_up_logging("error", "pretty", tmp_path)
    log = logging.getLogger("companion.test")
    log.info("not shown")
    write_logs_as("info", "json")
    log.info("shown")
    (line,) = (tmp_path / "companion.log").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["message"] == "shown"


def test_what_a_terminal_obeys_is_written_out_and_lines_stay(tmp_path: Path) -> None:
    set_up_logging("info", "pretty", tmp_path)
    try:
        raise ValueError("\x1b[2J")
    except ValueError:
        logging.getLogger("companion.test").exception("GET /\x1b]52;c;eA==\x07")
    first, *traceback = (tmp_path / "companion.log").read_text(encoding="utf-8").splitlines()
    assert first.endswith(r"GET /\x1b]52;c;eA==\x07")
    assert traceback[-1] == r"ValueError: \x1b[2J"
