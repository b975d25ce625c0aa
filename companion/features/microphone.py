"""The microphone: chosen by name, heard while something is on, and what it hears put where recognition takes it."""

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field

from companion.adapters.microphone.client import Block, Changes, Hearing, list_microphones
from companion.adapters.obs.link import ObsLink
from companion.adapters.obs.mutes import Mutes
from companion.adapters.sound_file import SoundFile
from companion.adapters.spool import Spool
from companion.domain.events import (
    MicrophoneChanged,
    MicrophoneMeasured,
    ObsConnectionChanged,
    RecordStateChanged,
    SessionChanged,
    SettingsChanged,
    SpeechStateChanged,
    StreamStateChanged,
    StudioChanged,
)
from companion.domain.listening import UNKNOWN_REMEDY, Gate, GateLog, Microphone, Mute, chosen, wanted_now
from companion.domain.models import Capture, Session
from companion.domain.settings import Settings
from companion.domain.speech import RATE, SAMPLE_BYTES
from companion.domain.studio import SILENT_DB
from companion.kernel.actions import Scope, action
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError, Conflict, NotFound, Unavailable
from companion.kernel.service import Ready
from companion.kernel.status import Health, StatusBoard

log = logging.getLogger(__name__)

MEASURE_SECONDS = 0.2
"""How often the level is told at most."""
GAP_SECONDS = 5.0
"""When nothing was heard for so long, that is told."""
PICTURE_ONLY = "The open session captures the picture alone: the microphone stays shut until it ends."
KEEPING = "kept sound"
TRY_AGAIN_SECONDS = 5.0
"""How long a microphone is left alone that could not be opened, unless devices change."""

Name = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=300,
        description="The microphone's name, as listed; none: the one that the system uses",
        json_schema_extra={"x-positional": True},
    ),
]


class MicrophoneStatus(BaseModel):
    """What the microphone does now; `db` is its last peak (0 is full, -100 silence), None while it is not heard."""

    state: str
    gate: Gate
    device: str
    db: float | None
    rate: int = 0
    channels: int = 0
    detail: str = ""
    remedy: str = ""
    chosen: str | None = None
    keeps_sound: bool = False


class Heard(BaseModel):
    """What a microphone gave when it was tried: its peak in decibels (0 is full, -100 silence), rate and channels."""

    device: str
    db: float
    rate: int
    channels: int
    seconds: float


