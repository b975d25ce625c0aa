"""Which file has a clip's window: one save of OBS's buffer for all that are due, its running recording, or, after a
crash, what is still there.

The loop only asks OBS to save; whatever needs patience (a file that is held, a recording that must grow) is a task of
its own, so that no clip keeps another from being saved in time.
"""

import asyncio
import contextlib
import datetime as dt
import functools
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from companion.adapters.clip_store import ClipStore
from companion.adapters.media.client import MediaWorker
from companion.adapters.media.probe import MediaInfo
from companion.adapters.obs.footage import Footage, SavedReplay
from companion.adapters.patience import Patience
from companion.adapters.recordings import Recorded
from companion.domain.events import (
    ClipProgressed,
    ObsConnectionChanged,
    ObsState,
    ReplayMeasured,
    ReplayState,
    ReplayStateChanged,
)
from companion.domain.models import Clip, ClipState, utc_now
from companion.domain.windows import Placed, Stretch, Window, place, time_of
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError, Failed, Unavailable

log = logging.getLogger(__name__)

SETTLE_SECONDS = 0.07
"""How long after a window's end OBS is asked: two frames, so that the window's last ones can be decoded."""
NOTE_SECONDS = 0.3
"""How long OBS waits to be asked until that is written down. Waiting longer for the database would lose what leaves the
buffer meanwhile; what is written down after it was asked is lost only if a crash comes in between."""
FILE_END_OFFSET_SECONDS = -0.009
"""When what a replay file shows at `decodable_until` was on air, against the moment when OBS was asked for it."""
HELD_SECONDS = 60.0
"""How long a file may be held by OBS, a remux or a virus scanner."""
HELD_POLL_SECONDS = 0.5
WORTH_SECONDS = 0.5
"""How much more of a window the recording must have than the buffer to be waited for."""
GROW_SECONDS = 20.0
"""How long a recording may take to reach the window's end on disk: OBS writes it a group of pictures at a time."""
HANGS_SECONDS = 600.0
"""How long a clip waits for an OBS that does not answer."""
BACK_SECONDS = 20.0
"""How long, once it answers again, until its buffer shows that it holds the moment."""
OBS_WAIT_SECONDS = 30.0
"""How long after a start OBS is waited for, before what a crash left is judged without it."""

HANGS = frozenset({"obs_timeout", "obs_not_connected", "obs_gone"})
"""The errors of an OBS that may only hang; one that has ended says so by its connection."""

Fail = Callable[[Clip, CompanionError], Awaitable[None]]


