"""The loopback server: the door for programs and the dashboard on this PC; it trusts nothing that comes in."""

import errno
import json
import logging
import os

from aiohttp import web

from companion.adapters.overlay_key import OverlayKey
from companion.domain.denials import Denials
from companion.domain.paths import Paths
from companion.frontends.http import auth
from companion.frontends.http.application import Common, runner_of
from companion.frontends.http.errors import answer_json
from companion.frontends.http.live import LiveEvents
from companion.frontends.http.me import about
from companion.frontends.http.overlay import LIVE_PATH, PAGE_PATH, Overlay
from companion.frontends.http.pages import page_paths
from companion.frontends.http.routes import CALLER, json_object, media_paths
from companion.kernel.actions import Registry
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError, Refused, Unavailable
from companion.kernel.service import Ready
from companion.kernel.status import Health, StatusBoard

log = logging.getLogger(__name__)

ADDRESS = "127.0.0.1"


class HttpServer:
    """Serves the actions, the status board, the events, the pages and the docs on 127.0.0.1."""

    name = "http"
    essential = True

    def __init__(
        self, registry: Registry, bus: Bus, board: StatusBoard, *, port: int, paths: Paths, version: str
    ) -> None:
        self._registry = registry
        self._bus = bus
        self._board = board
        self._wanted_port = port
        self._paths = paths
        self._version = version
        self._gate: auth.Gate | None = None
        self._live = LiveEvents(bus, board, lambda caller: about(caller, version))
        self.port = 0
        """The port in use; 0 while it is not serving."""

    def url(self) -> str:
        """Where it is served; raises Unavailable before it is."""
        if not self.port:
            raise Unavailable("not_serving", "The companion is not serving yet.", "Try again in a moment.")
        return f"http://{ADDRESS}:{self.port}"

    def dashboard_url(self, page: str = "") -> str:
        """A link that opens the dashboard at `page`, once within a minute; raises Unavailable before it is served."""
        if not self._gate or not self.port:
            raise Unavailable("not_serving", "The dashboard is not there yet.", "Try again in a moment.")
        at = f"&page={page}" if page else ""
        return f"http://{ADDRESS}:{self.port}/#ticket={self._gate.issue_ticket()}{at}"

    async def run(self, ready: Ready) -> None:
        token = auth.load_or_create_token(self._paths.token_file)
        self._gate = auth.Gate(token, self._paths.token_file, media_paths=media_paths(self._registry))
        denials = Denials(self._bus, "http")
        runner = runner_of(self._application(self._gate, denials))
        await runner.setup()
        try:
            self.port = await self._listen(runner)
            self._gate.serve(self.port)
            auth.write(self._paths.daemon_file, json.dumps({"pid": os.getpid(), "port": self.port}))
            self._board.set(self.name, "listening", Health.OK, f"http://{ADDRESS}:{self.port}")
            ready()
            await denials.run()
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

    def _application(self, gate: auth.Gate, denials: Denials) -> web.Application:
        docs = _Docs(self._registry, gate, self._version)
        overlay = Overlay(self._bus, OverlayKey(self._paths.overlay_key_file))

        def add_own(router: web.UrlDispatcher) -> None:
            router.add_get(auth.DOCS_PATH, docs.page)
            router.add_post("/api/docs/ticket", docs.ticket)
            router.add_post("/api/dashboard/ticket", self._dashboard_ticket)
            router.add_post(auth.TICKET_PATH, self._redeem)
            router.add_get("/auth/me", self._me)
            router.add_post("/auth/leave", _nothing)
            router.add_post("/auth/step_up", _nothing)

            overlay.add_routes(router)

        common = Common(self._registry, self._board, self._version, self._live)
        app = common.application(gate, denials, add_own)
        gate.open_paths |= {PAGE_PATH, LIVE_PATH} | page_paths()
        app.on_shutdown.append(overlay.close)
        return app

    async def _listen(self, runner: web.AppRunner) -> int:
        site = web.TCPSite(runner, ADDRESS, self._wanted_port)
        try:
            await site.start()
        except OSError as error:
            raise _cannot_listen(self._wanted_port, error) from error
        return int(runner.addresses[0][1])

    async def _dashboard_ticket(self, _: web.Request) -> web.Response:
        return answer_json({"url": self.dashboard_url()})

    async def _redeem(self, request: web.Request) -> web.Response:
        assert self._gate is not None
        ticket = json_object(request).get("ticket")
        if not isinstance(ticket, str):
            raise Refused("invalid_arguments", "This takes a ticket.", 'Send {"ticket": "…"}.')
        token, media = self._gate.redeem_for_dashboard(ticket)
        response = answer_json({"token": token})
        response.set_cookie(
            auth.MEDIA_COOKIE, media, path="/api", max_age=int(auth.DASHBOARD_SECONDS), httponly=True, samesite="Strict"
        )
        return response

    async def _me(self, request: web.Request) -> web.Response:
        return answer_json(about(request[CALLER], self._version))

    def _forget_daemon_file(self) -> None:
        try:
            self._paths.daemon_file.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s cannot be removed: %s", self._paths.daemon_file, error)


async def _nothing(_: web.Request) -> web.Response:
    """What only phones need: here there is no device to forget, and no code is asked for."""
    return web.Response(status=204)


class _Docs:
    """The API's description for people."""

    def __init__(self, registry: Registry, gate: auth.Gate, version: str) -> None:
        self._registry = registry
        self._gate = gate
        self._version = version

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
