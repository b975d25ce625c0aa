"""The door for paired phones in the LAN: HTTPS on all interfaces while it is switched on, else nothing listens.

The certificate follows the PC: when its addresses change or it is about to expire, a new one is used for all further
connections, those that are open stay.
"""

import asyncio
import contextlib
import dataclasses
import datetime as dt
import functools
import logging
import math
import ssl
from collections.abc import Callable

from aiohttp import web

from companion.adapters import network
from companion.adapters.certificates import RENEW, Certificates, ServerCertificate
from companion.adapters.device_store import DeviceStore
from companion.adapters.mdns import advertised
from companion.adapters.one_time_passwords import OneTimePasswords
from companion.adapters.tokens import AccessTokens
from companion.domain.denials import Denials
from companion.domain.events import (
    AccessDenied,
    DeviceChanged,
    DeviceRevoked,
    LanStateChanged,
    OneTimePasswordsSwitched,
    SettingsChanged,
    SigningSecretRotated,
)
from companion.domain.pairing import PairingDesk
from companion.domain.settings import LanMode, Settings
from companion.frontends.http.application import Common, runner_of
from companion.frontends.http.listener import Listener, Places, open_sockets
from companion.frontends.http.live import LiveEvents
from companion.frontends.http.me import about
from companion.frontends.http.pages import page_paths
from companion.frontends.http.phones import OPEN, PAIR, PhoneGate, PhoneRoutes, as_it_may
from companion.frontends.http.trust import PATHS, Trust
from companion.kernel.actions import Caller, Registry
from companion.kernel.bus import Bus, Subscription
from companion.kernel.errors import CompanionError, NotAllowed, Refused
from companion.kernel.service import Ready
from companion.kernel.status import Health, StatusBoard

log = logging.getLogger(__name__)

ADDRESSES_SECONDS = 5.0
RETRY_SECONDS = 15.0
RENEWAL_SECONDS = 12 * 3600.0
GOODBYE_SECONDS = 0.2
"""After which what a revoked device still receives is cut off: so long its streams have to end in good form."""


@dataclasses.dataclass(frozen=True)
class PhoneParts:
    """What the door shares with the features that manage it."""

    desk: PairingDesk
    store: DeviceStore
    tokens: AccessTokens
    passwords: OneTimePasswords
    certificates: Certificates


