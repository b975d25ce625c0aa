"""The errors that only HTTP knows, and how every error is answered."""

import json
from typing import Any

from aiohttp import web

from companion.kernel.errors import CompanionError, NotAllowed, NotFound, Refused


class Unauthorized(NotAllowed):
    """The request carries no valid token."""

    status = 401


class MethodNotAllowed(Refused):
    """The path exists, but not with this method."""

    status = 405


class TooLarge(Refused):
    """The body is larger than any request needs."""

    status = 413


class WrongMediaType(Refused):
    """The body is of a kind that is not read here."""

    status = 415


class TooMany(Refused):
    """Too many requests, wrong codes or streams: wait, then try again."""

    status = 429


def answer_json(value: Any, status: int = 200) -> web.Response:
    """`value`, which is made of JSON's own types, as an answer."""
    return answer_bytes(json.dumps(value, ensure_ascii=False, allow_nan=False).encode(), status)


def answer_bytes(body: bytes, status: int = 200) -> web.Response:
    """JSON that is written already, as an answer."""
    return web.Response(body=body, status=status, content_type="application/json", charset="utf-8")


def answer_error(error: CompanionError) -> web.Response:
    """The one form in which errors leave the server."""
    response = answer_json(error.as_json(), error.status)
    if isinstance(error, Unauthorized):
        response.headers["WWW-Authenticate"] = 'Bearer realm="FluxBoard Companion"'
    if isinstance(error, TooMany) and "retry_after_seconds" in error.details:
        response.headers["Retry-After"] = str(error.details["retry_after_seconds"])
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(error.details["allowed"])
    return response


def from_aiohttp(error: web.HTTPException, request: web.Request) -> CompanionError:
    """Translate what aiohttp's router and reader raise."""
    match error:
        case web.HTTPNotFound():
            return NotFound("unknown_path", f"There is nothing at {request.path}.", "See /api/openapi.json.")
        case web.HTTPMethodNotAllowed():
            allowed = sorted({*error.allowed_methods, "OPTIONS"})
            remedy = f"Use {', '.join(allowed)}."
            return MethodNotAllowed(
                "method_not_allowed", f"{request.path} cannot be asked with {error.method}.", remedy, allowed=allowed
            )
        case _:
            return Refused("bad_request", f"The request was not understood: {error.reason}.")
