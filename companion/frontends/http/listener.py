"""Takes connections from the LAN, few enough that strangers can exhaust nothing.

Each address may hold some connections, all together some more; one over that is closed before its TLS handshake costs
anything. Who connects and then says nothing that lets it in is cut off, so that strangers cannot fill the places.
"""

import asyncio
import logging
import socket
import ssl
import time
from collections.abc import Callable, Sequence

from companion.frontends.http.limits import network_of
from companion.kernel.errors import Unavailable

log = logging.getLogger(__name__)

MOST_OF_ONE_ADDRESS = 64
MOST_CONNECTIONS = 512
STRANGER_SECONDS = 30.0
"""How long a connection may last that no device has used yet."""
HANDSHAKE_SECONDS = 10.0
SILENT_SECONDS = 20
"""After so long without an answer to what was sent, a phone is taken to be asleep or away."""
BACKLOG = 128


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


class Listener:
    """Hands the connections of `sockets` to protocols that `make` makes."""

    def __init__(self, make: Callable[[], asyncio.BaseProtocol], tls: ssl.SSLContext | None) -> None:
        self._make = make
        self._tls = tls
        self._open: dict[asyncio.BaseTransport, tuple[str, float]] = {}
        self._greeting: dict[str, int] = {}
        self._known: set[asyncio.BaseTransport] = set()

    async def run(self, sockets: Sequence[socket.socket]) -> None:
        """Accept until cancelled; the sockets are closed then, the connections are their protocols' to close."""
        try:
            async with asyncio.TaskGroup() as group:
                for listening in sockets:
                    group.create_task(self._accept(listening, group))
                group.create_task(self._watch())
        finally:
            for listening in sockets:
                listening.close()

    def welcome(self, transport: asyncio.BaseTransport | None) -> None:
        """A device has shown itself on this connection: it may last."""
        if transport is not None:
            self._known.add(transport)

    async def _accept(self, listening: socket.socket, group: asyncio.TaskGroup) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, peer = await loop.sock_accept(listening)
            except OSError as error:
                log.warning("a connection could not be taken: %s", error)
                await asyncio.sleep(0.2)  # most likely too many files are open: let some close
                continue
            key = network_of(str(peer[0]))
            if not self._has_place(key):
                connection.close()
                continue
            self._greeting[key] = self._greeting.get(key, 0) + 1
            group.create_task(self._greet(connection, key))

    def _has_place(self, key: str) -> bool:
        self._forget_closed()
        mine = sum(found == key for found, _ in self._open.values()) + self._greeting.get(key, 0)
        everybody = len(self._open) + sum(self._greeting.values())
        return mine < MOST_OF_ONE_ADDRESS and everybody < MOST_CONNECTIONS

    async def _greet(self, connection: socket.socket, key: str) -> None:
        try:
            _notice_silence(connection)
            transport, _ = await asyncio.get_running_loop().connect_accepted_socket(
                self._make,
                connection,
                ssl=self._tls,
                ssl_handshake_timeout=HANDSHAKE_SECONDS if self._tls else None,
            )
            self._open[transport] = (key, time.monotonic())
        except (OSError, ssl.SSLError) as error:
            log.debug("no connection with %s: %s", key, error)
        finally:
            self._greeting[key] -= 1
            if not self._greeting[key]:
                del self._greeting[key]

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(STRANGER_SECONDS / 6)
            self._forget_closed()
            latest = time.monotonic() - STRANGER_SECONDS
            for transport, (_, since) in self._open.items():
                if transport not in self._known and since < latest and isinstance(transport, asyncio.Transport):
                    transport.abort()

    def _forget_closed(self) -> None:
        for transport in [transport for transport in self._open if transport.is_closing()]:
            del self._open[transport]
        self._known.intersection_update(self._open)


def _notice_silence(connection: socket.socket) -> None:
    """Have the system give up on a phone that does not acknowledge what it is sent."""
    connection.settimeout(0)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT_SECONDS * 1000)
