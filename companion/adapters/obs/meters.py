"""The inputs' sound levels, which OBS sends only while somebody looks at them."""

import asyncio
import contextlib
import math
from typing import Any

from companion.adapters.obs.link import ObsLink
from companion.adapters.obs.notices import ObsLevels
from companion.domain.events import MetersMeasured
from companion.domain.studio import SILENT_DB
from companion.kernel.bus import Bus, WatchChanged
from companion.kernel.errors import Unavailable

TELL_SECONDS = 0.1
_PEAK = 1
"""OBS tells each channel's magnitude, peak, and peak before the volume."""


class Meters:
    """Publishes the levels at most ten times a second, each the highest since the one before."""

    def __init__(self, link: ObsLink, bus: Bus) -> None:
        self._link = link
        self._bus = bus
        self._highest: dict[str, list[float]] = {}

    async def run(self) -> None:
        """Follow who watches until cancelled."""
        changes = self._bus.subscribe(WatchChanged)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._tell())
                await self._want()
                async for envelope in changes:
                    if isinstance(envelope.event, WatchChanged) and envelope.event.topic == MetersMeasured.watch:
                        await self._want()
        finally:
            self._bus.unsubscribe(changes)

    async def _want(self) -> None:
        with contextlib.suppress(Unavailable):  # the link asks by itself when it is connected again
            await self._link.want_levels(wanted=self._bus.watched(MetersMeasured.watch))

    async def _tell(self) -> None:
        loop = asyncio.get_running_loop()
        levels = self._link.notices.subscribe(ObsLevels, size=16)
        told_at = 0.0
        try:
            async for envelope in levels:
                if isinstance(envelope.event, ObsLevels):
                    self._raise(envelope.event.inputs)
                if loop.time() - told_at >= TELL_SECONDS:
                    told_at = loop.time()
                    self._bus.publish(MetersMeasured(self._highest))
                    self._highest = {}
        finally:
            self._link.notices.unsubscribe(levels)

    def _raise(self, inputs: list[dict[str, Any]]) -> None:
        for item in inputs:
            peaks = [_decibels(channel[_PEAK]) for channel in item.get("inputLevelsMul", [])]
            known = self._highest.get(str(item.get("inputName")), [])
            joined = [max(pair) for pair in zip(peaks, known, strict=True)] if len(known) == len(peaks) else peaks
            self._highest[str(item.get("inputName"))] = joined


def _decibels(multiplier: float) -> float:
    return round(max(SILENT_DB, 20 * math.log10(multiplier)), 1) if multiplier > 0 else SILENT_DB
