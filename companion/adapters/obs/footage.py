"""What OBS has on disk: replay files that it saves on request, and the recording that it is writing."""

import asyncio
import dataclasses
import logging
import time
from pathlib import Path

from companion.adapters.obs.link import ObsLink
from companion.domain.events import ObsConnectionChanged, ObsState, RecordStateChanged, ReplayBufferSaved
from companion.domain.windows import Stretch
from companion.kernel.bus import Bus
from companion.kernel.errors import Failed, Unavailable

log = logging.getLogger(__name__)

SAVE_SECONDS = 60.0
"""How long OBS may take to write its buffer; a long one on a slow disk takes a while."""
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
        self.stretches: list[Stretch] = []
        self._running_since: tuple[float, float] | None = None

    async def folder(self) -> Path:
        """Where OBS writes recordings and replays; raises what `ObsLink.request` raises."""
        return Path((await self._link.request("GetRecordDirectory"))["recordDirectory"])

    async def save_replay(self) -> SavedReplay:
        """Have OBS write its buffer; returns once OBS says that the file is whole."""
        events = self._bus.subscribe(ReplayBufferSaved, ObsConnectionChanged)
        try:
            sent = time.time()
            await self._link.request("SaveReplayBuffer")
            asked_at = (sent + time.time()) / 2
            async with asyncio.timeout(SAVE_SECONDS):
                async for envelope in events:
                    if isinstance(envelope.event, ReplayBufferSaved):
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
            self._pause(time.time(), None)
            return
        status = await self._link.request("GetRecordStatus")
        now, position = time.time(), float(status["outputDuration"]) / 1000
        path = Path(change.path) if change.path else await self._find_recording()
        if path != self.recording_path:
            self.recording_path, self.stretches, self._running_since = path, [], None
        if change.paused:
            self._pause(now, position)
        elif self._running_since is None:
            self._running_since = (now, position)

    def recorded(self) -> list[Stretch]:
        """The parts of the recording so far, up to now; empty when there is none."""
        if self._running_since is None:
            return list(self.stretches)
        since, position = self._running_since
        return [*self.stretches, Stretch(since, position, time.time() - since)]

    def _pause(self, now: float, position: float | None) -> None:
        if self._running_since is None:
            return
        since, began = self._running_since
        self.stretches.append(Stretch(since, began, now - since if position is None else position - began))
        self._running_since = None

    async def _find_recording(self) -> Path | None:
        """The file that a recording found running must be: the newest one in OBS's folder."""
        folder = await self.folder()
        return await asyncio.to_thread(newest_video, folder, time.time() - 10.0)


def newest_video(folder: Path, since: float) -> Path | None:
    """The video in `folder` that was written to last, if that was after `since` (Unix seconds)."""
    try:
        found = [(path.stat().st_mtime, path) for path in folder.iterdir() if path.suffix.lower() in VIDEO_SUFFIXES]
    except OSError as error:
        log.warning("cannot look into %s: %s", folder, error.strerror)
        return None
    written, path = max(found, default=(0.0, None))
    return path if written >= since else None
