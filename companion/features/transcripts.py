"""What was said: shown, searched, marked, and written to files."""

import asyncio
import datetime as dt
import math
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

from companion.adapters.clip_store import ClipStore, file_name
from companion.adapters.database import Database
from companion.adapters.transcript_search import LAST_ID, Range
from companion.adapters.transcript_store import LONGEST_MILLISECONDS, MOST, Found, TranscriptStore
from companion.domain.events import MarkSet
from companion.domain.models import LARGEST_ID, Mark, Session
from companion.domain.subtitles import MEDIA_TYPES, Form, within, written
from companion.domain.transcript import Segment
from companion.kernel.actions import FileAnswer, Scope, action
from companion.kernel.bus import Bus
from companion.kernel.errors import Conflict, NotFound, Refused

EXPORTS_KEPT = 20
LONGEST_QUERY = 1000

Query = Annotated[
    str,
    Field(
        max_length=LONGEST_QUERY,
        description='Words; "in quotes" as a phrase; gam* for a beginning',
        json_schema_extra={"x-positional": True},
    ),
]
SessionId = Annotated[int | None, Field(ge=1, le=LARGEST_ID, description="Only what was said in this session")]
ClipId = Annotated[int | None, Field(ge=1, le=LARGEST_ID, description="Only what is heard in this clip")]
Since = Annotated[AwareDatetime | None, Field(description="Only what was said at this time or later")]
Until = Annotated[AwareDatetime | None, Field(description="Only what was said before this time")]
Before = Annotated[int | None, Field(ge=0, le=LAST_ID, description="Only what was said before this segment")]
After = Annotated[int | None, Field(ge=0, le=LAST_ID, description="From this segment on")]


class TranscriptPage(BaseModel):
    """What was said, in order of time, and whether more was said before that."""

    items: list[Segment]
    more: bool


