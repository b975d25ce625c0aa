"""What keeps noise out of the audit log: refusals are counted, and told by their number."""

import asyncio
import dataclasses
import ipaddress

from companion.domain.events import AccessDenied
from companion.kernel.bus import Bus
from companion.kernel.printable import printable

DENIED_ACTS = frozenset(
    {
        *("scope_too_low", "one_time_password_needed", "one_time_password_wrong"),
        *("only_on_this_pc", "shown_on_the_pc", "device_revoked"),
    }
)
"""What an action is denied with, as it is told of by its `ActionInvoked`: a door tells of it no second time."""
WINDOW_SECONDS = 60.0
MOST_DENIALS = 200
MOST_DENIALS_OF_ONE_ORIGIN = 20
LONGEST_TOLD = 150
"""How much is kept and told of what a stranger wrote, in letters: the audit log has room for it and its count."""


class Denials:
    """Tells of requests that were turned away: the first of a kind at once, then the 10th, the 100th …, and at the end
    of each minute of how many it were.

    A kind is where it came from, a route and an outcome. What comes from there beyond so many kinds is told together,
    and so is what comes from more places.
    """

    def __init__(self, bus: Bus, door: str = "") -> None:
        self._bus = bus
        self.door = door
        """Whose refusals these are, where it is one door's."""
        self._newest: dict[tuple[str, str, str], AccessDenied] = {}

    async def run(self) -> None:
        """End the windows."""
        try:
            while True:
                await asyncio.sleep(WINDOW_SECONDS)
                self.end_window()
        finally:
            self.end_window()

    def note(self, denied: AccessDenied, route: str, origin: str = "") -> None:
        """Count a refusal of what is known as `route` (empty: not at all), from `origin`, else from its address."""
        origin = origin or network_of(denied.address)
        kind = (origin, route, denied.outcome)
        if kind not in self._newest:
            if len(self._newest) >= MOST_DENIALS:
                origin, route = "many addresses", ""
                denied = dataclasses.replace(denied, address=origin, actor="", what="many requests")
            elif sum(known[0] == origin for known in self._newest) >= MOST_DENIALS_OF_ONE_ORIGIN:
                route, denied = "", dataclasses.replace(denied, what="other requests")
            kind = (origin, route, denied.outcome)
        times = self._newest[kind].times + 1 if kind in self._newest else 1
        actor, what = printable(denied.actor)[:LONGEST_TOLD], printable(denied.what)[:LONGEST_TOLD]
        self._newest[kind] = dataclasses.replace(denied, actor=actor, what=what, times=times)
        if _is_told_at_once(times):
            self._bus.publish(self._newest[kind])

    def end_window(self) -> None:
        """Tell of how many it were, and count anew."""
        for denied in self._newest.values():
            if not _is_told_at_once(denied.times):
                self._bus.publish(denied)
        self._newest.clear()


def _is_told_at_once(times: int) -> bool:
    return str(times).rstrip("0") == "1"


def network_of(address: str) -> str:
    """What one machine can choose from counts as one: an IPv4 address, or the 64 bits of an IPv6 network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else address
