"""The page Speech in a real browser: what recognition does under pressure, and what it had to give up."""

import asyncio
import time
from pathlib import Path

import pytest

from companion import __version__
from companion.adapters.database import Database
from companion.adapters.speech.models import ModelStore
from companion.adapters.spool import Spool
from companion.domain.paths import Paths
from companion.domain.speech import RATE
from companion.frontends.http.server import HttpServer
from companion.kernel.actions import Registry
from companion.kernel.bus import Bus
from tests.features.conftest import bus, database
from tests.obs_link import until
from tests.speech.model import copy_model
from tests.speech.studio import NEITHER, studio
from tests.web.browser import window

pytestmark = [pytest.mark.real, pytest.mark.slow]
__all__ = ["bus", "database"]


async def test_a_smaller_model_and_what_was_given_up_are_told_with_their_reasons(
    database: Database, bus: Bus, tmp_path: Path, built: Path
) -> None:
    """OBS draws some frames too late; and the sound of an earlier run was taken from the disk."""
    store = ModelStore(tmp_path / "models")
    copy_model(store.folder / "little")
    store.note(store.folder / "little", 0.0001)
    async with studio(database, bus, tmp_path, spool=await robbed(tmp_path / "spool")) as made:
        registry = Registry(bus, [made.speech])
        paths = Paths(*(tmp_path / name for name in ("config", "data", "state", "logs", "videos")))
        http = HttpServer(registry, bus, made.board, port=0, paths=paths, version=__version__)
        async with asyncio.TaskGroup() as group:
            ready = asyncio.Event()
            server = group.create_task(http.run(ready.set))
            await ready.wait()
            looking = group.create_task(asyncio.to_thread(look, http.dashboard_url("speech")))
            made.others = NEITHER
            await until(lambda: made.speech._governor.has_smaller, 60, lambda: "a model to step down to")
            await made.obs_runs()
            made.obs_loses(2, 720)
            await looking
            server.cancel()


async def robbed(folder: Path) -> Spool:
    """Sound of three seconds, of which nothing is left on the disk."""
    spool = Spool(folder, memory_seconds=1)
    for number in range(4):
        spool.append(time.time() - 600 + number, bytes(2 * RATE))
    await spool.settle()
    for file in folder.glob("*"):
        file.unlink()
    await spool.read(0)
    return spool


def look(address: str) -> None:
    with window("") as page:
        page.base = address.split("/#")[0]
        page.open(address)
        page.find("main.page-speech .amber", "A smaller model recognizes now")
        page.find(".amber", "frames too late")
        page.find(".red", "3 s of sound had to be given up")
