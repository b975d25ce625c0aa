"""Every setting, with its meaning, unit, bounds and default: the one page that `.env.sample` and the docs follow."""

import dataclasses
import enum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from pydantic_core import PydanticCustomError

from companion.domain.phrases import VoicePhrase
from companion.domain.steps import ActionStep, Step
from companion.domain.word_filter import PROFANITY, FilterMode
from companion.kernel.actions import Caller
from companion.kernel.errors import NotAllowed

Seconds = Annotated[float, Field(gt=0, le=3600)]
Color = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?$")]


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


class VoiceAnswer(enum.StrEnum):
    """How a spoken command is answered: not at all, by a short sound, a message with it, or a voice."""

    OFF = "off"
    SOUND = "sound"
    MESSAGE = "message"
    SPEECH = "speech"


class CaptionPlace(enum.StrEnum):
    """Where captions stand on the picture."""

    TOP = "top"
    MIDDLE = "middle"
    BOTTOM = "bottom"


class CaptionAlign(enum.StrEnum):
    """To which side captions are set."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


def _possible(url: str) -> str:
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        named = False
    if not named:
        raise PydanticCustomError("address", "OBS can have no such address; one is ws://127.0.0.1:4455")
    return url


class Hotkey(BaseModel):
    """A key combination (`<ctrl>+<shift>+<f9>`) and the action it runs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: str
    action: str
    arguments: dict[str, Any] = {}


