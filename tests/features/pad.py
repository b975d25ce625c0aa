"""A small feature for the tests of what runs other actions: it notes what it was told."""

import asyncio

from companion.kernel.actions import Caller, Scope, action
from companion.kernel.errors import Conflict


class Pad:
    """Notes each key that is pressed, and by whom."""

    def __init__(self) -> None:
        self.pressed: list[str] = []
        self.callers: list[Caller] = []
        self.held = asyncio.Event()

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
        """Last until `held` is set."""
        await self.held.wait()

    @action("pad.erase", scope=Scope.CONTROL, http="POST /api/pad/erase", confirm=True)
    async def erase(self) -> None:
        """Ask first, then erase."""
        self.pressed.append("erased")

    @action("pad.lock", scope=Scope.ADMIN, http="POST /api/pad/lock")
    async def lock(self) -> None:
        """Lock the pad."""
        self.pressed.append("locked")
