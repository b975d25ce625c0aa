"""The built web app, made once for all workers."""

from pathlib import Path

import pytest
from filelock import FileLock

import hatch_build


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built app, of the present sources."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-") else base
    with FileLock(shared / "web.lock"):
        hatch_build.build_web()
    return hatch_build.BUILT