class Microphones:
    """Actions on the microphone; as a service it hears it."""

    name = "microphone"
    essential = False

    def __init__(
        self,
        spool: Spool,
        link: ObsLink,
        bus: Bus,
        board: StatusBoard,
        settings: Callable[[], Settings],
        change: Callable[[str, Any], Awaitable[object]],
        folder: Callable[[], Path],
    ) -> None:
        """`change` changes a setting; kept sound goes below `folder`."""
        self._spool = spool
        self._mutes = Mutes(link, bus)
        self._bus = bus
        self._board = board
        self._settings = settings
        self._change = change
        self._gates = GateLog()
        self._stirred = asyncio.Event()
        self._hearing: Hearing | None = None
        self._gives_sound = False  # a device that is asleep or hangs can be opened, too
        self._kept = SoundFile(folder)
        self._level: _Level | None = None
        self._session: Session | None = None
        self._mute = Mute(muted=False)
        self._gap = ""
        self._heard_until: float | None = None  # Unix seconds; None where nothing was to be heard since

    async def run(self, ready: Ready) -> None:
        news = self._bus.subscribe(
            StudioChanged,
            ObsConnectionChanged,
            StreamStateChanged,
            RecordStateChanged,
            SessionChanged,
            SettingsChanged,
            SpeechStateChanged,
        )
        self._look()
        ready()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_hearing())
                group.create_task(self._mutes.follow(self._set_gate))
                async for _ in news:
                    self._look()
        finally:
            self._bus.unsubscribe(news)
            self._spool.cut()
            await self._kept.close()

    @action("microphone.list", scope=Scope.VIEW, http="GET /api/microphones")
    async def page(self) -> list[Microphone]:
        """List the microphones and other sound inputs; those that hear what the PC plays come last."""
        return await list_microphones()

    @action("microphone.show", scope=Scope.VIEW, http="GET /api/microphone")
    async def show(self) -> MicrophoneStatus:
        """Show which microphone is heard, how loud it is, and why it is not when it is not."""
        said = self._bus.latest(MicrophoneChanged) or self._said("off")
        hearing = self._hearing
        return MicrophoneStatus(
            state=said.state,
            gate=self._gates.now,
            device=said.device,
            db=self._level.db if self._level else None,
            rate=hearing.rate if hearing else 0,
            channels=hearing.channels if hearing else 0,
            detail=said.detail,
            remedy=said.remedy,
            chosen=self._settings().microphone,
            keeps_sound=said.keeps_sound,
        )

    @action("microphone.use", scope=Scope.ADMIN, http="PUT /api/microphone")
    async def use(self, name: Name = None) -> MicrophoneStatus:
        """Use another microphone from now on; it is remembered by its name."""
        found = None if name is None else await self._find(name)
        await self._change("microphone", found.name if found else None)
        return await self.show()

    @action("microphone.test", scope=Scope.ADMIN, http="POST /api/microphone/test")
    async def test(
        self, name: Name = None, seconds: Annotated[float, Field(gt=0, le=10, description="How long")] = 3.0
    ) -> Heard:
        """Hear a microphone for some seconds, and tell how loud it was."""
        found = await self._find(name)
        peak, heard = SILENT_DB, 0.0
        mine, level = self._hearing, self._level
        if mine is not None and level is not None and mine.microphone.name == found.name:
            while heard < seconds:  # not every system lets it be opened twice
                await asyncio.sleep(MEASURE_SECONDS)
                peak, heard = max(peak, level.db), heard + MEASURE_SECONDS
            return _heard(mine, peak, seconds)
        async with Hearing(found) as hearing:
            level = _Level(found.name, self._bus)
            while heard < seconds:
                block = await hearing.read()
                peak = max(peak, block.db)
                heard += len(block.pcm) / SAMPLE_BYTES / RATE
                level.take(block)
            return _heard(hearing, peak, seconds)

    async def _find(self, name: str | None) -> Microphone:
        found = chosen(await list_microphones(), name)
        if found is not None:
            return found
        if name is None:
            raise Conflict("no_microphone", "The system has no microphone of its own choice.", "Plug one in.")
        raise NotFound("unknown_microphone", f"There is no microphone {name!r}.", "`companion microphone list`")

    def _look(self) -> None:
        """See what is on and muted now."""
        session = self._bus.latest(SessionChanged)
        is_open = session is not None and session.session.get("state") == "open"
        self._session = Session.model_validate(session.session) if session and is_open else None
        self._set_gate()
        self._stirred.set()

    def _set_gate(self) -> None:
        settings = self._settings()
        stream, record = self._bus.latest(StreamStateChanged), self._bus.latest(RecordStateChanged)
        wanted = wanted_now(
            settings.listen_when,
            streaming=bool(stream and stream.active),
            recording=bool(record and record.active),
            session=self._session.capture if self._session else None,
        )
        if self._gates.now is Gate.IDLE:
            self._mutes.let_go()
        self._mute = self._mutes.now(settings.obs_microphone, self._devices())
        gate = Gate.IDLE if not wanted else Gate.MUTED if self._mute.muted else Gate.OPEN
        if self._gates.set(gate, time.time()) and gate is not Gate.OPEN and not self._passes(gate):
            self._spool.cut()
        if self._gives_sound:
            self._tell_hearing()

    def _passes(self, gate: Gate) -> bool:
        """Whether sound is kept for recognition while the gate is so."""
        return gate is Gate.OPEN or (gate is Gate.MUTED and self._settings().listen_when_muted)

    def _wanted(self) -> str:
        """Why the microphone is not to be open; empty when it is."""
        speech = self._bus.latest(SpeechStateChanged)
        if not self._settings().keep_sound and not self._is_recognized():
            off = speech is None or speech.state == "off"
            return f"Nothing needs it: {'recognition is off' if off else 'there is no speech model'}."
        if self._gates.now is not Gate.IDLE:
            return ""
        return PICTURE_ONLY if self._shuts() else "Nothing is on that it is listened to for."

    def _shuts(self) -> bool:
        """Whether the open session keeps the microphone shut."""
        return self._session is not None and self._session.capture is Capture.PICTURE

    def _is_recognized(self) -> bool:
        """Whether what is heard now becomes words, if not at once: a chosen model that is not there may come back."""
        speech = self._bus.latest(SpeechStateChanged)
        if speech is None or speech.state == "off":
            return False
        return speech.state != "no_model" or self._settings().stt_model is not None

    async def _keep_hearing(self) -> None:
        async with Changes() as changes:
            while True:
                # The file ends with the listening or the session; when the microphone was lost, it goes on.
                await (self._kept.finish() if self._wanted() else self._kept.turn_to(self._session))
                if reason := self._wanted():
                    self._heard_until = None
                    idle = "picture_only" if self._shuts() else "waiting"
                    self._tell(idle if self._gates.now is Gate.IDLE else "off", reason)
                    await self._until_stirred()
                    continue
                try:
                    await self._hear(changes)
                except CompanionError as error:
                    if isinstance(error, _Changed):
                        self._heard_until = None
                        continue
                    state = "missing" if error.code == "microphone_missing" else "failed"
                    self._tell(state, error.message, error.remedy)
                    await self._until_hopeful(changes)

    async def _until_stirred(self) -> None:
        self._stirred.clear()
        await self._stirred.wait()

    async def _until_hopeful(self, changes: Changes) -> None:
        """Wait until devices or settings change, or some seconds."""
        before = self._settings().microphone
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(changes.next())
            for _ in range(round(TRY_AGAIN_SECONDS / 0.1)):
                await asyncio.wait({waiting}, timeout=0.1)
                if waiting.done() or self._wanted() or self._settings().microphone != before:
                    break
            waiting.cancel()

    async def _hear(self, changes: Changes) -> None:
        """Hear the chosen microphone until it is lost, or is not wanted any more; raises why that is."""
        found = chosen(await list_microphones(), self._settings().microphone)
        if found is None:
            raise _missing(self._settings().microphone)
        try:
            async with Hearing(found) as hearing, asyncio.TaskGroup() as group:
                self._hearing = hearing
                level = self._level = _Level(found.name, self._bus)
                self._set_gate()  # now that it is known what it is to OBS
                watching = [group.create_task(self._watch(hearing, changes)), group.create_task(self._mind(hearing))]
                try:
                    await self._take_all(hearing, level)
                finally:
                    for task in watching:
                        task.cancel()
        except* CompanionError as errors:
            raise errors.exceptions[0] from None
        finally:
            self._hearing = self._level = None
            self._gives_sound = False
            self._gap = ""
            self._spool.cut()

    async def _take_all(self, hearing: Hearing, level: "_Level") -> None:
        follows = 0
        while True:
            block = await hearing.read()
            if block.position != follows:
                self._spool.cut()  # sound was lost before it
            if not self._gives_sound:
                self._gives_sound = True
                self._tell_hearing()
            if self._heard_until is not None and block.at - self._heard_until > GAP_SECONDS:
                self._tell_gap(self._heard_until, block.at)
            samples = len(block.pcm) // SAMPLE_BYTES
            follows, ended_at = block.position + samples, block.at + samples / RATE
            self._heard_until = ended_at
            level.take(block)
            self._gates.heed(time.time())
            await self._pass_on(block, self._gates.over(block.at, ended_at))

    async def _pass_on(self, block: Block, gate: Gate) -> None:
        """Give a block to whoever wants it."""
        passes = self._passes(gate)
        if passes and self._is_recognized():
            session = self._session.id if self._session else None
            self._spool.append(block.at, block.pcm, session_id=session, muted=gate is Gate.MUTED)
        else:
            self._spool.cut()
        if passes and self._settings().keep_sound:
            await self._keep(block)

    def _tell_gap(self, start: float, end: float) -> None:
        """Tell that nothing was heard for a while that should have been."""
        local = dt.datetime.fromtimestamp(end).astimezone()
        until = f"For {end - start:.0f} s, until {local:%H:%M:%S}, nothing was heard"
        self._gap = f"{until}: the microphone was gone, or the PC slept."
        log.warning("microphone: %s", self._gap)
        self._tell_hearing()

    async def _keep(self, block: Block) -> None:
        """Add a block to the file of its session."""
        try:
            await self._kept.write(block.at, block.pcm, self._session)
            self._board.set(KEEPING, "kept", Health.OK, "The microphone's sound is kept.")
        except CompanionError as error:
            self._board.set(KEEPING, "failed", Health.ATTENTION, error.message, error.remedy)

    async def _watch(self, hearing: Hearing, changes: Changes) -> None:
        """End `hearing` when its device is gone, or the system chose another: its server may go on with any other."""
        while True:
            await changes.next()
            try:
                found = chosen(await list_microphones(), self._settings().microphone)
            except CompanionError as error:
                hearing.end(error)
                continue
            if found is None:
                hearing.end(_missing(self._settings().microphone))
            elif found.name != hearing.microphone.name:
                hearing.end(_Changed())
            elif not await hearing.is_heard():
                hearing.end(_missing(found.name))
            else:
                hearing.microphone = found  # it may have become the system's choice
                self._set_gate()

    async def _mind(self, hearing: Hearing) -> None:
        """End `hearing` when it is not wanted any more."""
        name = self._settings().microphone
        while not self._wanted() and self._settings().microphone == name:
            await self._until_stirred()
        hearing.end(_Changed())

    def _tell_hearing(self) -> None:
        gate = self._gates.now
        if gate is Gate.MUTED:
            written = "but written down" if self._passes(gate) else "and what is said is not written down"
            self._tell("muted", f"{self._mute.doubt or 'It is muted in OBS'}, {written}.")
        elif gate is Gate.OPEN:
            doubt = self._mute.doubt
            self._tell("listening", doubt or self._gap, UNKNOWN_REMEDY if doubt else "")

    def _tell(self, state: str, detail: str = "", remedy: str = "") -> None:
        said = self._said(state, detail, remedy)
        if said != self._bus.latest(MicrophoneChanged):
            self._bus.publish(said)
        shown = Health.ATTENTION if remedy else _HEALTH.get(state, Health.ATTENTION)
        self._board.set(self.name, state, shown, detail, remedy)
        if not said.keeps_sound and self._board.get(KEEPING):
            self._board.set(KEEPING, "off", Health.OFF, "The microphone's sound is not kept.")

    def _said(self, state: str, detail: str = "", remedy: str = "") -> MicrophoneChanged:
        device = self._hearing.microphone.label if self._hearing else ""
        keeps = self._hearing is not None and self._settings().keep_sound
        return MicrophoneChanged(state, self._gates.now.value, device, detail, remedy, keeps, self._devices())

    def _devices(self) -> list[str]:
        return self._hearing.microphone.devices if self._hearing else []


