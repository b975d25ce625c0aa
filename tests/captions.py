"""Captions around a bus: the feature, the server with the page for OBS, and words as recognition tells them."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from companion.adapters.obs.captions import StreamCaptions
from companion.adapters.obs.link import ObsLink
from companion.adapters.overlay_key import OverlayKey
from companion.domain.events import (
    CaptionShown,
    MicrophoneChanged,
    ObsConnectionChanged,
    ObsState,
    SegmentTranscribed,
    SettingsChanged,
    SpeechHeard,
    StudioChanged,
)
from companion.domain.paths import Paths
from companion.domain.settings import Settings
from companion.domain.studio import Input, StudioState
from companion.features.captions import LiveCaptions
from companion.frontends.http.server import HttpServer
from companion.kernel.actions import Caller, Registry, Scope
from companion.kernel.bus import Bus
from companion.kernel.status import Component, Health, StatusBoard
from tests.obs_link import until

STREAMER = Caller("http", Scope.ADMIN, "test", agreed=True)


class CaptionsRig:
    """Captions with an OBS that is told of (`connect`, `mute`), or, by `link`, a real one."""

    def __init__(self, home: Path, bus: Bus, board: StatusBoard, link: ObsLink) -> None:
        self.bus, self.board = bus, board
        self.paths = Paths.find({"COMPANION_HOME": str(home)})
        self.settings = Settings()
        key = OverlayKey(self.paths.overlay_key_file)
        self.now: Callable[[], float] = time.time
        self.ago = 0.0
        """How long ago it is now, for what is told of OBS."""
        self.captions = LiveCaptions(
            bus,
            board,
            lambda: self.settings,
            self._change,
            StreamCaptions(link),
            key,
            lambda: self.server.url(),
            lambda: self.now() - self.ago,
        )
        self.registry = Registry(bus, [self.captions])
        self.server = HttpServer(self.registry, bus, board, port=0, paths=self.paths, version="1")
        self.shown: list[CaptionShown] = []

    async def do(self, name: str, **arguments: Any) -> Any:
        return await self.registry.invoke(name, arguments, STREAMER)

    async def _change(self, name: str, value: Any) -> None:
        self.change(**{name: value})

    def change(self, **values: Any) -> None:
        self.settings = self.settings.model_copy(update=values)
        self.bus.publish(SettingsChanged(dict(values)))

    def connect(self, *others: Input, muted: bool = False) -> None:
        """OBS is there, with a microphone and `others`."""
        self.bus.publish(ObsConnectionChanged(ObsState.CONNECTED))
        kind = "pulse_input_capture"
        microphone = Input("Mic/Aux", kind, has_audio=True, muted=muted, volume_db=0.0, device="yeti")
        self.bus.publish(StudioChanged(StudioState(connected=True, inputs=(microphone, *others))))

    def hears(self, *devices: str) -> None:
        """The microphone is heard, which OBS may call by one of `devices`."""
        self.bus.publish(MicrophoneChanged("listening", "open", "Yeti", devices=list(devices)))

    def disconnect(self) -> None:
        self.bus.publish(StudioChanged(StudioState()))
        self.bus.publish(ObsConnectionChanged(ObsState.NOT_RUNNING))

    def say(self, text: str, *, final: bool = True, ago: float = 0.3, seconds: float = 1.0, number: int = 1) -> None:
        """Have it recognized that `text` was said for `seconds`, until so many seconds ago."""
        end = self.now() - ago
        start = end - seconds
        words = [{"start_at": start, "end_at": end, "text": text, "confidence": 0.9}]
        if final:
            segment = {"id": 1, "started_at": start, "ended_at": end, "text": text, "words": words}
            self.bus.publish(SegmentTranscribed(segment))
        else:
            self.bus.publish(SpeechHeard(number, start, end, text, words))

    async def until_shown(self, *lines: str, on_air: bool = True, seconds: float = 20.0) -> None:
        def reached() -> bool:
            last = self.shown[-1] if self.shown else None
            return last is not None and (last.lines, last.on_air) == (list(lines), on_air)

        await until(reached, seconds, lambda: f"{lines}; shown was {self.shown[-3:]}")

    async def until_health(self, state: str, health: Health) -> None:
        """Until the board says so of the captions; and what needs attention has a remedy."""

        def said() -> Component | None:
            return self.board.get("captions")

        await until(lambda: (now := said()) is not None and now.state == state, 20, lambda: f"{state}; it is {said()}")
        told = said()
        assert told is not None
        assert (told.health, bool(told.remedy)) == (health, health is Health.ATTENTION or state == "not_on_air")

    async def collect(self) -> None:
        shown = self.bus.subscribe(CaptionShown, size=1024)
        async for envelope in shown:
            assert isinstance(envelope.event, CaptionShown)
            self.shown.append(envelope.event)


@contextlib.asynccontextmanager
async def captioning(home: Path, bus: Bus, board: StatusBoard, link: ObsLink) -> AsyncIterator[CaptionsRig]:
    """Captions and server, running."""
    rig = CaptionsRig(home, bus, board, link)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(rig.collect())]
        for service in (rig.server, rig.captions):
            ready = asyncio.Event()
            tasks.append(group.create_task(service.run(ready.set)))
            await ready.wait()
        try:
            yield rig
        finally:
            for task in tasks:
                task.cancel()
