"""Clips of what is over: from one moment to another, or of what was said about something."""

import asyncio
import datetime as dt
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import Field

from companion.adapters.clip_store import ClipStore
from companion.adapters.file_times import identity
from companion.adapters.media.client import MediaWorker
from companion.adapters.transcript_search import LAST_ID, Range
from companion.adapters.transcript_store import TranscriptStore
from companion.domain.models import LARGEST_ID, Clip, ClipState, utc_now
from companion.domain.quotes import around, thought
from companion.domain.settings import Settings
from companion.domain.windows import Window, time_of
from companion.features.clips.actions import LONGEST_SECONDS, Title, Wait, part_of
from companion.features.clips.pipeline import ClipPipeline
from companion.features.clips.sources import not_written_yet
from companion.kernel.actions import Caller, FileAnswer, Scope, action
from companion.kernel.errors import NotFound, Refused

AROUND_SECONDS = 60.0
"""How far before and after what was searched for a thought may reach."""


class PastClips:
    """The actions that make clips of past moments, out of whatever has them: OBS, an older recording, another clip."""

    def __init__(
        self,
        store: ClipStore,
        pipeline: ClipPipeline,
        transcript: TranscriptStore,
        settings: Callable[[], Settings],
        media: MediaWorker,
        sounds: Path,
    ) -> None:
        self._store = store
        self._pipeline = pipeline
        self._transcript = transcript
        self._settings = settings
        self._media = media
        self._sounds = sounds

    @action("clip.range", scope=Scope.CONTROL, http="POST /api/clips/range")
    async def range(
        self,
        caller: Caller,
        start_at: Annotated[float, Field(gt=0, description="When it begins, in Unix seconds")],
        end_at: Annotated[float, Field(gt=0, description="When it ends; not in the future")],
        title: Title | None = None,
        wait: Wait = False,
    ) -> Clip:
        """Make a clip of exactly a past span of time, from OBS, an older recording or another clip."""
        window = Window(start_at, end_at)
        if not 0 < window.seconds <= LONGEST_SECONDS or end_at > time.time() + 1:
            raise Refused(
                "invalid_range",
                f"From {start_at:.1f} to {end_at:.1f} is no past span of at most {LONGEST_SECONDS / 60:.0f} minutes.",
                "Choose a start before the end, and an end that is over.",
            )
        session_id = await self._session_of(window)
        return await self._make(window, title, session_id, caller, wait=wait)

    @action("clip.quote", scope=Scope.CONTROL, http="POST /api/clips/quote")
    async def quote(
        self,
        caller: Caller,
        query: Annotated[
            str,
            Field(
                min_length=1,
                max_length=1000,
                description="What was said, or what about",
                json_schema_extra={"x-positional": True},
            ),
        ],
        session: Annotated[int | None, Field(ge=1, le=LARGEST_ID, description="Only in this session")] = None,
        title: Title | None = None,
        wait: Wait = False,
    ) -> Clip:
        """Make a clip of what was said about something: the sentence or thought around the best match."""
        # A command by voice is written down before it is done.
        found = await self._transcript.best(query, Range(session_id=session), caller.moment)
        if found is None:
            raise NotFound("nothing_said", f"Nothing was said like {query[:60]!r}.", "Search for other words.")
        segment, places = found
        reach = min(segment.ended_at + AROUND_SECONDS, caller.moment)
        words = await self._transcript.talk(segment.started_at - AROUND_SECONDS, reach)
        meant = [segment.words[place] for place in places] or segment.words
        if meant:
            first, last = words.index(meant[0]), words.index(meant[-1])
            window = thought(words, first, last)
        else:
            window = Window(segment.started_at, segment.ended_at)
        window = Window(window.start_at, min(window.end_at, caller.moment))
        return await self._make(window, title or segment.text[:200], segment.session_id, caller, wait=wait)

    @action("transcript.hear", scope=Scope.VIEW, http="GET /api/transcript/{id}/sound")
    async def hear(self, id: Annotated[int, Field(ge=0, le=LAST_ID, description="The segment's number")]) -> FileAnswer:
        """The sound of what was said, out of the recording or a clip."""
        segment = await self._transcript.get(id)
        window = around(segment.started_at, segment.ended_at)
        source, part = await self._heard_in(Window(window.start_at, min(window.end_at, time.time())))
        await asyncio.to_thread(self._sounds.mkdir, parents=True, exist_ok=True)
        # Made anew each time: one that was kept would outlive its recording, and its clip.
        file = self._sounds / f"{segment.id}-{secrets.token_hex(4)}.m4a"
        await self._media.sound(source, file, part.start_at, part.end_at)
        return FileAnswer(file, "audio/mp4", f"{segment.id}.m4a", passing=True)

    async def _heard_in(self, window: Window) -> tuple[Path, Window]:
        """The file in which a window is heard, and where in it; raises NotFound `not_recorded`."""
        for number in await self._store.showing(window.start_at, window.end_at, whole=True):
            clip = await self._store.get(number)
            if clip.path is None or clip.start_at is None:
                continue
            file, began = Path(clip.path), clip.start_at.timestamp()
            if await asyncio.to_thread(file.is_file):
                return file, Window(window.start_at - began, window.end_at - began)
        running, kept = self._pipeline.running(window), await self._store.recordings.find(window)
        recorded = min(
            (one for one in (running, kept) if one),
            key=lambda one: one.placed.missing_start + one.placed.missing_end,
            default=None,
        )
        if recorded is None:
            raise _not_recorded()
        if recorded is running and not await self._pipeline.is_written(recorded.path, recorded.placed.end):
            raise not_written_yet()
        return recorded.path, Window(recorded.placed.start, recorded.placed.end)

    async def _make(
        self, window: Window, title: str | None, session_id: int | None, caller: Caller, *, wait: bool
    ) -> Clip:
        await self._store.make_room(self._settings(), window.seconds)
        clip = Clip(
            title=title,
            door=caller.door,
            trigger_at=utc_now(),
            wanted_start_at=_utc(window.start_at),
            wanted_end_at=_utc(window.end_at),
            session_id=session_id,
        )
        if not self._pipeline.holds(window, whole=True):
            clip = await self._from_file(clip, window, caller)
        clip = await self._pipeline.accept(clip)
        return await self._pipeline.outcome(clip) if wait else clip

    async def _from_file(self, clip: Clip, window: Window, caller: Caller) -> Clip:
        """`clip` with a file as its source: an older recording, another clip, or what OBS has of the window.

        Raises NotFound `not_recorded` where nothing shows any of it.
        """
        recorded = await self._store.recordings.find(window)
        if recorded is None or not recorded.placed.whole:
            for number in await self._store.showing(window.start_at, window.end_at, whole=True):
                whole = await self._store.get(number)
                if made := await asyncio.to_thread(_out_of_clip, whole, window, clip.title, caller):
                    return made
            if self._pipeline.holds(window, whole=False):
                return clip
        if recorded is None:
            raise _not_recorded()
        placed = recorded.placed
        clip.state = ClipState.SAVED
        clip.source_path, clip.source_kind = str(recorded.path), "recording"
        clip.source_identity = await asyncio.to_thread(identity, recorded.path, grows=True)
        clip.source_start, clip.source_end = placed.start, placed.end
        clip.start_at, clip.end_at = (_utc(time_of(at, recorded.stretches)) for at in (placed.start, placed.end))
        if not placed.whole:
            clip.clamped_start_seconds = round(placed.missing_start, 3)
            clip.clamped_end_seconds = round(placed.missing_end, 3)
        return clip

    async def _session_of(self, window: Window) -> int | None:
        """The session in which something was said then."""
        said = await self._transcript.between(window.start_at, window.end_at)
        return next((segment.session_id for segment in said if segment.session_id is not None), None)


def _not_recorded() -> NotFound:
    return NotFound(
        "not_recorded",
        "No recording, replay or clip shows that moment any more.",
        "Record, or keep the replay buffer running, while you are live.",
    )


def _out_of_clip(whole: Clip, window: Window, title: str | None, caller: Caller) -> Clip | None:
    """A new clip of a `window` that `whole` shows; None where its file is gone. Looks at the disk."""
    if whole.start_at is None or not whole.path or not Path(whole.path).is_file():
        return None
    began = whole.start_at.timestamp()
    made = part_of(whole, Window(window.start_at - began, window.end_at - began), title, caller)
    made.tags = []
    return made


def _utc(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
