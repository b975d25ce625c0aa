"""The hotkeys service: what it says of its bindings, and that every door's rule holds for it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from companion.adapters.desktop.keys import Keyboard
from companion.adapters.desktop.session import Session
from companion.domain.events import SettingsChanged
from companion.domain.settings import Hotkey, Settings
from companion.frontends.hotkeys import Hotkeys
from companion.kernel.actions import Registry
from companion.kernel.bus import Bus
from companion.kernel.status import Component, Health, StatusBoard
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


async def test_the_default_bindings_are_valid() -> None:
    bus = Bus()
    service = Hotkeys(
        Registry(bus, [Clipper()]), bus, StatusBoard(bus), Settings, Keyboard(), Session("", wayland=False)
    )
    bindings, problems = service._checked(Settings().hotkeys)
    assert len(bindings) == len(Settings().hotkeys)
    assert problems == []
