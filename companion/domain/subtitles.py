"""Subtitles out of timed words: lines that can be read, and the files that players take.

Times are seconds from the beginning of what the subtitles belong to.
"""

import dataclasses
import enum
import html
import json
import re
from collections.abc import Iterable, Sequence

from companion.domain.spelling import is_unspaced
from companion.domain.transcript import Segment, TimedWord

LINE_LETTERS = 42
LINES = 2
LONGEST_SECONDS = 6.0
SHORTEST_SECONDS = 1.0
"""How long a cue stays if nothing follows: less cannot be read."""
PAUSE_SECONDS = 0.8
"""A pause after which another cue begins."""

_SENTENCE_END = re.compile(r"[.!?\u2026\u3002\uff01\uff1f]['\"\u2019\u201d)]*$")


class Form(enum.StrEnum):
    """How a transcript is written to a file."""

    SRT = "srt"
    VTT = "vtt"
    TEXT = "txt"
    JSON = "json"


MEDIA_TYPES = {
    Form.SRT: "application/x-subrip; charset=utf-8",
    Form.VTT: "text/vtt; charset=utf-8",
    Form.TEXT: "text/plain; charset=utf-8",
    Form.JSON: "application/json",
}


@dataclasses.dataclass(frozen=True)
class Cue:
    """What is shown from `start` to `end`."""

    start: float
    end: float
    lines: tuple[str, ...]


def joined(words: Iterable[str]) -> str:
    """Words as a text, without blanks where the script has none."""
    text = ""
    for word in words:
        text += word if not text or (is_unspaced(text) and is_unspaced(word[:1])) else f" {word}"
    return text


def ends_sentence(word: str) -> bool:
    return _SENTENCE_END.search(word) is not None


def within(segments: Iterable[Segment], start_at: float, end_at: float) -> list[Segment]:
    """What of `segments` was said from `start_at` to `end_at` (Unix seconds): the words whose middle lies there."""
    found = []
    for segment in segments:
        if segment.started_at >= start_at and segment.ended_at <= end_at:
            found.append(segment)
        elif said := [word for word in segment.words if start_at <= (word.start_at + word.end_at) / 2 < end_at]:
            part = part_of(segment, said)
            part.started_at, part.ended_at = max(start_at, part.started_at), min(end_at, part.ended_at)
            found.append(part)
    return found


def part_of(segment: Segment, words: list[TimedWord]) -> Segment:
    """What of `segment` these words of it are."""
    text = joined(word.text for word in words)
    times = {"started_at": words[0].start_at, "ended_at": words[-1].end_at}
    return segment.model_copy(update={"words": words, "text": text, **times})


def cues(segments: Iterable[Segment], zero: float, end: float | None = None) -> list[Cue]:
    """The subtitles of `segments` on a clock that began at `zero` (Unix seconds), and ends after `end` seconds.

    A cue ends with a sentence, before a pause, or when it is full. None begins before the one before it has ended.
    """
    groups = [group for segment in segments for group in _groups(_words_of(segment))]
    made: list[Cue] = []
    for place, group in enumerate(groups):
        start = max(0.0, group[0].start_at - zero, made[-1].end if made else 0.0)
        limit = groups[place + 1][0].start_at - zero if place + 1 < len(groups) else end
        stop = max(group[-1].end_at - zero, start + SHORTEST_SECONDS)
        if limit is not None:
            stop = min(stop, max(limit, start + 0.05))
        made.append(Cue(round(start, 3), round(stop, 3), _lines(group)))
    return made


def srt(found: Sequence[Cue]) -> str:
    """SubRip, as most players and editors take it."""
    return "".join(
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n" + "\n".join(cue.lines) + "\n\n"
        for number, cue in enumerate(found, 1)
    )


def vtt(found: Sequence[Cue]) -> str:
    """WebVTT, as browsers take it."""
    return "WEBVTT\n\n" + "".join(
        f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n"
        + "\n".join(html.escape(line, quote=False) for line in cue.lines)
        + "\n\n"
        for cue in found
    )


def plain(segments: Iterable[Segment], zero: float) -> str:
    """One utterance a line, with its time."""
    return "".join(f"[{_clock(segment.started_at - zero, '.')[:-4]}] {segment.text}\n" for segment in segments)


def as_json(segments: Iterable[Segment], zero: float) -> str:
    """`{"began_at", "segments": [{"start", "end", "text", "language", "words"}]}`, words with their times."""
    listed = [
        {
            "start": round(segment.started_at - zero, 3),
            "end": round(segment.ended_at - zero, 3),
            "text": segment.text,
            "language": segment.language,
            "confidence": segment.confidence,
            "words": [
                {
                    "start": round(word.start_at - zero, 3),
                    "end": round(word.end_at - zero, 3),
                    "text": word.text,
                    "confidence": word.confidence,
                }
                for word in segment.words
            ],
        }
        for segment in segments
    ]
    return json.dumps({"began_at": zero, "segments": listed}, ensure_ascii=False, indent=1) + "\n"


def written(form: Form, segments: Sequence[Segment], zero: float, end: float | None = None) -> str:
    """`segments` as a file of this form."""
    if form is Form.TEXT:
        return plain(segments, zero)
    if form is Form.JSON:
        return as_json(segments, zero)
    found = cues(segments, zero, end)
    return srt(found) if form is Form.SRT else vtt(found)


def _words_of(segment: Segment) -> list[TimedWord]:
    """Its words; all of its text as one where recognition gave no words."""
    if segment.words or not segment.text:
        return segment.words
    return [TimedWord(start_at=segment.started_at, end_at=segment.ended_at, text=segment.text, confidence=1.0)]


def _groups(words: Sequence[TimedWord]) -> list[list[TimedWord]]:
    groups: list[list[TimedWord]] = []
    for word in words:
        if groups and not _is_over(groups[-1], word):
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups


def _is_over(group: list[TimedWord], word: TimedWord) -> bool:
    """Whether `word` begins another cue than that of `group`."""
    last = group[-1]
    return (
        ends_sentence(last.text)
        or word.start_at - last.end_at > PAUSE_SECONDS
        or word.end_at - group[0].start_at > LONGEST_SECONDS
        or len(_wrapped([*group, word])) > LINES
    )


def _wrapped(group: Sequence[TimedWord], width: int = LINE_LETTERS) -> list[str]:
    lines = [""]
    for word in group:
        longer = joined([lines[-1], word.text]) if lines[-1] else word.text
        if len(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word.text)
    return lines


def _lines(group: Sequence[TimedWord]) -> tuple[str, ...]:
    """The fewest lines, about as long as each other."""
    lines = _wrapped(group)
    if len(lines) > 1:
        whole = sum(map(len, lines))
        for width in range(whole // len(lines), LINE_LETTERS):
            if len(even := _wrapped(group, width)) == len(lines) and max(map(len, even)) <= LINE_LETTERS:
                lines = even
                break
    return tuple(line.replace("-->", "→") for line in lines)


def _clock(seconds: float, point: str) -> str:
    milliseconds = max(0, round(seconds * 1000))
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{point}{rest % 1000:03}"
