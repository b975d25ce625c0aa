"""Who may come in from the LAN: paired phones, by cookies that their pages cannot read.

On every request: `Host` must be an address or name of this PC, `Origin` and `Sec-Fetch-Site` must not tell of another
site, and everything but the app's files, the pages about trust, and the way in (`OPEN`) needs a good access token of a
device that is not revoked. What changes something, and a WebSocket, needs the page's own `Origin` as well, and requests
also the header `X-Companion: 1`, which no form and no other site's page can send. What a device may do is not decided
here but in `Registry.invoke`.

Whatever proves wrong ends its connection with the answer: the next try needs a new one, of which each network and all
strangers together get few. So guessing is slow, and who shows a right token is never asked what others showed.
"""

import dataclasses
import math
import time
from collections.abc import Callable
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from companion.adapters.device_store import DeviceStore, Reused
from companion.adapters.one_time_passwords import OneTimePasswords
from companion.adapters.tokens import ACCESS_SECONDS, AccessTokens
from companion.domain.denials import network_of
from companion.domain.events import OneTimePasswordGiven
from companion.domain.models import Device
from companion.domain.pairing import CLAIM_SECONDS, REQUEST_SECONDS, PairingDesk, PairingState, Request
from companion.frontends.http.auth import check_host, check_origin
from companion.frontends.http.errors import Unauthorized, answer_json
from companion.frontends.http.limits import WrongCodes
from companion.frontends.http.listener import Places
from companion.frontends.http.live import LiveEvents
from companion.frontends.http.me import about
from companion.frontends.http.routes import CALLER, LAST, UNTIL, json_object
from companion.kernel.actions import Caller, Scope
from companion.kernel.bus import Bus
from companion.kernel.errors import NotAllowed, NotFound, Refused

OPEN = frozenset({"/auth/pair", "/auth/refresh"})
REFRESH_SECONDS = 400 * 24 * 3600
STEP_UP_SECONDS = 300.0
JUST_NOW_SECONDS = 60.0
"""For so long after a one-time password its device may switch them off."""
ADDRESS_UNKNOWN = "unknown"
PAIR = "Pair it: choose “Pair a phone” on the PC, then scan the code."

M = TypeVar("M", bound=BaseModel)


