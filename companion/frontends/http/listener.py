"""Takes connections from the LAN, so few and so seldom that strangers can exhaust nothing.

Those whose requests bore no device's token yet share a small number of places, few for each address, and the newest
takes the oldest one's: so strangers can neither fill the places nor keep them, and never touch those of paired devices.
"""

import asyncio
import contextlib
import dataclasses
import logging
import socket
import ssl
import time
from asyncio.sslproto import SSLProtocol
from collections.abc import Callable, Sequence

from companion.domain.denials import network_of
from companion.frontends.http.arrivals import Arrivals
from companion.kernel.errors import Unavailable

log = logging.getLogger(__name__)

MOST_STRANGERS = 128
MOST_STRANGERS_OF_ONE_ADDRESS = 8
MOST_STRANGERS_OF_ONE_NETWORK = 32
"""Of 64 bits of IPv6: that can be one machine, and is all phones of a household."""
MOST_KNOWN = 512
MOST_OF_ONE_DEVICE = 24
STRANGER_SECONDS = 10.0
"""How long a connection may last that no device has used yet."""
MOST_REQUESTS_OF_A_STRANGER = 16
"""On one connection: asking on, a stranger has to connect anew, which it may so many times only."""
ANSWER_SECONDS = 1.0
"""A connection is not cut so soon after a request, unless it lasts twice as long as it may."""
SHUTDOWN_SECONDS = 2.0
"""How long the other side may take to end TLS in good form."""
SILENT_SECONDS = 20
"""After so long without an answer to what was sent, a phone is taken to be asleep or away."""
BACKLOG = 128
REFUSED_PAUSE_SECONDS = 0.1
"""Once a connection was not taken, after those that waited behind it: done in one go, a flood costs a tenth of a core.
Not before: while the system's queue is full, nobody gets into it, whoever it is."""
TLS_BUFFER = 32 * 1024
"""What asyncio holds for each connection (and clears for each read): 256 KiB by default, 40 MB for 150 connections."""


def open_sockets(port: int) -> list[socket.socket]:
    """Listening sockets on all interfaces, IPv4 and, where there is one, IPv6, on one port; raises Unavailable."""
    first = _open(socket.AF_INET, "0.0.0.0", port)  # noqa: S104 - the LAN is what this door is for
    sockets = [first]
    if socket.has_ipv6:
        try:
            sockets.append(_open(socket.AF_INET6, "::", first.getsockname()[1]))
        except Unavailable as error:
            log.info("no phones over IPv6: %s", error.message)
    return sockets


