"""Spoken commands: phrases that run actions."""

import asyncio
import dataclasses
import logging
import time
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, Field, JsonValue

from companion.adapters.transcript_store import TranscriptStore
from companion.domain.commands import Command, Commands, Heard
from companion.domain.events import SegmentTranscribed, SettingsChanged, SpeechHeard, StudioChanged, VoiceCommandHeard
from companion.domain.phrases import Names, Phrasebook, VoicePhrase, words_of
from companion.domain.settings import Settings
from companion.domain.speech import Word
from companion.kernel.actions import Caller, Registry, Scope, action, validated
from companion.kernel.bus import Bus, Event
from companion.kernel.errors import CompanionError, NotAllowed
from companion.kernel.service import Ready
from companion.kernel.status import Health, StatusBoard

log = logging.getLogger(__name__)

TOO_LATE_SECONDS = 10.0
"""What was said so long ago, and heard only now, is not done any more: the scene has changed since."""
TOO_LATE_TO_CLIP_SECONDS = 60.0
OF_THE_MOMENT = frozenset(("clip.save", "clip.mark", "clip.end", "clip.quote"))
"""Actions that mean the moment when they were asked for, and so do the same a little later."""
AGREE_WITHIN_SECONDS = 10.0
WAITING = 64


class Phrase(BaseModel):
    """A phrase, its action, and what keeps it from working, if anything does."""

    phrase: str
    action: str
    arguments: dict[str, JsonValue]
    problem: str = ""


class Voice(BaseModel):
    """Whether phrases are listened for, the name that goes before them, if one does, and all of them."""

    on: bool
    name: str
    phrases: list[Phrase]


class Understood(BaseModel):
    """What a text would do if it was said alone: nothing, where `phrase` is None."""

    phrase: str | None = None
    action: str = ""
    arguments: dict[str, JsonValue] = {}


