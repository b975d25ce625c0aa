"""A running LAN door over the shelf, with a database of its own, and a phone that speaks to it."""

import asyncio
import atexit
import contextlib
import dataclasses
import http.cookies
import shutil
import sqlite3
import ssl
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

from companion.adapters.audit_store import AuditStore
from companion.adapters.certificates import Certificates
from companion.adapters.database import Database
from companion.adapters.device_store import DeviceStore
from companion.adapters.one_time_passwords import OneTimePasswords
from companion.adapters.secrets import Secrets
from companion.adapters.tokens import AccessTokens
from companion.domain.events import LanStateChanged, SettingsChanged
from companion.domain.pairing import PairingDesk
from companion.domain.settings import Settings
from companion.features.devices import Devices
from companion.features.lan import Lan
from companion.features.security import Security
from companion.frontends.http.lan import LanServer, PhoneParts
from companion.kernel.actions import Caller, Registry, Scope
from companion.kernel.bus import Bus
from companion.kernel.status import StatusBoard
from tests.frontends.shelf import Shelf

PC = Caller("http", Scope.ADMIN, "the test", agreed=True)
_template = Path(tempfile.mkdtemp(prefix="lan-door-")) / "data"
atexit.register(shutil.rmtree, _template.parent, ignore_errors=True)
NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


@dataclasses.dataclass
class LanDoor:
    """Everything around the door."""

    bus: Bus
    board: StatusBoard
    registry: Registry
    parts: PhoneParts
    server: LanServer
    shelf: Shelf
    folder: Path
    settings: Settings
    addresses: list[str]

    async def change(self, name: str, value: Any) -> None:
        """What `settings.set` does."""
        self.settings = Settings.model_validate(self.settings.model_dump() | {name: value})
        self.bus.publish(SettingsChanged({name: value}))

    async def do(self, action: str, **arguments: Any) -> Any:
        """An act of the streamer on the PC."""
        return await self.registry.invoke(action, arguments, PC)

    @property
    def lan(self) -> LanStateChanged:
        found = self.bus.latest(LanStateChanged)
        assert found is not None
        return found

    async def until_state(self, state: str) -> LanStateChanged:
        async with asyncio.timeout(30):
            while (found := self.bus.latest(LanStateChanged)) is None or found.state != state:
                await asyncio.sleep(0.02)
        return found

    async def until_noted(self, outcome: str) -> None:
        """Wait until something with this outcome is in the audit log."""
        async with asyncio.timeout(30):
            while outcome not in {entry.outcome for entry in (await self.do("audit.list", limit=500)).items}:
                await asyncio.sleep(0.02)

    @property
    def url(self) -> str:
        return f"{'https' if self.lan.tls else 'http'}://127.0.0.1:{self.lan.port}"

    def trusting(self) -> ssl.SSLContext | bool:
        """Trusts the authority of this door and no other."""
        if not self.lan.tls:
            return True
        return ssl.create_default_context(cafile=str(self.folder / "data" / "lan" / "authority.crt"))

    async def paired(self, scope: str = "control", name: str = "Phone") -> "Phone":
        """A phone that went all the way through pairing."""
        offer = await self.do("pairing.start")
        phone = Phone(self)
        answer = await phone.post("/auth/pair", {"secret": offer.url.partition("#pair=")[2], "name": name})
        assert answer.status == 201, answer.body
        assert (await phone.get("/auth/pair")).body["state"] == "waiting"
        await self.do("pairing.allow", id=answer.body["id"], scope=scope)
        allowed = await phone.get("/auth/pair")
        assert (allowed.body["state"], allowed.body["scope"]) == ("allowed", scope)
        phone.device = max(device.id for device in await self.do("device.list"))
        return phone


@dataclasses.dataclass
class Answer:
    """An answer that was read to its end."""

    status: int
    body: Any
    headers: Any
    cookies: http.cookies.SimpleCookie

    @property
    def code(self) -> str:
        return str(self.body["error"]["code"]) if isinstance(self.body, dict) and "error" in self.body else ""


