"""What goes out of OBS: the stream, the recording, the virtual camera."""

from typing import Annotated

from pydantic import Field

from companion.adapters.obs.controls import StudioControls
from companion.adapters.obs.outputs import Outputs
from companion.domain.events import RecordStateChanged, StreamStateChanged
from companion.kernel.actions import Scope, action


class Broadcast:
    """Actions on OBS's outputs. What is so already is no error: the answer is the present state."""

    def __init__(self, outputs: Outputs, controls: StudioControls) -> None:
        self._outputs = outputs
        self._controls = controls

    @action("stream.start", scope=Scope.CONTROL, http="POST /api/studio/stream/start")
    async def start_stream(self) -> StreamStateChanged:
        """Go live: start OBS's stream, and answer when it is live."""
        return await self._outputs.start_stream()

    @action("stream.stop", scope=Scope.CONTROL, http="POST /api/studio/stream/stop", confirm=True)
    async def stop_stream(self) -> StreamStateChanged:
        """End OBS's stream."""
        return await self._outputs.stop_stream()

    @action("record.start", scope=Scope.CONTROL, http="POST /api/studio/record/start")
    async def start_record(self) -> RecordStateChanged:
        """Start OBS's recording."""
        return await self._outputs.start_record()

    @action("record.stop", scope=Scope.CONTROL, http="POST /api/studio/record/stop")
    async def stop_record(self) -> RecordStateChanged:
        """End OBS's recording, and answer when its file is whole."""
        return await self._outputs.stop_record()

    @action("record.pause", scope=Scope.CONTROL, http="POST /api/studio/record/pause")
    async def pause_record(self) -> RecordStateChanged:
        """Pause OBS's recording."""
        return await self._outputs.pause_record(paused=True)

    @action("record.resume", scope=Scope.CONTROL, http="POST /api/studio/record/resume")
    async def resume_record(self) -> RecordStateChanged:
        """Go on with OBS's paused recording."""
        return await self._outputs.pause_record(paused=False)

    @action("record.chapter", scope=Scope.CONTROL, http="POST /api/studio/record/chapter")
    async def chapter(
        self, name: Annotated[str | None, Field(min_length=1, max_length=200, description="The chapter's name")] = None
    ) -> None:
        """Set a chapter mark in OBS's recording."""
        await self._outputs.add_chapter(name)

    @action("camera.start", scope=Scope.CONTROL, http="POST /api/studio/camera/start")
    async def start_camera(self) -> None:
        """Start OBS's virtual camera."""
        await self._controls.set_camera(on=True)

    @action("camera.stop", scope=Scope.CONTROL, http="POST /api/studio/camera/stop")
    async def stop_camera(self) -> None:
        """Stop OBS's virtual camera."""
        await self._controls.set_camera(on=False)
