"""Logging: one set-up for the daemon and its tools, pretty for people or JSON for collectors."""

import datetime as dt
import json
import logging
import logging.handlers
import sys
from pathlib import Path

from companion.kernel.errors import Failed
from companion.kernel.printable import printable

TRACE = 5
LEVELS = {
    "error": logging.ERROR,
    "warn": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
    "trace": TRACE,
}
FILE_BYTES = 5_000_000
FILES_KEPT = 5


class JsonFormatter(logging.Formatter):
    """One JSON object a line: `ts` (UTC, ISO 8601), `level`, `logger`, `message`, and `traceback` for a bug."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "ts": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


class PrettyFormatter(logging.Formatter):
    """A line for people, with nothing in it that a terminal obeys: a traceback keeps its lines."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record), keep="\n\t")


def set_up_logging(level: str, style: str, folder: Path | None) -> None:
    """Log to standard error, and to a rotating file in `folder`; `level` and `style` as in the settings.

    Raises Failed `not_writable`.
    """
    logging.addLevelName(TRACE, "TRACE")
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if folder:
        handlers.append(_file_handler(folder))
    logging.basicConfig(level=logging.WARNING, handlers=handlers, force=True)
    write_logs_as(level, style)


def _file_handler(folder: Path) -> logging.Handler:
    file = folder / "companion.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return logging.handlers.RotatingFileHandler(file, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8")
    except OSError as error:
        raise Failed(
            "not_writable",
            f"The log {file} cannot be written: {error.strerror}.",
            "Check its rights and its folder's, or choose another with COMPANION_HOME.",
        ) from error


def write_logs_as(level: str, style: str) -> None:
    """From now on log what `level` says, in this `style`, to where `set_up_logging` had it go."""
    pretty = PrettyFormatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    for handler in logging.getLogger().handlers:
        handler.setFormatter(JsonFormatter() if style == "json" else pretty)
    logging.getLogger("companion").setLevel(LEVELS[level])
