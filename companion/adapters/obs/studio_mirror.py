"""The studio as it is in OBS now, kept true: whatever OBS says was touched is read anew from OBS.

Reading anew instead of working OBS's events into what is known leaves no order of events that could make it untrue.
"""

import asyncio
import dataclasses
import logging
import time
from collections.abc import Sequence
from typing import Any

from companion.adapters.obs import studio_answers as answers_of
from companion.adapters.obs.facts import still_loading
from companion.adapters.obs.link import ObsLink
from companion.adapters.obs.notices import ObsNotice
from companion.adapters.obs.studio_answers import Answer, Request
from companion.domain.events import ObsConnectionChanged, StudioChanged
from companion.domain.studio import Input, Item, Scene, StudioState
from companion.kernel.bus import Bus, Subscription
from companion.kernel.errors import CompanionError, Unavailable

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.05
"""How long what OBS says is gathered before it is read: a burst becomes one reading."""
REST_SECONDS = 0.1
"""After a reading: whoever drags a slider is followed a few times a second, not at every step."""
LOOK_ANYWAY_SECONDS = 30.0
"""Not all that can change in OBS is told, so everything is read now and then."""
TRY_AGAIN_SECONDS = 1.0
REQUESTS_AT_ONCE = 100
"""A batch keeps one of OBS's threads busy, so a large studio is read in several."""

_HEAD = frozenset(
    {
        "CurrentProgramSceneChanged",
        "CurrentPreviewSceneChanged",
        "SceneListChanged",
        "SceneCreated",
        "SceneRemoved",
        "StudioModeStateChanged",
        "CurrentSceneTransitionChanged",
        "VirtualcamStateChanged",
        "ProfileListChanged",
        "CurrentProfileChanged",
        "SceneCollectionListChanged",
        "InputCreated",
        "InputRemoved",
    }
)
_COME_AND_GO = frozenset({"InputCreated", "InputRemoved", "SceneCreated", "SceneRemoved"})
_ALL = frozenset({"CurrentSceneCollectionChanged", "SceneNameChanged", "InputNameChanged"})
_SCENE = frozenset({"SceneItemCreated", "SceneItemRemoved", "SceneItemListReindexed", "SceneItemEnableStateChanged"})
_INPUT = frozenset(
    {
        "InputMuteStateChanged",
        "InputVolumeChanged",
        "InputSettingsChanged",
        "MediaInputPlaybackStarted",
        "MediaInputPlaybackEnded",
        "MediaInputActionTriggered",
    }
)
_FILTERS = frozenset(
    {
        "SourceFilterCreated",
        "SourceFilterRemoved",
        "SourceFilterNameChanged",
        "SourceFilterListReindexed",
        "SourceFilterEnableStateChanged",
    }
)


@dataclasses.dataclass
class _Touched:
    """What must be read anew."""

    everything: bool = False
    head: bool = False
    scenes: set[str] = dataclasses.field(default_factory=set)
    sources: set[str] = dataclasses.field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.everything or self.head or self.scenes or self.sources)


