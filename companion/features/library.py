"""The library: clips that are there, found, named, tagged, played and deleted."""

import asyncio
import contextlib
import datetime as dt
import logging
from pathlib import Path
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints
from sqlalchemy import ColumnElement, func, literal_column, select
from sqlmodel import col

from companion.adapters.clip_store import ClipStore
from companion.domain.events import ClipChanged
from companion.domain.models import LARGEST_ID, Clip, ClipState, ClipSummary
from companion.kernel.actions import FileAnswer, Scope, action
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError, Conflict, NotFound
from companion.kernel.service import Ready

log = logging.getLogger(__name__)

ClipId = Annotated[int, Field(ge=1, le=LARGEST_ID, description="The clip's number")]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
AGAIN_SECONDS = 60.0
MEDIA_TYPES = {".mp4": "video/mp4", ".mkv": "video/x-matroska", ".jpg": "image/jpeg"}


class ClipPage(BaseModel):
    """Clips, newest first, and how many there are in all."""

    items: list[ClipSummary]
    total: int

    def for_viewers(self) -> Self:
        return self.model_copy(update={"items": [clip.for_viewers() for clip in self.items]})


class TagCount(BaseModel):
    """A tag, and how many clips have it."""

    tag: str
    clips: int


class Library:
    """Actions on the clips in the store; as a service it empties the trash when its clips' time is over."""

    name = "library"
    essential = False

    def __init__(self, store: ClipStore, bus: Bus) -> None:
        self._store = store
        self._bus = bus
        self._deleted = asyncio.Event()

    async def run(self, ready: Ready) -> None:
        """Settle what a crash left half deleted, then remove for good what was in the trash long enough."""
        ready()
        settled = False
        while True:
            self._deleted.clear()
            try:
                if not settled:
                    await self._store.settle_trash()
                    settled = True
                due = await self._store.purge()
            except CompanionError as error:  # a database that another program holds, a disk that is gone
                log.warning("the trash waits: %s", error.message)
                due = AGAIN_SECONDS
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(due):
                    await self._deleted.wait()

    @action("clip.list", scope=Scope.VIEW, http="GET /api/clips")
    async def page(
        self,
        limit: Annotated[int, Field(ge=1, le=500, description="How many")] = 50,
        offset: Annotated[int, Field(ge=0, le=LARGEST_ID, description="After skipping how many")] = 0,
        session: Annotated[int | None, Field(ge=1, le=LARGEST_ID, description="Only those of this session")] = None,
        state: Annotated[ClipState | None, Field(description="Only those in this state")] = None,
        tag: Annotated[Tag | None, Field(description="Only those with this tag")] = None,
        text: Annotated[str | None, Field(max_length=200, description="Only those with this in the title")] = None,
        since: Annotated[AwareDatetime | None, Field(description="Only those asked for at this time or later")] = None,
        until: Annotated[AwareDatetime | None, Field(description="Only those asked for before this time")] = None,
    ) -> ClipPage:
        """List clips, newest first."""
        wanted = _conditions(session=session, state=state, tag=tag, text=text, since=since, until=until)
        items, total = await self._store.page(wanted, limit, offset)
        return ClipPage(items=items, total=total)

    @action("clip.tags", scope=Scope.VIEW, http="GET /api/tags")
    async def tags(self) -> list[TagCount]:
        """List the tags of all clips, those that most clips have first."""
        return [TagCount(tag=tag, clips=clips) for tag, clips in await self._store.tags()]

    @action("clip.show", scope=Scope.VIEW, http="GET /api/clips/{id}")
    async def show(self, id: ClipId) -> Clip:
        """Show one clip with its receipt."""
        return await self._store.get(id)

    @action("clip.edit", scope=Scope.CONTROL, http="PATCH /api/clips/{id}")
    async def edit(
        self,
        id: ClipId,
        title: Annotated[str | None, Field(max_length=200, description="A new title; empty removes it")] = None,
        tags: Annotated[list[Tag] | None, Field(max_length=50, description="All of its tags from now on")] = None,
    ) -> Clip:
        """Rename or tag a clip; what is not given stays as it is."""
        values: dict[str, object] = {}
        if title is not None:
            values["title"] = title.strip() or None
        if tags is not None:
            values["tags"] = sorted(set(tags))
        clip = await self._store.change(id, **values)
        self._bus.publish(ClipChanged(clip.model_dump(mode="json")))
        return clip

    @action("clip.delete", scope=Scope.CONTROL, http="DELETE /api/clips/{id}", confirm=True)
    async def delete(self, id: ClipId) -> None:
        """Delete a clip: its file, its thumbnail and its entry, or nothing; for 10 minutes it can be restored."""
        await self._store.delete(id)
        self._deleted.set()

    @action("clip.restore", scope=Scope.CONTROL, http="POST /api/clips/{id}/restore")
    async def restore(self, id: ClipId) -> Clip:
        """Bring back a clip that was deleted less than 10 minutes ago."""
        return await self._store.restore(id)

    @action("clip.video", scope=Scope.VIEW, http="GET /api/clips/{id}/video")
    async def video(self, id: ClipId) -> FileAnswer:
        """The clip's video file."""
        clip = await self._store.get(id)
        if clip.state not in (ClipState.READY, ClipState.DOUBTFUL):
            raise Conflict("clip_not_ready", f"Clip {id} has no video: it is {clip.state.value}.", "Wait, or retry it.")
        return await _file(clip.path, f"The video of clip {id}")

    @action("clip.thumbnail", scope=Scope.VIEW, http="GET /api/clips/{id}/thumbnail")
    async def thumbnail(self, id: ClipId) -> FileAnswer:
        """A picture of the clip."""
        return await _file((await self._store.get(id)).thumbnail_path, f"The thumbnail of clip {id}")


def _conditions(
    *,
    session: int | None,
    state: ClipState | None,
    tag: str | None,
    text: str | None,
    since: dt.datetime | None,
    until: dt.datetime | None,
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if session is not None:
        found.append(col(Clip.session_id) == session)
    if state is not None:
        found.append(col(Clip.state) == state)
    if tag is not None:
        tags = func.json_each(Clip.tags).table_valued("value")
        found.append(select(literal_column("1")).select_from(tags).where(tags.c.value == tag).exists())
    if text is not None:
        found.append(col(Clip.title).icontains(text, autoescape=True))
    if since is not None:
        found.append(col(Clip.trigger_at) >= since)
    if until is not None:
        found.append(col(Clip.trigger_at) < until)
    return found


async def _file(path: str | None, what: str) -> FileAnswer:
    file = Path(path) if path else None
    if file is None or not await asyncio.to_thread(file.is_file):
        raise NotFound("file_missing", f"{what} is not on disk.", "It was moved or deleted outside the companion.")
    return FileAnswer(file, MEDIA_TYPES.get(file.suffix.lower(), "application/octet-stream"), file.name)
