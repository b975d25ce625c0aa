"""The tray icon on Linux: a StatusNotifierItem with a com.canonical.dbusmenu, spoken over D-Bus in the event loop."""

import asyncio
import html
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

from companion.adapters.desktop import bus as session_bus
from companion.adapters.desktop.dbusmenu import DBusMenu
from companion.adapters.desktop.icons import Pixmap, pixmaps
from companion.adapters.desktop.tray import Look, TrayView
from companion.kernel.errors import CompanionError
from companion.kernel.status import Health, Report

WATCHER = "org.kde.StatusNotifierWatcher"
WATCHER_PATH = "/StatusNotifierWatcher"
ITEM_PATH = "/StatusNotifierItem"
MENU_PATH = "/MenuBar"
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
        await session_bus.keep_connected(
            self._environment,
            lambda bus: self._serve(bus, report),
            lambda error: report("no_bus", Health.OFF, error.message, error.remedy),
        )

    async def _serve(self, bus: MessageBus, report: Report) -> None:
        """Offer the item on `bus`, and register it at the panel's watcher whenever that or its panels change."""
        bus.export(ITEM_PATH, self._item)
        bus.export(MENU_PATH, self._menu)
        changed = asyncio.Event()
        name = await _own_name(bus)
        await session_bus.watch_name(bus, WATCHER, changed.set)
        await _watch_hosts(bus, changed)
        while True:
            changed.clear()
            report(*await _registered(bus, name))
            await changed.wait()


async def _own_name(bus: MessageBus) -> str:
    """The name that the specification asks for, or the connection's own where that is taken."""
    name = f"org.kde.StatusNotifierItem-{os.getpid()}-1"
    reply = await bus.request_name(name)
    return name if reply is RequestNameReply.PRIMARY_OWNER else str(bus.unique_name)


async def _registered(bus: MessageBus, name: str) -> tuple[str, Health, str, str]:
    """Register the item `name`, and say whether a panel shows it."""
    try:
        await session_bus.call(bus, WATCHER, WATCHER_PATH, WATCHER, "RegisterStatusNotifierItem", "s", [name])
        properties = f"{session_bus.DBUS}.Properties"
        wanted = [WATCHER, "IsStatusNotifierHostRegistered"]
        [host] = await session_bus.call(bus, WATCHER, WATCHER_PATH, properties, "Get", "ss", wanted)
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
    await session_bus.call(bus, session_bus.DBUS, "/org/freedesktop/DBus", session_bus.DBUS, "AddMatch", "s", [rule])


class _Item(ServiceInterface):
    """org.kde.StatusNotifierItem: members are named as the specification names them."""

    def __init__(self) -> None:
        super().__init__("org.kde.StatusNotifierItem")
        self._view = TrayView(Look.OFF, "FluxBoard Companion", "", ())

    def show(self, view: TrayView) -> None:
        """Take `view` over and tell the panel what is new in it."""
        old, self._view = self._view, view
        if view.look != old.look:
            self.new_icon()
            self.new_attention_icon()
            self.new_status()
        if (view.title, view.detail) != (old.title, old.detail):
            self.new_tool_tip()
        if view.title != old.title:
            self.new_title()

    @dbus_property(READ, name="Category")
    def category(self) -> DBusStr:
        return "ApplicationStatus"

    @dbus_property(READ, name="Id")
    def id(self) -> DBusStr:
        return "fluxboard-companion"

    @dbus_property(READ, name="Title")
    def title(self) -> DBusStr:
        return self._view.title

    @dbus_property(READ, name="Status")
    def status(self) -> DBusStr:
        return "NeedsAttention" if self._view.look is Look.FAILED else "Active"

    @dbus_property(READ, name="WindowId")
    def window_id(self) -> DBusInt32:
        return 0

    @dbus_property(READ, name="IconThemePath")
    def icon_theme_path(self) -> DBusStr:
        return ""

    @dbus_property(READ, name="IconName")
    def icon_name(self) -> DBusStr:
        return ""

    @dbus_property(READ, name="IconPixmap")
    def icon_pixmap(self) -> Pixmaps:
        return pixmaps(self._view.look)

    @dbus_property(READ, name="OverlayIconName")
    def overlay_icon_name(self) -> DBusStr:
        return ""

    @dbus_property(READ, name="OverlayIconPixmap")
    def overlay_icon_pixmap(self) -> Pixmaps:
        return []

    @dbus_property(READ, name="AttentionIconName")
    def attention_icon_name(self) -> DBusStr:
        return ""

    @dbus_property(READ, name="AttentionIconPixmap")
    def attention_icon_pixmap(self) -> Pixmaps:
        return pixmaps(self._view.look)

    @dbus_property(READ, name="AttentionMovieName")
    def attention_movie_name(self) -> DBusStr:
        return ""

    @dbus_property(READ, name="ToolTip")
    def tool_tip(self) -> ToolTip:
        """Title and body; the body is read as markup, and one wrong character would leave it empty."""
        return ("", [], self._view.title, html.escape(self._view.detail, quote=False))

    @dbus_property(READ, name="ItemIsMenu")
    def item_is_menu(self) -> DBusBool:
        return True

    @dbus_property(READ, name="Menu")
    def menu(self) -> DBusObjectPath:
        return MENU_PATH

    @dbus_method(name="ContextMenu")
    def context_menu(self, x: DBusInt32, y: DBusInt32) -> None:
        """Nothing: every host of today draws `Menu` itself."""

    @dbus_method(name="Activate")
    def activate(self, x: DBusInt32, y: DBusInt32) -> None:
        """Nothing: `ItemIsMenu` asks the host to open the menu instead."""

    @dbus_method(name="SecondaryActivate")
    def secondary_activate(self, x: DBusInt32, y: DBusInt32) -> None:
        """Nothing: a middle click must not save a clip by accident."""

    @dbus_method(name="Scroll")
    def scroll(self, delta: DBusInt32, orientation: DBusStr) -> None:
        """Nothing is scrolled."""

    @dbus_signal(name="NewTitle")
    def new_title(self) -> None:
        return

    @dbus_signal(name="NewIcon")
    def new_icon(self) -> None:
        return

    @dbus_signal(name="NewAttentionIcon")
    def new_attention_icon(self) -> None:
        return

    @dbus_signal(name="NewOverlayIcon")
    def new_overlay_icon(self) -> None:
        return

    @dbus_signal(name="NewToolTip")
    def new_tool_tip(self) -> None:
        return

    @dbus_signal(name="NewStatus")
    def new_status(self) -> DBusStr:
        return str(self.status)
