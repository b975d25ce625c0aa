"""A notification server of the freedesktop specification that remembers what it was asked to show."""

import dataclasses
from typing import Annotated, Any

from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusDict, DBusInt32, DBusSignature, DBusStr, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method

NAME = "org.freedesktop.Notifications"
Strings = Annotated[list[str], DBusSignature("as")]


@dataclasses.dataclass(frozen=True)
class Shown:
    app: str
    icon: str
    title: str
    body: str
    hints: dict[str, Any]
    milliseconds: int


class NotificationServer(ServiceInterface):
    """`shown` holds the messages in order."""

    def __init__(self) -> None:
        super().__init__(NAME)
        self.shown: list[Shown] = []

    async def offer(self, bus: MessageBus) -> None:
        """Take the well-known name on `bus`."""
        bus.export("/org/freedesktop/Notifications", self)
        await bus.request_name(NAME)

    @dbus_method(name="GetCapabilities")
    def get_capabilities(self) -> Strings:
        return ["body", "body-markup"]

    @dbus_method(name="GetServerInformation")
    def get_server_information(self) -> Annotated[tuple[str, str, str, str], DBusSignature("ssss")]:
        return "fake", "tests", "1", "1.2"

    @dbus_method(name="Notify")
    def notify(
        self,
        app: DBusStr,
        replaces: DBusUInt32,
        icon: DBusStr,
        title: DBusStr,
        body: DBusStr,
        actions: Strings,
        hints: DBusDict,
        milliseconds: DBusInt32,
    ) -> DBusUInt32:
        plain = {name: variant.value for name, variant in hints.items()}
        self.shown.append(Shown(app, icon, title, body, plain, milliseconds))
        return replaces or len(self.shown)

    @dbus_method(name="CloseNotification")
    def close_notification(self, number: DBusUInt32) -> None:
        """Nothing stays open."""
