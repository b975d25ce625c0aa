"""What OBS says, in its protocol's words, turned into the domain's events; pure."""

from collections.abc import Sequence
from typing import Any

from companion.adapters.obs.protocol import NOT_READY, ObsRequestFailed
from companion.domain.events import (
    ObsStatsMeasured,
    RecordStateChanged,
    ReplayBufferSaved,
    ReplayBufferSwitched,
    SceneChanged,
    StreamStateChanged,
)
from companion.kernel.bus import Event

GENERAL, CONFIG, SCENES, INPUTS, TRANSITIONS, FILTERS, OUTPUTS, SCENE_ITEMS, MEDIA, UI = (
    1 << bit for bit in (0, 1, 2, 3, 4, 5, 6, 7, 8, 10)
)
LEVELS = 1 << 16

EVENT_CATEGORIES = GENERAL | CONFIG | SCENES | INPUTS | TRANSITIONS | FILTERS | OUTPUTS | SCENE_ITEMS | MEDIA | UI
"""What is always subscribed to; none of these speaks but when something changes. LEVELS speaks all the time."""

REREAD_AFTER = frozenset({"CurrentProfileChanged", "CurrentSceneCollectionChanged", "SceneNameChanged"})
"""OBS's events after which several facts may be others, so that all are read anew."""

SNAPSHOT: Sequence[tuple[str, dict[str, Any] | None]] = (
    ("GetVersion", None),
    ("GetSceneList", None),  # where there is no scene just then, GetCurrentProgramScene ended OBS 29
    ("GetStreamStatus", None),
    ("GetRecordStatus", None),
    ("GetReplayBufferStatus", None),
    ("GetOutputList", None),
)

STATS: Sequence[tuple[str, dict[str, Any] | None]] = (("GetStats", None), ("GetStreamStatus", None))

Answer = dict[str, Any] | ObsRequestFailed

_WORD = "OBS_WEBSOCKET_OUTPUT_"
_RUNNING = {"STARTED", "RESUMED", "RECONNECTED"}


def still_loading(answers: Sequence[Answer]) -> bool:
    """Whether OBS was not ready to answer, as it is while it starts or loads a scene collection."""
    return any(isinstance(answer, ObsRequestFailed) and answer.obs_code == NOT_READY for answer in answers)


def versions(answers: Sequence[Answer]) -> tuple[str, str]:
    """OBS's version and its WebSocket server's, from the answers to SNAPSHOT."""
    version = _data(answers[0])
    return str(version.get("obsVersion", "")), str(version.get("obsWebSocketVersion", ""))


def facts_of(answers: Sequence[Answer], recording_path: str, now: float) -> list[Event]:
    """The state that the answers to SNAPSHOT, got `now`, describe; what OBS refused to tell is left out."""
    _, scene, stream, record, replay, _ = answers
    facts: list[Event] = []
    if name := _data(scene).get("currentProgramSceneName"):
        facts.append(SceneChanged(str(name)))
    if status := _data(stream):
        active = bool(status.get("outputActive"))
        since = now - _seconds(status) if active else None
        facts.append(StreamStateChanged(active, bool(status.get("outputReconnecting")), since))
    if status := _data(record):
        active, paused = bool(status.get("outputActive")), bool(status.get("outputPaused"))
        since = now - _seconds(status) if active else None
        path = recording_path if active else ""
        facts.append(RecordStateChanged(active, paused, path, since, now if paused else None))
    # Refused (604) means that the buffer is off in OBS's settings, so it does not run either.
    facts.append(ReplayBufferSwitched(bool(_data(replay).get("outputActive"))))
    return facts


def recording_outputs(answers: Sequence[Answer]) -> list[str]:
    """The names of the outputs that may be writing the recording, from the answers to SNAPSHOT; none when it is off."""
    if not _data(answers[3]).get("outputActive"):
        return []
    outputs = _data(answers[5]).get("outputs", [])
    return [
        str(output["outputName"])
        for output in outputs
        if output.get("outputActive") and "replay" not in str(output.get("outputKind")) and not _is_service(output)
    ]


def path_of(settings: Sequence[Answer]) -> str:
    """The file that a recording output writes, from answers to GetOutputSettings; empty when none says."""
    for answer in settings:
        values = _data(answer).get("outputSettings", {})
        if path := values.get("path") or values.get("url"):
            return str(path)
    return ""


