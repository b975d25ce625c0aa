"""Who may come in on this PC: the user's own programs and dashboard, never a web page that the streamer visits.

Three checks, in this order, on every request:

1. `Host` must name this server. A page of another site whose name was made to point here (DNS rebinding) has its own.
2. `Origin` and `Sec-Fetch-Site`, which browsers add and pages cannot change, must not tell of another site.
3. Everything but `Gate.open_paths` (states, the app's own files, and what asks for a key of its own) needs the token:
   as `Authorization: Bearer TOKEN`, or, because a browser's WebSocket cannot set that header, as the subprotocol
   `bearer.TOKEN` beside `companion.events`. Never in the address: addresses end up in logs and histories.

A browser comes with a ticket that works once and soon expires. For the docs page it becomes a cookie that opens that
page and nothing else; for the dashboard a token of its own, and a cookie that opens pictures and videos only, which
pages cannot fetch with a header. More no cookie may open here: a browser sends the cookies of 127.0.0.1 to every port
of this machine. Both last twelve hours, and outlive a restart of the companion: they are signed with the token.
"""

import base64
import hashlib
import hmac
import math
import os
import re
import secrets
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from companion.adapters.secrets import write_private
from companion.frontends.http.errors import Unauthorized
from companion.frontends.http.routes import CALLER, client_name
from companion.kernel.actions import Caller, Scope
from companion.kernel.errors import Failed, NotAllowed, Refused

OPEN = frozenset({"/health", "/api/status", "/api/obs/status"})
"""What may be read without a token, so that a monitor can watch the companion: states, no content."""
TICKET_PATH = "/auth/ticket"
MEDIA_COOKIE = "companion_media"
DASHBOARD_SECONDS = 12 * 3600.0
ASKED_AT = "Companion-Asked-At"
"""The header by which a program of this PC tells when somebody asked (Unix seconds): it took a while to start."""
LONGEST_START_SECONDS = 5.0
"""No program is believed to have taken longer."""

EVENTS_PROTOCOL = "companion.events"
BEARER_PROTOCOL = "bearer."
DOCS_PATH = "/api/docs"
DOCS_COOKIE = "companion_docs"
TICKET_SECONDS = 60.0
DOCS_SECONDS = 12 * 3600.0


def load_or_create_token(path: Path) -> str:
    """The token in `path`; a new one when there is none, or when others could have read it."""
    try:
        if _is_private(path):
            token = path.read_text("ascii", "replace").strip()
            if re.fullmatch(r"[\w-]{43,}", token, re.ASCII):
                return token
    except FileNotFoundError:
        pass
    except OSError as error:
        raise Failed("token_unreadable", f"The token file {path} cannot be read: {error}.", "Delete it.") from error
    token = secrets.token_urlsafe(32)
    write(path, token + "\n")
    return token


