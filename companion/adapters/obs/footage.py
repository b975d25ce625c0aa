"""What OBS has on disk: replay files that it saves on request, and the recording that it is writing."""

import asyncio
import dataclasses
import logging
import time
from pathlib import Path

from companion.adapters.obs.link import ObsLink
from companion.domain.events import (
    ObsConnectionChanged,
    ObsState,
    RecordStateChanged,
    ReplayBufferSaved,
    ReplayStateChanged,
)
from companion.domain.windows import Stretch
from companion.kernel.bus import Bus, Subscription
from companion.kernel.errors import Failed, Unavailable

log = logging.getLogger(__name__)

SAVE_SECONDS = 60.0
"""How long OBS may take to write its buffer; a long one on a slow disk takes a while."""
YOUNG_SECONDS = 15.0
"""A recording that is younger was not paused before the companion saw it."""
CLOCK_GRAIN_SECONDS = 0.05
"""How much a file's time may be behind the clock's."""
WRITE_SECONDS = 0.1
"""What a save takes beside the encoder's delay."""
USUAL_DELAY_SECONDS = 0.6
"""x264's delay with OBS's usual settings, where the running buffer has not shown it yet."""
FIRST_KEYFRAME_POLL_SECONDS = 0.2
VIDEO_SUFFIXES = {".mkv", ".mp4", ".mov", ".flv", ".ts", ".m4v"}


@dataclasses.dataclass(frozen=True)
class SavedReplay:
    """A replay file; `asked_at` (Unix seconds) is when OBS was told to save it."""

    path: Path
    asked_at: float


class Footage:
    """Asks OBS for its buffer, and knows which moments the running recording holds."""

    def __init__(self, link: ObsLink, bus: Bus) -> None:
        self._link = link
        self._bus = bus
        self.recording_path: Path | None = None
        self._stretches: list[Stretch] = []
        self._running_since: tuple[float, float] | None = None
        self._saving = asyncio.Lock()
        self._save_seconds: float | None = None

    async def folder(self) -> Path:
        """Where OBS writes recordings and replays; raises what `ObsLink.request` raises."""
        return Path((await self._link.request("GetRecordDirectory"))["recordDirectory"])

    async def save_replay(self) -> SavedReplay:
        """Have OBS write its buffer; returns once OBS says that the file is whole."""
        async with self._saving:
            return await self._save_replay()

    async def _save_replay(self) -> SavedReplay:
        events = self._bus.subscribe(ReplayBufferSaved, ObsConnectionChanged)
        try:
            sent = time.time()
            await self._link.request("SaveReplayBuffer")
            asked_at = (sent + time.time()) / 2
            async with asyncio.timeout(SAVE_SECONDS):
                path = await _until_saved(events, sent)
            self._save_seconds = time.time() - asked_at
            return SavedReplay(path, asked_at)
        except TimeoutError:
            raise Failed(
                "save_timeout",
                f"OBS did not finish saving its replay buffer within {SAVE_SECONDS:.0f} s.",
                "Look at OBS: a message may be waiting there, or its disk may be full.",
            ) from None
        finally:
            self._bus.unsubscribe(events)

    async def recover_save(self, folder: Path, asked_at: float) -> Path | None:
        """The file of a save that was asked for at `asked_at`, when nobody was there to hear of it."""
        return await asyncio.to_thread(_written_after, folder, asked_at, self.recording_path)

    async def note(self, change: RecordStateChanged, at: float) -> None:
        """Follow the recording, of which OBS told `change` at `at` (Unix seconds): its file, and what it shows when."""
        if not change.active:
            self._pause(at)
            return
        position = await self._position()
        now = time.time()
        path = Path(change.path) if change.path else None
        if path != self.recording_path:
            self.recording_path, self._stretches, self._running_since = path, [], None
        if change.paused:
            self._pause(at)
        elif self._running_since is None and position is not None:
            known = position if not self._stretches and position < YOUNG_SECONDS else 0.0
            self._running_since = (now - known, position - known)
        log.debug("recording %s: %s", path, self.recorded())

    def recorded(self) -> list[Stretch]:
        """The parts of the recording so far, up to now; empty when there is none.

        OBS counts what its encoder handed over, which is behind the air by the encoder's delay.
        """
        running = self._running_since
        parts = [*self._stretches, Stretch(*running, time.time() - running[0])] if running else self._stretches
        delay = self._delay()
        return [Stretch(part.start_at, part.start + delay, part.seconds) for part in parts]

    def _delay(self) -> float:
        replay = self._bus.latest(ReplayStateChanged)
        if replay and replay.encoder_delay_seconds is not None:
            return replay.encoder_delay_seconds
        return USUAL_DELAY_SECONDS if self._save_seconds is None else max(0.0, self._save_seconds - WRITE_SECONDS)

    async def _position(self) -> float | None:
        """How much OBS counts as recorded, once it counts; None when the recording has ended meanwhile.

        It counts nothing until the first keyframe, where the recording shares the encoder of the running buffer.
        """
        while (status := await self._link.request("GetRecordStatus"))["outputActive"]:
            if status["outputDuration"] > 0:
                return float(status["outputDuration"]) / 1000
            await asyncio.sleep(FIRST_KEYFRAME_POLL_SECONDS)
        return None

    def _pause(self, now: float) -> None:
        if self._running_since is not None:
            since, began = self._running_since
            self._stretches.append(Stretch(since, began, now - since))
            self._running_since = None


async def _until_saved(events: Subscription, sent: float) -> Path:
    async for envelope in events:
        if isinstance(envelope.event, ReplayBufferSaved):
            path = Path(envelope.event.path)
            # A save that the streamer asked OBS for just before ours ends first, and was written before we asked.
            if await asyncio.to_thread(_written, path) >= sent - CLOCK_GRAIN_SECONDS:
                return path
        elif isinstance(envelope.event, ObsConnectionChanged) and envelope.event.state in (
            ObsState.NOT_RUNNING,
            ObsState.CONNECTED,
        ):
            break
    raise Unavailable(
        "obs_gone", "OBS closed while it was saving.", "Start OBS; the replay buffer is started again by itself."
    )


def _written(path: Path) -> float:
    """When `path` was last written to; now, where it cannot be seen from here (OBS on another computer)."""
    try:
        return path.stat().st_mtime
    except OSError:
        return time.time()


def _written_after(folder: Path, asked_at: float, other_than: Path | None) -> Path | None:
    """The video in `folder` whose writing ended soonest after `asked_at`, and soon enough to be that save's."""
    try:
        found = [
            (path.stat().st_mtime, path)
            for path in folder.iterdir()
            if path.suffix.lower() in VIDEO_SUFFIXES and path != other_than
        ]
    except OSError as error:
        log.warning("cannot look into %s: %s", folder, error.strerror)
        return None
    ended = [(at, path) for at, path in found if asked_at - CLOCK_GRAIN_SECONDS <= at <= asked_at + SAVE_SECONDS]
    return min(ended)[1] if ended else None
