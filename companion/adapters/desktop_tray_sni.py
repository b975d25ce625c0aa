"""The tray icon on Linux: a StatusNotifierItem with a com.canonical.dbusmenu, spoken over D-Bus in the event loop."""

import asyncio
import os
from collections.abc import Mapping
from typing import Annotated

from dbus_fast import PropertyAccess, RequestNameReply
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import (
    DBusBool,
    DBusInt32,
    DBusObjectPath,
    DBusSignature,
    DBusStr,
)
from dbus_fast.message import Message
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

from companion.adapters import desktop_bus
from companion.adapters.desktop import Report
from companion.adapters.desktop_dbusmenu import DBusMenu
from companion.adapters.desktop_icons import Pixmap, pixmaps
from companion.adapters.desktop_menu import Look, TrayView
from companion.kernel.errors import CompanionError
from companion.kernel.status import Health

WATCHER = "org.kde.StatusNotifierWatcher"
WATCHER_PATH = "/StatusNotifierWatcher"
ITEM_PATH = "/StatusNotifierItem"
MENU_PATH = "/MenuBar"
RETRY_SECONDS = 15.0
NO_TRAY_REMEDY = (
    "GNOME needs the extension AppIndicator; other desktops need the tray (status notifier) part of their panel. "
    "Hotkeys, `companion clip save` and the API work without it."
)

READ = PropertyAccess.READ
Pixmaps = Annotated[list[Pixmap], DBusSignature("a(iiay)")]
ToolTip = Annotated[tuple[str, list[Pixmap], str, str], DBusSignature("(sa(iiay)ss)")]


class StatusNotifierTray:
    """Our icon on the session bus; a panel that comes later or restarts gets it then."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._menu = DBusMenu()
        self._item = _Item()

    def show(self, view: TrayView) -> None:
        self._menu.show(view.menu)
        self._item.show(view)

    async def run(self, report: Report) -> None:
        while True:
            try:
                bus = await desktop_bus.connect(self._environment)
            except CompanionError as error:
                report("no_bus", Health.OFF, error.message, error.remedy)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            try:
                await self._serve(bus, report)
            finally:
                await desktop_bus.close(bus)

    async def _serve(self, bus: MessageBus, report: Report) -> None:
        """Offer the item on `bus` until the connection is lost."""
        bus.export(ITEM_PATH, self._item)
        bus.export(MENU_PATH, self._menu)
        async with asyncio.TaskGroup() as group:
            keeper = group.create_task(self._stay_registered(bus, report), name="tray-registration")
            await desktop_bus.until_lost(bus)
            keeper.cancel()

    async def _stay_registered(self, bus: MessageBus, report: Report) -> None:
        """Register at the panel's watcher, again whenever it or its host changes."""
        changed = asyncio.Event()
        name = await _own_name(bus)
        try:
            await desktop_bus.watch_name(bus, WATCHER, changed.set)
            await _watch_hosts(bus, changed)
            while True:
                changed.clear()
                report(*await _registered(bus, name))
                await changed.wait()
        except CompanionError as error:
            report("no_bus", Health.OFF, error.message, error.remedy)
            bus.disconnect()


async def _own_name(bus: MessageBus) -> str:
    """The name that the specification asks for, or the connection's own where that is taken."""
    name = f"org.kde.StatusNotifierItem-{os.getpid()}-1"
    reply = await bus.request_name(name)
    return name if reply is RequestNameReply.PRIMARY_OWNER else str(bus.unique_name)


async def _registered(bus: MessageBus, name: str) -> tuple[str, Health, str, str]:
    """Register the item `name`, and say whether a panel shows it."""
    try:
        await desktop_bus.call(bus, WATCHER, WATCHER_PATH, WATCHER, "RegisterStatusNotifierItem", "s", [name])
        properties = f"{desktop_bus.DBUS}.Properties"
        wanted = [WATCHER, "IsStatusNotifierHostRegistered"]
        [host] = await desktop_bus.call(bus, WATCHER, WATCHER_PATH, properties, "Get", "ss", wanted)
    except CompanionError as error:
        if error.code == "no_session_bus":
            raise
        return "no_tray", Health.OFF, "This desktop shows no tray icons at the moment.", NO_TRAY_REMEDY
    if not host.value:
        return "no_tray", Health.OFF, "No panel of this desktop shows tray icons at the moment.", NO_TRAY_REMEDY
    return "shown", Health.OK, "", ""


