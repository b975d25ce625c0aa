"""Spoken commands: heard in partial and final texts, done once through the registry, asked back, refused, in time."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

import pytest
from pydantic import Field

from companion.adapters.database import Database
from companion.adapters.transcript_store import TranscriptStore
from companion.domain.events import SegmentTranscribed, SettingsChanged, SpeechHeard, StudioChanged, VoiceCommandHeard
from companion.domain.phrases import VoicePhrase
from companion.domain.settings import Settings
from companion.domain.steps import ActionStep
from companion.domain.studio import Scene, StudioState
from companion.features.quick import Quick
from companion.features.voice import VoiceCommands
from companion.kernel.actions import Caller, Registry, Scope, action
from companion.kernel.bus import Bus
from companion.kernel.status import Health, StatusBoard
from tests.features.pad import Pad
from tests.obs_link import until


class Clipper:
    """Notes what it was asked."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.scenes: list[str] = []
        self.callers: list[Caller] = []
        self.moments: list[float] = []

    @action("clip.save", scope=Scope.CONTROL, http="POST /api/clips")
    async def save(
        self, caller: Caller, seconds: Annotated[float, Field(gt=0, le=3600, description="How many seconds back")] = 30
    ) -> None:
        """Save the last seconds."""
        self.seconds.append(seconds)
        self.callers.append(caller)
        self.moments.append(caller.moment)

    @action("clip.mark", scope=Scope.CONTROL, http="POST /api/marks")
    async def mark(self, caller: Caller) -> None:
        """Mark this moment."""
        self.moments.append(caller.moment)

    @action("scene.switch", scope=Scope.CONTROL, http="POST /api/scene")
    async def switch(self, name: str) -> None:
        """Bring a scene on program."""
        self.scenes.append(name)


PHRASES = [
    VoicePhrase(phrase="clip that", action="clip.save"),
    VoicePhrase(phrase="save the last {duration}", action="clip.save", arguments={"seconds": "{duration}"}),
    VoicePhrase(phrase="mark this", action="clip.mark"),
    VoicePhrase(phrase="scene {scene}", action="scene.switch", arguments={"name": "{scene}"}),
    VoicePhrase(phrase="erase everything", action="pad.erase"),
    VoicePhrase(phrase="start over", action="studio.quicklaunch"),
    VoicePhrase(phrase="jam the pad", action="pad.jam"),
]


class Rig:
    def __init__(self, database: Database, bus: Bus) -> None:
        self.bus = bus
        self.board = StatusBoard(self.bus)
        self.settings = Settings(voice_phrases=PHRASES, quicklaunch=[ActionStep(action="pad.erase")])
        self.pad, self.clipper = Pad(), Clipper()
        self.voice = VoiceCommands(
            self.bus, self.board, lambda: self.settings, lambda: self.registry, TranscriptStore(database, bus)
        )
        quick = Quick(self.bus, lambda: self.settings, lambda: self.registry)
        self.registry = Registry(self.bus, [self.pad, self.clipper, self.voice, quick])
        self._began = self.bus.last_id
        self._settled = 0
        self.bus.publish(StudioChanged(StudioState(connected=True, scenes=(Scene("Gameplay"), Scene("Camera")))))

    def say(self, text: str, *, ago: float = 0.3, final: bool = True, quiet: float = 0.6) -> float:
        """Have it recognized that `text` was said, its last word's end so many seconds ago; when it was begun."""
        tokens = text.split()
        start = time.time() - ago - 0.3 * len(tokens)
        words = [
            {"start_at": start + 0.3 * at, "end_at": start + 0.3 * (at + 1), "text": token, "confidence": 0.9}
            for at, token in enumerate(tokens)
        ]
        end = words[-1]["end_at"]
        if final:
            segment = {"id": 1, "started_at": start, "ended_at": end, "text": text, "words": words}
            self.bus.publish(SegmentTranscribed(segment))
        else:
            self.bus.publish(SpeechHeard(1, start, float(str(end)) + quiet, text, words))
        return start

    def switch(self, **values: Any) -> None:
        self.settings = self.settings.model_copy(update=values)
        self.bus.publish(SettingsChanged(dict(values)))

    def heard(self) -> list[VoiceCommandHeard]:
        envelopes = self.bus.since(self._began)
        assert envelopes is not None
        return [envelope.event for envelope in envelopes if isinstance(envelope.event, VoiceCommandHeard)]

    async def outcomes(self, count: int) -> list[str]:
        await until(lambda: len(self.heard()) >= count, 20, lambda: f"{count} commands; {self.heard()}")
        return [event.outcome for event in self.heard()]

    async def settled(self) -> None:
        """Until all that was said is dealt with: a command said now is done."""
        before = len(self.clipper.scenes)
        self._settled += 1
        self.say("scene camera", ago=-10.0 * self._settled)
        await until(lambda: len(self.clipper.scenes) > before, 20, lambda: "the last command")


