"""The transcript's table and its full text index, which never disagree: a segment is in both or in none."""

import dataclasses
import logging
import math
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from sqlalchemy import JSON, Connection, bindparam, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, insert, select

from companion.adapters.database import Database
from companion.adapters.transcript_search import Range, Vocabulary, find_ids, match_any
from companion.domain.events import SegmentTranscribed
from companion.domain.models import SegmentRow, Session, SpellingKey, SpokenWord
from companion.domain.quotes import score, telling, weight
from companion.domain.search import Term, Wanted, indexed, marked
from companion.domain.speech import Final
from companion.domain.spelling import spelling_keys, words_of
from companion.domain.subtitles import part_of
from companion.domain.transcript import Segment, TimedWord, segment_of
from companion.kernel.bus import Bus
from companion.kernel.errors import Failed, NotFound

log = logging.getLogger(__name__)

LONGEST_MILLISECONDS = 120_000
"""No utterance is longer: as far back as one must begin that is still being said."""
NEAR_MILLISECONDS = 60_000
"""What was said longer before or after has nothing to do with it."""
LONGEST_CLIP_MICROSECONDS = 2 * 3600 * 1_000_000
MOST = 100_000
"""Segments that are read at once: what a day holds."""
SAME_SHARE = 0.5
"""How much of the shorter of two utterances lies within the other when they are the same one, heard twice."""
SAME_TEXT = 0.6
"""How alike (of 1) their texts are then: another model, or another beginning, may get some words otherwise."""
CANDIDATES = 40
"""Of each of a question's words, how many segments are weighed against each other."""


class Hit(BaseModel):
    """A segment that was searched for: which of its words were meant, what was said around it, and where to hear it."""

    segment: Segment
    marked: list[int]
    before: str
    after: str
    session_title: str | None
    clip_id: int | None
    clip_seconds: float | None
    """Where in that clip it begins."""


class Found(BaseModel):
    """What a search found, newest first; `corrected` says what was looked for in place of a mistyped word."""

    items: list[Hit]
    more: bool
    corrected: dict[str, list[str]]


class TranscriptStore:
    """What was said, kept for good."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus

    async def add(self, *, session_id: int | None, began: float, final: Final, again: bool = False) -> Segment:
        """Keep what was said in a stream that began at `began` (Unix seconds); of no session where that is gone.

        `again`: its sound may have been recognized before, as after a crash; then what has the time and about the text
        of one that is there is that one. Else it is new whatever there is at its time: clocks are set back.
        """
        new = segment_of(final, began=began, session_id=session_id)
        try:
            async with self._database.write() as session:
                if again and (known := await _same(session, new)) is not None:
                    return known
                if session_id is not None and await session.get(Session, session_id) is None:
                    new.session_id = None  # its sound waited, and another database was put in the place of this one
                while await session.get(SegmentRow, new.id) is not None:
                    new.id += 1
                await session.run_sync(lambda writing: insert_segments(writing.connection(), [new]))
        except DBAPIError as error:  # what the database does not translate is a constraint or a table that is gone
            log.error("what was said cannot be stored: %s", error.orig)
            raise Failed("not_stored", "The database does not take what was said.", "See the log for why.") from error
        self._bus.publish(SegmentTranscribed(new.model_dump(mode="json")))
        return new

    async def get(self, segment_id: int) -> Segment:
        """One segment; raises NotFound `segment_not_found`."""
        found = await self.newest(Range(segment_id, segment_id + 1), 1)
        if not found:
            raise NotFound("segment_not_found", f"Nothing was said at {segment_id}.", "Search for it again.")
        return found[0]

    async def leave_out(self, segment_id: int, places: Sequence[int]) -> None:
        """Note that these of a segment's words were a spoken command: they are shown, but neither found nor quoted."""
        async with self._database.write() as session:
            row = await session.get(SegmentRow, segment_id)
            if row is None or row.commands is not None:
                return
            row.commands = list(places)
            talk = _talk_of(row)
            words = words_of(row.text), words_of(talk.text) if talk else []
            await session.run_sync(lambda writing: _index_anew(writing.connection(), segment_id, *words))

    async def newest(self, within: Range, limit: int) -> list[Segment]:
        """The newest `limit` segments of a range, in order of time."""
        return [_segment_of(row) for row in await self._newest(within, limit)]

    async def _newest(self, within: Range, limit: int) -> list[SegmentRow]:
        query = (
            select(SegmentRow)
            .where(col(SegmentRow.id) >= within.first, col(SegmentRow.id) < within.before)
            .order_by(col(SegmentRow.id).desc())
            .limit(limit)
        )
        if within.session_id is not None:
            query = query.where(SegmentRow.session_id == within.session_id)
        async with self._database.read() as session:
            return list(reversed((await session.scalars(query)).all()))

    async def between(self, start_at: float, end_at: float, session_id: int | None = None) -> list[Segment]:
        """All segments of which a part was said from `start_at` to `end_at` (Unix seconds), in order of time."""
        near = await self.newest(_around(start_at, end_at, session_id), MOST)
        return [segment for segment in near if segment.ended_at > start_at and segment.started_at < end_at]

    async def talk(self, start_at: float, end_at: float) -> list[TimedWord]:
        """All words from `start_at` to `end_at` but those of spoken commands."""
        near = [_talk_of(row, end_at) for row in await self._newest(_around(start_at, end_at), MOST)]
        return [word for part in near if part for word in part.words if word.end_at > start_at]

    async def search(self, query: str, within: Range, limit: int) -> Found:
        """The newest `limit` segments that have all words of `query`, mistyped ones included."""

        def find(connection: Connection) -> Found:
            ids = find_ids(connection, query, within, limit)
            hits = [_hit(row, ids.wanted) for row in connection.execute(_HITS, {"ids": ids.ids})] if ids.ids else []
            return Found(items=hits, more=ids.more, corrected=ids.corrected)

        return await self._database.look(find)

    async def best(self, question: str, within: Range, until: float = math.inf) -> tuple[Segment, list[int]] | None:
        """What was said before `until` (Unix seconds) that is most about `question`, and which of its words.

        Spoken commands do not count; of equals it is the newest.
        """
        return await self._database.look(lambda connection: _best(connection, question, within, until))


