"""Replay truth: one state of OBS's replay buffer, always true, and the care that it records when it should."""

import asyncio
import dataclasses
import logging
import time
from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from companion.adapters.obs.link import ObsLink
from companion.adapters.obs.replay_buffer import ReplayBuffer, largest_limit_mb
from companion.domain.events import (
    ObsConnectionChanged,
    ObsState,
    ReplayBufferSwitched,
    ReplayMeasured,
    ReplayState,
    ReplayStateChanged,
    SettingsChanged,
)
from companion.domain.replay import (
    MEGABYTE,
    STALL_SECONDS,
    BufferOptions,
    BufferReading,
    Pulse,
    Rate,
    Shortage,
    is_sure,
    length_needed,
    limit_needed,
    reach,
    save_bytes,
    shortage,
)
from companion.domain.settings import Settings
from companion.kernel.actions import Scope, action
from companion.kernel.bus import Bus, Envelope
from companion.kernel.errors import CompanionError, Conflict, Failed, Unavailable
from companion.kernel.service import Ready
from companion.kernel.status import Health, StatusBoard

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
LOOK_WHEN_STOPPED_SECONDS = 3.0
TELL_GROWTH_SECONDS = 5.0
DELAY_KNOWN_AFTER_SECONDS = 1.0
DELAY_AT_MOST_SECONDS = 5.0
"""No encoder holds pictures back for so long: an OBS that hung is what is seen then."""
SINCE_GRAIN_SECONDS = 0.25
"""How exact it is told since when the buffer holds what was on air."""
RESTART_AFTER_SECONDS = 2.0
"""Long enough for an OBS that is closing to be gone."""
TRY_AGAIN_SECONDS = 10.0
RESPECT_SECONDS = 60.0
"""Stopped again this soon after a restart, somebody means it."""
DISK_MARGIN = 1.2

_HEALTH = {
    ReplayState.UNAVAILABLE: Health.ATTENTION,
    ReplayState.STOPPED: Health.ATTENTION,
    ReplayState.RECORDING: Health.OK,
    ReplayState.STALLED: Health.FAILED,
}
_ENABLE = "Run `companion replay enable`, or switch it on in OBS: Settings → Output → Replay Buffer."
_START = "Run `companion replay start`, or start it in OBS: Start Replay Buffer."
_ADD_SOURCE = "Add a source in OBS; the replay buffer starts by itself then."
_QUESTION = "Look at OBS: answer its question. If no source is there, add one, then start the replay buffer again."


