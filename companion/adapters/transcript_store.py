"""The transcript's table and its full text index, which never disagree: a segment is in both or in none."""

from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, insert, select

from companion.adapters.database import Database
from companion.domain.events import SegmentTranscribed
from companion.domain.models import SegmentRow, SpellingKey, SpokenWord
from companion.domain.speech import Final
from companion.domain.spelling import spelling_keys, words_of
from companion.domain.transcript import Segment, TimedWord, segment_of
from companion.kernel.bus import Bus

LONGEST_MILLISECONDS = 120_000
"""No utterance is longer: as far back as one must begin that is still being said."""
SAME_SHARE = 0.5
"""How much of the shorter of two utterances lies within the other when they are the same one, told twice."""


class TranscriptStore:
    """What was said, kept for good."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus

    async def add(self, *, session_id: int | None, began: float, final: Final) -> Segment:
        """Keep what was said in a stream that began at `began` (Unix seconds); told again, it is the one that is there.

        One microphone hears one utterance at a time: what mostly lies in the time of another is that one, recognized
        again after a crash.
        """
        new = segment_of(final, began=began, session_id=session_id)
        async with self._database.write() as session:
            if (known := await _same(session, new)) is not None:
                return known
            while await session.get(SegmentRow, new.id) is not None:
                new.id += 1
            await session.run_sync(lambda writing: insert_segments(writing.connection(), [new]))
        self._bus.publish(SegmentTranscribed(new.model_dump(mode="json")))
        return new


def insert_segments(connection: Connection, segments: list[Segment]) -> None:
    """Write segments with new ids into the table, the index and the list of words, within the transaction."""
    said = {segment.id: words_of(segment.text) for segment in segments}
    connection.execute(insert(SegmentRow), [_row_of(segment) for segment in segments])
    connection.execute(_INDEX, [{"id": number, "words": " ".join(words)} for number, words in said.items()])
    counts: dict[str, int] = {}
    for words in said.values():
        for word in set(words):
            counts[word] = counts.get(word, 0) + 1
    if counts:
        _count_words(connection, counts)


def _count_words(connection: Connection, counts: dict[str, int]) -> None:
    known = set(connection.scalars(_KNOWN, {"words": list(counts)}))
    seen = [{"word": word, "more": more} for word, more in counts.items() if word in known]
    if seen:
        connection.execute(_COUNT, seen)
    fresh = [word for word in counts if word not in known]
    if not fresh:
        return
    connection.execute(insert(SpokenWord), [{"text": word, "segments": counts[word]} for word in fresh])
    ids = connection.execute(_IDS, {"words": fresh}).all()
    keys = [{"key": key, "word_id": number} for number, word in ids for key in spelling_keys(word)]
    connection.execute(insert(SpellingKey), keys)


_INDEX = text("INSERT INTO segment_index (rowid, text) VALUES (:id, :words)")
_KNOWN = select(SpokenWord.text).where(col(SpokenWord.text).in_(bindparam("words", expanding=True)))
_IDS = select(SpokenWord.id, SpokenWord.text).where(col(SpokenWord.text).in_(bindparam("words", expanding=True)))
_COUNT = text("UPDATE spoken_word SET segments = segments + :more WHERE text = :word")


async def _same(session: AsyncSession, new: Segment) -> Segment | None:
    """The segment that is already there of the utterance that `new` is."""
    ends = round(new.ended_at * 1000)
    near = select(SegmentRow).where(
        col(SegmentRow.id) > new.id - LONGEST_MILLISECONDS, col(SegmentRow.id) <= max(ends, new.id)
    )
    for row in await session.scalars(near.order_by(col(SegmentRow.id))):
        known = _segment_of(row)
        shared = min(known.ended_at, new.ended_at) - max(known.started_at, new.started_at)
        shorter = min(known.ended_at - known.started_at, new.ended_at - new.started_at)
        if shared > SAME_SHARE * shorter or (known.started_at, known.ended_at) == (new.started_at, new.ended_at):
            return known
    return None


def _row_of(segment: Segment) -> dict[str, Any]:
    return {
        "id": segment.id,
        "session_id": segment.session_id,
        "seconds": round(segment.ended_at - segment.started_at, 3),
        "text": segment.text,
        "language": segment.language,
        "confidence": segment.confidence,
        "words": [
            [
                round(word.start_at - segment.started_at, 3),
                round(word.end_at - segment.started_at, 3),
                word.text,
                word.confidence,
            ]
            for word in segment.words
        ],
    }


def _segment_of(row: Any) -> Segment:
    """A segment as it was stored, from its row's columns."""
    began = row.id / 1000
    return Segment.model_construct(
        id=row.id,
        session_id=row.session_id,
        started_at=began,
        ended_at=round(began + row.seconds, 3),
        text=row.text,
        language=row.language,
        confidence=row.confidence,
        words=[
            TimedWord.model_construct(
                start_at=round(began + start, 3), end_at=round(began + end, 3), text=said, confidence=confidence
            )
            for start, end, said, confidence in row.words
        ],
    )
