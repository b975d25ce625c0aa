"""A model of OBS as its WebSocket server shows it: scenes, outputs that advance with time, profiles, replay buffer."""

import asyncio
import base64
import dataclasses
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fakes.obs_requests import NOT_FOUND, OUTPUT_NOT_RUNNING, RequestRefused, text
from tests.fakes.obs_studio import ObsStudio

MISSING_REQUEST_TYPE, UNKNOWN_REQUEST_TYPE, NOT_READY = 203, 204, 207
OUTPUT_RUNNING, OUTPUT_PAUSED, OUTPUT_NOT_PAUSED = 500, 502, 503
ALREADY_EXISTS, NOT_ENOUGH, INVALID_STATE = 601, 603, 604

GENERAL, CONFIG, SCENES, OUTPUTS = 1, 2, 4, 64

REPLAY = "replay_buffer"
BYTES_PER_SECOND = 750_000
DEFAULTS = {("SimpleOutput", "RecQuality"): "Stream", ("SimpleOutput", "RecRBSize"): "512"}
"""What OBS tells of a profile that has no value of its own."""
PIXEL = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63606060000000040001f61738"
        "550000000049454e44ae426082"
    )
).decode()


EventReader = Callable[[str, int, dict[str, Any] | None], None]


def unheard(kind: str, intent: int, data: dict[str, Any] | None) -> None:
    """An event that nobody listens to."""


@dataclasses.dataclass
class Output:
    """One output; its bytes and frames advance with time while it runs and is not stalled."""

    kind: str
    fps: float = 30.0
    started_at: float | None = None
    paused: bool = False
    reconnecting: bool = False
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)
    saved_bytes: int = 0
    """What a replay buffer has written; its memory does not count, so only its frames show that it lives."""
    _stalled_at: float | None = None

    @property
    def active(self) -> bool:
        return self.started_at is not None

    @property
    def stalled(self) -> bool:
        """Still active, but neither bytes nor frames advance any more."""
        return self._stalled_at is not None

    @stalled.setter
    def stalled(self, value: bool) -> None:
        if self._stalled_at is not None and self.started_at is not None:
            self.started_at += time.monotonic() - self._stalled_at  # it goes on where it stood
        self._stalled_at = time.monotonic() if value else None

    @property
    def seconds(self) -> float:
        if self.started_at is None:
            return 0.0
        return max(0.0, (self._stalled_at or time.monotonic()) - self.started_at)

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.paused = False
        self.saved_bytes = 0

    def stop(self) -> None:
        self.started_at = self._stalled_at = None
        self.paused = False

    def status(self) -> dict[str, Any]:
        return {
            "outputActive": self.active,
            "outputReconnecting": self.reconnecting,
            "outputTimecode": _timecode(self.seconds),
            "outputDuration": int(self.seconds * 1000),
            "outputCongestion": 0.0,
            "outputBytes": self.saved_bytes if self.kind == REPLAY else int(self.seconds * BYTES_PER_SECOND),
            "outputSkippedFrames": 0,
            "outputTotalFrames": int(self.seconds * self.fps),
        }


