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
_SOON_KNOWN = frozenset({ObsState.CONNECTING, ObsState.CONNECTED})

_UNTOLD = Mute(muted=True, doubt="OBS is asked whether it is muted")
_LAST_SEEN = Mute(muted=True, doubt="It was muted in OBS when OBS was last seen")


@dataclasses.dataclass(frozen=True)
class _Announced:
    """OBS said at `at` (monotonic) that an input is `muted` or not; `before` is how the studio was known then."""

    muted: bool
    at: float
    before: StudioChanged | None


class Mutes:
    """What OBS at the other end of `link` mutes: announced at once, and later read with the whole studio.

    While OBS cannot be asked, what it muted stays muted.
    """

    def __init__(self, link: ObsLink, bus: Bus) -> None:
        self._link = link
        self._bus = bus
        self._announced: dict[str, _Announced] = {}
        self._known: StudioState | None = None  # as OBS said last; not connected where it is known to be gone
        self._said: dict[str, bool] = {}  # what it announced after that

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
        latest, state = self._bus.latest(StudioChanged), self._state()
        told = latest is not None and latest.studio.connected and (state is None or state in _SAME_OBS)
        if latest is not None and told:
            read = {(found.name, found.muted) for found in latest.studio.inputs}
            oldest = time.monotonic() - TRUST_SECONDS
            self._announced = {
                of: said
                for of, said in self._announced.items()
                if said.at > oldest and (said.before is latest or (of, said.muted) not in read)
            }
            self._known, self._said = latest.studio, {}
        elif self._known is None and state is ObsState.NOT_RUNNING:
            self._known = StudioState()
        if self._known is None:
            return _UNTOLD if state in _SOON_KNOWN else Mute(muted=False)
        self._said |= {of: said.muted for of, said in self._announced.items()}
        mute = mute_in_obs(self._known, name, devices, self._said)
        return mute if told or not mute.muted else _LAST_SEEN

    def let_go(self) -> None:
        """Nothing is listened to: what begins later without OBS is not muted by one that was closed before."""
        if self._state() is ObsState.NOT_RUNNING:
            self._known, self._said = StudioState(), {}

    def _state(self) -> ObsState | None:
        change = self._bus.latest(ObsConnectionChanged)
        return change.state if change else None

    async def _forget_with_connection(self, connections: Subscription) -> None:
        """Forget what was announced by an OBS that is gone; one that hangs is still the same."""
        async for envelope in connections:
            change = envelope.event
            if isinstance(change, ObsConnectionChanged) and change.state not in _SAME_OBS:
                self._announced.clear()
