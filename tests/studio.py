"""The studio's features around a link to an OBS, real or not, driven as the doors do: through the registry."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from companion.adapters.clip_store import ClipStore
from companion.adapters.database import Database
from companion.adapters.obs.controls import StudioControls
from companion.adapters.obs.meters import Meters
from companion.adapters.obs.outputs import Outputs
from companion.adapters.obs.pictures import Pictures
from companion.adapters.obs.playback import Playback
from companion.adapters.obs.studio_mirror import StudioMirror
from companion.domain.events import ObsState
from companion.domain.settings import Settings
from companion.domain.studio import StudioState
from companion.features.broadcast import Broadcast
from companion.features.deck import Deck
from companion.features.instant_replay import InstantReplay
from companion.features.macros import Macros
from companion.features.quick import Quick
from companion.features.screens import Screens
from companion.features.statistics import Statistics
from companion.features.studio import Studio
from companion.kernel.actions import Caller, Registry, Scope
from tests.obs_link import Rig, linked, until

STREAMER = Caller("http", Scope.ADMIN, "test", agreed=True)


class StudioRig:
    """Everything of the studio around a running link."""

    def __init__(self, rig: Rig, folder: Path, database: Database | None, settings: Settings) -> None:
        self.bus, self.link, self.rig = rig.bus, rig.link, rig
        self.settings = settings
        self.folder = folder
        self.mirror = StudioMirror(rig.link, rig.bus)
        controls = StudioControls(rig.link, self.mirror)
        self.pictures = Pictures(rig.link, self.mirror, folder / "pictures")
        studio = Studio(rig.link, self.mirror, controls, Meters(rig.link, rig.bus), rig.bus)
        screens = Screens(self.pictures, lambda: folder, rig.bus)
        statistics = Statistics(rig.bus)
        features: list[Any] = [studio, Broadcast(Outputs(rig.link), controls), screens, statistics]
        self.services: list[Any] = [studio, screens, statistics]

        def registry() -> Registry:
            return self.registry

        def current() -> Settings:
            return self.settings

        features.append(Quick(rig.bus, current, registry))
        if database is not None:
            self.store = ClipStore(database, rig.bus, lambda: folder)
            macros = Macros(database, rig.bus, registry)
            replay = InstantReplay(self.store, Playback(rig.link), rig.bus, rig.board)
            features += [macros, Deck(database, rig.bus, current, registry), replay]
            self.services += [macros, replay]
        self.registry = Registry(rig.bus, features)

    @property
    def state(self) -> StudioState:
        return self.mirror.state

    async def do(self, name: str, caller: Caller = STREAMER, /, **arguments: Any) -> Any:
        """Invoke an action."""
        return await self.registry.invoke(name, arguments, caller)

    async def until(self, reached: Callable[[StudioState], bool], what: str, seconds: float = 20.0) -> None:
        """Until the state is as `reached` wants it."""
        await until(lambda: reached(self.state), seconds, lambda: f"{what}; it is {self.state}")


@contextlib.asynccontextmanager
async def studio(
    url: str, password: str | None, folder: Path, *, database: Database | None = None, settings: Settings | None = None
) -> AsyncIterator[StudioRig]:
    """A running studio, connected and read."""
    async with linked(url, password) as rig:
        made = StudioRig(rig, folder, database, settings or Settings())
        async with asyncio.TaskGroup() as group:
            tasks = []
            for service in made.services:
                ready = asyncio.Event()
                tasks.append(group.create_task(service.run(ready.set)))
                await ready.wait()
            await rig.until_state(ObsState.CONNECTED, 20)
            await made.until(lambda state: state.connected and bool(state.scenes), "the studio")
            yield made
            for task in tasks:
                task.cancel()
        if database is not None:
            made.store.close()
