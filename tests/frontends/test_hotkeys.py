"""The hotkeys service: what it says of its bindings, and that every door's rule holds for it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection
from pathlib import Path

import pytest

from companion.adapters.database import Database
from companion.adapters.desktop.combination import Combination, parse
from companion.adapters.desktop.keys import Fired, Keyboard, Listening
from companion.adapters.desktop.session import Session
from companion.domain.events import ConfirmationAsked, SettingsChanged
from companion.domain.settings import Hotkey, Settings
from companion.features.macros import Macros
from companion.features.quick import Quick
from companion.frontends.hotkeys import Hotkeys
from companion.kernel.actions import Caller, Registry, Scope
from companion.kernel.bus import Bus
from companion.kernel.status import Component, Health, StatusBoard
from tests.features.pad import Pad
from tests.frontends.clipper import Clipper
from tests.real.desktop import until


class Rig:
    """The service where there is no display: what needs none must be said all the same."""

    def __init__(self) -> None:
        self.bus = Bus()
        self.board = StatusBoard(self.bus)
        self.settings = Settings(hotkeys=[])
        self.session = Session.find({})

    def bind(self, *hotkeys: Hotkey) -> None:
        self.settings = Settings(hotkeys=list(hotkeys))
        self.bus.publish(SettingsChanged({"hotkeys": []}))

    async def run(self) -> None:
        registry = Registry(self.bus, [Clipper()])
        service = Hotkeys(registry, self.bus, self.board, lambda: self.settings, Keyboard(), self.session)
        await service.run(lambda: None)

    async def state(self, state: str) -> Component:
        async def reached() -> Component | None:
            found = self.board.get("hotkeys")
            return found if found and found.state == state else None

        return await until(reached, f"the state {state} instead of {self.board.get('hotkeys')}")


@pytest.fixture
async def rig(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    monkeypatch.delenv("DISPLAY", raising=False)
    made = Rig()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(made.run())
        try:
            yield made
        finally:
            task.cancel()


async def test_no_bindings_is_a_state(rig: Rig) -> None:
    component = await rig.state("none")
    assert component.health is Health.OFF
    assert "`hotkeys`" in component.remedy


async def test_bindings_of_which_none_can_work_are_named(rig: Rig) -> None:
    rig.bind(Hotkey(keys="f9", action="clip.save"), Hotkey(keys="<f8>", action="clip.save", arguments={"second": 3}))
    component = await rig.state("invalid")
    assert component.health is Health.ATTENTION
    assert "f9 does not work: 'f9' is not a key combination" in component.detail
    assert "<f8> does not work: clip.save: second" in component.detail


async def test_no_display_is_a_state_with_another_way(rig: Rig) -> None:
    rig.bind(Hotkey(keys="<f9>", action="clip.save"))
    component = await rig.state("no_display")
    assert component.health is Health.OFF
    assert "companion clip save" in component.remedy


async def test_wayland_without_x_names_the_desktops_own_shortcut(rig: Rig) -> None:
    rig.session = Session.find({"WAYLAND_DISPLAY": "wayland-0"})
    async with asyncio.TaskGroup() as group:
        rig.settings = Settings()
        task = group.create_task(rig.run())
        component = await rig.state("limited")
        assert "Wayland" in component.detail
        assert "companion clip save" in component.remedy
        task.cancel()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(tmp_path / "companion.db", StatusBoard(Bus()))
    await made.open()
    yield made
    await made.close()


class Pedal:
    """A keyboard for the tests: `press` is heard by whoever listens."""

    def __init__(self) -> None:
        self._fired: Fired | None = None

    @contextlib.asynccontextmanager
    async def listening(self, combinations: Collection[Combination], fired: Fired) -> AsyncIterator[Listening]:
        self._fired = fired
        yield Quiet()

    async def press(self, keys: str, at: float) -> None:
        async def heard() -> bool:
            return self._fired is not None

        await until(heard, "a listener")
        assert self._fired is not None
        self._fired(parse(keys), at)


class Quiet:
    """Listens for as long as it is let."""

    async def conflicts(self) -> dict[Combination, str]:
        return {}

    async def watch(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def test_an_action_that_asks_first_needs_a_second_press_in_time() -> None:
    bus, pedal, clipper, pad = Bus(), Pedal(), Clipper(), Pad()
    settings = Settings(
        hotkeys=[
            Hotkey(keys="<f7>", action="pad.erase"),
            Hotkey(keys="<f8>", action="pad.press", arguments={"key": "a"}),
        ]
    )
    asked = bus.subscribe(ConfirmationAsked)
    registry = Registry(bus, [clipper, pad])
    service = Hotkeys(registry, bus, StatusBoard(bus), lambda: settings, pedal, Session("", wayland=False))

    async def pressed(*wanted: str) -> None:
        async def reached() -> bool:
            return pad.pressed == list(wanted)

        await until(reached, f"{wanted} instead of {pad.pressed}")

    async with asyncio.TaskGroup() as group:
        task = group.create_task(service.run(lambda: None))
        await pedal.press("<f7>", 100.0)
        event = (await asked.get()).event
        assert event == ConfirmationAsked("<f7>", "pad.erase", 3.0)
        await pedal.press("<f7>", 100.1)  # a key that bounces
        await asked.get()
        await pedal.press("<f7>", 103.2)  # too late
        await asked.get()
        await pedal.press("<f8>", 103.3)
        await pressed("a")
        await pedal.press("<f7>", 104.0)
        await pressed("a", "erased")
        await pedal.press("<f7>", 105.0)  # a third press begins anew
        await asked.get()
        assert pad.pressed == ["a", "erased"]
        task.cancel()


async def test_what_contains_an_action_that_asks_first_needs_a_second_press_too(database: Database) -> None:
    bus, pedal, pad = Bus(), Pedal(), Pad()
    quick = Quick(bus, lambda: settings, lambda: registry)
    macros = Macros(database, bus, lambda: registry)
    registry = Registry(bus, [pad, quick, macros])
    erase = [{"action": "pad.press", "arguments": {"key": "a"}}, {"action": "pad.erase"}]
    settings = Settings.model_validate({"hotkeys": [], "quicklaunch": erase})
    asked = bus.subscribe(ConfirmationAsked)
    ready = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(macros.run(ready.set))]
        await ready.wait()
        macro = await registry.invoke("macro.save", {"name": "M", "steps": erase}, Caller("http", Scope.ADMIN))
        hotkeys = [
            Hotkey(keys="<f7>", action="studio.quicklaunch"),
            Hotkey(keys="<f8>", action="macro.run", arguments={"id": macro.id}),
        ]
        settings = settings.model_copy(update={"hotkeys": hotkeys})
        service = Hotkeys(registry, bus, StatusBoard(bus), lambda: settings, pedal, Session("", wayland=False))
        tasks.append(group.create_task(service.run(lambda: None)))
        for keys, at in (("<f7>", 100.0), ("<f8>", 200.0)):
            pad.pressed.clear()
            await pedal.press(keys, at)
            assert (await asked.get()).event == ConfirmationAsked(keys, "pad.erase", 3.0)
            await pedal.press(keys, at + 3.5)  # too late
            await asked.get()
            assert pad.pressed == []
            await pedal.press(keys, at + 4.5)

            async def done() -> bool:
                return pad.pressed == ["a", "erased"]

            await until(done, f"{keys} instead of {pad.pressed}")
            await pedal.press(keys, at + 5.5)  # a third press begins anew
            await asked.get()
            assert pad.pressed == ["a", "erased"]
        for task in tasks:
            task.cancel()


async def test_the_default_bindings_are_valid() -> None:
    bus = Bus()
    service = Hotkeys(
        Registry(bus, [Clipper()]), bus, StatusBoard(bus), Settings, Keyboard(), Session("", wayland=False)
    )
    bindings, problems = service._checked(Settings().hotkeys)
    assert len(bindings) == len(Settings().hotkeys)
    assert problems == []
