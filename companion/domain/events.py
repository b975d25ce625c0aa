"""Everything that can happen, on one page. Events are facts, named in the past, and carry the full new value.

Times are Unix seconds (UTC). `ComponentChanged` and `ActionInvoked` belong to the kernel and are declared there.
"""

import dataclasses
import enum
from typing import Any, ClassVar

from companion.kernel.bus import Event
from companion.kernel.scope import Scope


class ObsState(enum.StrEnum):
    """The connection to OBS."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    NOT_RUNNING = "not_running"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - a state's name, not a secret
    NOT_RESPONDING = "not_responding"
    INCOMPATIBLE = "incompatible"
    KICKED = "kicked"


@dataclasses.dataclass(frozen=True)
class ObsConnectionChanged(Event):
    """The connection to OBS changed; versions are empty unless connected."""

    is_state: ClassVar[bool] = True

    state: ObsState
    detail: str = ""
    remedy: str = ""
    obs_version: str = ""
    websocket_version: str = ""


@dataclasses.dataclass(frozen=True)
class SceneChanged(Event):
    """Another scene is on program."""

    is_state: ClassVar[bool] = True

    scene: str


@dataclasses.dataclass(frozen=True)
class StreamStateChanged(Event):
    """OBS started or stopped streaming."""

    is_state: ClassVar[bool] = True

    active: bool
    reconnecting: bool = False


@dataclasses.dataclass(frozen=True)
class RecordStateChanged(Event):
    """OBS started, paused, resumed or stopped recording, to the file `path` (empty when OBS did not tell)."""

    is_state: ClassVar[bool] = True

    active: bool
    paused: bool = False
    path: str = ""


@dataclasses.dataclass(frozen=True)
class ReplayBufferSwitched(Event):
    """OBS says that its replay buffer output started or stopped; whether it records is ReplayStateChanged's to say."""

    active: bool


@dataclasses.dataclass(frozen=True)
class ReplayBufferSaved(Event):
    """OBS finished writing its replay buffer to `path`."""

    path: str


@dataclasses.dataclass(frozen=True)
class ObsStatsMeasured(Event):
    """OBS's own figures; frame counts are since OBS started, `cpu_percent` is of one OBS process."""

    transient: ClassVar[bool] = True
    watch: ClassVar[str] = "stats"

    cpu_percent: float
    memory_mb: float
    fps: float
    render_lagged_frames: int
    render_total_frames: int
    output_skipped_frames: int
    output_total_frames: int
    free_disk_mb: float


class ReplayState(enum.StrEnum):
    """The one truth about the replay buffer."""

    UNAVAILABLE = "unavailable"
    STOPPED = "stopped"
    RECORDING = "recording"
    STALLED = "stalled"


@dataclasses.dataclass(frozen=True)
class ReplayStateChanged(Event):
    """The replay buffer's state; `reach_seconds` is how far back a clip can start, `length_seconds` OBS's setting.

    `encoder_delay_seconds` is how long a picture takes from the air into OBS's outputs, where that could be measured.
    """

    is_state: ClassVar[bool] = True

    state: ReplayState
    reach_seconds: float = 0.0
    length_seconds: float = 0.0
    recording_since: float | None = None
    detail: str = ""
    remedy: str = ""
    warning: str = ""
    encoder_delay_seconds: float | None = None


@dataclasses.dataclass(frozen=True)
class ClipAccepted(Event):
    """A request for a clip is in the database; nothing can lose it now."""

    clip: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class ClipProgressed(Event):
    """Work on a clip moved on: `step` is waiting, saving, cutting or proving; `fraction` is 0 to 1 within it."""

    clip_id: int
    step: str
    fraction: float


@dataclasses.dataclass(frozen=True)
class ClipSaved(Event):
    """A clip is on disk; its receipt was made, and `clip.state` is `ready` or `doubtful`."""

    clip: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class ClipFailed(Event):
    """A clip could not be made; its row says why and names OBS's untouched file, if there is one."""

    clip: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class ClipChanged(Event):
    """A clip's title or tags are new."""

    clip: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class ClipDeleted(Event):
    """A clip's file and row are gone."""

    clip_id: int


@dataclasses.dataclass(frozen=True)
class MarkSet(Event):
    """A moment was marked."""

    mark: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class SessionChanged(Event):
    """A session started, ended or was renamed."""

    session: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class SettingsChanged(Event):
    """These settings have new values; secrets are never among the values."""

    audience: ClassVar[Scope] = Scope.ADMIN

    values: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class AttentionAsked(Event):
    """A second start of the companion asked this one to show itself."""

    audience: ClassVar[Scope] = Scope.ADMIN