_HEALTH = {"listening": Health.OK, "muted": Health.OK, **dict.fromkeys(("waiting", "picture_only", "off"), Health.OFF)}


class _Level:
    """How loud the microphone `name` is: `db` is its last peak, told now and then to those who watch."""

    def __init__(self, name: str, bus: Bus) -> None:
        self.db = SILENT_DB
        self._name = name
        self._bus = bus
        self._peak = SILENT_DB
        self._since = 0.0

    def take(self, block: Block) -> None:
        self.db = round(block.db, 1)
        self._peak = max(self._peak, self.db)
        now = time.monotonic()
        if now - self._since < MEASURE_SECONDS:
            return
        if self._bus.watched(MicrophoneMeasured.watch):
            self._bus.publish(MicrophoneMeasured(self._name, self._peak))
        self._peak, self._since = SILENT_DB, now


class _Changed(Unavailable):
    """Not lost: it shall be another, or none."""

    def __init__(self) -> None:
        super().__init__("microphone_changed", "Another microphone was chosen.")


def _missing(name: str | None) -> Unavailable:
    if name is None:
        return Unavailable("microphone_missing", "There is no microphone.", "Plug one in; it is taken up by itself.")
    return Unavailable(
        "microphone_missing",
        "The chosen microphone is not there.",
        "Plug it in; it is taken up by itself. Or choose another one.",
    )


def _heard(hearing: Hearing, peak: float, seconds: float) -> Heard:
    return Heard(
        device=hearing.microphone.label,
        db=round(peak, 1),
        rate=hearing.rate,
        channels=hearing.channels,
        seconds=seconds,
    )