class Phone:
    """A browser's way to speak: it keeps cookies, and its page sends its origin and header."""

    def __init__(self, door: LanDoor, address: str = "127.0.0.1") -> None:
        self.door = door
        self.address = address
        self.cookies: dict[str, str] = {}
        self.device = 0

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        cookies: dict[str, str] | None = None,
        data: Any = None,
    ) -> Answer:
        own = {"Origin": self.door.url, "X-Companion": "1"} if method not in ("GET", "HEAD") else {}
        async with (
            self._session() as session,
            session.request(
                method,
                self.door.url + path,
                json=body,
                data=data,
                headers={**own, **self.cookie_header(cookies), **(headers or {})},
                ssl=self.door.trusting(),
                allow_redirects=False,
            ) as response,
        ):
            is_json = response.content_type == "application/json"
            content = await (response.json() if is_json else response.read())
            for name, morsel in response.cookies.items():
                self.cookies[name] = morsel.value
            return Answer(response.status, content, response.headers, response.cookies)

    def _session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(local_addr=(self.address, 0))
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    async def get(self, path: str, **more: Any) -> Answer:
        return await self.ask("GET", path, **more)

    async def post(self, path: str, body: Any = None, **more: Any) -> Answer:
        return await self.ask("POST", path, body, **more)

    def cookie_header(self, cookies: dict[str, str] | None = None) -> dict[str, str]:
        given = self.cookies if cookies is None else cookies
        text = "; ".join(f"{name}={value}" for name, value in given.items() if value)
        return {"Cookie": text} if text else {}

    async def connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection on which the test writes bytes of its own."""
        trust = self.door.trusting()
        assert isinstance(trust, ssl.SSLContext)
        return await asyncio.open_connection(
            "127.0.0.1", self.door.lan.port, ssl=trust, server_hostname="127.0.0.1", local_addr=(self.address, 0)
        )

    def head(self, line: str, length: int | None = None) -> bytes:
        """A request's head as bytes."""
        lines = [f"{line} HTTP/1.1", f"Host: {self.door.url.partition('://')[2]}", f"Origin: {self.door.url}"]
        lines += ["X-Companion: 1", *(f"{name}: {value}" for name, value in self.cookie_header().items())]
        if length is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {length}"]
        return "\r\n".join([*lines, "", ""]).encode()

    @contextlib.asynccontextmanager
    async def stream(self, path: str = "/api/events") -> AsyncIterator[aiohttp.ClientResponse]:
        async with (
            self._session() as session,
            session.get(self.door.url + path, headers=self.cookie_header(), ssl=self.door.trusting()) as response,
        ):
            yield response

    @contextlib.asynccontextmanager
    async def socket(self, path: str = "/ws", **headers: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        sent = {"Origin": self.door.url, **self.cookie_header(), **headers}
        async with (
            self._session() as session,
            session.ws_connect(self.door.url + path, headers=sent, ssl=self.door.trusting()) as socket,
        ):
            yield socket


@contextlib.asynccontextmanager
async def lan_door(
    folder: Path, *, another: bool = False, address: str = "127.0.0.1", **settings: Any
) -> AsyncIterator[LanDoor]:
    """Run the door over a shelf below `folder`, open as the settings say (by default https, on a free port).

    The first of a run pays for the tables and the signing secret, all later ones get a copy: they are the same
    installation, but for `another`.
    """
    chosen = Settings.model_validate({"lan_mode": "https", "lan_port": 0, **settings})
    bus = Bus()
    board = StatusBoard(bus)
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "shelf").mkdir(exist_ok=True)
    database = Database(folder / "data" / "companion.db", board)
    if _template.exists() and not another:
        shutil.copytree(_template, folder / "data", dirs_exist_ok=True)
    await database.open()
    secrets = Secrets(folder / "data", board)
    parts = PhoneParts(
        PairingDesk(bus),
        DeviceStore(database, bus),
        AccessTokens(secrets),
        OneTimePasswords(secrets, folder / "data" / "totp.step"),
        Certificates(folder / "data" / "lan"),
    )
    shelf = Shelf(bus, folder / "shelf")
    door: LanDoor

    async def change(name: str, value: Any) -> None:
        await door.change(name, value)

    devices = Devices(parts.store, parts.desk, bus, board, lambda: door.settings, change, lambda: door.server.online())
    security = Security(parts.tokens, parts.passwords, AuditStore(database), bus, board)
    switch = Lan(bus, parts.certificates, parts.passwords, lambda: door.settings, change)
    registry = Registry(bus, [shelf, devices, security, switch])
    server = LanServer(
        registry,
        bus,
        board,
        parts,
        settings=lambda: door.settings,
        version="1.2.3",
        addresses=lambda: list(door.addresses),
    )
    door = LanDoor(bus, board, registry, parts, server, shelf, folder, chosen, [address])
    async with asyncio.TaskGroup() as group:
        tasks = []
        for service in (security, devices, server):
            ready = asyncio.Event()
            tasks.append(group.create_task(service.run(ready.set)))
            async with asyncio.timeout(30):
                await ready.wait()
        if not _template.exists():
            _template.mkdir()
            with sqlite3.connect(database.file) as found, sqlite3.connect(_template / "companion.db") as copy:
                found.backup(copy)
            for file in (folder / "data").glob("secrets.*"):
                shutil.copy(file, _template)
        try:
            yield door
        finally:
            for task in reversed(tasks):
                task.cancel()
                await asyncio.wait({task})
            await database.close()
