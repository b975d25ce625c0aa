"""Clips on disk and in the database, which must never disagree: a file and its row come and go together."""

import asyncio
import datetime as dt
import functools
import logging
import os
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from companion.adapters.clip_pages import ClipPages
from companion.adapters.database import Database
from companion.adapters.folders import make_folder
from companion.adapters.recordings import Recordings
from companion.domain.events import ClipChanged, ClipDeleted, ClipSaved
from companion.domain.models import FINISHED, UNFINISHED, Clip, ClipState, ClipSummary, Mark, Session, utc_now
from companion.domain.settings import Settings
from companion.domain.subtitles import Form
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError, Conflict, Failed, NotFound, Unavailable
from companion.kernel.offload import WorkerThread

log = logging.getLogger(__name__)

IN_TRASH = ".deleted"
TRASH_TIME = dt.timedelta(minutes=10)
"""How long a deleted clip can be brought back."""
PURGE_AGAIN_SECONDS = 60.0
LONGEST_CLIP = dt.timedelta(hours=2)
"""No clip is longer."""
GIGABYTE = 1_000_000_000
LIKE_THESE = 20
"""Of how many of the newest clips the size tells how large the next one becomes."""
NAME_BYTES = 180
"""How much of a title stands in a name, so that there is room for date and number: file systems take 255 bytes."""


