"""The database: migrations, refusals, transactions, and other programs that hold it."""

import asyncio
import contextlib
import gc
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlmodel import SQLModel, create_engine, select

from companion.adapters import database as database_module
from companion.adapters.database import MIGRATIONS, Database, database_file
from companion.adapters.transcript_search import Range
from companion.adapters.transcript_store import TranscriptStore
from companion.domain.models import Clip, ClipState, Mark, Session, utc_now
from companion.kernel.bus import Bus
from companion.kernel.errors import Failed, Refused
from companion.kernel.status import StatusBoard
from tests.privileged import small_disk

pytestmark = pytest.mark.slow


def make(file: Path) -> Database:
    return Database(file, StatusBoard(Bus()))


def schema(file: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(file)) as connection:
        tables = [r[0] for r in connection.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY 1")]
        return {
            name: sorted(
                [("column", *row[1:]) for row in connection.execute(f"PRAGMA table_info('{name}')")]
                + [("foreign", *row[2:]) for row in connection.execute(f"PRAGMA foreign_key_list('{name}')")]
                + [("index", row[1], row[2]) for row in connection.execute(f"PRAGMA index_list('{name}')")],
                key=str,
            )
            for name in tables
            if name not in ("alembic_version", "sqlite_sequence") and not name.startswith("segment_index")
        }


async def test_migrations_make_exactly_what_the_models_say(tmp_path: Path) -> None:
    database = make(tmp_path / "new.db")
    await database.open()
    await database.close()
    engine = create_engine(f"sqlite:///{tmp_path / 'models.db'}")
    SQLModel.metadata.create_all(engine)
    engine.dispose()
    assert schema(tmp_path / "new.db") == schema(tmp_path / "models.db")


async def test_what_an_older_version_indexed_is_found_by_its_phrases(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["file"] = file
    await asyncio.to_thread(command.upgrade, config, "0006")
    with closing(sqlite3.connect(file)) as connection:
        for number, said in ((1, "Hello chat!"), (2, "Chat, hello again.")):
            connection.execute("INSERT INTO segment VALUES (?, NULL, 1.0, ?, 'en', 0.9, '[]')", (number, said))
            plain = "".join(letter for letter in said.lower() if letter not in ",.!")
            connection.execute("INSERT INTO segment_index (rowid, text) VALUES (?, ?)", (number, plain))
            connection.executemany(
                "INSERT INTO spoken_word VALUES (?, 1) ON CONFLICT DO NOTHING", [(word,) for word in plain.split()]
            )
        connection.commit()
    database = make(file)
    await database.open()
    store = TranscriptStore(database, Bus())
    for query, ids in (('"hello chat"', [1]), ('"chat hello again"', [2]), ("chat ", [2, 1])):
        assert [hit.segment.id for hit in (await store.search(query, Range(), 10)).items] == ids
    await database.close()


async def test_a_write_that_raises_leaves_nothing(tmp_path: Path) -> None:
    database = make(tmp_path / "a.db")
    await database.open()
    with pytest.raises(ZeroDivisionError):
        async with database.write() as session:
            session.add(Mark(at=utc_now()))
            await session.flush()
            raise ZeroDivisionError
    async with database.read() as session:
        assert (await session.scalars(select(Mark))).all() == []
    await database.close()


async def test_a_look_sees_what_was_written_and_changes_nothing(tmp_path: Path) -> None:
    database = make(tmp_path / "a.db")
    with pytest.raises(Failed):
        await database.look(lambda connection: connection.execute(text("SELECT 1")).scalar())
    await database.open()
    for count in range(3):
        found = await database.look(lambda connection: connection.execute(text("SELECT count(*) FROM mark")).scalar())
        assert found == count
        async with database.write() as session:
            session.add(Mark(at=utc_now()))
    await database.look(lambda connection: connection.execute(text("DELETE FROM mark")))  # is rolled back
    async with database.read() as session:
        assert len((await session.scalars(select(Mark))).all()) == 3
    await database.close()
    with pytest.raises(Failed):
        await database.look(lambda connection: connection.execute(text("SELECT 1")).scalar())


async def test_pragmas_are_set(tmp_path: Path) -> None:
    database = make(tmp_path / "a.db")
    await database.open()
    async with database.read() as session:
        values = [
            (await session.execute(text(f"PRAGMA {name}"))).scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        ]
    assert values == ["wal", 1, 2, 10_000]
    await database.close()


async def test_times_come_back_exact_and_aware(tmp_path: Path) -> None:
    database = make(tmp_path / "a.db")
    await database.open()
    now = utc_now()
    async with database.write() as session:
        session.add(Session(title="x", started_at=now, seen_at=now))
    async with database.read() as session:
        stored = (await session.scalars(select(Session))).one()
    assert stored.started_at == now
    assert stored.started_at.tzinfo is not None
    await database.close()


async def test_a_newer_database_is_refused_untouched(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    database = make(file)
    await database.open()
    await database.close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = file.read_bytes()
    with pytest.raises(Failed) as caught:
        await make(file).open()
    assert caught.value.code == "database_newer"
    assert file.read_bytes() == before


@pytest.mark.parametrize("damage", ["text", "middle", "header", "foreign"])
async def test_a_damaged_database_is_refused_untouched(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "a.db"
    database = make(file)
    await database.open()
    async with database.write() as session:
        for number in range(500):
            session.add(Mark(at=utc_now(), title=f"mark {number} " + "x" * 200))
    await database.close()
    content = bytearray(file.read_bytes())
    if damage == "text":
        content = bytearray(b"this is no database at all\n" * 100)
    elif damage == "middle":
        content[8192 : len(content) - 4096] = b"\xff" * (len(content) - 12288)
    elif damage == "header":
        content[0:16] = b"\0" * 16
    if damage == "foreign":
        file.unlink()
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("CREATE TABLE recipes (cake TEXT)")
        content = bytearray(file.read_bytes())
    else:
        file.write_bytes(content)
    with pytest.raises(Failed) as caught:
        await make(file).open()
    assert caught.value.code == "database_damaged"
    assert file.read_bytes() == bytes(content)


async def test_a_verified_copy_is_taken_before_a_migration(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    database = make(file)
    await database.open()
    async with database.write() as session:
        session.add(Mark(at=utc_now(), title="keep me"))
    await database.close()
    with closing(sqlite3.connect(file)) as connection:
        # Back to before the first migration in name only: the upgrade then fails, as the tables are there.
        connection.execute("DELETE FROM alembic_version")
        connection.commit()
    with pytest.raises(Failed) as caught:
        await make(file).open()
    assert caught.value.code == "migration_failed"
    copies = list((tmp_path / "backups").glob("*.db"))
    assert len(copies) == 1
    for path in (copies[0], file):
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("SELECT title FROM mark").fetchall() == [("keep me",)]


def make_old(file: Path) -> None:
    """A database as the first version left it, with one clip."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["file"] = file
    command.upgrade(config, "0001")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(
            "INSERT INTO clip (state, title, tags, door, trigger_at, wanted_start_at, wanted_end_at, tracks,"
            " clamped_start_seconds, clamped_end_seconds, method_reason)"
            " VALUES ('READY', 'keep me', '[]', 'tray', 3, 1, 2, '[]', 0, 0, '')"
        )
        connection.commit()


async def test_an_old_database_is_copied_and_brought_up_to_date_with_all_that_is_in_it(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    make_old(file)
    database = make(file)
    await database.open()
    async with database.read() as session:
        clip = (await session.scalars(select(Clip))).one()
    await database.close()
    assert (clip.title, clip.state, clip.deleted_at, clip.first_receipt) == ("keep me", ClipState.READY, None, None)
    [copy] = (tmp_path / "backups").glob("*.db")
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
        assert connection.execute("SELECT title FROM clip").fetchall() == [("keep me",)]
    await make(file).open()
    assert list((tmp_path / "backups").glob("*.db")) == [copy], "nothing to update, nothing to copy"


async def test_the_last_five_copies_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    folder = tmp_path / "backups"
    folder.mkdir()
    older = [folder / f"a-2025010{day}T000000000000.db" for day in range(1, 8)]
    others = folder / "b-20250101T000000000000.db"
    for path in [*older, others]:
        path.write_bytes(b"")
    make_old(file)
    database = make(file)
    await database.open()
    await database.close()
    copies = sorted(folder.glob("a-*.db"))
    assert copies[:4] == older[-4:]
    assert len(copies) == 5
    assert copies[4].stat().st_size > 0
    assert others.exists(), "another database's copies are not counted"


@pytest.mark.parametrize("obstacle", ["a file in the place of the folder", "no room"])
async def test_without_a_copy_nothing_is_changed(tmp_path: Path, obstacle: str) -> None:
    file = tmp_path / "a.db"
    make_old(file)
    before = file.read_bytes()
    folder = tmp_path / "backups"
    with contextlib.ExitStack() as stack:
        if obstacle == "no room":
            stack.enter_context(small_disk(folder, "16k"))
        else:
            folder.write_text("here")
        with pytest.raises(Failed) as caught:
            await make(file).open()
        assert caught.value.code == "copy_failed"
        assert str(folder) in caught.value.remedy
        assert obstacle != "no room" or list(folder.iterdir()) == [], "no half copy is left to be taken for one"
    assert file.read_bytes() == before


async def test_a_database_locked_by_another_process_for_three_seconds_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    database = make(file)
    await database.open()
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sqlite3, sys, time\n"
            "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
            "c.execute('BEGIN EXCLUSIVE'); print('held', flush=True); time.sleep(3); c.execute('COMMIT')",
            str(file),
        ],
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    await asyncio.to_thread(holder.stdout.readline)
    async with database.write() as session:
        session.add(Mark(at=utc_now(), title="waited"))
    assert await asyncio.to_thread(holder.wait) == 0
    holder.stdout.close()
    async with database.read() as session:
        assert (await session.scalars(select(Mark))).one().title == "waited"
    await database.close()


async def test_many_writers_at_once_all_succeed(tmp_path: Path) -> None:
    database = make(tmp_path / "a.db")
    await database.open()

    async def add(number: int) -> None:
        async with database.write() as session:
            found = (await session.scalars(select(Mark))).all()
            session.add(Mark(at=utc_now(), title=str(len(found))))

    await asyncio.gather(*(add(number) for number in range(40)))
    async with database.read() as session:
        titles = [mark.title for mark in (await session.scalars(select(Mark).order_by(Mark.id))).all()]
    assert titles == [str(number) for number in range(40)]
    await database.close()


async def test_who_is_cancelled_in_the_middle_gives_its_connection_back_whole(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = Database(tmp_path / "companion.db", StatusBoard(Bus()))
    await database.open()
    done = 0

    async def write(number: int) -> None:
        nonlocal done
        async with database.write() as session:
            session.add(Mark(at=utc_now(), title=f"{number}"))
        done += 1

    attempts = 0
    while attempts < 40 or not done:  # later and later, until one was not cancelled in time
        number, attempts = 3 * attempts, attempts + 1
        task = asyncio.create_task(write(number))
        for _ in range(number):
            await asyncio.sleep(0.0001)
        task.cancel()
        await asyncio.wait([task])
    async with database.read() as session:
        kept = len((await session.scalars(select(Mark))).all())
    await database.close()
    assert 0 < done <= kept < attempts
    assert not [record.message for record in caplog.records if record.name.startswith("sqlalchemy")]


def test_who_is_cancelled_while_connecting_leaves_no_thread_that_works_on(
    migrated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that answers to an event loop that is gone fails, and pytest tells."""

    async def cancelled() -> None:
        database = make(migrated)
        await database.open()
        reading = asyncio.create_task(read(database))
        assert await asyncio.to_thread(connecting.wait, 20)
        reading.cancel()
        await asyncio.wait([reading])
        await database.close()

    async def read(database: Database) -> None:
        async with database.read() as session:
            await session.execute(text("SELECT 1"))

    def slow(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        if threading.current_thread().name.endswith("(_connection_worker_thread)"):
            connecting.set()
            time.sleep(0.3)
        return connect(*args, **kwargs)

    connect, connecting = sqlite3.connect, threading.Event()
    monkeypatch.setattr(sqlite3, "connect", slow)
    threads = threading.active_count()
    asyncio.run(cancelled())
    deadline = time.monotonic() + 10
    while threading.active_count() > threads and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= threads


async def test_what_connects_while_the_file_is_let_go_is_closed_after_its_use(
    migrated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that nobody closed warns when it is collected, and pytest tells."""
    monkeypatch.setattr(database_module, "WATCH_SECONDS", 0.01)

    async def state(wanted: str) -> None:
        async with asyncio.timeout(20):
            while (told := board.get("database")) is None or told.state != wanted:
                await asyncio.sleep(0.01)

    async def read() -> None:
        async with database.read() as session:
            await session.execute(text("SELECT 1"))

    def held(*args: Any, **kwargs: Any) -> Any:
        if threading.current_thread().name.endswith("(_connection_worker_thread)"):
            connecting.set()
            let.wait(20)
        return connect(*args, **kwargs)

    connect, connecting, let = sqlite3.connect, threading.Event(), threading.Event()
    monkeypatch.setattr(sqlite3, "connect", held)
    board = StatusBoard(Bus())
    database = Database(migrated, board)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(database.run(lambda: None))
        await state("open")
        reading = group.create_task(read())
        assert await asyncio.to_thread(connecting.wait, 20)
        away = migrated.rename(migrated.with_name("away.db"))
        await state("database_unreachable")
        away.rename(migrated)
        await state("open")
        let.set()
        await reading
        running.cancel()
    gc.collect()


async def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    database = make(tmp_path / "what? 100%#&" / "a.db")
    await database.open()
    await database.close()
    assert (tmp_path / "what? 100%#&" / "a.db").stat().st_size > 0


@pytest.mark.parametrize("url", ["postgresql://x/y", "nonsense", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(Refused) as caught:
        database_file(url, Path("/nowhere"))
    assert caught.value.code == "invalid_settings"


def test_sqlite_url_names_the_file(tmp_path: Path) -> None:
    assert database_file(f"sqlite:///{tmp_path}/x.db", Path("/nowhere")) == tmp_path / "x.db"
    assert database_file(None, Path("/nowhere/d.db")) == Path("/nowhere/d.db")
