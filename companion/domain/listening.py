"""When the microphone is listened to: what has to be on, and what OBS keeps from the audience; pure."""

import bisect
import dataclasses
import enum
from collections import deque
from collections.abc import Collection, Mapping
from types import MappingProxyType

from companion.domain.models import Capture
from companion.domain.settings import ListenWhen
from companion.domain.studio import SILENT_DB, Input, StudioState

KEPT_CHANGES = 64

DEFAULT_DEVICE = "default"
DEVICE_KINDS = frozenset({"pulse_input_capture", "coreaudio_input_capture"})
"""OBS's kinds of inputs whose settings name what they hear as we do; on Windows, OBS's default is that of calls."""
_PLAYERS = frozenset(
    {
        "ffmpeg_source",
        "vlc_source",
        "browser_source",
        "game_capture",
        "window_capture",
        "screen_capture",
        "sck_audio_capture",
        "pipewire_audio_application_capture",
    }
)
"""Kinds of inputs that give out what the PC plays, beside those that are called so."""
UNKNOWN_REMEDY = "Choose OBS's input that is this microphone: `obs_microphone` in the settings."


class Gate(enum.StrEnum):
    """Whether what is said is heard: `idle` while nothing is on that it would be for, `muted` as OBS's input is."""

    OPEN = "open"
    MUTED = "muted"
    IDLE = "idle"


@dataclasses.dataclass(frozen=True)
class Microphone:
    """A sound input: `name` is what the system calls it and the settings keep, `label` what a person reads.

    `monitor` is one that hears what the PC plays. `rate` (samples a second) and `channels` are its own. `of_server`:
    a sound server's, which opens it for us.
    """

    name: str
    label: str
    rate: int
    channels: int
    default: bool = False
    monitor: bool = False
    of_server: bool = False

    @property
    def devices(self) -> list[str]:
        """What OBS's inputs may call it."""
        return [self.name, DEFAULT_DEVICE] if self.default else [self.name]

    def is_called(self, name: str) -> bool:
        """Whether `name`, as somebody types it, means this one."""
        return name.casefold() in (self.name.casefold(), self.label.casefold())


def chosen(microphones: list[Microphone], name: str | None) -> Microphone | None:
    """The one called `name`; with none, the system's choice, unless that would be what the PC plays."""
    if name is None:
        return next((found for found in microphones if found.default and not found.monitor), None)
    exact = next((found for found in microphones if found.name == name), None)
    return exact or next((found for found in microphones if found.is_called(name)), None)


@dataclasses.dataclass(frozen=True)
class Mute:
    """Whether OBS keeps the microphone from the audience; None: not known, for the reason `doubt`, if there is one.

    Where it is taken for muted, `doubt` is why that is not sure.
    """

    muted: bool | None
    doubt: str = ""


def mute_in_obs(
    studio: StudioState, name: str | None, devices: Collection[str], said: Mapping[str, bool] = MappingProxyType({})
) -> Mute:
    """Whether what the microphone hears is muted: in OBS's input `name`, or with none in those of its `devices`.

    Where OBS does not tell which inputs those are, it is known only when all that may be it are muted, or none is.
    Without OBS nothing is muted. `said` is newer than `studio`: inputs that were muted (True) or are heard again.
    """
    if not studio.connected:
        return Mute(muted=False)
    heard = [found for found in studio.inputs if _may_be_microphone(found)]
    if name is not None:
        mine = [found for found in studio.inputs if found.name == name and found.has_audio]
        if not mine:
            return Mute(None, "OBS has no input of the name that the settings give this microphone there.")
    else:
        mine = [found for found in heard if found.device in devices] or heard
    quiet = [said.get(found.name, found.muted) or _is_turned_down(found) for found in mine]
    if all(quiet) or not any(quiet):
        return Mute(muted=any(quiet))
    doubt = "One of OBS's microphones is muted, and it is not known whether it is this one."
    return Mute(None, doubt if devices else "")


def _may_be_microphone(found: Input) -> bool:
    """Whether `found` hears a room: each kind may, plugins' too, of which it is not known that it does not."""
    plays = found.kind in _PLAYERS or found.kind.endswith("_output_capture")
    return found.has_audio and (not plays or found.kind == "jack_output_capture")  # JACK calls its readers so


def _is_turned_down(found: Input) -> bool:
    return found.volume_db is not None and found.volume_db <= SILENT_DB


def wanted_now(when: ListenWhen, *, streaming: bool, recording: bool, session: Capture | None) -> bool:
    """Whether something is on for which the microphone is to be listened to; `session` is what the open one captures.

    A session of the picture alone keeps the microphone shut, whatever else is on.
    """
    if session is Capture.PICTURE:
        return False
    match when:
        case ListenWhen.ALWAYS:
            return True
        case ListenWhen.LIVE:
            return streaming or recording
        case ListenWhen.SESSION:
            return streaming or recording or session is not None


class GateLog:
    """The gate and when it changed, for sound arrives a little later than news."""

    def __init__(self) -> None:
        self._at = deque([float("-inf")], maxlen=KEPT_CHANGES)
        self._gates = deque([Gate.IDLE], maxlen=KEPT_CHANGES)

    @property
    def now(self) -> Gate:
        return self._gates[-1]

    def set(self, gate: Gate, at: float) -> bool:
        """Note that the gate is `gate` from `at`, which is now (Unix seconds), on; answers whether that is new."""
        self.heed(at)
        if gate is self.now:
            return False
        self._at.append(at)
        self._gates.append(gate)
        return True

    def heed(self, now: float) -> None:
        """Heed that it is `now` (Unix seconds).

        Where the last change is still to come, the clock was set back since: what is said from here on has moments that
        were there before, and nothing but the last gate held at them.
        """
        if now < self._at[-1]:
            gate = self.now
            self._at.clear()
            self._gates.clear()
            self._at.append(float("-inf"))
            self._gates.append(gate)

    def over(self, start: float, end: float) -> Gate:
        """The gate over [start, end): the strictest that held in any part of it."""
        first = max(0, bisect.bisect_right(self._at, start) - 1)
        last = bisect.bisect_left(self._at, end, lo=first + 1)
        held = [self._gates[place] for place in range(first, last)]
        return next((gate for gate in (Gate.IDLE, Gate.MUTED) if gate in held), Gate.OPEN)
