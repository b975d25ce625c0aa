"""What can be done in OBS's studio, in the words of OBS's protocol, with errors that name what is there instead."""

import asyncio
import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from companion.adapters.obs.link import ObsLink
from companion.adapters.obs.protocol import ANSWER_SECONDS, NOT_READY, ObsRequestFailed
from companion.adapters.obs.studio_mirror import StudioMirror
from companion.domain.studio import StudioState
from companion.kernel.errors import CompanionError, Conflict, Failed, NotFound, Unavailable

UNKNOWN_REQUEST, NOT_RUNNING, NOT_PAUSED, STUDIO_MODE_OFF = 204, 501, 503, 506
NOT_FOUND, ALREADY_EXISTS, INVALID_STATE = 600, 601, 604
EXCHANGE_SECONDS = 20.0
"""How long OBS may take for another profile or scene collection."""
SETTLE_SECONDS = 0.5
"""OBS answers before its window has finished with a profile, and was seen to end when the next switch came at once."""
STOP_LOOKS, STOP_LOOK_SECONDS = 50, 0.1
HINTS = 12


class StudioControls:
    """The studio at the other end of `link`; every method raises as `link.request` does."""

    def __init__(self, link: ObsLink, mirror: StudioMirror) -> None:
        self._link = link
        self._mirror = mirror
        self._exchanging = asyncio.Lock()

    @property
    def state(self) -> StudioState:
        return self._mirror.state

    async def switch_scene(self, name: str) -> None:
        """Raises NotFound `scene_not_found`."""
        await self._of_scene("SetCurrentProgramScene", name)

    async def preview_scene(self, name: str) -> None:
        """Raises NotFound `scene_not_found`, Conflict `studio_mode_off`."""
        await self._of_scene("SetCurrentPreviewScene", name)

    async def transition(self, name: str | None) -> None:
        """Take the preview on air, by the transition `name`; raises Conflict `studio_mode_off`, NotFound."""
        if name is not None:
            missing = _missing("transition", name, self.state.transitions)
            await self._ask("SetCurrentSceneTransition", {"transitionName": name}, {NOT_FOUND: missing})
        await self._ask("TriggerStudioModeTransition", {}, {STUDIO_MODE_OFF: _studio_mode_off()})

    async def set_studio_mode(self, *, on: bool) -> None:
        await self._ask("SetStudioModeEnabled", {"studioModeEnabled": on})

    async def show_item(self, scene: str, item_id: int, visible: bool | None) -> bool:
        """Show or hide an item of a scene or group, or (None) the other than now; returns whether it is shown.

        Raises NotFound `item_not_found` or `scene_not_found`.
        """
        where = {"sceneName": scene, "sceneItemId": item_id}
        missing = self._missing_item(scene, item_id)
        if visible is None:
            answer = await self._ask("GetSceneItemEnabled", where, {NOT_FOUND: missing})
            visible = not answer.get("sceneItemEnabled")
        await self._ask("SetSceneItemEnabled", where | {"sceneItemEnabled": visible}, {NOT_FOUND: missing})
        return visible

    async def mute(self, name: str, muted: bool | None) -> bool:
        """Mute an input or not, or (None) the other than now; returns whether it is muted.

        Raises NotFound `input_not_found`, Conflict `input_has_no_sound`.
        """
        errors = self._sound_errors(name)
        if muted is None:
            return bool((await self._ask("ToggleInputMute", {"inputName": name}, errors)).get("inputMuted"))
        await self._ask("SetInputMute", {"inputName": name, "inputMuted": muted}, errors)
        return muted

    async def set_volume(self, name: str, decibels: float) -> None:
        """Raises NotFound `input_not_found`, Conflict `input_has_no_sound`."""
        data = {"inputName": name, "inputVolumeDb": decibels}
        await self._ask("SetInputVolume", data, self._sound_errors(name))

    async def control_media(self, name: str, act: str) -> None:
        """Have a media input play, pause, stop, restart, or go to the next or previous of its list.

        Raises NotFound `input_not_found`, Conflict `input_has_no_media`.
        """
        known = self.state.input(name)
        if known and known.media is None:
            media = [item.name for item in self.state.inputs if item.media]
            raise Conflict("input_has_no_media", f"{name} plays no media.", _list_of("Media inputs", media))
        data = {"inputName": name, "mediaAction": f"OBS_WEBSOCKET_MEDIA_INPUT_ACTION_{act.upper()}"}
        await self._ask("TriggerMediaInputAction", data, {NOT_FOUND: self._missing_input(name)})

    async def switch_filter(self, source: str, name: str, on: bool | None) -> bool:
        """Switch a filter on or off, or (None) the other than now; returns whether it is on.

        Raises NotFound `filter_not_found` or `source_not_found`.
        """
        where = {"sourceName": source, "filterName": name}
        errors = {NOT_FOUND: self._missing_filter(source, name)}
        if on is None:
            on = not (await self._ask("GetSourceFilter", where, errors)).get("filterEnabled")
        await self._ask("SetSourceFilterEnabled", where | {"filterEnabled": on}, errors)
        return on

    async def set_camera(self, *, on: bool) -> None:
        """Start or stop the virtual camera; raises Conflict `camera_not_available`."""
        absent = Conflict(
            "camera_not_available",
            "OBS has no virtual camera on this computer.",
            "Install it: on Linux the module v4l2loopback, elsewhere with OBS's own installer.",
        )
        status = await self._ask("GetVirtualCamStatus", {}, {INVALID_STATE: absent})
        if bool(status.get("outputActive")) is not on:
            await self._ask("StartVirtualCam" if on else "StopVirtualCam", {}, {INVALID_STATE: absent})

    async def switch_profile(self, name: str, *, stop_replay: bool) -> None:
        """Use another profile; raises NotFound `profile_not_found`, Conflict `obs_on_air` or `replay_runs`."""
        async with self._exchanging:
            await self._refuse_on_air(stop_replay=stop_replay)
            missing = _missing("profile", name, self.state.profiles)
            await self._exchange("SetCurrentProfile", {"profileName": name}, missing)
            await asyncio.sleep(SETTLE_SECONDS)

    async def switch_collection(self, name: str) -> None:
        """Use another scene collection; raises NotFound `collection_not_found`."""
        async with self._exchanging:
            missing = _missing("collection", name, self.state.collections)
            await self._exchange("SetCurrentSceneCollection", {"sceneCollectionName": name}, missing)
            await asyncio.sleep(SETTLE_SECONDS)

    async def _exchange(self, request: str, data: dict[str, Any], missing: CompanionError) -> None:
        await self._ask(request, data, {NOT_FOUND: missing}, seconds=EXCHANGE_SECONDS)

    async def _refuse_on_air(self, *, stop_replay: bool) -> None:
        """OBS's own window offers no other profile while an output runs: outputs would go on with mixed settings."""
        kinds = {"GetStreamStatus": "streams", "GetRecordStatus": "records", "GetVirtualCamStatus": "runs its camera"}
        *answers, replay = await self._link.batch([*((kind, None) for kind in kinds), ("GetReplayBufferStatus", None)])
        busy = [word for word, answer in zip(kinds.values(), answers, strict=True) if _active(answer)]
        if busy:
            raise Conflict("obs_on_air", f"OBS {' and '.join(busy)}.", "Stop that first, then try again.")
        if _active(replay):
            if not stop_replay:
                raise Conflict(
                    "replay_runs",
                    "The replay buffer runs; another profile would end it, and what it holds is gone.",
                    "Save what you want to keep, then try again with `stop_replay`.",
                )
            await self._link.request("StopReplayBuffer")
            for _ in range(STOP_LOOKS):
                if not _active((await self._link.batch([("GetReplayBufferStatus", None)]))[0]):
                    return
                await asyncio.sleep(STOP_LOOK_SECONDS)
            raise Failed("replay_did_not_stop", "OBS did not stop the replay buffer.", "Look at OBS.")

    async def _of_scene(self, request: str, name: str) -> None:
        errors = {NOT_FOUND: self._missing_scene(name), STUDIO_MODE_OFF: _studio_mode_off()}
        await self._ask(request, {"sceneName": name}, errors)

    async def _ask(
        self,
        request: str,
        data: dict[str, Any],
        errors: Mapping[int, CompanionError] | None = None,
        *,
        seconds: float = ANSWER_SECONDS,
    ) -> dict[str, Any]:
        """OBS's answer; `errors` says what its codes mean here."""
        try:
            return await self._link.request(request, data, timeout_seconds=seconds)
        except ObsRequestFailed as error:
            raise translated(error, errors or {}) from None

    def _missing_scene(self, name: str) -> NotFound:
        return _missing("scene", name, [scene.name for scene in self.state.scenes])

    def _missing_input(self, name: str) -> NotFound:
        return _missing("input", name, [item.name for item in self.state.inputs])

    def _sound_errors(self, name: str) -> dict[int, CompanionError]:
        audible = [item.name for item in self.state.inputs if item.has_audio]
        silent = Conflict("input_has_no_sound", f"{name} has no sound.", _list_of("Inputs with sound", audible))
        return {NOT_FOUND: _missing("input", name, audible), INVALID_STATE: silent}

    def _missing_item(self, scene: str, item_id: int) -> NotFound:
        items = [item for found in self.state.scenes for item in found.items]
        inside = [item for item in items if item.group == scene]
        if known := self.state.scene(scene):
            inside = [item for item in known.items if item.group is None]
        elif not inside:
            return self._missing_scene(scene)
        names = [f"{item.id} ({item.source})" for item in inside]
        return NotFound("item_not_found", f"{scene} has no item {item_id}.", _list_of("Its items", names))

    def _missing_filter(self, source: str, name: str) -> NotFound:
        known = self.state.input(source) or self.state.scene(source)
        if known is None:
            return _missing(
                "source", source, [*(i.name for i in self.state.inputs), *(s.name for s in self.state.scenes)]
            )
        names = [item.name for item in known.filters]
        return NotFound("filter_not_found", f"{source} has no filter {name!r}.", _list_of("Its filters", names))


