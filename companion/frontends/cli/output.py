"""What the CLI prints: JSON for programs, tables and sentences for people; colours only on a terminal."""

import contextlib
import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TextIO

from companion.kernel.errors import CompanionError, Failed

if TYPE_CHECKING:
    from rich.console import Console

WIDTH_WITHOUT_TERMINAL = 200
FIRST = ("id", "name", "title", "state", "text")
LONG_TEXT = 40
"""A longer text is folded in its column, so that there is room for others."""

GOOD = frozenset({"ok", "ready", "recording", "connected", "listening", "running", "open"})
POOR = frozenset({"attention", "doubtful", "stalled", "connecting", "restarting", "warn", "not_running", "stopped"})
BAD = frozenset({"failed", "fail", "unavailable", "wrong_password", "not_responding", "incompatible"})


def print_json(value: Any) -> None:
    """One JSON value on standard output."""
    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    print(json.dumps(value, indent=2, ensure_ascii=plain))


def proof_code(receipt: Mapping[str, Any] | None) -> int:
    """The exit code of a command that made a clip: that of a failure where its receipt says that it is doubtful."""
    return Failed.exit_code if receipt and not receipt["ok"] else 0


def print_error(error: CompanionError, *, as_json: bool) -> None:
    """An error: for programs on standard output, where they read, for people on standard error."""
    if as_json:
        print_json(error.as_json())
        return
    lines = [f"Error: {error.message}", *([f"  → {error.remedy}"] if error.remedy else []), f"  ({error.code})"]
    if not _has_colours(sys.stderr):
        print(*lines, sep="\n", file=sys.stderr)
        return
    console = _console(stderr=True)
    styles = ["bold red", *(["cyan"] if error.remedy else []), "dim"]
    for line, style in zip(lines, styles, strict=True):
        console.print(line, style=style, markup=False, highlight=False)


def print_value(value: Any) -> None:
    """An action's answer, for people."""
    match value:
        case None:
            print("Done.")
        case {"items": [*rows], "total": int(total)}:
            print_table(rows)
            print(f"{len(rows)} of {total}")
        case [dict(), *_]:
            print_table(value)
        case []:
            print("None.")
        case list():
            print(*[format_value("", item) for item in value], sep="\n")
        case dict():
            _print_fields(value)
        case _:
            print(format_value("", value))


def print_table(rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows with as many columns as fit."""
    if not rows:
        print("None.")
        return
    rows = [_spread(row) for row in rows]
    from rich.table import Table
    from rich.text import Text

    console = _console()
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    shown: list[list[str]] = []
    room = console.width
    for name in _in_order(rows[0]):
        if not _has_cells(name, rows):
            continue
        cells = [format_value(name, row.get(name)) for row in rows]
        room -= min(max(len(_title(name)), *(len(cell) for cell in cells)), LONG_TEXT) + 1
        if room < 0 and shown:
            break
        table.add_column(_title(name), justify="right" if _is_number(rows[0].get(name)) else "left", overflow="fold")
        shown.append(cells)
    for row in zip(*shown, strict=True):
        table.add_row(*[Text(cell, style=_style(cell)) for cell in row])
    console.print(table)


def format_value(name: str, value: Any) -> str:
    """A value in words; `name` tells its unit, as the names of fields do everywhere here."""
    match value:
        case None | "" | []:
            return "-"
        case bool():
            return "yes" if value else "no"
        case int() | float() if name.endswith("bytes"):
            return format_size(value)
        case int() | float() if name == "seconds" or name.endswith("_seconds"):
            return format_seconds(value)
        case int() | float() if name in ("ts", "since", "at") or name.endswith("_at"):
            return _local(datetime.fromtimestamp(value).astimezone())
        case float():
            return f"{value:.6g}"
        case str() if name.endswith("_at") or name == "at":
            with contextlib.suppress(ValueError):
                return _local(datetime.fromisoformat(value))
            return value
        case list() if not any(isinstance(item, dict | list) for item in value):
            return ", ".join(format_value("", item) for item in value)
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
    return str(value)


def format_size(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if abs(count) < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def format_seconds(seconds: float) -> str:
    if abs(seconds) < 60:
        return f"{seconds:.3f}".rstrip("0").rstrip(".") + " s"
    sign, whole = ("-" if seconds < 0 else ""), round(abs(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{sign}{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{sign}{minutes}:{whole % 60:02}"


def format_age(since: float) -> str:
    """How long ago a Unix time was."""
    seconds = max(0, int(time.time() - since))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _print_fields(value: Mapping[str, Any], indent: int = 0) -> None:
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = _console()
    nested = {name: item for name, item in value.items() if _is_nested(item)}
    grid = Table.grid(padding=(0, 2))
    for name in _in_order(value):
        if name not in nested and (item := value[name]) is not None:
            text = format_value(name, item)
            grid.add_row(Text(_title(name), style="dim"), Text(text, style=_style(text), overflow="fold"))
    console.print(Padding(grid, (0, 0, 0, indent), expand=False))
    for name, item in nested.items():
        console.print(Text(" " * indent + _title(name), style="bold"))
        if isinstance(item, Mapping):
            _print_fields(item, indent + 2)
        else:
            print_table(item)


def _is_nested(value: Any) -> bool:
    return bool(value) and (isinstance(value, dict) or (isinstance(value, list) and isinstance(value[0], dict)))


def _spread(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row; one that has nothing to be known by is what is in it, as a hit is of what was said."""
    if any(name in row for name in FIRST):
        return row
    inner = [item.items() if isinstance(item, Mapping) else [(name, item)] for name, item in row.items()]
    return dict(field for fields in inner for field in fields)


def _in_order(names: Iterable[str]) -> list[str]:
    """What names a thing first, the rest as it came."""
    given = list(names)
    return [*(name for name in FIRST if name in given), *(name for name in given if name not in FIRST)]


def _has_cells(name: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    values = [row.get(name) for row in rows]
    return any(value not in (None, "", []) for value in values) and not all(
        _is_nested(value) or value is None for value in values
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _title(name: str) -> str:
    for unit in ("_bytes", "_at"):
        name = name.removesuffix(unit)
    return name.replace("_", " ")


def _local(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def _style(text: str) -> str:
    return "green" if text in GOOD else "yellow" if text in POOR else "red" if text in BAD else ""


def _has_colours(stream: TextIO) -> bool:
    return stream.isatty()


def _console(*, stderr: bool = False) -> "Console":
    """Rich is imported here, when something is shown to a person: it is most of a quick command's time."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else WIDTH_WITHOUT_TERMINAL, highlight=False)
