"""Everything that can happen, on one page. Events are facts, named in the past, and carry the full new value.

Times are Unix seconds (UTC). `ComponentChanged` and `ActionInvoked` belong to the kernel and are declared there.
"""

import dataclasses
import enum
from typing import Any, ClassVar, Self

from companion.domain.places import told_to_viewers
from companion.domain.studio import StudioState
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
    """OBS started or stopped streaming; `since` is when the stream began, `ended_at` when it ended (Unix seconds).

    Where nobody saw it end, it ended when OBS was seen last; None where OBS was not seen streaming.
    """

    is_state: ClassVar[bool] = True

    active: bool
    reconnecting: bool = False
    # When it began and ended belongs to a stream, and does not make of the same state another one.
    since: float | None = dataclasses.field(default=None, compare=False)
    ended_at: float | None = dataclasses.field(default=None, compare=False)


@dataclasses.dataclass(frozen=True)
class RecordStateChanged(Event):
    """OBS started, paused, resumed or stopped recording, to the file `path` (empty when OBS did not tell).

    What has been recorded is as long as from `since` to `paused_at`, or to now while it runs (Unix seconds).
    `ended_at` is when it ended, as a stream's is.
    """

    is_state: ClassVar[bool] = True

    active: bool
    paused: bool = False
    path: str = ""
    since: float | None = dataclasses.field(default=None, compare=False)
    paused_at: float | None = dataclasses.field(default=None, compare=False)
    ended_at: float | None = dataclasses.field(default=None, compare=False)

    def for_viewers(self) -> Self:
        return dataclasses.replace(self, path="")


@dataclasses.dataclass(frozen=True)
class RecordingReachChanged(Event):
    """Clips can be cut from OBS's recording from `since` to `until` (Unix seconds), whatever the replay buffer does.

    Without `since` from none, as there is none of which it is known what it shows; without `until` to now: it runs.
    """

    is_state: ClassVar[bool] = True

    since: float | None
    until: float | None = None


@dataclasses.dataclass(frozen=True)
class ReplayBufferSwitched(Event):
    """OBS says that its replay buffer output started or stopped; whether it records is ReplayStateChanged's to say."""

    active: bool


@dataclasses.dataclass(frozen=True)
class ReplayBufferSaved(Event):
    """OBS finished writing its replay buffer to `path`."""

    path: str

    def for_viewers(self) -> Self:
        return dataclasses.replace(self, path="")


@dataclasses.dataclass(frozen=True)
class ObsStatsMeasured(Event):
    """OBS's own figures; frame counts are since OBS started, `cpu_percent` is of one OBS process.

    Those of the stream are None while there is none, its frames counted since it began; `stream_congestion` is 0 to 1.
    """

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
    frame_render_ms: float = 0.0
    stream_congestion: float | None = None
    stream_dropped_frames: int | None = None
    stream_total_frames: int | None = None
    stream_kbps: float | None = None


@dataclasses.dataclass(frozen=True)
class StudioChanged(Event):
    """Something in OBS's scenes, sources, inputs, filters, profiles or collections is new; this is all of it."""

    is_state: ClassVar[bool] = True

    studio: StudioState


@dataclasses.dataclass(frozen=True)
class MetersMeasured(Event):
    """The peak of each channel of each input with sound, in decibels after its volume: 0 is full, -100 silence."""

    transient: ClassVar[bool] = True
    watch: ClassVar[str] = "meters"

    inputs: dict[str, list[float]]


@dataclasses.dataclass(frozen=True)
class ScreenshotSaved(Event):
    """A screenshot is on disk: of what is on air, or of what is not."""

    audience: ClassVar[Scope] = Scope.CONTROL

    screenshot: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class ScreenshotDeleted(Event):
    """A screenshot is gone."""

    audience: ClassVar[Scope] = Scope.CONTROL

    name: str


@dataclasses.dataclass(frozen=True)
class InstantReplayChanged(Event):
    """The clip of this number is being played in OBS, or none is any more."""

    is_state: ClassVar[bool] = True

    clip_id: int | None


@dataclasses.dataclass(frozen=True)
class MacroChanged(Event):
    """A macro is new or changed, or its run moved on; `step` counts from 1, and is 0 while it does not run.

    `outcome` is empty while it runs, then `ok`, `cancelled`, or the code of the error that ended it.
    """

    macro: dict[str, Any]
    running: bool = False
    step: int = 0
    outcome: str = ""
    message: str = ""

    def for_viewers(self) -> Self:
        return dataclasses.replace(self, message="")


@dataclasses.dataclass(frozen=True)
class MacroDeleted(Event):
    """A macro is gone."""

    macro_id: int


@dataclasses.dataclass(frozen=True)
class DeckChanged(Event):
    """The deck's pages and buttons were arranged anew; these are all of them."""

    pages: list[dict[str, Any]]


class ReplayState(enum.StrEnum):
    """The one truth about the replay buffer."""

    UNAVAILABLE = "unavailable"
    STOPPED = "stopped"
    RECORDING = "recording"
    STALLED = "stalled"


