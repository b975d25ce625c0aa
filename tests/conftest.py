"""What holds for all tests, and what many share."""

import asyncio
import signal
from pathlib import Path

import pytest

from companion.adapters.database import Database
from companion.kernel.bus import Bus
from companion.kernel.status import StatusBoard

# A shell's background job ignores Ctrl-C, and so would every program that a test starts in order to interrupt it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, migrated once for all tests of a worker."""

    async def make() -> None:
        database = Database(file, StatusBoard(Bus()))
        await database.open()
        await database.close()

    file = tmp_path_factory.mktemp("database") / "companion.db"
    asyncio.run(make())
    return file
