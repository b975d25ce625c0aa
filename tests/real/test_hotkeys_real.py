"""Hotkeys on a real X server, pressed by xdotool; every check ends by its effect: the action that ran."""

import asyncio
import contextlib
import os
import socket
import stat
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from Xlib import X
from Xlib.display import Display

from companion.adapters.desktop.keys import Keyboard
from companion.adapters.desktop.session import Session
from companion.domain.events import SettingsChanged
from companion.domain.settings import Hotkey, Settings
from companion.frontends.hotkeys import Hotkeys
from companion.kernel.actions import Registry
from companion.kernel.bus import Bus
from companion.kernel.status import Component, Health, StatusBoard
from tests.frontends.clipper import Clipper
from tests.real.desktop import DesktopSession, end, until

pytestmark = pytest.mark.real

F9_SYMBOL = 0xFFC6
F9 = Hotkey(keys="<ctrl>+<shift>+<f9>", action="clip.save", arguments={"seconds": 30})


class Rig:
    """The hotkeys service with a real keyboard, on a private display."""

    def __init__(self, desktop: DesktopSession, session: Session) -> None:
        self.desktop = desktop
        self.clipper = Clipper()
        self.bus = Bus()
        self.board = StatusBoard(self.bus)
        self.settings = Settings(hotkeys=[F9])
        self.service = Hotkeys(
            Registry(self.bus, [self.clipper]),
            self.bus,
            self.board,
            lambda: self.settings,
            Keyboard(),
            session,
            look_again_seconds=0.2,
            display_retry_seconds=0.2,
        )

    def bind(self, *hotkeys: Hotkey) -> None:
        self.settings = Settings(hotkeys=list(hotkeys))
        self.bus.publish(SettingsChanged({"hotkeys": []}))

    async def state(self, state: str) -> Component:
        async def reached() -> Component | None:
            component = self.board.get("hotkeys")
            return component if component and component.state == state else None

        return await until(reached, f"the state {state} instead of {self.board.get('hotkeys')}")

    async def press(self, *arguments: str) -> None:
        await self.desktop.xdotool(*arguments)

    async def saves(self, *lengths: float) -> None:
        """Exactly these clips were asked for, once a key that comes later has been seen too."""
        await self.press("key", "ctrl+shift+F12")

        async def seen() -> bool:
            return 999 in self.clipper.saved()

        await until(seen, "the closing hotkey")
        assert self.clipper.saved() == [*lengths, 999]
        self.clipper.calls.clear()


END = Hotkey(keys="<ctrl>+<shift>+<f12>", action="clip.save", arguments={"seconds": 999})


@asynccontextmanager
async def running(desktop: DesktopSession, session: Session | None = None) -> AsyncIterator[Rig]:
    rig = Rig(desktop, session or Session(desktop.environment.get("DISPLAY", ""), wayland=False))
    async with asyncio.TaskGroup() as group:
        task = group.create_task(rig.service.run(lambda: None))
        try:
            yield rig
        finally:
            task.cancel()
    for thread in [thread for thread in threading.enumerate() if type(thread).__name__ == "Listener"]:
        thread.join(0.5)
        assert not thread.is_alive(), "a listener is left behind"


@pytest.fixture
async def desktop(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DesktopSession]:
    async with DesktopSession() as session:
        monkeypatch.setenv("DISPLAY", session.display)
        yield session


@pytest.fixture
def stranger(desktop: DesktopSession) -> Iterator[Display]:
    """Another program's connection to the X server."""
    display = Display(desktop.display)
    yield display
    display.close()


async def test_a_press_runs_its_action_with_its_arguments_once(desktop: DesktopSession) -> None:
    async with running(desktop) as rig:
        rig.bind(F9, Hotkey(keys="<alt>+s", action="clip.save", arguments={"seconds": 7}), END)
        await rig.state("listening")
        await rig.press("key", "ctrl+shift+F9")
        await rig.press("key", "alt+s")
        await rig.saves(30, 7)


async def test_only_the_exact_modifiers_fire(desktop: DesktopSession) -> None:
    async with running(desktop) as rig:
        rig.bind(F9, END)
        await rig.state("listening")
        for keys in ("F9", "ctrl+F9", "shift+F9", "ctrl+alt+shift+F9", "super+ctrl+shift+F9", "ctrl+shift+F8"):
            await rig.press("key", keys)
        await rig.saves()
        await rig.press("keydown", "w", "key", "ctrl+shift+F9", "keyup", "w")  # walking on while pressing it
        await rig.saves(30)


async def test_the_right_and_left_modifier_are_the_same(desktop: DesktopSession) -> None:
    async with running(desktop) as rig:
        rig.bind(F9, END)
        await rig.state("listening")
        await rig.press(
            "keydown", "Control_R", "keydown", "Shift_R", "key", "F9", "keyup", "Shift_R", "keyup", "Control_R"
        )
        await rig.saves(30)


async def test_a_shifted_character_is_known_by_its_key(desktop: DesktopSession) -> None:
    async with running(desktop) as rig:
        rig.bind(Hotkey(keys="<ctrl>+<shift>+1", action="clip.save", arguments={"seconds": 5}), END)
        await rig.state("listening")
        await rig.press("keydown", "ctrl", "keydown", "shift", "key", "1", "keyup", "shift", "keyup", "ctrl")
        await rig.saves(5)


