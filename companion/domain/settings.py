"""Every setting, with its meaning, unit, bounds and default: the one page that `.env.sample` and the docs follow."""

import dataclasses
import enum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from companion.domain.steps import ActionStep, Step
from companion.kernel.actions import Caller
from companion.kernel.errors import NotAllowed

Seconds = Annotated[float, Field(gt=0, le=3600)]


@dataclasses.dataclass(frozen=True)
class PcOnly:
    """Marks a setting that is changed on the PC alone, whatever a phone may do; given `values`, these of it are."""

    values: tuple[str, ...] = ()


class LogLevel(enum.StrEnum):
    """How much is logged; `trace` includes every OBS message (never a password)."""

    ERROR = "error"
    WARN = "warn"
    INFO = "info"
    DEBUG = "debug"
    TRACE = "trace"


class LogFormat(enum.StrEnum):
    """`pretty` for people, `json` for log collectors: one object a line."""

    PRETTY = "pretty"
    JSON = "json"


class SessionFollow(enum.StrEnum):
    """What starts and stops a session by itself."""

    NOTHING = "nothing"
    STREAM = "stream"
    RECORDING = "recording"
    BOTH = "both"


class LanMode(enum.StrEnum):
    """Whether and how phones in the LAN are served."""

    OFF = "off"
    HTTPS = "https"
    HTTP = "http"


class SttProvider(enum.StrEnum):
    """What turns speech into words."""

    WHISPER = "whisper"
    OFF = "off"


class ListenWhen(enum.StrEnum):
    """What has to be on for the microphone to be listened to: a stream or recording, these or a session, nothing."""

    LIVE = "live"
    SESSION = "session"
    ALWAYS = "always"


