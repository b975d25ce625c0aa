"""OBS as the streamer sees it: connected or not, on which scene, live or recording, and how well it runs."""

from companion.adapters.obs.link import ObsLink, ObsStatus
from companion.domain.events import SettingsChanged
from companion.kernel.actions import Scope, action
from companion.kernel.bus import Bus
from companion.kernel.service import Ready


class Studio:
    """Actions on OBS; as a service it has the link connect anew when OBS's address or password changed here."""

    name = "studio"
    essential = False

    def __init__(self, link: ObsLink, bus: Bus) -> None:
        self._link = link
        self._bus = bus

    async def run(self, ready: Ready) -> None:
        changes = self._bus.subscribe(SettingsChanged)
        try:
            ready()
            async for envelope in changes:
                if isinstance(envelope.event, SettingsChanged) and envelope.event.values.keys() & {
                    "obs_ws_url",
                    "obs_ws_password",
                }:
                    self._link.retry()
        finally:
            self._bus.unsubscribe(changes)

    @action("obs.status", scope=Scope.VIEW, http="GET /api/obs/status")
    async def status(self) -> ObsStatus:
        """Show the connection to OBS and what OBS is doing."""
        return self._link.status()
