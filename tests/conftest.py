"""What holds for all tests, and what many share."""

import asyncio
import contextlib
import os
import signal
import sys
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


REAL, REAL_WORKERS = "tests/real/", ("gw0", "gw1")
"""Where the tests on a real OBS and browser are, and which workers run them: more do not draw in time on two cores."""
NICENESS = 5
"""Of the other workers: what is drawn and spoken in real time comes before them."""


def pytest_configure(config: pytest.Config) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker and worker not in REAL_WORKERS and config.getvalue("dist") == "loadfile" and sys.platform == "linux":
        os.setsid()  # niceness counts within a session, and between sessions as it is told here: sched(7), autogroup
        os.nice(NICENESS)
        with contextlib.suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(NICENESS))


class RealApart(LoadFileScheduling):
    """Whole files to each worker; those of tests/real to two workers, and to these first.

    They wait for most of their time, so that others have the processor meanwhile.
    """

    def _assign_work_unit(self, node: WorkerController) -> None:
        real = [scope for scope in self.workqueue if scope.startswith(REAL)]
        rest = [scope for scope in self.workqueue if not scope.startswith(REAL)]
        wanted = real + rest if node.gateway.id in REAL_WORKERS else rest
        if wanted:
            self.workqueue.move_to_end(wanted[0], last=False)
            super()._assign_work_unit(node)
        else:
            node.shutdown()


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
