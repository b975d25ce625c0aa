"""When each sample of a stream was in the air, from when blocks of it arrived: late at times, never early; pure."""

from collections import deque

WINDOW_SECONDS = 20.0
"""How far back arrivals are compared; a sound card's clock is off by less than a hundredth of a second in that."""
GAP_SECONDS = 0.25
SURE_SECONDS = 1.0
"""Sound that stays late for so long is not on its way any more: what would have come before it is lost."""


class SampleClock:
    """Positions count samples at `rate`, and jump where sound was lost, so that they keep step with time."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._jumped = 0
        self._best: deque[tuple[float, float]] = deque()  # (arrived, began), began growing: the first is the least
        self._late: deque[tuple[float, float]] = deque()

    def arrived(self, samples: int, at: float) -> bool:
        """Note that sample number `samples` of all that came was there at `at` (Unix seconds).

        False: it came so late that it may follow a gap. Ask again with the next block, before giving out positions.
        """
        began = at - (samples + self._jumped) / self._rate
        if self._best and began - self._best[0][1] > GAP_SECONDS:
            self._late.append((at, began))
            if abs(at - self._late[0][0]) < SURE_SECONDS:
                return False
            missing = min(late for _, late in self._late) - self._best[0][1]
            self._late.clear()
            if missing > GAP_SECONDS:
                self._jumped += round(missing * self._rate)
                began -= missing
        self._late.clear()
        while self._best and (self._best[-1][1] >= began or self._best[-1][0] > at):
            self._best.pop()
        self._best.append((at, began))
        while self._best[0][0] < at - WINDOW_SECONDS:
            self._best.popleft()
        return True

    def position(self, samples: int) -> int:
        """The position of sample number `samples` of all that came."""
        return samples + self._jumped

    def at(self, position: int) -> float:
        """When the sample at `position` was in the air (Unix seconds)."""
        return self._best[0][1] + position / self._rate
