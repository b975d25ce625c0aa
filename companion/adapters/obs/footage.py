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
from companion.kernel.bus import Bus
from companion.kernel.errors import Failed, Unavailable

log = logging.getLogger(__name__)

SAVE_SECONDS = 60.0
"""How long OBS may take to write its buffer; a long one on a slow disk takes a while."""
YOUNG_SECONDS = 15.0
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
                async for envelope in events:
                    if isinstance(envelope.event, ReplayBufferSaved):
                        self._save_seconds = time.time() - asked_at
                        return SavedReplay(Path(envelope.event.path), asked_at)
                    if isinstance(envelope.event, ObsConnectionChanged) and envelope.event.state in (
                        ObsState.NOT_RUNNING,
                        ObsState.CONNECTED,
                    ):
                        raise Unavailable(
                            "obs_gone",
                            "OBS closed while it was saving.",
                            "Start OBS; the buffer is armed again by itself.",
                        )
        except TimeoutError:
            raise Failed(
                "save_timeout",
                f"OBS did not finish saving its replay buffer within {SAVE_SECONDS:.0f} s.",
                "Look at OBS: a message may be waiting there, or its disk may be full.",
            ) from None
        finally:
            self._bus.unsubscribe(events)
        raise AssertionError("a subscription never ends")

    async def note(self, change: RecordStateChanged) -> None:
        """Follow the recording: which file it is, and which time each part of it shows."""
        if not change.active:
            self._pause(time.time())
            return
        position = await self._position()
        now = time.time()
        path = Path(change.path) if change.path else None
        if path != self.recording_path:
            self.recording_path, self._stretches, self._running_since = path, [], None
        if change.paused:
            self._pause(now)
        elif self._running_since is None and position is not None:
            # A young recording was not paused before, so it is known from its first frame on.
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


def newest_video(folder: Path, since: float) -> Path | None:
    """The video in `folder` that was written to last, if that was after `since` (Unix seconds)."""
    try:
        found = [(path.stat().st_mtime, path) for path in folder.iterdir() if path.suffix.lower() in VIDEO_SUFFIXES]
    except OSError as error:
        log.warning("cannot look into %s: %s", folder, error.strerror)
        return None
    written, path = max(found, default=(0.0, None))
    return path if written >= since else None
