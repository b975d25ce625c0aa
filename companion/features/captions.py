"""Live captions: what is said, as the audience may read it, on phones, on the page for OBS, and in the stream."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from pydantic import BaseModel, Field

from companion.adapters.obs.captions import StreamCaptions
from companion.adapters.overlay_key import OverlayKey
from companion.domain.captions import STREAM_COLUMNS, STREAM_LINES, CaptionStyle, Roll, for_stream, style_of
from companion.domain.events import (
    CaptionAddressChanged,
    CaptionShown,
    CaptionStyleChanged,
    MicrophoneChanged,
    ObsConnectionChanged,
    ObsState,
    SegmentTranscribed,
    SettingsChanged,
    SpeechHeard,
    StreamStateChanged,
    StudioChanged,
)
from companion.domain.listening import UNKNOWN_REMEDY, Gate, GateLog, Mute, mute_in_obs
from companion.domain.settings import Settings
from companion.domain.studio import StudioState
from companion.domain.word_filter import WordFilter
from companion.kernel.actions import Caller, Scope, action
from companion.kernel.bus import Bus, Event
from companion.kernel.errors import CompanionError
from companion.kernel.service import Ready
from companion.kernel.status import Health, StatusBoard

log = logging.getLogger(__name__)

NEWS_SECONDS = 0.5
"""How late it may be known that the microphone was muted: words so near to that are kept back."""
OLD_SECONDS = 15.0
"""What was said longer ago, as after a backlog, is no caption any more."""
STREAM_EVERY_SECONDS = 0.5
WAITING = 256

Change = Callable[[str, Any], Awaitable[Any]]


class Captions(BaseModel):
    """Whether there are captions, where they go, what they say now, and how they look on the page for OBS."""

    on: bool
    stream: bool
    on_air: bool
    lines: list[str]
    style: CaptionStyle


class CaptionAddress(BaseModel):
    """The address of the captions' page: it is its own key, and goes into OBS's browser source."""

    url: str


class LiveCaptions:
    """Turns what is recognized into captions; what was said while the microphone was muted is never among them."""

    name = "captions"
    essential = False

    def __init__(
        self,
        bus: Bus,
        board: StatusBoard,
        settings: Callable[[], Settings],
        change: Change,
        stream: StreamCaptions,
        key: OverlayKey,
        server_url: Callable[[], str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._bus = bus
        self._board = board
        self._settings = settings
        self._change = change
        self._stream = stream
        self._key = key
        self._server_url = server_url
        self._clock = clock
        self._gates = GateLog()
        self._roll = Roll()
        self._filter = WordFilter([])
        self._shown = CaptionShown([], final=True, on_air=False)
        self._last_word_at = 0.0
        self._for_stream: asyncio.Event = asyncio.Event()
        self._problem: CompanionError | None = None

    async def run(self, ready: Ready) -> None:
        heard, known = (SpeechHeard, SegmentTranscribed), (StudioChanged, ObsConnectionChanged, MicrophoneChanged)
        kinds = (*heard, *known, SettingsChanged)
        events = self._bus.subscribe(*kinds, size=WAITING)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._send_with_the_stream(), name="stream-captions")
                self._read_settings()
                ready()
                while True:
                    try:
                        async with asyncio.timeout(self._fades_in()):
                            envelope = await events.get()
                    except TimeoutError:
                        self._roll.clear()
                        self._show()
                        continue
                    self._take(envelope.event)
        finally:
            self._bus.unsubscribe(events)

    @action("captions.show", scope=Scope.VIEW, http="GET /api/captions")
    async def show(self) -> Captions:
        """Show whether there are captions, where they go, and how they look."""
        settings = self._settings()
        return Captions(
            on=settings.captions_on,
            stream=settings.captions_stream,
            on_air=self._is_on_air(),
            lines=self._shown.lines,
            style=style_of(settings),
        )

    @action("captions.switch", scope=Scope.CONTROL, http="PUT /api/captions")
    async def switch(self, on: Annotated[bool, Field(description="On or off")]) -> Captions:
        """Switch all captions on or off."""
        await self._change("captions_on", on)
        self._look()
        return await self.show()

    @action("captions.address", scope=Scope.ADMIN, http="GET /api/captions/address")
    async def address(self) -> CaptionAddress:
        """Tell the address of the captions' page for OBS's browser source."""
        return CaptionAddress(url=f"{self._server_url()}/overlay/captions#key={self._key.value()}")

    @action("captions.renew", scope=Scope.ADMIN, http="POST /api/captions/address")
    async def renew(self, caller: Caller) -> CaptionAddress:
        """Give the captions' page a new address; the old one shows nothing more."""
        self._key.renew()
        log.info("the captions' page has a new address, as %s asked", caller.door)
        self._bus.publish(CaptionAddressChanged())
        return await self.address()

    def _take(self, event: Event) -> None:
        match event:
            case SpeechHeard():
                if self._settings().captions_partials and not event.muted:
                    ends = [float(word["end_at"]) for word in event.words]
                    end = max([event.started_at, event.until or 0.0, *ends])
                    self._say(event.started_at, end, event.text, final=False)
            case SegmentTranscribed(segment):
                self._say(segment["started_at"], segment["ended_at"], segment["text"], final=True)
            case StudioChanged(studio):
                self._look(studio)
            case MicrophoneChanged():
                self._look(microphone=event)
            case ObsConnectionChanged():
                self._look()
            case SettingsChanged(values):
                if any(name.startswith(("captions_", "obs_microphone")) for name in values):
                    self._read_settings()

    def _say(self, start: float, end: float, text: str, *, final: bool) -> None:
        now = self._clock()
        if not self._settings().captions_on or now - end > OLD_SECONDS:
            return
        self._gates.heed(now)
        gate = self._gates.over(start - NEWS_SECONDS, end + NEWS_SECONDS)
        if Gate.MUTED in (gate, self._gates.now) or (gate is Gate.IDLE and self._is_on_air()):
            text = ""  # and what of it was shown before is taken back
        self._roll.say(start, end, self._filter.apply(text), final=final)
        self._last_word_at = max(self._last_word_at, time.monotonic())
        self._show()

    def _look(self, told: StudioState | None = None, microphone: MicrophoneChanged | None = None) -> None:
        """Look anew whether the microphone is muted, and whether captions may go on air (idle: nobody knows)."""
        settings = self._settings()
        # As it was told, one after the other: the latest may be unmuted again already.
        mute = self._mute_in(told or self._studio())
        known = self._is_on_air() and mute.muted is not None
        microphone = microphone or self._bus.latest(MicrophoneChanged)
        announced = microphone is not None and microphone.gate == Gate.MUTED  # known before the studio is read
        # What is said while they are off is not shown later either.
        kept_back = mute.muted or announced or not settings.captions_on
        gate = Gate.MUTED if kept_back else Gate.OPEN if known else Gate.IDLE
        if self._gates.set(gate, self._clock()) and gate is not Gate.IDLE:
            self._roll.clear()  # what was said while it was not known whether the audience hears it
        self._show()
        self._report()

    def _studio(self) -> StudioState:
        latest = self._bus.latest(StudioChanged)
        return latest.studio if latest else StudioState()

    def _mute_in(self, studio: StudioState) -> Mute:
        microphone = self._bus.latest(MicrophoneChanged)
        return mute_in_obs(studio, self._settings().obs_microphone, microphone.devices if microphone else [])

    def _is_on_air(self) -> bool:
        """Whether it is known what the audience hears."""
        connection, studio = self._bus.latest(ObsConnectionChanged), self._studio()
        connected = connection is not None and connection.state is ObsState.CONNECTED
        return connected and studio.connected and self._mute_in(studio).muted is not None

    def _read_settings(self) -> None:
        settings = self._settings()
        self._filter = WordFilter(settings.captions_blocked, settings.captions_filter)
        style = CaptionStyleChanged(style_of(settings).model_dump(mode="json"))
        if style != self._bus.latest(CaptionStyleChanged):
            self._bus.publish(style)
        self._look()

    def _show(self) -> None:
        """Tell what is shown, where that is new."""
        settings = self._settings()
        lines = self._roll.lines(settings.captions_columns, settings.captions_lines)
        shown = CaptionShown(lines, self._roll.final, self._is_on_air())
        if shown != self._shown:
            self._shown = shown
            self._bus.publish(shown)
            self._for_stream.set()

    def _fades_in(self) -> float | None:
        if not self._shown.lines:
            return None
        return max(self._last_word_at + self._settings().captions_hold - time.monotonic(), 0.0)

    async def _send_with_the_stream(self) -> None:
        """Send what is shown with the stream, at most so often that a viewer can read it."""
        sent = ""
        while True:
            await self._for_stream.wait()
            self._for_stream.clear()
            stream = self._bus.latest(StreamStateChanged)
            wanted = self._settings().captions_stream and stream is not None and stream.active and self._is_on_air()
            text = for_stream(self._roll.lines(STREAM_COLUMNS, STREAM_LINES)) if wanted else ""
            if text != sent and (wanted or sent):
                await self._send(text)
                sent = text
                await asyncio.sleep(STREAM_EVERY_SECONDS)

    async def _send(self, text: str) -> None:
        try:
            await self._stream.send(text)
            problem = None
        except CompanionError as error:
            problem = error
        if (problem is None) is not (self._problem is None):
            self._problem = problem
            self._report()

    def _report(self) -> None:
        """Say on the board where captions go."""
        mute = self._mute_in(self._studio())
        if not self._settings().captions_on:
            self._say_state("off", Health.OFF, "Captions are switched off in the settings.")
        elif self._problem is not None:
            self._say_state(self._problem.code, Health.ATTENTION, self._problem.message, self._problem.remedy)
        elif mute.doubt:
            detail = f"{mute.doubt} Captions go to phones and the dashboard only."
            self._say_state("unknown_input", Health.ATTENTION, detail, UNKNOWN_REMEDY)
        elif mute.muted:
            self._say_state("muted", Health.OK, "The microphone is muted in OBS: nothing is shown.")
        elif not self._is_on_air():
            why = "until the microphone is heard" if mute.muted is None else "without OBS"
            detail = f"They go to phones and the dashboard only: {why} nobody knows whether it is muted."
            self._say_state("not_on_air", Health.OFF, detail, "" if mute.muted is None else "Start OBS.")
        else:
            self._say_state("ready", Health.OK)

    def _say_state(self, state: str, health: Health, detail: str = "", remedy: str = "") -> None:
        self._board.set(self.name, state, health, detail, remedy)
