"""OBS's answers about the studio, turned into the domain's values; pure."""

from collections.abc import Iterator, Sequence
from typing import Any

from companion.adapters.obs.protocol import ObsRequestFailed
from companion.domain.listening import DEFAULT_DEVICE, DEVICE_KINDS
from companion.domain.studio import SILENT_DB, Camera, Filter, Input, Item, Media, Scene, StudioState

Answer = dict[str, Any] | ObsRequestFailed
Request = tuple[str, dict[str, Any] | None]

HEAD: Sequence[Request] = (
    ("GetSceneList", None),
    ("GetStudioModeEnabled", None),
    ("GetSceneTransitionList", None),
    ("GetProfileList", None),
    ("GetSceneCollectionList", None),
    ("GetVirtualCamStatus", None),
    ("GetInputList", None),
    ("GetGroupList", None),
)
"""What is asked of the studio as a whole; scenes and inputs are asked for one by one."""

_MEDIA_KINDS = ("ffmpeg_source", "vlc_source")
_MEDIA_WORD = "OBS_MEDIA_STATE_"


def data(answer: Answer) -> dict[str, Any]:
    return {} if isinstance(answer, ObsRequestFailed) else answer


def head(answers: Sequence[Answer]) -> tuple[StudioState, dict[str, str], list[str]]:
    """The studio without the insides of its scenes and inputs, each input's kind, and the groups' names."""
    scenes, mode, transitions, profiles, collections, camera, inputs, groups = (data(answer) for answer in answers)
    # OBS counts scenes from the bottom of its list.
    listed = sorted(scenes.get("scenes", []), key=lambda scene: -int(scene.get("sceneIndex") or 0))
    preview = scenes.get("currentPreviewSceneName")
    state = StudioState(
        connected=True,
        studio_mode=bool(mode.get("studioModeEnabled")),
        program=_text(scenes.get("currentProgramSceneName")),
        preview=_text(preview) if mode.get("studioModeEnabled") else None,
        transition=_text(transitions.get("currentSceneTransitionName")),
        transitions=tuple(str(item["transitionName"]) for item in transitions.get("transitions", [])),
        scenes=tuple(Scene(str(scene["sceneName"])) for scene in listed),
        camera=Camera(not isinstance(answers[5], ObsRequestFailed), bool(camera.get("outputActive"))),
        profile=_text(profiles.get("currentProfileName")),
        profiles=tuple(map(str, profiles.get("profiles", []))),
        collection=_text(collections.get("currentSceneCollectionName")),
        collections=tuple(map(str, collections.get("sceneCollections", []))),
    )
    kinds = {str(item["inputName"]): str(item.get("inputKind")) for item in inputs.get("inputs", [])}
    return state, dict(sorted(kinds.items())), [str(name) for name in groups.get("groups", [])]


def scene_requests(name: str) -> list[Request]:
    return [("GetSceneItemList", {"sceneName": name}), ("GetSourceFilterList", {"sourceName": name})]


def scene(name: str, answers: Sequence[Answer], groups: dict[str, tuple[Item, ...]]) -> Scene:
    """A scene from the answers to `scene_requests`, with the items of each group after the group."""
    return Scene(name, tuple(_with_groups(items(answers[0]), groups)), _filters(answers[1]))


def items(answer: Answer, group: str | None = None) -> tuple[Item, ...]:
    """The items of a scene, or of a group, the topmost first."""
    listed = sorted(data(answer).get("sceneItems", []), key=lambda item: -int(item.get("sceneItemIndex") or 0))
    return tuple(
        Item(
            id=int(item["sceneItemId"]),
            source=str(item["sourceName"]),
            visible=bool(item.get("sceneItemEnabled")),
            kind=str(item.get("inputKind") or ("group" if item.get("isGroup") else "scene")),
            group=group,
        )
        for item in listed
    )


def input_requests(name: str, kind: str) -> list[Request]:
    asked: list[Request] = [
        ("GetInputMute", {"inputName": name}),
        ("GetInputVolume", {"inputName": name}),
        ("GetSourceFilterList", {"sourceName": name}),
    ]
    if kind in _MEDIA_KINDS:
        return [*asked, ("GetMediaInputStatus", {"inputName": name})]
    return [*asked, ("GetInputSettings", {"inputName": name})] if kind in DEVICE_KINDS else asked


def input_of(name: str, kind: str, answers: Sequence[Answer], now: float) -> Input:
    """An input from the answers to `input_requests`, got `now`."""
    mute, volume = data(answers[0]), data(answers[1])
    decibels = volume.get("inputVolumeDb")
    has_audio = "inputMuted" in mute
    return Input(
        name=name,
        kind=kind,
        has_audio=has_audio,
        muted=bool(mute.get("inputMuted")),
        volume_db=round(max(SILENT_DB, float(SILENT_DB if decibels is None else decibels)), 2) if has_audio else None,
        media=_media(data(answers[3]), now) if kind in _MEDIA_KINDS else None,
        filters=_filters(answers[2]),
        device=_device(answers[3]) if kind in DEVICE_KINDS else None,
    )


def _device(settings: Answer) -> str | None:
    """The id of the device; where none was ever chosen, OBS tells no settings."""
    if isinstance(settings, ObsRequestFailed):
        return None
    return str(data(settings).get("inputSettings", {}).get("device_id", DEFAULT_DEVICE))


def _with_groups(listed: tuple[Item, ...], groups: dict[str, tuple[Item, ...]]) -> Iterator[Item]:
    for item in listed:
        yield item
        if item.kind == "group":
            yield from groups.get(item.source, ())


def _filters(answer: Answer) -> tuple[Filter, ...]:
    found = data(answer).get("filters", [])
    return tuple(Filter(str(item["filterName"]), bool(item.get("filterEnabled"))) for item in found)


def _media(status: dict[str, Any], now: float) -> Media:
    word = str(status.get("mediaState") or "").removeprefix(_MEDIA_WORD).lower()
    return Media(word or "none", _whole(status.get("mediaDuration")), _whole(status.get("mediaCursor")), now)


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and value >= 0 else None


def _text(value: Any) -> str | None:
    return str(value) if value else None
