"""The replay buffer's arithmetic, pure: does it advance, how far back does it reach, is it long enough.

OBS's buffer always starts on a keyframe: once full it holds between its length and its length less one keyframe
distance. Only the lower bound is ever promised. Where OBS records with a quality instead of a bit rate, it limits the
buffer's size as well: how long that lasts, saved files tell.
"""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from companion.domain.phrases import VoicePhrase
from companion.domain.settings import Hotkey, Settings

CLIP_SECONDS = 30.0
"""How far back a clip goes for which no length is given."""
STALL_SECONDS = 3.0
"""Active without a new frame for this long counts as stalled; looked at each second, it shows within 5 s."""
CAUGHT_UP_SECONDS = 0.15
"""How much later than it should be a buffer's newest picture may be, for it to have all pictures since its first."""
FRAMES_BETWEEN_KEYFRAMES = 250
"""What OBS's encoders do when nobody chose a keyframe distance."""
MEGABYTE = 1024 * 1024
"""In OBS's words."""
HIGHEST_BYTES_PER_SECOND = 25_000_000
"""No recording is expected to come to more, whatever its quality: 200 Mbit/s."""
RATE_GROWS = 1.5
"""How much more than was measured a busier picture may come to."""
GUESSED_BYTES_PER_SECOND = 1_000_000
"""Of a recording whose rate nothing tells yet."""


@dataclasses.dataclass(frozen=True)
class BufferReading:
    """What OBS says of its replay buffer at one moment; `frames` and `seconds` are what it was handed since it started.

    The bytes that OBS tells are what it wrote to files: they stand still until a save, whatever comes in.
    """

    available: bool
    active: bool = False
    frames: int = 0
    seconds: float = 0.0


@dataclasses.dataclass(frozen=True)
class BufferOptions:
    """How the buffer is set up: lengths in seconds, `size_limit` in bytes (0: none), the rate in bytes a second."""

    length: float
    keyframe_distance: float
    size_limit: int = 0
    bytes_per_second: float | None = None


class Rate:
    """What a second of the buffer comes to, by the files that were saved of one run: the most that one of them showed.

    A file of few key frames, which are the largest pictures, tells too much; it counts until there is a longer one.
    """

    def __init__(self) -> None:
        self._steady = False
        self.bytes_per_second: float | None = None

    def take(self, size_bytes: int, seconds: float, keyframe_distance: float) -> None:
        """Learn from a file that was saved."""
        steady = seconds >= 2 * keyframe_distance
        if not size_bytes or seconds <= 0 or (self._steady and not steady):
            return
        rate = size_bytes / seconds
        self.bytes_per_second = max(rate, self.bytes_per_second or 0.0) if self._steady else rate
        self._steady = steady


class Pulse:
    """Follows one run of the buffer: when it last advanced, and since when it holds everything without a hole.

    An OBS that froze makes up for it: it hands over a picture for each moment, many at once, so that there is no hole.
    """

    def __init__(self, now: float) -> None:
        self.began = now
        self._frames = 0
        self._advanced_at = now
        self._first_at = math.inf
        self._whole_from = 0.0
        self._stalled = False

    def take(self, reading: BufferReading, now: float) -> None:
        """Take in a reading of an active buffer at the monotonic time `now`."""
        if reading.frames != self._frames:
            if self._stalled:
                self._whole_from = reading.seconds
                self._stalled = False
            self._advanced_at = now
            self._first_at = min(self._first_at, now - reading.seconds)
            if now - reading.seconds - self._first_at <= CAUGHT_UP_SECONDS:
                self._whole_from = 0.0
            self._frames = reading.frames
        elif now - self._advanced_at >= STALL_SECONDS:
            self._stalled = True

    def miss(self, now: float) -> None:
        """OBS gave no answer when it was asked for a reading."""
        if now - self._advanced_at >= STALL_SECONDS:
            self._stalled = True

    @property
    def beating(self) -> bool:
        """Whether any frame arrived yet."""
        return self._frames > 0

    @property
    def stalled(self) -> bool:
        return self._stalled

    @property
    def first_at(self) -> float:
        """When it was handed its first picture, in monotonic seconds, as the reading tells that was least late."""
        return self._first_at

    def whole_seconds(self, reading: BufferReading) -> float:
        """How much it was handed since it started, or since a stall that left a hole, in seconds."""
        return max(0.0, reading.seconds - self._whole_from)


