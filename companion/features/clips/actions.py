"""Requests for clips: the last seconds, some more from now on, or from a mark to this moment."""

import asyncio
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import Field
from sqlmodel import col, select

from companion.adapters.clip_store import ClipStore
from companion.adapters.database import Database
from companion.adapters.file_times import identity
from companion.domain.events import MarkSet
from companion.domain.models import LARGEST_ID, Clip, ClipState, Mark, Session, SessionState, utc_now
from companion.domain.replay import CLIP_SECONDS
from companion.domain.settings import Settings
from companion.domain.windows import Window
from companion.features.clips.pipeline import ClipPipeline
from companion.features.clips.sources import known_save
from companion.kernel.actions import Caller, Scope, action
from companion.kernel.bus import Bus
from companion.kernel.errors import Conflict, NotFound, Refused

LONGEST_SECONDS = 3600.0
PLAYER_SECONDS = 0.1
"""How much longer than its picture a player may take a clip to be, as its sound can last longer."""

ClipId = Annotated[int, Field(ge=1, le=LARGEST_ID, description="The clip's number")]
Title = Annotated[str, Field(max_length=200, description="A title")]
Wait = Annotated[bool, Field(description="Answer when the clip is finished, not when it is accepted")]


class Clips:
    """The actions that make clips."""

    def __init__(
        self,
        database: Database,
        store: ClipStore,
        pipeline: ClipPipeline,
        bus: Bus,
        settings: Callable[[], Settings],
    ) -> None:
        self._database = database
        self._store = store
        self._pipeline = pipeline
        self._bus = bus
        self._settings = settings

    @action("clip.save", scope=Scope.CONTROL, http="POST /api/clips")
    async def save(
        self,
        caller: Caller,
        seconds: Annotated[float, Field(gt=0, le=LONGEST_SECONDS, description="How many seconds back")] = CLIP_SECONDS,
        after: Annotated[float, Field(ge=0, le=600, description="How many seconds more from now on")] = 0.0,
        title: Title | None = None,
        wait: Wait = False,
    ) -> Clip:
        """Save the last seconds, and some more from now on, as a clip."""
        now = caller.moment
        clip = await self._accept(now - seconds, now + after, now, title, caller)
        return await self._pipeline.outcome(clip) if wait else clip

    @action("clip.mark", scope=Scope.CONTROL, http="POST /api/marks")
    async def mark(self, caller: Caller, title: Title | None = None) -> Mark:
        """Mark this moment; `clip.end` makes a clip from here."""
        at = _utc(caller.moment)
        new = Mark(at=at, title=title)
        if session := await self._session():
            new.session_id = session.id
            new.session_seconds = (at - session.started_at).total_seconds()
        async with self._database.write() as writing:
            writing.add(new)
        self._bus.publish(MarkSet(new.model_dump(mode="json")))
        return new

    @action("clip.end", scope=Scope.CONTROL, http="POST /api/marks/end")
    async def end(self, caller: Caller, title: Title | None = None, wait: Wait = False) -> Clip:
        """Make a clip from the last open mark to this moment."""
        now = caller.moment
        async with self._database.read() as session:
            marked = select(Mark).where(col(Mark.open), col(Mark.at) < _utc(now))
            query = marked.order_by(col(Mark.id).desc()).limit(1)
            found = (await session.scalars(query)).first()
        if found is None:
            raise Conflict("no_mark", "No moment is marked.", "Set a start with `companion clip mark` first.")
        began = found.at.timestamp()
        if now - began > LONGEST_SECONDS:
            raise Conflict(
                "mark_too_old",
                f"The mark is {(now - began) / 60:.0f} minutes old; a clip has at most {LONGEST_SECONDS / 60:.0f}.",
                "Set a new mark.",
            )
        clip = await self._accept(began, now, now, title or found.title, caller, mark_id=found.id)
        return await self._pipeline.outcome(clip) if wait else clip

    @action("clip.retry", scope=Scope.CONTROL, http="POST /api/clips/{id}/retry")
    async def retry(self, id: ClipId, wait: Wait = False) -> Clip:
        """Cut a failed or doubtful clip again from OBS's file, if that is still there."""
        clip = await self._store.get(id)
        placed = clip.source_start is not None
        known = placed or known_save(clip) is not None
        if clip.state not in (ClipState.FAILED, ClipState.DOUBTFUL) or not known:
            raise Conflict("nothing_to_retry", f"Clip {id} cannot be made again.", "Save a new one.")
        there = await asyncio.to_thread(_source_of, clip)
        if there is None or clip.source_identity not in (None, there):
            raise NotFound("source_gone", f"OBS's file of clip {id} is gone.", "Save a new one.")
        clip = await self._store.change(
            id,
            state=ClipState.SAVED if placed else ClipState.SAVING,
            path=clip.path or (str(await self._store.place(clip)) if placed else None),
            error_code=None,
            error_message=None,
            finished_at=None,
        )
        if placed:
            self._pipeline.cut(clip)
        else:
            self._pipeline.find_source(clip)
        return await self._pipeline.outcome(clip) if wait else clip

    @action("clip.trim", scope=Scope.CONTROL, http="POST /api/clips/{id}/trim")
    async def trim(
        self,
        caller: Caller,
        id: ClipId,
        start: Annotated[float, Field(ge=0, description="Where the new clip begins, in seconds from this one's start")],
        end: Annotated[float, Field(gt=0, description="Where it ends")],
        title: Title | None = None,
        wait: Wait = False,
    ) -> Clip:
        """Cut a part of a clip into a new clip, from OBS's file where that is still there."""
        whole = await self._store.get(id)
        if whole.state not in (ClipState.READY, ClipState.DOUBTFUL) or whole.start_at is None or whole.seconds is None:
            raise Conflict(
                "clip_not_ready", f"Clip {id} has no video: it is {whole.state.value}.", "Wait, or retry it."
            )
        if not start < end <= whole.seconds + PLAYER_SECONDS:
            raise Refused(
                "invalid_trim",
                f"From {start:g} s to {end:g} s is no part of clip {id}, which is {whole.seconds:g} s long.",
                "Choose a start before the end, both within the clip.",
            )
        part = Window(start, min(end, whole.seconds))
        await self._store.make_room(self._settings(), part.seconds)
        clip = await self._pipeline.accept(await asyncio.to_thread(part_of, whole, part, title, caller))
        return await self._pipeline.outcome(clip) if wait else clip

    async def _accept(
        self, start: float, end: float, now: float, title: str | None, caller: Caller, mark_id: int | None = None
    ) -> Clip:
        self._pipeline.require_source(Window(start, now))
        await self._store.make_room(self._settings(), end - start)
        session = await self._session()
        return await self._pipeline.accept(
            Clip(
                title=title,
                door=caller.door,
                trigger_at=_utc(now),
                wanted_start_at=_utc(start),
                wanted_end_at=_utc(end),
                session_id=session.id if session else None,
            ),
            mark_id,
        )

    async def _session(self) -> Session | None:
        """The open session, if there is one."""
        async with self._database.read() as reading:
            query = select(Session).where(Session.state == SessionState.OPEN).order_by(col(Session.id).desc()).limit(1)
            return (await reading.scalars(query)).first()


