"""Which moments OBS's recordings show, kept for as long as their files are there."""

import asyncio
import dataclasses
from collections.abc import Sequence
from pathlib import Path

from sqlmodel import col, select

from companion.adapters.database import Database
from companion.domain.models import RecordingRow
from companion.domain.windows import Placed, Stretch, Window, place

REMUXED = (".mp4", ".mkv", ".mov")
"""What OBS or the streamer may have made of a recording: the same moments in another file beside it."""


@dataclasses.dataclass(frozen=True)
class Recorded:
    """Where a file shows a window."""

    path: Path
    placed: Placed
    stretches: Sequence[Stretch]


class Recordings:
    """The recordings that the companion saw OBS make."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, path: Path | None, stretches: Sequence[Stretch]) -> None:
        """Remember what the file `path` shows, so far."""
        if path is None or not stretches:
            return
        row = RecordingRow(
            path=str(path),
            began_at=stretches[0].start_at,
            ended_at=stretches[-1].end_at,
            stretches=[[part.start_at, part.start, part.seconds] for part in stretches],
        )
        async with self._database.write() as session:
            await session.merge(row)

    async def find(self, window: Window) -> Recorded | None:
        """The file that has most of `window`, of those that are still there."""
        async with self._database.read() as session:
            query = select(RecordingRow).where(
                col(RecordingRow.began_at) < window.end_at, col(RecordingRow.ended_at) > window.start_at
            )
            rows = (await session.scalars(query)).all()
        found: list[Recorded] = []
        for row in rows:
            stretches = [Stretch(*part) for part in row.stretches]
            placed = place(window, stretches)
            file = await asyncio.to_thread(_there, Path(row.path)) if placed else None
            if placed and file:
                found.append(Recorded(file, placed, stretches))
        return min(found, key=lambda one: one.placed.missing_start + one.placed.missing_end, default=None)


def _there(path: Path) -> Path | None:
    """The recording's file, or what it was remuxed to."""
    candidates = [path, *(path.with_suffix(suffix) for suffix in REMUXED)]
    return next((file for file in candidates if file.is_file()), None)