async def test_a_held_key_fires_once_and_then_again_after_its_release(
    desktop: DesktopSession, stranger: Display
) -> None:
    window = focused_window(stranger)
    async with running(desktop) as rig:
        rig.bind(F9, END)
        await rig.state("listening")
        await rig.press("keydown", "ctrl", "keydown", "shift", "keydown", "F9", "sleep", "1.2")
        await rig.press("keyup", "F9", "keyup", "shift", "keyup", "ctrl")
        assert presses_of(F9_SYMBOL, stranger) > 5  # the X server did repeat the key
        await rig.press("key", "ctrl+shift+F9")
        await rig.saves(30, 30)
    window.destroy()


def focused_window(display: Display) -> Any:
    """A window that has the keyboard, as a game's would."""
    window = display.screen().root.create_window(0, 0, 50, 50, 0, X.CopyFromParent, event_mask=X.KeyPressMask)
    window.map()
    display.sync()
    window.set_input_focus(X.RevertToParent, X.CurrentTime)
    display.sync()
    return window


def presses_of(symbol: int, display: Display) -> int:
    """How often the window of `display` has been told of a press of the key."""
    code = display.keysym_to_keycode(symbol)
    events = [display.next_event() for _ in range(display.pending_events())]
    return sum(1 for event in events if event.type == X.KeyPress and event.detail == code)


async def test_an_invalid_binding_is_named_and_harms_no_other(desktop: DesktopSession) -> None:
    async with running(desktop) as rig:
        rig.bind(
            Hotkey(keys="<ctrl>+<nokey>", action="clip.save"),
            Hotkey(keys="<ctrl>+a", action="clip.nothing"),
            Hotkey(keys="<ctrl>+b", action="clip.save", arguments={"seconds": -1}),
            F9,
            F9,
            END,
        )
        component = await rig.state("partly")
        for named in ("<ctrl>+<nokey>", "'<nokey>' is no key", "<shift>", "clip.nothing", "seconds", "bound twice"):
            assert named in component.detail
        assert component.health is Health.ATTENTION
        await rig.press("key", "ctrl+shift+F9")
        await rig.saves(30)


async def test_a_combination_that_another_program_holds_is_named_and_still_works(
    desktop: DesktopSession, stranger: Display
) -> None:
    code = stranger.keysym_to_keycode(F9_SYMBOL)
    modifiers = X.ControlMask | X.ShiftMask
    stranger.screen().root.grab_key(code, modifiers, 1, X.GrabModeAsync, X.GrabModeAsync)
    stranger.sync()
    async with running(desktop) as rig:
        rig.bind(F9, END)
        component = await rig.state("partly")
        assert "<ctrl>+<shift>+<f9>: another program uses it too" in component.detail
        assert "<f12>" not in component.detail
        await rig.press("key", "ctrl+shift+F9")
        await rig.saves(30)
        stranger.screen().root.ungrab_key(code, modifiers)
        stranger.sync()
        await rig.state("listening")


async def test_a_combination_of_the_system_or_of_no_key_is_named(desktop: DesktopSession) -> None:
    async with running(desktop) as rig:
        rig.bind(Hotkey(keys="<ctrl>+<alt>+<f9>", action="clip.save"), Hotkey(keys="<f24>", action="clip.save"))
        component = await rig.state("partly")
        assert "<ctrl>+<alt>+<f9>: the system switches to a text console" in component.detail
        assert "<f24>: no key of this keyboard gives it" in component.detail


async def test_new_settings_take_the_old_bindings_place(desktop: DesktopSession) -> None:
    async with running(desktop) as rig:
        await rig.state("listening")
        rig.bind(Hotkey(keys="<alt>+<f5>", action="clip.save", arguments={"seconds": 12}), END)

        async def read() -> bool:
            component = rig.board.get("hotkeys")
            return component is not None and "<alt>+<f5>" in component.detail

        await until(read, "the new bindings")
        await rig.press("key", "ctrl+shift+F9")
        await rig.press("key", "alt+F5")
        await rig.saves(12)
        rig.bind()
        await rig.state("none")


async def test_a_listener_whose_connection_is_cut_comes_back(desktop: DesktopSession, stranger: Display) -> None:
    async with running(desktop) as rig:
        rig.bind(F9, END)
        await rig.state("listening")
        cut_connections(stranger)
        await rig.state("restarting")
        await rig.state("listening")
        await rig.press("key", "ctrl+shift+F9")
        await rig.saves(30)


def cut_connections(stranger: Display) -> None:
    """Cut every connection of this process to the X server but the stranger's."""
    for entry in Path("/proc/self/fd").iterdir():
        number = int(entry.name)
        with contextlib.suppress(OSError):
            if number == stranger.fileno() or not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(number)) as connection:
            if b".X11-unix" in os.fsencode(connection.getpeername()):
                connection.shutdown(socket.SHUT_RDWR)


async def test_without_a_display_it_is_off_and_it_starts_when_one_appears(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    async with DesktopSession() as desktop, running(desktop, Session("", wayland=False)) as rig:
        component = await rig.state("no_display")
        assert component.health is Health.OFF
        assert "companion clip save" in component.remedy
        monkeypatch.setenv("DISPLAY", desktop.display)
        await rig.state("listening")


async def test_a_display_that_dies_is_a_state_too(desktop: DesktopSession) -> None:
    async with running(desktop) as rig:
        await rig.state("listening")
        end(desktop.display_server)
        await rig.state("no_display")


async def test_wayland_says_what_is_possible(desktop: DesktopSession) -> None:
    session = Session.find({"DISPLAY": desktop.display, "XDG_SESSION_TYPE": "wayland"})
    async with running(desktop, session) as rig:
        component = await rig.state("limited")
        assert "only in older (X11) programs" in component.detail
        assert "companion clip save" in component.remedy
