"""A serving companion without OBS, over an evening that is put on its shelf."""

import asyncio
import datetime as dt
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from companion import __version__
from companion.adapters.clip_store import ClipStore
from companion.adapters.database import Database
from companion.domain.events import ClipLengthsChanged
from companion.domain.models import Clip, ClipState, Mark, Session, SessionState, utc_now
from companion.domain.paths import Paths
from companion.domain.settings import Settings
from companion.features.library import Library
from companion.features.sessions import Sessions
from companion.features.statistics import Statistics
from companion.frontends.http.server import HttpServer
from companion.kernel.actions import Registry
from companion.kernel.bus import Bus
from companion.kernel.service import Service
from companion.kernel.status import StatusBoard
from tests.media import cached_video

SECONDS = 12
HOURS = 2


class Shelf:
    """What is on it can be added to while it is looked at."""

    def __init__(
        self, http: HttpServer, database: Database, bus: Bus, board: StatusBoard, statistics: Statistics, video: Path
    ) -> None:
        self.bus = bus
        self.board = board
        self.statistics = statistics
        self.video = video
        self.began = utc_now() - dt.timedelta(hours=HOURS)
        self._http = http
        self._database = database

    def link(self, page: str) -> str:
        return self._http.dashboard_url(page)

    async def add(self, *rows: Session | Clip | Mark) -> None:
        async with self._database.write() as session:
            session.add_all(rows)

    def sitting(self, **values: Any) -> Session:
        """A session of two hours that ended just now."""
        over = {"state": SessionState.CLOSED, "started_at": self.began, "ended_at": utc_now(), "seen_at": utc_now()}
        return Session(**{"title": "Friday night", **over, **values})

    def clip(self, start: float, seconds: float = 10, tags: Sequence[str] = (), **values: Any) -> Clip:
        """A finished clip that begins at `start` seconds of the session."""
        began = self.began + dt.timedelta(seconds=start)
        ended = began + dt.timedelta(seconds=seconds)
        values |= dict.fromkeys(("start_at", "wanted_start_at"), began)
        values |= dict.fromkeys(("end_at", "wanted_end_at", "trigger_at"), ended)
        own = {"state": ClipState.READY, "seconds": seconds, "path": str(self.video), "tags": list(tags)}
        return Clip(**{**own, **values})


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Shelf]:
    bus = Bus()
    board = StatusBoard(bus)
    database = Database(folder / "companion.db", board)
    store = ClipStore(database, bus, lambda: folder / "clips")
    sessions = Sessions(database, bus, board, Settings)
    statistics = Statistics(bus)
    registry = Registry(bus, [Library(store, bus), sessions, statistics])
    paths = Paths(*(folder / name for name in ("config", "data", "state", "logs", "videos")))
    http = HttpServer(registry, bus, board, port=0, paths=paths, version=__version__)
    video = folder / "clip.mp4"
    shutil.copyfile(await asyncio.to_thread(cached_video, ".mp4", size=(320, 180), seconds=SECONDS), video)
    async with running(database, sessions, statistics, http):
        bus.publish(ClipLengthsChanged([15, 30, 60]))
        yield Shelf(http, database, bus, board, statistics, video)
    store.close()


@asynccontextmanager
async def running(*services: Service) -> AsyncIterator[None]:
    """Start them one after another, and end them in reverse."""
    async with asyncio.TaskGroup() as group:
        tasks = []
        for service in services:
            ready = asyncio.Event()
            tasks.append(group.create_task(service.run(ready.set)))
            await ready.wait()
        try:
            yield
        finally:
            for task in reversed(tasks):
                task.cancel()
                await asyncio.wait([task])