class LanServer:
    """Serves the same actions, events and pages as the loopback server, to paired devices."""

    name = "lan"
    essential = False

    def __init__(
        self,
        registry: Registry,
        bus: Bus,
        board: StatusBoard,
        parts: PhoneParts,
        *,
        settings: Callable[[], Settings],
        version: str,
        addresses: Callable[[], list[str]] = network.addresses,
    ) -> None:
        self._registry = registry
        self._bus = bus
        self._board = board
        self._parts = parts
        self._settings = settings
        self._version = version
        self._addresses = addresses
        self._live = LiveEvents(bus, board, lambda caller: about(caller, version))
        self._places = Places()
        self._gate: PhoneGate | None = None

    def online(self) -> set[int]:
        """The devices that have a page open."""
        return self._live.online()

    def present(self, caller: Caller) -> Caller:
        """`caller` with what its device may do now; raises NotAllowed `device_revoked`."""
        if caller.device is None:
            return caller
        device = self._parts.store.get(caller.device)
        if device is None:
            raise NotAllowed("device_revoked", "This phone was thrown out.", PAIR)
        code_age = self._gate.code_age(device.number) if self._gate else math.inf
        return as_it_may(caller, device, self._parts.passwords, code_age)

    async def run(self, ready: Ready) -> None:
        """Open and shut the door as the settings say."""
        changes = self._bus.subscribe(SettingsChanged)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._throw_out())
                while True:
                    wanted = self._wanted()
                    if wanted[0] is LanMode.OFF:
                        self._say("off", Health.OFF, "No phones are served.")
                        ready()
                        await self._until_changed(changes, wanted)
                        continue
                    serving = group.create_task(self._serve(ready))
                    await self._until_changed(changes, wanted)
                    serving.cancel()
                    await asyncio.wait({serving})
        finally:
            self._bus.unsubscribe(changes)

    def _wanted(self) -> tuple[object, ...]:
        settings = self._settings()
        return settings.lan_mode, settings.lan_port, settings.lan_certificate, settings.lan_key

    async def _until_changed(self, changes: Subscription, wanted: tuple[object, ...]) -> None:
        while self._wanted() == wanted:
            await changes.get()

    async def _serve(self, ready: Ready) -> None:
        """Serve until cancelled; what keeps the door shut is a state, and tried again."""
        while True:
            try:
                await self._open(ready)
            except CompanionError as error:
                self._say(error.code, Health.FAILED, error.message, error.remedy)
                ready()
                await asyncio.sleep(RETRY_SECONDS)

    async def _open(self, ready: Ready) -> None:
        settings = self._settings()
        self._say("opening", Health.OFF)
        await self._parts.tokens.load()
        for device in self._parts.store.all():
            if device.revoked_at is None and device.last_address:
                self._places.arrivals.remember(device.last_address)
        found = self._addresses()
        certificate = await self._certificate(found) if settings.lan_mode is LanMode.HTTPS else None
        context = certificate.context() if certificate else None
        parts = self._parts
        gate = PhoneGate(parts.store, parts.tokens, parts.passwords, self._places, tls=context is not None)
        trust, denials = Trust(), Denials(self._bus, "phone")
        runner = runner_of(self._application(gate, trust, denials))
        await runner.setup()
        try:
            sockets = open_sockets(settings.lan_port)
        except CompanionError:
            await runner.cleanup()
            raise
        assert runner.server is not None
        listener = Listener(runner.server, context, self._places, functools.partial(_note_refused, denials))
        self._gate = gate
        door = _Door(gate, trust, context, int(sockets[0].getsockname()[1]), found, certificate)
        door.serve()
        self._say_listening(door)
        ready()
        async with asyncio.TaskGroup() as group:
            group.create_task(denials.run())
            group.create_task(self._keep_current(door))
            group.create_task(self._advertise(door))
            try:
                await listener.run(sockets)
            finally:
                # Within the group, so that the door is shut before it says goodbye by name: that may take seconds.
                self._gate = None
                await runner.cleanup()
                self._say("off", Health.OFF)

    async def _advertise(self, door: "_Door") -> None:
        """Have the door found by name at its addresses; where that fails, it is tried again."""
        while True:
            door.moved.clear()
            async with advertised(door.addresses, door.port, tls=door.certificate is not None) as problem:
                if problem != door.not_found:
                    if problem:
                        log.warning("%s", problem)
                    door.not_found = problem
                    self._say_listening(door)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(RETRY_SECONDS if problem else None):
                        await door.moved.wait()

    async def _keep_current(self, door: "_Door") -> None:
        """Follow the PC's addresses, and renew the certificate in time."""
        while True:
            await self._until_due(door)
            await self._renew(door)

    async def _until_due(self, door: "_Door") -> None:
        """Wait until the PC's addresses are others, or the certificate was discarded or has to be looked at."""
        now = asyncio.get_running_loop().time
        due = now() + (RETRY_SECONDS if door.problem else RENEWAL_SECONDS)
        while True:
            await asyncio.sleep(ADDRESSES_SECONDS)
            if now() >= due or self._addresses() != door.addresses or door.is_discarded:
                return

    async def _renew(self, door: "_Door") -> None:
        """Serve the PC's addresses, with a certificate that is good for them; what keeps it from that is shown."""
        addresses = self._addresses()
        if addresses != door.addresses:
            door.addresses = addresses
            door.moved.set()
        if door.context:
            try:
                certificate = await self._certificate(addresses)
                certificate.load_into(door.context)
                door.certificate, door.problem = certificate, None
            except CompanionError as error:
                # Those who are connected, and those whose address is in the old certificate, go on.
                log.log(logging.DEBUG if door.problem else logging.ERROR, "%s", error.message)
                door.problem = error
        door.serve()
        self._say_listening(door)

    async def _certificate(self, found: list[str]) -> ServerCertificate:
        settings = self._settings()
        if settings.lan_certificate is None:
            return await self._parts.certificates.current(network.names(found))
        if settings.lan_key is None:
            raise Refused("lan_key_missing", "LAN_CERTIFICATE is set without its key.", "Set LAN_KEY as well.")
        return await self._parts.certificates.brought(settings.lan_certificate, settings.lan_key)

    def _application(self, gate: PhoneGate, trust: Trust, denials: Denials) -> web.Application:
        parts = self._parts
        given = (gate, parts.desk, parts.store, parts.tokens, parts.passwords)
        routes = PhoneRoutes(*given, self._places, self._live, self._bus, self._version)

        def add_own(router: web.UrlDispatcher) -> None:
            routes.add_to(router)
            trust.add_to(router)

        common = Common(self._registry, self._board, self._version, self._live)
        app = common.application(gate, denials, add_own)
        gate.open_paths = OPEN | PATHS | page_paths()
        return app

    async def _throw_out(self) -> None:
        """Close the streams of devices that may do something else now, and all that is under way with revoked ones."""
        heard = self._bus.subscribe(
            DeviceRevoked, DeviceChanged, SigningSecretRotated, OneTimePasswordsSwitched, size=4096
        )
        try:
            async for envelope in heard:
                match envelope.event:
                    case DeviceRevoked(number) | DeviceChanged({"id": number}):
                        if self._gate:
                            self._gate.forget_step_up(number)
                        self._live.close_device(number)
                        if isinstance(envelope.event, DeviceRevoked):
                            asyncio.get_running_loop().call_later(GOODBYE_SECONDS, self._places.cut, number)
                    case SigningSecretRotated():
                        self._live.close_devices()
                    case OneTimePasswordsSwitched():
                        if self._gate:
                            self._gate.forget_step_ups()  # given for another secret, or for none
                        self._live.close_devices()
        finally:
            self._bus.unsubscribe(heard)

    def _say_listening(self, door: "_Door") -> None:
        certificate, problem = door.certificate, door.problem or door.ending or door.misnamed
        scheme = "https" if certificate else "http"
        suffix = "" if door.port == (443 if certificate else 80) else f":{door.port}"
        urls = [f"{scheme}://{network.url_host(address)}{suffix}" for address in door.reached_by()]
        warning = "" if certificate else "Without encryption: everybody in the network can read along."
        told = (f"{urls[0] if urls else 'in no network'}.", warning, problem.message if problem else "", door.not_found)
        detail = " ".join(filter(None, told))
        remedy = problem.remedy if problem else "" if certificate else "Set LAN_MODE to https."
        health = Health.OK if certificate and not problem else Health.ATTENTION
        self._board.set(self.name, problem.code if problem else "listening", health, detail, remedy)
        self._tell(
            LanStateChanged(
                "listening",
                tls=certificate is not None,
                port=door.port,
                urls=urls,
                fingerprint=certificate.fingerprint if certificate else "",
                expires_at=certificate.expires_at if certificate else None,
                own_authority=certificate is not None and certificate.authority is not None,
                detail=detail,
                remedy=remedy,
            )
        )

    def _say(self, state: str, health: Health, detail: str = "", remedy: str = "") -> None:
        self._board.set(self.name, state, health, detail, remedy)
        tls = self._settings().lan_mode is not LanMode.HTTP
        self._tell(LanStateChanged(state, tls=tls, detail=detail, remedy=remedy))

    def _tell(self, new: LanStateChanged) -> None:
        if new != self._bus.latest(LanStateChanged):
            self._bus.publish(new)


