"""Tells the LAN by multicast DNS that the companion is here: its name, port and that it speaks TLS, nothing else."""

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


@contextlib.asynccontextmanager
async def advertised(addresses: Sequence[str], port: int, *, tls: bool) -> AsyncIterator[str]:
    """Advertise while the block runs; yields the name it got, or an empty one where that is not possible."""
    from zeroconf import Error, IPVersion
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

    if not addresses:
        yield ""
        return
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
        log.warning("the companion cannot be found by name in the LAN: %s", error)
        yield ""
        return
    try:
        yield await _register(zeroconf, info)
    finally:
        await zeroconf.async_unregister_all_services()
        await zeroconf.async_close()


async def _register(zeroconf: "AsyncZeroconf", info: "AsyncServiceInfo") -> str:
    from zeroconf import Error

    try:
        await zeroconf.async_register_service(info, allow_name_change=True)
    except (OSError, Error) as error:
        log.warning("the companion cannot be found by name in the LAN: %s", error)
        return ""
    return info.name.removesuffix(f".{SERVICE}")