class ClipStore:
    """The library's rows and files; `folder()` is where new clips go."""

    def __init__(self, database: Database, bus: Bus, folder: Callable[[], Path]) -> None:
        self._database = database
        self._bus = bus
        self._folder = folder
        self.recordings = Recordings(database)
        self._files = WorkerThread("clip-files")
        self._moving = asyncio.Lock()
        self._pages = ClipPages()

    def close(self) -> None:
        self._files.close()

    async def get(self, clip_id: int) -> Clip:
        """One clip; raises NotFound `clip_not_found`."""
        async with self._database.read() as session:
            return _plain(await _find(session, clip_id))

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
            if clip.state is ClipState.SAVED:  # its source is known already, so its place is as well
                await session.flush()
                clip.path = str(await self.place(clip))
        return _plain(clip)

    async def change(self, clip_id: int, **values: Any) -> Clip:
        """Set columns of one clip, all or none; returns it as it now is."""
        return (await self.change_all([clip_id], **values))[0]

    async def change_all(self, clip_ids: Sequence[int], **values: Any) -> list[Clip]:
        """Set columns of several clips in one step."""
        changed: list[Clip] = []
        async with self._database.write() as session:
            for clip_id in clip_ids:
                clip = await _find(session, clip_id)
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

    async def without_thumbnail(self, limit: int) -> Sequence[Clip]:
        """The newest finished clips that have a file and no thumbnail."""
        async with self._database.read() as session:
            query = select(Clip).where(
                col(Clip.deleted_at).is_(None),
                col(Clip.state).in_((ClipState.READY, ClipState.DOUBTFUL)),
                col(Clip.thumbnail_path).is_(None),
            )
            return (await session.scalars(query.order_by(col(Clip.id).desc()).limit(limit))).all()

    async def newest_finished(self, limit: int) -> Sequence[int]:
        """The ids of the newest clips that have a file."""
        async with self._database.read() as session:
            query = select(col(Clip.id)).where(*_SHOWN).order_by(col(Clip.id).desc()).limit(limit)
            return [number for number in await session.scalars(query) if number is not None]

    async def showing(self, start_at: float, end_at: float, *, whole: bool = False) -> Sequence[int]:
        """The ids of the clips that show a part of a span (Unix seconds), or the `whole` of it; oldest first."""
        start, end = (dt.datetime.fromtimestamp(at, dt.UTC) for at in (start_at, end_at))
        first, last = (end, start) if whole else (start, end)
        query = select(col(Clip.id)).where(
            *_SHOWN,
            col(Clip.start_at) <= last,
            col(Clip.start_at) > start - LONGEST_CLIP,
            col(Clip.end_at) >= first,
        )
        async with self._database.read() as session:
            return sorted(number for number in await session.scalars(query) if number is not None)

    async def page(
        self, wanted: Sequence[ColumnElement[bool]], limit: int, offset: int
    ) -> tuple[list[ClipSummary], int]:
        """The newest clips that meet all of `wanted`, and how many there are."""
        return await self._database.look(functools.partial(self._pages.read, wanted, limit, offset))

    async def tags(self) -> list[tuple[str, int]]:
        """Each tag and how many clips have it, the most frequent first."""
        tags, many = func.json_each(Clip.tags).table_valued("value"), func.count()
        query = select(tags.c.value, many).select_from(Clip).join(tags, true()).where(col(Clip.deleted_at).is_(None))
        query = query.group_by(tags.c.value).order_by(many.desc(), tags.c.value)
        async with self._database.read() as session:
            return [(name, clips) for name, clips in await session.execute(query)]

    async def delete(self, clip_id: int) -> None:
        """Put a finished clip, its file and its thumbnail into the trash: all of it, or nothing.

        The row goes first: where a crash cuts it short, `settle_trash` finds by it what is half done.
        """
        async with self._moving:
            await self._trash(clip_id)
        self._bus.publish(ClipDeleted(clip_id))

    async def restore(self, clip_id: int) -> Clip:
        """Bring a clip back from the trash; raises Conflict `clip_not_deleted`, NotFound where it is gone for good."""
        async with self._moving:
            async with self._database.read() as session:
                clip = await session.get(Clip, clip_id)
            if clip is None:
                raise _not_found(clip_id)
            if clip.deleted_at is None:
                raise Conflict("clip_not_deleted", f"Clip {clip_id} is not in the trash.", "There is nothing to undo.")
            await self._files.call(_move, [(aside(file), file) for file in _files_of(clip)])
            try:
                clip = await self._set_deleted(clip_id, None)
            except BaseException:
                await self._files.call(_move, [(file, aside(file)) for file in _files_of(clip)])
                raise
        shown = clip.model_dump(mode="json")
        self._bus.publish(ClipChanged(shown) if clip.state is ClipState.FAILED else ClipSaved(shown, restored=True))
        return clip

    async def settle_trash(self) -> None:
        """After a crash: take back each deletion that was cut short, and finish each return."""
        async with self._moving:
            for clip in await self._trashed():
                if await self._files.call(_any_in_place, _named(clip)):
                    log.info("clip %s was half deleted: taking it back", clip.id)
                    await self._files.call(_move, [(aside(file), file) for file in _files_of(clip)])
                    await self._set_deleted(clip.number, None)

    async def purge(self) -> float | None:
        """Remove for good what was in the trash long enough; seconds until there is more to do, None for never."""
        async with self._moving:
            waits = []
            for clip in await self._trashed():
                assert clip.deleted_at is not None
                left = (clip.deleted_at + TRASH_TIME - utc_now()).total_seconds()
                if left > 0:
                    waits.append(left)
                elif not await self._remove_for_good(clip):
                    waits.append(PURGE_AGAIN_SECONDS)
        return min(waits, default=None)

    async def _trash(self, clip_id: int) -> Clip:
        async with self._database.write() as session:
            clip = await _find(session, clip_id)
            if clip.state not in FINISHED:
                raise Conflict("clip_in_work", f"Clip {clip_id} is still being made.", "Wait until it is finished.")
            users = select(Clip.id).where(col(Clip.state).in_(UNFINISHED), col(Clip.source_path) == clip.path)
            if clip.path and (await session.scalars(users)).first() is not None:
                raise Conflict("clip_in_work", f"Another clip is being cut from clip {clip_id}.", "Wait a moment.")
            clip.deleted_at = utc_now()
            session.add(clip)
        moves = [(file, aside(file)) for file in _files_of(clip)]
        try:
            await self._files.call(_move, moves)
        except BaseException:
            await self._files.call(_move_back, moves)
            await self._set_deleted(clip_id, None)
            raise
        return _plain(clip)

    async def _set_deleted(self, clip_id: int, at: dt.datetime | None) -> Clip:
        async with self._database.write() as session:
            clip = await session.get_one(Clip, clip_id)
            clip.deleted_at = at
            session.add(clip)
        return _plain(clip)

    async def _trashed(self) -> Sequence[Clip]:
        """What is in the trash, the longest first."""
        async with self._database.read() as session:
            query = select(Clip).where(col(Clip.deleted_at).is_not(None)).order_by(col(Clip.deleted_at))
            return (await session.scalars(query)).all()

    async def _remove_for_good(self, clip: Clip) -> bool:
        """Remove the files of a clip in the trash, then its row; False, and the row stays, where a file cannot go."""
        # What was made while the clip was being deleted stands where it belongs, under its usual name.
        late = _beside(Path(clip.path)) if clip.path else []
        late += [Path(clip.path).with_suffix(".jpg")] if clip.path and not clip.thumbnail_path else []
        if not await self._files.call(_remove, [*(aside(file) for file in _files_of(clip)), *late]):
            return False
        async with self._database.write() as session:
            await session.delete(await session.get_one(Clip, clip.number))
        return True

    async def place(self, clip: Clip) -> Path:
        """The file that `clip` shall have, in its session's folder."""
        async with self._database.read() as session:
            parent = await session.get(Session, clip.session_id) if clip.session_id else None
        local = clip.trigger_at.astimezone()
        name = session_folder(parent) if parent else f"{local:%Y-%m}"
        return self._folder() / name / f"{local:%Y-%m-%d %H-%M-%S} clip {clip.id}.mp4"

    async def make_folder(self, path: Path) -> None:
        """Make the folder of the file `path`, unless it is there."""
        await self._files.call(make_folder, path.parent, "SESSION_DIR")

    async def session_seconds(self, session_id: int | None, at: dt.datetime) -> float | None:
        """`at` on the session's clock; None without a session."""
        async with self._database.read() as session:
            parent = await session.get(Session, session_id) if session_id else None
        return (at - parent.started_at).total_seconds() if parent else None

    async def free_bytes(self) -> int:
        """Free space where clips go."""
        folder = self._folder()
        await self._files.call(make_folder, folder, "SESSION_DIR")
        return (await self._files.call(shutil.disk_usage, folder)).free

    async def make_room(self, settings: Settings, seconds: float) -> None:
        """See that a clip of `seconds` leaves the reserve free; the trash gives way, and untagged clips where they may.

        Raises Unavailable `disk_low` when it does not: before space runs out, not when, and deleting nothing in vain.
        """
        size = seconds * await self._bytes_per_second()
        needed = settings.disk_reserve_gb * GIGABYTE + size
        delete, held = settings.disk_delete_oldest, set[int]()
        if (free := await self.free_bytes()) < needed <= free + await self._bytes_to_give(delete=delete):
            while (free := await self.free_bytes()) < needed and await self._give_way(held, delete=delete):
                pass
        if free < needed:
            raise Unavailable(
                "disk_low",
                f"Only {free / GIGABYTE:.1f} GB are free for clips. This one takes about"
                f" {max(0.1, size / GIGABYTE):.1f} GB, and {settings.disk_reserve_gb:g} must stay free.",
                "Make a shorter clip, delete clips or other files, or lower DISK_RESERVE_GB.",
            )

    async def _bytes_per_second(self) -> float:
        """How large the newest clips are for each second; 0 before the first."""
        newest = select(Clip.size_bytes, Clip.seconds).where(*_SHOWN, col(Clip.seconds) > 0)
        newest_few = newest.order_by(col(Clip.id).desc()).limit(LIKE_THESE).subquery()
        query = select(func.sum(newest_few.c.size_bytes) / func.sum(newest_few.c.seconds))
        async with self._database.read() as session:
            return float((await session.scalars(query)).one() or 0.0)

    async def _bytes_to_give(self, *, delete: bool) -> int:
        """How much room there would be if all that may go did."""
        async with self._database.read() as session:
            clips = (await session.scalars(select(Clip).where(self._may_go(delete=delete)))).all()
        files = [file for clip in clips for file in _files_of(clip)]
        return await self._files.call(_bytes_of, [*files, *map(aside, files)])

    async def _give_way(self, held: set[int], *, delete: bool) -> bool:
        """Remove one clip of the clips' folder; False when none is left. Adds those that cannot go to `held`."""
        async with self._moving:
            while (clip := await self._next_to_go(held, delete=delete)) is not None:
                held.add(clip.number)
                try:
                    if clip.deleted_at is None:
                        clip = await self._trash(clip.number)
                        self._bus.publish(ClipDeleted(clip.number))
                    if await self._remove_for_good(clip):
                        log.warning("disk low: clip %s is gone", clip.id)
                        return True
                except CompanionError as error:
                    log.warning("clip %s cannot make room: %s", clip.id, error.message)
        return False

    async def _next_to_go(self, held: set[int], *, delete: bool) -> Clip | None:
        """What was deleted the longest ago, then the oldest finished clip without a tag where one may `delete`."""
        query = select(Clip).where(self._may_go(delete=delete), col(Clip.id).not_in(held))
        trashed_first = (col(Clip.deleted_at).is_(None), col(Clip.deleted_at), col(Clip.trigger_at))
        async with self._database.read() as session:
            return (await session.scalars(query.order_by(*trashed_first).limit(1))).first()

    def _may_go(self, *, delete: bool) -> ColumnElement[bool]:
        # What lies elsewhere, from before the folder was changed, makes no room here.
        here = col(Clip.path).startswith(str(self._folder()) + os.sep, autoescape=True)
        trashed = col(Clip.deleted_at).is_not(None)
        untagged = and_(col(Clip.state).in_(FINISHED), func.json_array_length(Clip.tags) == 0)
        return and_(here, or_(trashed, untagged) if delete else trashed)

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


