"""The loopback server: the only process boundary of the daemon, so it trusts nothing that comes in."""

import asyncio
import errno
import json
import logging
import os
import time

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Middleware

from companion.domain.paths import Paths
from companion.frontends.http import auth
from companion.frontends.http.errors import answer_error, answer_json, from_aiohttp
from companion.frontends.http.live import LiveEvents
from companion.frontends.http.routes import Handler, add_routes
from companion.kernel.actions import Registry
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError, InternalError, Refused, Unavailable
from companion.kernel.service import Ready
from companion.kernel.status import Health, StatusBoard

log = logging.getLogger(__name__)

ADDRESS = "127.0.0.1"
LARGEST_BODY = 1024 * 1024
STOP_SECONDS = 2.0

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class HttpServer:
    """Serves the actions, the status board, the events and the docs on 127.0.0.1."""

    name = "http"
    essential = True

    def __init__(
        self, registry: Registry, bus: Bus, board: StatusBoard, *, port: int, paths: Paths, version: str
    ) -> None:
        self._registry = registry
        self._board = board
        self._wanted_port = port
        self._paths = paths
        self._version = version
        self._live = LiveEvents(bus)
        self.port = 0
        """The port in use; 0 while it is not serving."""

    async def run(self, ready: Ready) -> None:
        gate = auth.Gate(auth.load_or_create_token(self._paths.token_file), self._paths.token_file)
        runner = web.AppRunner(
            self._application(gate),
            access_log=None,
            handle_signals=False,
            shutdown_timeout=STOP_SECONDS,
            logger=_protocol_log(),
        )
        await runner.setup()
        try:
            self.port = await self._listen(runner)
            gate.serve(self.port)
            auth.write(self._paths.daemon_file, json.dumps({"pid": os.getpid(), "port": self.port}))
            self._board.set(self.name, "listening", Health.OK, f"http://{ADDRESS}:{self.port}")
            ready()
            await asyncio.Event().wait()
        except CompanionError as error:
            self._board.set(self.name, error.code, Health.FAILED, error.message, error.remedy)
            raise
        finally:
            if self.port:
                self._forget_daemon_file()
            await runner.cleanup()
            if self.port:
                self.port = 0
                self._board.set(self.name, "stopped", Health.OFF)

    def _application(self, gate: auth.Gate) -> web.Application:
        app = web.Application(middlewares=[_guard(gate)], client_max_size=LARGEST_BODY)
        docs = _Docs(self._registry, gate, self._version)
        app.router.add_get("/health", self._health)
        app.router.add_get("/api/status", self._status)
        app.router.add_get("/api/openapi.json", docs.openapi)
        app.router.add_get(auth.DOCS_PATH, docs.page)
        app.router.add_post("/api/docs/ticket", docs.ticket)
        app.router.add_get("/ws", self._live.handle, allow_head=False)
        add_routes(app.router, self._registry)
        app.on_response_prepare.append(_add_headers)
        app.on_shutdown.append(self._close_sockets)
        return app

    async def _listen(self, runner: web.AppRunner) -> int:
        site = web.TCPSite(runner, ADDRESS, self._wanted_port)
        try:
            await site.start()
        except OSError as error:
            raise _cannot_listen(self._wanted_port, error) from error
        return int(runner.addresses[0][1])

    async def _health(self, _: web.Request) -> web.Response:
        return answer_json({"status": "ok", "version": self._version})

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
        return answer_json({"version": self._version, "components": components})

    async def _close_sockets(self, _: web.Application) -> None:
        await self._live.close_all()

    def _forget_daemon_file(self) -> None:
        try:
            self._paths.daemon_file.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s cannot be removed: %s", self._paths.daemon_file, error)


class _Docs:
    """The API's description, for programs and for people."""

    def __init__(self, registry: Registry, gate: auth.Gate, version: str) -> None:
        self._registry = registry
        self._gate = gate
        self._version = version

    async def openapi(self, _: web.Request) -> web.Response:
        from companion.frontends.http.openapi import document

        return answer_json(document(self._registry.all(), self._version))

    async def page(self, request: web.Request) -> web.StreamResponse:
        if "ticket" in request.query:
            # The redirect takes the ticket out of the address bar and the history.
            response: web.StreamResponse = web.Response(status=303, headers={"Location": auth.DOCS_PATH})
            response.set_cookie(
                auth.DOCS_COOKIE,
                self._gate.redeem(request.query["ticket"]),
                path=auth.DOCS_PATH,
                max_age=int(auth.DOCS_SECONDS),
                httponly=True,
                samesite="Strict",
            )
            return response
        from companion.frontends.http.docs_page import CONTENT_SECURITY_POLICY, render
        from companion.frontends.http.openapi import document

        return web.Response(
            text=render(document(self._registry.all(), self._version)),
            content_type="text/html",
            headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY},
        )

    async def ticket(self, _: web.Request) -> web.Response:
        return answer_json({"path": f"{auth.DOCS_PATH}?ticket={self._gate.issue_ticket()}"})


def _guard(gate: auth.Gate) -> Middleware:
    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        began = time.perf_counter()
        response = await _respond(gate, request, handler)
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


async def _respond(gate: auth.Gate, request: web.Request, handler: Handler) -> web.StreamResponse:
    """The handler's answer, or the error that kept it from answering."""
    try:
        gate.admit(request)
        return await handler(request)
    except CompanionError as error:
        return answer_error(error)
    except web.HTTPException as error:
        translated = from_aiohttp(error, request)
        if request.method == "OPTIONS" and "allowed" in translated.details:
            return web.Response(status=204, headers={"Allow": ", ".join(translated.details["allowed"])})
        return answer_error(translated)
    except ConnectionError:
        return answer_error(Refused("client_gone", "The client went before its request was complete."))
    except Exception:  # the border: whatever else is raised is our bug
        log.exception("%s %s failed", request.method, request.path)
        return answer_error(InternalError())


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "FluxBoard Companion"


def _cannot_listen(port: int, error: OSError) -> Unavailable:
    if error.errno == errno.EADDRINUSE:
        return Unavailable(
            "port_in_use",
            f"Port {port} on {ADDRESS} is in use by another program.",
            "End that program, or set HTTP_PORT to another port (0 chooses a free one).",
            port=port,
        )
    return Unavailable(
        "port_not_available",
        f"Port {port} on {ADDRESS} cannot be opened: {error.strerror or error}.",
        "Set HTTP_PORT to another port (0 chooses a free one).",
        port=port,
    )


class _NotTheClientsFault(logging.Filter):
    """Drops aiohttp's tracebacks about malformed requests: they are noise, and quote what the client sent."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def _protocol_log() -> logging.Logger:
    logger = logging.getLogger(f"{__name__}.protocol")
    if not logger.filters:
        logger.addFilter(_NotTheClientsFault())
    return logger