class Settings(BaseModel):
    """The settings in force. Names in capitals work in the environment and `.env`, in small letters in config.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    obs_ws_url: Annotated[str, Field(pattern=r"^wss?://[^\s/]+(/.*)?$"), AfterValidator(_possible), PcOnly()] = (
        "ws://127.0.0.1:4455"
    )
    """Where OBS's WebSocket server listens. Not set: the port is read from OBS's own configuration."""
    obs_ws_password: Annotated[SecretStr | None, PcOnly()] = None
    """OBS's WebSocket password. Not set: taken from the keyring, else read from OBS's own configuration."""
    replay_buffer_seconds: Annotated[int, Field(ge=5, le=21600)] = 120
    """How many seconds OBS's replay buffer should hold when the companion switches it on."""
    replay_autostart: bool = True
    """Start the replay buffer when OBS appears, and again when it stopped unasked."""
    clip_lengths: Annotated[list[Seconds], Field(min_length=1, max_length=5)] = [15.0, 30.0, 60.0]
    """The offered lengths of clips, in seconds; they, hotkeys and phrases decide how long the buffer must be."""
    session_dir: Annotated[Path | None, PcOnly()] = None
    """The folder for clips, one subfolder a session. Not set: FluxBoard in the user's videos folder."""
    session_follow: SessionFollow = SessionFollow.BOTH
    """Start and stop a session with OBS's stream, recording, both or nothing."""
    keep_sources: bool = True
    """Keep OBS's replay file after every clip from it was proved; otherwise it is deleted then."""
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
    """OBS's input that is this microphone. Not set: known by its device, or else any that is muted may be it."""
    listen_when: ListenWhen = ListenWhen.SESSION
    """Listen while streaming or recording (live), also while a session is open (session), or always."""
    listen_when_muted: bool = False
    """Write down what is said while the microphone is muted in OBS, too: phones read it, captions never show it."""
    keep_sound: bool = False
    """Keep the microphone's sound in the session's folder: a FLAC file each time, silent while it is muted or gone."""
    stt_provider: SttProvider = SttProvider.WHISPER
    """What turns speech into words: whisper, on this PC, or off, which deletes the sound that still waits for it."""
    stt_model: Annotated[str | None, Field(min_length=1, max_length=1000), PcOnly()] = None
    """The speech model: the name of one that was downloaded, or a folder. Not set: the best that is fast here."""
    stt_language: Annotated[str | None, Field(pattern=r"^[a-z]{2,3}$")] = None
    """The language that is spoken, as a code such as en. Not set: it is detected."""
    stt_translate: bool = False
    """Write what is said in another language in English."""
    stt_hints: Annotated[list[Annotated[str, Field(min_length=1, max_length=60)]], Field(max_length=50)] = []
    """Names that are likely to be said and that recognition would not know: of games, places, friends."""
    voice_on: bool = True
    """Do what is said, when it is one of the phrases."""
    voice_name: Annotated[str, Field(max_length=40)] = ""
    """A name to be said before a phrase, such as companion; then it may stand in the midst of talk. Empty: none."""
    voice_phrases: Annotated[list[VoicePhrase], Field(max_length=100)] = [
        VoicePhrase(phrase="clip that|this", action="clip.save", arguments={"seconds": 30}),
        VoicePhrase(phrase="clip|save [the] last {duration}", action="clip.save", arguments={"seconds": "{duration}"}),
        VoicePhrase(phrase="save the replay", action="clip.save", arguments={"seconds": 30}),
        VoicePhrase(phrase="clip what i said about {text}", action="clip.quote", arguments={"query": "{text}"}),
        VoicePhrase(phrase="mark this|that [moment]", action="clip.mark"),
        VoicePhrase(phrase="scene {scene}", action="scene.switch", arguments={"name": "{scene}"}),
        VoicePhrase(phrase="switch [to] [the] [scene] {scene}", action="scene.switch", arguments={"name": "{scene}"}),
    ]
    """Phrases and the actions they run; [the] may be left out, {duration}, {number}, {scene}, {input}, {text} vary."""
    voice_cooldown: Annotated[float, Field(ge=2, le=60)] = 3.0
    """For so many seconds the same phrase, said again, is not done again."""
    voice_answer: VoiceAnswer = VoiceAnswer.SOUND
    """Answer a spoken command: off, by a sound, a message (with the sound), or speech (a voice in the headphones)."""
    captions_on: bool = True
    """Show what is said as captions: on phones, the dashboard, and the page for OBS's browser source."""
    captions_stream: bool = False
    """Send the captions with the stream, too, as closed captions that each viewer can switch on."""
    captions_partials: bool = True
    """Show words while a sentence is still being spoken; false waits for its end, and never corrects itself."""
    captions_filter: FilterMode = FilterMode.MASK
    """What becomes of blocked words in captions: mask (a letter and stars) or drop."""
    captions_blocked: Annotated[list[Annotated[str, Field(min_length=1, max_length=60)]], Field(max_length=500)] = list(
        PROFANITY
    )
    """Words that captions do not show; a * at the end stands for any ending. An empty list shows all."""
    captions_size: Annotated[int, Field(ge=10, le=200)] = 48
    """The captions' size on the page for OBS, in pixels."""
    captions_lines: Annotated[int, Field(ge=1, le=6)] = 2
    """How many lines captions have at most."""
    captions_columns: Annotated[int, Field(ge=16, le=100)] = 40
    """How many letters a line has at most."""
    captions_place: CaptionPlace = CaptionPlace.BOTTOM
    """Where captions stand on the page for OBS: top, middle or bottom."""
    captions_align: CaptionAlign = CaptionAlign.CENTER
    """To which side the captions are set: left, center or right."""
    captions_font: Annotated[str, Field(max_length=100, pattern=r"^[^;{}<>\\]*$")] = "system-ui, sans-serif"
    """The captions' font on the page for OBS, as CSS names it."""
    captions_color: Color = "#ffffff"
    """The colour of the captions' letters, such as #ffffff."""
    captions_background: Color = "#000000b3"
    """The colour behind the letters, with its opacity: #00000000 is none, #000000ff black."""
    captions_hold: Annotated[float, Field(ge=1, le=60)] = 5.0
    """For how many seconds after the last word captions stay."""
    captions_fade: Annotated[float, Field(ge=0, le=5)] = 0.3
    """How long captions take to come and go, in seconds; 0 is at once."""
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

    @property
    def recognizer(self) -> SttProvider:
        """Whose models are looked for: the provider, or the one to be switched on again."""
        return SttProvider.WHISPER if self.stt_provider is SttProvider.OFF else self.stt_provider


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
