"""What OBS has on disk: replay files that it saves on request, and the recording that it is writing."""

import asyncio
import contextlib
import dataclasses
import logging
import math
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from companion.adapters.file_times import created_at
from companion.adapters.obs.link import ObsLink
from companion.adapters.obs.recording import Recording
from companion.domain.events import (
    ObsConnectionChanged,
    ObsState,
    RecordingReachChanged,
    RecordStateChanged,
    ReplayBufferSaved,
    ReplayStateChanged,
)
from companion.domain.windows import Stretch
from companion.kernel.bus import Bus, Subscription
from companion.kernel.errors import CompanionError, Failed, Unavailable

log = logging.getLogger(__name__)

SAVE_SECONDS = 60.0
"""How long OBS may take to write its buffer; a long one on a slow disk takes a while."""
YOUNG_SECONDS = 15.0
"""A recording that is younger was not paused before the companion saw it."""
CLOCK_GRAIN_SECONDS = 0.05
"""How much a file's time may be behind the clock's."""
START_SECONDS = 0.05
"""What OBS takes to begin a file, beside the encoder's delay."""
SURE = 0.75
"""The share of the encoder's delay after which a file that is begun is surely the one that was asked for."""
LATE_SECONDS = 0.5
"""How much later than that the file of a save may be begun, of which OBS said nothing to us."""
USUAL_DELAY_SECONDS = 0.6
"""x264's delay with OBS's usual settings, where the running buffer has not shown it yet."""
FIRST_KEYFRAME_POLL_SECONDS = 0.2
PLACE_LOOKS = 8
PLACE_POLL_SECONDS = 0.12
"""How often, and how far apart, it is asked how much was recorded: over a second, a busy encoder once keeps up."""
BEGUN_SECONDS = 0.5
"""How much later than its file a recording may begin whose encoder began with it, beside the encoder's delay."""
VIDEO_SUFFIXES = {".mkv", ".mp4", ".mov", ".flv", ".ts", ".m4v"}


@dataclasses.dataclass(frozen=True)
class SavedReplay:
    """A replay file; `asked_at` (Unix seconds) is when OBS was told to save it."""

    path: Path
    asked_at: float


