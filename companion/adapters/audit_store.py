"""The audit log's table: written at the end, read from the end, never changed; the oldest entries make room."""

import datetime as dt
from typing import Any

from sqlalchemy import delete, func
from sqlmodel import col, select

from companion.adapters.database import Database
from companion.domain.models import AuditEntry

MOST_ENTRIES = 20_000


class AuditStore:
    """What was denied and what administrators did."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, entries: list[AuditEntry]) -> None:
        """Keep `entries`, which get their ids by this."""
        async with self._database.write() as session:
            session.add_all(entries)
            await session.flush()
            newest = entries[-1].id or 0
            await session.execute(delete(AuditEntry).where(col(AuditEntry.id) <= newest - MOST_ENTRIES))

    async def list(self, before: int | None, limit: int) -> tuple[list[AuditEntry], int]:
        """The newest `limit` entries with an id below `before`, and how many there are in all."""
        query = select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(limit)
        if before is not None:
            query = query.where(col(AuditEntry.id) < before)
        async with self._database.read() as session:
            items = list(await session.scalars(query))
            total = (await session.execute(select(func.count()).select_from(AuditEntry))).scalar_one()
        return items, total


def describe(entry: AuditEntry) -> dict[str, Any]:
    """An entry as it is shown; `at` is Unix seconds."""
    at: dt.datetime = entry.at
    return entry.model_dump(exclude={"at"}) | {"at": at.timestamp()}
