"""The CLI's way to the running daemon: light, since every command pays for its imports."""

import contextlib
import dataclasses
import http.client
import json
import os
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from companion.domain.paths import Paths
from companion.kernel.errors import CompanionError, Unavailable, error_from_json

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 60.0
ASKED_AT = "Companion-Asked-At"
"""The header that says when somebody asked (Unix seconds), where that was a little before the request."""


@dataclasses.dataclass(frozen=True)
class Daemon:
    """Where the running daemon is, and what opens it."""

    port: int
    token: str = dataclasses.field(repr=False)
    agent: str

    @classmethod
    def find(cls, paths: Paths, version: str) -> "Daemon":
        """The daemon of this home; raises Unavailable `not_running`."""
        try:
            found = json.loads(paths.daemon_file.read_text("utf-8"))
            pid, port = int(found["pid"]), int(found["port"])
            token = paths.token_file.read_text("ascii").strip()
        except (OSError, ValueError, KeyError, TypeError):
            raise not_running() from None
        if not _is_alive(pid):
            raise not_running()
        return cls(port, token, f"companion-cli/{version}")

    def call(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, Any] | None = None,
        body: dict[str, Any] | None = None,
        seconds: float | None = ANSWER_SECONDS,
        asked_at: float | None = None,
    ) -> Any:
        """The JSON answer, None for an empty one; raises the error that the daemon answered."""
        with self.open(method, path, query=query, body=body, seconds=seconds, asked_at=asked_at) as response:
            content = response.read()
            status = response.status
        try:
            return json.loads(content) if content else None
        except ValueError:
            raise _another_program(status) from None

    @contextlib.contextmanager
    def open(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, Any] | None = None,
        body: dict[str, Any] | None = None,
        seconds: float | None = ANSWER_SECONDS,
        asked_at: float | None = None,
    ) -> Iterator[http.client.HTTPResponse]:
        """The answer's status checked, its body to be read; `seconds` without a byte is `not_responding`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=CONNECT_SECONDS)
        headers = {"Authorization": f"Bearer {self.token}", "User-Agent": self.agent}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if asked_at is not None:
            headers[ASKED_AT] = f"{asked_at:.3f}"
        content = None if body is None else json.dumps(body).encode()
        target = path + ("?" + urlencode(query, doseq=True) if query else "")
        try:
            connection.connect()
            connection.sock.settimeout(seconds)
            connection.request(method, target, body=content, headers=headers)
            response = connection.getresponse()
            if response.status >= 300:
                raise _error(response.status, response.read())
            yield response
        except ConnectionRefusedError:
            raise not_running() from None
        except TimeoutError:
            message = "The companion does not answer."
            raise Unavailable("not_responding", message, "End it and start it with `companion run`.") from None
        except (ConnectionError, http.client.HTTPException):
            message = "The connection broke off before the answer was there."
            remedy = "See `companion status`; a clip that was accepted is still made."
            raise Unavailable("connection_lost", message, remedy) from None
        finally:
            connection.close()


def fill(path: str, arguments: dict[str, Any]) -> str:
    """An action's HTTP path with its braces filled."""
    for name, value in arguments.items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
    return path


def not_running() -> Unavailable:
    return Unavailable("not_running", "The companion is not running.", "Start it with `companion run`.")


def _error(status: int, content: bytes) -> CompanionError:
    try:
        body = json.loads(content)
        return error_from_json(status, body)
    except (ValueError, AttributeError, TypeError):
        return _another_program(status)


def _another_program(status: int) -> Unavailable:
    message = f"Another program answers at the companion's port (HTTP {status})."
    return Unavailable("not_running", message, "Start the companion with `companion run`.")


def _is_alive(pid: int) -> bool:
    if sys.platform == "win32":
        import psutil

        return psutil.pid_exists(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return False  # another account's process: not our daemon, so its number was used again
    return True
