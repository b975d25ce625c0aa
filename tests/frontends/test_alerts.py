"""What is told, over a private D-Bus session and a notification server of the tests."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlparse

import pytest

from companion.adapters.desktop.notify import DBusNotifier
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
from companion.features.quick import Quick
from companion.frontends.alerts import WAITING, Alerts
from companion.kernel.actions import Caller, Registry, Scope
from companion.kernel.bus import Bus, Event
from companion.kernel.errors import Conflict, Failed, Refused
from companion.kernel.status import Component, Health, StatusBoard
from tests.fakes.notification_server import NotificationServer, Shown
from tests.features.pad import Pad
from tests.frontends.clipper import Clipper
from tests.real.desktop import DesktopSession, until

T = TypeVar("T")

RECORDING = ReplayStateChanged(ReplayState.RECORDING, reach_seconds=60, length_seconds=120)


class Loudspeaker:
    """Plays into a list; broken, it fails as a missing sound server does."""

    def __init__(self) -> None:
        self.played: list[str] = []
        self.broken = False
        self.free = asyncio.Event()
        self.free.set()

    async def play(self, name: str) -> None:
        await self.free.wait()
        if self.broken:
            raise Failed("sound_failed", "paplay could not play: Connection refused.", "Look at the sound settings.")
        self.played.append(name)

    async def say(self, text: str) -> None:
        await self.play(f"voice: {text}")


class Rig:
    def __init__(self, desktop: DesktopSession) -> None:
        self.desktop = desktop
        self.bus = Bus()
        self.board = StatusBoard(self.bus)
        self.settings = Settings()
        self.loudspeaker = Loudspeaker()
        self.server = NotificationServer()
        notifier = DBusNotifier(desktop.environment)
        self.service = Alerts(
            self.bus,
            self.board,
            lambda: self.settings,
            notifier,
            self.loudspeaker,
            self.loudspeaker,
            stop_grace_seconds=0.05,
        )

    def tell(self, *events: Event) -> None:
        for event in events:
            self.bus.publish(event)

    def switch(self, **values: bool | VoiceAnswer) -> None:
        self.settings = self.settings.model_copy(update=values)
        self.bus.publish(SettingsChanged(dict(values)))

    async def connected(self) -> bool:
        """Whether messages are shown by now: one is sent, and forgotten again, with those that were sent before it."""
        self.tell(AttentionAsked())
        await asyncio.sleep(0.02)
        if not self.server.shown:
            return False
        self.tell(ClipFailed({"id": 0, "error_message": "the last of them"}))  # others may be on their way still

        async def last() -> bool:
            return any(message.body == "the last of them" for message in self.server.shown)

        await until(last, "the last message")
        await self.played(1)
        self.server.shown.clear()
        self.loudspeaker.played.clear()
        return True

    async def state(self, state: str, detail: str = "") -> Component:
        async def reached() -> Component | None:
            found = self.board.get("alerts")
            return found if found and found.state == state and detail in found.detail else None

        return await until(reached, f"the state {state}")

    async def shown(self, count: int) -> list[Shown]:
        return await self._collected(lambda: self.server.shown, count)

    async def played(self, count: int) -> list[str]:
        return await self._collected(lambda: self.loudspeaker.played, count)

    async def _collected(self, things: Callable[[], list[T]], count: int) -> list[T]:
        async def enough() -> bool:
            return len(things()) >= count

        await until(enough, f"{count} alerts")
        return things()


@asynccontextmanager
async def rigged(*, server: bool = True) -> AsyncIterator[Rig]:
    async with DesktopSession(display=False) as desktop:
        rig = Rig(desktop)
        async with desktop.bus() as bus, asyncio.TaskGroup() as group:
            if server:
                await rig.server.offer(bus)
            task = group.create_task(rig.service.run(lambda: None))
            try:
                if server:
                    await until(rig.connected, "the notifier's connection")
                yield rig
            finally:
                task.cancel()


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as made:
        yield made


async def test_a_saved_clip_is_told_with_name_and_length(rig: Rig) -> None:
    rig.tell(ClipSaved({"id": 7, "title": "Triple <kill> & more", "state": "ready", "seconds": 30.02}))
    [message] = await rig.shown(1)
    assert (message.app, message.title) == ("FluxBoard Companion", "Clip saved")
    assert message.body == "Triple &lt;kill&gt; &amp; more, 30 s"
    assert message.hints["suppress-sound"] is True
    assert Path(unquote(urlparse(message.icon).path)).exists()
    assert await rig.played(1) == ["saved"]


async def test_of_too_many_alerts_the_newest_are_told(rig: Rig) -> None:
    rig.loudspeaker.free.clear()
    for number in range(100):
        rig.tell(ClipSaved({"id": number, "title": None, "state": "ready", "seconds": 1}))
        if number == 0:
            await rig.shown(1)
        await asyncio.sleep(0)
    rig.loudspeaker.free.set()
    names = [message.body.partition(",")[0] for message in await rig.shown(1 + WAITING)]
    assert names == ["Clip 0", *(f"Clip {number}" for number in range(100 - WAITING, 100))]
    assert len(await rig.played(1 + WAITING)) == 1 + WAITING


async def test_a_doubtful_and_a_failed_clip_are_told_as_such(rig: Rig) -> None:
    rig.tell(ClipSaved({"id": 7, "title": "back", "state": "ready", "seconds": 30}, restored=True))  # no news
    rig.tell(ClipSaved({"id": 8, "title": None, "state": "doubtful", "seconds": None}))
    rig.tell(ClipFailed({"id": 9, "title": None, "state": "failed", "error_message": "The disk is full."}))
    doubtful, failed = await rig.shown(2)
    assert (doubtful.title, doubtful.body) == (
        "Clip saved, but doubtful",
        "Clip 8: a check of it failed. Look at it once.",
    )
    assert (failed.title, failed.body) == ("Clip failed", "The disk is full.")
    assert await rig.played(2) == ["saved", "failed"]


async def test_a_refused_hotkey_is_heard_and_a_refused_http_call_is_not(rig: Rig) -> None:
    clipper = Clipper()
    clipper.buffer_on = False
    registry = Registry(rig.bus, [clipper])
    for door in ("http", "cli", "hotkey"):
        with pytest.raises(Conflict):
            await registry.invoke("clip.save", {"seconds": 5}, Caller(door, Scope.ADMIN))
    [message] = await rig.shown(1)
    assert message.title == "That did not work"
    assert message.body == "The replay buffer is stopped. Start it in the tray menu."
    assert await rig.played(1) == ["failed"]


async def test_a_hotkey_that_must_be_pressed_twice_says_so(rig: Rig) -> None:
    settings = Settings.model_validate({"quicklaunch": [{"action": "pad.erase"}]})
    quick = Quick(rig.bus, lambda: settings, lambda: registry)
    registry = Registry(rig.bus, [Pad(), quick])
    with pytest.raises(Refused):
        await registry.invoke("studio.quicklaunch", {}, Caller("hotkey", Scope.ADMIN))  # no failure: it asks
    rig.tell(ConfirmationAsked("<f7>", "stream.stop", 3.0))
    [message] = await rig.shown(1)
    assert (message.title, message.body) == ("stream.stop?", "Press &lt;f7&gt; again within 3 s to do it.")
    assert await rig.played(1) == ["failed"]


async def test_a_phone_that_was_put_out_because_its_key_was_copied_is_told(rig: Rig) -> None:
    rig.tell(DeviceRevoked(3, "revoked by dashboard", "Tablet"), DeviceRevoked(4, COPIED, "Pocket"))
    rig.tell(AttentionAsked())
    copied, attention = await rig.shown(2)
    assert copied.title == "Pocket was put out"
    assert copied.body == "Its key was used twice: somebody may have copied it. If it is yours, pair it again."
    assert "running already" in attention.title
    assert await rig.played(1) == ["failed"]


async def test_a_stall_is_told_once(rig: Rig) -> None:
    stalled = ReplayStateChanged(ReplayState.STALLED, detail="Nothing comes in.", remedy="Restart it.")
    rig.tell(RECORDING, stalled, stalled, AttentionAsked())
    stall, attention = await rig.shown(2)
    assert (stall.title, stall.body) == ("Replay buffer stalled", "Nothing comes in. Restart it.")
    assert "running already" in attention.title
    assert await rig.played(1) == ["failed"]


async def test_a_microphone_that_is_lost_is_told_once_and_so_is_its_return(rig: Rig) -> None:
    lost = MicrophoneChanged("missing", "open", "", "The chosen microphone is not there.", "Plug it in.")
    rig.tell(MicrophoneChanged("listening", "open", "Yeti"), lost)
    rig.tell(MicrophoneChanged("failed", "open", "", "It does not answer.", ""))
    rig.tell(MicrophoneChanged("muted", "muted", "Yeti"), MicrophoneChanged("listening", "open", "Yeti"))
    rig.tell(ClipFailed({"id": 1, "error_message": "The last of them."}))
    told = [(alert.title, alert.body) for alert in await rig.shown(3)]
    assert told[:2] == [
        ("The microphone is not heard", "The chosen microphone is not there. Plug it in."),
        ("The microphone is heard again", "Yeti"),
    ]
    assert told[2:] == [("Clip failed", "The last of them.")]
    assert await rig.played(2) == ["failed", "failed"]


async def test_a_buffer_that_stops_unasked_is_told(rig: Rig) -> None:
    rig.tell(ObsConnectionChanged(ObsState.CONNECTED), RECORDING)
    rig.tell(ReplayStateChanged(ReplayState.STOPPED, detail="It stopped unasked."))
    [message] = await rig.shown(1)
    assert (message.title, message.body) == ("Replay buffer stopped", "It stopped unasked.")


@pytest.mark.parametrize("reason", ["asked", "obs closed"])
async def test_a_buffer_that_was_stopped_or_closed_with_obs_is_not(rig: Rig, reason: str) -> None:
    rig.tell(ObsConnectionChanged(ObsState.CONNECTED), RECORDING)
    if reason == "asked":
        await Registry(rig.bus, [Clipper()]).invoke("replay.stop", {}, Caller("cli", Scope.ADMIN, agreed=True))
    else:
        rig.tell(ObsConnectionChanged(ObsState.NOT_RUNNING))
    rig.tell(ReplayStateChanged(ReplayState.STOPPED))
    await asyncio.sleep(0.3)
    rig.tell(AttentionAsked())
    [message] = await rig.shown(1)
    assert "running already" in message.title


async def test_both_are_switched_off_and_on_while_it_runs(rig: Rig) -> None:
    saved = ClipSaved({"id": 1, "title": "one", "state": "ready", "seconds": 5})
    rig.switch(notifications=False)
    rig.tell(saved)
    assert await rig.played(1) == ["saved"]
    rig.switch(sounds=False)
    await rig.state("off")
    rig.tell(saved)
    await asyncio.sleep(0.1)
    rig.switch(notifications=True)
    await rig.state("ready")
    rig.tell(ClipSaved({"id": 2, "title": "two", "state": "ready", "seconds": 5}))
    shown = await rig.shown(1)
    assert [message.body for message in shown][-1] == "two, 5 s"
    assert rig.loudspeaker.played == ["saved"]


async def test_a_broken_sound_is_a_state_and_the_message_comes_all_the_same(rig: Rig) -> None:
    rig.loudspeaker.broken = True
    rig.tell(ClipSaved({"id": 1, "title": "one", "state": "ready", "seconds": 5}))
    await rig.shown(1)
    component = await rig.state("partly", "Connection refused")
    assert component.remedy == "Look at the sound settings."
    rig.loudspeaker.broken = False
    rig.tell(ClipSaved({"id": 2, "title": "two", "state": "ready", "seconds": 5}))
    await rig.state("ready")


async def test_without_a_server_it_says_so_until_one_comes_and_when_it_goes() -> None:
    async with rigged(server=False) as rig:
        component = await rig.state("partly", "no notification service")
        assert component.health is Health.OFF
        assert "dunst" in component.remedy
        rig.tell(ClipSaved({"id": 1, "title": "one", "state": "ready", "seconds": 5}))
        assert await rig.played(1) == ["saved"]
        async with rig.desktop.bus() as bus:
            await rig.server.offer(bus)
            await rig.state("ready")
            rig.tell(ClipSaved({"id": 2, "title": "two", "state": "ready", "seconds": 5}))
            assert [message.body for message in await rig.shown(1)] == ["two, 5 s"]
        await rig.state("partly", "no notification service")


async def test_without_a_session_bus_it_says_so(tmp_path: Path) -> None:
    bus = Bus()
    board = StatusBoard(bus)
    notifier = DBusNotifier({"XDG_RUNTIME_DIR": str(tmp_path)})
    service = Alerts(bus, board, Settings, notifier, Loudspeaker(), Loudspeaker())
    async with asyncio.TaskGroup() as group:
        task = group.create_task(service.run(lambda: None))

        async def told() -> bool:
            component = board.get("alerts")
            return component is not None and "no desktop session bus" in component.detail

        await until(told, "the missing bus")
        task.cancel()


async def test_a_spoken_command_is_answered_as_the_settings_want_it(rig: Rig) -> None:
    heard = VoiceCommandHeard("clip|save [the] last {duration}", "clip.save", {"seconds": 45}, "ok")
    rig.tell(heard)
    assert await rig.played(1) == ["heard"]
    rig.switch(voice_answer=VoiceAnswer.SPEECH)
    rig.tell(heard)
    assert await rig.played(2) == ["heard", "voice: Okay. 45 seconds"]
    assert rig.server.shown == []
    rig.switch(voice_answer=VoiceAnswer.MESSAGE)
    rig.tell(heard)
    [message] = await rig.shown(1)
    assert message.body == "45 seconds"
    assert len(await rig.played(3)) == 3
    rig.switch(voice_answer=VoiceAnswer.OFF)
    rig.tell(heard, ClipSaved({"id": 1, "title": None, "state": "ready", "seconds": 45}))
    assert (await rig.played(4))[2:] == ["heard", "saved"]


async def test_a_spoken_command_that_failed_or_asks_again_is_told_in_words(rig: Rig) -> None:
    rig.switch(voice_answer=VoiceAnswer.OFF)
    rig.tell(
        VoiceCommandHeard("clip that", "clip.save", {}, "replay_buffer_stopped", "It does not run."),
        VoiceCommandHeard("end stream", "stream.stop", {}, "confirmation_asked", "Say it again within 10 s to do it."),
    )
    failed, asked = await rig.shown(2)
    assert failed.body == "clip that: It does not run."
    assert (asked.title, asked.body) == ("stream.stop?", "Say it again within 10 s to do it.")
    assert await rig.played(2) == ["failed", "heard"]
