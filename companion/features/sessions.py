"""Sessions: what groups clips, marks and later transcripts, and gives them one clock."""

import asyncio
import contextlib
import datetime as dt
import logging
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, Field
from sqlalchemy import Row, func
from sqlmodel import col, select

from companion.adapters.database import Database
from companion.domain.events import RecordStateChanged, SessionChanged, StreamStateChanged
from companion.domain.models import (
    LARGEST_ID,
    Capture,
    Clip,
    ClipState,
    Mark,
    Session,
    SessionState,
    StartedBy,
    utc_now,
)
from companion.domain.settings import SessionFollow, Settings
from companion.kernel.actions import Scope, action
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError, Conflict, NotFound
from companion.kernel.service import Ready
from companion.kernel.status import Health, StatusBoard

log = logging.getLogger(__name__)

SEEN_EVERY_SECONDS = 30.0
AGAIN_SECONDS = 2.0
"""How soon it is tried again after the database could not be used."""
RESUME_WITHIN = dt.timedelta(minutes=15)

SessionId = Annotated[int, Field(ge=1, le=LARGEST_ID, description="The session's number")]
CAPTURE = (
    "What it captures: sound (what you say is written down), picture (the microphone stays shut as long as it is open) "
    "or both; clips that you ask for have OBS's picture and sound in each"
)
Title = Annotated[str, Field(min_length=1, max_length=200, description="A title")]


class SessionPage(BaseModel):
    """Sessions, newest first, and how many there are in all."""

    items: list[Session]
    total: int


class SessionClip(BaseModel):
    """A clip's place in its session, in seconds on the session clock: the true one, or as asked for until it is cut."""

    id: int
    state: ClipState
    title: str | None
    tags: list[str]
    start_seconds: float
    end_seconds: float


class SessionDetail(BaseModel):
    """A session with its marks and clips, each in the order of its time."""

    session: Session
    marks: list[Mark]
    clips: list[SessionClip]


