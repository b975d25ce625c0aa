"""A small feature for the tests of what runs other actions: it notes what it was told; and phones that do so."""

import asyncio
import dataclasses
from typing import Any

from companion.domain.events import DeviceRevoked
from companion.kernel.actions import Caller, Scope, action
from companion.kernel.bus import Bus
from companion.kernel.errors import Conflict, NotAllowed

PHONE = Caller("phone", Scope.CONTROL, "Pixel", 7)


class Phones:
    """What paired phones may do now, which `present` tells the registry as the LAN's door does."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._changed: dict[int | None, dict[str, Any]] = {}
        self._revoked: set[int | None] = set()

    def present(self, caller: Caller) -> Caller:
        if caller.device in self._revoked:
            raise NotAllowed("device_revoked", "This phone was thrown out.")
        return dataclasses.replace(caller, **self._changed.get(caller.device, {}))

    def change(self, device: int, **rights: Any) -> None:
        self._changed[device] = rights

    def revoke(self, device: int) -> None:
        self._revoked.add(device)
        self._bus.publish(DeviceRevoked(device, "lost", "Pocket"))


class Pad:
    """Notes each key that is pressed, and by whom."""

    def __init__(self) -> None:
        self.pressed: list[str] = []
        self.callers: list[Caller] = []
        self.held = asyncio.Event()
        self.holding = asyncio.Event()

    @action("pad.press", scope=Scope.CONTROL, http="POST /api/pad/press")
    async def press(self, caller: Caller, key: str) -> None:
        """Press a key."""
        self.pressed.append(key)
        self.callers.append(caller)

    @action("pad.jam", scope=Scope.CONTROL, http="POST /api/pad/jam")
    async def jam(self) -> None:
        """Fail."""
        raise Conflict("jammed", "The key is jammed.", "Free it.")

    @action("pad.hold", scope=Scope.CONTROL, http="POST /api/pad/hold")
    async def hold(self) -> None:
        """Last until `held` is set; `holding` tells that it began."""
        self.holding.set()
        await self.held.wait()

    @action("pad.erase", scope=Scope.CONTROL, http="POST /api/pad/erase", confirm=True)
    async def erase(self) -> None:
        """Ask first, then erase."""
        self.pressed.append("erased")

    @action("pad.lock", scope=Scope.ADMIN, http="POST /api/pad/lock")
    async def lock(self) -> None:
        """Lock the pad."""
        self.pressed.append("locked")
