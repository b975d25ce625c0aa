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


REAL_TIME = (
    *("tests/real/", "tests/speech/", "tests/web/"),
    *("tests/adapters/test_microphone.py", "tests/features/test_listening.py"),
)
"""Where something is drawn, shown or spoken as time goes by: late is wrong there."""
REAL_TIME_WORKERS = ("gw0", "gw1")
"""Which workers run those tests: more than two at a time are late on two cores."""
NICENESS = 8
"""Of the other workers, which take what is left of the processor."""


def pytest_configure() -> None:
    if os.environ.get("PYTEST_XDIST_WORKER", REAL_TIME_WORKERS[0]) not in REAL_TIME_WORKERS and sys.platform == "linux":
        os.setsid()  # niceness counts within a session, and between sessions as it is told here: sched(7), autogroup
        os.nice(NICENESS)
        with contextlib.suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(NICENESS))


class RealTimeApart(LoadFileScheduling):
    """Whole files to each worker; those of REAL_TIME to two workers, and to these first.

    They wait for most of their time, so that others have the processor meanwhile. The browser's are the longest files,
    and come first for that: so that none of them is left to one worker alone at the end.
    """

    def _assign_work_unit(self, node: WorkerController) -> None:
        timed = sorted((scope for scope in self.workqueue if scope.startswith(REAL_TIME)), reverse=True)
        rest = [scope for scope in self.workqueue if scope not in timed]
        wanted = timed + rest if node.gateway.id in REAL_TIME_WORKERS else rest
        if wanted:
            self.workqueue.move_to_end(wanted[0], last=False)
            super()._assign_work_unit(node)
        else:
            node.shutdown()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> RealTimeApart | None:
    return RealTimeApart(config, log) if config.getvalue("dist") == "loadfile" else None


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
