"""The session bus connection on a real bus daemon."""

import signal

from dbus_fast import Message, MessageType

from companion.adapters.desktop import bus as session_bus
from tests.real.desktop import DesktopSession


async def test_a_session_bus_that_is_too_busy_to_read_is_waited_for() -> None:
    async with DesktopSession(display=False) as desktop:
        bus = await session_bus.connect(desktop.environment)
        desktop.bus_daemon.send_signal(signal.SIGSTOP)
        for _ in range(40):
            picture = Message(
                path="/icon", interface="test.icon", member="New", message_type=MessageType.SIGNAL, signature="ay"
            )
            picture.body = [bytes(64 * 1024)]
            bus.send(picture)
        desktop.bus_daemon.send_signal(signal.SIGCONT)
        [name] = await session_bus.call(
            bus, session_bus.DBUS, "/", session_bus.DBUS, "GetNameOwner", "s", [bus.unique_name]
        )
        assert name == bus.unique_name
        await session_bus.close(bus)
