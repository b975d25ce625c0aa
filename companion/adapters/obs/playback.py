"""Plays a video file on OBS's program, in a scene and a media source of its own, and goes back to the scene before."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from companion.adapters.obs.link import ObsLink
from companion.adapters.obs.notices import ObsNotice
from companion.adapters.obs.protocol import ObsRequestFailed
from companion.kernel.bus import Subscription
from companion.kernel.errors import Conflict, Failed

SCENE = "FluxBoard Replay"
SOURCE = "FluxBoard Replay Video"
BACK = "FluxBoardReplayBack"
"""Where OBS keeps, with the profile, which scene to go back to: a crash of the companion leaves it there.

Empty where there is none: OBS takes no null.
"""
ALREADY_EXISTS, NOT_FOUND = 601, 600
BEGIN_SECONDS = 5.0
SLACK_SECONDS = 5.0
TRANSITION_SECONDS = 5.0
"""Longer transitions are not waited for."""
_SLOT = {"realm": "OBS_WEBSOCKET_DATA_REALM_PROFILE", "slotName": BACK}


class Playback:
    """The replay scene of the OBS at the other end of `link`; every method raises as `link.request` does."""

    def __init__(self, link: ObsLink) -> None:
        self._link = link

    async def play(self, file: Path, seconds: float, on_air: Callable[[], None]) -> None:
        """Show `file`, which lasts `seconds`, on program, and return when OBS is back on the scenes before.

        `on_air` is called when it has begun. Whoever switches scenes meanwhile ends it, and OBS stays there.
        Raises Failed `replay_not_played`, Conflict `replay_scene_on_air`.
        """
        await self._prepare()
        before, preview = await self._scenes()
        if before == SCENE:
            raise Conflict("replay_scene_on_air", f"{SCENE} is on program already.", "Switch to another scene first.")
        notices = self._link.notices.subscribe(ObsNotice)
        try:
            try:
                await self._remember(before)
                settings = {
                    "is_local_file": True,
                    "local_file": str(file),
                    "looping": False,
                    "restart_on_activate": True,
                    "clear_on_media_end": False,
                    "close_when_inactive": False,
                }
                await self._link.request("SetInputSettings", {"inputName": SOURCE, "inputSettings": settings})
                await self._link.request("SetCurrentProgramScene", {"sceneName": SCENE})
                await self._until_over(notices, seconds, on_air)
            finally:
                went_back = await self._go_back()
            if went_back and preview is not None:
                await self._prepare_again(preview, before, notices)
        finally:
            self._link.notices.unsubscribe(notices)

    async def recover(self) -> None:
        """Go back from a replay that a crash of the companion left on program."""
        await self._go_back()

    async def _until_over(self, notices: Subscription, seconds: float, on_air: Callable[[], None]) -> None:
        """Until the video has ended, or another scene is on program."""
        shown = begun = False
        loop = asyncio.get_running_loop()
        deadline = loop.time() + BEGIN_SECONDS
        try:
            while True:
                async with asyncio.timeout_at(deadline):
                    notice = (await notices.get()).event
                assert isinstance(notice, ObsNotice)
                kind, data = notice.kind, notice.data
                mine = data.get("inputName") == SOURCE
                if kind == "MediaInputPlaybackStarted" and mine and not begun:
                    begun, deadline = True, loop.time() + seconds + SLACK_SECONDS
                    on_air()
                elif kind == "MediaInputPlaybackEnded" and mine and begun:
                    return
                elif kind == "CurrentProgramSceneChanged":
                    if shown and data.get("sceneName") != SCENE:
                        return
                    shown = shown or data.get("sceneName") == SCENE
        except TimeoutError:
            why = "did not end" if begun else "did not begin"
            raise Failed("replay_not_played", f"The replay {why} in OBS.", f"Look at OBS's source {SOURCE}.") from None

    async def _go_back(self) -> bool:
        """Whether OBS was asked for the scene before: there was one, and nobody took another meanwhile."""
        before = (await self._link.request("GetPersistentData", _SLOT)).get("slotValue")
        if not before:
            return False
        program, _ = await self._scenes()
        if program == SCENE:
            with contextlib.suppress(ObsRequestFailed):  # it was deleted meanwhile
                await self._link.request("SetCurrentProgramScene", {"sceneName": before})
        await self._remember("")
        return program == SCENE

    async def _prepare_again(self, preview: str, before: str, notices: Subscription) -> None:
        """Have the scene `preview` prepared as it was: in studio mode a transition puts the program's in its place."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TRANSITION_SECONDS):
                while getattr((await notices.get()).event, "kind", "") != "SceneTransitionEnded":
                    pass
        if (await self._scenes())[1] in (SCENE, before):  # else somebody prepared another
            with contextlib.suppress(ObsRequestFailed):  # it was deleted meanwhile
                await self._link.request("SetCurrentPreviewScene", {"sceneName": preview})

    async def _remember(self, scene: str) -> None:
        await self._link.request("SetPersistentData", _SLOT | {"slotValue": scene})

    async def _scenes(self) -> tuple[str, str | None]:
        """The scene on program, and in studio mode that of the preview."""
        found = await self._link.request("GetSceneList")
        return str(found.get("currentProgramSceneName") or ""), found.get("currentPreviewSceneName")

    async def _prepare(self) -> None:
        """Make the scene and the source where they are missing, the video as large as the picture."""
        await self._make("CreateScene", {"sceneName": SCENE})
        source = {"sceneName": SCENE, "inputName": SOURCE, "inputKind": "ffmpeg_source", "inputSettings": {}}
        try:
            item = (await self._link.request("CreateInput", source)).get("sceneItemId")
        except ObsRequestFailed as error:
            if error.obs_code != ALREADY_EXISTS:
                raise
            item = await self._item()
        video = await self._link.request("GetVideoSettings")
        place = {
            "positionX": 0.0,
            "positionY": 0.0,
            "alignment": 5,
            "boundsType": "OBS_BOUNDS_SCALE_INNER",
            "boundsAlignment": 0,
            "boundsWidth": float(video["baseWidth"]),
            "boundsHeight": float(video["baseHeight"]),
        }
        where = {"sceneName": SCENE, "sceneItemId": item, "sceneItemTransform": place}
        await self._link.request("SetSceneItemTransform", where)

    async def _item(self) -> int:
        """The source's item in the scene, put there again where somebody took it out."""
        where = {"sceneName": SCENE, "sourceName": SOURCE}
        try:
            return int((await self._link.request("GetSceneItemId", where))["sceneItemId"])
        except ObsRequestFailed as error:
            if error.obs_code != NOT_FOUND:
                raise
            return int((await self._link.request("CreateSceneItem", where))["sceneItemId"])

    async def _make(self, request: str, data: dict[str, Any]) -> None:
        try:
            await self._link.request(request, data)
        except ObsRequestFailed as error:
            if error.obs_code != ALREADY_EXISTS:
                raise