class Transcripts:
    """Actions on the transcript; `exports` is the folder where files are made for those who fetch them."""

    def __init__(self, database: Database, store: TranscriptStore, clips: ClipStore, bus: Bus, exports: Path) -> None:
        self._database = database
        self._store = store
        self._clips = clips
        self._bus = bus
        self._exports = exports

    @action("transcript.show", scope=Scope.VIEW, http="GET /api/transcript")
    async def show(
        self,
        session: SessionId = None,
        clip: ClipId = None,
        since: Since = None,
        until: Until = None,
        before: Before = None,
        after: After = None,
        limit: Annotated[int, Field(ge=1, le=1000, description="How many, the newest ones")] = 100,
    ) -> TranscriptPage:
        """Show what was said, the newest part of it first, in order of time."""
        if clip is not None:
            start_at, end_at = await self._span_of_clip(clip)
            heard = within(await self._store.between(start_at, end_at), start_at, end_at)
            return TranscriptPage(items=heard[-limit:], more=len(heard) > limit)
        found = await self._heard(session, since, until, before, after, limit + 1)
        return TranscriptPage(items=found[-limit:], more=len(found) > limit)

    @action("transcript.search", scope=Scope.VIEW, http="GET /api/transcript/search")
    async def search(
        self,
        query: Query,
        session: SessionId = None,
        since: Since = None,
        until: Until = None,
        before: Before = None,
        limit: Annotated[int, Field(ge=1, le=100, description="How many")] = 20,
    ) -> Found:
        """Search all that was said, newest first; beginnings and mistyped words find what they may mean."""
        return await self._store.search(query, _range(session, since, until, before, None), limit)

    @action("transcript.export", scope=Scope.VIEW, http="GET /api/transcript/export")
    async def export(
        self,
        form: Annotated[Form, Field(description="SubRip, WebVTT, text, or JSON with words")] = Form.SRT,
        session: SessionId = None,
        clip: ClipId = None,
        since: Since = None,
        until: Until = None,
    ) -> FileAnswer:
        """Write what was said in a session, a clip or a span of time to a file; times count from its beginning."""
        if session is None and clip is None and since is None:
            raise Refused("nothing_chosen", "It is not said what to write.", "Name a session, a clip, or a beginning.")
        end_at = until.timestamp() if until else None
        if clip is not None:
            zero, end_at = await self._span_of_clip(clip)
            heard, name = within(await self._store.between(zero, end_at), zero, end_at), f"clip {clip}"
        else:
            heard = await self._heard(session, since, until, None, None, MOST + 1)
            if len(heard) > MOST:
                raise Refused(
                    "too_much_said",
                    f"More than {MOST:,} utterances were said there.",
                    "Name a session or a shorter span of time.",
                )
            zero, name = await self._zero(session, since, heard)
        if not heard:
            raise NotFound("nothing_said", "Nothing was said there.", "Choose another span of time.")
        content = written(form, heard, zero, None if end_at is None else end_at - zero)
        file = await asyncio.to_thread(_write, self._exports, f"{name}.{form.value}", content)
        return FileAnswer(file, MEDIA_TYPES[form], f"{name}.{form.value}")

    @action("transcript.mark", scope=Scope.CONTROL, http="POST /api/transcript/{id}/mark")
    async def mark(
        self,
        id: Annotated[int, Field(ge=0, le=LAST_ID, description="The segment's number")],
        title: Annotated[str | None, Field(max_length=200, description="A title; none: what was said")] = None,
    ) -> Mark:
        """Mark the moment at which something was said."""
        segment = await self._store.get(id)
        at = dt.datetime.fromtimestamp(segment.started_at, dt.UTC)
        new = Mark(at=at, title=title or segment.text[:200], session_id=segment.session_id, open=False)
        new.session_seconds = await self._clips.session_seconds(segment.session_id, at)
        async with self._database.write() as writing:
            writing.add(new)
        self._bus.publish(MarkSet(new.model_dump(mode="json")))
        return new

    async def _heard(
        self,
        session: int | None,
        since: dt.datetime | None,
        until: dt.datetime | None,
        before: int | None,
        after: int | None,
        limit: int,
    ) -> list[Segment]:
        """The newest `limit` segments; of one that began before `since` or went on after `until` the words between."""
        span = _range(session, since, until, before, after, LONGEST_MILLISECONDS)
        start_at, end_at = (since.timestamp() if since else 0.0), (until.timestamp() if until else math.inf)
        return within(await self._store.newest(span, limit), start_at, end_at)

    async def _span_of_clip(self, clip_id: int) -> tuple[float, float]:
        clip = await self._clips.get(clip_id)
        if clip.start_at is None or clip.end_at is None:
            raise Conflict("clip_not_ready", f"Clip {clip_id} has no video: it is {clip.state.value}.", "Wait for it.")
        return clip.start_at.timestamp(), clip.end_at.timestamp()

    async def _zero(self, session_id: int | None, since: dt.datetime | None, heard: list[Segment]) -> tuple[float, str]:
        """Where the clock of an export begins (Unix seconds), and what the file is called."""
        if session_id is None:
            zero = since.timestamp() if since else heard[0].started_at
            return zero, f"transcript {dt.datetime.fromtimestamp(zero).astimezone():%Y-%m-%d %H-%M-%S}"
        async with self._database.read() as reading:
            found = await reading.get(Session, session_id)
        if found is None:
            raise NotFound("session_not_found", f"There is no session {session_id}.", "`companion session list`.")
        return found.started_at.timestamp(), f"{file_name(found.title)} ({session_id})"


def _range(
    session: int | None,
    since: dt.datetime | None,
    until: dt.datetime | None,
    before: int | None,
    after: int | None,
    earlier: int = 0,
) -> Range:
    """`earlier`: how many milliseconds before `since` they may have begun."""
    firsts = [after or 0, round(since.timestamp() * 1000) - earlier if since else 0, 0]
    ends = [LAST_ID if before is None else before, round(until.timestamp() * 1000) if until else LAST_ID]
    return Range(max(firsts), min(ends), session)


def _write(folder: Path, name: str, content: str) -> Path:
    """Keep `content` as a file for as long as others are not newer."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in sorted(folder.iterdir(), key=lambda file: file.name)[: -EXPORTS_KEPT + 1]:
        old.unlink(missing_ok=True)
    file = folder / f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S%f}-{abs(hash(name)):x}{Path(name).suffix}"
    file.write_text(content, encoding="utf-8", newline="\n")
    return file
