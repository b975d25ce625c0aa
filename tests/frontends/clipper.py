"""A small feature for the tests of the doors: it has the actions that they offer and remembers who asked for what."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from companion.kernel.actions import Caller, Scope, action
from companion.kernel.errors import Conflict, Unavailable


class Page(BaseModel):
    items: list[dict[str, Any]]
    total: int


class Clipper:
    """Saves nothing; `calls` holds (action, arguments, caller) and `clips` what `clip.list` answers."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any], Caller]] = []
        self.clips: list[dict[str, Any]] = []
        self.buffer_on = True
        self.has_network = True

    def saved(self) -> list[float]:
        """The lengths that were asked for, in order."""
        return [arguments["seconds"] for name, arguments, _ in self.calls if name == "clip.save"]

    @action("clip.save", scope=Scope.CONTROL, http="POST /api/clips")
    async def save(self, caller: Caller, seconds: Annotated[float, Field(gt=0, le=3600)] = 30) -> None:
        """Save the last seconds."""
        self.calls.append(("clip.save", {"seconds": seconds}, caller))
        if not self.buffer_on:
            raise Conflict("replay_stopped", "The replay buffer is stopped.", "Start it in the tray menu.")

    @action("clip.list", scope=Scope.VIEW, http="GET /api/clips")
    async def listing(self, limit: Annotated[int, Field(ge=1)] = 50) -> Page:
        """List clips."""
        return Page(items=self.clips[:limit], total=len(self.clips))

    @action("replay.start", scope=Scope.CONTROL, http="POST /api/replay/start")
    async def start(self, caller: Caller) -> None:
        """Start the replay buffer."""
        self.calls.append(("replay.start", {}, caller))

    @action("replay.stop", scope=Scope.CONTROL, http="POST /api/replay/stop", confirm=True)
    async def stop(self, caller: Caller) -> None:
        """Stop the replay buffer."""
        self.calls.append(("replay.stop", {}, caller))

    @action("replay.enable", scope=Scope.ADMIN, http="POST /api/replay/enable", confirm=True)
    async def enable(self, caller: Caller) -> None:
        """Switch the replay buffer on."""
        self.calls.append(("replay.enable", {}, caller))

    @action("pairing.start", scope=Scope.ADMIN, http="POST /api/pairing")
    async def pair(self, caller: Caller) -> None:
        """Let a phone ask to be paired."""
        self.calls.append(("pairing.start", {}, caller))
        if not self.has_network:
            raise Unavailable("no_network", "This PC is in no network.", "Connect it to the phone's Wi-Fi.")

    @action("system.quit", scope=Scope.ADMIN, http="POST /api/quit", confirm=True)
    async def quit(self, caller: Caller) -> None:
        """End the companion."""
        self.calls.append(("system.quit", {}, caller))
