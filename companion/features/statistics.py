"""How well OBS runs: its figures now, and those of the last hour."""

import dataclasses
import time
from collections import deque
from typing import Annotated

from pydantic import BaseModel, Field

from companion.domain.events import ObsStatsMeasured
from companion.kernel.actions import Scope, action
from companion.kernel.bus import Bus
from companion.kernel.service import Ready

POINT_SECONDS = 5.0
KEPT_SECONDS = 3600.0
STALE_SECONDS = 15.0
_NAMES = [field.name for field in dataclasses.fields(ObsStatsMeasured)]


class StatsHistory(BaseModel):
    """`now` is None without OBS. Each of `series` has one value for each moment in `at` (Unix seconds).

    Where OBS was away there are no moments; counts begin anew when OBS or its stream does.
    """

    now: ObsStatsMeasured | None
    at: list[float]
    series: dict[str, list[float | None]]


class Statistics:
    """Keeps one measurement in five seconds, for an hour, in memory."""

    name = "statistics"
    essential = False

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._points: deque[tuple[float, ObsStatsMeasured]] = deque(maxlen=int(KEPT_SECONDS / POINT_SECONDS))
        self._latest: tuple[float, ObsStatsMeasured] | None = None

    async def run(self, ready: Ready) -> None:
        measured = self._bus.subscribe(ObsStatsMeasured, size=16)
        try:
            ready()
            async for envelope in measured:
                if isinstance(envelope.event, ObsStatsMeasured):
                    self.take(envelope.ts, envelope.event)
        finally:
            self._bus.unsubscribe(measured)

    @action("studio.stats", scope=Scope.VIEW, http="GET /api/studio/stats")
    async def show(
        self, minutes: Annotated[float, Field(gt=0, le=60, description="How far back")] = 60.0
    ) -> StatsHistory:
        """Show OBS's figures now and over the last hour: frames, congestion, processor, memory, disk."""
        now = time.time()
        points = [(at, stats) for at, stats in self._points if at > now - minutes * 60]
        fresh = self._latest and now - self._latest[0] < STALE_SECONDS
        return StatsHistory(
            now=self._latest[1] if fresh and self._latest else None,
            at=[round(at, 1) for at, _ in points],
            series={name: [getattr(stats, name) for _, stats in points] for name in _NAMES},
        )

    @property
    def points(self) -> int:
        """How many measurements are kept."""
        return len(self._points)

    def take(self, at: float, stats: ObsStatsMeasured) -> None:
        """Remember a measurement made `at` (Unix seconds)."""
        self._latest = at, stats
        if not self._points or not 0 <= at - self._points[-1][0] < POINT_SECONDS - 0.5:
            self._points.append((at, stats))
