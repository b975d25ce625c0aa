"""What holds for all tests, and what many share."""

import asyncio
import signal
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

from companion.adapters.database import Database
from companion.kernel.bus import Bus
from companion.kernel.status import StatusBoard

# A shell's background job ignores Ctrl-C, and so would every program that a test starts in order to interrupt it.
signal.signal(signal.SIGINT, signal.default_int_handler)


REAL, REAL_WORKERS = "tests/real/", 2
"""Where the tests on a real OBS and browser are, and on how many workers: more do not draw in time on two cores."""


class RealApart(LoadFileScheduling):
    """Whole files to each worker; from tests/real to two at a time.

    Those wait for most of their time, so that another worker has the processor meanwhile.
    """

    def _assign_work_unit(self, node: WorkerController) -> None:
        real = [scope for scope in self.workqueue if scope.startswith(REAL)]
        rest = [scope for scope in self.workqueue if not scope.startswith(REAL)]
        elsewhere = sum(self._has_real(other) for other in self.nodes if other is not node)
        wanted = real + rest if elsewhere < REAL_WORKERS else rest
        if wanted:
            self.workqueue.move_to_end(wanted[0], last=False)
            super()._assign_work_unit(node)
        else:
            node.shutdown()

    def _has_real(self, node: WorkerController) -> bool:
        units = self.assigned_work[node].items()
        return any(scope.startswith(REAL) and not all(unit.values()) for scope, unit in units)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> RealApart | None:
    return RealApart(config, log) if config.getvalue("dist") == "loadfile" else None


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
