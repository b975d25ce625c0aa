"""What a crash leaves beside a database belongs to it, and stays as it is where the database is refused."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlmodel import col, select

from companion.adapters.database import Database
from companion.domain.models import Mark, utc_now
from companion.kernel.bus import Bus
from companion.kernel.errors import Failed
from companion.kernel.status import StatusBoard

pytestmark = pytest.mark.slow

CRASH = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
for statement in sys.argv[2:]:
    connection.execute(statement)
os.kill(os.getpid(), signal.SIGKILL)
"""


def make(file: Path) -> Database:
    return Database(file, StatusBoard(Bus()))


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """A database of 500 marks, more than fit into few pages, that was closed well."""
    file = tmp_path / "data" / "companion.db"
    database = make(file)
    await database.open()
    async with database.write() as session:
        session.add_all(Mark(at=utc_now(), title=f"mark {number} " + "x" * 200) for number in range(500))
    await database.close()
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    return file


async def crash_after(file: Path, *statements: str) -> None:
    """Have a process do that to `file` and be killed before it closes it."""
    argv = [sys.executable, "-c", CRASH, str(file), *statements]
    assert await asyncio.to_thread(subprocess.call, argv) == -signal.SIGKILL


def contents(folder: Path) -> dict[str, bytes]:
    """All that is kept there: what -shm holds is worked out anew by whoever is the first to read."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm")}


@pytest.mark.parametrize("code", ["database_newer", "database_damaged"])
async def test_a_refused_one_stays_as_it_is_with_all_that_a_crash_left(file: Path, code: str) -> None:
    version = "9999" if code == "database_newer" else "0001"
    await crash_after(file, f"UPDATE alembic_version SET version_num = '{version}'")
    if code == "database_damaged":
        whole = file.read_bytes()
        file.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 12288) + whole[-4096:])
    before = contents(file.parent)
    assert set(before) == {file.name, f"{file.name}-wal"}
    for beside in ("what the crash left", "what a copy has"):
        with pytest.raises(Failed) as caught:
            await make(file).open()
        assert caught.value.code == code, beside
        assert contents(file.parent) == before, beside
        file.with_name(f"{file.name}-shm").unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("statements", "left", "first"),
    [
        (["UPDATE mark SET title = 'written' WHERE id = 1"], "-wal", "written"),
        (
            ["PRAGMA journal_mode = DELETE", "PRAGMA cache_size = 1", "BEGIN", "UPDATE mark SET title = 'half'"],
            "-journal",
            "mark 0 " + "x" * 200,
        ),
    ],
    ids=["what was written", "what was broken off"],
)
async def test_a_whole_one_is_opened_with_what_was_written_and_without_what_was_broken_off(
    file: Path, statements: list[str], left: str, first: str
) -> None:
    await crash_after(file, *statements)
    assert f"{file.name}{left}" in contents(file.parent)
    database = make(file)
    await database.open()
    async with database.read() as session:
        titles = [mark.title for mark in (await session.scalars(select(Mark).order_by(col(Mark.id)))).all()]
    await database.close()
    assert (titles[0], len(titles), "half" in titles) == (first, 500, False)
