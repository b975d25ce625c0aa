"""Instant replay: a clip on program, and back to the scene before."""

import asyncio
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field
from sqlmodel import col

from companion.adapters.clip_store import ClipStore
from companion.adapters.obs.playback import Playback
from companion.domain.events import InstantReplayChanged, ObsConnectionChanged, ObsState
from companion.domain.models import LARGEST_ID, Clip, ClipState
from companion.kernel.actions import Scope, action
from companion.kernel.bus import Bus, Event
from companion.kernel.errors import CompanionError, Conflict, NotFound
from companion.kernel.service import Ready, require_started
from companion.kernel.status import Health, StatusBoard

PLAYABLE = (ClipState.READY, ClipState.DOUBTFUL)


class Playing(BaseModel):
    """The clip that is being played, and how long it lasts."""

    clip_id: int
    seconds: float


class InstantReplay:
    """Actions that play clips in OBS, one at a time; as a service it goes back from one that a crash cut short."""

    name = "instant replay"
    essential = False

    def __init__(self, store: ClipStore, playback: Playback, bus: Bus, board: StatusBoard) -> None:
        self._store = store
        self._playback = playback
        self._bus = bus
        self._board = board
        self._group: asyncio.TaskGroup | None = None
        self._playing: asyncio.Task[None] | None = None

    async def run(self, ready: Ready) -> None:
        connections = self._bus.subscribe(ObsConnectionChanged)
        try:
            async with asyncio.TaskGroup() as self._group:
                self._bus.publish(InstantReplayChanged(None))
                ready()
                await self._recover(self._bus.latest(ObsConnectionChanged))
                async for envelope in connections:
                    await self._recover(envelope.event)
        finally:
            self._group = None
            self._bus.unsubscribe(connections)

    @action("clip.play", scope=Scope.CONTROL, http="POST /api/clips/{id}/play")
    async def play(self, id: Annotated[int, Field(ge=1, le=LARGEST_ID, description="The clip's number")]) -> Playing:
        """Play a clip on OBS's program, then go back to the scene before."""
        return await self._begin(await self._store.get(id))

    @action("clip.play_last", scope=Scope.CONTROL, http="POST /api/clips/play")
    async def play_last(self) -> Playing:
        """Play the newest clip on OBS's program, then go back to the scene before."""
        items, _ = await self._store.page([col(Clip.state).in_(PLAYABLE)], 1, 0)
        if not items or items[0].id is None:
            raise NotFound("no_clip", "There is no clip to play.", "Save one first.")
        return await self._begin(await self._store.get(items[0].id))

    @property
    def _busy(self) -> bool:
        return self._playing is not None and not self._playing.done()

    async def _begin(self, clip: Clip) -> Playing:
        require_started(self._group, "The instant replay")
        assert self._group is not None
        if clip.state not in PLAYABLE or clip.path is None or clip.seconds is None:
            raise Conflict("clip_not_ready", f"Clip {clip.id} has no video: it is {clip.state.value}.", "Wait for it.")
        if not await asyncio.to_thread(Path(clip.path).is_file):
            raise NotFound("file_missing", f"The video of clip {clip.id} is not on disk.", "It was moved or deleted.")
        if self._busy:
            raise Conflict("replay_plays", "A clip is being played.", "Wait for its end, or switch the scene.")
        started = asyncio.get_running_loop().create_future()
        self._playing = self._group.create_task(self._play(clip.number, Path(clip.path), clip.seconds, started))
        await started
        return Playing(clip_id=clip.number, seconds=clip.seconds)

    async def _play(self, clip_id: int, file: Path, seconds: float, started: asyncio.Future[None]) -> None:
        """Play it; `started` ends with the error of one that did not begin, later ones are shown on the board."""

        def on_air() -> None:
            started.set_result(None)
            self._bus.publish(InstantReplayChanged(clip_id))
            self._board.set(self.name, "playing", Health.OK, f"Clip {clip_id} is on program.")

        try:
            await self._playback.play(file, seconds, on_air)
            self._board.set(self.name, "ready", Health.OK)
        except CompanionError as error:
            if not started.done():
                started.set_exception(error)
            else:
                self._board.set(self.name, error.code, Health.ATTENTION, error.message, error.remedy)
        finally:
            if not started.done():
                started.set_exception(
                    Conflict("replay_ended", "The replay was ended before it began.", "Play the clip again.")
                )
            self._bus.publish(InstantReplayChanged(None))

    async def _recover(self, event: Event | None) -> None:
        """Go back when OBS is connected, and on program is what a crash left there."""
        if self._busy or not isinstance(event, ObsConnectionChanged) or event.state is not ObsState.CONNECTED:
            return
        try:
            await self._playback.recover()
            self._board.set(self.name, "ready", Health.OK)
        except CompanionError as error:
            self._board.set(self.name, error.code, Health.ATTENTION, error.message, error.remedy)
