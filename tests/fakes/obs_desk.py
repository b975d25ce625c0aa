"""An OBS with sound, filters, media, transitions, studio mode and collections, all of which bear one name."""

from pathlib import Path
from typing import Any

from tests.fakes.obs_model import CONFIG, SCENES, ObsModel
from tests.fakes.obs_requests import NOT_FOUND, RequestRefused, text

INPUTS, TRANSITIONS, FILTERS, UI = 8, 16, 32, 1024
NOT_STUDIO_MODE = 506


class ObsDesk(ObsModel):
    """Each thing that can be chosen by name is there under `name` too: a request that says it is carried out."""

    def __init__(self, record_directory: Path, name: str) -> None:
        super().__init__(record_directory)
        self.name = name
        self.scenes = ["Game", "Pause", name]
        self.profiles[name] = dict(self.profiles[self.profile])
        self.muted = False
        self.volume_db = 0.0
        self.filter_on = True
        self.playing = True
        self.transition = "Cut"
        self.studio_mode = False
        self.preview = self.scene
        self.collection = "Untitled"

    def GetSceneList(self, data: dict[str, Any]) -> dict[str, Any]:
        return super().GetSceneList(data) | {"currentPreviewSceneName": self.preview if self.studio_mode else None}

    def GetInputList(self, _: dict[str, Any]) -> dict[str, Any]:
        kind = {"inputKind": "ffmpeg_source", "unversionedInputKind": "ffmpeg_source"}
        return {"inputs": [{"inputName": self.name, **kind}]}

    def GetSpecialInputs(self, _: dict[str, Any]) -> dict[str, Any]:
        return dict.fromkeys(("desktop1", "desktop2", "mic1", "mic2", "mic3", "mic4"))

    def GetInputMute(self, data: dict[str, Any]) -> dict[str, Any]:
        self._require(data, "inputName")
        return {"inputMuted": self.muted}

    def SetInputMute(self, data: dict[str, Any]) -> None:
        self._require(data, "inputName")
        self.muted = bool(data["inputMuted"])
        self.on_event("InputMuteStateChanged", INPUTS, {"inputName": self.name, "inputMuted": self.muted})

    def ToggleInputMute(self, data: dict[str, Any]) -> dict[str, Any]:
        self.SetInputMute({**data, "inputMuted": not self.muted})
        return {"inputMuted": self.muted}

    def GetInputVolume(self, data: dict[str, Any]) -> dict[str, Any]:
        self._require(data, "inputName")
        return {"inputVolumeMul": 10 ** (self.volume_db / 20), "inputVolumeDb": self.volume_db}

    def SetInputVolume(self, data: dict[str, Any]) -> None:
        self._require(data, "inputName")
        self.volume_db = float(data["inputVolumeDb"])
        told = {"inputName": self.name, "inputVolumeMul": 10 ** (self.volume_db / 20), "inputVolumeDb": self.volume_db}
        self.on_event("InputVolumeChanged", INPUTS, told)

    def GetMediaInputStatus(self, data: dict[str, Any]) -> dict[str, Any]:
        self._require(data, "inputName")
        state = "OBS_MEDIA_STATE_PLAYING" if self.playing else "OBS_MEDIA_STATE_STOPPED"
        return {"mediaState": state, "mediaDuration": 60_000, "mediaCursor": 1000}

    def TriggerMediaInputAction(self, data: dict[str, Any]) -> None:
        self._require(data, "inputName")
        self.playing = text(data, "mediaAction").endswith(("PLAY", "RESTART"))

    def GetSourceFilterList(self, data: dict[str, Any]) -> dict[str, Any]:
        if text(data, "sourceName") != self.name:
            return {"filters": []}
        return {"filters": [{"filterName": self.name, "filterEnabled": self.filter_on, "filterIndex": 0}]}

    def GetSourceFilter(self, data: dict[str, Any]) -> dict[str, Any]:
        self._require(data, "sourceName", "filterName")
        return {"filterEnabled": self.filter_on, "filterIndex": 0}

    def SetSourceFilterEnabled(self, data: dict[str, Any]) -> None:
        self._require(data, "sourceName", "filterName")
        self.filter_on = bool(data["filterEnabled"])
        told = {"sourceName": self.name, "filterName": self.name, "filterEnabled": self.filter_on}
        self.on_event("SourceFilterEnableStateChanged", FILTERS, told)

    def GetSceneTransitionList(self, _: dict[str, Any]) -> dict[str, Any]:
        known = [{"transitionName": name} for name in ("Cut", self.name)]
        return {"currentSceneTransitionName": self.transition, "transitions": known}

    def SetCurrentSceneTransition(self, data: dict[str, Any]) -> None:
        self._require(data, "transitionName")
        self.transition = self.name
        self.on_event("CurrentSceneTransitionChanged", TRANSITIONS, {"transitionName": self.name})

    def GetStudioModeEnabled(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"studioModeEnabled": self.studio_mode}

    def SetStudioModeEnabled(self, data: dict[str, Any]) -> None:
        self.studio_mode = bool(data["studioModeEnabled"])
        self.on_event("StudioModeStateChanged", UI, {"studioModeEnabled": self.studio_mode})

    def SetCurrentPreviewScene(self, data: dict[str, Any]) -> None:
        self._require_studio_mode()
        scene = text(data, "sceneName")
        if scene not in self.scenes:
            raise RequestRefused(NOT_FOUND, f"No source was found by the name of `{scene}`.")
        self.preview = scene
        self.on_event("CurrentPreviewSceneChanged", SCENES, {"sceneName": scene})

    def TriggerStudioModeTransition(self, _: dict[str, Any]) -> None:
        self._require_studio_mode()
        self.switch_scene(self.preview)

    def GetSceneCollectionList(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"currentSceneCollectionName": self.collection, "sceneCollections": ["Untitled", self.name]}

    def SetCurrentSceneCollection(self, data: dict[str, Any]) -> None:
        self._require(data, "sceneCollectionName")
        self.on_event("CurrentSceneCollectionChanging", CONFIG, {"sceneCollectionName": self.collection})
        self.collection = self.name
        self.on_event("CurrentSceneCollectionChanged", CONFIG, {"sceneCollectionName": self.collection})

    def _require(self, data: dict[str, Any], *fields: str) -> None:
        for field in fields:
            if (given := text(data, field)) != self.name:
                raise RequestRefused(NOT_FOUND, f"Nothing was found by the name of `{given}`.")

    def _require_studio_mode(self) -> None:
        if not self.studio_mode:
            raise RequestRefused(NOT_STUDIO_MODE, "Studio mode is not active.")