def _note_refused(denials: Denials, address: str) -> None:
    denials.note(AccessDenied(denials.door, address, "", "connects again and again", "too_many_connections"), "")


@dataclasses.dataclass
class _Door:
    """The open door, and what keeps it from being quite in order."""

    gate: PhoneGate
    trust: Trust
    context: ssl.SSLContext | None
    port: int
    addresses: list[str]
    certificate: ServerCertificate | None
    problem: CompanionError | None = None
    """Why the certificate could not be renewed."""
    not_found: str = ""
    """Why it cannot be found by name."""
    moved: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)
    """Set when the addresses became others."""

    def reached_by(self) -> list[str]:
        """The names and addresses that phones are told, the best one first."""
        certificate = self.certificate
        # The companion's own is good for the addresses but for some public ones, where phones come in after a warning.
        names = certificate.names if certificate and not certificate.authority else ()
        return network.best_first(self.addresses, names) if self.addresses else []

    @property
    def misnamed(self) -> CompanionError | None:
        """That phones are sent where the certificate is not good for."""
        certificate, reached = self.certificate, self.reached_by()
        if certificate is None or not reached or reached[0] in certificate.names:
            return None
        if certificate.authority:
            message = f"The companion's authority was not made for the network of {reached[0]}: phones warn there."
            known = f"https://{network.host_name()}.local:{self.port}"
            return Refused("certificate_misnamed", message, f"Open {known} on phones, or run {RENEW}")
        named = ", ".join(certificate.names) or "no name"
        message = f"The certificate is for {named}: phones warn of it at this PC's addresses."
        return Refused("certificate_misnamed", message, "Open the companion under a name that it is for, or get one.")

    @property
    def is_discarded(self) -> bool:
        """Whether the companion's own certificate is to be made anew; what keeps it from that is tried again later."""
        certificate = self.certificate
        return bool(certificate and certificate.authority and not self.problem and not certificate.is_there)

    @property
    def ending(self) -> CompanionError | None:
        """That the authority, which phones trust, comes to its end."""
        if self.certificate is None or not self.certificate.ends_with_authority:
            return None
        day = dt.datetime.fromtimestamp(self.certificate.expires_at, dt.UTC).date()
        message = f"The companion's authority ends on {day}. It is replaced by itself then: phones warn of the new one."
        return Refused("authority_ends", message, f"When it suits you, run {RENEW}")

    def serve(self) -> None:
        """Answer under these addresses, and hand out the authority of this certificate."""
        self.trust.certificate = self.certificate
        names = [*network.names(self.addresses), *(self.certificate.names if self.certificate else ())]
        hosts = {network.url_host(name.lower()) for name in names}
        default = 443 if self.context else 80
        self.gate.serve(
            frozenset({f"{host}:{self.port}" for host in hosts} | (hosts if self.port == default else set()))
        )