def translated(error: ObsRequestFailed, errors: Mapping[int, CompanionError]) -> CompanionError:
    """What OBS's refusal means to the streamer: as `errors` says by its code, else OBS's own words."""
    if error.obs_code == NOT_READY:
        return Unavailable("obs_loading", "OBS is still loading.", "Try again in a moment.")
    return errors.get(error.obs_code, error)


def _missing(what: str, name: str, known: Iterable[str]) -> NotFound:
    names = list(known)
    words = {"collection": "scene collection"}
    close = difflib.get_close_matches(name, names, n=HINTS, cutoff=0.5)
    rest = [other for other in names if other not in close]
    hint = _list_of("There are", [*close, *rest])
    return NotFound(f"{what}_not_found", f"There is no {words.get(what, what)} {name!r} in OBS.", hint)


def _list_of(title: str, names: list[str]) -> str:
    more = f" and {len(names) - HINTS} more" if len(names) > HINTS else ""
    return f"{title}: {', '.join(names[:HINTS])}{more}." if names else f"{title}: none."


def _studio_mode_off() -> Conflict:
    return Conflict("studio_mode_off", "OBS is not in studio mode.", "Switch it on, here or in OBS: Studio Mode.")


def _active(answer: dict[str, Any] | ObsRequestFailed) -> bool:
    return not isinstance(answer, ObsRequestFailed) and bool(answer.get("outputActive") or answer.get("outputPaused"))
