"""A desktop of its own for tests: X display, D-Bus session, and on demand a panel with a tray, all on free places.

async with DesktopSession() as desktop:
    await desktop.start_panel()
    ...start the daemon with desktop.environment...
    await desktop.click_menu("Save last 15 s")
"""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import psutil
from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus
from PIL import Image, ImageChops, ImageGrab

from companion.adapters.desktop.files import asset
from companion.adapters.desktop.tray import Look

T = TypeVar("T")

WATCHER = "org.kde.StatusNotifierWatcher"
WAIT_SECONDS = 20.0
HIGHLIGHT = (53, 132, 228)
"""The selected line of a menu in GTK's own theme."""
SCREEN = "1024x768x24"
PANEL_CONFIG = """<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="32"/>
      <property name="icon-size" type="uint" value="24"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="systray">
      <property name="icon-size" type="int" value="24"/>
      <property name="square-icons" type="bool" value="true"/>
    </property>
  </property>
</channel>
"""


BARE_BUS = """<busconfig>
  <type>session</type><listen>{address}</listen><auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""


class DesktopSession:
    """Xvfb and a D-Bus session in a home of their own; everything that was started ends with it.

    Without a display, the D-Bus session is bare: nothing that is installed is started by a call.
    """

    def __init__(self, *, display: bool = True) -> None:
        self._wants_display = display
        self.home = Path(tempfile.mkdtemp(prefix="desktop-"))
        runtime = self.home / "runtime"
        runtime.mkdir(mode=0o700)
        keep = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "PYTHONPATH")}
        self.environment = {
            **keep,
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "XDG_DATA_HOME": str(self.home / ".local/share"),
            "XDG_RUNTIME_DIR": str(runtime),
            "NO_AT_BRIDGE": "1",
            "GTK_A11Y": "none",
            "GDK_BACKEND": "x11",
            "LC_ALL": "C.UTF-8",
        }
        self._children: list[subprocess.Popen[bytes]] = []
        self._panel: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        try:
            if self._wants_display:
                await self._start_display()
            await self._start_bus()
        except BaseException:
            self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def display(self) -> str:
        return self.environment["DISPLAY"]

    def close(self) -> None:
        """End every child and what it started, the newest first, and remove the home."""
        for child in reversed(self._children):
            end(child)
        self._children.clear()
        shutil.rmtree(self.home, ignore_errors=True)

    def start(self, *argv: str) -> subprocess.Popen[bytes]:
        """Start a program in this session; its output goes to a file in the home."""
        with (self.home / f"{Path(argv[0]).name}.log").open("ab") as log:
            child = subprocess.Popen(
                argv, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._children.append(child)
        return child

    async def _start_display(self) -> None:
        reader, writer = os.pipe()
        with (self.home / "Xvfb.log").open("ab") as log:
            child = subprocess.Popen(
                ["Xvfb", "-displayfd", str(writer), "-screen", "0", SCREEN, "-nolisten", "tcp", "-noreset"],
                pass_fds=[writer],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        os.close(writer)
        self._children.append(child)
        self.display_server = child
        with os.fdopen(reader) as line:
            number = (await asyncio.to_thread(line.readline)).strip()
        if not number:
            raise RuntimeError(f"Xvfb did not start: {(self.home / 'Xvfb.log').read_text()}")
        self.environment["DISPLAY"] = f":{number}"

    async def _start_bus(self) -> None:
        socket = self.home / "runtime" / "bus"
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={socket}"
        choice = "--session"
        if not self._wants_display:
            config = self.home / "bus.conf"
            config.write_text(BARE_BUS.format(address=f"unix:path={socket}"))
            choice = f"--config-file={config}"
        self.bus_daemon = self.start("dbus-daemon", choice, "--nofork", "--nopidfile", f"--address=unix:path={socket}")

        async def listening() -> bool:
            with contextlib.suppress(OSError):
                async with self.bus():
                    return True
            return False

        await until(listening, "the D-Bus session")

    async def start_panel(self) -> None:
        """Start xfce4-panel with a tray, and wait until it takes icons."""
        folder = self.home / ".config/xfce4/xfconf/xfce-perchannel-xml"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "xfce4-panel.xml").write_text(PANEL_CONFIG)
        self._panel = self.start("xfce4-panel", "--disable-wm-check")
        await until(self._has_host, "the panel's tray")

    def stop_panel(self) -> None:
        """End the panel, as a crash of it would."""
        if self._panel:
            end(self._panel, signal.SIGKILL)
            self._children.remove(self._panel)
            self._panel = None

    async def _has_host(self) -> bool:
        with contextlib.suppress(LookupError):
            return bool(
                await self._property(WATCHER, "/StatusNotifierWatcher", WATCHER, "IsStatusNotifierHostRegistered")
            )
        return False

    @contextlib.asynccontextmanager
    async def bus(self) -> AsyncIterator[MessageBus]:
        """A client's connection to the session bus."""
        bus = await MessageBus(self.environment["DBUS_SESSION_BUS_ADDRESS"]).connect()
        try:
            yield bus
        finally:
            bus.disconnect()
            with contextlib.suppress(OSError, EOFError):
                await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]

    async def call(
        self, name: str, path: str, interface: str, member: str, signature: str = "", *body: Any
    ) -> list[Any]:
        """Call a D-Bus method as a stranger would; an error answer raises LookupError."""
        async with self.bus() as bus:
            reply = await bus.call(Message(name, path, interface, member, signature=signature, body=list(body)))
        if reply is None or reply.message_type is MessageType.ERROR:
            raise LookupError(f"{member} of {name}: {reply.error_name if reply else 'no answer'}")
        return list(reply.body)

    async def _property(self, name: str, path: str, interface: str, member: str) -> Any:
        [value] = await self.call(name, path, "org.freedesktop.DBus.Properties", "Get", "ss", interface, member)
        return value.value

    async def item_name(self) -> str:
        """The bus name of the one registered tray item."""

        async def registered() -> list[str]:
            with contextlib.suppress(LookupError):
                return list(
                    await self._property(WATCHER, "/StatusNotifierWatcher", WATCHER, "RegisteredStatusNotifierItems")
                )
            return []

        items = await until(registered, "a tray item")
        return items[0].split("/")[0]

    async def menu(self) -> list[tuple[str, bool]]:
        """The tray menu's lines as the panel is told them: label (empty: a separator) and whether it can be clicked."""
        name = await self.item_name()
        _, root = await self.call(name, "/MenuBar", "com.canonical.dbusmenu", "GetLayout", "iias", 0, -1, [])
        found = []
        for child in root[2]:
            properties = {key: value.value for key, value in child.value[1].items()}
            label = str(properties.get("label", "")).replace("__", "_")
            found.append((label, bool(properties.get("enabled", True)) and bool(label)))
        return found

    async def xdotool(self, *arguments: str) -> str:
        """Press keys, move and click as a person would."""
        done = await asyncio.to_thread(
            subprocess.run, ["xdotool", *arguments], env=self.environment, capture_output=True, text=True, check=True
        )
        return str(done.stdout)

    async def screenshot(self) -> Image.Image:
        """What the screen shows now."""
        return await asyncio.to_thread(lambda: ImageGrab.grab(xdisplay=self.display).convert("RGB"))

    async def find_icon(self, look: Look | None = None) -> tuple[int, int]:
        """Where the tray icon (of `look`, else of any) is on the screen, seen as a person sees it."""

        async def seen() -> tuple[int, int] | None:
            return await self.icon_place(look)

        return await until(seen, f"the tray icon{f' {look}' if look else ''} on the screen")

    async def icon_place(self, look: Look | None = None) -> tuple[int, int] | None:
        """Where the tray icon (of `look`, else of any) is now, if it is shown."""
        screen = await self.screenshot()
        for candidate in [look] if look else list(Look):
            if place := _place_of(screen, _tile_colour(candidate)):
                return place
        return None

    async def click_menu(self, label: str) -> None:
        """Click the tray icon and then, with the mouse, the line `label` of its menu."""
        await self.point_at_menu(label)
        await self.xdotool("click", "1")

    async def point_at_menu(self, label: str) -> None:
        """Click the tray icon and move the mouse to the line `label` of its menu."""
        while True:
            await self.open_menu()
            lines = await self._lines()
            for _ in range(lines.index(label) + 1):
                await self.xdotool("key", "Down")

            async def highlighted() -> tuple[int, int] | None:
                return _place_of(await self.screenshot(), HIGHLIGHT)

            x, y = await until(highlighted, f"the menu line {label}")
            await self.xdotool("mousemove", str(x), str(y))
            if lines == await self._lines() and await highlighted() == (x, y):
                return
            await self.xdotool("key", "Escape")  # the menu changed under the mouse: once more, as a person would

    async def _lines(self) -> list[str]:
        """What can be clicked in the tray menu now."""
        return [line for line, enabled in await self.menu() if enabled]

    async def open_menu(self) -> None:
        """Click the tray icon and wait until its menu is drawn."""
        x, y = await self.find_icon()
        await self.xdotool("mousemove", str(x), str(y))
        closed = await self.screenshot()
        await self.xdotool("click", "1")
        last: list[Image.Image] = []

        async def drawn() -> bool:
            now = await self.screenshot()
            still = bool(last) and last[-1].tobytes() == now.tobytes()
            last.append(now)
            box = ImageChops.difference(closed, now).getbbox()
            return still and box is not None and box[2] - box[0] > 100 and box[3] - box[1] > 100

        await until(drawn, "the tray menu")


