"""Clips on disk and in the database, which must never disagree: a file and its row come and go together."""

import datetime as dt
import logging
import os
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select

from companion.adapters.database import Database
from companion.domain.events import ClipDeleted
from companion.domain.models import FINISHED, UNFINISHED, Clip, ClipState, ClipSummary, Mark, Session
from companion.domain.settings import Settings
from companion.kernel.bus import Bus
from companion.kernel.errors import Conflict, Failed, NotFound, Unavailable
from companion.kernel.offload import WorkerThread

log = logging.getLogger(__name__)

LEAVING = ".deleting"
GIGABYTE = 1_000_000_000


class ClipStore:
    """The library's rows and files; `folder()` is where new clips go."""

    def __init__(self, database: Database, bus: Bus, folder: Callable[[], Path]) -> None:
        self._database = database
        self._bus = bus
        self._folder = folder
        self._files = WorkerThread("clip-files")

    def close(self) -> None:
        self._files.close()

    async def get(self, clip_id: int) -> Clip:
        """One clip; raises NotFound `clip_not_found`."""
        async with self._database.read() as session:
            clip = await session.get(Clip, clip_id)
        if clip is None:
            raise NotFound("clip_not_found", f"There is no clip {clip_id}.", "`companion clip list` shows all.")
        return _plain(clip)

    async def add(self, clip: Clip, mark_id: int | None = None) -> Clip:
        """Store a new clip, and close the mark that it began with; when this returns, no crash can lose it.

        Raises Conflict `no_mark` when another clip was faster to take the mark.
        """
        async with self._database.write() as session:
            if mark_id is not None:
                mark = await session.get_one(Mark, mark_id)
                if not mark.open:
                    raise Conflict("no_mark", "A clip was made of this mark already.", "Set a new mark.")
                mark.open = False
                session.add(mark)
            session.add(clip)
        return _plain(clip)

    async def change(self, clip_id: int, **values: Any) -> Clip:
        """Set columns of one clip, all or none; returns it as it now is."""
        return (await self.change_all([clip_id], **values))[0]

    async def change_all(self, clip_ids: Sequence[int], **values: Any) -> list[Clip]:
        """Set columns of several clips in one step."""
        changed: list[Clip] = []
        async with self._database.write() as session:
            for clip_id in clip_ids:
                clip = await session.get(Clip, clip_id)
                if clip is None:
                    raise NotFound("clip_not_found", f"There is no clip {clip_id}.", "`companion clip list` shows all.")
                for name, value in values.items():
                    setattr(clip, name, value)
                session.add(clip)
                changed.append(clip)
        return [_plain(clip) for clip in changed]

    async def unfinished(self) -> Sequence[Clip]:
        """The clips that still have work to be done, oldest first."""
        async with self._database.read() as session:
            query = select(Clip).where(col(Clip.state).in_(UNFINISHED)).order_by(col(Clip.id))
            return (await session.scalars(query)).all()

    async def page(
        self, wanted: Sequence[ColumnElement[bool]], limit: int, offset: int
    ) -> tuple[list[ClipSummary], int]:
        """The newest clips that meet all of `wanted`, and how many there are."""
        columns = [getattr(Clip, name) for name in ClipSummary.model_fields]
        async with self._database.read() as session:
            query = select(*columns).where(*wanted).order_by(col(Clip.trigger_at).desc(), col(Clip.id).desc())
            rows = (await session.execute(query.limit(limit).offset(offset))).all()
            total = (await session.execute(select(func.count()).select_from(Clip).where(*wanted))).scalar_one()
        return [ClipSummary.model_construct(**row._mapping) for row in rows], total

    async def delete(self, clip_id: int) -> Clip:
        """Delete a finished clip, its file and its thumbnail: all of it, or nothing.

        The files step aside under another name first: when the row cannot be deleted they step back, and after a
        crash `sweep` looks at the row to decide.
        """
        clip = await self.get(clip_id)
        if clip.state not in FINISHED:
            raise Conflict("clip_in_work", f"Clip {clip_id} is still being made.", "Wait until it is finished.")
        files = [Path(path) for path in (clip.path, clip.thumbnail_path) if path]
        await self._files.call(_step_aside, files)
        try:
            async with self._database.write() as session:
                await session.delete(await session.get_one(Clip, clip_id))
        except BaseException:
            await self._files.call(_step_back, files)
            raise
        await self._files.call(_remove, [aside(file) for file in files])
        self._bus.publish(ClipDeleted(clip_id))
        return clip

    async def sweep(self) -> None:
        """After a crash: finish or take back deletions that were cut short."""
        leavers = await self._files.call(_leavers, self._folder())
        for leaver in leavers:
            original = leaver.with_name(leaver.name.removesuffix(LEAVING))
            async with self._database.read() as session:
                path = str(original)
                known = select(Clip.id).where((col(Clip.path) == path) | (col(Clip.thumbnail_path) == path))
                kept = (await session.scalars(known)).first() is not None
            log.info("%s: %s", "taking back" if kept else "finishing", original)
            await self._files.call(_step_back if kept else _remove, [original] if kept else [leaver])

    async def place(self, clip: Clip) -> Path:
        """The file that `clip` shall have, in its session's folder, which exists when this returns."""
        async with self._database.read() as session:
            parent = await session.get(Session, clip.session_id) if clip.session_id else None
        local = clip.trigger_at.astimezone()
        if parent:
            name = f"{parent.started_at.astimezone():%Y-%m-%d} {_file_name(parent.title)} ({parent.id})"
        else:
            name = f"{local:%Y-%m}"
        folder = self._folder() / name
        await self._files.call(_make_folder, folder)
        return folder / f"{local:%Y-%m-%d %H-%M-%S} clip {clip.id}.mp4"

    async def session_seconds(self, session_id: int | None, at: dt.datetime) -> float | None:
        """`at` on the session's clock; None without a session."""
        async with self._database.read() as session:
            parent = await session.get(Session, session_id) if session_id else None
        return (at - parent.started_at).total_seconds() if parent else None

    async def free_bytes(self) -> int:
        """Free space where clips go."""
        folder = self._folder()
        await self._files.call(_make_folder, folder)
        return (await self._files.call(shutil.disk_usage, folder)).free

    async def make_room(self, settings: Settings) -> None:
        """See that the reserve is free, deleting the oldest untagged clips if that is allowed.

        Raises Unavailable `disk_low` when it is not: before space runs out, not when.
        """
        reserve = settings.disk_reserve_gb * GIGABYTE
        while (free := await self.free_bytes()) < reserve:
            gone = await self._delete_oldest_untagged() if settings.disk_delete_oldest else None
            if gone is None:
                raise Unavailable(
                    "disk_low",
                    f"Only {free / GIGABYTE:.1f} GB are free for clips; {settings.disk_reserve_gb:g} must stay free.",
                    "Delete clips or other files, or lower DISK_RESERVE_GB.",
                )
            log.warning("disk low: deleted clip %s, the oldest without a tag", gone.id)

    async def _delete_oldest_untagged(self) -> Clip | None:
        """Delete the oldest finished clip without a tag in the clips' folder; None when there is none left."""
        async with self._database.read() as session:
            query = (
                select(Clip.id)
                .where(
                    col(Clip.state).in_(FINISHED),
                    func.json_array_length(Clip.tags) == 0,
                    # What lies elsewhere, from before the folder was changed, makes no room here.
                    col(Clip.path).startswith(str(self._folder()) + os.sep, autoescape=True),
                )
                .order_by(col(Clip.trigger_at))
                .limit(1)
            )
            clip_id = (await session.scalars(query)).first()
        return None if clip_id is None else await self.delete(clip_id)

    async def delete_source(self, path: str) -> bool:
        """Delete a replay file once every clip from it is proved; True when it was deleted."""
        async with self._database.read() as session:
            query = select(Clip.id).where(col(Clip.source_path) == path, col(Clip.state) != ClipState.READY).limit(1)
            if (await session.scalars(query)).first() is not None:
                return False
        await self._files.call(_remove, [Path(path)])
        return True