def insert_segments(connection: Connection, segments: list[Segment]) -> None:
    """Write segments with new ids into the table, the index and the list of words, within the transaction."""
    said = {segment.id: words_of(segment.text) for segment in segments}
    connection.execute(insert(SegmentRow), [_row_of(segment) for segment in segments])
    connection.execute(_INDEX, [{"id": number, "words": indexed(words)} for number, words in said.items()])
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
    keys = [{"key": key, "word": word} for word in fresh for key in spelling_keys(word)]
    if keys:
        connection.execute(insert(SpellingKey), keys)


def _index_anew(connection: Connection, number: int, before: Sequence[str], after: Sequence[str]) -> None:
    """Have a segment found by the words `after`, which are some of those `before`."""
    connection.execute(_FORGET, {"id": number, "words": indexed(before)})
    connection.execute(_INDEX, {"id": number, "words": indexed(after)})
    if gone := set(before) - set(after):
        connection.execute(_COUNT, [{"word": word, "more": -1} for word in gone])


_FORGET = text("INSERT INTO segment_index (segment_index, rowid, text) VALUES ('delete', :id, :words)")
_INDEX = text("INSERT INTO segment_index (rowid, text) VALUES (:id, :words)")
_KNOWN = select(SpokenWord.text).where(col(SpokenWord.text).in_(bindparam("words", expanding=True)))
_SEGMENTS = select(*SegmentRow.__table__.columns).where(  # type: ignore[attr-defined]
    col(SegmentRow.id).in_(bindparam("ids", expanding=True))
)
_HITS = (
    text(
        """
    SELECT found.*, session.title AS session_title, clip.id AS clip_id, clip.start_at AS clip_start,
      (SELECT text FROM segment WHERE id < found.id AND id > found.id - :near ORDER BY id DESC LIMIT 1) AS before_text,
      (SELECT text FROM segment WHERE id > found.id AND id < found.id + :near ORDER BY id LIMIT 1) AS after_text
    FROM segment AS found
    LEFT JOIN session ON session.id = found.session_id
    LEFT JOIN clip ON clip.id = (
      SELECT id FROM clip WHERE start_at <= found.id * 1000 AND start_at > found.id * 1000 - :longest
      AND end_at >= found.id * 1000 + CAST(found.seconds * 1000000 AS INTEGER)
      AND deleted_at IS NULL AND state IN ('READY', 'DOUBTFUL') LIMIT 1)
    WHERE found.id IN :ids ORDER BY found.id DESC
    """
    )
    .bindparams(
        bindparam("ids", expanding=True),
        bindparam("near", NEAR_MILLISECONDS),
        bindparam("longest", LONGEST_CLIP_MICROSECONDS),
    )
    .columns(words=JSON())
)
_COUNT = text("UPDATE spoken_word SET segments = segments + :more WHERE text = :word")