def _open(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind((address, port))
        listening.listen(BACKLOG)
        listening.settimeout(0)
    except OSError as error:
        listening.close()
        raise Unavailable(
            "lan_port_not_available",
            f"Port {port} cannot be opened for phones: {error.strerror or error}.",
            "End the program that uses it, or set LAN_PORT to another port.",
            port=port,
        ) from error
    return listening


@dataclasses.dataclass(eq=False)
class _Place:
    """A connection: whose it is, and what ends it now."""

    address: str
    network: str
    socket: socket.socket
    since: float
    end: Callable[[], object]
    device: int | None = None
    asked_at: float = 0.0
    requests: int = 0


class Places:
    """Who is connected; at the limits the oldest connection of the same kind makes room."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.arrivals = Arrivals(clock)
        self._taken: dict[asyncio.BaseProtocol, _Place] = {}
        """By what speaks on the connection, oldest first."""

    def take(
        self, protocol: asyncio.BaseProtocol, connection: socket.socket, address: str, end: Callable[[], object]
    ) -> None:
        """A stranger has connected; `end` gives the connection up."""
        self._forget_closed()
        network = network_of(address)
        strangers = self._of(None)
        mine = [other for other in strangers if self._taken[other].network == network]
        if len(mine) >= (MOST_STRANGERS_OF_ONE_NETWORK if "/" in network else MOST_STRANGERS_OF_ONE_ADDRESS):
            self._end(mine[0])
        elif len(strangers) >= MOST_STRANGERS:
            self._end(strangers[0])
        self._taken[protocol] = _Place(address, network, connection, self._clock(), end)

    def greeted(self, protocol: asyncio.BaseProtocol, transport: asyncio.Transport) -> None:
        """The connection is there: from now on `transport` is what ends it."""
        if place := self._taken.get(protocol):
            place.end = transport.abort
        else:
            transport.abort()

    def asked(self, protocol: asyncio.BaseProtocol) -> bool:
        """A request came; returns whether its answer should be the connection's last one."""
        if (place := self._taken.get(protocol)) is None:
            return False
        place.asked_at = self._clock()
        place.requests += 1
        stays = place.asked_at - place.since <= STRANGER_SECONDS / 2 and place.requests < MOST_REQUESTS_OF_A_STRANGER
        return place.device is None and not stays

    def welcome(self, protocol: asyncio.BaseProtocol, device: int) -> None:
        """`device` has shown itself on this connection: it may last."""
        place = self._taken.get(protocol)
        if place is None or place.device == device:
            return
        self._forget_closed()
        mine, known = self._of(device), [other for other, place in self._taken.items() if place.device is not None]
        if len(mine) >= MOST_OF_ONE_DEVICE:
            self._end(mine[0])
        elif len(known) >= MOST_KNOWN:
            self._end(known[0])
        place.device = device
        self.arrivals.remember(place.address)

    def release(self, protocol: asyncio.BaseProtocol) -> None:
        """The device on this connection is about to be forgotten, and has yet to be answered."""
        if place := self._taken.get(protocol):
            place.device, place.since = None, self._clock()

    def cut(self, device: int) -> None:
        """End all that is under way with `device`."""
        for protocol in self._of(device):
            self._end(protocol)

    def sweep(self) -> None:
        """Cut strangers who stayed too long."""
        self._forget_closed()
        now = self._clock()
        for protocol in self._of(None):
            place = self._taken[protocol]
            age = now - place.since
            if age > 2 * STRANGER_SECONDS or (age > STRANGER_SECONDS and now - place.asked_at > ANSWER_SECONDS):
                self._end(protocol)

    def _of(self, device: int | None) -> list[asyncio.BaseProtocol]:
        return [protocol for protocol, place in self._taken.items() if place.device == device]

    def _end(self, protocol: asyncio.BaseProtocol) -> None:
        self._taken.pop(protocol).end()

    def _forget_closed(self) -> None:
        # By the socket itself: a transport that is closing may keep it for a while.
        for protocol in [protocol for protocol, place in self._taken.items() if place.socket.fileno() < 0]:
            del self._taken[protocol]


class Listener:
    """Hands the connections of `sockets` to protocols that `make` makes; `refused` hears whose are not taken."""

    def __init__(
        self,
        make: Callable[[], asyncio.BaseProtocol],
        tls: ssl.SSLContext | None,
        places: Places,
        refused: Callable[[str], None],
    ) -> None:
        self._make = make
        self._tls = tls
        self._places = places
        self._refused = refused
        SSLProtocol.max_size = TLS_BUFFER

    async def run(self, sockets: Sequence[socket.socket]) -> None:
        """Accept until cancelled; the sockets are closed then, the connections are their protocols' to close."""
        try:
            async with asyncio.TaskGroup() as group:
                for listening in sockets:
                    group.create_task(self._accept(listening, group))
                while True:
                    await asyncio.sleep(STRANGER_SECONDS / 10)
                    self._places.sweep()
        finally:
            for listening in sockets:
                listening.close()

    async def _accept(self, listening: socket.socket, group: asyncio.TaskGroup) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, peer = await loop.sock_accept(listening)
            except OSError as error:
                log.warning("a connection could not be taken: %s", error)
                await asyncio.sleep(0.2)  # most likely too many files are open: let some close
                continue
            if await self._take(connection, str(peer[0]), group):
                continue
            with contextlib.suppress(OSError):  # none waits any more, or what the next turn will tell
                for _ in range(BACKLOG):
                    connection, peer = listening.accept()
                    await self._take(connection, str(peer[0]), group)
            await asyncio.sleep(REFUSED_PAUSE_SECONDS)

    async def _take(self, connection: socket.socket, address: str, group: asyncio.TaskGroup) -> bool:
        """Take `connection`, or close it; returns whether it was taken."""
        if not self._places.arrivals.take(address):
            connection.close()
            self._refused(address)
            return False
        protocol = self._make()
        greeting = group.create_task(self._greet(connection, protocol))
        self._places.take(protocol, connection, address, greeting.cancel)
        await asyncio.sleep(0)  # let it begin: cancelled before that, it would not close the connection
        return True

    async def _greet(self, connection: socket.socket, protocol: asyncio.BaseProtocol) -> None:
        try:
            _notice_silence(connection)
            transport, _ = await asyncio.get_running_loop().connect_accepted_socket(
                lambda: protocol,
                connection,
                ssl=self._tls,
                ssl_handshake_timeout=STRANGER_SECONDS if self._tls else None,
                ssl_shutdown_timeout=SHUTDOWN_SECONDS if self._tls else None,
            )
            self._places.greeted(protocol, transport)
        except OSError as error:
            log.debug("no connection: %s", error)


def _notice_silence(connection: socket.socket) -> None:
    """Have the system give up on a phone that does not acknowledge what it is sent."""
    connection.settimeout(0)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT_SECONDS * 1000)