class Footage:
    """Asks OBS for its buffer, and knows which moments the running recording holds."""

    def __init__(self, link: ObsLink, bus: Bus, memory: Path) -> None:
        self._link = link
        self._bus = bus
        self._memory = memory
        self._recording = Recording()
        self._recalled = False
        self._active = self._paused = False
        self._saving = asyncio.Lock()
        self._begun_after: float | None = None

    @property
    def recording_path(self) -> Path | None:
        """The file of the recording, if there is one whose moments are known."""
        return self._recording.path

    async def folder(self) -> Path:
        """Where OBS writes recordings and replays; raises what `ObsLink.request` raises."""
        return Path((await self._link.request("GetRecordDirectory"))["recordDirectory"])

    async def save_replay(self, asking: Callable[[], Awaitable[object]]) -> SavedReplay:
        """Have OBS write its buffer; returns once OBS says that the file is whole.

        `asking` is awaited directly before OBS is asked, which may have to wait for another save: it writes that down,
        so that a crash from there on loses nothing.
        """
        async with self._saving:
            if told := self._bus.latest(ReplayBufferSaved):
                await _until_another_second(Path(told.path))
            await asking()
            return await self._save_replay()

    async def _save_replay(self) -> SavedReplay:
        events = self._bus.subscribe(ReplayBufferSaved, ObsConnectionChanged)
        told = self._bus.latest(ReplayBufferSaved)
        try:
            sent = time.time()
            await self._link.request("SaveReplayBuffer")
            asked_at = (sent + time.time()) / 2
            async with asyncio.timeout(SAVE_SECONDS):
                delay = min(self._delay(), self._begun_after or math.inf)  # measured once, maybe on a busy PC
                path, begun_after = await _until_saved(events, sent, told, delay)
            if begun_after and begun_after > 0:  # a file that replaced another has the other's age
                self._begun_after = begun_after
            return SavedReplay(path, asked_at)
        except TimeoutError:
            raise Failed(
                "save_timeout",
                f"OBS did not finish saving its replay buffer within {SAVE_SECONDS:.0f} s.",
                "Look at OBS: a message may be waiting there, or its disk may be full.",
            ) from None
        finally:
            self._bus.unsubscribe(events)

    async def recover_save(self, folder: Path, asked_at: float) -> SavedReplay | None:
        """The save that was asked for at `asked_at`, when nobody was there to hear of it.

        None where its file was begun so late that OBS, which may have hung, heard of the request at another moment.
        """
        found = await asyncio.to_thread(_begun_after, folder, asked_at, self.recording_path)
        if found is None:
            return None
        begun_at, path = found
        if (late := begun_at - asked_at - self._delay()) > LATE_SECONDS:
            log.warning("%s is not used: begun %.1f s too late, it shows other moments than were asked for", path, late)
            return None
        return SavedReplay(path, asked_at)

    async def next_file(self, folder: Path, asked_at: float) -> Path | None:
        """The video that OBS began next after `asked_at`, for a person to look at: nobody knows what it shows."""
        found = await asyncio.to_thread(_begun_after, folder, asked_at, self.recording_path)
        return found[1] if found else None

    async def note(self, change: RecordStateChanged, at: float) -> None:
        """Follow the recording, of which OBS told `change` at `at` (Unix seconds): its file, and what it shows when."""
        first = not self._recalled
        if first:
            self._recording = await asyncio.to_thread(Recording.read, self._memory)
        if change.active:
            await self._follow(change, at, first=first)
        elif first:
            self._recording.running_since = None  # nobody saw when it ended
        else:
            self._recording.pause(at)
        self._recalled, self._active, self._paused = True, change.active, change.active and change.paused
        log.debug("recording %s: %s", self.recording_path, self.recorded())
        self._recording.delay = self._delay()
        await asyncio.to_thread(self._recording.write, self._memory)

    async def _follow(self, change: RecordStateChanged, at: float, *, first: bool) -> None:
        path = Path(change.path) if change.path else None
        known, trusted = self._recording, not self._paused
        running = path == known.path and known.running_since is not None  # then it is only seen whether that may be
        position, now = (None, time.time()) if change.paused else await self._position(1 if running else PLACE_LOOKS)
        if path != known.path:
            # OBS goes on in another file and counts on, so that nothing tells which moments that file shows.
            self._recording = known = Recording(None if self._active else path)
        elif first and change.paused:
            known.running_since = None  # nobody saw when it was paused
        elif position is not None and not change.paused and not known.agrees(position, now):
            known.running_since, trusted = None, False
            log.warning("the recording was paused while nobody looked; what is older is not used")
        if change.paused:
            known.pause(at)
        elif known.path and known.running_since is None and position is not None:
            age = await self._age(known.path, now)
            if age is not None and position > age + BEGUN_SECONDS:
                self._recording = Recording()  # not OBS's first file, and OBS counts from the first
            elif trusted and not known.stretches and self._never_paused(position, age):
                known.running_since = now - position, 0.0
            else:
                since = min(at, now) if self._paused else now  # what was shown since it was resumed belongs to it
                known.running_since = since, max(0.0, position - (now - since))

    @staticmethod
    async def _age(path: Path, now: float) -> float | None:
        begun_at = await asyncio.to_thread(created_at, path)
        return None if begun_at is None else now - begun_at

    def _never_paused(self, position: float, age: float | None) -> bool:
        """Whether a recording of which nothing else is known ran from its first frame on, as its file's age tells."""
        return position < YOUNG_SECONDS or (age is not None and age - position - self._delay() <= BEGUN_SECONDS)

    def recorded(self) -> list[Stretch]:
        """The parts of the recording so far, up to now; empty when there is none.

        OBS counts what its encoder handed over, which is behind the air by the encoder's delay.
        """
        delay = self._delay()
        return [Stretch(part.start_at, part.start + delay, part.seconds) for part in self._recording.parts(time.time())]

    def reach(self) -> RecordingReachChanged:
        """From when to when it is known what the recording shows."""
        parts = self.recorded() if self.recording_path else []
        if not parts:
            return RecordingReachChanged(None)
        return RecordingReachChanged(parts[0].start_at, None if self._recording.running_since else parts[-1].end_at)

    def _delay(self) -> float:
        replay = self._bus.latest(ReplayStateChanged)
        if replay and replay.encoder_delay_seconds is not None:
            return replay.encoder_delay_seconds
        if self._begun_after is not None:
            return max(0.0, self._begun_after - START_SECONDS)
        return USUAL_DELAY_SECONDS if self._recording.delay is None else self._recording.delay

    async def _position(self, wanted: int) -> tuple[float | None, float]:
        """How much OBS counts as recorded, once it counts, and at which moment; None when it ended or was paused.

        It counts nothing until the first keyframe, where the recording shares the encoder of the running buffer. What
        a busy computer's encoder hands over late is counted late: of `wanted` looks the one counts that was least late.
        """
        looks: list[tuple[float, float]] = []
        while len(looks) < wanted:
            try:
                status = await self._link.request("GetRecordStatus")
            except CompanionError:
                if looks:
                    break
                raise
            if not status["outputActive"] or status["outputPaused"]:
                break
            if status["outputDuration"] > 0:
                looks.append((float(status["outputDuration"]) / 1000, time.time()))
            await asyncio.sleep(PLACE_POLL_SECONDS if looks else FIRST_KEYFRAME_POLL_SECONDS)
        return max(looks, key=lambda look: look[0] - look[1], default=(None, time.time()))


