"""The alerts: a short sound and a message that tell, while gaming, what became of a moment."""

import asyncio
import dataclasses
import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

from companion.adapters.desktop.notify import Notifier
from companion.domain.events import (
    AttentionAsked,
    ClipFailed,
    ClipSaved,
    ConfirmationAsked,
    DeviceRevoked,
    MicrophoneChanged,
    ObsConnectionChanged,
    ObsState,
    ReplayState,
    ReplayStateChanged,
    SettingsChanged,
    VoiceCommandHeard,
)
from companion.domain.pairing import COPIED
from companion.domain.settings import Settings, VoiceAnswer
from companion.kernel.actions import ActionInvoked
from companion.kernel.bus import Bus, Event
from companion.kernel.errors import CompanionError
from companion.kernel.service import Ready
from companion.kernel.status import Health, StatusBoard

log = logging.getLogger(__name__)

STOP_GRACE_SECONDS = 3.0
"""A buffer that stopped because OBS closes or switches it on anew is no alert."""
ASKED_SECONDS = 10.0
"""A buffer that stops this soon after somebody asked for something of it did not stop by itself."""
WAITING = 8
"""How many alerts may wait for those before them to be told; the oldest of more is no news any more."""
MICROPHONE_LOST = ("missing", "failed")
UNANSWERED_DOORS = ("hotkey", "tray")
"""Doors whose user sees no answer: a refusal must be heard."""


@dataclasses.dataclass(frozen=True)
class Alert:
    """What to tell; a part that is empty does not belong to it. `spoken` is for a voice."""

    title: str
    body: str
    sound: str
    spoken: str = ""


class Player(Protocol):
    """Plays a sound by its name."""

    async def play(self, name: str) -> None: ...


class Voice(Protocol):
    """Says a text aloud."""

    async def say(self, text: str) -> None: ...