def stats_of(answers: Sequence[Answer], stream_kbps: float | None) -> ObsStatsMeasured:
    """The figures of the answers to STATS; `stream_kbps` was measured from one such answer to the next."""
    data, stream = _data(answers[0]), _data(answers[1])
    live = bool(stream.get("outputActive"))
    return ObsStatsMeasured(
        cpu_percent=round(_number(data, "cpuUsage"), 2),
        memory_mb=round(_number(data, "memoryUsage"), 1),
        fps=round(_number(data, "activeFps"), 2),
        render_lagged_frames=int(_number(data, "renderSkippedFrames")),
        render_total_frames=int(_number(data, "renderTotalFrames")),
        output_skipped_frames=int(_number(data, "outputSkippedFrames")),
        output_total_frames=int(_number(data, "outputTotalFrames")),
        free_disk_mb=round(_number(data, "availableDiskSpace"), 1),
        frame_render_ms=round(_number(data, "averageFrameRenderTime"), 2),
        stream_congestion=round(_number(stream, "outputCongestion"), 3) if live else None,
        stream_dropped_frames=int(_number(stream, "outputSkippedFrames")) if live else None,
        stream_total_frames=int(_number(stream, "outputTotalFrames")) if live else None,
        stream_kbps=stream_kbps if live else None,
    )


def stream_bytes(answers: Sequence[Answer]) -> float | None:
    """What the stream has sent, from the answers to STATS; None while there is none."""
    stream = _data(answers[1])
    return _number(stream, "outputBytes") if stream.get("outputActive") else None


def translate(
    kind: str,
    data: dict[str, Any],
    stream: StreamStateChanged | None,
    recording: RecordStateChanged | None,
    now: float,
) -> Event | None:
    """The domain's event for one of OBS's that came `now`, or None; `stream` and `recording` are what was last known.

    Of outputs only what they have become counts, not that they are about to start or stop.
    """
    word = str(data.get("outputState", "")).removeprefix(_WORD)
    match kind:
        case "CurrentProgramSceneChanged" if scene := data.get("sceneName"):
            return SceneChanged(str(scene))
        case "StreamStateChanged" if word == "STOPPED":
            return StreamStateChanged(active=False, ended_at=now)
        case "StreamStateChanged" if word in _RUNNING | {"RECONNECTING"}:
            since = (stream.since if stream else None) or now
            return StreamStateChanged(active=True, reconnecting=word == "RECONNECTING", since=since)
        case "RecordStateChanged" | "RecordFileChanged":
            return _recording(word or "STARTED", data, recording or RecordStateChanged(active=False), now)
        case "ReplayBufferStateChanged" if word in {"STARTED", "STOPPED"}:
            return ReplayBufferSwitched(word == "STARTED")
        case "ReplayBufferSaved" if saved := data.get("savedReplayPath"):
            return ReplayBufferSaved(str(saved))
    return None


def _recording(word: str, data: dict[str, Any], known: RecordStateChanged, now: float) -> RecordStateChanged | None:
    path = str(data.get("outputPath") or data.get("newOutputPath") or known.path)
    since = known.since or now
    match word:
        case "STOPPED":
            return RecordStateChanged(active=False, path=path, ended_at=now)
        case "PAUSED":
            return RecordStateChanged(active=True, paused=True, path=path, since=since, paused_at=now)
        case "STARTED" | "RESUMED":
            pause = now - known.paused_at if known.paused_at else 0.0
            return RecordStateChanged(active=True, path=path, since=since + pause)
    return None


def _data(answer: Answer) -> dict[str, Any]:
    return {} if isinstance(answer, ObsRequestFailed) else answer


def _seconds(status: dict[str, Any]) -> float:
    return _number(status, "outputDuration") / 1000


def _number(data: dict[str, Any], name: str) -> float:
    value = data.get(name)
    return float(value) if isinstance(value, int | float) else 0.0


def _is_service(output: dict[str, Any]) -> bool:
    flags = output.get("outputFlags")
    streams = isinstance(flags, dict) and bool(flags.get("OBS_OUTPUT_SERVICE"))
    return streams or "virtualcam" in str(output.get("outputKind"))
