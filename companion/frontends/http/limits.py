"""What slows down those who guess, and what keeps their noise out of the audit log.

Only what a person types is counted here: pairing codes and one-time passwords are short enough to be guessed. Tokens
and the secret in the QR code are not, so a wrong one is refused and ends its connection, and nothing more: nobody who
shows wrong ones can lock out a phone that is paired, not even from the same address.
"""

import asyncio
import collections
import ipaddress
import time
from collections.abc import Callable

from companion.domain.events import AccessDenied
from companion.frontends.http.errors import TooMany
from companion.kernel.bus import Bus
from companion.kernel.printable import printable

FREE_TRIES = 5
LONGEST_LOCK_SECONDS = 300.0
FORGET_SECONDS = 900.0
OVERALL_TRIES = 50
OVERALL_SECONDS = 60.0
MOST_KEYS = 1000
WINDOW_SECONDS = 60.0
MOST_DENIALS = 200
MOST_DENIALS_OF_ONE_ADDRESS = 20
LONGEST_TOLD = 150
"""How much is kept and told of what a stranger wrote, in letters: the audit log has room for it and its count."""


class WrongCodes:
    """Counts wrong codes by address (or device) and overall; each after the first few doubles how long a lock lasts."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tries: collections.OrderedDict[str, tuple[int, float]] = collections.OrderedDict()
        self._recent: collections.deque[float] = collections.deque(maxlen=OVERALL_TRIES)

    def check(self, key: str) -> None:
        """Raise TooMany while `key`, or everybody, has to wait."""
        now = self._clock()
        wait = 0.0
        count, last = self._tries.get(key, (0, 0.0))
        if count > FREE_TRIES and now - last < FORGET_SECONDS:
            wait = last + min(2.0 ** (count - FREE_TRIES), LONGEST_LOCK_SECONDS) - now
        if len(self._recent) == OVERALL_TRIES:
            wait = max(wait, self._recent[0] + OVERALL_SECONDS - now)
        if wait > 0:
            seconds = int(wait) + 1
            raise TooMany(
                "too_many_tries",
                f"Too many wrong codes. Wait {seconds} s.",
                "Wait, then look at the code again.",
                retry_after_seconds=seconds,
            )

    def wrong(self, key: str) -> None:
        """Count a wrong code."""
        now = self._clock()
        count, last = self._tries.pop(key, (0, now))
        self._tries[key] = (1 if now - last >= FORGET_SECONDS else count + 1, now)
        self._recent.append(now)
        while len(self._tries) > MOST_KEYS:
            self._tries.popitem(last=False)

    def right(self, key: str) -> None:
        """Forget the wrong codes of `key`."""
        self._tries.pop(key, None)


class Denials:
    """Tells of requests that were turned away: the first of a kind at once, then the 10th, the 100th …, and at the end
    of each minute of how many it were.

    A kind is where it came from (as `network_of` says), a route and an outcome. What comes from there beyond so many
    kinds is told together, and so is what comes from more places.
    """

    def __init__(self, bus: Bus, door: str) -> None:
        self._bus = bus
        self._door = door
        self._newest: dict[tuple[str, str, str], AccessDenied] = {}

    async def run(self) -> None:
        """End the windows."""
        try:
            while True:
                await asyncio.sleep(WINDOW_SECONDS)
                self._end_window()
        finally:
            self._end_window()

    def note(self, address: str, actor: str, route: str, what: str, outcome: str) -> None:
        """Count a refusal of `what`, which the router knows as `route` (empty: not at all)."""
        origin = network_of(address)
        kind = (origin, route, outcome)
        if kind not in self._newest:
            if len(self._newest) >= MOST_DENIALS:
                origin = address = "many addresses"
                actor, route, what = "", "", "many requests"
            elif sum(known[0] == origin for known in self._newest) >= MOST_DENIALS_OF_ONE_ADDRESS:
                route, what = "", "other requests"
            kind = (origin, route, outcome)
        times = self._newest[kind].times + 1 if kind in self._newest else 1
        self._newest[kind] = AccessDenied(
            self._door, address, printable(actor)[:LONGEST_TOLD], printable(what)[:LONGEST_TOLD], outcome, times
        )
        if _is_told_at_once(times):
            self._bus.publish(self._newest[kind])

    def _end_window(self) -> None:
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
