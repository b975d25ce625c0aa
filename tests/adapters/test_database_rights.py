"""A database that its account may not use, or that is gone: named, on the board, and used again when it is back."""

import contextlib
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.privileged import bound_by_rights

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


class User:
    """A process that uses a database."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.began: Any = self._answer()

    def __call__(self, command: str) -> Any:
        assert self._process.stdin is not None
        print(command, file=self._process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


@contextlib.contextmanager
def using(file: Path) -> Iterator[User]:
    """A user of `file` whom the rights of files bind."""
    argv = bound_by_rights(sys.executable, "-m", "tests.adapters.database_user", str(file))
    with subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield User(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """A database in a folder of its own, with one mark; both may be used again in the end."""
    file = tmp_path / "data" / "companion.db"
    with using(file) as user:
        assert (user.began, user("write")) == ("ready", "ok")
    yield file
    if file.parent.exists():
        file.parent.chmod(0o755)


@pytest.mark.parametrize(
    ("shut", "rights", "named"),
    [
        ("file", 0, "database_unreachable"),
        ("folder", 0, "database_unreachable"),
        ("folder", 0o555, "not_writable"),
    ],
)
def test_one_that_may_not_be_opened_is_no_damaged_one(file: Path, shut: str, rights: int, named: str) -> None:
    before = file.read_bytes()
    (file if shut == "file" else file.parent).chmod(rights)
    with using(file) as user:
        code, message, remedy = user.began
    assert (code, str(file) in message) == (named, True)
    assert "rights" in remedy
    assert "move it away" not in remedy
    file.parent.chmod(0o755)
    file.chmod(0o644)
    assert file.read_bytes() == before


def test_one_that_may_only_be_read_says_so_until_it_may_be_written(file: Path) -> None:
    file.chmod(0o444)
    with using(file) as user:
        assert user("until not_writable")[1] == "failed"
        assert (user("read"), user("write")) == (1, "not_writable")
        file.chmod(0o644)
        user("until open")
        assert (user("write"), user("read")) == ("ok", 2)


@pytest.mark.parametrize("shut", ["file", "folder"])
def test_one_that_is_shut_meanwhile_is_said_to_be_and_used_again(file: Path, shut: str) -> None:
    what = file if shut == "file" else file.parent
    mode = what.stat().st_mode
    with using(file) as user:
        assert user("look") == 1
        what.chmod(0)
        assert "database_unreachable" in user("crowd"), "some have no connection yet"
        _, health, detail, remedy = user("until database_unreachable")
        assert (health, str(file) in detail + remedy) == ("failed", False), "the board names no path"
        for command in ("write", "read", "look"):
            assert user(command) == "database_unreachable"
        what.chmod(mode)
        user("until open")
        assert [user(command) for command in ("write", "read", "look", "crowd")] == ["ok", 2, 2, ["2"]]


def test_one_that_is_moved_away_is_missed_though_nobody_asks_and_no_new_one_is_made(file: Path) -> None:
    with using(file) as user:
        assert user("write") == "ok"
        away = file.parent.rename(file.parent.with_name("away"))
        file.parent.mkdir()
        user("until database_unreachable")
        assert [user(command) for command in ("write", "read", "look")] == ["database_unreachable"] * 3
        assert list(file.parent.iterdir()) == []
        file.parent.rmdir()
        away.rename(file.parent)
        user("until open")
        assert [user(command) for command in ("read", "look", "write", "look")] == [2, 2, "ok", 3]


def test_a_copy_in_its_place_is_used_unless_it_is_of_another_version(file: Path, tmp_path: Path) -> None:
    copy, other = tmp_path / "copy.db", tmp_path / "other.db"
    for target in (copy, other):
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as connection:
            source.backup(connection)
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.commit()
    with using(file) as user:
        assert (user("write"), user("look")) == ("ok", 2)
        file.parent.rename(tmp_path / "before")
        file.parent.mkdir()
        shutil.copy(other, file)
        user("until database_replaced")
        shutil.copy(copy, tmp_path / "again.db")
        (tmp_path / "again.db").replace(file)
        user("until open")
        assert [user(command) for command in ("look", "write", "read")] == [1, "ok", 2]
