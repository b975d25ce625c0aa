"""OBS's replay buffer, in the words of OBS's protocol: read it, start and stop it, switch it on in OBS's settings."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from typing import Any

import psutil

from companion.adapters.obs.link import ObsLink
from companion.adapters.obs.protocol import ObsRequestFailed
from companion.domain.replay import MEGABYTE, BufferOptions, BufferReading, keyframe_distance
from companion.kernel.errors import CompanionError, Conflict, Failed

log = logging.getLogger(__name__)

RUNNING, NOT_RUNNING, NOT_FOUND, INVALID_STATE = 500, 501, 600, 604
READ_SECONDS = 1.5
"""How long a reading may take: late enough for a busy OBS, early enough to notice a frozen one in time."""
SETTLE_SECONDS = 0.5
"""OBS answers before its window has finished with a profile, and was seen to end when the next switch came at once."""
SWITCH_SECONDS = 20.0
START_SECONDS = 3.0
STOP_SECONDS = 5.0
REBUILT_LOOKS = 25
LARGEST_LIMIT_MB = 8192
"""What every version of OBS's settings window takes as the buffer's size limit."""
MEMORY_SHARE = 4
"""A quarter of the memory: OBS offers three, but the game needs its own."""

JOURNAL = "FluxBoardCompanion"
"""The section of OBS's profile in which the former values wait while `enable` works."""
DETOUR = "FluxBoard, on the way back to "
"""The temporary profile's name begins so; the profile to return to follows."""
_FORMER = "Former"
_CHANGED = ("RecRB", "RecRBTime", "RecRBSize")
_JOURNAL_NAMES = ("Section", *(_FORMER + name for name in _CHANGED))

Answer = dict[str, Any] | ObsRequestFailed


