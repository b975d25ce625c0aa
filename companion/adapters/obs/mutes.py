"""Whether OBS keeps a microphone from the audience, as soon as OBS says so."""

import asyncio
import dataclasses
import time
from collections.abc import Callable, Collection

from companion.adapters.obs.link import ObsLink
from companion.adapters.obs.notices import ObsNotice
from companion.domain.events import ObsConnectionChanged, ObsState, StudioChanged
from companion.domain.listening import Mute, mute_in_obs
from companion.domain.studio import StudioState
from companion.kernel.bus import Bus, Subscription

TRUST_SECONDS = 30.0
"""A mute that OBS announced stands against what was read before it for so long, at most: OBS may be slow."""

_SAME_OBS = frozenset({ObsState.CONNECTED, ObsState.NOT_RESPONDING})


@dataclasses.dataclass(frozen=True)
class _Announced:
    """OBS said at `at` (monotonic) that an input is `muted` or not; `before` is how the studio was known then."""

    muted: bool
    at: float
    before: StudioChanged | None


class Mutes:
    """What OBS at the other end of `link` mutes: announced at once, and later read with the whole studio."""

    def __init__(self, link: ObsLink, bus: Bus) -> None:
        self._link = link
        self._bus = bus
        self._announced: dict[str, _Announced] = {}

    async def follow(self, changed: Callable[[], None]) -> None:
        """Learn what is announced, as long as this runs, and call `changed` each time."""
        notices = self._link.notices.subscribe(ObsNotice, size=1024)
        connections = self._bus.subscribe(ObsConnectionChanged)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._forget_with_connection(connections))
                async for envelope in notices:
                    if notices.take_missed():
                        self._announced.clear()  # a later one may be among them
                    notice = envelope.event
                    if isinstance(notice, ObsNotice) and notice.kind == "InputMuteStateChanged":
                        name, muted = str(notice.data.get("inputName")), bool(notice.data.get("inputMuted"))
                        before = self._bus.latest(StudioChanged)
                        self._announced[name] = _Announced(muted, time.monotonic(), before)
                        changed()
        finally:
            self._link.notices.unsubscribe(notices)
            self._bus.unsubscribe(connections)

    def now(self, name: str | None, devices: Collection[str]) -> Mute:
        """Whether it mutes the microphone with these `devices`, or OBS's input `name` where one is given."""
        latest = self._bus.latest(StudioChanged)
        studio = latest.studio if latest else StudioState()
        read = {(found.name, found.muted) for found in studio.inputs}
        oldest = time.monotonic() - TRUST_SECONDS
        self._announced = {
            of: said
            for of, said in self._announced.items()
            if said.at > oldest and (said.before is latest or (of, said.muted) not in read)
        }
        return mute_in_obs(studio, name, devices, {of: said.muted for of, said in self._announced.items()})

    async def _forget_with_connection(self, connections: Subscription) -> None:
        """Forget what was announced by an OBS that is gone; one that hangs is still the same."""
        async for envelope in connections:
            change = envelope.event
            if isinstance(change, ObsConnectionChanged) and change.state not in _SAME_OBS:
                self._announced.clear()
