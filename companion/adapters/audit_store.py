"""The audit log's table: written at the end, read from the end, never changed.

The oldest entries of a kind make room for newer ones of the same kind, so no flood of denials can push out what
administrators did; and those of denials from one address for newer ones from there, so none pushes out others'.
"""

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, delete, func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from companion.adapters.database import Database
from companion.domain.models import AuditEntry

MOST_OF_A_KIND = 10_000
MOST_DENIALS_OF_ONE_ADDRESS = 1000


class AuditStore:
    """What was denied and what administrators did."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, entries: list[AuditEntry]) -> None:
        """Keep `entries`, which get their ids by this."""
        async with self._database.write() as session:
            session.add_all(entries)
            await session.flush()
            for kind in {entry.kind for entry in entries}:
                await _make_room(session, MOST_OF_A_KIND, col(AuditEntry.kind) == kind)
            for address in {entry.address for entry in entries if entry.kind == "denied"}:
                of_address = (col(AuditEntry.kind) == "denied", col(AuditEntry.address) == address)
                await _make_room(session, MOST_DENIALS_OF_ONE_ADDRESS, *of_address)

    async def list(self, before: int | None, limit: int) -> tuple[list[AuditEntry], int]:
        """The newest `limit` entries with an id below `before`, and how many there are in all."""
        query = select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(limit)
        if before is not None:
            query = query.where(col(AuditEntry.id) < before)
        async with self._database.read() as session:
            items = list(await session.scalars(query))
            total = (await session.execute(select(func.count()).select_from(AuditEntry))).scalar_one()
        return items, total


async def _make_room(session: AsyncSession, most: int, *these: ColumnElement[bool]) -> None:
    """Keep the newest `most` of `these` only."""
    newest = select(col(AuditEntry.id)).where(*these).order_by(col(AuditEntry.id).desc())
    first_too_old = newest.offset(most).limit(1).scalar_subquery()
    await session.execute(delete(AuditEntry).where(*these, col(AuditEntry.id) <= first_too_old))


def describe(entry: AuditEntry) -> dict[str, Any]:
    """An entry as it is shown; `at` is Unix seconds."""
    at: dt.datetime = entry.at
    return entry.model_dump(exclude={"at"}) | {"at": at.timestamp()}
