"""What slows down those who guess.

Only what a person types is counted here: pairing codes and one-time passwords are short enough to be guessed. Tokens
and the secret in the QR code are not, so a wrong one is refused and ends its connection, and nothing more: nobody who
shows wrong ones can lock out a phone that is paired, not even from the same address.
"""

import collections
import time
from collections.abc import Callable

from companion.frontends.http.errors import TooMany

FREE_TRIES = 5
LONGEST_LOCK_SECONDS = 300.0
FORGET_SECONDS = 900.0
OVERALL_TRIES = 50
OVERALL_SECONDS = 60.0
MOST_KEYS = 1000


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