def part_of(whole: Clip, part: Window, title: str | None, caller: Caller) -> Clip:
    """A new clip of `part` (seconds on the timeline of `whole`), whose source is known; looks at the disk."""
    assert whole.start_at is not None
    path, kind, offset = whole.path, "clip", 0.0
    if whole.source_start is not None and whole.source_identity and _source_of(whole) == whole.source_identity:
        path, kind, offset = whole.source_path, whole.source_kind or "", whole.source_start
    start_at, end_at = (whole.start_at + dt.timedelta(seconds=at) for at in (part.start_at, part.end_at))
    return Clip(
        state=ClipState.SAVED,
        title=title or whole.title,
        tags=whole.tags,
        door=caller.door,
        trigger_at=utc_now(),
        wanted_start_at=start_at,
        wanted_end_at=end_at,
        start_at=start_at,
        end_at=end_at,
        session_id=whole.session_id,
        source_path=path,
        source_kind=kind,
        source_start=offset + part.start_at,
        source_end=offset + part.end_at,
    )


def _source_of(clip: Clip) -> str | None:
    """The identity of the file that is where `clip` was cut from, if there is one; a recording may have grown."""
    return identity(Path(clip.source_path), grows=clip.source_kind == "recording") if clip.source_path else None


def _utc(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