def write(path: Path, text: str) -> None:
    """Replace `path` at once by a file with `text` that only this user could ever open."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # On Windows the mode says little: there the folder in the user's profile keeps other accounts out.
        write_private(path, text.encode())
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror or error}."
        raise Failed("not_writable", message, "Check the rights of its folder and the free space.") from error


def _is_private(path: Path) -> bool:
    """Whether no other account could read `path`."""
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        return False
    return sys.platform == "win32" or (status.st_mode & 0o077 == 0 and status.st_uid == os.geteuid())


class Gate:
    """Decides which requests come in; `admit` raises for those that do not."""

    def __init__(
        self,
        token: str,
        token_file: Path,
        clock: Callable[[], float] = time.time,
        media_paths: frozenset[str] = frozenset(),
    ) -> None:
        self._token = token
        self._token_file = token_file
        self._clock = clock
        self._media_paths = media_paths
        self._hosts: frozenset[str] = frozenset()
        self.open_paths = OPEN | {TICKET_PATH}
        """The routes that need no token; what is not among them does."""
        self._tickets: dict[str, float] = {}
        self._docs_cookies: dict[str, float] = {}

    def serve(self, port: int) -> None:
        """Accept requests that name this machine and `port`."""
        hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}
        self._hosts = frozenset(hosts | ({"127.0.0.1", "localhost", "[::1]"} if port == 80 else set()))

    def admit(self, request: web.Request) -> None:
        """Set `request[CALLER]`, or raise NotAllowed or Unauthorized unless `request` may come in."""
        check_host(request, self._hosts)
        check_origin(request, "http")
        name = client_name(request)
        request[CALLER] = Caller("http", Scope.VIEW, name, address=request.remote or "")
        for given in _given_tokens(request):
            if self._is_token(given):
                asked_at = self._asked_at(request)
                request[CALLER] = Caller("http", Scope.ADMIN, name, address=request.remote or "", asked_at=asked_at)
                return
            if self._is_signed(given, "dashboard"):
                request[CALLER] = Caller("dashboard", Scope.ADMIN, "dashboard", address=request.remote or "")
                return
        # What the router will run decides, not how the address was spelt.
        resource = request.match_info.route.resource
        if (resource.canonical if resource else request.path) in self.open_paths:
            request[CALLER] = Caller("open", Scope.VIEW, name, address=request.remote or "")
            return
        if self._has_docs_cookie(request) or self._has_media_cookie(request):
            return
        raise Unauthorized(
            "unauthorized",
            "This needs the companion's token.",
            f"Send `Authorization: Bearer TOKEN`; the token is in the file {self._token_file}.",
        )

    def issue_ticket(self) -> str:
        """A secret that opens the docs page or the dashboard once, within a minute."""
        self._forget_expired()
        ticket = secrets.token_urlsafe(32)
        self._tickets[ticket] = self._clock() + TICKET_SECONDS
        return ticket

    def redeem(self, ticket: str) -> str:
        """The docs cookie's value for a valid `ticket`, which is used up by this."""
        self._use_ticket(ticket, "Run `companion docs` again.")
        cookie = secrets.token_urlsafe(32)
        self._docs_cookies[cookie] = self._clock() + DOCS_SECONDS
        return cookie

    def redeem_for_dashboard(self, ticket: str) -> tuple[str, str]:
        """The dashboard's token and its media cookie for a valid `ticket`, which is used up by this."""
        self._use_ticket(ticket, "Open the dashboard again: `companion open`, or from the tray.")
        return self._sign("dashboard"), self._sign("media")

    def _use_ticket(self, ticket: str, remedy: str) -> None:
        self._forget_expired()
        if self._tickets.pop(ticket, None) is None:
            raise Unauthorized("ticket_invalid", "This link has been used or has expired.", remedy)

    def _sign(self, purpose: str) -> str:
        until = int(self._clock() + DASHBOARD_SECONDS)
        text = f"{purpose}.{until}.{secrets.token_urlsafe(16)}"
        return f"{text}.{self._mac(text)}"

    def _is_signed(self, given: str, purpose: str) -> bool:
        text, _, mac = given.rpartition(".")
        if not hmac.compare_digest(mac.encode("utf-8", "surrogateescape"), self._mac(text).encode()):
            return False
        named, until, _ = text.split(".")
        return named == purpose and self._clock() < int(until)

    def _mac(self, text: str) -> str:
        digest = hmac.digest(self._token.encode(), text.encode("utf-8", "surrogateescape"), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def _asked_at(self, request: web.Request) -> float | None:
        """When the program that sends `request` says that it was asked; raises Refused `invalid_header`."""
        given = request.headers.get(ASKED_AT)
        if given is None:
            return None
        now = self._clock()
        try:
            said = float(given)
        except ValueError:
            said = math.nan
        if not math.isfinite(said):
            raise Refused("invalid_header", f"{ASKED_AT} is no time.", "Send Unix seconds, or leave it out.")
        return min(now, max(said, now - LONGEST_START_SECONDS))

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._token.encode())

    def _has_docs_cookie(self, request: web.Request) -> bool:
        if request.path != DOCS_PATH or request.method not in ("GET", "HEAD"):
            return False
        if "ticket" in request.query:
            return True  # the docs page redeems it, or refuses
        self._forget_expired()
        return request.cookies.get(DOCS_COOKIE, "") in self._docs_cookies

    def _has_media_cookie(self, request: web.Request) -> bool:
        resource = request.match_info.route.resource
        if resource is None or resource.canonical not in self._media_paths or request.method not in ("GET", "HEAD"):
            return False
        return self._is_signed(request.cookies.get(MEDIA_COOKIE, ""), "media")

    def _forget_expired(self) -> None:
        now = self._clock()
        for issued in (self._tickets, self._docs_cookies):
            for secret in [secret for secret, until in issued.items() if until <= now]:
                del issued[secret]


def check_host(request: web.Request, hosts: frozenset[str]) -> None:
    """Raise NotAllowed unless `request` names this server, by one of `hosts` (`*.` in one stands for a label)."""
    given = request.headers.getall("Host", [])
    named = given[0].lower() if len(given) == 1 else ""
    if named not in hosts and f"*.{named.partition('.')[2]}" not in hosts:
        raise NotAllowed("host_not_allowed", "This server does not answer to that name or address.")


def check_origin(request: web.Request, scheme: str) -> None:
    """Raise NotAllowed when a browser says that the request comes from another site."""
    origins = request.headers.getall("Origin", [])
    sites = request.headers.getall("Sec-Fetch-Site", [])
    own = {f"{scheme}://{request.headers['Host'].lower()}"}
    if any(origin.lower() not in own for origin in origins) or not {"none", "same-origin"}.issuperset(sites):
        raise NotAllowed("origin_not_allowed", "Web pages of other sites may not use the companion.")


def _given_tokens(request: web.Request) -> list[str]:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return [given.strip()]
    if request.path != "/ws":
        return []
    offered = ",".join(request.headers.getall("Sec-WebSocket-Protocol", [])).split(",")
    values = [protocol.strip() for protocol in offered]
    return [value.removeprefix(BEARER_PROTOCOL) for value in values if value.startswith(BEARER_PROTOCOL)]
