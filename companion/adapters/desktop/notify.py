"""Desktop notifications: over D-Bus on Linux, by the system's own service elsewhere."""

import asyncio
import html
import logging
import sys
from collections.abc import Mapping
from typing import Any, Protocol

from companion.adapters.desktop.files import asset
from companion.kernel.errors import Failed, Unavailable
from companion.kernel.status import Health, Report

log = logging.getLogger(__name__)

APP = "FluxBoard Companion"
SERVER = "org.freedesktop.Notifications"
SERVER_PATH = "/org/freedesktop/Notifications"
SHOWN_MILLISECONDS = 6000
NO_SERVER = "This desktop has no notification service, so nothing can be shown."
NO_SERVER_REMEDY = (
    "Start or install one, for example xfce4-notifyd, dunst or mako. Sounds and the tray icon still tell."
)


class Notifier(Protocol):
    """Shows short messages on the desktop."""

    async def run(self, report: Report) -> None:
        """Keep what is needed ready until cancelled, and report whether messages can be shown."""

    async def show(self, title: str, body: str) -> None:
        """Show a message; raises Unavailable or Failed when it was not shown."""


def open_notifier(environment: Mapping[str, str]) -> Notifier:
    """The notifier of this platform."""
    return DBusNotifier(environment) if sys.platform == "linux" else SystemNotifier()


class DBusNotifier:
    """org.freedesktop.Notifications; whether somebody owns that name is the only proof that messages are seen."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._bus: Any = None

    async def run(self, report: Report) -> None:
        from companion.adapters.desktop import bus as session_bus

        async def serve(bus: Any) -> None:
            changed = asyncio.Event()
            await session_bus.watch_name(bus, SERVER, changed.set)
            self._bus = bus
            while True:
                changed.clear()
                if await session_bus.can_be_reached(bus, SERVER):
                    report("ready", Health.OK, "", "")
                else:
                    report("no_server", Health.OFF, NO_SERVER, NO_SERVER_REMEDY)
                await changed.wait()

        try:
            await session_bus.keep_connected(
                self._environment, serve, lambda error: report("no_bus", Health.OFF, error.message, error.remedy)
            )
        finally:
            self._bus = None

    async def show(self, title: str, body: str) -> None:
        from dbus_fast import Variant

        from companion.adapters.desktop import bus as session_bus

        if self._bus is None or not self._bus.connected:
            raise Unavailable("no_notifications", NO_SERVER, NO_SERVER_REMEDY)
        hints = {"urgency": Variant("y", 1), "suppress-sound": Variant("b", True)}  # noqa: FBT003 - D-Bus's own form
        icon = asset("icons/app-64.png").as_uri()
        # The body may be read as markup, and whoever does not read it shows the few escapes as they are.
        message = [APP, 0, icon, title, html.escape(body, quote=False), [], hints, SHOWN_MILLISECONDS]
        try:
            await session_bus.call(self._bus, SERVER, SERVER_PATH, SERVER, "Notify", "susssasa{sv}i", message)
        except Unavailable as error:
            raise Unavailable("no_notifications", NO_SERVER, NO_SERVER_REMEDY) from error


class SystemNotifier:
    """The notification centre of Windows and macOS, by the library desktop-notifier."""

    def __init__(self) -> None:
        self._notifier: Any = None

    async def run(self, report: Report) -> None:
        from desktop_notifier import DesktopNotifier, Icon

        self._notifier = DesktopNotifier(app_name=APP, app_icon=Icon(path=asset("icons/app-256.png")))
        try:
            if await self._notifier.request_authorisation():
                report("ready", Health.OK, "", "")
            else:
                report("not_allowed", Health.OFF, "The system does not let the companion show messages.", _ALLOW)
            await asyncio.Event().wait()
        finally:
            self._notifier = None

    async def show(self, title: str, body: str) -> None:
        if self._notifier is None or not await self._notifier.has_authorisation():
            raise Unavailable("no_notifications", "The system does not let the companion show messages.", _ALLOW)
        try:
            await self._notifier.send(title=title, message=body)
        except Exception as error:  # the library passes on whatever the system's own bindings raise
            raise Failed("notification_failed", f"The system did not show a message: {error}") from error


_ALLOW = "Allow notifications of FluxBoard Companion in the system's settings."