def _plain(row: Clip) -> Clip:
    """A copy that belongs to no database session, with its fields in the order in which they are declared."""
    return Clip.model_construct(**{name: getattr(row, name) for name in Clip.model_fields})


def aside(file: Path) -> Path:
    return file.with_name(file.name + LEAVING)


def _step_aside(files: list[Path]) -> None:
    moved: list[Path] = []
    for file in files:
        try:
            file.replace(aside(file))
            moved.append(file)
        except FileNotFoundError:
            continue  # the streamer deleted it by hand: the row may go
        except OSError as error:
            _step_back(moved)
            raise Failed(
                "file_in_use",
                f"{file.name} cannot be deleted: {error.strerror}.",
                "Close the program that has it open, then try again.",
            ) from error


def _leavers(folder: Path) -> list[Path]:
    try:
        return list(folder.rglob(f"*{LEAVING}"))
    except OSError as error:
        log.warning("cannot look through %s: %s", folder, error.strerror)
        return []


def _step_back(files: list[Path]) -> None:
    for file in files:
        try:
            if aside(file).exists():
                aside(file).replace(file)
        except OSError as error:
            log.error("%s could not be put back: %s", file, error.strerror)


def _remove(files: list[Path]) -> None:
    for file in files:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s could not be removed: %s", file, error.strerror)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failed(
            "not_writable",
            f"The folder {folder} cannot be made: {error.strerror}.",
            "Check its rights, or choose another with SESSION_DIR.",
        ) from error


def _file_name(title: str) -> str:
    """`title` as a file name that every system takes."""
    plain = re.sub(r'[<>:"/\\|?*\x00-\x1f]+', " ", title)
    return re.sub(r"\s+", " ", plain).strip(" .")[:60] or "Session"
