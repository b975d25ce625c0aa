"""OBS's figures: the newest at once, of the others one in five seconds."""

import asyncio
import dataclasses

from companion.domain.events import ObsStatsMeasured
from companion.features.statistics import KEPT_SECONDS, POINT_SECONDS, Statistics, StatsHistory
from companion.kernel.actions import Caller, Registry, Scope
from companion.kernel.bus import Bus

STATS = ObsStatsMeasured(3.0, 300.0, 60.0, 1, 1000, 2, 900, 50_000.0)


async def test_the_newest_is_shown_and_the_history_is_thinned() -> None:
    bus = Bus()
    statistics = Statistics(bus)
    registry = Registry(bus, [statistics])

    async def history(**arguments: object) -> StatsHistory:
        shown = await registry.invoke("studio.stats", dict(arguments), Caller("phone", Scope.VIEW))
        assert isinstance(shown, StatsHistory)
        return shown

    async with asyncio.TaskGroup() as group:
        task = group.create_task(statistics.run(lambda: None))
        assert (await history()).now is None
        await asyncio.sleep(0)
        for lagged in range(5):
            bus.publish(dataclasses.replace(STATS, render_lagged_frames=lagged, stream_congestion=0.25))
        await asyncio.sleep(0.01)
        shown = await history(minutes=1)
        assert shown.now is not None
        assert shown.now.render_lagged_frames == 4
        assert shown.series["render_lagged_frames"] == [0]
        assert shown.series["stream_congestion"] == [0.25]
        assert shown.series.keys() == {field.name for field in dataclasses.fields(ObsStatsMeasured)}
        task.cancel()


async def test_an_hour_fits_and_no_more() -> None:
    statistics = Statistics(Bus())
    for second in range(0, 3 * int(KEPT_SECONDS), 2):
        statistics.take(1_000_000.0 + second, STATS)
    assert statistics.points == KEPT_SECONDS / POINT_SECONDS