class Sessions:
    """Starts and stops sessions by hand or with OBS; one is open at a time."""

    name = "sessions"
    essential = False

    def __init__(self, database: Database, bus: Bus, board: StatusBoard, settings: Callable[[], Settings]) -> None:
        self._database = database
        self._bus = bus
        self._board = board
        self._settings = settings
        self._open: Session | None = None
        self._followed: dict[StartedBy, StreamStateChanged | RecordStateChanged] = {}
        self._changing = asyncio.Lock()

    async def run(self, ready: Ready) -> None:
        """Resume or close what a crash left open, then follow OBS and keep the open session's `seen_at` fresh."""
        events = self._bus.subscribe(StreamStateChanged, RecordStateChanged)
        recovered = False
        due = SEEN_EVERY_SECONDS
        try:
            while True:
                try:
                    async with self._changing:
                        if not recovered:
                            await self._recover()
                            recovered = True
                        await self._catch_up()
                    due = SEEN_EVERY_SECONDS
                except CompanionError as error:  # a database that another program holds, a disk that is gone
                    if due != AGAIN_SECONDS:
                        log.warning("sessions wait: %s", error.message)
                    due = AGAIN_SECONDS
                ready()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(due):
                        await events.get()
        finally:
            self._bus.unsubscribe(events)

    @action("session.start", scope=Scope.CONTROL, http="POST /api/sessions")
    async def start(
        self,
        title: Title | None = None,
        workflow: Annotated[str, Field(max_length=200, description="What is done with it afterwards")] = "",
        capture: Annotated[Capture, Field(description=CAPTURE)] = Capture.BOTH,
    ) -> Session:
        """Start a session."""
        async with self._changing:
            return await self._begin(title, workflow, capture, StartedBy.HAND)

    @action("session.stop", scope=Scope.CONTROL, http="POST /api/sessions/stop")
    async def stop(self) -> Session:
        """End the open session."""
        async with self._changing:
            if self._open is None:
                raise Conflict("no_session", "No session is open.", "Start one with `companion session start`.")
            return await self._finish(self._open, SessionState.CLOSED, utc_now())

    @action("session.list", scope=Scope.VIEW, http="GET /api/sessions")
    async def page(
        self,
        limit: Annotated[int, Field(ge=1, le=500, description="How many")] = 50,
        offset: Annotated[int, Field(ge=0, le=LARGEST_ID, description="After skipping how many")] = 0,
    ) -> SessionPage:
        """List sessions, newest first."""
        async with self._database.read() as session:
            query = select(Session).order_by(col(Session.id).desc()).limit(limit).offset(offset)
            items = list((await session.scalars(query)).all())
            total = (await session.execute(select(func.count()).select_from(Session))).scalar_one()
        return SessionPage(items=items, total=total)

    @action("session.show", scope=Scope.VIEW, http="GET /api/sessions/{id}")
    async def show(self, id: SessionId) -> SessionDetail:
        """Show one session, its marks and its clips."""
        found = await self._get(id)
        names = ("id", "state", "title", "tags", "start_at", "end_at", "wanted_start_at", "wanted_end_at")
        columns = [getattr(Clip, name) for name in names]  # not the receipts, which are long
        async with self._database.read() as session:
            marks = (await session.scalars(select(Mark).where(Mark.session_id == id).order_by(col(Mark.at)))).all()
            wanted = select(*columns).where(Clip.session_id == id, col(Clip.deleted_at).is_(None))
            rows = (await session.execute(wanted)).all()
        clips = [_placed(row, found.started_at) for row in rows]
        return SessionDetail(session=found, marks=list(marks), clips=sorted(clips, key=lambda clip: clip.start_seconds))

    @action("session.rename", scope=Scope.CONTROL, http="PATCH /api/sessions/{id}")
    async def rename(self, id: SessionId, title: Title) -> Session:
        """Give a session another title."""
        async with self._changing:
            changed = await self._change(await self._get(id), title=title)
            if self._open and self._open.id == id:
                self._open = changed
            self._announce(changed)
        return changed

    async def _catch_up(self) -> None:
        """Follow what OBS's stream and recording are now, whenever they became so, and see the open session."""
        latest = {
            StartedBy.STREAM: self._bus.latest(StreamStateChanged),
            StartedBy.RECORDING: self._bus.latest(RecordStateChanged),
        }
        for what, told in latest.items():
            if told is not None and told is not self._followed.get(what):
                await self._follow(what, told)
                self._followed[what] = told
        # One that was resumed is not seen before it is known whether OBS goes on: else it would end when that is told.
        if self._open and (self._open.started_by is StartedBy.HAND or self._open.started_by in self._followed):
            self._open = await self._change(self._open, seen_at=utc_now())

    async def _recover(self) -> None:
        async with self._database.read() as session:
            query = select(Session).where(Session.state == SessionState.OPEN).order_by(col(Session.id))
            left_open = (await session.scalars(query)).all()
        for found in left_open:
            if found is left_open[-1] and utc_now() - found.seen_at < RESUME_WITHIN:
                # One that follows OBS is closed by the link's first word if OBS stopped meanwhile, or is not there.
                self._open = found
                log.info("session %s goes on after a restart", found.id)
                self._announce(found)
            else:
                await self._finish(found, SessionState.INTERRUPTED, found.seen_at)
        self._show()

    async def _follow(self, what: StartedBy, told: StreamStateChanged | RecordStateChanged) -> None:
        follow = self._settings().session_follow
        wanted = follow is SessionFollow.BOTH or follow.value == what.value
        known = self._followed.get(what)
        began = told.active and not (known and known.active)  # not: was paused, or is told again after a reconnect
        if began and self._open is None and wanted:
            await self._begin(None, "", Capture.BOTH, what)
        elif not told.active and self._open and self._open.started_by is what:
            if follow is SessionFollow.BOTH and (other := self._goes_on(what)):
                self._open = await self._change(self._open, started_by=other)
            else:
                await self._finish(self._open, SessionState.CLOSED, _end(self._open, told.ended_at))

    def _goes_on(self, stopped: StartedBy) -> StartedBy | None:
        """What of OBS keeps a session open when `stopped` ended."""
        if stopped is StartedBy.STREAM:
            record = self._bus.latest(RecordStateChanged)
            return StartedBy.RECORDING if record and record.active else None
        stream = self._bus.latest(StreamStateChanged)
        return StartedBy.STREAM if stream and stream.active else None

    async def _begin(self, title: str | None, workflow: str, capture: Capture, by: StartedBy) -> Session:
        if self._open:
            raise Conflict(
                "session_open", f"Session {self._open.id} is open.", "Stop it with `companion session stop`."
            )
        now = utc_now()
        new = Session(
            title=title or f"Session of {now.astimezone():%Y-%m-%d %H:%M}",
            workflow=workflow,
            capture=capture,
            started_by=by,
            started_at=now,
            seen_at=now,
        )
        async with self._database.write() as session:
            session.add(new)
        self._open = new
        self._announce(new)
        return new

    async def _finish(self, found: Session, state: SessionState, at: dt.datetime) -> Session:
        ended = await self._change(found, state=state, ended_at=at, seen_at=at)
        if self._open and self._open.id == found.id:
            self._open = None
        self._announce(ended)
        return ended

    async def _change(self, found: Session, **values: object) -> Session:
        async with self._database.write() as session:
            changed = await session.get_one(Session, found.id)
            for name, value in values.items():
                setattr(changed, name, value)
            session.add(changed)
        return changed

    async def _get(self, session_id: int) -> Session:
        async with self._database.read() as session:
            found = await session.get(Session, session_id)
        if found is None:
            raise NotFound(
                "session_not_found", f"There is no session {session_id}.", "`companion session list` shows all."
            )
        return found

    def _announce(self, changed: Session) -> None:
        self._bus.publish(SessionChanged(changed.model_dump(mode="json")))
        self._show()

    def _show(self) -> None:
        if self._open:
            # Anybody on this computer may read the board: no titles there.
            self._board.set(self.name, "open", Health.OK, f"Session {self._open.id} is open.")
        else:
            self._board.set(self.name, "none", Health.OFF, "No session is open.")


def _end(session: Session, at: float | None) -> dt.datetime:
    """When what `session` followed ended: `at` (Unix seconds), or where nobody saw that, when the session was seen."""
    ended_at = session.seen_at if at is None else dt.datetime.fromtimestamp(at, dt.UTC)
    return max(ended_at, session.started_at)


def _placed(row: Row[Any], began: dt.datetime) -> SessionClip:
    """A clip's row on the clock of the session that `began` then."""
    start_at, end_at = row.start_at or row.wanted_start_at, row.end_at or row.wanted_end_at
    return SessionClip(
        id=row.id,
        state=row.state,
        title=row.title,
        tags=row.tags,
        start_seconds=round((start_at - began).total_seconds(), 6),
        end_seconds=round((end_at - began).total_seconds(), 6),
    )
