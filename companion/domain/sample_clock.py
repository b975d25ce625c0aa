"""When each sample of a stream was in the air, from when blocks of it arrived: late at times, never early."""

from collections import deque

WINDOW_SECONDS = 20.0
"""How far back arrivals are compared; a sound card's clock is off by less than a hundredth of a second in that."""
GAP_SECONDS = 0.25
SURE_SECONDS = 1.0
"""Sound that stays late for so long is not on its way any more: what would have come before it is lost. And of so much
some of it came in time, also on a busy PC."""


class SampleClock:
    """Follows a stream of `rate` samples a second. `lost` is how many never came: a position counts those, too."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self.lost = 0
        self._first_at: float | None = None
        self._best: deque[tuple[float, float]] = deque()  # (arrived, began), began growing: the first is the least
        self._late: deque[tuple[float, float]] = deque()

    def arrived(self, samples: int, at: float) -> bool:
        """Note that of all that came, the first `samples` were there at `at` (Unix seconds).

        False: the stream is so young that all may have been late, or the last of them came so late that they may follow
        a gap. Ask again with the next block, before telling where and when they were.
        """
        if self._first_at is None:
            self._first_at = at
        began = at - (samples + self.lost) / self._rate
        if self._best and began - self._best[0][1] > GAP_SECONDS:
            self._late.append((at, began))
            if abs(at - self._late[0][0]) < SURE_SECONDS:
                return False
            missing = min(late for _, late in self._late) - self._best[0][1]
            if missing > GAP_SECONDS:
                self.lost += round(missing * self._rate)
                began -= missing
        self._late.clear()
        while self._best and (self._best[-1][1] >= began or self._best[-1][0] > at):
            self._best.pop()
        self._best.append((at, began))
        while self._best[0][0] < at - WINDOW_SECONDS:
            self._best.popleft()
        return abs(at - self._first_at) >= SURE_SECONDS

    def at(self, sample: float) -> float:
        """When number `sample` of those that came was in the air (Unix seconds)."""
        return self._best[0][1] + (sample + self.lost) / self._rate
