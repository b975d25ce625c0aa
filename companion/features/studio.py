"""OBS as the streamer sees it: its whole studio, kept true, and the acts on scenes, sources, sound and settings."""

import asyncio
import enum
from typing import Annotated

from pydantic import BaseModel, Field

from companion.adapters.obs.controls import StudioControls
from companion.adapters.obs.link import ObsLink, ObsStatus
from companion.adapters.obs.meters import Meters
from companion.adapters.obs.studio_mirror import StudioMirror
from companion.domain.events import SettingsChanged
from companion.domain.studio import StudioState
from companion.kernel.actions import Scope, action
from companion.kernel.bus import Bus
from companion.kernel.service import Ready

Name = Annotated[str, Field(min_length=1, max_length=500)]
SceneName = Annotated[Name, Field(description="The scene's name")]
InputName = Annotated[Name, Field(description="The input's name")]


class MediaAct(enum.StrEnum):
    """What a media input can be told."""

    PLAY = "play"
    PAUSE = "pause"
    STOP = "stop"
    RESTART = "restart"
    NEXT = "next"
    PREVIOUS = "previous"


class Switched(BaseModel):
    """Whether it is on, or shown, now."""

    on: bool


class Muted(BaseModel):
    """Whether it is muted now."""

    muted: bool


class Studio:
    """Actions on OBS's studio; as a service it keeps the state true, and tells it."""

    name = "studio"
    essential = False

    def __init__(self, link: ObsLink, mirror: StudioMirror, controls: StudioControls, meters: Meters, bus: Bus) -> None:
        self._link = link
        self._mirror = mirror
        self._controls = controls
        self._meters = meters
        self._bus = bus

    async def run(self, ready: Ready) -> None:
        changes = self._bus.subscribe(SettingsChanged)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._mirror.run(), name="studio-mirror")
                group.create_task(self._meters.run(), name="meters")
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
        """Show the connection to OBS and what OBS is doing; to viewers and without a token, no names and no paths."""
        return self._link.status()

    @action("studio.show", scope=Scope.VIEW, http="GET /api/studio")
    async def show(self) -> StudioState:
        """Show OBS's scenes, sources, inputs, filters, transitions, profiles and scene collections."""
        return self._mirror.state

    @action("scene.switch", scope=Scope.CONTROL, http="POST /api/studio/scene")
    async def switch_scene(self, name: SceneName) -> None:
        """Bring a scene on program."""
        await self._controls.switch_scene(name)

    @action("scene.preview", scope=Scope.CONTROL, http="POST /api/studio/preview")
    async def preview_scene(self, name: SceneName) -> None:
        """Bring a scene into the preview of studio mode."""
        await self._controls.preview_scene(name)

    @action("studio.transition", scope=Scope.CONTROL, http="POST /api/studio/transition")
    async def transition(
        self, name: Annotated[Name | None, Field(description="The transition to use from now on")] = None
    ) -> None:
        """Take the preview on program now."""
        await self._controls.transition(name)

    @action("studio.mode", scope=Scope.CONTROL, http="POST /api/studio/mode")
    async def mode(self, on: Annotated[bool, Field(description="On or off")]) -> None:
        """Switch OBS's studio mode (preview and program) on or off."""
        await self._controls.set_studio_mode(on=on)

    @action("item.show", scope=Scope.CONTROL, http="POST /api/studio/items/show")
    async def show_item(
        self,
        scene: Annotated[Name, Field(description="The scene's name, or its group's")],
        item_id: Annotated[int, Field(ge=0, le=2**53, description="The item's number in it")],
        visible: Annotated[bool | None, Field(description="Show it or hide it; none: the other than now")] = None,
    ) -> Switched:
        """Show or hide a source in a scene."""
        return Switched(on=await self._controls.show_item(scene, item_id, visible))

    @action("input.mute", scope=Scope.CONTROL, http="POST /api/studio/inputs/mute")
    async def mute(
        self,
        name: InputName,
        muted: Annotated[bool | None, Field(description="Mute it or not; none: the other than now")] = None,
    ) -> Muted:
        """Mute an input, or let it be heard."""
        return Muted(muted=await self._controls.mute(name, muted))

    @action("input.volume", scope=Scope.CONTROL, http="POST /api/studio/inputs/volume")
    async def volume(
        self,
        name: InputName,
        db: Annotated[float, Field(ge=-100, le=26, description="Decibels; 0 is as it comes, -100 silence")],
    ) -> None:
        """Set an input's volume."""
        await self._controls.set_volume(name, db)

    @action("media.control", scope=Scope.CONTROL, http="POST /api/studio/media")
    async def control_media(
        self, name: InputName, act: Annotated[MediaAct, Field(description="What it shall do")]
    ) -> None:
        """Play, pause, stop or restart a media source, or go on in its list."""
        await self._controls.control_media(name, act.value)

    @action("filter.switch", scope=Scope.CONTROL, http="POST /api/studio/filters")
    async def switch_filter(
        self,
        source: Annotated[Name, Field(description="The source or scene that has it")],
        filter: Annotated[Name, Field(description="The filter's name")],
        on: Annotated[bool | None, Field(description="On or off; none: the other than now")] = None,
    ) -> Switched:
        """Switch a filter of a source or scene on or off."""
        return Switched(on=await self._controls.switch_filter(source, filter, on))

    @action("profile.switch", scope=Scope.CONTROL, http="POST /api/studio/profile", confirm=True)
    async def switch_profile(
        self,
        name: Annotated[Name, Field(description="The profile's name")],
        stop_replay: Annotated[
            bool, Field(description="Stop the replay buffer for it, and lose what it holds")
        ] = False,
    ) -> None:
        """Use another of OBS's profiles; refused while anything goes out."""
        await self._controls.switch_profile(name, stop_replay=stop_replay)

    @action("collection.switch", scope=Scope.CONTROL, http="POST /api/studio/collection", confirm=True)
    async def switch_collection(self, name: Annotated[Name, Field(description="The scene collection's name")]) -> None:
        """Use another of OBS's scene collections; what is on air changes with it."""
        await self._controls.switch_collection(name)