class Replay:
    """Watches the replay buffer, starts it when it should run, and switches it on in OBS's settings."""

    name = "replay"
    essential = False
    _wanted: bool
    _note: str
    _remedy: str
    _restart_note: str

    def __init__(self, bus: Bus, board: StatusBoard, link: ObsLink, settings: Callable[[], Settings]) -> None:
        self._bus = bus
        self._board = board
        self._link = link
        self._settings = settings
        self._buffer = ReplayBuffer(link)
        self._changing = asyncio.Lock()
        self._looking = asyncio.Lock()
        self._told = ReplayStateChanged(ReplayState.UNAVAILABLE, detail="OBS is not connected.")
        self._published: ReplayStateChanged | None = None
        self._published_at = 0.0
        self._reading: BufferReading | None = None
        self._options: BufferOptions | None = None
        self._pulse: Pulse | None = None
        self._since: float | None = None
        self._rate = Rate()
        self._keyframe_distance = 0.0
        self._seen_off = False
        self._switched_on_at: float | None = None
        self._encoder_delay: float | None = None
        self._forget_wishes()

    @action("replay.status", scope=Scope.VIEW, http="GET /api/replay")
    async def status(self) -> ReplayStateChanged:
        """Say whether the replay buffer records, and how many seconds back a clip can start right now."""
        if self._link.connected and not self._changing.locked():
            await self._look()
        return self._told

    @action("replay.start", scope=Scope.CONTROL, http="POST /api/replay/start")
    async def start(self) -> ReplayStateChanged:
        """Start OBS's replay buffer."""
        async with self._changing:
            self._restart_note = ""
            if not await self._buffer.has_source():
                raise Conflict(
                    "no_source", "OBS has no source to record.", "Add a source in OBS, then start the replay buffer."
                )
            if not await self._begin():
                raise Failed("replay_did_not_start", "OBS did not start the replay buffer.", _QUESTION)
            await self._look()
        return self._told

    @action("replay.stop", scope=Scope.CONTROL, http="POST /api/replay/stop", confirm=True)
    async def stop(self) -> ReplayStateChanged:
        """Stop OBS's replay buffer, and leave it stopped; what it held is gone."""
        async with self._changing:
            before = self._wanted, self._restart_note, self._note, self._remedy
            # Said before it happens, as OBS's event of the stop may come before its answer.
            self._wanted, self._restart_note = False, ""
            self._note, self._remedy = "It was stopped here, and stays so until it is started.", _START
            try:
                await self._buffer.stop()
            except CompanionError:
                self._wanted, self._restart_note, self._note, self._remedy = before
                raise
            await self._look()
        return self._told

    @action("replay.enable", scope=Scope.CONTROL, http="POST /api/replay/enable", confirm=True)
    async def enable(
        self,
        seconds: Annotated[
            int | None, Field(ge=5, le=21600, description="Its length; not given: what the settings and clips need.")
        ] = None,
    ) -> ReplayStateChanged:
        """Switch the replay buffer on in OBS's settings with the right length, and start it.

        OBS leaves its profile for a moment and comes back, so this is refused while it streams or records.
        """
        async with self._changing:
            options = await self._buffer.options(running=False)
            needed = length_needed(self._settings(), max(options.keyframe_distance, self._keyframe_distance))
            length = seconds or max(self._settings().replay_buffer_seconds, needed)
            limit = limit_needed(length, self._rate.bytes_per_second, largest_limit_mb())
            await self._buffer.enable(length, limit)
            self._reading, self._wanted, self._note, self._remedy = None, True, "", _START
            if await self._buffer.has_source():
                await self._begin()
            await self._look()
        return self._told

    async def run(self, ready: Ready) -> None:
        """Look once a second while the buffer runs, and at once when OBS says that something changed."""
        events = self._bus.subscribe(ObsConnectionChanged, ReplayBufferSwitched, ReplayMeasured, SettingsChanged)
        self._show_disconnected()
        ready()
        try:
            if self._link.connected:
                await self._connected()
            while True:
                looked_at = asyncio.get_running_loop().time()
                await self._turn()
                active = self._reading is not None and self._reading.active
                try:
                    # After a look that OBS left unanswered the next is due already: or a stall would be told late.
                    async with asyncio.timeout_at(looked_at + (LOOK_SECONDS if active else LOOK_WHEN_STOPPED_SECONDS)):
                        envelope = await events.get()
                except TimeoutError:
                    continue
                await self._take(envelope)
        finally:
            self._bus.unsubscribe(events)

    async def _take(self, envelope: Envelope) -> None:
        event = envelope.event
        if isinstance(event, ObsConnectionChanged):
            self._seen_off, self._switched_on_at = False, None
            self._reading = self._options = self._pulse = None
            if event.state is ObsState.NOT_RUNNING:
                self._forget_wishes()
            elif event.state is ObsState.CONNECTED:
                await self._connected()
        elif isinstance(event, ReplayBufferSwitched):
            # A buffer that ran already when OBS was found, or an encoder that did (it hands over nothing until its next
            # keyframe), tells nothing of the encoder's delay.
            measurable = event.active and self._seen_off and not self._shared_encoder()
            self._switched_on_at = time.monotonic() + envelope.ts - time.time() if measurable else None
            self._seen_off = not event.active
        elif isinstance(event, ReplayMeasured):
            self._keyframe_distance = max(self._keyframe_distance, event.keyframe_distance_seconds)
            self._rate.take(event.size_bytes, event.seconds, event.keyframe_distance_seconds)
            self._options = self._measured(self._options) if self._options else None

    async def _connected(self) -> None:
        try:
            async with self._changing:
                undone = await self._buffer.recover()
            if undone:
                log.warning("an interrupted replay.enable was undone in OBS's profile")
        except CompanionError as error:
            log.warning("could not look for an interrupted replay.enable: %s", error.message)

    async def _turn(self) -> None:
        """Look, and start the buffer when it should run and does not."""
        if self._changing.locked():
            return
        await self._look()
        if not self._should_start():
            return
        async with self._changing:
            try:
                if not await self._buffer.has_source():
                    self._note, self._remedy = "OBS has no source to record.", _ADD_SOURCE
                elif await self._begin():
                    log.info("the replay buffer was started")
            except CompanionError as error:
                self._note, self._remedy = error.message, error.remedy
                self._not_before = time.monotonic() + TRY_AGAIN_SECONDS
                log.warning("the replay buffer could not be started: %s", error.message)
        await self._look()

    def _should_start(self) -> bool:
        reading = self._reading
        return (
            self._settings().replay_autostart
            and self._wanted
            and reading is not None
            and reading.available
            and not reading.active
            and time.monotonic() >= self._not_before
        )

    async def _begin(self) -> bool:
        """Start it; False, and no further attempt by itself, when OBS asks the streamer a question instead."""
        started = await self._buffer.start()
        self._question = not started
        self._wanted = started
        self._note, self._remedy = self._restart_note, _START
        self._started_at = time.monotonic()
        self._begun = started
        return started

    async def _look(self) -> None:
        """Read the buffer, and tell what is new; one at a time, or a stop would be seen twice."""
        async with self._looking:
            await self._read()

    async def _read(self) -> None:
        if not self._link.connected:
            self._show_disconnected()
            return
        before = self._reading
        try:
            reading = await self._buffer.read()
            if self._options is None or not reading.active or _is_another_run(before, reading):
                if _is_another_run(before, reading):
                    self._keyframe_distance, self._rate = 0.0, Rate()  # its encoder may have other settings
                self._options = self._measured(await self._buffer.options(running=reading.active))
        except Unavailable:
            self._show_disconnected()
            return
        except Failed:
            if self._pulse is not None and self._reading is not None:
                self._pulse.miss(time.monotonic())
                self._judge(self._reading)
            return
        self._follow(before, reading)
        self._reading = reading
        self._judge(reading)

    def _follow(self, before: BufferReading | None, reading: BufferReading) -> None:
        """Keep count of this run of the buffer, and notice when one ended unasked."""
        now = time.monotonic()
        if not reading.active:
            self._seen_off = True
            if before is not None and before.active and self._wanted:
                self._stopped_unasked(now)
            self._pulse, self._since = None, None
            return
        if self._pulse is None or _is_another_run(before, reading):
            self._pulse, self._since = Pulse(now), None
            self._wanted, self._question = True, False
            if not self._begun:
                self._note = self._restart_note = ""
            self._begun = False
        self._pulse.take(reading, now)
        if self._switched_on_at is not None and reading.seconds >= DELAY_KNOWN_AFTER_SECONDS:
            delay = self._pulse.first_at - self._switched_on_at
            if delay < DELAY_AT_MOST_SECONDS:
                self._encoder_delay = round(max(0.0, delay), 2)
        whole = self._pulse.whole_seconds(reading)
        if self._pulse.stalled or whole == 0:
            self._since = None
        else:
            since = time.time() - whole
            # Only earlier: an OBS that froze is still behind at first, and hands over what is missing.
            if self._since is None or since < self._since - SINCE_GRAIN_SECONDS:
                self._since = since

    def _stopped_unasked(self, now: float) -> None:
        if now - self._started_at < RESPECT_SECONDS and self._restart_note:
            self._wanted = False
            self._note, self._remedy = "It was stopped again soon after its restart, so it is left stopped.", _START
        elif self._settings().replay_autostart:
            at = time.strftime("%H:%M:%S")
            self._restart_note = f"It stopped unasked at {at} and was started again; what it held then is gone."
            self._note, self._remedy = "It stopped unasked and is started again in a moment.", "Wait a moment."
            self._not_before = now + RESTART_AFTER_SECONDS
        log.warning("the replay buffer stopped unasked")

    def _judge(self, reading: BufferReading) -> None:
        """The one place where a reading becomes a state."""
        options = self._options or BufferOptions(0, 0)
        if not reading.available:
            self._say(ReplayState.UNAVAILABLE, 0, options, "It is switched off in OBS's settings.", _ENABLE)
        elif not reading.active:
            detail, remedy = self._note, self._remedy
            if self._question:
                detail, remedy = "OBS took the request to start, and asks something instead of recording.", _QUESTION
            self._say(ReplayState.STOPPED, 0, options, detail, remedy)
        elif self._pulse is None or (not self._pulse.beating and not self._overdue(self._pulse, options)):
            detail = "It is starting: it waits for the encoder's first picture."
            self._say(ReplayState.STOPPED, 0, options, detail, "Wait a moment.")
        elif self._pulse.stalled or not self._pulse.beating:
            detail, remedy = self._stall()
            self._say(ReplayState.STALLED, 0, options, detail, remedy)
        else:
            whole = self._pulse.whole_seconds(reading)
            far, sure = reach(whole, options), is_sure(whole, options)
            self._say(ReplayState.RECORDING, far, options, self._note, "", sure=sure)

    def _overdue(self, pulse: Pulse, options: BufferOptions) -> bool:
        """Whether the first picture should have come; from an encoder that runs already it is the next keyframe."""
        allowed = STALL_SECONDS + (options.keyframe_distance if self._shared_encoder() else 0)
        return time.monotonic() - pulse.began > allowed

    def _shared_encoder(self) -> bool:
        """Whether another output may have had the encoder running before the buffer started."""
        known = self._link.status()
        return bool((known.stream and known.stream.active) or (known.record and known.record.active))

    def _stall(self) -> tuple[str, str]:
        record = self._link.status().record
        if record and record.paused:
            return "OBS's recording is paused, and the replay buffer with it.", "Resume the recording in OBS."
        return (
            "OBS says that it runs, but nothing comes in any more.",
            "Stop and start the replay buffer; if that does not help, restart OBS.",
        )

    def _warning(self, options: BufferOptions, short: Shortage | None) -> str:
        warnings = [short.text] if short else []
        stats = self._link.status().stats
        room = save_bytes(options) * DISK_MARGIN / 1_000_000
        if stats is not None and stats.free_disk_mb < room:
            warnings.append(
                f"The disk that OBS saves to has {stats.free_disk_mb:.0f} MB left; a save may need {room:.0f} MB."
            )
        return " ".join(warnings)

    def _measured(self, options: BufferOptions) -> BufferOptions:
        """`options` with what saved files have shown: OBS tells little of its encoders' settings."""
        distance = max(options.keyframe_distance, self._keyframe_distance)
        rate = self._rate.bytes_per_second or options.bytes_per_second
        return dataclasses.replace(options, keyframe_distance=distance, bytes_per_second=rate)

    def _show_disconnected(self) -> None:
        connection = self._link.status().connection
        self._reading = self._options = self._pulse = self._since = None
        detail = connection.detail or "OBS is not connected."
        self._say(ReplayState.UNAVAILABLE, 0, BufferOptions(0, 0), detail, connection.remedy)

    def _forget_wishes(self) -> None:
        """What a new run of OBS starts with."""
        self._wanted = True
        self._question = False
        self._begun = False
        self._switched_on_at = self._encoder_delay = None
        self._note, self._remedy = "", _START
        self._restart_note = ""
        self._not_before = 0.0
        self._started_at = float("-inf")

    def _say(
        self, state: ReplayState, far: float, options: BufferOptions, detail: str, remedy: str, *, sure: bool = True
    ) -> None:
        """Publish what is new: at once, but the reach's mere growth only every few seconds."""
        warning, short = "", None
        if state is not ReplayState.UNAVAILABLE:
            short = shortage(self._settings(), options, largest_limit_mb())
            warning = self._warning(options, short)
        new = ReplayStateChanged(
            state,
            round(far, 3),
            options.length,
            self._since,
            detail,
            remedy,
            warning,
            self._encoder_delay,
            reach_sure=sure,
            too_short=short is not None and short.mendable,
        )
        self._told, old = new, self._published
        now = time.monotonic()
        if old is not None and dataclasses.replace(new, reach_seconds=old.reach_seconds) == old:
            if new.reach_seconds == old.reach_seconds or now - self._published_at < TELL_GROWTH_SECONDS:
                return
        elif old is None or new.state != old.state:
            log.info("%s: %s", state, detail or f"{options.length:g} s long")
        self._published, self._published_at = new, now
        self._bus.publish(new)
        health = _HEALTH[state] if state is not ReplayState.UNAVAILABLE or self._link.connected else Health.OFF
        if warning and health is Health.OK:
            health = Health.ATTENTION
        if state is ReplayState.RECORDING:
            detail = f"A clip can start up to {int(far)} s ago{'' if sure else _or_less(options)}. {detail}".strip()
        self._board.set(self.name, state, health, f"{detail} {warning}".strip(), remedy)


def _or_less(options: BufferOptions) -> str:
    limit = options.size_limit // MEGABYTE
    return f", or less: OBS limits the buffer to {limit} MB, and the first clip shows how long that lasts"


def _is_another_run(before: BufferReading | None, reading: BufferReading) -> bool:
    """Whether OBS started the buffer since the reading `before`."""
    return before is None or (reading.active and (not before.active or reading.frames < before.frames))
