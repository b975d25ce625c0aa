"""A panel's tray without a screen: the watcher and host side of the StatusNotifierItem specification."""

import asyncio
from typing import Annotated, Any

from dbus_fast import Message, MessageType, PropertyAccess, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusBool, DBusSignature, DBusStr
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

WATCHER = "org.kde.StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
Strings = Annotated[list[str], DBusSignature("as")]


class TrayHost(ServiceInterface):
    """Takes items, reads their properties and menus, clicks, and keeps every signal they send in `signals`."""

    def __init__(self, bus: MessageBus, *, has_host: bool = True) -> None:
        super().__init__(WATCHER)
        self._bus = bus
        self._has_host = has_host
        self.items: list[str] = []
        self.signals: list[tuple[str, list[Any]]] = []

    async def open(self) -> None:
        """Appear on the session bus."""
        self._bus.export("/StatusNotifierWatcher", self)
        self._bus.add_message_handler(self._see)
        for interface in (ITEM, MENU):
            rule = f"type='signal',interface='{interface}'"
            await self._call(
                "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", "s", rule
            )
        await self._bus.request_name(WATCHER)

    async def close(self) -> None:
        """Vanish from the session bus, as a panel that crashes does."""
        await self._bus.release_name(WATCHER)
        self._bus.unexport("/StatusNotifierWatcher", self)
        self._bus.remove_message_handler(self._see)
        self.items.clear()

    def gain_host(self) -> None:
        """A panel joins the watcher."""
        self._has_host = True
        self.host_registered()

    def _see(self, message: Message) -> None:
        if message.message_type is MessageType.SIGNAL and message.interface in (ITEM, MENU):
            self.signals.append((str(message.member), message.body))

    async def _call(
        self, name: str, path: str, interface: str, member: str, signature: str = "", *body: Any
    ) -> list[Any]:
        message = Message(name, path, interface, member, signature=signature, body=list(body))
        async with asyncio.timeout(20):
            reply = await self._bus.call(message)
        assert reply is not None
        if reply.message_type is MessageType.ERROR:
            raise LookupError(f"{reply.error_name}: {reply.body}")
        return list(reply.body)

    async def properties(self) -> dict[str, Any]:
        """All properties of the one item."""
        [item] = self.items
        [found] = await self._call(item, "/StatusNotifierItem", "org.freedesktop.DBus.Properties", "GetAll", "s", ITEM)
        return {name: variant.value for name, variant in found.items()}

    async def menu(self, member: str, signature: str, *body: Any) -> list[Any]:
        """Call a method of the item's menu, at the path that the item names."""
        [item] = self.items
        path = (await self.properties())["Menu"]
        return await self._call(item, path, MENU, member, signature, *body)

    async def lines(self) -> dict[str, int]:
        """The menu's labels with their ids; separators are left out."""
        _, root = await self.menu("GetLayout", "iias", 0, -1, ["label"])
        rows = [child.value for child in root[2]]
        return {properties["label"].value.replace("__", "_"): number for number, properties, _ in rows if properties}

    async def click(self, number: int) -> None:
        await self.menu("Event", "isvu", number, "clicked", Variant("i", 0), 0)

    @dbus_method(name="RegisterStatusNotifierItem")
    def register_item(self, service: DBusStr) -> None:
        if service not in self.items:
            self.items.append(service)

    @dbus_property(PropertyAccess.READ, name="RegisteredStatusNotifierItems")
    def registered_items(self) -> Strings:
        return self.items

    @dbus_property(PropertyAccess.READ, name="IsStatusNotifierHostRegistered")
    def is_host_registered(self) -> DBusBool:
        return self._has_host

    @dbus_signal(name="StatusNotifierHostRegistered")
    def host_registered(self) -> None:
        return