class AskToPair(BaseModel):
    """What a phone sends to be let in: the secret of the QR code or the typed code, and its own name."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    secret: str | None = None
    code: str | None = None


class StepUp(BaseModel):
    """A one-time password."""

    model_config = ConfigDict(extra="forbid", strict=True)

    code: str


class Alive(BaseModel):
    """A sign of life of the page that reads a stream."""

    model_config = ConfigDict(extra="forbid", strict=True)

    stream: int


class Cookies:
    """The three cookies of a phone; under TLS they are bound to this very site."""

    def __init__(self, *, tls: bool) -> None:
        self.secure = tls
        self.access = "__Host-companion_access" if tls else "companion_access"
        self.refresh = "__Secure-companion_refresh" if tls else "companion_refresh"
        self.pairing = "__Secure-companion_pairing" if tls else "companion_pairing"

    def set(self, response: web.StreamResponse, name: str, value: str, seconds: float) -> None:
        path = "/" if name == self.access else "/auth"
        response.set_cookie(
            name, value, path=path, max_age=int(seconds), httponly=True, secure=self.secure, samesite="Strict"
        )

    def forget(self, response: web.StreamResponse) -> None:
        """Have the browser drop all of them."""
        for name in (self.access, self.refresh, self.pairing):
            self.set(response, name, "", 0)


class PhoneGate:
    """Decides which requests come in from the LAN; `admit` raises for those that do not."""

    def __init__(
        self,
        store: DeviceStore,
        tokens: AccessTokens,
        passwords: OneTimePasswords,
        places: Places,
        *,
        tls: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._tokens = tokens
        self._passwords = passwords
        self._places = places
        self._clock = clock
        self._scheme = "https" if tls else "http"
        self._hosts: frozenset[str] = frozenset()
        self._gave_code_at: dict[int, float] = {}
        self.cookies = Cookies(tls=tls)
        self.open_paths = OPEN
        """The routes that need no device; what is not among them does."""

    def serve(self, hosts: frozenset[str]) -> None:
        """Accept requests that name one of `hosts` (with the port, where it is not the scheme's own)."""
        self._hosts = hosts

    def admit(self, request: web.Request) -> None:
        """Set who asks, or raise NotAllowed or Unauthorized."""
        request[LAST] = self._places.asked(request.protocol)
        check_host(request, self._hosts)
        check_origin(request, self._scheme)
        resource = request.match_info.route.resource
        is_open = resource is not None and resource.canonical in self.open_paths
        if request.method not in ("GET", "HEAD") or request.path == "/ws":
            self._check_own_page(request)
        if not is_open:
            request[CALLER] = self._device(request)

    def step_up(self, device: int) -> None:
        """`device` gave a one-time password: ask it for no other for some minutes."""
        self._gave_code_at[device] = self._clock()

    def forget_step_up(self, device: int) -> None:
        self._gave_code_at.pop(device, None)

    def forget_step_ups(self) -> None:
        self._gave_code_at.clear()

    def code_age(self, device: int) -> float:
        """How many seconds ago `device` gave a one-time password; infinity if never."""
        return self._clock() - self._gave_code_at.get(device, -math.inf)

    def _check_own_page(self, request: web.Request) -> None:
        if "Origin" not in request.headers:
            raise NotAllowed("origin_needed", "This must come from the companion's own page.", "Send its Origin.")
        if request.path != "/ws" and request.headers.get("X-Companion") != "1":
            raise NotAllowed(
                "header_needed", "This must come from the companion's own page.", "Send the header X-Companion: 1."
            )

    def _device(self, request: web.Request) -> Caller:
        address = request.remote or ADDRESS_UNKNOWN
        token = request.cookies.get(self.cookies.access)
        if not token:
            raise Unauthorized("unauthorized", "This phone is not paired, or has to show itself again.", PAIR)
        try:
            claims = self._tokens.read(token)
        except NotAllowed as error:
            request[LAST] |= error.code == "token_invalid"
            raise Unauthorized(error.code, error.message, error.remedy) from None
        device = self._store.get(claims.device)
        if device is None:
            raise Unauthorized("device_revoked", "This phone was thrown out.", PAIR)
        self._store.seen(device, address, claims.rotation)
        self._places.welcome(request.protocol, device.number)
        request[UNTIL] = min(claims.until, self._steps_down_at(device.number))
        return self._caller(device, address)

    def _caller(self, device: Device, address: str) -> Caller:
        caller = Caller("phone", Scope.VIEW, device.name, device=device.number, address=address)
        return as_it_may(caller, device, self._passwords, self.code_age(device.number))

    def _steps_down_at(self, device: int) -> float:
        """When `device`, which gave a one-time password, owes one again (Unix seconds)."""
        left = STEP_UP_SECONDS - self.code_age(device)
        return time.time() + left if left > 0 else math.inf


def as_it_may(caller: Caller, device: Device, passwords: OneTimePasswords, code_age: float) -> Caller:
    """`caller` with what its `device` may do now, which gave a one-time password `code_age` seconds ago."""
    scope = Scope[device.scope.name]
    owes = scope >= Scope.ADMIN and code_age >= STEP_UP_SECONDS and passwords.is_set_up
    return dataclasses.replace(caller, scope=scope, owes_code=owes, gave_code=code_age < JUST_NOW_SECONDS)


class PhoneRoutes:
    """The way in: pairing, fresh tokens, one-time passwords, signs of life, and leaving."""

    def __init__(
        self,
        gate: PhoneGate,
        desk: PairingDesk,
        store: DeviceStore,
        tokens: AccessTokens,
        passwords: OneTimePasswords,
        places: Places,
        live: LiveEvents,
        bus: Bus,
        version: str,
    ) -> None:
        self._gate = gate
        self._desk = desk
        self._store = store
        self._tokens = tokens
        self._passwords = passwords
        self._places = places
        self._live = live
        self._bus = bus
        self._version = version
        self._pairing_codes = WrongCodes()
        self._one_time_codes = WrongCodes()

    def add_to(self, router: web.UrlDispatcher) -> None:
        router.add_post("/auth/pair", self.ask)
        router.add_get("/auth/pair", self.look, allow_head=False)
        router.add_post("/auth/refresh", self.refresh)
        router.add_post("/auth/leave", self.leave)
        router.add_post("/auth/step_up", self.step_up)
        router.add_get("/auth/me", self.me)
        router.add_post("/api/events/alive", self.alive)

    async def ask(self, request: web.Request) -> web.Response:
        """A phone asks to be let in."""
        given = _body(request, AskToPair)
        if (given.secret is None) == (given.code is None):
            raise Refused("invalid_arguments", "Give either the secret or the code.", "Scan or type it.")
        address = request.remote or ADDRESS_UNKNOWN
        key = network_of(address)
        if given.code is not None:
            self._pairing_codes.check(key)
        try:
            asked = self._desk.ask(given.name, address, secret=given.secret, code=given.code)
        except NotAllowed as error:
            request[LAST] |= error.code == "pairing_wrong"
            if error.code == "pairing_wrong" and given.code is not None:
                self._pairing_codes.wrong(key)
                self._pairing_codes.check(key)
            raise
        self._pairing_codes.right(key)
        response = answer_json({"id": asked.id, "number": asked.number, "expires_at": asked.expires_at}, 201)
        lasts = REQUEST_SECONDS + CLAIM_SECONDS
        self._gate.cookies.set(response, self._gate.cookies.pairing, asked.cookie, lasts)
        return response

    async def look(self, request: web.Request) -> web.Response:
        """How far the phone's request has come; once it is allowed, the answer brings its tokens."""
        asked = self._asked(request)
        answer = answer_json(
            {
                "state": asked.state.value,
                "number": asked.number,
                "expires_at": asked.expires_at,
                "scope": asked.scope,
            }
        )
        if asked.state is PairingState.ALLOWED and asked.device is not None:
            refresh = await self._store.first_token(asked.device)
            self._give(answer, self._store.require(asked.device), refresh)
        return answer

    async def refresh(self, request: web.Request) -> web.Response:
        """A fresh access token, and the next refresh token."""
        token = request.cookies.get(self._gate.cookies.refresh)
        if not token:
            raise Unauthorized("unauthorized", "This phone is not paired.", PAIR)
        self._places.release(request.protocol)
        try:
            found = await self._store.refresh(token)
        except Reused:
            message = "This phone was thrown out: its key was used twice, so somebody may have copied it."
            raise Unauthorized("refresh_reused", message, PAIR) from None
        if found is None:
            request[LAST] = True
            raise Unauthorized("refresh_invalid", "This phone is no longer paired.", PAIR)
        device, successor = found
        self._store.seen(device, request.remote or ADDRESS_UNKNOWN, 0)
        self._places.welcome(request.protocol, device.number)
        response = web.Response(status=204)
        self._give(response, device, successor)
        return response

    async def leave(self, request: web.Request) -> web.Response:
        """The phone wants to be forgotten."""
        caller = request[CALLER]
        assert caller.device is not None
        self._places.release(request.protocol)
        await self._store.revoke(caller.device, "left by itself")
        response = web.Response(status=204)
        self._gate.cookies.forget(response)
        return response

    async def step_up(self, request: web.Request) -> web.Response:
        """A one-time password, so that administrative acts are open for some minutes."""
        caller = request[CALLER]
        assert caller.device is not None
        given = _body(request, StepUp)
        key = f"device {caller.device}"  # its own lock, so that nobody else's wrong codes lock it out
        self._one_time_codes.check(key)
        if not self._passwords.is_set_up:
            return web.Response(status=204)  # none is owed; what proves nothing now counts for nothing later
        self._one_time_codes.wrong(key)  # until it proves right: so that none are tried at the same time
        await self._passwords.check(given.code)
        self._one_time_codes.right(key)
        self._gate.step_up(caller.device)
        self._bus.publish(OneTimePasswordGiven(caller.device, caller.name, caller.address))
        self._live.close_device(caller.device)  # opened again, it tells what administrators may know
        return web.Response(status=204)

    async def me(self, request: web.Request) -> web.Response:
        return answer_json(about(request[CALLER], self._version))

    async def alive(self, request: web.Request) -> web.Response:
        """The phone's page has heard a heartbeat of its stream."""
        caller = request[CALLER]
        assert caller.device is not None
        self._live.answer(caller.device, _body(request, Alive).stream)
        return web.Response(status=204)

    def _asked(self, request: web.Request) -> Request:
        cookie = request.cookies.get(self._gate.cookies.pairing, "")
        if (asked := self._desk.find(cookie) if cookie else None) is None:
            raise NotFound("no_such_request", "This phone did not ask to be paired.", "Scan the code on the PC.")
        return asked

    def _give(self, response: web.StreamResponse, device: Device, refresh: str) -> None:
        cookies = self._gate.cookies
        cookies.set(response, cookies.access, self._tokens.sign(device.number, device.rotation), ACCESS_SECONDS)
        cookies.set(response, cookies.refresh, refresh, REFRESH_SECONDS)


def _body(request: web.Request, model: type[M]) -> M:
    """The request's JSON as `model`; raises Refused `invalid_arguments`."""
    given = json_object(request)
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise Refused("invalid_arguments", f"{field}: {first['msg']}.", "See /api/openapi.json.") from None
