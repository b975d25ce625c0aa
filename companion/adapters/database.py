"""The database: SQLite through SQLAlchemy and aiosqlite, brought up to date before it is opened."""

import asyncio
import datetime as dt
import logging
import shutil
import sqlite3
import stat
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import aiosqlite
from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from companion.adapters.folders import make_folder
from companion.kernel.errors import CompanionError, Failed, Refused, Unavailable
from companion.kernel.offload import WorkerThread, end_process, start_process
from companion.kernel.service import Ready, require_started
from companion.kernel.status import Health, StatusBoard

log = logging.getLogger(__name__)

T = TypeVar("T")

BUSY_SECONDS = 10
WATCH_SECONDS = 5.0
"""How soon it is seen that the file is gone, or is back."""
COPIES_KEPT = 5
MIGRATIONS = Path(__file__).parent / "migrations"


def database_file(url: str | None, default: Path) -> Path:
    """The SQLite file that `url` names (`sqlite:///…`); raises Refused for any other database."""
    if url is None:
        return default
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise _bad_url("is not a database address") from None
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise _bad_url("must name an SQLite file")
    return Path(parsed.database).absolute()


def known_revisions() -> list[str]:
    """The migrations of this version, oldest first."""
    return sorted(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


class Database:
    """The one way to what is stored: `read()` for looking, `write()` for a change that is all or nothing.

    `look()` is for what is asked often: each step of a session crosses to another thread and back, all of `look` once.
    """

    name = "database"
    essential = True

    def __init__(self, file: Path, board: StatusBoard) -> None:
        self.file = file
        self._board = board
        self._engine: AsyncEngine | None = None
        self._looking: Engine | None = None
        self._looker: WorkerThread | None = None
        self._writing = asyncio.Lock()
        self._age = 0
        """Grows when the file may be another one: connections that are older are not used any more."""
        self._ages = WeakKeyDictionary[aiosqlite.Connection, int]()
        """When each connection was begun: one that was before the file was let go belongs to the pool before."""
        self._suspected = asyncio.Event()

    async def run(self, ready: Ready) -> None:
        """Bring the file up to date, open it, and hold it until cancelled; say when it cannot be used meanwhile."""
        await self.open()
        try:
            await self._watch(ready)
        finally:
            await self.close()

    async def open(self) -> None:
        """Check, copy, migrate and open.

        Raises Failed `database_damaged`, `database_newer`, `migration_failed`, Unavailable `database_unreachable`.
        """
        thread = WorkerThread("database-check")
        try:
            await thread.call(make_folder, self.file.parent, "COMPANION_HOME")
            revision = await thread.call(_examine, self.file)
            known = known_revisions()
            if revision and revision not in known:
                raise Failed(
                    "database_newer",
                    f"The database {self.file} was written by a newer version of the companion.",
                    "Install that version again, or set DATABASE_URL to another file.",
                )
            if revision != known[-1]:
                await self._migrate(thread, copy=revision is not None)
        finally:
            thread.close()
        self._engine = create_async_engine(
            URL.create("sqlite+aiosqlite", **self._address()), async_creator=self._connect, pool_size=3, max_overflow=2
        )
        self._looker = WorkerThread("database-look")
        self._looking = create_engine(URL.create("sqlite", **self._address()))
        for engine in (self._engine.sync_engine, self._looking):
            event.listen(engine, "connect", self._on_connect)
            event.listen(engine, "checkin", self._on_checkin)
            event.listen(engine, "begin", _on_begin)

    async def close(self) -> None:
        if self._looking and self._looker:
            await self._looker.call(self._looking.dispose)
            self._looker.close()
            self._looking = self._looker = None
        if self._engine:
            await self._engine.dispose()
            self._engine = None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session on one consistent view of the data."""
        async with self._session(write=False) as session:
            yield session

    async def look(self, read: Callable[[Connection], T]) -> T:
        """What `read` finds, on a thread, in one consistent view of the data; it takes little time."""
        require_started(self._looking, "The database")
        assert self._looking is not None
        assert self._looker is not None
        try:
            return await self._looker.call(_look, self._looking, read)
        except DBAPIError as error:
            raise self._failed(error) from error

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A session whose changes are on disk when the block ends, or not at all when it raises."""
        async with self._writing, self._session(write=True) as session:
            yield session
            try:
                await _to_its_end(session.commit())
            except DBAPIError as error:
                raise self._failed(error) from error

    @asynccontextmanager
    async def _session(self, *, write: bool) -> AsyncIterator[AsyncSession]:
        require_started(self._engine, "The database")
        assert self._engine is not None
        bind = self._engine.execution_options(companion_write=write)
        session = AsyncSession(bind, expire_on_commit=False)
        try:
            yield session
        except DBAPIError as error:
            raise self._failed(error) from error
        finally:
            await _to_its_end(session.close())

    async def _watch(self, ready: Ready) -> None:
        """Keep the board true: look whether the file is the one that is open, and after an error whether it works."""
        thread = WorkerThread("database-watch")
        opened: tuple[int, int] | None = None
        try:
            while True:
                if opened is None or await thread.call(_identity, self.file) != opened:
                    opened = None
                    await self._let_go()
                    try:
                        opened = await thread.call(_try_out, self.file)
                        self._board.set(self.name, "open", Health.OK)
                    except CompanionError as error:
                        self._board.set(self.name, error.code, Health.FAILED, error.message, error.remedy)
                ready()
                if opened is None:
                    await asyncio.sleep(WATCH_SECONDS)
                    continue
                with suppress(TimeoutError):
                    async with asyncio.timeout(WATCH_SECONDS):
                        await self._suspected.wait()
                    self._suspected.clear()
                    opened = None
        finally:
            thread.close()

    async def _let_go(self) -> None:
        """Close all connections, those that are used or opened now after that."""
        if self._engine and self._looking and self._looker:
            await self._engine.dispose()
            self._age += 1  # at once: what was begun up to now nobody closes but `_on_checkin`
            await self._looker.call(self._looking.dispose)

    def _failed(self, error: DBAPIError) -> CompanionError:
        """What to tell of `error`; what is no error of the database's is raised as it is."""
        told = _translated(error.orig)
        if told is None:
            raise error
        if told.code == "database_damaged":
            self._board.set(self.name, told.code, Health.FAILED, told.message, told.remedy)
        elif told.code != "database_busy":
            self._suspected.set()
        return told

    def _address(self) -> dict[str, Any]:
        # Never made anew: in the place of a file that was moved away an empty one would take what is said.
        return {"database": self.file.as_uri(), "query": {"mode": "rw", "uri": "true"}}

    async def _connect(self) -> aiosqlite.Connection:
        """Opened to its end, also when cancelled meanwhile: else its thread answers when the event loop may be gone."""
        connection = aiosqlite.connect(f"{self.file.as_uri()}?mode=rw", uri=True)
        connection._thread.daemon = True  # as the engine does where it connects by itself
        self._ages[connection] = self._age
        try:
            await _to_its_end(connection.__aenter__())
        except asyncio.CancelledError:
            await connection.close()
            raise
        return connection

    def _on_connect(self, connection: Any, record: ConnectionPoolEntry) -> None:
        begun = getattr(connection, "driver_connection", None)  # the looker's own has none, and no other beside it
        record.info["age"] = self._age if begun is None else self._ages[begun]
        _set_up(connection)

    def _on_checkin(self, connection: Any, record: ConnectionPoolEntry) -> None:
        if connection is not None and record.info["age"] != self._age:
            record.invalidate()

    async def _migrate(self, thread: WorkerThread, *, copy: bool) -> None:
        saved = await thread.call(_verified_copy, self.file) if copy else None
        # In a child: the migration tool's memory and import time are paid only by the starts that need it.
        process = await start_process([sys.executable, "-m", "companion.adapters.migrations", str(self.file)])
        try:
            _, errors = await process.communicate()
        finally:
            await end_process(process)  # told to stop meanwhile, it must not go on after the lock is free
        if process.returncode == 0:
            return
        log.error("migration failed:\n%s", errors.decode(errors="replace"))
        if saved:
            await thread.call(_put_back, saved, self.file)
        raise Failed(
            "migration_failed",
            "The database could not be brought up to date; it is as it was.",
            "See the log, and report it with the message found there.",
        )


async def _to_its_end(ending: Coroutine[Any, Any, object]) -> None:
    """See it through, also when cancelled meanwhile: else a connection is given back in the middle of its work."""
    task = asyncio.create_task(ending)  # noqa: TID251 - it is waited for here, whatever happens
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        raise


def _look(engine: Engine, read: Callable[[Connection], T]) -> T:
    with engine.connect() as connection:
        return read(connection)


def _bad_url(problem: str) -> Refused:
    return Refused("invalid_settings", f"DATABASE_URL {problem}.", "Use sqlite:////absolute/path/to/companion.db.")


def _examine(file: Path) -> str | None:
    """The revision of the database in `file`: None for a new one, empty before its first; changes nothing."""
    try:
        if file.stat().st_size == 0:
            return None
        return _read_revision(file)
    except FileNotFoundError:
        return None
    except (sqlite3.Error, OSError) as error:
        raise _translated(error, file) or _damaged(file, str(error)) from error


def _read_revision(file: Path) -> str | None:
    # What a crash left beside the file would become part of it, and be gone, when one who may write closes it again.
    # Without that, what a crash broke off is in the file itself, and has to be taken back before it is read.
    mode = "ro" if file.with_name(file.name + "-wal").exists() else "rw"
    with closing(_connect(file, mode)) as connection:
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise _damaged(file, str(verdict))
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "alembic_version" not in tables:
            if tables:
                raise _damaged(file, "it is not a database of the companion")
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else ""


def _identity(file: Path) -> tuple[int, int] | None:
    """Which file it is that lies there, whatever its name; None where none can be seen."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _try_out(file: Path) -> tuple[int, int] | None:
    """Its `_identity`, when it can be read and written; raises what keeps it from that, without naming its path."""
    identity = _identity(file)
    # SQLite made them with the rights that the file had then, and cannot write to it while these stay read-only.
    for beside in ("-wal", "-shm"):
        with suppress(OSError):
            file.with_name(file.name + beside).chmod(stat.S_IMODE(file.stat().st_mode))
    try:
        with closing(_connect(file)) as connection:
            if connection.execute("SELECT version_num FROM alembic_version").fetchone() != (known_revisions()[-1],):
                message = "The database was replaced by one of another version."
                raise Failed("database_replaced", message, "Restart the companion.")
            # What is written is what was there.
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            connection.execute(f"PRAGMA user_version = {version}")
    except sqlite3.Error as error:
        raise _translated(error) or _damaged() from error
    return identity


def _connect(file: Path, mode: str = "rw") -> sqlite3.Connection:
    return sqlite3.connect(f"{file.as_uri()}?mode={mode}", uri=True, timeout=BUSY_SECONDS, isolation_level=None)


def _verified_copy(file: Path) -> Path:
    """Copy the database, check the copy, and keep the last few; raises Failed `copy_failed`."""
    folder = file.parent / "backups"
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S%f")
    copy = folder / f"{file.stem}-{stamp}.db"
    try:
        folder.mkdir(exist_ok=True)
        with closing(sqlite3.connect(file, timeout=BUSY_SECONDS)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
            if target.execute("PRAGMA integrity_check").fetchone()[0] != "ok" or _counts(source) != _counts(target):
                raise OSError("the copy is not like the original")
    except (sqlite3.Error, OSError) as error:
        with suppress(OSError):
            copy.unlink()
        raise Failed(
            "copy_failed",
            f"The database could not be copied before its update: {error}.",
            f"Make room in {folder}, then start again.",
        ) from error
    for old in sorted(folder.glob(f"{file.stem}-*.db"))[:-COPIES_KEPT]:
        old.unlink()
    return copy


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608


def _put_back(copy: Path, file: Path) -> None:
    for leftover in (file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")):
        leftover.unlink(missing_ok=True)
    temporary = file.with_name(file.name + ".restoring")
    shutil.copyfile(copy, temporary)
    temporary.replace(file)


def _set_up(connection: Any) -> None:
    # The driver's own BEGINs are switched off: they come too late for DDL and never immediate (see _on_begin).
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={int(BUSY_SECONDS * 1000)}",
        "journal_mode=WAL",
        "synchronous=FULL",  # an accepted request survives a power cut
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    # A write that begins as a read can fail at once with "locked" when another writer was faster; IMMEDIATE waits.
    write = connection.get_execution_options().get("companion_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _damaged(file: Path | None = None, why: str = "") -> Failed:
    if file is None:
        return Failed("database_damaged", "The database is damaged.", "Restart the companion; it says what to do.")
    return Failed(
        "database_damaged",
        f"The database {file} cannot be used: {why}.",
        f"It was left untouched. Put back a copy from {file.parent / 'backups'}, or move it away to begin anew.",
    )


def _unreachable(why: str, file: Path | None = None) -> Unavailable:
    return Unavailable(
        "database_unreachable",
        f"{_named(file)} cannot be reached: {why}.",
        "Nothing in it was changed. Check that its disk is connected, and the rights of the file and its folder.",
    )


def _named(file: Path | None) -> str:
    return f"The database {file}" if file else "The database"


def _translated(error: BaseException | None, file: Path | None = None) -> CompanionError | None:
    """What to tell of an error of SQLite or the system, naming `file` if given; None for one that is our mistake."""
    if isinstance(error, OSError):
        return _unreachable(error.strerror or str(error), file)
    code = getattr(error, "sqlite_errorcode", 0)
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE):
        return Failed("disk_full", "The disk with the database is full.", "Make room, then try again.")
    if code == sqlite3.SQLITE_READONLY_DBMOVED:
        return _unreachable("it was moved or deleted", file)
    match code & 0xFF:  # the rest tells details
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Unavailable("database_busy", "Another program holds the database.", "Close it, then try again.")
        case sqlite3.SQLITE_READONLY:
            remedy = "Check the rights of its file and folder."
            return Failed("not_writable", f"{_named(file)} cannot be written.", remedy)
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_IOERR | sqlite3.SQLITE_PERM:
            return _unreachable(str(error), file)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return _damaged(file, str(error))
    return None
