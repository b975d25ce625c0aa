"""Whether OBS keeps a microphone from the audience, as soon as OBS says so."""

import time
from collections.abc import Callable, Collection

from companion.adapters.obs.link import ObsLink
from companion.adapters.obs.notices import ObsNotice
from companion.domain.events import StudioChanged
from companion.domain.listening import Mute, mute_in_obs
from companion.domain.studio import StudioState
from companion.kernel.bus import Bus

TRUST_SECONDS = 1.0
"""A mute that OBS announced stands against what was read before it for so long."""


class Mutes:
    """What OBS at the other end of `link` mutes: announced at once, and a moment later read with the whole studio."""

    def __init__(self, link: ObsLink, bus: Bus) -> None:
        self._link = link
        self._bus = bus
        self._announced: dict[str, tuple[float, bool]] = {}

    async def follow(self, changed: Callable[[], None]) -> None:
        """Learn what is announced, as long as this runs, and call `changed` each time."""
        notices = self._link.notices.subscribe(ObsNotice, size=1024)
        try:
            async for envelope in notices:
                notice = envelope.event
                if isinstance(notice, ObsNotice) and notice.kind == "InputMuteStateChanged":
                    name, muted = str(notice.data.get("inputName")), bool(notice.data.get("inputMuted"))
                    self._announced[name] = (time.time(), muted)
                    changed()
        finally:
            self._link.notices.unsubscribe(notices)

    def now(self, name: str | None, devices: Collection[str]) -> Mute:
        """Whether it mutes the microphone with these `devices`, or OBS's input `name` where one is given."""
        latest, now = self._bus.latest(StudioChanged), time.time()
        self._announced = {of: (at, muted) for of, (at, muted) in self._announced.items() if now - at < TRUST_SECONDS}
        said = {of: muted for of, (_, muted) in self._announced.items()}
        return mute_in_obs(latest.studio if latest else StudioState(), name, devices, said)