@dataclasses.dataclass(frozen=True)
class ReplayStateChanged(Event):
    """The replay buffer's state; `reach_seconds` is how far back a clip can start, `length_seconds` OBS's setting.

    Where not `reach_sure`, it may be less: OBS limits the buffer's size, and nothing told yet how long that lasts.
    `too_short` tells that the longest clip does not fit, and that `replay.enable` mends it.
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
    reach_sure: bool = True
    too_short: bool = False


@dataclasses.dataclass(frozen=True)
class ReplayMeasured(Event):
    """What a saved replay shows of the buffer: how large and long the file is, and how far apart its key frames are."""

    size_bytes: int
    seconds: float
    keyframe_distance_seconds: float


@dataclasses.dataclass(frozen=True)
class _OfClip:
    """What the events of a clip have in common: its row."""

    clip: dict[str, Any]

    def for_viewers(self) -> Self:
        return dataclasses.replace(self, clip=self.clip | told_to_viewers(self.clip))


@dataclasses.dataclass(frozen=True)
class ClipAccepted(_OfClip, Event):
    """A request for a clip is in the database; nothing can lose it now."""


@dataclasses.dataclass(frozen=True)
class ClipProgressed(Event):
    """Work on a clip moved on: `step` is waiting, saving, cutting or proving; `fraction` is 0 to 1 within it."""

    clip_id: int
    step: str
    fraction: float


@dataclasses.dataclass(frozen=True)
class ClipSaved(_OfClip, Event):
    """A clip is on disk; its receipt was made, and `clip.state` is `ready` or `doubtful`.

    `restored` tells one that came back from the trash.
    """

    restored: bool = False


@dataclasses.dataclass(frozen=True)
class ClipFailed(_OfClip, Event):
    """A clip could not be made; its row says why and names OBS's untouched file, if there is one.

    One that could not be made again is `doubtful`, as it was before.
    """


@dataclasses.dataclass(frozen=True)
class ClipChanged(_OfClip, Event):
    """A clip's title or tags are new."""


@dataclasses.dataclass(frozen=True)
class ClipDeleted(Event):
    """A clip went to the trash, where it waits ten minutes for `clip.restore`, or had to make room at once."""

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
class SegmentTranscribed(Event):
    """An utterance is in the transcript: `{id, session_id, started_at, ended_at, text, language, confidence, words}`,
    each word `{start_at, end_at, text, confidence}`."""

    segment: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class MicrophoneChanged(Event):
    """What the microphone does: `state` is off, waiting, picture_only, listening, muted, missing, or failed.

    `device` is its label, `devices` what OBS's inputs may call it; `gate` is open, muted (in OBS) or idle (nothing is
    on that it is listened to for).
    """

    is_state: ClassVar[bool] = True

    state: str
    gate: str
    device: str = ""
    detail: str = ""
    remedy: str = ""
    keeps_sound: bool = False
    devices: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class MicrophoneMeasured(Event):
    """The peak of the microphone `name` since the last one, in decibels: 0 is full, -100 silence."""

    transient: ClassVar[bool] = True
    watch: ClassVar[str] = "meters"

    name: str
    db: float


@dataclasses.dataclass(frozen=True)
class SpeechStateChanged(Event):
    """What recognition does: `state` is off, no_model, waiting, listening, loading, catching_up, postponing or failed.

    `step` is the governor's (full, small, detect, spool); `backlog_seconds` is sound that waits to be recognized.
    """

    is_state: ClassVar[bool] = True

    state: str
    detail: str = ""
    remedy: str = ""
    device: str = ""
    model: str = ""
    step: str = "full"
    backlog_seconds: float = 0.0
    gate: str = "idle"


@dataclasses.dataclass(frozen=True)
class SpeechHeard(Event):
    """What an utterance sounds like so far; the next of the same number, or its segment, replaces it.

    It began at `started_at`, and was heard up to `until`, where that is known (Unix seconds); each word is `{start_at,
    end_at, text, confidence}`. Numbers are never used again while the companion runs. `muted`: not for the audience.
    """

    transient: ClassVar[bool] = True
    watch: ClassVar[str] = "captions"

    utterance: int
    started_at: float
    until: float | None
    text: str
    words: list[dict[str, Any]]
    muted: bool = False


@dataclasses.dataclass(frozen=True)
class VoiceCommandHeard(Event):
    """A phrase was said at `said_at` (Unix seconds), and this came of it.

    `outcome` is `ok`, `confirmation_asked` (said again, it is done), `too_late`, or the code of the action's error.
    """

    phrase: str
    action: str
    arguments: dict[str, Any]
    outcome: str
    message: str = ""
    said_at: float = 0.0

    def for_viewers(self) -> Self:
        return dataclasses.replace(self, message="")