async def _find(session: AsyncSession, clip_id: int) -> Clip:
    """The clip's row, unless it is in the trash; raises NotFound `clip_not_found`."""
    clip = await session.get(Clip, clip_id)
    if clip is None or clip.deleted_at is not None:
        raise _not_found(clip_id)
    return clip


def _not_found(clip_id: int) -> NotFound:
    return NotFound("clip_not_found", f"There is no clip {clip_id}.", "`companion clip list` shows all.")


_SHOWN = (col(Clip.deleted_at).is_(None), col(Clip.state).in_((ClipState.READY, ClipState.DOUBTFUL)))


def subtitle_file(video: Path, form: Form) -> Path:
    """Where the subtitles of a clip are, whose file is `video`."""
    return video.with_suffix(f".{form.value}")


def subtitled_copy(video: Path) -> Path:
    """Where the copy of a clip is that has the words in its picture."""
    return video.with_name(f"{video.stem} subtitled.mp4")


def _beside(video: Path) -> list[Path]:
    """What of a clip its row does not name, as it can be made again."""
    return [subtitle_file(video, Form.SRT), subtitle_file(video, Form.VTT), subtitled_copy(video)]


def _named(clip: Clip) -> list[Path]:
    return [Path(path) for path in (clip.path, clip.thumbnail_path) if path]


