"""Tells the LAN by multicast DNS that the companion is here: its name, port and that it speaks TLS, nothing else."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from companion.adapters.network import host_name

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

log = logging.getLogger(__name__)

SERVICE = "_fluxboard._tcp.local."
SECONDS = 10.0
"""How long it may take to register; it takes about one."""
GOODBYE_SECONDS, CLOSE_SECONDS = 0.75, 1.25
"""How long the goodbye may take, which is sent three times within 0.25 s, and closing, which waits one for an opening
that is under way."""


@contextlib.asynccontextmanager
async def advertised(addresses: Sequence[str], port: int, *, tls: bool) -> AsyncIterator[str]:
    """Advertise while the block runs; yields what keeps it from that, as a sentence, or an empty string."""
    from zeroconf import Error, IPVersion
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

    if not addresses:
        yield ""
        return
    # It warns, with a traceback, of each address that goes away with its network; those that stay are served.
    logging.getLogger("zeroconf").setLevel(logging.ERROR)
    info = AsyncServiceInfo(
        SERVICE,
        f"FluxBoard Companion on {host_name()}.{SERVICE}",
        parsed_addresses=list(addresses),
        port=port,
        server=f"{host_name()}.local.",
        properties={"tls": "1" if tls else "0", "path": "/"},
    )
    version = IPVersion.All if socket.has_ipv6 and any(":" in address for address in addresses) else IPVersion.V4Only
    try:
        zeroconf = AsyncZeroconf(interfaces=list(addresses), ip_version=version)
    except (OSError, Error) as error:
        yield _problem(error)
        return
    try:
        yield await _register(zeroconf, info)
    finally:
        await _leave(zeroconf)


async def _register(zeroconf: "AsyncZeroconf", info: "AsyncServiceInfo") -> str:
    from zeroconf import Error

    try:
        async with asyncio.timeout(SECONDS):
            await zeroconf.async_register_service(info, allow_name_change=True)
    except (OSError, Error) as error:  # a TimeoutError is an OSError
        return _problem(error)
    return ""


async def _leave(zeroconf: "AsyncZeroconf") -> None:
    from zeroconf import Error

    for step, seconds in (
        (zeroconf.async_unregister_all_services, GOODBYE_SECONDS),
        (zeroconf.async_close, CLOSE_SECONDS),
    ):
        try:
            async with asyncio.timeout(seconds):
                await step()
        except (OSError, Error) as error:
            log.debug("mDNS: no goodbye: %s", str(error) or type(error).__name__)


def _problem(error: Exception) -> str:
    why = f"no answer within {SECONDS:.0f} s" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
    return f"It cannot be found by name in the network ({why}); addresses work."
