"""What moves a clip from request to proof: a source is found for it, it is cut, and its outcome is told.

Each step is written before it is begun, and rows only move forward, so a restart goes on where a crash was.
"""

import asyncio
import contextlib
import datetime as dt
import functools
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from companion.adapters.clip_store import ClipStore
from companion.adapters.file_times import identity
from companion.adapters.media.client import MadeClip, MediaWorker
from companion.adapters.obs.footage import Footage
from companion.adapters.patience import Patience
from companion.adapters.recordings import Recorded
from companion.domain.events import (
    ClipAccepted,
    ClipChanged,
    ClipFailed,
    ClipProgressed,
    ClipSaved,
    RecordingReachChanged,
    RecordStateChanged,
    ReplayState,
    ReplayStateChanged,
)
from companion.domain.models import FINISHED, Clip, ClipState, utc_now
from companion.domain.settings import Settings
from companion.domain.windows import Window
from companion.features.clips.sources import HELD_POLL_SECONDS, HELD_SECONDS, Sources
from companion.kernel.bus import Bus, Subscription
from companion.kernel.errors import CompanionError, Failed, InternalError, Unavailable
from companion.kernel.service import Ready
from companion.kernel.status import Health, StatusBoard

log = logging.getLogger(__name__)

PICTURES_LEFT = 10
"""How many clips may be without a thumbnail after a crash, at most: one in work, and some that have none to show."""

HELD = frozenset({"source_unreadable", "source_not_allowed"})
"""The errors of a source that OBS, a remux or a virus scanner may hold: it was found readable before."""


