"""How often connections are taken from the LAN: each costs this PC a handshake, and whoever opens it next to nothing.

Strangers share one budget, of which each network gets a part. An address where a paired device has shown itself has one
of its own: so no stranger uses up what phones come in by. Programs on this PC are not counted: they need no door to
take its processor.
"""

import collections
import dataclasses
import ipaddress
import time
from collections.abc import Callable

from companion.domain.denials import network_of

MOST_AT_ONCE, PER_SECOND = 60, 5.0
"""Of one network, or of one address that is known: what a few phones need to load the app, several times."""
MOST_STRANGERS_AT_ONCE, STRANGERS_PER_SECOND = 120, 10.0
MOST_NETWORKS = 1000
MOST_KNOWN = 512
THIS_PC = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


@dataclasses.dataclass
class Budget:
    """Of connections: `most` at once, and `per_second` in the long run."""

    most: float
    per_second: float
    left: float
    at: float

    def has_one(self, now: float) -> bool:
        self.left = min(self.most, self.left + (now - self.at) * self.per_second)
        self.at = now
        return self.left >= 1


class Arrivals:
    """Decides whether a connection is taken, by where it comes from."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._everybody = Budget(MOST_STRANGERS_AT_ONCE, STRANGERS_PER_SECOND, MOST_STRANGERS_AT_ONCE, clock())
        self._networks: collections.OrderedDict[str, Budget] = collections.OrderedDict()
        self._known: collections.OrderedDict[str, Budget] = collections.OrderedDict()

    def remember(self, address: str) -> None:
        """A paired device has shown itself from `address`."""
        self._budget(self._known, address, MOST_KNOWN)

    def take(self, address: str) -> bool:
        """Whether one more connection from `address` is taken now; it is counted if so."""
        if _is_this_pc(address):
            return True
        if address in self._known:
            budgets = [self._budget(self._known, address, MOST_KNOWN)]
        else:
            budgets = [self._budget(self._networks, network_of(address), MOST_NETWORKS), self._everybody]
        now = self._clock()
        if not all(budget.has_one(now) for budget in budgets):
            return False
        for budget in budgets:
            budget.left -= 1
        return True

    def _budget(self, budgets: collections.OrderedDict[str, Budget], key: str, most: int) -> Budget:
        """The budget of `key`, a full one if it is new; the one that was not asked for longest makes room."""
        if key not in budgets:
            budgets[key] = Budget(MOST_AT_ONCE, PER_SECOND, MOST_AT_ONCE, self._clock())
            if len(budgets) > most:
                budgets.popitem(last=False)
        budgets.move_to_end(key)
        return budgets[key]


def _is_this_pc(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in THIS_PC)
