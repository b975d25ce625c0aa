"""The D-Bus session bus of a Linux desktop: connecting, calling, and watching who owns a name."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.errors import AuthError, InvalidAddressError

from companion.kernel.errors import CompanionError, Failed, Unavailable

DBUS = "org.freedesktop.DBus"
CALL_SECONDS = 5.0
RETRY_SECONDS = 5.0
ABSENT = {f"{DBUS}.Error.ServiceUnknown", f"{DBUS}.Error.NameHasNoOwner", f"{DBUS}.Error.UnknownObject"}


def bus_address(environment: Mapping[str, str]) -> str:
    """The session bus's address; raises Unavailable `no_session_bus` where there is none."""
    if address := environment.get("DBUS_SESSION_BUS_ADDRESS"):
        return address
    socket = Path(environment.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}") / "bus"
    if socket.exists():
        return f"unix:path={socket}"
    raise _no_bus("no address is known")


async def connect(environment: Mapping[str, str]) -> MessageBus:
    """A connection of its own to the session bus; raises Unavailable `no_session_bus`."""
    try:
        async with asyncio.timeout(CALL_SECONDS):
            bus = await MessageBus(bus_address(environment), BusType.SESSION).connect()
    except (OSError, EOFError, AuthError, InvalidAddressError, TimeoutError) as error:
        raise _no_bus(str(error) or type(error).__name__) from error
    # The library takes a full socket, as a busy computer has it, for a lost connection: the tray icon would vanish.
    writer: Any = bus._writer
    writer.sock = _PatientSocket(bus._sock)
    return bus


class _PatientSocket:
    """Sends nothing, instead of failing, while the socket is full; the library then waits until it can be written."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    def send(self, data: Any) -> int:
        try:
            return int(self._socket.send(data))
        except BlockingIOError:
            return 0


async def keep_connected(
    environment: Mapping[str, str],
    serve: Callable[[MessageBus], Awaitable[None]],
    absent: Callable[[CompanionError], None],
) -> None:
    """Run `serve` on a connection, and on a new one whenever that is lost; `absent` hears why there is none now."""
    while True:
        try:
            bus = await connect(environment)
            try:
                await _serve_until_lost(bus, serve)
            finally:
                await close(bus)
        except CompanionError as error:
            absent(error)
            await asyncio.sleep(RETRY_SECONDS)


async def _serve_until_lost(bus: MessageBus, serve: Callable[[MessageBus], Awaitable[None]]) -> None:
    """Raises Unavailable when the connection is lost, and what `serve` raises."""
    failure: list[CompanionError] = []

    async def served() -> None:
        try:
            await serve(bus)
        except CompanionError as error:
            failure.append(error)
            bus.disconnect()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(served(), name="dbus-service")
        await until_lost(bus)
        task.cancel()
    raise failure[0] if failure else _no_bus("it ended")


async def close(bus: MessageBus) -> None:
    """End the connection and wait until its socket is closed."""
    bus.disconnect()
    await until_lost(bus)


async def until_lost(bus: MessageBus) -> None:
    """Wait until the connection is gone, whoever ended it."""
    try:
        await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
    except (OSError, EOFError):
        return  # the session bus ended: that is what was waited for


async def call(
    bus: MessageBus,
    name: str,
    path: str,
    interface: str,
    member: str,
    signature: str = "",
    body: Sequence[Any] = (),
) -> list[Any]:
    """Call a method and return the reply's values; raises Unavailable where nobody owns `name`, else Failed."""
    message = Message(
        destination=name, path=path, interface=interface, member=member, signature=signature, body=list(body)
    )
    try:
        async with asyncio.timeout(CALL_SECONDS):
            reply = await bus.call(message)
    except TimeoutError as error:
        raise Failed("dbus_timeout", f"{name} did not answer within {CALL_SECONDS:g} s.") from error
    except (OSError, EOFError) as error:
        raise _no_bus(str(error)) from error
    if reply is None:
        raise _no_bus("the connection ended")
    if reply.message_type is MessageType.ERROR:
        reason = str(reply.body[0]) if reply.body else str(reply.error_name)
        if reply.error_name in ABSENT:
            raise Unavailable("dbus_name_absent", f"{name} is not there: {reason}")
        raise Failed("dbus_error", f"{name} refused {member}: {reason}")
    return list(reply.body)


async def watch_name(bus: MessageBus, name: str, changed: Callable[[], None]) -> None:
    """Call `changed` whenever `name` gets, changes or loses its owner."""

    def see(message: Message) -> None:
        if message.member == "NameOwnerChanged" and message.sender == DBUS and message.body[0] == name:
            changed()

    bus.add_message_handler(see)
    rule = f"type='signal',sender='{DBUS}',interface='{DBUS}',member='NameOwnerChanged',arg0='{name}'"
    await call(bus, DBUS, "/org/freedesktop/DBus", DBUS, "AddMatch", "s", [rule])


async def can_be_reached(bus: MessageBus, name: str) -> bool:
    """Whether `name` has an owner, or would be started by a call to it."""
    path = "/org/freedesktop/DBus"
    [owned] = await call(bus, DBUS, path, DBUS, "NameHasOwner", "s", [name])
    if owned:
        return True
    [startable] = await call(bus, DBUS, path, DBUS, "ListActivatableNames")
    return name in startable


def _no_bus(reason: str) -> Unavailable:
    return Unavailable(
        "no_session_bus",
        f"There is no desktop session bus (D-Bus) to talk to: {reason}.",
        "Start the companion from your desktop session, not from a plain terminal login.",
    )