class StudioMirror:
    """`state` is what OBS said last; each new one is published."""

    def __init__(self, link: ObsLink, bus: Bus) -> None:
        self._link = link
        self._bus = bus
        self.state = StudioState()
        self._touched = _Touched()
        self._stirred = asyncio.Event()
        self._head = StudioState()
        self._kinds: dict[str, str] = {}
        self._groups: dict[str, tuple[Item, ...]] = {}
        self._unread_groups: list[str] = []
        self._scenes: dict[str, Scene] = {}
        self._inputs: dict[str, Input] = {}

    async def run(self) -> None:
        """Follow OBS until cancelled."""
        notices = self._link.notices.subscribe(ObsNotice, size=1024)
        connections = self._bus.subscribe(ObsConnectionChanged)
        self._bus.publish(StudioChanged(self.state))
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_true())
                group.create_task(self._follow_connection(connections))
                async for envelope in notices:
                    if notices.take_missed():
                        self._touch(_Touched(everything=True))
                    elif isinstance(envelope.event, ObsNotice):
                        self._touch(_touched_by(envelope.event.kind, envelope.event.data))
        finally:
            self._link.notices.unsubscribe(notices)
            self._bus.unsubscribe(connections)

    async def _follow_connection(self, connections: Subscription) -> None:
        self._touch(_Touched(everything=True))
        async for _ in connections:
            self._touch(_Touched(everything=True))

    def _touch(self, touched: _Touched) -> None:
        if touched:
            mine = self._touched
            mine.everything |= touched.everything
            mine.head |= touched.head
            mine.scenes |= touched.scenes
            mine.sources |= touched.sources
            self._stirred.set()

    async def _keep_true(self) -> None:
        while True:
            try:
                async with asyncio.timeout(LOOK_ANYWAY_SECONDS):
                    await self._stirred.wait()
                await asyncio.sleep(GATHER_SECONDS)
            except TimeoutError:
                self._touch(_Touched(everything=True))
            self._stirred.clear()
            touched, self._touched = self._touched, _Touched()
            if not self._link.connected:
                self._show(StudioState())
                continue
            try:
                await self._read(touched)
                await asyncio.sleep(REST_SECONDS)
            except CompanionError as error:
                log.debug("the studio could not be read: %s", error.message)
                self._touch(_Touched(everything=True))
                await asyncio.sleep(TRY_AGAIN_SECONDS)

    async def _read(self, touched: _Touched) -> None:
        if touched.everything or not self._head.connected:
            self._scenes, self._inputs, self._groups = {}, {}, {}
            touched = _Touched(head=True)
        if touched.head or touched.scenes - self._scenes.keys() - self._groups.keys():
            await self._read_head()
        groups = await self._read_groups(touched.scenes)
        await self._read_scenes(touched.scenes | touched.sources, groups)
        await self._read_inputs(touched.sources)
        self._show(self._composed())

    async def _read_head(self) -> None:
        answers = await self._ask(answers_of.HEAD)
        if still_loading(answers):
            raise Unavailable("obs_loading", "OBS is still loading.", "Wait a moment.")
        self._head, self._kinds, groups = answers_of.head(answers)
        self._groups = {name: self._groups[name] for name in groups if name in self._groups}
        self._unread_groups = [name for name in groups if name not in self._groups]

    async def _read_groups(self, touched: set[str]) -> set[str]:
        """Read the groups that were touched or are new; returns their names."""
        wanted = [*(name for name in self._groups if name in touched), *self._unread_groups]
        self._unread_groups = []
        answers = await self._ask([("GetGroupSceneItemList", {"sceneName": name}) for name in wanted])
        for name, answer in zip(wanted, answers, strict=True):
            self._groups[name] = answers_of.items(answer, name)
        return set(wanted)

    async def _read_scenes(self, touched: set[str], groups: set[str]) -> None:
        def stale(name: str) -> bool:
            known = self._scenes.get(name)
            return known is None or name in touched or any(item.source in groups for item in known.items)

        names = [scene.name for scene in self._head.scenes if stale(scene.name)]
        asked = [answers_of.scene_requests(name) for name in names]
        for name, answers in zip(names, await self._ask_each(asked), strict=True):
            self._scenes[name] = _same(self._scenes.get(name), answers_of.scene(name, answers, self._groups))
        listed = {scene.name for scene in self._head.scenes}
        self._scenes = {name: scene for name, scene in self._scenes.items() if name in listed}

    async def _read_inputs(self, touched: set[str]) -> None:
        names = [name for name in self._kinds if name in touched or name not in self._inputs]
        asked = [answers_of.input_requests(name, self._kinds[name]) for name in names]
        for name, answers in zip(names, await self._ask_each(asked), strict=True):
            self._inputs[name] = answers_of.input_of(name, self._kinds[name], answers, time.time())
        self._inputs = {name: found for name, found in self._inputs.items() if name in self._kinds}

    async def _ask_each(self, asked: list[list[Request]]) -> list[list[Answer]]:
        """The answers to each of several lists of requests."""
        answers = iter(await self._ask([request for requests in asked for request in requests]))
        return [[next(answers) for _ in requests] for requests in asked]

    async def _ask(self, requests: Sequence[Request]) -> list[Answer]:
        answers: list[Answer] = []
        for first in range(0, len(requests), REQUESTS_AT_ONCE):
            answers += await self._link.batch(requests[first : first + REQUESTS_AT_ONCE])
        return answers

    def _composed(self) -> StudioState:
        return dataclasses.replace(
            self._head,
            scenes=tuple(self._scenes[scene.name] for scene in self._head.scenes),
            inputs=tuple(self._inputs[name] for name in self._kinds),
        )

    def _show(self, state: StudioState) -> None:
        before, self.state = self.state, state
        if not state.connected:
            self._head = state
        if state != before:
            self._bus.publish(StudioChanged(state))


def _touched_by(kind: str, data: dict[str, Any]) -> _Touched:
    """What OBS's event says was touched."""
    if kind in _ALL:
        return _Touched(everything=True)
    if kind in _HEAD:
        # One that goes and comes again under its name is another one.
        names = {str(data[field]) for field in ("inputName", "sceneName") if kind in _COME_AND_GO and field in data}
        return _Touched(head=True, scenes=set(names), sources=names)
    if kind in _SCENE:
        # A new or gone item may be a group, which only the head lists.
        return _Touched(head=kind in ("SceneItemCreated", "SceneItemRemoved"), scenes={str(data.get("sceneName"))})
    if kind in _INPUT:
        return _Touched(sources={str(data.get("inputName"))})
    if kind in _FILTERS:
        return _Touched(sources={str(data.get("sourceName"))})
    return _Touched()


def _same(before: Scene | None, now: Scene) -> Scene:
    """The value that was there, where nothing is new: those who keep earlier states share it."""
    return before if before == now else now
