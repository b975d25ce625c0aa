"""What the features' tests share: a real database and store in a folder of their own."""

import datetime as dt
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from companion.adapters.clip_store import ClipStore
from companion.adapters.database import Database
from companion.domain.models import Clip, ClipState
from companion.kernel.bus import Bus
from companion.kernel.status import StatusBoard

NOON = dt.datetime(2026, 5, 1, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
async def bus() -> Bus:
    return Bus()


@pytest.fixture
async def database(tmp_path: Path, bus: Bus, migrated: Path) -> AsyncIterator[Database]:
    shutil.copy(migrated, tmp_path / "companion.db")
    opened = Database(tmp_path / "companion.db", StatusBoard(bus))
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def store(database: Database, bus: Bus, tmp_path: Path) -> AsyncIterator[ClipStore]:
    made = ClipStore(database, bus, lambda: tmp_path / "clips")
    yield made
    made.close()


async def add_clip(store: ClipStore, minutes: int = 0, **values: object) -> Clip:
    """A finished clip with real files, `minutes` after noon."""
    at = NOON + dt.timedelta(minutes=minutes)
    clip = Clip(trigger_at=at, wanted_start_at=at - dt.timedelta(seconds=10), wanted_end_at=at, state=ClipState.READY)
    for name, value in values.items():
        setattr(clip, name, value)
    clip = await store.add(clip)
    path = await store.place(clip)
    await store.make_folder(path)
    path.write_bytes(b"video" * 100)
    path.with_suffix(".jpg").write_bytes(b"picture")
    return await store.change(clip.id or 0, path=str(path), thumbnail_path=str(path.with_suffix(".jpg")))
