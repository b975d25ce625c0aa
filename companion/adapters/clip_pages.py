"""The library page by page, newest first."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Executable, bindparam, func
from sqlmodel import col, select

from companion.domain.models import Clip, ClipSummary

PAGES_KEPT = 8

Page = tuple[list[ClipSummary], int]
"""The clips of a page, and how many there are on all pages."""


class ClipPages:
    """Reads pages on the database's thread for looking; those of all clips are kept until somebody writes to it.

    Each phone of a room asks for the same page; to read one costs ten times as much as to see that nothing changed.
    What is kept is shared: nobody may change it.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[int, int], Page] = {}
        self._as_of: tuple[Any, int] | None = None
        self._all = _page_of()

    def read(self, wanted: Sequence[ColumnElement[bool]], limit: int, offset: int, connection: Connection) -> Page:
        """The clips that meet all of `wanted`, at most `limit` after the first `offset`."""
        if wanted:
            return _read(_page_of(*wanted), limit, offset, connection)
        # What others committed, counted as one connection sees it: sqlite.org/pragma.html, data_version
        changes = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
        as_of = (connection.connection.dbapi_connection, changes)
        if self._as_of != as_of or len(self._kept) == PAGES_KEPT:
            self._kept.clear()
            self._as_of = as_of
        if (limit, offset) not in self._kept:
            self._kept[limit, offset] = _read(self._all, limit, offset, connection)
        return self._kept[limit, offset]


def _read(queries: tuple[Executable, Executable], limit: int, offset: int, connection: Connection) -> Page:
    listing, counting = queries
    rows = connection.execute(listing, {"most": limit, "skipped": offset}).all()
    return [ClipSummary.model_construct(**row._mapping) for row in rows], connection.execute(counting).scalar_one()


def _page_of(*wanted: ColumnElement[bool]) -> tuple[Executable, Executable]:
    """The queries for a page of the clips that meet all of `wanted`, and for how many there are."""
    columns = [getattr(Clip, name) for name in ClipSummary.model_fields]
    kept = [col(Clip.deleted_at).is_(None), *wanted]
    listing = select(*columns).where(*kept).order_by(col(Clip.trigger_at).desc(), col(Clip.id).desc())
    counting = select(func.count()).select_from(Clip).where(*kept)
    return listing.limit(bindparam("most")).offset(bindparam("skipped")), counting
