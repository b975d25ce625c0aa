"""What a headless OBS of Debian's version has not, so that it cannot be tried on it: groups, a camera, chapters."""

import time
from collections.abc import Callable
from typing import Any

from tests.fakes.obs_requests import NOT_FOUND, OUTPUT_NOT_RUNNING, RequestRefused, text

SCENE_ITEMS, OUTPUTS = 128, 64


class ObsStudio:
    """One scene that holds a group, whose items are told under the group's name; a camera; chapters."""

    scene: str
    on_event: Callable[[str, int, dict[str, Any] | None], None]
    record: Any

    def __init__(self) -> None:
        self.group_items = [
            {"sceneItemId": 1, "sceneItemIndex": 0, "sourceName": "Webcam", "sceneItemEnabled": True},
            {"sceneItemId": 2, "sceneItemIndex": 1, "sourceName": "Frame", "sceneItemEnabled": True},
        ]
        self.camera_runs = False
        self.chapters: list[tuple[str | None, float]] = []

    def GetGroupList(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"groups": ["Me"]}

    def GetSceneItemList(self, data: dict[str, Any]) -> dict[str, Any]:
        if text(data, "sceneName") != "Game":
            return {"sceneItems": []}
        group = {"sceneItemId": 7, "sceneItemIndex": 0, "sourceName": "Me", "sceneItemEnabled": True, "isGroup": True}
        return {"sceneItems": [group]}

    def GetGroupSceneItemList(self, data: dict[str, Any]) -> dict[str, Any]:
        self._require_group(data)
        return {"sceneItems": self.group_items}

    def GetSceneItemEnabled(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"sceneItemEnabled": self._group_item(data)["sceneItemEnabled"]}

    def SetSceneItemEnabled(self, data: dict[str, Any]) -> None:
        self._group_item(data)["sceneItemEnabled"] = data["sceneItemEnabled"]
        told = {name: data[name] for name in ("sceneName", "sceneItemId", "sceneItemEnabled")}
        self.on_event("SceneItemEnableStateChanged", SCENE_ITEMS, told)

    def GetVirtualCamStatus(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"outputActive": self.camera_runs}

    def StartVirtualCam(self, _: dict[str, Any]) -> None:
        self._switch_camera(on=True)

    def StopVirtualCam(self, _: dict[str, Any]) -> None:
        self._switch_camera(on=False)

    def CreateRecordChapter(self, data: dict[str, Any]) -> None:
        if not self.record.active:
            raise RequestRefused(OUTPUT_NOT_RUNNING)
        self.chapters.append((data.get("chapterName"), time.time()))

    def _switch_camera(self, *, on: bool) -> None:
        self.camera_runs = on
        word = "STARTED" if on else "STOPPED"
        told = {"outputActive": on, "outputState": f"OBS_WEBSOCKET_OUTPUT_{word}"}
        self.on_event("VirtualcamStateChanged", OUTPUTS, told)

    def _require_group(self, data: dict[str, Any]) -> None:
        if text(data, "sceneName") != "Me":
            raise RequestRefused(NOT_FOUND, "No source was found.")

    def _group_item(self, data: dict[str, Any]) -> dict[str, Any]:
        self._require_group(data)
        for item in self.group_items:
            if item["sceneItemId"] == data.get("sceneItemId"):
                return item
        raise RequestRefused(NOT_FOUND, "No scene items were found.")