class VoiceCommands:
    """Listens to what is recognized, and does what was said; as whoever holds the microphone, so never as an admin."""

    name = "voice"
    essential = False

    def __init__(
        self,
        bus: Bus,
        board: StatusBoard,
        settings: Callable[[], Settings],
        registry: Callable[[], Registry],
        transcript: TranscriptStore,
    ) -> None:
        self._bus = bus
        self._board = board
        self._settings = settings
        self._registry = registry
        self._transcript = transcript
        self._problems: dict[str, str] = {}
        self._commands = Commands(Phrasebook([]))
        self._book = Phrasebook([])
        self._asked: tuple[VoicePhrase, dict[str, JsonValue], float] | None = None

    async def run(self, ready: Ready) -> None:
        events = self._bus.subscribe(SpeechHeard, SegmentTranscribed, SettingsChanged, size=WAITING)
        try:
            async with asyncio.TaskGroup() as group:
                self._read_settings()
                ready()
                async for envelope in events:
                    if isinstance(envelope.event, SettingsChanged):
                        if any(name.startswith("voice_") for name in envelope.event.values):
                            self._read_settings()
                        continue
                    heard = self._heard_in(envelope.event)
                    for command in heard.new:
                        group.create_task(self._obey(command))
                    if heard.places and isinstance(envelope.event, SegmentTranscribed):
                        group.create_task(self._leave_out(envelope.event.segment["id"], heard.places))
        finally:
            self._bus.unsubscribe(events)

    @action("voice.show", scope=Scope.VIEW, http="GET /api/voice")
    async def show(self) -> Voice:
        """Show the phrases that can be said, and what is wrong with those that cannot."""
        settings = self._settings()
        phrases = [
            Phrase(
                phrase=one.phrase,
                action=one.action,
                arguments=one.arguments,
                problem=self._problems.get(one.phrase, ""),
            )
            for one in settings.voice_phrases
        ]
        return Voice(on=settings.voice_on, name=settings.voice_name, phrases=phrases)

    @action("voice.try", scope=Scope.VIEW, http="GET /api/voice/try")
    async def attempt(
        self, text: Annotated[str, Field(max_length=500, description="What somebody says, and nothing else")]
    ) -> Understood:
        """Tell which phrase a text is and what it would do, without doing it."""
        match = self._book.find(words_of(text), self._names())
        if match is None:
            return Understood()
        return Understood(phrase=match.phrase.phrase, action=match.phrase.action, arguments=match.arguments)

    def _read_settings(self) -> None:
        settings = self._settings()
        self._problems = {
            phrase.phrase: problem for phrase in settings.voice_phrases if (problem := self._problem(phrase))
        }
        working = [phrase for phrase in settings.voice_phrases if phrase.phrase not in self._problems]
        self._book = Phrasebook(working, settings.voice_name)
        self._commands = Commands(self._book, settings.voice_cooldown)
        self._report(settings)

    def _problem(self, phrase: VoicePhrase) -> str:
        """What keeps a phrase from working; empty: nothing."""
        try:
            item = self._registry().get(phrase.action)
            if item.scope > Scope.CONTROL:
                raise NotAllowed("scope_too_low", f"{item.name} is for administrators: no voice may do it.")
            validated(item, phrase.sample)
        except CompanionError as error:
            return f"{error.message} {error.remedy}".strip()
        return ""

    def _report(self, settings: Settings) -> None:
        if not settings.voice_on:
            self._board.set(self.name, "off", Health.OFF, "Spoken commands are switched off in the settings.")
        elif self._problems:
            detail = " ".join(f"{phrase!r} does not work: {why}" for phrase, why in self._problems.items())
            self._board.set(self.name, "partly", Health.ATTENTION, detail, "Correct the setting `voice_phrases`.")
        else:
            self._board.set(self.name, "ready", Health.OK, f"{len(settings.voice_phrases)} phrases.")

    def _names(self) -> Names:
        told = self._bus.latest(StudioChanged)
        if told is None:
            return Names()
        scenes = tuple(scene.name for scene in told.studio.scenes)
        return Names(scenes, tuple(one.name for one in told.studio.inputs if one.has_audio))

    def _heard_in(self, event: Event) -> Heard:
        if not self._settings().voice_on:
            return Heard([], [])
        if isinstance(event, SpeechHeard):
            return self._commands.hear(_words(event.words), self._names(), final=False, until=event.until)
        if isinstance(event, SegmentTranscribed):
            return self._commands.hear(_words(event.segment["words"]), self._names(), final=True)
        return Heard([], [])

    async def _leave_out(self, segment_id: int, places: list[int]) -> None:
        try:
            await self._transcript.leave_out(segment_id, places)
        except CompanionError as error:
            log.warning("a spoken command will be found among what was said: %s", error.message)

    async def _obey(self, command: Command) -> None:
        phrase, late = command.match.phrase, time.time() - command.end
        arguments = command.match.arguments
        told = VoiceCommandHeard(phrase.phrase, phrase.action, arguments, "ok", said_at=command.start)
        if late > (TOO_LATE_TO_CLIP_SECONDS if phrase.action in OF_THE_MOMENT else TOO_LATE_SECONDS):
            message = f"It was heard {late:.0f} s after it was said."
            self._bus.publish(dataclasses.replace(told, outcome="too_late", message=message))
            return
        await self._invoke(told, command, agreed=self._take_agreement(phrase, arguments))

    async def _invoke(self, told: VoiceCommandHeard, command: Command, *, agreed: bool) -> None:
        phrase, asked_at = command.match.phrase, min(told.said_at, time.time())
        caller = Caller("voice", Scope.CONTROL, phrase.phrase, asked_at=asked_at, agreed=agreed)
        try:
            await self._registry().invoke(phrase.action, dict(told.arguments), caller)
        except CompanionError as error:
            if error.code == "confirmation_needed":
                self._ask(told, command)
                return
            told = dataclasses.replace(told, outcome=error.code, message=f"{error.message} {error.remedy}".strip())
        log.info("heard %r: %s, %.1f s after it was begun", phrase.phrase, told.outcome, time.time() - told.said_at)
        self._bus.publish(told)

    def _ask(self, told: VoiceCommandHeard, command: Command) -> None:
        self._asked = command.match.phrase, told.arguments, time.monotonic()
        self._commands.ask(command, time.time())
        message = f"Say it again within {AGREE_WITHIN_SECONDS:g} s to do it."
        self._bus.publish(dataclasses.replace(told, outcome="confirmation_asked", message=message))

    def _take_agreement(self, phrase: VoicePhrase, arguments: dict[str, JsonValue]) -> bool:
        """Whether this was asked for a moment ago; each question is answered once."""
        asked, self._asked = self._asked, None
        return (
            asked is not None
            and asked[:2] == (phrase, arguments)
            and (time.monotonic() - asked[2] < AGREE_WITHIN_SECONDS)
        )


def _words(told: list[dict[str, Any]]) -> list[Word]:
    return [Word(word["start_at"], word["end_at"], word["text"], word["confidence"]) for word in told]
