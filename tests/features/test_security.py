"""The record is kept: what cannot be written waits, in its order, and is written when it can be."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from companion.adapters import database as database_module
from companion.adapters.audit_store import AuditStore
from companion.adapters.database import Database
from companion.adapters.one_time_passwords import OneTimePasswords
from companion.adapters.secrets import Secrets
from companion.adapters.tokens import AccessTokens
from companion.domain.events import AuditNoted, DeviceRevoked
from companion.features import security as security_module
from companion.features.security import Security
from companion.kernel.actions import ActionInvoked
from companion.kernel.bus import Bus
from companion.kernel.status import ComponentChanged, StatusBoard


class Record:
    """The audit log at work."""

    def __init__(self, folder: Path) -> None:
        self.bus = Bus()
        self.board = StatusBoard(self.bus)
        self.database = Database(folder / "companion.db", self.board)
        secrets = Secrets(folder, self.board)
        passwords = OneTimePasswords(secrets, folder / "totp.step")
        self.security = Security(AccessTokens(secrets), passwords, AuditStore(self.database), self.bus, self.board)

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.security.run(lambda: None))
            await asyncio.sleep(0)
            yield
            task.cancel()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Another program holds the database."""
        with contextlib.closing(sqlite3.connect(self.database.file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")

    async def until_state(self, state: str) -> None:
        changes = self.bus.subscribe(ComponentChanged)
        async with asyncio.timeout(20):
            while (said := self.board.get("audit")) is None or said.state != state:
                await changes.get()
        self.bus.unsubscribe(changes)

    async def told(self) -> list[str]:
        page = await self.security.list_entries(limit=500)
        return [f"{entry.actor} {entry.what} {entry.outcome}" for entry in reversed(page.items)]


@pytest.fixture
async def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Record]:
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.05)
    found = Record(tmp_path)
    await found.database.open()
    yield found
    await found.database.close()


async def test_what_comes_while_the_database_is_busy_is_written_later_in_its_order(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(security_module, "RETRY_SECONDS", 0.05)
    noted = record.bus.subscribe(AuditNoted)
    async with record.kept():
        with record.held():
            record.bus.publish(DeviceRevoked(1, "first", "Phone"))
            await record.until_state("not_written")
            record.bus.publish(DeviceRevoked(2, "second", "Phone"))
            await asyncio.sleep(0)
        await record.until_state("written")
        async with asyncio.timeout(20):
            for _ in range(2):
                await noted.get()
        assert await record.told() == ["device 1 revoked first", "device 2 revoked second"]


async def test_what_waits_is_written_at_a_stop(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security_module, "RETRY_SECONDS", 3600.0)
    async with record.kept():
        with record.held():
            record.bus.publish(DeviceRevoked(1, "first", "Phone"))
            await record.until_state("not_written")
        for _ in range(3):
            record.bus.publish(ActionInvoked("device.list", "phone", "Guest", "scope_too_low", 0.1, device=7))
    assert await record.told() == [
        "device 1 revoked first",
        "Guest device.list scope_too_low",
        "Guest device.list (3 times) scope_too_low",
    ]


async def test_what_waits_has_its_bounds(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security_module, "MOST_WAITING", 3)
    async with record.kept():
        with record.held():
            for number in range(5):
                record.bus.publish(DeviceRevoked(number, "again", "Phone"))
            await record.until_state("not_written")
    assert await record.told() == [f"device {number} revoked again" for number in range(3)]