def capacity(options: BufferOptions) -> float:
    """How many seconds fit into the buffer; while its rate is not known, by its length alone."""
    if options.size_limit and options.bytes_per_second:
        return min(options.length, options.size_limit / options.bytes_per_second)
    return options.length


def reach(whole_seconds: float, options: BufferOptions) -> float:
    """How many seconds back a clip can start, when `whole_seconds` were handed to the buffer: surely, if `is_sure`."""
    return max(0.0, min(whole_seconds, capacity(options) - options.keyframe_distance))


def is_sure(whole_seconds: float, options: BufferOptions) -> bool:
    """Whether the reach is; it is not where the size limit may have cut it, at a rate that nothing told yet."""
    if not options.size_limit or options.bytes_per_second:
        return True
    return min(whole_seconds, options.length) * HIGHEST_BYTES_PER_SECOND <= options.size_limit


def save_bytes(options: BufferOptions) -> float:
    """The size of a file that the full buffer is saved to."""
    whole = options.length * (options.bytes_per_second or GUESSED_BYTES_PER_SECOND)
    return min(whole, options.size_limit) if options.size_limit else whole


def limit_needed(seconds: float, bytes_per_second: float | None, most_mb: int) -> int:
    """The size limit, in OBS's MB, into which `seconds` fit whatever the picture shows; at most `most_mb`."""
    rate = max(HIGHEST_BYTES_PER_SECOND, RATE_GROWS * (bytes_per_second or 0.0))
    return min(math.ceil(seconds * rate / MEGABYTE), most_mb)


@dataclasses.dataclass(frozen=True)
class Shortage:
    """Why the longest clip does not fit into the buffer, and whether `replay.enable` mends that."""

    text: str
    mendable: bool


def shortage(settings: Settings, options: BufferOptions, most_mb: int) -> Shortage | None:
    """What keeps the longest clip out of the buffer, whose size limit may be `most_mb`; None where it fits."""
    needed = length_needed(settings, options.keyframe_distance)
    clips = f"clips of {longest_clip(settings):g} s need {needed} s."
    if options.length < needed:
        return Shortage(f"It is {options.length:g} s long; {clips} `companion replay enable` sets that.", mendable=True)
    if (fits := capacity(options)) >= needed:
        return None
    limit_mb = options.size_limit // MEGABYTE
    mendable = limit_mb < limit_needed(needed, options.bytes_per_second, most_mb)
    remedy = "`companion replay enable` raises that." if mendable else "Choose a lower recording quality in OBS."
    return Shortage(f"OBS limits it to {limit_mb} MB, which hold {int(fits)} s; {clips} {remedy}", mendable=mendable)


def longest_clip(settings: Settings) -> float:
    """The most seconds, back and from then on, that a menu entry, a hotkey or a spoken phrase asks for."""
    asking: list[Hotkey | VoicePhrase] = [*settings.hotkeys, *(settings.voice_phrases if settings.voice_on else [])]
    return max([*settings.clip_lengths, *(_asked(by.arguments) for by in asking if by.action == "clip.save")])


def length_needed(settings: Settings, keyframe_distance: float) -> int:
    """The buffer length, in whole seconds, that surely holds the longest clip."""
    return math.ceil(longest_clip(settings) + keyframe_distance)


def keyframe_distance(fps: float, encoder_options: str, chosen_seconds: float = 0.0) -> float:
    """Seconds between keyframes, from what OBS's settings tell: `keyint=` among x264's options, or a chosen time."""
    for word in encoder_options.split():
        name, _, value = word.partition("=")
        if name in ("keyint", "g") and value.isdecimal() and int(value) > 0:
            return int(value) / fps
    return chosen_seconds or FRAMES_BETWEEN_KEYFRAMES / fps


def _asked(arguments: Mapping[str, Any]) -> float:
    """How long a clip of these arguments is; 0 where only what will be said tells."""
    back = _seconds(arguments.get("seconds", CLIP_SECONDS))
    return back + _seconds(arguments.get("after", 0)) if back else 0.0


def _seconds(value: object) -> float:
    return float(value) if isinstance(value, int | float) and 0 < value < math.inf else 0.0
