"""Under which addresses and names other machines in the LAN reach this PC."""

import ipaddress
import re
import socket
from collections.abc import Iterable, Sequence

import psutil


def addresses() -> list[str]:
    """The addresses of all interfaces that are up, the one that leads to the LAN first; nothing is sent."""
    up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    found = [
        entry.address.partition("%")[0]
        for name, entries in psutil.net_if_addrs().items()
        if name in up
        for entry in entries
        if entry.family in (socket.AF_INET, socket.AF_INET6)
    ]
    usable = [address for address in dict.fromkeys(found) if _is_usable(address)]
    main = _main_address()
    return sorted(usable, key=lambda address: (address != main, _rank(address)))


def host_name() -> str:
    """The PC's own name as one label of letters, digits and hyphens."""
    label = re.sub(r"[^a-z0-9-]+", "-", socket.gethostname().split(".")[0].lower()).strip("-")
    return label[:63] or "pc"


def url_host(address: str) -> str:
    """`address` as it stands in a URL."""
    return f"[{address}]" if ":" in address else address


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_usable(text: str) -> bool:
    address = ipaddress.ip_address(text)
    return not (address.is_loopback or address.is_unspecified or address.is_multicast or _is_link_local(address))


def _is_link_local(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    # One of IPv6 needs the name of the interface, which no browser takes in an address.
    return address.version == 6 and address.is_link_local


def _rank(text: str) -> tuple[bool, bool]:
    address = ipaddress.ip_address(text)
    return address.version == 6, not address.is_private


def _main_address() -> str | None:
    """The address from which the PC speaks to others, by its routes."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # for documentation only: connecting a datagram socket sends nothing
            return str(probe.getsockname()[0])
        except OSError:
            return None


def best_first(found: Iterable[str], certified: Sequence[str]) -> list[str]:
    """The addresses `found` and the names among `certified` (what the certificate is good for), what phones reach
    without a warning first; a wildcard is no name, and localhost is the phone itself."""
    own = [name for name in certified if not ("*" in name or _is_address(name) or name.endswith("localhost"))]
    # Not every phone looks up what only the LAN knows.
    public = [name for name in own if "." in name and not name.endswith(".local")]
    found = list(found)
    return list(dict.fromkeys([*public, *(address for address in found if address in certified), *own, *found]))


def names(found: Iterable[str]) -> list[str]:
    """All that the server's certificate has to be good for."""
    return [f"{host_name()}.local", "localhost", "127.0.0.1", "::1", *found]
