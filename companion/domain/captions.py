"""Captions as an audience reads them: the last lines of what is said, each wrapped, the newest below; pure."""

import dataclasses
import textwrap

from pydantic import BaseModel

from companion.domain.settings import CaptionAlign, CaptionPlace, Settings

SAME_SECONDS = 1.5
"""How far apart the beginnings may be of two texts of an utterance that is still being spoken, or is stored now."""
KEPT = 6
"""Utterances that lines can be of."""
STREAM_COLUMNS, STREAM_LINES = 24, 2
"""A closed caption has 32 letters a line, but OBS was seen to lose what has more than 52 in all (obs-studio#5191)."""
STREAM_BYTES = 52


class CaptionStyle(BaseModel):
    """How captions look on the page for OBS; sizes in pixels, times in seconds, colours as CSS has them."""

    size: int
    place: CaptionPlace
    align: CaptionAlign
    font: str
    color: str
    background: str
    fade: float
    lines: int
    columns: int


def style_of(settings: Settings) -> CaptionStyle:
    return CaptionStyle(
        **{name: getattr(settings, f"captions_{name}") for name in CaptionStyle.model_fields},
    )


@dataclasses.dataclass(frozen=True)
class _Said:
    """What was said in an utterance, or is being said (`final` is false)."""

    start: float
    end: float
    text: str
    final: bool

    def has(self, start: float, end: float) -> bool:
        """Whether it is the utterance of which a text from `start` to `end` is: the next one begins after its end."""
        return self.start <= end and start <= (self.start + self.end) / 2


class Roll:
    """The utterances that are shown; times are Unix seconds."""

    def __init__(self) -> None:
        self._said: list[_Said] = []

    @property
    def final(self) -> bool:
        """Whether nothing shown can change any more."""
        return all(said.final for said in self._said)

    def say(self, start: float, end: float, text: str, *, final: bool) -> None:
        """Show `text`, in place of what the same utterance, from `start` to `end`, sounded like so far."""
        if not final and any(said.final and said.has(start, end) for said in self._said):
            return  # it is over already; this is late
        self._said = [
            said for said in self._said if said.final or not start - SAME_SECONDS <= said.start <= max(start, end)
        ]
        if text:
            self._said.append(_Said(start, end, text, final))
            self._said = sorted(self._said, key=lambda said: said.start)[-KEPT:]

    def clear(self) -> None:
        self._said.clear()

    def lines(self, columns: int, most: int) -> list[str]:
        """The last lines, each utterance on lines of its own."""
        wrapped = [line for said in self._said for line in textwrap.wrap(said.text, columns)]
        return wrapped[-most:]


def for_stream(lines: list[str]) -> str:
    """The text of closed captions: as many of the last lines as there is room for."""
    kept: list[str] = []
    for line in reversed(lines[-STREAM_LINES:]):
        if len("\n".join([line, *kept]).encode()) > STREAM_BYTES:
            break
        kept.insert(0, line)
    return "\n".join(kept)
