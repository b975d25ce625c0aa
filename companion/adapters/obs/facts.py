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

GENERAL, CONFIG, SCENES, OUTPUTS = 1, 2, 4, 64

EVENT_CATEGORIES = GENERAL | CONFIG | SCENES | OUTPUTS
"""What is subscribed to; the others (volume meters, input changes …) would cost CPU for nothing."""

REREAD_AFTER = frozenset(
    {"CurrentProfileChanged", "CurrentSceneCollectionChanged", "SceneNameChanged", "CurrentSceneCollectionChanging"}
)
"""OBS's events after which several facts may be others, so that all are read anew."""

SNAPSHOT: Sequence[tuple[str, dict[str, Any] | None]] = (
    ("GetVersion", None),
    ("GetCurrentProgramScene", None),
    ("GetStreamStatus", None),
    ("GetRecordStatus", None),
    ("GetReplayBufferStatus", None),
    ("GetOutputList", None),
)

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


def facts_of(answers: Sequence[Answer], recording_path: str) -> list[Event]:
    """The state that the answers to SNAPSHOT describe; what OBS refused to tell is left out."""
    _, scene, stream, record, replay, _ = answers
    facts: list[Event] = []
    if name := _data(scene).get("currentProgramSceneName"):
        facts.append(SceneChanged(str(name)))
    if status := _data(stream):
        facts.append(StreamStateChanged(bool(status.get("outputActive")), bool(status.get("outputReconnecting"))))
    if status := _data(record):
        active = bool(status.get("outputActive"))
        facts.append(RecordStateChanged(active, bool(status.get("outputPaused")), recording_path if active else ""))
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


def stats_of(data: dict[str, Any]) -> ObsStatsMeasured:
    """The figures of a GetStats answer."""

    def number(name: str) -> float:
        value = data.get(name)
        return float(value) if isinstance(value, int | float) else 0.0

    return ObsStatsMeasured(
        cpu_percent=round(number("cpuUsage"), 2),
        memory_mb=round(number("memoryUsage"), 1),
        fps=round(number("activeFps"), 2),
        render_lagged_frames=int(number("renderSkippedFrames")),
        render_total_frames=int(number("renderTotalFrames")),
        output_skipped_frames=int(number("outputSkippedFrames")),
        output_total_frames=int(number("outputTotalFrames")),
        free_disk_mb=round(number("availableDiskSpace"), 1),
    )


def translate(kind: str, data: dict[str, Any], recording: RecordStateChanged | None) -> Event | None:
    """The domain's event for one of OBS's, or None; `recording` is what was last known of the recording.

    Of outputs only what they have become counts, not that they are about to start or stop.
    """
    word = str(data.get("outputState", "")).removeprefix(_WORD)
    path = data.get("outputPath")
    known = recording.path if recording else ""
    match kind:
        case "CurrentProgramSceneChanged" if scene := data.get("sceneName"):
            return SceneChanged(str(scene))
        case "StreamStateChanged" if word in _RUNNING | {"RECONNECTING", "STOPPED"}:
            return StreamStateChanged(word != "STOPPED", word == "RECONNECTING")
        case "RecordStateChanged" if word in _RUNNING | {"PAUSED", "STOPPED"}:
            return RecordStateChanged(word != "STOPPED", word == "PAUSED", str(path or known))
        case "RecordFileChanged":
            return RecordStateChanged(active=True, path=str(data.get("newOutputPath") or known))
        case "ReplayBufferStateChanged" if word in {"STARTED", "STOPPED"}:
            return ReplayBufferSwitched(word == "STARTED")
        case "ReplayBufferSaved" if saved := data.get("savedReplayPath"):
            return ReplayBufferSaved(str(saved))
    return None


def _data(answer: Answer) -> dict[str, Any]:
    return {} if isinstance(answer, ObsRequestFailed) else answer


def _is_service(output: dict[str, Any]) -> bool:
    flags = output.get("outputFlags")
    streams = isinstance(flags, dict) and bool(flags.get("OBS_OUTPUT_SERVICE"))
    return streams or "virtualcam" in str(output.get("outputKind"))