def _files_of(clip: Clip) -> list[Path]:
    return _named(clip) + (_beside(Path(clip.path)) if clip.path else [])


def aside(file: Path) -> Path:
    """Where a clip's file waits in the trash: beside its place, as a move to another disk could fail half-way."""
    return file.with_name(file.name + IN_TRASH)


def _any_in_place(files: list[Path]) -> bool:
    return any(file.exists() and not aside(file).exists() for file in files)


def _move(moves: list[tuple[Path, Path]]) -> None:
    """Give files other names, all or none; one that was removed by hand is left out."""
    done: list[tuple[Path, Path]] = []
    for old, new in moves:
        try:
            old.replace(new)
            done.append((old, new))
        except FileNotFoundError:
            continue
        except OSError as error:
            _move_back(done)
            raise Failed(
                "file_in_use",
                f"{old.name} cannot be moved: {error.strerror}.",
                "Close the program that has it open, then try again.",
            ) from error


def _move_back(moves: list[tuple[Path, Path]]) -> None:
    for old, new in moves:
        try:
            if new.is_file():
                new.replace(old)
        except OSError as error:
            log.error("%s could not be put back: %s", old, error.strerror)


def _bytes_of(files: list[Path]) -> int:
    return sum(file.stat().st_size for file in files if file.is_file())


def _remove(files: list[Path]) -> bool:
    """Remove files; whether none of them is left."""
    gone = True
    for file in files:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            gone = False
            log.warning("%s could not be removed: %s", file, error.strerror)
    return gone


def session_folder(session: Session) -> str:
    """The name of the folder of what belongs to `session`."""
    return f"{session.started_at.astimezone():%Y-%m-%d} {file_name(session.title)} ({session.id})"


def file_name(title: str) -> str:
    """`title` as a file name that every system takes."""
    plain = re.sub(r'[<>:"/\\|?*\x00-\x1f]+', " ", title)
    short = re.sub(r"\s+", " ", plain).strip(" .")[:60]
    return short.encode()[:NAME_BYTES].decode(errors="ignore") or "Session"