class ReplayBuffer:
    """The replay buffer of the OBS at the other end of `link`; every method raises as `link.request` does."""

    def __init__(self, link: ObsLink) -> None:
        self._link = link
        self._output = ""

    async def read(self) -> BufferReading:
        """How it is now: one request, two when OBS built its outputs anew."""
        if self._output:
            with contextlib.suppress(ObsRequestFailed):
                return await self._status()
        self._output = await self._find()
        return await self._status() if self._output else BufferReading(available=False)

    async def options(self, *, running: bool) -> BufferOptions:
        """How it is set up, as far as OBS tells; a running one by what it was started with."""
        section = await self._section()
        words = ("RecRBTime", "RecRBSize", "VBitrate", "ABitrate", "RecQuality", "UseAdvanced", "x264Settings")
        asked: list[tuple[str, dict[str, Any] | None]] = [
            ("GetProfileParameter", {"parameterCategory": section, "parameterName": word}) for word in words
        ]
        asked += [("GetVideoSettings", None)]
        if running:
            asked += [("GetOutputSettings", {"outputName": self._output})]
        answers = await self._link.batch(asked)
        values = {word: _value(answer) for word, answer in zip(words, answers, strict=False)}
        video = _data(answers[len(words)])
        in_force = _data(answers[-1]).get("outputSettings", {}) if running else {}
        fps = float(video.get("fpsNumerator") or 30) / float(video.get("fpsDenominator") or 1)
        as_stream = section == "SimpleOutput" and values["RecQuality"] == "Stream"
        tuned = as_stream and values["UseAdvanced"] == "true"
        # In advanced mode the encoder's own settings decide whether there is a limit, and only a running buffer tells.
        limited = section == "SimpleOutput" and not as_stream
        limit_mb = in_force.get("max_size_mb") or 0 if running else _number(values["RecRBSize"]) * limited
        rate = (_number(values["VBitrate"]) + _number(values["ABitrate"])) * 125 if as_stream else 0
        return BufferOptions(
            length=float(in_force.get("max_time_sec") or _number(values["RecRBTime"])),
            keyframe_distance=keyframe_distance(fps, (values["x264Settings"] or "") if tuned else ""),
            size_limit=int(limit_mb) * MEGABYTE,
            bytes_per_second=rate or None,
        )

    async def has_source(self) -> bool:
        """Whether OBS has anything to show; without, starting makes it ask the streamer a question."""
        inputs, special = await self._link.batch([("GetInputList", None), ("GetSpecialInputs", None)])
        always_there = set(_data(special).values())
        return isinstance(inputs, ObsRequestFailed) or any(
            item.get("inputName") not in always_there for item in inputs.get("inputs", [])
        )

    async def start(self) -> bool:
        """Start it; whether it runs within 3 s. False: OBS took the request, and asks the streamer something."""
        try:
            await self._link.request("StartReplayBuffer")
        except ObsRequestFailed as error:
            if error.obs_code == INVALID_STATE:
                raise _switched_off() from None
            if error.obs_code != RUNNING:
                raise
        return await self._becomes(active=True, seconds=START_SECONDS)

    async def stop(self) -> None:
        """Stop it, and wait until it stands still; what it held is gone."""
        try:
            await self._link.request("StopReplayBuffer")
        except ObsRequestFailed as error:
            if error.obs_code not in (NOT_RUNNING, INVALID_STATE):
                raise
        if not await self._becomes(active=False, seconds=STOP_SECONDS):
            raise Failed("replay_did_not_stop", "OBS did not stop the replay buffer.", "Look at OBS.")

    async def enable(self, seconds: int, limit_mb: int) -> None:
        """Switch it on in OBS's settings with this length, and at least this size limit where OBS has one.

        On failure the profile is put back as it was, and a buffer that ran is started again.

        Raises Conflict `obs_on_air` while anything runs that the change would disturb.
        """
        await self._refuse_on_air()
        await self.recover()
        section = await self._section()
        await self._refuse_impossible(section)
        current = str((await self._link.request("GetProfileList"))["currentProfileName"])
        former = {name: await self._get(section, name) for name in _CHANGED}
        wanted = {"RecRB": "true", "RecRBTime": str(seconds)}
        if section == "AdvOut" or await self._get(section, "RecQuality") != "Stream":
            wanted["RecRBSize"] = str(max(limit_mb, int(_number(former["RecRBSize"]))))
        reading = await self.read()
        await self._write_journal(section, former)
        try:
            await self._apply(section, current, wanted, reading)
            await self._clear_journal()
        except BaseException:
            log.warning("the replay buffer could not be switched on; putting OBS's profile back")
            with contextlib.suppress(CompanionError):
                await self.recover()
            if reading.active:
                with contextlib.suppress(CompanionError):
                    await self.start()
            raise

    async def recover(self) -> bool:
        """Undo an `enable` that was cut short, by whatever; whether there was one."""
        answer = await self._link.request("GetProfileList")
        profiles, current = [str(name) for name in answer.get("profiles", [])], str(answer.get("currentProfileName"))
        # An OBS that was killed as it made a profile knows it by its folder's name.
        left = [name for name in profiles if name.startswith((DETOUR, _folder_name(DETOUR)))]
        if current in left:
            await self._refuse_on_air()
            ways = {_folder_name(DETOUR + name): name for name in profiles if name not in left}
            back = ways.get(_folder_name(current), current.removeprefix(DETOUR))
            await self._link.request("SetCurrentProfile", {"profileName": back}, timeout_seconds=SWITCH_SECONDS)
            await asyncio.sleep(SETTLE_SECONDS)
        for name in left:
            await self._link.request("RemoveProfile", {"profileName": name}, timeout_seconds=SWITCH_SECONDS)
        journal = {name: await self._get(JOURNAL, name) for name in _JOURNAL_NAMES}
        if not any(journal.values()):
            return bool(left)
        if section := journal["Section"]:
            for name in _CHANGED:
                former = journal[_FORMER + name]
                if await self._get(section, name) != former:
                    await self._set(section, name, former)
        await self._clear_journal()
        return True

    async def _apply(self, section: str, profile: str, wanted: Mapping[str, str], reading: BufferReading) -> None:
        if reading.active:
            await self.stop()
        for name, value in wanted.items():
            await self._set(section, name, value)
        if not reading.available:
            await self._rebuild_outputs(profile)
        found = {name: await self._get(section, name) for name in wanted}
        self._output = await self._find_soon()
        if found != wanted or not self._output:
            raise Failed(
                "replay_enable_failed",
                "OBS did not switch the replay buffer on.",
                "Switch it on in OBS: Settings → Output → Replay Buffer.",
            )

    async def _rebuild_outputs(self, profile: str) -> None:
        """Leave the profile and come back: only then does OBS build outputs by its new settings."""
        detour = {"profileName": DETOUR + profile}
        await self._link.request("CreateProfile", detour, timeout_seconds=SWITCH_SECONDS)
        await asyncio.sleep(SETTLE_SECONDS)
        await self._link.request("SetCurrentProfile", {"profileName": profile}, timeout_seconds=SWITCH_SECONDS)
        await asyncio.sleep(SETTLE_SECONDS)
        await self._link.request("RemoveProfile", detour, timeout_seconds=SWITCH_SECONDS)
        current = (await self._link.request("GetProfileList")).get("currentProfileName")
        if current != profile:
            raise Failed("replay_enable_failed", f"OBS stayed in the profile {current}.", f"Choose {profile} in OBS.")

    async def _refuse_on_air(self) -> None:
        kinds = {"GetStreamStatus": "streams", "GetRecordStatus": "records", "GetVirtualCamStatus": "runs its camera"}
        answers = await self._link.batch([(kind, None) for kind in kinds])
        busy = [
            word
            for word, answer in zip(kinds.values(), answers, strict=True)
            if _data(answer).get("outputActive") or _data(answer).get("outputPaused")
        ]
        if busy:
            raise Conflict(
                "obs_on_air",
                f"OBS {' and '.join(busy)}; its settings cannot be changed meanwhile.",
                "Stop that in OBS, then try again.",
            )

    async def _refuse_impossible(self, section: str) -> None:
        word, value = {"AdvOut": ("RecType", "FFmpeg"), "SimpleOutput": ("RecQuality", "Lossless")}[section]
        if await self._get(section, word) == value:
            raise Conflict(
                "replay_not_possible",
                "OBS has no replay buffer with its present kind of recording.",
                "Choose another recording type or quality in OBS: Settings → Output → Recording.",
            )

    async def _section(self) -> str:
        """The section of the profile that counts for outputs."""
        advanced = await self._get("Output", "Mode") == "Advanced"
        return "AdvOut" if advanced else "SimpleOutput"

    async def _status(self) -> BufferReading:
        status = await self._link.request("GetOutputStatus", {"outputName": self._output}, timeout_seconds=READ_SECONDS)
        return BufferReading(
            available=True,
            active=bool(status.get("outputActive")),
            frames=int(status.get("outputTotalFrames") or 0),
            seconds=float(status.get("outputDuration") or 0) / 1000,
        )

    async def _find(self) -> str:
        """The name of the replay buffer's output (OBS translates it), or nothing."""
        outputs = (await self._link.request("GetOutputList", timeout_seconds=READ_SECONDS)).get("outputs", [])
        return next((str(item["outputName"]) for item in outputs if item.get("outputKind") == "replay_buffer"), "")

    async def _find_soon(self) -> str:
        for _ in range(REBUILT_LOOKS):
            if name := await self._find():
                return name
            await asyncio.sleep(0.2)
        return ""

    async def _becomes(self, *, active: bool, seconds: float) -> bool:
        deadline = asyncio.get_running_loop().time() + seconds
        while (await self.read()).active is not active:
            if asyncio.get_running_loop().time() > deadline:
                return False
            await asyncio.sleep(0.1)
        return True

    async def _write_journal(self, section: str, former: Mapping[str, str | None]) -> None:
        """Note what was; the section comes last, as only with it the journal counts."""
        for name, value in former.items():
            await self._set(JOURNAL, _FORMER + name, value)
        await self._set(JOURNAL, "Section", section)

    async def _clear_journal(self) -> None:
        for name in _JOURNAL_NAMES:
            await self._set(JOURNAL, name, None)

    async def _get(self, section: str, name: str) -> str | None:
        """The profile's own value; None when it has none and OBS's default counts."""
        answer = await self._link.request("GetProfileParameter", {"parameterCategory": section, "parameterName": name})
        return _value(answer)

    async def _set(self, section: str, name: str, value: str | None) -> None:
        data = {"parameterCategory": section, "parameterName": name, "parameterValue": value}
        try:
            await self._link.request("SetProfileParameter", data)
        except ObsRequestFailed as error:
            if value is not None or error.obs_code != NOT_FOUND:  # what is not there need not be removed
                raise


def largest_limit_mb() -> int:
    """The largest size limit, in OBS's MB, that the buffer may be given on this computer."""
    return min(LARGEST_LIMIT_MB, int(psutil.virtual_memory().total) // MEMORY_SHARE // MEGABYTE)


def _folder_name(profile: str) -> str:
    """How OBS calls a profile's folder: blanks become `_`, what is neither letter, digit nor `_` is left out."""
    return "".join(
        "_" if sign.isspace() else sign for sign in profile if sign.isspace() or sign == "_" or sign.isalnum()
    )


def _switched_off() -> Conflict:
    return Conflict(
        "replay_off",
        "The replay buffer is switched off in OBS's settings.",
        "Run `companion replay enable`, or switch it on in OBS: Settings → Output → Replay Buffer.",
    )


def _data(answer: Answer) -> dict[str, Any]:
    return {} if isinstance(answer, ObsRequestFailed) else answer


def _value(answer: Answer) -> str | None:
    value = _data(answer).get("parameterValue")
    return None if value is None else str(value)


def _number(text: str | None) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0
