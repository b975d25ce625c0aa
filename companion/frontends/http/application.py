"""What both doors serve: the actions, the status board, the events, the description, and the pages.

The gate looks at a request when its headers have come, and again when its body has: a client may send that late, and
what it was allowed at first may have been taken back meanwhile.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Protocol

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Middleware

from companion.domain.denials import DENIED_ACTS, Denials
from companion.domain.events import AccessDenied
from companion.frontends.http.errors import TooLarge, answer_error, answer_json, from_aiohttp
from companion.frontends.http.live import LiveEvents
from companion.frontends.http.pages import add_pages
from companion.frontends.http.routes import BODY, CALLER, LAST, RECORDED, Handler, add_routes, client_name
from companion.kernel.actions import Registry
from companion.kernel.errors import CompanionError, InternalError, Refused
from companion.kernel.status import StatusBoard

log = logging.getLogger(__name__)

LARGEST_BODY = 1024 * 1024
LARGEST_OPEN_BODY = 4096
"""For what is asked at the entrance, by strangers too."""
BODY_SECONDS = 10.0
LARGEST_OPEN_REST = 64 * 1024
REST_SECONDS = 1.0
"""How much of a body that is refused is read all the same, so that the client gets to read why."""
STOP_SECONDS = 2.0
LINE_BYTES = 32 * 1024
"""How long a request's first line may be: the longest text that a query takes, each character escaped, and more."""

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

EXPIRED = "token_expired"
"""The refusal that every phone meets each 15 minutes: it is no denial."""


class Gate(Protocol):
    """Decides which requests come in."""

    def admit(self, request: web.Request) -> None:
        """Set `request[CALLER]`, or raise NotAllowed or Unauthorized."""


class Common:
    """The parts that do not depend on the door."""

    def __init__(self, registry: Registry, board: StatusBoard, version: str, live: LiveEvents) -> None:
        self.registry = registry
        self.version = version
        self.live = live
        self._board = board

    def application(
        self, gate: Gate, denials: Denials, add_own: Callable[[web.UrlDispatcher], None]
    ) -> web.Application:
        """The door's application: its own routes by `add_own`, then those that both have."""
        app = web.Application(middlewares=[_guard(gate, denials)])
        add_own(app.router)
        app.router.add_get("/health", self._health)
        app.router.add_get("/api/status", self._status)
        app.router.add_get("/api/openapi.json", self._openapi)
        app.router.add_get("/ws", self.live.websocket, allow_head=False)
        app.router.add_get("/api/events", self.live.stream, allow_head=False)
        add_routes(app.router, self.registry)
        add_pages(app.router)
        app.on_response_prepare.append(_add_headers)
        app.on_shutdown.append(self._close_streams)
        return app

    async def _health(self, _: web.Request) -> web.Response:
        return answer_json({"status": "ok", "version": self.version})

    async def _status(self, _: web.Request) -> web.Response:
        components = [
            {
                "name": component.name,
                "state": component.state,
                "health": component.health.value,
                "since": component.since,
                "detail": component.detail,
                "remedy": component.remedy,
            }
            for component in self._board.all()
        ]
        return answer_json({"version": self.version, "components": components})

    async def _openapi(self, _: web.Request) -> web.Response:
        from companion.frontends.http.openapi import document

        return answer_json(document(self.registry.all(), self.version))

    async def _close_streams(self, _: web.Application) -> None:
        await self.live.close_all()


def runner_of(app: web.Application) -> web.AppRunner:
    """Runs `app`, quietly about malformed requests."""
    return web.AppRunner(
        app,
        access_log=None,
        handle_signals=False,
        max_line_size=LINE_BYTES,
        shutdown_timeout=STOP_SECONDS,
        lingering_time=0,
        logger=_protocol_log(),
    )


def _guard(gate: Gate, denials: Denials) -> Middleware:
    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        began = time.perf_counter()
        response = await _respond(gate, denials, request, handler)
        if request.body_exists:
            await _read_rest(request)
        if request.get(LAST):
            response.force_close()
        # Never the query: nothing secret belongs there, but somebody may put it there.
        log.debug(
            "%s %s: %d in %.1f ms",
            request.method,
            request.path,
            response.status,
            (time.perf_counter() - began) * 1000,
        )
        return response

    return guard


async def _respond(gate: Gate, denials: Denials, request: web.Request, handler: Handler) -> web.StreamResponse:
    """The handler's answer, or the error that kept it from answering."""
    try:
        gate.admit(request)
        request[BODY] = await _body(request) if request.body_exists else b""
        if request.body_exists:
            gate.admit(request)
        return await handler(request)
    except CompanionError as error:
        told_by_registry = request.get(RECORDED, False) and error.code in DENIED_ACTS
        if error.status in (401, 403, 429) and error.code != EXPIRED and not told_by_registry:
            caller = request.get(CALLER)
            actor = caller.name if caller else client_name(request)
            resource = request.match_info.route.resource
            route = f"{request.method} {resource.canonical}" if resource else ""
            what = f"{request.method} {request.path}"
            denials.note(AccessDenied(denials.door, request.remote or "", actor, what, error.code), route)
        return answer_error(error)
    except web.HTTPException as error:
        translated = from_aiohttp(error, request)
        if request.method == "OPTIONS" and "allowed" in translated.details:
            return web.Response(status=204, headers={"Allow": ", ".join(translated.details["allowed"])})
        return answer_error(translated)
    except web.RequestPayloadError:
        return answer_error(Refused("bad_request", "The body is not encoded as its headers say."))
    except ConnectionError:
        return answer_error(Refused("client_gone", "The client went before its request was complete."))
    except Exception:  # the border: whatever else is raised is our bug
        log.exception("%s %s failed", request.method, request.path)
        return answer_error(InternalError())


async def _body(request: web.Request) -> bytes:
    """The request's whole body; raises TooLarge, or Refused when it does not come in time."""
    largest = LARGEST_OPEN_BODY if request.path.startswith("/auth/") else LARGEST_BODY
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while chunk := await request.content.readany():
                body += chunk
                if len(body) > largest:
                    raise TooLarge("body_too_large", "The body is too large.", f"Send at most {largest // 1024} KiB.")
    except TimeoutError:
        raise Refused("body_too_slow", f"The body did not come within {BODY_SECONDS:.0f} s.", "Try again.") from None
    return bytes(body)


async def _read_rest(request: web.Request) -> None:
    """Read what is left of the body, within bounds: whoever sends more of it is cut off."""
    left = LARGEST_BODY if CALLER in request else LARGEST_OPEN_REST
    with contextlib.suppress(TimeoutError, web.RequestPayloadError, ConnectionError):
        async with asyncio.timeout(REST_SECONDS):
            while left > 0 and (chunk := await request.content.readany()):
                left -= len(chunk)


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "FluxBoard Companion"


class _NotTheClientsFault(logging.Filter):
    """Drops aiohttp's tracebacks about malformed requests: they are noise, and quote what the client sent."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def _protocol_log() -> logging.Logger:
    logger = logging.getLogger(f"{__name__}.protocol")
    if not logger.filters:
        logger.addFilter(_NotTheClientsFault())
    return logger
