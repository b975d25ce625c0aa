"""What the CLI prints: JSON for programs, tables and sentences for people; colours only on a terminal."""

import contextlib
import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TextIO

from companion.kernel.errors import CompanionError, Failed
from companion.kernel.printable import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

WIDTH_WITHOUT_TERMINAL = 200
FIRST = ("id", "name", "title", "state")
ESSENTIAL = (
    *("id", "name", "title", "text", "what", "outcome", "state", "scope", "value", "action"),
    *("at", "started_at", "trigger_at", "taken_at", "actor", "steps", "seconds", "online", "last_seen_at"),
    *("revoked_at", "address"),
)
"""The columns that a narrow terminal shows, by their importance; the others are shown where there is room."""
NARROWEST = 16
"""So many letters a column has at least that is wrapped."""
WIDE = 40
"""So many it has at least where what is less essential stands beside it."""
GAP = 2

GOOD = frozenset({"ok", "ready", "recording", "connected", "listening", "running", "open"})
POOR = frozenset({"attention", "doubtful", "stalled", "connecting", "restarting", "warn", "not_running", "stopped"})
BAD = frozenset({"failed", "fail", "unavailable", "wrong_password", "not_responding", "incompatible"})


def print_json(value: Any) -> None:
    """One JSON value on standard output."""
    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    text = json.dumps(value, indent=2, ensure_ascii=plain)
    # JSON itself writes only the oldest of the signs out that a terminal obeys.
    print(text if printable(text, keep="\n") == text else json.dumps(value, indent=2))


def proof_code(receipt: Mapping[str, Any] | None) -> int:
    """The exit code of a command that made a clip: that of a failure where its receipt says that it is doubtful."""
    return Failed.exit_code if receipt and not receipt["ok"] else 0


def say(text: str, *, to: TextIO | None = None) -> None:
    """Lines for people; what is in them may come from anywhere."""
    print(printable(text, keep="\n\t"), file=to)


def as_text(text: str, style: str = "") -> "Text":
    """The same, for a table."""
    from rich.text import Text

    return Text(printable(text, keep="\n\t"), style=style)


def print_error(error: CompanionError, *, as_json: bool) -> None:
    """An error: for programs on standard output, where they read, for people on standard error."""
    if as_json:
        print_json(error.as_json())
        return
    lines = [f"Error: {error.message}", *([f"  → {error.remedy}"] if error.remedy else []), f"  ({error.code})"]
    if not _has_colours(sys.stderr):
        say("\n".join(lines), to=sys.stderr)
        return
    console = _console(stderr=True)
    styles = ["bold red", *(["cyan"] if error.remedy else []), "dim"]
    for line, style in zip(lines, styles, strict=True):
        console.print(as_text(line, style))


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
            say("\n".join(format_value("", item) for item in value))
        case dict():
            _print_fields(value)
        case _:
            say(format_value("", value))


def print_table(rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows with as many columns as fit."""
    if not rows:
        print("None.")
        return
    from rich.table import Table

    console = _console()
    rows = [_flat(row) for row in rows]
    columns = {
        name: [format_value(name, row.get(name)) for row in rows]
        for name in _in_order(rows[0])
        if _has_cells(name, rows)
    }
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    shown = _that_fit(columns, console.width)
    for name in shown:
        table.add_column(
            as_text(_title(name)),
            justify="right" if _is_number(name, rows[0].get(name)) else "left",
            overflow="fold",
            no_wrap=_is_moment(name) or _width(name, columns[name]) <= NARROWEST,
        )
    for row in zip(*[columns[name] for name in shown], strict=True):
        table.add_row(*[as_text(cell, _style(cell)) for cell in row])
    console.print(table)


def _that_fit(columns: Mapping[str, Sequence[str]], room: int) -> list[str]:
    """Their names, in order: what is essential, wrapped if need be, and of the rest what fits without."""
    taken: list[str] = []
    for name in sorted(columns, key=lambda name: ESSENTIAL.index(name) if name in ESSENTIAL else len(ESSENTIAL)):
        wanted = [*taken, name]
        most = NARROWEST if name in ESSENTIAL else WIDE
        widths = [_width(name, columns[name]) for name in wanted]
        least = [width if _is_moment(name) else min(width, most) for name, width in zip(wanted, widths, strict=True)]
        if not taken or sum(least) + GAP * len(taken) <= room:
            taken = wanted
    return [name for name in columns if name in taken]


def _width(name: str, cells: Sequence[str]) -> int:
    from rich.cells import cell_len

    return max(cell_len(text) for text in (_title(name), *(line for cell in cells for line in cell.splitlines())))


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with the fields of what is within it."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            found |= {inner: what for inner, what in value.items() if inner not in row}
        else:
            found[name] = value
    return found


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
        case int() | float() if _is_moment(name):
            return _local(datetime.fromtimestamp(value).astimezone())
        case float():
            return f"{value:.6g}"
        case str() if name.endswith("_at") or name == "at":
            with contextlib.suppress(ValueError):
                return _local(datetime.fromisoformat(value))
            return value
        case list() if not any(isinstance(item, dict | list) for item in value):
            return ", ".join(format_value("", item) for item in value)
        case list() if (named := _named(value)) is not None:
            return ", ".join(named)
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

    console = _console()
    nested = {name: item for name, item in value.items() if _is_nested(item)}
    grid = Table.grid(padding=(0, 2))
    grid.add_column()
    grid.add_column(overflow="fold")
    for name in _in_order(value):
        if name not in nested and (item := value[name]) is not None:
            text = format_value(name, item)
            grid.add_row(as_text(_title(name), "dim"), as_text(text, _style(text)))
    console.print(Padding(grid, (0, 0, 0, indent), expand=False))
    for name, item in nested.items():
        console.print(as_text(" " * indent + _title(name), "bold"))
        if isinstance(item, Mapping):
            _print_fields(item, indent + 2)
        else:
            print_table(item)


def _is_nested(value: Any) -> bool:
    return bool(value) and (isinstance(value, dict) or (isinstance(value, list) and isinstance(value[0], dict)))


def _in_order(names: Iterable[str]) -> list[str]:
    """What names a thing first, the rest as it came."""
    given = list(names)
    return [*(name for name in FIRST if name in given), *(name for name in given if name not in FIRST)]


def _has_cells(name: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    values = [value for row in rows if (value := row.get(name)) not in (None, "", [])]
    return bool(values) and not all(_is_nested(value) and _named(value) is None for value in values)


def _named(items: Any) -> list[str] | None:
    """What a list of things is in short: what each of them is called, or does; None where that is not told."""
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        return None
    names = [item.get("name") or item.get("action") or ("wait" in item and f"wait {item['wait']}") for item in items]
    return [str(name) for name in names] if all(names) else None


def _is_number(name: str, value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not _is_moment(name)


def _is_moment(name: str) -> bool:
    """Whether it is a time of day that is called so, where it is a number: Unix seconds."""
    return name in ("ts", "since", "at") or name.endswith(("_at", "_since"))


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