class Alerts:
    """Turns events into alerts, each told by sound and message as the settings want it."""

    name = "alerts"
    essential = False

    def __init__(
        self,
        bus: Bus,
        board: StatusBoard,
        settings: Callable[[], Settings],
        notifier: Notifier,
        player: Player,
        voice: Voice,
        *,
        stop_grace_seconds: float = STOP_GRACE_SECONDS,
    ) -> None:
        self._bus = bus
        self._board = board
        self._settings = settings
        self._notifier = notifier
        self._player = player
        self._voice = voice
        self._stop_grace_seconds = stop_grace_seconds
        self._replay: ReplayStateChanged | None = None
        self._microphone_lost = False
        self._asked_at = float("-inf")
        self._waiting: asyncio.Queue[Alert] = asyncio.Queue(WAITING)
        self._no_message: tuple[str, str] = ("", "")
        self._no_sound: tuple[str, str] = ("", "")
        self._no_voice: tuple[str, str] = ("", "")

    async def run(self, ready: Ready) -> None:
        events = self._bus.subscribe(
            ClipSaved,
            ClipFailed,
            ReplayStateChanged,
            MicrophoneChanged,
            ConfirmationAsked,
            AttentionAsked,
            ActionInvoked,
            SettingsChanged,
            VoiceCommandHeard,
            DeviceRevoked,
        )
        self._replay = self._bus.latest(ReplayStateChanged)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._notifier.run(self._note_messages), name="notifier")
                group.create_task(self._tell_all(), name="alerts-telling")
                self._report()
                ready()
                while True:
                    envelope = await events.get()
                    if alert := self._alert(envelope.event):
                        self._add(alert)
                    if self._stopped(envelope.event):
                        group.create_task(self._tell_stop())
        finally:
            self._bus.unsubscribe(events)

    def _alert(self, event: Event) -> Alert | None:
        """What `event` is worth telling at once."""
        match event:
            case ClipSaved(clip, restored=False):
                return _saved(clip)
            case ClipFailed(clip):
                return Alert("Clip failed", clip.get("error_message") or "See the log for the reason.", "failed")
            case ReplayStateChanged(state=ReplayState.STALLED) if not self._was(ReplayState.STALLED):
                return Alert("Replay buffer stalled", f"{event.detail} {event.remedy}".strip(), "failed")
            case MicrophoneChanged():
                return self._microphone(event)
            case ActionInvoked(outcome="confirmation_needed"):
                return None  # the door asks
            case ActionInvoked() if event.door in UNANSWERED_DOORS and event.outcome != "ok":
                return Alert("That did not work", f"{event.message} {event.remedy}".strip(), "failed")
            case ConfirmationAsked(keys, action, seconds):
                return Alert(f"{action}?", f"Press {keys} again within {seconds:g} s to do it.", "failed")
            case VoiceCommandHeard():
                return _answer(event, self._settings().voice_answer)
            case DeviceRevoked(reason=reason, name=name) if reason == COPIED:
                return Alert(
                    f"{name} was put out", f"{reason[0].upper()}{reason[1:]}. If it is yours, pair it again.", "failed"
                )
            case AttentionAsked():
                return Alert(
                    "FluxBoard Companion is running already",
                    "Look for its icon in the tray, or run `companion status`.",
                    "",
                )
            case SettingsChanged():
                self._report()
        return None

    def _microphone(self, now: MicrophoneChanged) -> Alert | None:
        """Tell once that a microphone that is needed cannot be heard, and that it is heard again."""
        was_lost, self._microphone_lost = self._microphone_lost, now.state in MICROPHONE_LOST
        if self._microphone_lost and not was_lost:
            return Alert("The microphone is not heard", f"{now.detail} {now.remedy}".strip(), "failed")
        if was_lost and now.state in ("listening", "muted"):
            return Alert("The microphone is heard again", now.device, "")
        return None

    def _stopped(self, event: Event) -> bool:
        """Follow the replay buffer; True when it stopped and nobody here asked for that."""
        if isinstance(event, ActionInvoked) and event.action.startswith("replay."):
            if event.outcome != "confirmation_needed":  # nothing was done
                self._asked_at = time.monotonic()
            return False
        if not isinstance(event, ReplayStateChanged):
            return False
        ran = self._was(ReplayState.RECORDING)
        self._replay = event
        return ran and event.state is ReplayState.STOPPED and time.monotonic() - self._asked_at > ASKED_SECONDS

    def _was(self, state: ReplayState) -> bool:
        return self._replay is not None and self._replay.state is state

    async def _tell_stop(self) -> None:
        await asyncio.sleep(self._stop_grace_seconds)
        obs, replay = self._bus.latest(ObsConnectionChanged), self._replay
        asked = time.monotonic() - self._asked_at < ASKED_SECONDS
        if obs and obs.state is ObsState.CONNECTED and replay and not asked:
            text = f"{replay.detail} {replay.remedy}".strip()
            self._add(Alert("Replay buffer stopped", text or "It stopped unasked.", "failed"))

    def _add(self, alert: Alert) -> None:
        if self._waiting.full():
            log.info("not told, too many alerts at once: %s", self._waiting.get_nowait().title)
        self._waiting.put_nowait(alert)

    async def _tell_all(self) -> None:
        """Tell one alert after the other, so that sounds never overlap."""
        while True:
            alert = await self._waiting.get()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._show(alert))
                group.create_task(self._play(alert))
                group.create_task(self._say(alert))

    async def _show(self, alert: Alert) -> None:
        if not self._settings().notifications or not alert.title:
            return
        try:
            await self._notifier.show(alert.title, alert.body)
            self._no_message = ("", "")
        except CompanionError as error:
            log.debug("not shown: %s (%s)", alert.title, error.message)
            self._no_message = (error.message, error.remedy)
        self._report()

    async def _play(self, alert: Alert) -> None:
        if not self._settings().sounds or not alert.sound:
            return
        try:
            await self._player.play(alert.sound)
            self._no_sound = ("", "")
        except CompanionError as error:
            log.debug("not played: %s (%s)", alert.title, error.message)
            self._no_sound = (error.message, error.remedy)
        self._report()

    async def _say(self, alert: Alert) -> None:
        if not alert.spoken:
            return
        try:
            await self._voice.say(alert.spoken)
            self._no_voice = ("", "")
        except CompanionError as error:
            log.debug("not spoken: %s (%s)", alert.spoken, error.message)
            self._no_voice = (error.message, error.remedy)
        self._report()

    def _note_messages(self, state: str, health: Health, detail: str, remedy: str) -> None:
        self._no_message = ("", "") if health is Health.OK else (detail, remedy)
        self._report()

    def _report(self) -> None:
        settings = self._settings()
        wanted = [(settings.notifications, self._no_message), (settings.sounds, self._no_sound)]
        wanted.append((settings.voice_answer is VoiceAnswer.SPEECH, self._no_voice))
        missing = [reason for on, reason in wanted if on and any(reason)]
        if not settings.notifications and not settings.sounds:
            self._board.set(self.name, "off", Health.OFF, "Sounds and messages are switched off in the settings.")
        elif missing:
            detail, remedy = (" ".join(part for part in parts if part) for parts in zip(*missing, strict=True))
            self._board.set(self.name, "partly", Health.OFF, detail, remedy)
        else:
            self._board.set(self.name, "ready", Health.OK)


def _saved(clip: dict[str, Any]) -> Alert:
    name = clip.get("title") or f"Clip {clip['id']}"
    length = f", {clip['seconds']:.0f} s" if clip.get("seconds") else ""
    if clip.get("state") == "doubtful":
        return Alert("Clip saved, but doubtful", f"{name}{length}: a check of it failed. Look at it once.", "saved")
    return Alert("Clip saved", f"{name}{length}", "saved")


def _answer(heard: VoiceCommandHeard, how: VoiceAnswer) -> Alert | None:
    """What tells that a command was heard. A voice never says the phrase: the microphone may hear it."""
    told = how is VoiceAnswer.MESSAGE
    if heard.outcome == "confirmation_asked":
        spoken = "Sure? Say it again." if how is VoiceAnswer.SPEECH else ""
        return Alert(f"{heard.action}?", heard.message, "heard", spoken)
    if heard.outcome != "ok":
        spoken = "That did not work." if how is VoiceAnswer.SPEECH else ""
        return Alert("That did not work", f"{heard.phrase}: {heard.message}", "failed", spoken)
    if how is VoiceAnswer.OFF:
        return None
    seconds = heard.arguments.get("seconds")
    length = f"{seconds:g} seconds" if isinstance(seconds, int | float) else ""
    if how is VoiceAnswer.SPEECH:
        return Alert("", "", "", f"Okay. {length}".strip())
    return Alert(f"Heard: {heard.phrase}" if told else "", length, "heard")