def _best(connection: Connection, question: str, within: Range, until: float) -> tuple[Segment, list[int]] | None:
    vocabulary = Vocabulary(connection)
    terms = {word: vocabulary.wanted(Term((word,))) for word in telling(question)}
    forms = {word: [option[0] for option in term.options] for word, term in terms.items()}
    counts = {word: sum(map(vocabulary.count, options)) for word, options in forms.items()}
    weights = {form: weight(counts[word]) for word, options in forms.items() for form in options}
    if until < math.inf:
        within = dataclasses.replace(within, before=min(within.before, math.ceil(until * 1000)))
    ids: set[int] = set()
    ids.update(find_ids(connection, " ".join([*terms, ""]), within, CANDIDATES).ids)
    for word in terms:
        ids.update(match_any(connection, terms[word], within, CANDIDATES))
    rows = connection.execute(_SEGMENTS, {"ids": sorted(ids)}).all() if ids else []
    segments = [talk for row in rows if (talk := _talk_of(row, until))]
    if not segments:
        return None
    phrase = list(terms)
    best = max(segments, key=lambda segment: (score(segment, weights, phrase), segment.id))
    return best, marked([words_of(word.text) for word in best.words], list(terms.values()))


def _hit(row: Any, wanted: Sequence[Wanted]) -> Hit:
    segment = _segment_of(row)
    seconds = None if row.clip_start is None else round(segment.started_at - row.clip_start / 1e6, 3)
    return Hit.model_construct(
        segment=segment,
        marked=marked([words_of(word.text) for word in segment.words], wanted),
        before=row.before_text or "",
        after=row.after_text or "",
        session_title=row.session_title,
        clip_id=row.clip_id,
        clip_seconds=seconds,
    )


async def _same(session: AsyncSession, new: Segment) -> Segment | None:
    """The segment that is already there of the utterance that `new` is."""
    from rapidfuzz.distance import Levenshtein

    said = " ".join(words_of(new.text))
    ends = round(new.ended_at * 1000)
    near = select(SegmentRow).where(
        col(SegmentRow.id) > new.id - LONGEST_MILLISECONDS, col(SegmentRow.id) <= max(ends, new.id)
    )
    for row in await session.scalars(near.order_by(col(SegmentRow.id))):
        known = _segment_of(row)
        shared = min(known.ended_at, new.ended_at) - max(known.started_at, new.started_at)
        shorter = min(known.ended_at - known.started_at, new.ended_at - new.started_at)
        at_once = shared > SAME_SHARE * shorter or known.started_at == new.started_at
        if at_once and Levenshtein.normalized_similarity(" ".join(words_of(known.text)), said) >= SAME_TEXT:
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


def _around(start_at: float, end_at: float, session_id: int | None = None) -> Range:
    """All segments of which a part may have been said from `start_at` to `end_at`."""
    return Range(max(0, round(start_at * 1000) - LONGEST_MILLISECONDS), math.ceil(end_at * 1000), session_id)


def _talk_of(row: Any, until: float = math.inf) -> Segment | None:
    """What of a stored segment was said before `until`, and to others; None: nothing."""
    segment = _segment_of(row)
    said = [
        word for place, word in enumerate(segment.words) if word.start_at < until and place not in (row.commands or ())
    ]
    if len(said) == len(segment.words):
        return segment if segment.started_at < until else None
    return part_of(segment, said) if said else None


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
            TimedWord(start_at=round(began + start, 3), end_at=round(began + end, 3), text=said, confidence=confidence)
            for start, end, said, confidence in row.words
        ],
    )
