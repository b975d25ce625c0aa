"""What the tests of the doors share: a daemon over the shelf, a home that commands run in, the door for phones."""

import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.frontends.command_line import Cli
from tests.frontends.phones import NO_KEYRING, LanDoor, lan_door
from tests.frontends.shelf import Doors, serving


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[Doors]:
    async with serving(tmp_path) as found:
        yield found


@pytest.fixture
async def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LanDoor]:
    monkeypatch.setenv(*next(iter(NO_KEYRING.items())))
    async with lan_door(tmp_path) as found:
        yield found


@pytest.fixture(scope="session")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command line keeps of the shelf's actions, learnt once for all tests of a worker."""
    home = tmp_path_factory.mktemp("learned")
    subprocess.run([*Cli(home).argv, "actions"], env=Cli(home).environment, check=True, stdout=subprocess.DEVNULL)
    return home / "state" / "commands.json"


@pytest.fixture
def cli(tmp_path: Path, learned: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    (tmp_path / "state").mkdir(exist_ok=True)
    shutil.copy(learned, tmp_path / "state")
    monkeypatch.chdir(tmp_path)
    return Cli(tmp_path, capsys)
