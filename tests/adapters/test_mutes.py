"""What OBS mutes: what it announced stands until it is read anew, however slowly OBS answers."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from companion.adapters.obs import mutes as module
from companion.adapters.obs.config import ObsCredentials
from companion.adapters.obs.link import ObsLink
from companion.adapters.obs.mutes import TRUST_SECONDS, Mutes
from companion.adapters.obs.notices import ObsNotice
from companion.domain.events import ObsConnectionChanged, ObsState, StudioChanged
from companion.domain.studio import SILENT_DB, Input, StudioState
from companion.kernel.bus import Bus
from companion.kernel.status import StatusBoard
from tests.obs_link import until


class Desk:
    """OBS with one microphone, and a clock that is moved by hand."""

    def __init__(self) -> None:
        self.bus = Bus()
        self.link = ObsLink(self.bus, StatusBoard(self.bus), self._nowhere)
        self.mutes = Mutes(self.link, self.bus)
        self.seconds = 1000.0
        self.news = 0

    async def _nowhere(self) -> ObsCredentials:
        return ObsCredentials("ws://127.0.0.1:1", None, "nowhere")

    def monotonic(self) -> float:
        return self.seconds

    def heard_of(self) -> None:
        self.news += 1

    def read(self, *, muted: bool, scene: str = "Game", volume_db: float = 0.0) -> None:
        """The studio was read, as it was then."""
        mic = Input("Mic/Aux", "pulse_input_capture", has_audio=True, muted=muted, volume_db=volume_db)
        self.bus.publish(StudioChanged(StudioState(connected=True, program=scene, inputs=(mic,))))

    async def announce(self, *, muted: bool) -> None:
        before = self.news
        self.link.notices.publish(ObsNotice("InputMuteStateChanged", {"inputName": "Mic/Aux", "inputMuted": muted}))
        await until(lambda: self.news > before, 10, lambda: "the announcement")

    async def connection(self, state: ObsState) -> None:
        self.bus.publish(ObsConnectionChanged(state))
        for _ in range(20):
            await asyncio.sleep(0)

    def muted(self) -> bool | None:
        return self.mutes.now(None, []).muted


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    made = Desk()
    monkeypatch.setattr(module, "time", made)
    made.read(muted=False)
    following = asyncio.create_task(made.mutes.follow(made.heard_of))
    await asyncio.sleep(0)
    yield made
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def test_a_mute_stands_while_obs_is_slow_to_read(desk: Desk) -> None:
    await desk.announce(muted=True)
    desk.seconds += 20
    assert desk.muted() is True
    desk.read(muted=False, scene="Heavy")  # begun before the mute
    assert desk.muted() is True
    desk.seconds += TRUST_SECONDS
    assert desk.muted() is False, "what was read since all the time is the truth"


async def test_once_it_was_read_what_is_read_later_counts(desk: Desk) -> None:
    await desk.announce(muted=True)
    desk.read(muted=True)
    assert desk.muted() is True
    desk.read(muted=False)
    assert desk.muted() is False


async def test_what_was_read_between_two_announcements_does_not_open_the_microphone(desk: Desk) -> None:
    desk.read(muted=True)
    await desk.announce(muted=False)
    await desk.announce(muted=True)
    assert desk.muted() is True
    desk.read(muted=False)
    assert desk.muted() is True
    desk.read(muted=True)
    assert desk.muted() is True


async def test_what_another_obs_announced_is_forgotten_what_a_hanging_one_did_is_not(desk: Desk) -> None:
    await desk.announce(muted=True)
    await desk.connection(ObsState.NOT_RESPONDING)
    await desk.connection(ObsState.CONNECTED)
    assert desk.muted() is True
    await desk.connection(ObsState.CONNECTING)
    await desk.connection(ObsState.CONNECTED)
    assert desk.muted() is False


async def test_an_input_that_is_turned_down_is_not_heard_for_being_unmuted(desk: Desk) -> None:
    desk.read(muted=True, volume_db=SILENT_DB)
    await desk.announce(muted=False)
    assert desk.muted() is True


@pytest.mark.parametrize("away", [ObsState.CONNECTING, ObsState.NOT_RUNNING, ObsState.NOT_RESPONDING, ObsState.KICKED])
@pytest.mark.parametrize("told", ["read", "announced"])
async def test_what_was_muted_stays_so_while_obs_is_away(desk: Desk, away: ObsState, told: str) -> None:
    await desk.connection(ObsState.CONNECTED)
    desk.read(muted=told == "read")
    if told == "announced":
        await desk.announce(muted=True)
    assert desk.muted() is True
    await desk.connection(away)
    assert desk.muted() is True, "before the studio is known to be away"
    desk.bus.publish(StudioChanged(StudioState()))
    assert desk.muted() is True
    assert "last seen" in desk.mutes.now(None, []).doubt
    await desk.connection(ObsState.CONNECTED)
    assert desk.muted() is True, "until it was read anew"
    desk.read(muted=False)
    desk.seconds += TRUST_SECONDS
    assert desk.muted() is False


async def test_what_was_heard_is_heard_while_obs_is_away(desk: Desk) -> None:
    await desk.connection(ObsState.CONNECTED)
    assert desk.muted() is False
    await desk.connection(ObsState.NOT_RUNNING)
    desk.bus.publish(StudioChanged(StudioState()))
    assert desk.muted() is False


async def test_what_begins_without_obs_is_not_muted_by_the_one_before(desk: Desk) -> None:
    desk.read(muted=True)
    await desk.connection(ObsState.CONNECTED)
    assert desk.muted() is True
    desk.mutes.let_go()
    assert desk.muted() is True, "OBS is there"
    await desk.connection(ObsState.NOT_RUNNING)
    assert desk.muted() is True
    desk.mutes.let_go()
    assert desk.muted() is False


async def test_nothing_is_heard_before_an_obs_that_is_there_was_asked(desk: Desk) -> None:
    desk.bus.publish(StudioChanged(StudioState()))
    await desk.connection(ObsState.CONNECTED)
    assert desk.muted() is True
    await desk.connection(ObsState.NOT_RUNNING)
    assert desk.muted() is False