def _tile_colour(look: Look) -> tuple[int, int, int]:
    with Image.open(asset(f"icons/tray-{look.value}-24.png")) as image:
        red, green, blue = image.convert("RGB").getpixel((12, 0))  # type: ignore[misc]
    return red, green, blue


def _place_of(screen: Image.Image, colour: tuple[int, int, int]) -> tuple[int, int] | None:
    """The middle of what has `colour` on `screen`, if it is large enough to be an icon's tile."""
    mask = (
        ImageChops.difference(screen, Image.new("RGB", screen.size, colour)).convert("L").point(lambda v: 255 * (v < 2))
    )
    box = mask.getbbox()
    if box is None or box[2] - box[0] < 12 or box[3] - box[1] < 12:
        return None
    return (box[0] + box[2]) // 2, (box[1] + box[3]) // 2


async def until(condition: Callable[[], Awaitable[T | None]], what: str, seconds: float = WAIT_SECONDS) -> T:
    """Poll until `condition` is true and return its value; names `what` was missing otherwise."""
    deadline = time.monotonic() + seconds
    while not (value := await condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {seconds:g} s")
        await asyncio.sleep(0.05)
    return value


def end(child: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
    """End `child` and all that it started, and wait for it."""
    with contextlib.suppress(psutil.NoSuchProcess):
        offspring = psutil.Process(child.pid).children(recursive=True)
        child.send_signal(how)
        for process in offspring:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(how)
        _, left = psutil.wait_procs(offspring, timeout=3)
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
    try:
        child.wait(3)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