class Sources:
    """Finds the file for each clip, writes down where its window is, and hands it to `cut`, or to `fail`."""

    def __init__(
        self,
        store: ClipStore,
        patience: Patience,
        footage: Footage,
        media: MediaWorker,
        bus: Bus,
        cut: Callable[[Clip], None],
        fail: Fail,
    ) -> None:
        self._store = store
        self._patience = patience
        self._footage = footage
        self._media = media
        self._bus = bus
        self._cut = cut
        self._fail = fail
        self._waiting: dict[int, Clip] = {}
        self._wake = asyncio.Event()

    async def run(self, left: Sequence[Clip]) -> None:
        """Take up the clips that a crash left, and find sources for those that `add` brings, until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            group.create_task(self._recover([clip for clip in left if clip.state is not ClipState.SAVED]))
            while True:
                now = time.time()
                due = [clip for clip in self._waiting.values() if _due(clip) <= now]
                for clip in due:
                    del self._waiting[clip.number]
                if due:
                    await self._collect(due)
                    continue
                self._wake.clear()
                pause = min((_due(clip) - now for clip in self._waiting.values()), default=None)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._wake.wait()

    def add(self, clip: Clip) -> None:
        """Have a source found for `clip` once its window is over; the file that it names already, if it does."""
        self._waiting[clip.number] = clip
        self._wake.set()

    def forget(self) -> None:
        """Drop what waits: the database has it all."""
        self._waiting.clear()

    def require(self, window: Window) -> None:
        """Refuse at once what nothing could deliver; raises Unavailable with the reason and the remedy."""
        replay = self._bus.latest(ReplayStateChanged)
        if replay and replay.state is ReplayState.RECORDING:
            return
        obs = self._bus.latest(ObsConnectionChanged)
        if obs is None or obs.state is not ObsState.CONNECTED:
            detail, remedy = (obs.detail, obs.remedy) if obs else ("OBS is not connected.", "Start OBS.")
            raise Unavailable("obs_not_connected", detail, remedy)
        if self._footage.recording_path and place(window, self._footage.recorded()):
            return
        if replay is None:
            raise Unavailable("replay_unknown", "The replay buffer's state is not known yet.", "Try again in a moment.")
        raise Unavailable(f"replay_{replay.state.value}", replay.detail, replay.remedy)

    def holds(self, window: Window) -> bool:
        """Whether OBS's buffer or its running recording has all of a window that is over."""
        replay = self._bus.latest(ReplayStateChanged)
        sure = replay is not None and replay.state is ReplayState.RECORDING and replay.reach_sure
        if replay and sure and window.start_at >= time.time() - replay.reach_seconds:
            return True
        recorded = place(window, self._footage.recorded()) if self._footage.recording_path else None
        return recorded is not None and recorded.whole

    def running(self, window: Window) -> Recorded | None:
        """Where the running recording shows a window."""
        path, stretches = self._footage.recording_path, self._footage.recorded()
        placed = place(window, stretches) if path else None
        return Recorded(path, placed, stretches) if path and placed else None

    def holds_some(self, window: Window) -> bool:
        """Whether they have a part of it."""
        recorded = place(window, self._footage.recorded()) if self._footage.recording_path else None
        return recorded is not None or window.end_at > self._buffer_start() + WORTH_SECONDS

    async def _collect(self, due: list[Clip]) -> None:
        """Use files that are known, take old windows from the recording, and save the buffer once for all others."""
        from_buffer: list[Clip] = []
        for clip in due:
            if known := known_save(clip):
                self._group.create_task(self._use_replay([clip], known))
                continue
            recorded = self._recorded(clip)
            if recorded and recorded.whole and clip.window.start_at < self._buffer_start():
                self._take_recording(clip, functools.partial(self._save_buffer, [clip]))
            else:
                from_buffer.append(clip)
        if from_buffer:
            await self._save_buffer(from_buffer)

    async def _save_buffer(self, clips: list[Clip]) -> None:
        numbers = [clip.number for clip in clips]
        try:
            folder = str(await self._footage.folder())
            for number in numbers:
                self._bus.publish(ClipProgressed(number, "saving", 0.0))
            saved = await self._footage.save_replay(functools.partial(self._note_asking, numbers, folder))
        except CompanionError as error:
            for clip in clips:
                self._take_recording(clip, functools.partial(self._when_obs_answers, clip, error))
            return
        self._group.create_task(self._use_replay(clips, saved))

    async def _note_asking(self, numbers: Sequence[int], folder: str) -> None:
        """Write down that OBS is asked now: a crash from here on finds its file by that."""
        values = {"state": ClipState.SAVING, "saving_at": utc_now(), "source_folder": folder}
        noting = self._group.create_task(self._note(functools.partial(self._store.change_all, numbers, **values)))
        await asyncio.wait({noting}, timeout=NOTE_SECONDS)

    async def _note(self, write: Callable[[], Awaitable[object]]) -> None:
        try:
            await self._patience.until_done(write)
        except CompanionError as error:
            log.error("it cannot be written down that OBS is asked: %s", error.message)

    async def _when_obs_answers(self, clip: Clip, error: CompanionError) -> None:
        """An OBS that hangs still holds its buffer: ask it again when it is back; else the clip failed by `error`."""
        deadline = time.monotonic() + HANGS_SECONDS
        while error.code in HANGS and time.monotonic() < deadline:
            obs = self._bus.latest(ObsConnectionChanged)
            if obs is None or obs.state not in (ObsState.CONNECTED, ObsState.NOT_RESPONDING):
                break
            await asyncio.sleep(0.5)
            with contextlib.suppress(CompanionError):
                await self._footage.folder()
                deadline = min(deadline, time.monotonic() + BACK_SECONDS)
                if clip.window.end_at > self._buffer_start():
                    self.add(clip)
                    return
        await self._fail(clip, error)

    async def _use_replay(self, clips: list[Clip], saved: SavedReplay) -> None:
        # Written at once: a crash from here on finds the file by its name, and nothing deletes it for another clip.
        write = functools.partial(
            self._store.change_all,
            [clip.number for clip in clips],
            source_path=str(saved.path),
            source_kind="replay",
            saving_at=dt.datetime.fromtimestamp(saved.asked_at, dt.UTC),
        )
        writing = self._patience.until_done(write)
        try:
            clips, info = await asyncio.gather(writing, self._readable(saved.path))
        except CompanionError as error:
            for clip in clips:
                self._take_recording(clip, functools.partial(self._fail, clip, error))
            return
        self._bus.publish(ReplayMeasured(info.size_bytes, info.duration, info.keyframe_distance))
        end_at = saved.asked_at + FILE_END_OFFSET_SECONDS
        stretch = Stretch(end_at - info.decodable_until, 0.0, info.decodable_until)
        for clip in clips:
            placed = place(clip.window, [stretch])
            found = functools.partial(self._found, clip, saved.path, "replay", placed, [stretch])
            recorded = self._recorded(clip)
            if recorded and (placed is None or placed.missing_start > recorded.missing_start + WORTH_SECONDS):
                self._take_recording(clip, found)
            else:
                await self._guarded(clip, found)

    def _recorded(self, clip: Clip) -> Placed | None:
        """Where the running recording has the window, or a part of it."""
        return place(clip.window, self._footage.recorded()) if self._footage.recording_path else None

    def _take_recording(self, clip: Clip, otherwise: Callable[[], Awaitable[None]]) -> None:
        """Have the window cut from the recording once that is on disk so far, or do `otherwise`; waits for nothing."""
        self._group.create_task(self._guarded(clip, functools.partial(self._from_recording, clip, otherwise)))

    async def _guarded(self, clip: Clip, work: Callable[[], Awaitable[None]]) -> None:
        """Do `work` for one clip; its error is that clip's alone."""
        try:
            await work()
        except CompanionError as error:
            await self._fail(clip, error)

    async def _from_recording(self, clip: Clip, otherwise: Callable[[], Awaitable[None]]) -> None:
        path, placed = self._footage.recording_path, self._recorded(clip)
        if path is None or placed is None or not await self.is_written(path, placed.end):
            await otherwise()
        else:
            await self._found(clip, path, "recording", placed, self._footage.recorded())

    async def is_written(self, recording: Path, end: float) -> bool:
        """Whether the running recording is on disk up to `end`, waiting for it; not where it cannot be read yet."""
        deadline = time.monotonic() + GROW_SECONDS
        while True:
            try:
                written = (await self._media.probe(recording)).written_until
            except CompanionError as error:
                log.info("the recording cannot be read while it is written: %s", error.message)
                return False
            if written >= end:
                return True
            if time.monotonic() > deadline:
                log.warning("the recording does not grow: %.1f s of %.1f s are on disk", written, end)
                return False
            await asyncio.sleep(0.5)

    async def _found(
        self, clip: Clip, path: Path, kind: str, placed: Placed | None, stretches: Sequence[Stretch]
    ) -> None:
        """A file with the window is there: write down where, and have it cut."""
        if placed is None:
            if self._recorded(clip):
                raise not_written_yet()
            raise Failed("window_not_in_buffer", "OBS's buffer does not hold this moment.", "Make the buffer longer.")
        whole = placed.whole
        start_at, end_at = (
            dt.datetime.fromtimestamp(time_of(at, stretches), dt.UTC) for at in (placed.start, placed.end)
        )
        out = await self._patience.until_done(functools.partial(self._store.place, clip))
        write = functools.partial(
            self._store.change,
            clip.number,
            state=ClipState.SAVED,
            path=str(out),
            source_path=str(path),
            source_kind=kind,
            source_start=placed.start,
            source_end=placed.end,
            start_at=start_at,
            end_at=end_at,
            clamped_start_seconds=0.0 if whole else round(placed.missing_start, 3),
            clamped_end_seconds=0.0 if whole else round(placed.missing_end, 3),
        )
        self._cut(await self._patience.until_done(write))

    async def _readable(self, path: Path) -> MediaInfo:
        """What is in `path`, once nobody holds it any more."""
        deadline = time.monotonic() + HELD_SECONDS
        while True:
            try:
                return await self._media.probe(path)
            except CompanionError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(HELD_POLL_SECONDS)

    def _buffer_start(self) -> float:
        """From when on (Unix seconds) OBS's buffer has what was on air; the far future when it does not record."""
        replay = self._bus.latest(ReplayStateChanged)
        if replay is None or replay.state is not ReplayState.RECORDING:
            return float("inf")
        return max(replay.recording_since or time.time(), time.time() - replay.length_seconds)

    async def _recover(self, left: Sequence[Clip]) -> None:
        """Go on with what a crash left: use what OBS had saved, ask again for what its buffer still has."""
        if not left:
            return
        await self._obs_known()
        for clip in left:
            log.info("taking up clip %s, left %s by a crash", clip.id, clip.state)
            saved = await self._saved_before(clip)
            if saved and (known_save(clip) or clip.window.start_at < self._buffer_start()):
                self._group.create_task(self._use_replay([clip], saved))
            elif clip.window.end_at > self._buffer_start():
                self.add(clip)
            else:
                lost = Failed(
                    "lost_in_crash",
                    "The companion was down, and OBS's buffer no longer holds this moment.",
                    "Save it from OBS's recording, if there is one.",
                )
                self._take_recording(clip, functools.partial(self._fail, clip, lost))

    async def _saved_before(self, clip: Clip) -> SavedReplay | None:
        """The file that OBS saved for `clip` before or while the companion died."""
        if clip.saving_at is None or clip.source_folder is None:
            return None
        if known := known_save(clip):
            return known
        return await self._footage.recover_save(Path(clip.source_folder), clip.saving_at.timestamp())

    async def _obs_known(self) -> None:
        """Wait until it is known what OBS and its buffer do, or long enough."""
        deadline = time.monotonic() + OBS_WAIT_SECONDS
        while time.monotonic() < deadline:
            obs, replay = self._bus.latest(ObsConnectionChanged), self._bus.latest(ReplayStateChanged)
            if obs and obs.state is ObsState.NOT_RUNNING:
                return
            if obs and obs.state is ObsState.CONNECTED and replay and replay.state is not ReplayState.UNAVAILABLE:
                return
            await asyncio.sleep(0.1)


def known_save(clip: Clip) -> SavedReplay | None:
    """The file that OBS is known to have saved for `clip`; one without a kind is only named, for people to look at."""
    if clip.saving_at is None or clip.source_path is None or clip.source_kind != "replay":
        return None
    return SavedReplay(Path(clip.source_path), clip.saving_at.timestamp())


def not_written_yet() -> Unavailable:
    """OBS records the moment, but its file does not show it now: an MP4's index is written last."""
    return Unavailable(
        "not_written_yet",
        "OBS has not written that moment to its recording yet, or in a form that can only be read later.",
        "Try again in a moment, or when the recording has ended.",
    )


def _due(clip: Clip) -> float:
    return clip.window.end_at + SETTLE_SECONDS