@dataclasses.dataclass(frozen=True)
class CaptionShown(Event):
    """The captions say this now: `lines`, the last of them still being spoken unless `final`; none: nothing is shown.

    The words are those for the audience: filtered, and never said while the microphone was muted. They go out only
    `on_air`: it is known whether OBS has the microphone muted.
    """

    transient: ClassVar[bool] = True
    watch: ClassVar[str] = "captions"

    lines: list[str]
    final: bool
    on_air: bool


@dataclasses.dataclass(frozen=True)
class CaptionStyleChanged(Event):
    """The captions look like this: `{size, place, align, font, color, background, fade, lines, columns}`."""

    is_state: ClassVar[bool] = True

    style: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class CaptionAddressChanged(Event):
    """The captions' page for OBS has a new address; whoever shows the old one sees nothing more."""

    audience: ClassVar[Scope] = Scope.ADMIN


@dataclasses.dataclass(frozen=True)
class ClipLengthsChanged(Event):
    """The lengths, in seconds, that are offered for clips: the setting is for admins, its buttons are for all."""

    is_state: ClassVar[bool] = True

    seconds: list[float]


@dataclasses.dataclass(frozen=True)
class SettingsChanged(Event):
    """These settings have new values; secrets are never among the values."""

    audience: ClassVar[Scope] = Scope.ADMIN

    values: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class ConfirmationAsked(Event):
    """A hotkey or an entry of the tray's menu (`keys`) asks first: pressed again within `seconds`, it is done.

    `action` are the actions that ask.
    """

    audience: ClassVar[Scope] = Scope.ADMIN

    keys: str
    action: str
    seconds: float


@dataclasses.dataclass(frozen=True)
class AttentionAsked(Event):
    """A second start of the companion asked this one to show itself."""

    audience: ClassVar[Scope] = Scope.ADMIN


@dataclasses.dataclass(frozen=True)
class PairingChanged(Event):
    """The offer that is open to a phone (`{id, expires_at, code_locked}`, or None) and who waits to be allowed.

    With `code_locked` too many wrong codes were typed: the offer takes only the secret in its QR code.
    """

    audience: ClassVar[Scope] = Scope.ADMIN
    is_state: ClassVar[bool] = True

    offer: dict[str, Any] | None
    requests: list[dict[str, Any]]


@dataclasses.dataclass(frozen=True)
class PairingRequested(Event):
    """A phone asks to be let in: `{id, name, number, address, asked_at}`."""

    audience: ClassVar[Scope] = Scope.ADMIN

    request: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class DeviceChanged(Event):
    """A device was paired, or its name or scope is new."""

    audience: ClassVar[Scope] = Scope.ADMIN

    device: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class DeviceRevoked(Event):
    """A device may do nothing any more; `reason` says why."""

    audience: ClassVar[Scope] = Scope.ADMIN

    device_id: int
    reason: str
    name: str


@dataclasses.dataclass(frozen=True)
class SigningSecretRotated(Event):
    """All access tokens of devices are worthless; the devices fetch new ones."""

    audience: ClassVar[Scope] = Scope.ADMIN


@dataclasses.dataclass(frozen=True)
class OneTimePasswordGiven(Event):
    """A device gave a one-time password, so that it may administer for some minutes."""

    audience: ClassVar[Scope] = Scope.ADMIN

    device_id: int
    name: str
    address: str


@dataclasses.dataclass(frozen=True)
class OneTimePasswordsSwitched(Event):
    """Administrative acts from phones need a one-time password from now on, or no longer."""

    audience: ClassVar[Scope] = Scope.ADMIN

    on: bool


@dataclasses.dataclass(frozen=True)
class LanStateChanged(Event):
    """Whether devices in the LAN are served, where, and how.

    `fingerprint` is the SHA-256 of the authority's certificate (of the streamer's own one, if that is used), and
    `expires_at` the end of the certificate in use (Unix seconds).
    """

    is_state: ClassVar[bool] = True

    state: str
    tls: bool
    port: int = 0
    urls: list[str] = dataclasses.field(default_factory=list)
    fingerprint: str = ""
    expires_at: float | None = None
    own_authority: bool = True
    detail: str = ""
    remedy: str = ""


@dataclasses.dataclass(frozen=True)
class AccessDenied(Event):
    """A request was turned away at a door: from where, what it asked, the code, and how many `times` in a minute."""

    audience: ClassVar[Scope] = Scope.ADMIN

    door: str
    address: str
    actor: str
    what: str
    outcome: str
    times: int = 1


@dataclasses.dataclass(frozen=True)
class AuditNoted(Event):
    """The audit log has a new entry."""

    audience: ClassVar[Scope] = Scope.ADMIN

    entry: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class ModelProgressed(Event):
    """A speech model is on its way: `step` is downloading, measuring, ready or failed, `fraction` is 0 to 1 of it.

    `message` and `remedy` say what failed.
    """

    model_id: str
    step: str
    fraction: float
    message: str = ""
    remedy: str = ""

    def for_viewers(self) -> Self:
        return dataclasses.replace(self, message="", remedy="")