async def _until_another_second(last: Path) -> None:
    """Wait until a file that OBS begins now is not named as `last` is: by the second, and the later one replaces it."""
    begun_at = await asyncio.to_thread(created_at, last)
    if begun_at is not None and 0 < (left := math.floor(begun_at) + 1 - time.time()) <= 1:
        await asyncio.sleep(left)


async def _until_saved(
    events: Subscription, sent: float, told: ReplayBufferSaved | None, delay: float
) -> tuple[Path, float | None]:
    """Our file, and how long after `sent`, when OBS was asked, it was begun; OBS had `told` of another last.

    OBS writes one file at a time, so at most one that the streamer asked for comes before ours. That one was begun
    before we asked, or so soon after that with the encoder's `delay` no picture of ours can have been there.
    """
    doubted: tuple[Path, float | None] | None = None
    patience: float | None = None
    while True:
        try:
            async with asyncio.timeout(patience):
                envelope = await events.get()
        except TimeoutError:
            assert doubted is not None
            return doubted  # no other came: OBS's encoder is faster than it was known to be
        event = envelope.event
        if isinstance(event, ReplayBufferSaved):
            path = Path(event.path)
            begun_at = await asyncio.to_thread(_begun, path)
            begun = None if begun_at is None else begun_at - sent
            # What was told of before we asked is told of again where ours, begun in the same second, replaced it.
            if doubted is not None or event == told or begun is None or begun >= SURE * delay:
                return path, begun
            doubted = path, begun
            patience = 2 * delay + 1 if begun >= -CLOCK_GRAIN_SECONDS else None
        elif isinstance(event, ObsConnectionChanged) and event.state in (ObsState.NOT_RUNNING, ObsState.CONNECTED):
            raise Unavailable(
                "obs_gone",
                "OBS closed while it was saving.",
                "Start OBS; the replay buffer is started again by itself.",
            )


def _begun(path: Path) -> float | None:
    """When `path` was begun, or where nothing tells that, last written to; None where it cannot be seen from here."""
    with contextlib.suppress(OSError):  # OBS on another computer
        return created_at(path) or path.stat().st_mtime
    return None


def _begun_after(folder: Path, asked_at: float, other_than: Path | None) -> tuple[float, Path] | None:
    """The video in `folder` that was begun soonest after `asked_at`, and when, if a save may take so long."""
    try:
        found = [
            (begun_at, path)
            for path in folder.iterdir()
            if path.suffix.lower() in VIDEO_SUFFIXES and path != other_than and (begun_at := _begun(path))
        ]
    except OSError as error:
        log.warning("cannot look into %s: %s", folder, error.strerror)
        return None
    begun = [(at, path) for at, path in found if asked_at - CLOCK_GRAIN_SECONDS <= at <= asked_at + SAVE_SECONDS]
    return min(begun, default=None)