async def _watch_hosts(bus: MessageBus, changed: asyncio.Event) -> None:
    """Set `changed` when the watcher says that a panel came or went."""

    def see(message: Message) -> None:
        if message.interface == WATCHER and message.member in (
            "StatusNotifierHostRegistered",
            "StatusNotifierHostUnregistered",
        ):
            changed.set()

    bus.add_message_handler(see)
    rule = f"type='signal',interface='{WATCHER}',path='{WATCHER_PATH}'"
    await desktop_bus.call(bus, desktop_bus.DBUS, "/org/freedesktop/DBus", desktop_bus.DBUS, "AddMatch", "s", [rule])


class _Item(ServiceInterface):
    """org.kde.StatusNotifierItem: members are named as the specification names them."""

    def __init__(self) -> None:
        super().__init__("org.kde.StatusNotifierItem")
        self._view = TrayView(Look.OFF, "FluxBoard Companion", "", ())

    def show(self, view: TrayView) -> None:
        """Take `view` over and tell the panel what is new in it."""
        old, self._view = self._view, view
        if view.look != old.look:
            self.NewIcon()
            self.NewAttentionIcon()
            self.NewStatus()
        if (view.title, view.detail) != (old.title, old.detail):
            self.NewToolTip()
        if view.title != old.title:
            self.NewTitle()

    @dbus_property(READ)
    def Category(self) -> DBusStr:  # noqa: N802
        return "ApplicationStatus"

    @dbus_property(READ)
    def Id(self) -> DBusStr:  # noqa: N802
        return "fluxboard-companion"

    @dbus_property(READ)
    def Title(self) -> DBusStr:  # noqa: N802
        return self._view.title

    @dbus_property(READ)
    def Status(self) -> DBusStr:  # noqa: N802
        return "NeedsAttention" if self._view.look is Look.FAILED else "Active"

    @dbus_property(READ)
    def WindowId(self) -> DBusInt32:  # noqa: N802
        return 0

    @dbus_property(READ)
    def IconThemePath(self) -> DBusStr:  # noqa: N802
        return ""

    @dbus_property(READ)
    def IconName(self) -> DBusStr:  # noqa: N802
        return ""

    @dbus_property(READ)
    def IconPixmap(self) -> Pixmaps:  # noqa: N802
        return pixmaps(self._view.look)

    @dbus_property(READ)
    def OverlayIconName(self) -> DBusStr:  # noqa: N802
        return ""

    @dbus_property(READ)
    def OverlayIconPixmap(self) -> Pixmaps:  # noqa: N802
        return []

    @dbus_property(READ)
    def AttentionIconName(self) -> DBusStr:  # noqa: N802
        return ""

    @dbus_property(READ)
    def AttentionIconPixmap(self) -> Pixmaps:  # noqa: N802
        return pixmaps(self._view.look)

    @dbus_property(READ)
    def AttentionMovieName(self) -> DBusStr:  # noqa: N802
        return ""

    @dbus_property(READ)
    def ToolTip(self) -> ToolTip:  # noqa: N802
        return ("", [], self._view.title, self._view.detail)

    @dbus_property(READ)
    def ItemIsMenu(self) -> DBusBool:  # noqa: N802
        return True

    @dbus_property(READ)
    def Menu(self) -> DBusObjectPath:  # noqa: N802
        return MENU_PATH

    @dbus_method()
    def ContextMenu(self, x: DBusInt32, y: DBusInt32) -> None:  # noqa: N802
        """Nothing: every host of today draws `Menu` itself."""

    @dbus_method()
    def Activate(self, x: DBusInt32, y: DBusInt32) -> None:  # noqa: N802
        """Nothing: `ItemIsMenu` asks the host to open the menu instead."""

    @dbus_method()
    def SecondaryActivate(self, x: DBusInt32, y: DBusInt32) -> None:  # noqa: N802
        """Nothing: a middle click must not save a clip by accident."""

    @dbus_method()
    def Scroll(self, delta: DBusInt32, orientation: DBusStr) -> None:  # noqa: N802
        """Nothing is scrolled."""

    @dbus_signal()
    def NewTitle(self) -> None:  # noqa: N802
        return

    @dbus_signal()
    def NewIcon(self) -> None:  # noqa: N802
        return

    @dbus_signal()
    def NewAttentionIcon(self) -> None:  # noqa: N802
        return

    @dbus_signal()
    def NewOverlayIcon(self) -> None:  # noqa: N802
        return

    @dbus_signal()
    def NewToolTip(self) -> None:  # noqa: N802
        return

    @dbus_signal()
    def NewStatus(self) -> DBusStr:  # noqa: N802
        return str(self.Status)
