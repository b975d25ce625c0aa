"""What moves a clip from request to proof: saves of OBS's buffer, cuts, and what a crash left over.

One loop saves OBS's buffer when windows are over, several clips at a time; another cuts and proves one clip after
another. Each step is written before it is begun, and rows only move forward, so a restart goes on where a crash was.
"""

import asyncio
import contextlib
import datetime as dt
import functools
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from companion.adapters.clip_store import ClipStore
from companion.adapters.media.client import MadeClip, MediaWorker
from companion.adapters.media.probe import MediaInfo
from companion.adapters.obs.footage import Footage, SavedReplay, newest_video
from companion.domain.events import (
    ClipAccepted,
    ClipFailed,
    ClipProgressed,
    ClipSaved,
    ObsConnectionChanged,
    ObsState,
    RecordStateChanged,
    ReplayState,
    ReplayStateChanged,
)
from companion.domain.models import FINISHED, Clip, ClipState, utc_now
from companion.domain.settings import Settings
from companion.domain.windows import Placed, Stretch, Window, place, time_of
from companion.kernel.bus import Bus, Subscription
from companion.kernel.errors import CompanionError, Failed, Unavailable
from companion.kernel.service import Ready
from companion.kernel.status import Health, StatusBoard

log = logging.getLogger(__name__)