class Hotkey(BaseModel):
    """A key combination (`<ctrl>+<shift>+<f9>`) and the action it runs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: str
    action: str
    arguments: dict[str, Any] = {}


class Settings(BaseModel):
    """The settings in force. Names in capitals work in the environment and `.env`, in small letters in config.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    obs_ws_url: Annotated[str, Field(pattern=r"^wss?://[^\s/]+(/.*)?$"), PcOnly()] = "ws://127.0.0.1:4455"
    """Where OBS's WebSocket server listens. Not set: the port is read from OBS's own configuration."""
    obs_ws_password: Annotated[SecretStr | None, PcOnly()] = None
    """OBS's WebSocket password. Not set: taken from the keyring, else read from OBS's own configuration."""
    replay_buffer_seconds: Annotated[int, Field(ge=5, le=21600)] = 120
    """How many seconds OBS's replay buffer should hold when the companion switches it on."""
    replay_autostart: bool = True
    """Start the replay buffer when OBS appears, and again when it stopped unasked."""
    clip_lengths: Annotated[list[Seconds], Field(min_length=1, max_length=5)] = [15.0, 30.0, 60.0]
    """The lengths, in seconds, that the tray menu offers; the longest decides how long the buffer must be."""
    session_dir: Annotated[Path | None, PcOnly()] = None
    """The folder for clips, one subfolder a session. Not set: FluxBoard in the user's videos folder."""
    session_follow: SessionFollow = SessionFollow.BOTH
    """Start and stop a session with OBS's stream, recording, both or nothing."""
    keep_sources: bool = True
    """Keep the replay file that OBS wrote after every clip from it was proved; false deletes it then."""
    disk_reserve_gb: Annotated[float, Field(ge=0, le=10000)] = 2.0
    """Free space, in gigabytes, that a clip must leave on the disk; below it clips are refused."""
    disk_delete_oldest: bool = False
    """Delete the oldest untagged clips when the reserve is reached, instead of refusing."""
    database_url: Annotated[str | None, PcOnly()] = None
    """The database, as an SQLAlchemy address of SQLite. Not set: companion.db in the data folder."""
    http_port: Annotated[int, Field(ge=0, le=65535)] = 3123
    """The port of the API on 127.0.0.1; 0 chooses a free one."""
    lan_mode: Annotated[LanMode, PcOnly((LanMode.HTTP,))] = LanMode.OFF
    """Serve paired phones in the LAN: off, https, or http, which everybody in the network can read and take over."""
    lan_port: Annotated[int, Field(ge=0, le=65535)] = 3124
    """The port for phones, on all interfaces; 0 chooses a free one."""
    lan_certificate: Annotated[Path | None, PcOnly()] = None
    """A certificate (PEM, with its chain) to use instead of one from the companion's own authority."""
    lan_key: Annotated[Path | None, PcOnly()] = None
    """The key (PEM) of `lan_certificate`."""
    ffmpeg_path: Annotated[Path | None, PcOnly()] = None
    """An ffmpeg to use instead of the one that comes with the companion."""
    microphone: Annotated[str | None, Field(min_length=1, max_length=300)] = None
    """The microphone, by its name. Not set: the one that the system uses."""
    obs_microphone: Annotated[str | None, Field(min_length=1, max_length=300)] = None
    """OBS's input that is this microphone. Not set: what is said is kept from captions when all of OBS's are muted."""
    listen_when: ListenWhen = ListenWhen.SESSION
    """Listen while streaming or recording (live), also while a session is open (session), or always."""
    listen_when_muted: bool = False
    """Write down what is said while the microphone is muted in OBS, too; captions never show it."""
    keep_sound: bool = False
    """Keep the microphone's sound: one FLAC file a session, in the session's folder."""
    stt_provider: SttProvider = SttProvider.WHISPER
    """What turns speech into words: whisper, on this PC, or off."""
    stt_model: Annotated[str | None, Field(min_length=1, max_length=1000), PcOnly()] = None
    """The speech model: the name of one that was downloaded, or a folder. Not set: the best that is fast here."""
    stt_language: Annotated[str | None, Field(pattern=r"^[a-z]{2,3}$")] = None
    """The language that is spoken, as a code such as en. Not set: it is detected."""
    stt_translate: bool = False
    """Write what is said in another language in English."""
    stt_hints: Annotated[list[Annotated[str, Field(min_length=1, max_length=60)]], Field(max_length=50)] = []
    """Names that are likely to be said and that recognition would not know: of games, places, friends."""
    hotkeys: list[Hotkey] = [Hotkey(keys="<ctrl>+<shift>+<f9>", action="clip.save", arguments={"seconds": 30})]
    """Key combinations, each with an action and its arguments."""
    quicklaunch: Annotated[list[Step], Field(max_length=50)] = [
        ActionStep(action="replay.start"),
        ActionStep(action="stream.start"),
    ]
    """The steps of a quick start, in order: actions with arguments, or waits in seconds. It ends where one fails."""
    quickstop: Annotated[list[Step], Field(max_length=50)] = [
        ActionStep(action="stream.stop"),
        ActionStep(action="record.stop"),
    ]
    """The steps of a quick stop, in order; each is done, also after one that failed."""
    tray: bool = True
    """Show the icon in the tray, where there is one."""
    sounds: bool = True
    """Play a short sound when a clip is saved or failed."""
    notifications: bool = True
    """Show a desktop notification when a clip is saved or failed."""
    log_level: LogLevel = LogLevel.INFO
    """How much is logged: error, warn, info, debug or trace."""
    log_format: LogFormat = LogFormat.PRETTY
    """How it is logged: pretty or json."""


def pc_only(name: str) -> PcOnly | None:
    """The mark of the setting `name`, if it has one."""
    return next((mark for mark in Settings.model_fields[name].metadata if isinstance(mark, PcOnly)), None)


def refuse_phone(caller: Caller, name: str, value: object) -> None:
    """Raise NotAllowed `only_on_this_pc` where `caller` is a paired device that may not set `name` so."""
    mark = pc_only(name)
    if caller.device is None or mark is None or (mark.values and value not in mark.values):
        return
    raise NotAllowed(
        "only_on_this_pc",
        f"{name}{f' {value}' if mark.values else ''} is decided on the PC itself, not from a phone.",
        "Change it in the dashboard on the PC, or there with `companion settings set`.",
    )