@pytest.fixture
async def rig(database: Database, bus: Bus) -> AsyncIterator[Rig]:
    made = Rig(database, bus)
    ready = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(made.voice.run(ready.set))
        await ready.wait()
        yield made
        task.cancel()


async def test_what_is_said_is_done_as_a_caller_who_may_control_and_no_more(rig: Rig) -> None:
    rig.say("Scene gameplay.", ago=5.0)
    assert await rig.outcomes(1) == ["ok"]
    assert rig.clipper.scenes == ["Gameplay"]
    rig.say("save the last 45 seconds")
    assert await rig.outcomes(2) == ["ok", "ok"]
    [caller] = rig.clipper.callers
    assert (caller.door, caller.scope) == ("voice", Scope.CONTROL)
    assert rig.heard()[1].arguments == {"seconds": 45}


async def test_what_is_done_is_of_the_moment_when_it_was_said(rig: Rig) -> None:
    said = [rig.say("save the last ten seconds", ago=20.0), rig.say("clip that", ago=14.0), rig.say("mark this", ago=8)]
    assert await rig.outcomes(3) == ["ok"] * 3
    assert rig.clipper.moments == said
    assert rig.clipper.seconds == [10, 30]


async def test_with_a_name_before_it_the_moment_is_when_the_name_is_said(rig: Rig) -> None:
    rig.switch(voice_name="companion")
    said = rig.say("what a long fight that was companion mark this", ago=2.0)
    assert await rig.outcomes(1) == ["ok"]
    assert rig.clipper.moments == [pytest.approx(said + 6 * 0.3, abs=0.01)]


async def test_a_partial_text_is_obeyed_at_once_and_its_final_one_not_again(rig: Rig) -> None:
    rig.say("clip that", final=False)
    assert await rig.outcomes(1) == ["ok"]
    rig.say("clip that", final=False, ago=0.4)
    rig.say("Clip that.", ago=0.4)
    await rig.settled()
    assert len(rig.clipper.seconds) == 1


async def test_a_partial_text_that_may_go_on_is_not(rig: Rig) -> None:
    rig.say("clip that", final=False, quiet=0.0)
    rig.say("clip that was mine")
    await rig.settled()
    assert rig.clipper.seconds == []


async def test_what_asks_first_is_done_when_it_is_said_again(rig: Rig) -> None:
    rig.say("erase everything", ago=4.0)
    assert await rig.outcomes(1) == ["confirmation_asked"]
    assert rig.pad.pressed == []
    assert "again" in rig.heard()[0].message
    rig.say("erase everything", ago=0.2)
    assert await rig.outcomes(2) == ["confirmation_asked", "ok"]
    assert rig.pad.pressed == ["erased"]