SETTLE_SECONDS = 0.07
"""How long after a window's end OBS is asked: two frames, so that the window's last ones can be decoded."""
FILE_END_OFFSET_SECONDS = -0.009
"""When what a replay file shows at `decodable_until` was on air, against the moment when OBS was asked for it."""
HELD_SECONDS = 60.0
"""How long a file may be held by OBS, a remux or a virus scanner."""
WORTH_SECONDS = 0.5
"""How much more of a window the recording must have than the buffer to be waited for."""
GROW_SECONDS = 20.0
"""How long a recording may take to reach the window's end on disk: OBS writes it a group of pictures at a time."""
OBS_WAIT_SECONDS = 30.0
"""How long after a start OBS is waited for, before what a crash left is judged without it."""


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
        self._waiting: dict[int, Clip] = {}
        self._wake = asyncio.Event()
        self._saved: asyncio.Queue[Clip] = asyncio.Queue()
        self._finished: dict[int, asyncio.Future[Clip]] = {}
        self._group: asyncio.TaskGroup | None = None

    async def run(self, ready: Ready) -> None:
        """Take up what a crash left, then save and cut as requests come in."""
        events = self._bus.subscribe(ReplayStateChanged, RecordStateChanged)
        self._waiting.clear()
        self._saved = asyncio.Queue()
        try:
            await self._store.sweep()
            left = list(await self._store.unfinished())
            async with asyncio.TaskGroup() as group:
                self._group = group
                group.create_task(self._listen(events))
                group.create_task(self._save_loop())
                group.create_task(self._cut_loop())
                group.create_task(self._recover(left))
                self._board.set(self.name, "ready", Health.OK)
                ready()
        finally:
            self._bus.unsubscribe(events)

    async def accept(self, clip: Clip) -> Clip:
        """Store a new request; from then on it ends in a clip or a clip marked failed, whatever happens."""
        clip = await self._store.add(clip)
        self._waiting[_id(clip)] = clip
        self._bus.publish(ClipAccepted(clip.model_dump(mode="json")))
        self._wake.set()
        return clip

    def cut_again(self, clip: Clip) -> None:
        """Queue a clip whose file is known."""
        self._saved.put_nowait(clip)

    async def outcome(self, clip: Clip) -> Clip:
        """Wait until `clip` is finished; raises its error when it failed."""
        assert clip.id is not None
        future = self._finished.setdefault(clip.id, asyncio.get_running_loop().create_future())
        done = await self._store.get(clip.id)
        if done.state not in FINISHED:
            done = await asyncio.shield(future)
        if done.state is ClipState.FAILED:
            raise Failed(
                done.error_code or "clip_failed",
                done.error_message or "The clip failed.",
                clip_id=done.id,
                path=done.source_path,
            )
        return done

    def require_source(self) -> None:
        """Refuse at once what nothing could deliver."""
        replay = self._bus.latest(ReplayStateChanged)
        if replay and replay.state is ReplayState.RECORDING:
            return
        obs = self._bus.latest(ObsConnectionChanged)
        if obs is None or obs.state is not ObsState.CONNECTED:
            detail, remedy = (obs.detail, obs.remedy) if obs else ("OBS is not connected.", "Start OBS.")
            raise Unavailable("obs_not_connected", detail, remedy)
        if self._footage.recording_path and self._footage.recorded():
            return
        if replay is None:
            raise Unavailable("replay_unknown", "The replay buffer's state is not known yet.", "Try again in a moment.")
        raise Unavailable(f"replay_{replay.state.value}", replay.detail, replay.remedy)

    async def _listen(self, events: Subscription) -> None:
        async for envelope in events:
            if isinstance(envelope.event, RecordStateChanged):
                try:
                    await self._footage.note(envelope.event)
                except CompanionError as error:
                    log.warning("the recording cannot be followed: %s", error.message)
            elif isinstance(envelope.event, ReplayStateChanged) and envelope.event.state is ReplayState.RECORDING:
                await self._media.warm()

    async def _save_loop(self) -> None:
        while True:
            now = time.time()
            due = [clip for clip in self._waiting.values() if _due(clip) <= now]
            if due:
                for clip in due:
                    del self._waiting[_id(clip)]
                await self._collect(due)
                continue
            self._wake.clear()
            pause = min((_due(clip) - now for clip in self._waiting.values()), default=None)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    async def _collect(self, due: list[Clip]) -> None:
        """Find the files for clips whose windows are over: one save of the buffer for all that need it."""
        from_buffer: list[Clip] = []
        for clip in due:
            recorded = self._recorded(clip)
            if recorded and recorded.whole and self._older_than_buffer(clip):
                self._take_recording(clip, functools.partial(self._save_buffer, [clip]))
            else:
                from_buffer.append(clip)
        if from_buffer:
            await self._save_buffer(from_buffer)

    async def _save_buffer(self, clips: list[Clip]) -> None:
        try:
            folder = str(await self._footage.folder())
            for clip in clips:
                self._progress(clip, "saving", 0.0)
                await self._store.change(_id(clip), state=ClipState.SAVING, saving_at=utc_now(), source_folder=folder)
            await self._use_replay(clips, await self._footage.save_replay())
        except CompanionError as error:
            for clip in clips:
                self._take_recording(clip, functools.partial(self._fail, clip, error))

    def _older_than_buffer(self, clip: Clip) -> bool:
        replay = self._bus.latest(ReplayStateChanged)
        if replay is None or replay.state is not ReplayState.RECORDING:
            return True
        earliest = max(replay.recording_since or time.time(), time.time() - replay.length_seconds)
        return clip.wanted_start_at.timestamp() < earliest

    async def _use_replay(self, clips: list[Clip], saved: SavedReplay) -> None:
        info = await self._readable(saved.path)
        end_at = saved.asked_at + FILE_END_OFFSET_SECONDS
        stretch = Stretch(end_at - info.decodable_until, 0.0, info.decodable_until)
        for clip in clips:
            placed = place(_window(clip), [stretch])
            found = functools.partial(self._found, clip, saved.path, "replay", placed, [stretch])
            recorded = self._recorded(clip)
            if recorded and (placed is None or placed.missing_start > recorded.missing_start + WORTH_SECONDS):
                self._take_recording(clip, found)
            else:
                await found()

    def _recorded(self, clip: Clip) -> Placed | None:
        """Where the running recording has the window, or a part of it."""
        return place(_window(clip), self._footage.recorded()) if self._footage.recording_path else None

    def _take_recording(self, clip: Clip, otherwise: Callable[[], Awaitable[None]]) -> None:
        """Have the window cut from the recording once that is on disk so far, or do `otherwise`; waits for nothing."""
        assert self._group is not None
        self._group.create_task(self._from_recording(clip, otherwise))

    async def _from_recording(self, clip: Clip, otherwise: Callable[[], Awaitable[None]]) -> None:
        path, placed = self._footage.recording_path, self._recorded(clip)
        if path is None or placed is None:
            return await otherwise()
        deadline = time.monotonic() + GROW_SECONDS
        while True:
            try:
                written = (await self._media.probe(path)).decodable_until
            except CompanionError as error:
                log.info("the recording cannot be read while it is written: %s", error.message)
                return await otherwise()
            if written >= placed.end:
                return await self._found(clip, path, "recording", placed, self._footage.recorded())
            if time.monotonic() > deadline:
                log.warning("the recording does not grow: %.1f s of %.1f s are on disk", written, placed.end)
                return await otherwise()
            await asyncio.sleep(0.5)

    async def _found(self, clip: Clip, path: Path, kind: str, placed: Placed | None, stretches: list[Stretch]) -> None:
        """A file with the window is there: write down where, and queue the cut."""
        if placed is None:
            gone = Failed("window_not_in_buffer", "OBS's buffer does not hold this moment.", "Make the buffer longer.")
            await self._fail(clip, gone, path)
            return
        out = await self._store.place(clip)
        saved = await self._store.change(
            _id(clip),
            state=ClipState.SAVED,
            source_path=str(path),
            source_kind=kind,
            source_start=placed.start,
            source_end=placed.end,
            start_at=_utc(time_of(placed.start, stretches)),
            end_at=_utc(time_of(placed.end, stretches)),
            clamped_start_seconds=round(placed.missing_start, 3) if not placed.whole else 0.0,
            clamped_end_seconds=round(placed.missing_end, 3) if not placed.whole else 0.0,
            path=str(out),
        )
        self._saved.put_nowait(saved)

    async def _readable(self, path: Path) -> MediaInfo:
        """What is in `path`, once nobody holds it any more."""
        deadline = time.monotonic() + HELD_SECONDS
        while True:
            try:
                return await self._media.probe(path)
            except CompanionError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.5)

    async def _cut_loop(self) -> None:
        while True:
            clip = await self._saved.get()
            try:
                made = await self._media.make_clip(
                    Path(clip.source_path or ""),
                    Path(clip.path or ""),
                    clip.source_start or 0.0,
                    clip.source_end or 0.0,
                    thumbnail=Path(clip.path or "").with_suffix(".jpg"),
                    progress=functools.partial(self._progress, clip),
                )
                await self._finish(clip, made)
            except CompanionError as error:
                await self._fail(clip, error)

    async def _finish(self, clip: Clip, made: MadeClip) -> None:
        assert clip.source_start is not None
        assert clip.start_at is not None
        start_at = clip.start_at + dt.timedelta(seconds=made.cut.start - clip.source_start)
        end_at = start_at + dt.timedelta(seconds=made.cut.end - made.cut.start)
        done = await self._store.change(
            _id(clip),
            state=ClipState.DOUBTFUL if made.doubtful else ClipState.READY,
            start_at=start_at,
            end_at=end_at,
            session_start_seconds=await self._store.session_seconds(clip.session_id, start_at),
            session_end_seconds=await self._store.session_seconds(clip.session_id, end_at),
            seconds=round(made.cut.end - made.cut.start, 6),
            path=str(made.cut.path),
            thumbnail_path=str(made.thumbnail) if made.thumbnail else None,
            size_bytes=made.cut.size_bytes,
            video=f"{made.cut.video_codec} {made.cut.width}x{made.cut.height} {made.cut.fps:g} fps",
            tracks=made.cut.tracks,
            method=made.cut.method.value,
            method_reason=made.cut.reason,
            receipt=made.receipt.as_json(),
            finished_at=utc_now(),
        )
        self._bus.publish(ClipSaved(done.model_dump(mode="json")))
        self._tell(done)
        if not self._settings().keep_sources and clip.source_kind == "replay" and clip.source_path:
            await self._store.delete_source(clip.source_path)

    async def _fail(self, clip: Clip, error: CompanionError, source: Path | None = None) -> None:
        """Mark `clip` failed, with the reason and OBS's untouched file."""
        current = await self._store.get(_id(clip))
        if source is None and current.source_path is None and current.source_folder and current.saving_at:
            source = await asyncio.to_thread(
                newest_video, Path(current.source_folder), current.saving_at.timestamp() - 1.0
            )
        named = str(source) if source else current.source_path
        message = error.message + (f" OBS's file is untouched: {named}." if named else "")
        failed = await self._store.change(
            _id(clip),
            state=ClipState.FAILED,
            error_code=error.code,
            error_message=message,
            source_path=named,
            path=None,
            finished_at=utc_now(),
        )
        log.warning("clip %s failed: %s", clip.id, message)
        self._bus.publish(ClipFailed(failed.model_dump(mode="json")))
        self._tell(failed)

    async def _recover(self, left: list[Clip]) -> None:
        """Go on with what a crash left: cut what OBS had saved, ask again for what its buffer still has."""
        for clip in left:
            if clip.state is ClipState.SAVED:
                self._saved.put_nowait(clip)
        # One that came in while this service started is waiting already.
        unsaved = [clip for clip in left if clip.state is not ClipState.SAVED and _id(clip) not in self._waiting]
        if not unsaved:
            return
        await self._obs_known()
        for clip in unsaved:
            log.info("taking up clip %s, left %s by a crash", clip.id, clip.state)
            if not self._older_than_buffer(clip):
                self._waiting[_id(clip)] = clip
                self._wake.set()
                continue
            if not await self._recover_file(clip):
                lost = Failed(
                    "lost_in_crash",
                    "The companion was down, and OBS's buffer no longer holds this moment.",
                    "Save it from OBS's recording, if there is one.",
                )
                self._take_recording(clip, functools.partial(self._fail, clip, lost))

    async def _recover_file(self, clip: Clip) -> bool:
        """OBS may have saved the file while the companion died: use it."""
        if not (clip.state is ClipState.SAVING and clip.source_folder and clip.saving_at):
            return False
        asked = clip.saving_at.timestamp()
        path = await asyncio.to_thread(newest_video, Path(clip.source_folder), asked - 0.5)
        if path is None:
            return False
        try:
            await self._use_replay([clip], SavedReplay(path, asked))
        except CompanionError as error:
            await self._fail(clip, error, path)
        return True

    async def _obs_known(self) -> None:
        """Wait until the first word about OBS and its buffer, or long enough."""
        deadline = time.monotonic() + OBS_WAIT_SECONDS
        while time.monotonic() < deadline:
            obs = self._bus.latest(ObsConnectionChanged)
            connected = obs is not None and obs.state is ObsState.CONNECTED
            if (connected and self._bus.latest(ReplayStateChanged)) or (obs and obs.state is ObsState.NOT_RUNNING):
                return
            await asyncio.sleep(0.1)

    def _progress(self, clip: Clip, step: str, fraction: float) -> None:
        self._bus.publish(ClipProgressed(_id(clip), step, round(fraction, 3)))

    def _tell(self, clip: Clip) -> None:
        future = self._finished.pop(_id(clip), None)
        if future and not future.done():
            future.set_result(clip)


def _utc(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _window(clip: Clip) -> Window:
    return Window(clip.wanted_start_at.timestamp(), clip.wanted_end_at.timestamp())


def _due(clip: Clip) -> float:
    return clip.wanted_end_at.timestamp() + SETTLE_SECONDS


def _id(clip: Clip) -> int:
    assert clip.id is not None
    return clip.id
