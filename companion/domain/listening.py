"""When the microphone is listened to: what has to be on, and what OBS keeps from the audience; pure."""

import bisect
import dataclasses
import enum
from collections import deque
from collections.abc import Mapping
from types import MappingProxyType

from companion.domain.models import Capture
from companion.domain.settings import ListenWhen
from companion.domain.studio import SILENT_DB, Input, StudioState

KEPT_CHANGES = 64

MICROPHONE_KINDS = frozenset(
    {
        "wasapi_input_capture",
        "coreaudio_input_capture",
        "pulse_input_capture",
        "alsa_input_capture",
        "oss_input_capture",
        "sndio_input_capture",
        "jack_output_capture",
    }
)
"""OBS's kinds of inputs that are microphones or other things plugged in."""


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

    def is_called(self, name: str) -> bool:
        """Whether `name`, as somebody types it, means this one."""
        return name.casefold() in (self.name.casefold(), self.label.casefold())


def chosen(microphones: list[Microphone], name: str | None) -> Microphone | None:
    """The one called `name`; with none, the system's choice, unless that would be what the PC plays."""
    if name is None:
        return next((found for found in microphones if found.default and not found.monitor), None)
    exact = next((found for found in microphones if found.name == name), None)
    return exact or next((found for found in microphones if found.is_called(name)), None)


def muted_in_obs(studio: StudioState, name: str | None, said: Mapping[str, bool] = MappingProxyType({})) -> bool:
    """Whether the audience does not hear the microphone: OBS's input `name`, or with none all inputs of such kinds.

    Without OBS, or without such an input there, nothing is muted. `said` is newer than `studio`: inputs that were muted
    (True) or are heard again.
    """
    if name is None:
        heard = [found for found in studio.inputs if found.kind in MICROPHONE_KINDS and found.has_audio]
    else:
        heard = [found for found in studio.inputs if found.name == name and found.has_audio]
    return bool(heard) and all(said.get(found.name, _is_muted(found)) for found in heard)


def _is_muted(found: Input) -> bool:
    return found.muted or (found.volume_db is not None and found.volume_db <= SILENT_DB)


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
        """Note that the gate is `gate` from `at` (Unix seconds) on; answers whether that is new."""
        if gate is self.now:
            return False
        self._at.append(max(at, self._at[-1]))
        self._gates.append(gate)
        return True

    def over(self, start: float, end: float) -> Gate:
        """The gate over [start, end): the strictest that held in any part of it."""
        first = max(0, bisect.bisect_right(self._at, start) - 1)
        last = bisect.bisect_left(self._at, end, lo=first + 1)
        held = [self._gates[place] for place in range(first, last)]
        return next((gate for gate in (Gate.IDLE, Gate.MUTED) if gate in held), Gate.OPEN)