class ObsModel(ObsStudio):
    """What OBS knows and does; change its fields to play the streamer. Methods in capitals are its requests."""

    def __init__(self, record_directory: Path | None = None) -> None:
        super().__init__()
        self.obs_version = "29.0.2"
        self.websocket_version = "5.1.0"
        self.scenes = ["Game", "Pause"]
        self.scene = "Game"
        self.record_directory = record_directory or Path("/nowhere")
        self.profile = "Untitled"
        self.profiles: dict[str, dict[tuple[str, str], str]] = {"Untitled": _profile(enabled=True, seconds="20")}
        self.modal_question = False
        """Starting the replay buffer succeeds, then OBS asks a modal question and nothing starts."""
        self.replay_source: Path | None = None
        """A save copies this file into the record directory; None: a path is told where no file is."""
        self.save_seconds = 0.05
        """How long a save takes until OBS tells its path."""
        self.replay_mutes_saves = False
        """A save is accepted and never finishes."""
        self.frees_mb = 50_000.0
        self.last_replay = ""
        self.saves = 0
        self.on_event: EventReader = unheard
        self.stream = Output("rtmp_output")
        self.record = Output("ffmpeg_muxer")
        self.replay = Output(REPLAY)
        self._saving: set[asyncio.TimerHandle] = set()
        self._built_with = dict(self.profiles[self.profile])
        self._began = time.monotonic()

    @property
    def replay_enabled(self) -> bool:
        """Whether the outputs that OBS has built include a replay buffer: as the profile said when they were built."""
        return self._built_with.get(("SimpleOutput", "RecRB")) == "true"

    def enable_replay(self, *, enabled: bool) -> None:
        """Do what the streamer's click on OK in OBS's settings does."""
        self.profiles[self.profile]["SimpleOutput", "RecRB"] = "true" if enabled else "false"
        self._rebuild_outputs()

    def handle(self, kind: str, data: dict[str, Any]) -> dict[str, Any] | None:
        """Carry out one request; its response data, or RequestRefused."""
        if not kind:
            raise RequestRefused(MISSING_REQUEST_TYPE, "Your request's `requestType` may not be empty.")
        handler = getattr(self, kind, None) if kind[0].isupper() else None
        if handler is None:
            raise RequestRefused(UNKNOWN_REQUEST_TYPE, "Your request type is not valid.")
        result: dict[str, Any] | None = handler(data)
        return result

    def cancel_saves(self) -> None:
        for handle in self._saving:
            handle.cancel()
        self._saving.clear()

    def switch_scene(self, scene: str) -> None:
        self.scene = scene
        self.on_event("CurrentProgramSceneChanged", SCENES, {"sceneName": scene, "sceneUuid": f"uuid-{scene}"})

    def start_output(self, output: Output, **extra: Any) -> None:
        """Start `output` and tell it in OBS's two steps."""
        self._tell(output, "STARTING", **extra)
        if output is self.replay:
            output.settings = self._replay_settings()
        output.start()
        self._tell(output, "STARTED", **extra)

    def stop_output(self, output: Output, **extra: Any) -> None:
        self._tell(output, "STOPPING", **extra)
        output.stop()
        self._tell(output, "STOPPED", **extra)

    def start_recording(self) -> None:
        self.record.settings["path"] = str(self.record_directory / "recording.mkv")
        self.start_output(self.record)

    def reconnect_stream(self, *, reconnecting: bool) -> None:
        """The stream's connection broke, or came back."""
        self.stream.reconnecting = reconnecting
        self._tell(self.stream, "RECONNECTING" if reconnecting else "RECONNECTED")

    def outputs(self) -> dict[str, Output]:
        """By name, as OBS lists them: the stream's from its first start on, the replay buffer's when it is enabled."""
        named = {"simple_file_output": self.record}
        if self.replay_enabled:
            named["Replay Buffer"] = self.replay
        return named | ({"simple_stream": self.stream} if self.stream.active else {})

    def _tell(self, output: Output, word: str, **extra: Any) -> None:
        names = {"rtmp_output": "StreamStateChanged", REPLAY: "ReplayBufferStateChanged"}
        data = {"outputActive": word in ("STARTED", "RESUMED"), "outputState": f"OBS_WEBSOCKET_OUTPUT_{word}"} | extra
        if output is self.record:
            data["outputPath"] = output.settings.get("path") if word in ("STARTED", "STOPPED") else None
        self.on_event(names.get(output.kind, "RecordStateChanged"), OUTPUTS, data)

    def _rebuild_outputs(self) -> None:
        if self.replay.active:
            self.stop_output(self.replay)
        self._built_with = dict(self.profiles[self.profile])

    def _require_replay(self) -> None:
        if not self.replay_enabled:
            raise RequestRefused(INVALID_STATE, "Replay buffer is not available.")

    def GetVersion(self, _: dict[str, Any]) -> dict[str, Any]:
        return {
            "obsVersion": self.obs_version,
            "obsWebSocketVersion": self.websocket_version,
            "rpcVersion": 1,
            "availableRequests": sorted(name for name in dir(self) if name[0].isupper()),
            "supportedImageFormats": ["png"],
            "platform": "debian",
            "platformDescription": "Debian GNU/Linux 12 (bookworm)",
        }

    def GetStats(self, _: dict[str, Any]) -> dict[str, Any]:
        frames = int((time.monotonic() - self._began) * 30)
        return {
            "cpuUsage": 3.5,
            "memoryUsage": 310.25,
            "availableDiskSpace": self.frees_mb,
            "activeFps": 30.0,
            "averageFrameRenderTime": 1.5,
            "renderSkippedFrames": 2,
            "renderTotalFrames": frames,
            "outputSkippedFrames": 1,
            "outputTotalFrames": frames,
            "webSocketSessionIncomingMessages": 1,
            "webSocketSessionOutgoingMessages": 1,
        }

    def GetSceneList(self, _: dict[str, Any]) -> dict[str, Any]:
        scenes = [{"sceneIndex": index, "sceneName": name} for index, name in enumerate(reversed(self.scenes))]
        return {"currentProgramSceneName": self.scene, "currentPreviewSceneName": None, "scenes": scenes}

    def GetCurrentProgramScene(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"currentProgramSceneName": self.scene}

    def SetCurrentProgramScene(self, data: dict[str, Any]) -> None:
        scene = text(data, "sceneName")
        if scene not in self.scenes:
            raise RequestRefused(NOT_FOUND, f"No source was found by the name of `{scene}`.")
        self.switch_scene(scene)

    def GetStreamStatus(self, _: dict[str, Any]) -> dict[str, Any]:
        return self.stream.status()

    def GetRecordStatus(self, _: dict[str, Any]) -> dict[str, Any]:
        status = self.record.status()
        names = ("outputActive", "outputTimecode", "outputDuration", "outputBytes")
        return {name: status[name] for name in names} | {"outputPaused": self.record.paused}

    def GetReplayBufferStatus(self, _: dict[str, Any]) -> dict[str, Any]:
        self._require_replay()
        return {"outputActive": self.replay.active}

    def GetOutputList(self, _: dict[str, Any]) -> dict[str, Any]:
        return {
            "outputs": [
                {
                    "outputName": name,
                    "outputKind": output.kind,
                    "outputActive": output.active,
                    "outputWidth": 1280 if output.active else 0,
                    "outputHeight": 720 if output.active else 0,
                    "outputFlags": {
                        "OBS_OUTPUT_AUDIO": True,
                        "OBS_OUTPUT_VIDEO": True,
                        "OBS_OUTPUT_ENCODED": True,
                        "OBS_OUTPUT_SERVICE": output is self.stream,
                        "OBS_OUTPUT_MULTI_TRACK": True,
                    },
                }
                for name, output in self.outputs().items()
            ]
        }

    def _output(self, data: dict[str, Any]) -> Output:
        name = text(data, "outputName")
        if name not in self.outputs():
            raise RequestRefused(NOT_FOUND, f"No output was found with the name `{name}`.")
        return self.outputs()[name]

    def GetOutputStatus(self, data: dict[str, Any]) -> dict[str, Any]:
        return self._output(data).status()

    def GetOutputSettings(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"outputSettings": self._output(data).settings}

    def GetStreamServiceSettings(self, _: dict[str, Any]) -> dict[str, Any]:
        settings = {"server": "rtmp://127.0.0.1/live", "key": "unused"}
        return {"streamServiceType": "rtmp_custom", "streamServiceSettings": settings}

    def StartStream(self, _: dict[str, Any]) -> None:
        self._start(self.stream)

    def StopStream(self, _: dict[str, Any]) -> None:
        self._stop(self.stream)

    def StartRecord(self, _: dict[str, Any]) -> None:
        if self.record.active:
            raise RequestRefused(OUTPUT_RUNNING)
        self.start_recording()

    def StopRecord(self, _: dict[str, Any]) -> dict[str, Any]:
        self._stop(self.record)
        return {"outputPath": self.record.settings["path"]}

    def PauseRecord(self, _: dict[str, Any]) -> None:
        if self.record.paused:
            raise RequestRefused(OUTPUT_PAUSED)
        if self.record.active:
            self.record.paused = True
            self._tell(self.record, "PAUSED")

    def ResumeRecord(self, _: dict[str, Any]) -> None:
        if not self.record.paused:
            raise RequestRefused(OUTPUT_NOT_PAUSED)
        self.record.paused = False
        self._tell(self.record, "RESUMED")

    def StartReplayBuffer(self, _: dict[str, Any]) -> None:
        self._require_replay()
        if self.replay.active:
            raise RequestRefused(OUTPUT_RUNNING)
        if not self.modal_question:
            self.start_output(self.replay)

    def StopReplayBuffer(self, _: dict[str, Any]) -> None:
        self._require_replay()
        self._stop(self.replay)

    def SaveReplayBuffer(self, _: dict[str, Any]) -> None:
        self._require_replay()
        if not self.replay.active:
            raise RequestRefused(OUTPUT_NOT_RUNNING)
        if self.replay_mutes_saves:
            return
        self._saving.add(asyncio.get_running_loop().call_later(self.save_seconds, self._finish_save))

    def _finish_save(self) -> None:
        self.saves += 1
        self.replay.saved_bytes += int(self.replay.seconds * BYTES_PER_SECOND)
        path = (
            self.record_directory / f"Replay {self.saves}{self.replay_source.suffix if self.replay_source else '.mkv'}"
        )
        if self.replay_source:
            shutil.copyfile(self.replay_source, path)
        self.last_replay = str(path)
        self.on_event("ReplayBufferSaved", OUTPUTS, {"savedReplayPath": self.last_replay})

    def GetLastReplayBufferReplay(self, _: dict[str, Any]) -> dict[str, Any]:
        self._require_replay()
        if not self.replay.active:
            raise RequestRefused(OUTPUT_NOT_RUNNING)
        return {"savedReplayPath": self.last_replay}

    def _start(self, output: Output) -> None:
        if output.active:
            raise RequestRefused(OUTPUT_RUNNING)
        self.start_output(output)

    def _stop(self, output: Output) -> None:
        if not output.active:
            raise RequestRefused(OUTPUT_NOT_RUNNING)
        self.stop_output(output)

    def GetProfileParameter(self, data: dict[str, Any]) -> dict[str, Any]:
        key = text(data, "parameterCategory"), text(data, "parameterName")
        value = self.profiles[self.profile].get(key, DEFAULTS.get(key))
        return {"parameterValue": value, "defaultParameterValue": DEFAULTS.get(key)}

    def SetProfileParameter(self, data: dict[str, Any]) -> None:
        key = text(data, "parameterCategory"), text(data, "parameterName")
        value = data.get("parameterValue")
        if value is None:
            self.profiles[self.profile].pop(key, None)
        else:
            self.profiles[self.profile][key] = text(data, "parameterValue")

    def GetProfileList(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"currentProfileName": self.profile, "profiles": list(self.profiles)}

    def CreateProfile(self, data: dict[str, Any]) -> None:
        name = text(data, "profileName")
        if name in self.profiles:
            raise RequestRefused(ALREADY_EXISTS)
        self.profiles[name] = {}
        self.on_event("ProfileListChanged", CONFIG, {"profiles": list(self.profiles)})
        self._switch_profile(name)

    def SetCurrentProfile(self, data: dict[str, Any]) -> None:
        name = text(data, "profileName")
        if name not in self.profiles:
            raise RequestRefused(NOT_FOUND)
        if name != self.profile:
            self._switch_profile(name)

    def RemoveProfile(self, data: dict[str, Any]) -> None:
        name = text(data, "profileName")
        if name not in self.profiles:
            raise RequestRefused(NOT_FOUND)
        if len(self.profiles) < 2:
            raise RequestRefused(NOT_ENOUGH)
        if name == self.profile:
            self._switch_profile(next(other for other in self.profiles if other != name))
        del self.profiles[name]
        self.on_event("ProfileListChanged", CONFIG, {"profiles": list(self.profiles)})

    def _switch_profile(self, name: str) -> None:
        self.on_event("CurrentProfileChanging", CONFIG, {"profileName": self.profile})
        self.profile = name
        self._rebuild_outputs()
        self.on_event("CurrentProfileChanged", CONFIG, {"profileName": name})

    def _replay_settings(self) -> dict[str, Any]:
        """What the replay buffer is started with: a size limit only where a quality was chosen."""
        values = DEFAULTS | self.profiles[self.profile]
        limit = 0 if values["SimpleOutput", "RecQuality"] == "Stream" else int(values["SimpleOutput", "RecRBSize"])
        return {"max_time_sec": int(values["SimpleOutput", "RecRBTime"]), "max_size_mb": limit}

    def GetRecordDirectory(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"recordDirectory": str(self.record_directory)}

    def GetVideoSettings(self, _: dict[str, Any]) -> dict[str, Any]:
        size = {"baseWidth": 1280, "baseHeight": 720, "outputWidth": 1280, "outputHeight": 720}
        return {"fpsNumerator": 30, "fpsDenominator": 1} | size

    def GetSourceScreenshot(self, data: dict[str, Any]) -> dict[str, Any]:
        source = text(data, "sourceName")
        if source not in self.scenes:
            raise RequestRefused(NOT_FOUND, f"No source was found by the name of `{source}`.")
        return {"imageData": f"data:image/png;base64,{PIXEL}"}


def _profile(*, enabled: bool, seconds: str) -> dict[tuple[str, str], str]:
    return {
        ("Output", "Mode"): "Simple",
        ("SimpleOutput", "RecRB"): "true" if enabled else "false",
        ("SimpleOutput", "RecRBTime"): seconds,
    }


def _timecode(seconds: float) -> str:
    return time.strftime("%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1000):03d}"
