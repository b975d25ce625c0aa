"""The key to the captions' page for OBS: it opens that and nothing else, as OBS writes it into its scene collection."""

import hmac
import re
import secrets
from pathlib import Path

from companion.adapters.secrets import write_private
from companion.kernel.errors import Failed

_KEY = re.compile(r"[\w-]{32,}", re.ASCII)


class OverlayKey:
    """The key in `file`; it is read at each use, so that a new one holds everywhere at once."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def value(self) -> str:
        """The key, made when there is none; raises Failed `not_writable`."""
        return self._read() or self.renew()

    def renew(self) -> str:
        """A new key, so that the old one opens nothing; raises Failed `not_writable`."""
        key = secrets.token_urlsafe(32)
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_private(self._file, f"{key}\n".encode())
        except OSError as error:
            message = f"{self._file} cannot be written: {error.strerror or error}."
            raise Failed("not_writable", message, "Check the rights of its folder and the free space.") from error
        return key

    def opens(self, given: str) -> bool:
        """Whether `given` is the key; where there is none, nothing is."""
        key = self._read()
        return bool(key) and hmac.compare_digest(given.encode("utf-8", "surrogateescape"), key.encode())

    def _read(self) -> str:
        try:
            found = self._file.read_text("ascii", "replace").strip()
        except OSError:
            return ""
        return found if _KEY.fullmatch(found) else ""
