"""The words of clips: subtitle files beside each, cues for players, and a copy with the words in its picture."""

import asyncio
import contextlib
import logging
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field

from companion.adapters.clip_store import ClipStore, subtitle_file, subtitled_copy
from companion.adapters.media.client import MediaWorker
from companion.adapters.transcript_store import TranscriptStore
from companion.domain.events import ClipSaved, SegmentTranscribed
from companion.domain.models import LARGEST_ID, Clip, ClipState
from companion.domain.subtitles import Cue, Form, cues, srt, vtt, within
from companion.kernel.actions import FileAnswer, Scope, action
from companion.kernel.bus import Bus, Subscription
from companion.kernel.errors import CompanionError, Conflict, NotFound
from companion.kernel.service import Ready
from companion.kernel.status import StatusBoard

log = logging.getLogger(__name__)

GATHER_SECONDS = 1.0
"""How long late words are gathered before the subtitles of their clips are written anew."""
CAUGHT_UP = 100
"""How many of the newest clips get what a crash kept from them."""

ClipId = Annotated[int, Field(ge=1, le=LARGEST_ID, description="The clip's number")]


class Cues(BaseModel):
    """What is to be shown over a clip, in seconds from its start."""

    cues: list[Cue]


class Subtitled(BaseModel):
    """A copy of a clip with its words in the picture."""

    path: str
    size_bytes: int

    def for_viewers(self) -> "Subtitled":
        return self.model_copy(update={"path": Path(self.path).name})


class Subtitles:
    """Keeps a `.srt` and a `.vtt` beside each clip in which something was said."""

    name = "subtitles"
    essential = False

    def __init__(self, clips: ClipStore, transcript: TranscriptStore, bus: Bus, ffmpeg: Path | None) -> None:
        self._clips = clips
        self._transcript = transcript
        self._bus = bus
        self._ffmpeg = ffmpeg
        self._burning = asyncio.Lock()

    async def run(self, ready: Ready) -> None:
        """Write each clip's subtitles when it is saved, and anew when more of what was said in it is known."""
        events = self._bus.subscribe(ClipSaved, SegmentTranscribed)
        try:
            ready()
            due = set(await self._clips.newest_finished(CAUGHT_UP))
            while True:
                for number in sorted(due):
                    await self._keep(number)
                due = await self._gather(events)
        finally:
            self._bus.unsubscribe(events)

    @action("clip.subtitles", scope=Scope.VIEW, http="GET /api/clips/{id}/subtitles")
    async def show(self, id: ClipId) -> Cues:
        """Show the words of a clip as a player shows them; none where nothing was said."""
        return Cues(cues=await self._cues(await self._clips.get(id)))

    @action("clip.burn", scope=Scope.CONTROL, http="POST /api/clips/{id}/subtitled")
    async def burn(self, id: ClipId) -> Subtitled:
        """Make a copy of a clip with its words in the picture, for where subtitles cannot be switched on."""
        clip = await self._clips.get(id)
        found = await self._cues(clip)
        if clip.path is None or clip.state not in (ClipState.READY, ClipState.DOUBTFUL):
            raise Conflict("clip_not_ready", f"Clip {id} has no video: it is {clip.state.value}.", "Wait, or retry it.")
        if not found:
            raise NotFound("nothing_said", f"Nothing was said in clip {id}.", "Share the clip as it is.")
        out = subtitled_copy(Path(clip.path))
        # A child of its own: a clip that is to be saved meanwhile does not wait for it.
        async with self._burning, MediaWorker(StatusBoard(Bus()), self._ffmpeg) as media:
            await media.burn(Path(clip.path), out, srt(found))
        with contextlib.suppress(CompanionError):
            await self._clips.get(id)
            return Subtitled(path=str(out), size_bytes=(await asyncio.to_thread(out.stat)).st_size)
        await asyncio.to_thread(out.unlink, missing_ok=True)  # deleted meanwhile
        raise NotFound("clip_not_found", f"There is no clip {id}.", "`companion clip list` shows all.")

    @action("clip.subtitled", scope=Scope.VIEW, http="GET /api/clips/{id}/subtitled")
    async def burnt(self, id: ClipId) -> FileAnswer:
        """The copy of a clip that `clip.burn` made."""
        clip = await self._clips.get(id)
        file = subtitled_copy(Path(clip.path)) if clip.path else None
        if file is None or not await asyncio.to_thread(file.is_file):
            raise NotFound("file_missing", f"There is no copy of clip {id} with its words.", "Make one first.")
        return FileAnswer(file, "video/mp4", file.name)

    async def _gather(self, events: Subscription) -> set[int]:
        """The clips whose words are new: of one event, and of those that come soon after it."""
        due: set[int] = set()
        first = await events.get()
        waiting = [first]
        if isinstance(first.event, SegmentTranscribed):  # speech goes on, and one file is written once for all of it
            await asyncio.sleep(GATHER_SECONDS)
            waiting += events.take_waiting()
        if events.take_missed():
            due.update(await self._clips.newest_finished(CAUGHT_UP))
        for envelope in waiting:
            if isinstance(envelope.event, ClipSaved):
                due.add(envelope.event.clip["id"])
            elif isinstance(envelope.event, SegmentTranscribed):
                segment = envelope.event.segment
                due.update(await self._clips.showing(segment["started_at"], segment["ended_at"]))
        return due

    async def _keep(self, number: int) -> None:
        """Write the files of one clip, where they are not so already."""
        try:
            clip = await self._clips.get(number)
            if found := await self._cues(clip):
                video = Path(clip.path or "")
                await asyncio.to_thread(_write, video, {Form.SRT: srt(found), Form.VTT: vtt(found)})
                await self._gone(number, video)
        except NotFound:
            return
        except CompanionError as error:
            log.warning("clip %d gets no subtitles: %s", number, error.message)
        except OSError as error:
            log.warning("clip %d gets no subtitles: %s", number, error.strerror)

    async def _gone(self, number: int, video: Path) -> None:
        """Leave nothing behind where the clip was deleted while its files were written."""
        try:
            await self._clips.get(number)
        except NotFound:
            for form in (Form.SRT, Form.VTT):
                await asyncio.to_thread(subtitle_file(video, form).unlink, missing_ok=True)

    async def _cues(self, clip: Clip) -> list[Cue]:
        if clip.start_at is None or clip.end_at is None:
            return []
        start, end = clip.start_at.timestamp(), clip.end_at.timestamp()
        heard = within(await self._transcript.between(start, end), start, end)
        return cues(heard, start, end - start)


def _write(video: Path, contents: dict[Form, str]) -> None:
    if not video.is_file():
        return
    for form, content in contents.items():
        file = subtitle_file(video, form)
        data = content.encode()
        if file.is_file() and file.read_bytes() == data:
            continue
        part = file.with_name(f".{file.name}.part")
        part.write_bytes(data)
        part.replace(file)