class ClipPipeline:
    """Sees each accepted clip through to `ready`, `doubtful` or `failed`."""

    name = "clips"
    essential = False

    def __init__(
        self,
        store: ClipStore,
        footage: Footage,
        media: MediaWorker,
        bus: Bus,
        board: StatusBoard,
        settings: Callable[[], Settings],
    ) -> None:
        self._store = store
        self._footage = footage
        self._media = media
        self._bus = bus
        self._board = board
        self._settings = settings
        self._saved: asyncio.Queue[Clip] = asyncio.Queue()
        self._finished: dict[int, asyncio.Future[Clip]] = {}
        self._accepting = asyncio.Lock()
        self._patience = Patience()
        self._sources = Sources(store, self._patience, footage, media, bus, self.cut, self._fail)

    async def run(self, ready: Ready) -> None:
        """Take up what a crash left, then save and cut as requests come in."""
        events = self._bus.subscribe(ReplayStateChanged, RecordStateChanged)
        try:
            async with self._accepting:
                self._sources.forget()
                self._saved = asyncio.Queue()
                left = list(await self._patience.until_done(self._store.unfinished))
            unpictured = await self._patience.until_done(
                functools.partial(self._store.without_thumbnail, PICTURES_LEFT)
            )
            for clip in left:
                if clip.state is ClipState.SAVED:
                    self.cut(clip)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._listen(events, group))
                group.create_task(self._sources.run(left))
                group.create_task(self._cut_loop(group))
                group.create_task(self._picture_all(unpictured))
                self._board.set(self.name, "ready", Health.OK)
                ready()
        finally:
            self._bus.unsubscribe(events)

    async def accept(self, clip: Clip, mark_id: int | None = None) -> Clip:
        """Store a new request; from then on it ends in a clip or a clip marked failed, whatever happens.

        One whose source is known already comes as `saved`.
        """
        async with self._accepting:
            clip = await self._store.add(clip, mark_id)
            if clip.state is ClipState.SAVED:
                self.cut(clip)
            else:
                self.find_source(clip)
        self._bus.publish(ClipAccepted(clip.model_dump(mode="json")))
        return clip

    def cut(self, clip: Clip) -> None:
        """Queue a clip whose source is known."""
        self._saved.put_nowait(clip)

    def find_source(self, clip: Clip) -> None:
        """Queue a stored clip of which it is not known where its source shows it."""
        self._sources.add(clip)

    async def outcome(self, clip: Clip) -> Clip:
        """Wait until `clip` is finished; raises its error when it could not be made, or not made again."""
        future = self._finished.setdefault(clip.number, asyncio.get_running_loop().create_future())
        done = await self._patience.until_done(functools.partial(self._store.get, clip.number))
        if done.state in FINISHED:
            self._finished.pop(clip.number, None)
        else:
            done = await asyncio.shield(future)
        if done.state is ClipState.FAILED or done.error_code:
            raise Failed(
                done.error_code or "clip_failed",
                done.error_message or "The clip failed.",
                clip_id=done.id,
                path=done.source_path,
            )
        return done

    def require_source(self, window: Window) -> None:
        """Refuse at once what nothing could deliver; raises Unavailable with the reason and the remedy."""
        component = self._board.get(self.name)
        if component and component.health is Health.FAILED:
            raise Unavailable("clips_failed", component.detail, component.remedy)
        self._sources.require(window)

    def holds(self, window: Window, *, whole: bool) -> bool:
        """Whether OBS has the `whole` of a window that is over, or a part of it, in its buffer or running recording."""
        return self._sources.holds(window) if whole else self._sources.holds_some(window)

    def running(self, window: Window) -> Recorded | None:
        """Where OBS's running recording shows a window."""
        return self._sources.running(window)

    async def is_written(self, recording: Path, end: float) -> bool:
        """Whether OBS's running recording is on disk up to `end`, waiting for it."""
        return await self._sources.is_written(recording, end)

    async def _listen(self, events: Subscription, group: asyncio.TaskGroup) -> None:
        recording = False
        async for envelope in events:
            if isinstance(envelope.event, RecordStateChanged):
                try:
                    await self._footage.note(envelope.event, envelope.event.ended_at or envelope.ts)
                    await self._store.recordings.keep(self._footage.recording_path, self._footage.recorded())
                except CompanionError as error:
                    log.warning("the recording cannot be followed: %s", error.message)
                if (reach := self._footage.reach()) != self._bus.latest(RecordingReachChanged):
                    self._bus.publish(reach)
            elif isinstance(envelope.event, ReplayStateChanged):
                began = envelope.event.state is ReplayState.RECORDING and not recording
                recording = envelope.event.state is ReplayState.RECORDING
                if began:
                    group.create_task(self._warm())

    async def _warm(self) -> None:
        try:
            await self._media.warm()
        except CompanionError as error:
            log.warning("the media child cannot be made ready: %s", error.message)

    async def _cut_loop(self, group: asyncio.TaskGroup) -> None:
        held: dict[int, float] = {}  # by clip: until when its source is waited for
        while True:
            clip = await self._saved.get()
            try:
                done = await self._cut(clip)
            except CompanionError as error:
                if error.code in HELD:
                    if clip.number not in held:
                        log.info("clip %s waits for its source: %s", clip.id, error.message)
                    if time.monotonic() < held.setdefault(clip.number, time.monotonic() + HELD_SECONDS):
                        group.create_task(self._cut_later(clip))
                        continue
                await self._fail(clip, error)
            except Exception:
                log.exception("clip %s", clip.id)
                await self._fail(clip, InternalError())  # one clip's bug must not stop the others
            else:
                await self._tidy(done)
                await self._picture(done)
            held.pop(clip.number, None)

    async def _cut(self, clip: Clip) -> Clip:
        source, path = Path(clip.source_path or ""), Path(clip.path or "")
        await self._store.make_folder(path)
        cut_from = await asyncio.to_thread(identity, source, grows=clip.source_kind == "recording")
        made = await self._media.cut(
            source,
            path,
            clip.source_start or 0.0,
            clip.source_end or 0.0,
            progress=functools.partial(self._progress, clip),
        )
        return await self._finish(clip, made, cut_from)

    async def _cut_later(self, clip: Clip) -> None:
        """Queue a clip again whose source somebody holds; meanwhile others have their turn."""
        await asyncio.sleep(HELD_POLL_SECONDS)
        self.cut(clip)

    async def _finish(self, clip: Clip, made: MadeClip, cut_from: str | None = None) -> Clip:
        """Tell a clip that was cut from the file of the identity `cut_from`, as it is now."""
        assert clip.source_start is not None
        assert clip.start_at is not None
        start_at = clip.start_at + dt.timedelta(seconds=made.cut.start - clip.source_start)
        end_at = start_at + dt.timedelta(seconds=made.cut.end - made.cut.start)
        began, ended = await self._session_seconds(clip, start_at), await self._session_seconds(clip, end_at)
        write = functools.partial(
            self._store.change,
            clip.number,
            state=ClipState.DOUBTFUL if made.doubtful else ClipState.READY,
            start_at=start_at,
            end_at=end_at,
            source_start=made.cut.start,
            source_end=made.cut.end,
            source_identity=cut_from,
            session_start_seconds=began,
            session_end_seconds=ended,
            seconds=round(made.cut.end - made.cut.start, 6),
            path=str(made.cut.path),
            size_bytes=made.cut.size_bytes,
            video=f"{made.cut.video_codec} {made.cut.width}x{made.cut.height} {made.cut.fps:g} fps",
            tracks=made.cut.tracks,
            method=made.cut.method.value,
            method_reason=made.cut.reason,
            receipt=made.receipt.as_json(),
            first_receipt=made.first_receipt.as_json() if made.first_receipt else None,
            finished_at=utc_now(),
        )
        done = await self._patience.until_done(write)
        self._bus.publish(ClipSaved(done.model_dump(mode="json")))
        self._tell(done)
        return done

    async def _session_seconds(self, clip: Clip, at: dt.datetime) -> float | None:
        """`at` on the clock of the clip's session."""
        return await self._patience.until_done(functools.partial(self._store.session_seconds, clip.session_id, at))

    async def _tidy(self, clip: Clip) -> None:
        """Delete the replay file of a clip that was announced, where that is wished; what cannot be deleted stays."""
        if self._settings().keep_sources or clip.source_kind != "replay" or clip.source_path is None:
            return
        try:
            await self._store.delete_source(clip.source_path)
        except CompanionError as error:
            log.warning("%s stays: %s", clip.source_path, error.message)

    async def _picture_all(self, clips: Sequence[Clip]) -> None:
        """Picture what a crash left between its announcement and its thumbnail."""
        for clip in clips:
            await self._picture(clip)

    async def _picture(self, clip: Clip) -> None:
        """Add a thumbnail to a clip that was announced already; one without is still a clip, so nothing is raised."""
        file = Path(clip.path or "")
        out = file.with_suffix(".jpg")
        try:
            await self._media.picture(file, out)
            write = functools.partial(self._store.change, clip.number, thumbnail_path=str(out))
            pictured = await self._patience.until_done(write)
        except Exception as error:
            known = isinstance(error, CompanionError)
            log.warning("clip %s has no thumbnail: %s", clip.id, error, exc_info=not known)
            with contextlib.suppress(OSError):  # on a disk that is read-only now
                await asyncio.to_thread(out.unlink, missing_ok=True)  # the clip may be deleted by now
            return
        self._bus.publish(ClipChanged(pictured.model_dump(mode="json")))

    async def _fail(self, clip: Clip, error: CompanionError) -> None:
        """Mark `clip` failed, with the reason and OBS's untouched file, unless it was announced; never raises.

        A doubtful clip that was to be made again, whose receipt and file are there, is what it was.
        Where even that can never be written, as the database is damaged, who waits for the clip hears of that; it stays
        as it is, and is taken up at the next start.
        """
        try:
            current = await self._patience.until_done(functools.partial(self._store.get, clip.number))
            if current.state in (ClipState.READY, ClipState.DOUBTFUL):
                return
            named, told = current.source_path, "OBS's file is untouched"
            if named is None and current.source_folder and current.saving_at:
                found = await self._footage.next_file(Path(current.source_folder), current.saving_at.timestamp())
                named, told = str(found) if found else None, "The moment may be in the file that OBS began next"
            there = await asyncio.to_thread(Path(current.path or "").is_file)
            stays = there and current.receipt is not None
            if stays:
                message = f"It could not be made again: {error.message} The clip that is there is as it was."
            else:
                message = error.message + (f" {told}: {named}." if named else "")
            write = functools.partial(
                self._store.change,
                clip.number,
                state=ClipState.DOUBTFUL if stays else ClipState.FAILED,
                error_code=error.code,
                error_message=message,
                source_path=named,
                path=current.path if there else None,
                receipt=current.receipt if stays else None,
                first_receipt=current.first_receipt if stays else None,
                finished_at=utc_now(),
            )
            failed = await self._patience.until_done(write)
        except CompanionError as second:
            log.error("clip %s failed (%s), and that cannot be written: %s", clip.id, error.message, second.message)
            if (future := self._finished.pop(clip.number, None)) and not future.done():
                future.set_exception(second)
            return
        log.warning("clip %s failed: %s", clip.id, message)
        self._bus.publish(ClipFailed(failed.model_dump(mode="json")))
        self._tell(failed)

    def _progress(self, clip: Clip, step: str, fraction: float) -> None:
        self._bus.publish(ClipProgressed(clip.number, step, round(fraction, 3)))

    def _tell(self, clip: Clip) -> None:
        future = self._finished.pop(clip.number, None)
        if future and not future.done():
            future.set_result(clip)
