"""Every route of the phones' door and every action there is, asked for on a whole daemon by who may and who may not."""

from pathlib import Path

import aiohttp
import pytest

from companion import app
from companion.adapters.certificates import Certificates
from companion.adapters.database import Database
from companion.adapters.device_store import DeviceStore
from companion.adapters.one_time_passwords import OneTimePasswords
from companion.adapters.secrets import Secrets
from companion.adapters.tokens import AccessTokens
from companion.domain.denials import Denials
from companion.domain.pairing import PairingDesk
from companion.domain.settings import Settings
from companion.frontends.http.lan import LanServer, PhoneParts
from companion.frontends.http.listener import Places
from companion.frontends.http.phones import PhoneGate
from companion.frontends.http.trust import Trust
from companion.kernel.actions import Action, Registry, Scope
from companion.kernel.bus import Bus
from companion.kernel.status import StatusBoard
from tests.real.companion import Companion
from tests.test_daemon_phones import ENVIRONMENT, Phone, paired

pytestmark = pytest.mark.slow

WITH_QUERY = ("GET", "DELETE")
STRANGERS = {
    *("GET /", "GET /assets/{name}", "GET /app.webmanifest", "GET /favicon.ico"),
    *("GET /icon-32.png", "GET /icon-128.png", "GET /icon-256.png"),
    *("GET /trust", "GET /trust/authority.crt", "GET /trust/authority.mobileconfig"),
    *("GET /auth/pair", "POST /auth/pair", "POST /auth/refresh"),
}
"""What is answered to who is not paired: the app's files, the way to trust the PC, and the way in."""
ANY_PHONE = {
    *("GET /health", "GET /api/status", "GET /api/openapi.json", "GET /ws", "GET /api/events"),
    *("GET /auth/me", "POST /auth/step_up", "POST /api/events/alive", "POST /auth/leave"),
}
"""What is no action, and open to every paired phone, as it tells or does nothing that is above its scope."""
ENDLESS = {"GET /api/events", "GET /ws"}
"""Of those, what does not end by itself, and tells each phone what its scope may see."""


def routes(folder: Path) -> set[str]:
    """All routes of the door as the daemon has it: of the same actions, of which none is ever done here."""
    bus = Bus()
    board, registry = StatusBoard(bus), Registry(bus, [object.__new__(feature) for feature in app.FEATURES])
    secrets = Secrets(folder, board)
    parts = PhoneParts(
        PairingDesk(bus),
        DeviceStore(Database(folder / "companion.db", board), bus),
        AccessTokens(secrets),
        OneTimePasswords(secrets, folder / "totp.step"),
        Certificates(folder / "lan"),
    )
    server = LanServer(registry, bus, board, parts, settings=Settings, version="0")
    gate = PhoneGate(parts.store, parts.tokens, parts.passwords, Places(), tls=True)
    router = server._application(gate, Trust(), Denials(bus, "phone")).router
    return {f"{route.method} {route.resource.canonical}" for route in router.routes() if route.resource}


def filled(route: str) -> tuple[str, str]:
    """A route's method, and its path with something in place of its names."""
    method, _, path = route.partition(" ")
    return method, path.replace("{id}", "1").replace("{name}", "x")


async def refusal(phone: Phone, action: Action) -> str:
    """The code that an action is refused with, which is asked for with an argument that none has: it is never done."""
    method, path = filled(action.http)
    if method in WITH_QUERY:
        _, answer = await phone.ask(method, f"{path}?nonsense=1")
    else:
        _, answer = await phone.ask(method, path, nonsense=1)
    return str(answer["error"]["code"])


async def test_every_route_and_action_asks_for_its_scope(tmp_path: Path) -> None:
    """A new route that is no action has to be written above, on purpose; actions tell their scope themselves."""
    actions, described = app.actions(), app.openapi()["paths"]
    heads = {"HEAD" + action.http.removeprefix("GET") for action in actions if action.http_method == "GET"}
    heads |= {"HEAD" + route.removeprefix("GET") for route in STRANGERS | ANY_PHONE if route.startswith("GET")}
    found = routes(tmp_path)
    assert found - heads == STRANGERS | ANY_PHONE | {action.http for action in actions}
    daemon = Companion(tmp_path / "home", None, ENVIRONMENT)
    await daemon.start()
    try:
        lan = await daemon.until(lambda known: known["state"] == "listening", "/api/lan")
        url = f"https://127.0.0.1:{lan['port']}"
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as http:
            stranger = Phone(http, url, 0)
            for route in sorted(found - STRANGERS - {"HEAD" + route.removeprefix("GET") for route in STRANGERS}):
                assert (await stranger.ask(*filled(route)))[0] == 401, route
        async with paired(daemon, "view") as viewer, paired(daemon, "control") as controller:
            for phone, scope in ((viewer, Scope.VIEW), (controller, Scope.CONTROL)):
                for action in actions:
                    told = "scope_too_low" if action.scope > scope else "invalid_arguments"
                    answers = described[action.http_path][action.http_method.lower()]["responses"]
                    assert {"400", "401", "403"} <= answers.keys() or action.scope is Scope.VIEW, action.name
                    assert await refusal(phone, action) == told, (action.name, scope.name)
            for route in sorted(ANY_PHONE - ENDLESS, key=lambda route: route == "POST /auth/leave"):
                assert (await viewer.ask(*filled(route)))[0] not in (401, 403), route
            assert (await viewer.ask("GET", "/auth/me"))[0] == 401, "it has left"
    finally:
        await daemon.stop()
