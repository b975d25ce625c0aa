"""The companion itself: shown to its streamer, and ended."""

import asyncio

from companion.domain.events import AttentionAsked
from companion.kernel.actions import Scope, action
from companion.kernel.bus import Bus


class System:
    """Actions on the daemon; `stop` is the event that ends it."""

    def __init__(self, bus: Bus, stop: asyncio.Event) -> None:
        self._bus = bus
        self._stop = stop

    @action("system.attention", scope=Scope.ADMIN, http="POST /api/system/attention")
    async def attention(self) -> None:
        """Have the running companion show itself."""
        self._bus.publish(AttentionAsked())

    @action("system.quit", scope=Scope.ADMIN, http="POST /api/system/quit", confirm=True)
    async def quit(self) -> None:
        """End the companion; clips in work go on at its next start."""
        self._stop.set()