@pytest.mark.parametrize("gap", [1.5, 2.0, 9.0])
async def test_a_cooldown_keeps_nobody_from_agreeing_and_no_utterance_agrees_to_itself(rig: Rig, gap: float) -> None:
    rig.switch(voice_cooldown=60.0)
    began = rig.say("erase everything", final=False, ago=0.4)
    assert await rig.outcomes(1) == ["confirmation_asked"]
    rig.say("erase everything", final=False, ago=0.4)
    rig.say("erase everything", final=False, ago=0.1)  # with times that are off
    rig.say("Erase everything.", ago=0.5)
    rig.say("erase everything", ago=time.time() - began - gap - 0.6)  # begun so long after the first one
    assert await rig.outcomes(2) == ["confirmation_asked", "ok"]
    await rig.settled()
    assert [event.outcome for event in rig.heard()] == ["confirmation_asked", "ok", "ok"]
    assert rig.pad.pressed == ["erased"]


async def test_what_contains_it_is_done_when_it_is_said_again(rig: Rig) -> None:
    rig.say("start over", ago=4.0)
    assert await rig.outcomes(1) == ["confirmation_asked"]
    assert rig.pad.pressed == []
    rig.say("start over", ago=0.2)
    assert await rig.outcomes(2) == ["confirmation_asked", "ok"]
    assert rig.pad.pressed == ["erased"]


async def test_another_command_in_between_is_no_agreement(rig: Rig) -> None:
    rig.say("erase everything", ago=9.0)
    await rig.outcomes(1)
    rig.say("scene camera", ago=6.0)
    await rig.outcomes(2)
    rig.say("erase everything", ago=0.2)
    assert await rig.outcomes(3) == ["confirmation_asked", "ok", "confirmation_asked"]


async def test_what_fails_is_told_with_its_reason(rig: Rig) -> None:
    rig.say("jam the pad")
    assert await rig.outcomes(1) == ["jammed"]
    assert rig.heard()[0].message == "The key is jammed. Free it."


async def test_what_is_heard_too_late_is_not_done_but_what_is_of_its_moment_is(rig: Rig) -> None:
    rig.say("scene gameplay", ago=30.0)
    assert await rig.outcomes(1) == ["too_late"]
    said = [rig.say("clip that", ago=40.0), rig.say("mark this", ago=25.0)]
    assert await rig.outcomes(3) == ["too_late", "ok", "ok"]
    assert rig.clipper.scenes == []
    assert rig.clipper.moments == said


async def test_phrases_that_cannot_work_are_told_and_the_others_do(rig: Rig) -> None:
    wrong = [
        VoicePhrase(phrase="lock the pad", action="pad.lock"),
        VoicePhrase(phrase="fly away", action="pad.fly"),
        VoicePhrase(phrase="press something", action="pad.press"),
    ]
    rig.switch(voice_phrases=[*PHRASES, *wrong])
    await rig.settled()
    part = rig.board.get("voice")
    assert part is not None
    assert part.health is Health.ATTENTION
    assert "lock the pad" in part.detail
    shown = await rig.registry.invoke("voice.show", {}, Caller("http", Scope.VIEW))
    problems = {one.phrase: one.problem for one in shown.phrases}
    assert [phrase for phrase, problem in problems.items() if problem] == [
        "lock the pad",
        "fly away",
        "press something",
    ]
    assert "administrators" in problems["lock the pad"]
    rig.say("lock the pad")
    await rig.settled()
    assert rig.pad.pressed == []


async def test_it_is_switched_off_and_on_while_it_runs(rig: Rig) -> None:
    rig.switch(voice_on=False)
    rig.say("scene gameplay")
    await until(lambda: (part := rig.board.get("voice")) is not None and part.state == "off", 20, lambda: "off")
    rig.switch(voice_on=True)
    await rig.settled()
    assert "Gameplay" not in rig.clipper.scenes


async def test_a_text_can_be_tried_without_doing_it(rig: Rig) -> None:
    caller = Caller("http", Scope.VIEW)
    tried = await rig.registry.invoke("voice.try", {"text": "Safe the last two minutes!"}, caller)
    assert (tried.action, tried.arguments) == ("clip.save", {"seconds": 120})
    assert (await rig.registry.invoke("voice.try", {"text": "what a play"}, caller)).phrase is None
    assert rig.clipper.seconds == []
