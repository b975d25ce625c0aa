"""The errors that reach a person, named by what the caller should do.

CompanionError
├── Refused          400  the request is wrong: change it
│   ├── NotFound     404  there is no such thing
│   ├── NotAllowed   403  this caller may not
│   └── Conflict     409  not in the present state
├── Unavailable      503  something needed is absent: follow the remedy, then try again
└── Failed           502  it was tried and did not work

Adapters translate foreign errors into these at the border. Anything else that is raised is a bug: it is
logged with its traceback and answered as `internal_error` (500).
"""

from typing import Any, ClassVar


class CompanionError(Exception):
    """An error with a stable `code`, a sentence for the streamer and what to do next (`remedy`)."""

    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, message: str, remedy: str = "", **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy
        self.details = details

    def as_json(self) -> dict[str, Any]:
        """The body of an error answer at every door: `{"error": {code, message, remedy, details}}`."""
        return {
            "error": {
                "code": self.code,
                "message": self.message,
                "remedy": self.remedy,
                "details": self.details,
            }
        }


class Refused(CompanionError):
    """The request itself is wrong; sending it again will not help."""

    status = 400
    exit_code = 2


class NotFound(Refused):
    """The thing that was asked for does not exist."""

    status = 404
    exit_code = 3


class NotAllowed(Refused):
    """This caller may not do this."""

    status = 403
    exit_code = 4


class Conflict(Refused):
    """It cannot be done in the present state."""

    status = 409
    exit_code = 5


class Unavailable(CompanionError):
    """Something that is needed is absent; `remedy` says how to bring it back."""

    status = 503
    exit_code = 6


class Failed(CompanionError):
    """It was tried and did not work."""

    status = 502
    exit_code = 7


class InternalError(CompanionError):
    """How a bug is answered; its traceback is in the log, never in the answer."""

    def __init__(self) -> None:
        super().__init__("internal_error", "Something went wrong inside the companion.", "See the log for details.")


def error_from_json(status: int, body: dict[str, Any]) -> CompanionError:
    """Rebuild the error of an HTTP answer, so that a client fails as the daemon did."""
    kinds: dict[int, type[CompanionError]] = {401: NotAllowed} | {
        kind.status: kind for kind in (Refused, NotFound, NotAllowed, Conflict, Unavailable, Failed)
    }
    if status == InternalError.status:
        return InternalError()
    error = body.get("error", {})
    kind = kinds.get(status, Refused if 400 <= status < 500 else Failed)
    details = error.get("details") or {}
    message = str(error.get("message", f"HTTP {status}"))
    return kind(str(error.get("code", "unknown")), message, str(error.get("remedy", "")), **details)
