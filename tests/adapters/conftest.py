"""What the adapters' tests share."""

import asyncio
from pathlib import Path

import pytest

from companion.adapters.database import Database
from companion.kernel.bus import Bus
from companion.kernel.status import StatusBoard


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, migrated once for all tests of a worker."""

    async def make() -> None:
        database = Database(file, StatusBoard(Bus()))
        await database.open()
        await database.close()

    file = tmp_path_factory.mktemp("migrated") / "companion.db"
    asyncio.run(make())
    return file
