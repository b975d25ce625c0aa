"""Finding what was said, within a few milliseconds however much that is.

Results come newest first, so that the index is read from its end until there are enough, and never as a whole. What a
word's beginning or a mistyped word may stand for is looked up in the list of spoken words before the index is asked.
"""

import dataclasses
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, text
from sqlmodel import col, select

from companion.domain.models import SegmentRow, SpellingKey, SpokenWord
from companion.domain.search import Term, Wanted, expression, marked, terms_of
from companion.domain.spelling import forgiven, spelled, spelling_keys, words_of

MOST_OPTIONS = 16
"""Words that a beginning may stand for, the most frequent first."""
MOST_PHRASES = 8
MOST_SPELLINGS = 6
MOST_ASKED = 3
MOST_CHECKED = 100
"""Of many terms the index is asked for the rarest; the others are looked for in what it finds, if that is not more."""
FEW = 5
"""With fewer results, words that exist may be mistyped as well."""
RARE = 1_000
"""Of many terms, those that were said in more segments are not doubted, but for the rarest."""
LAST_ID = 2**62


@dataclasses.dataclass(frozen=True)
class Range:
    """Which segments count: ids from `first` up to, but not with, `before`, and only of `session_id` if given."""

    first: int = 0
    before: int = LAST_ID
    session_id: int | None = None


@dataclasses.dataclass(frozen=True)
class Ids:
    """The ids of the newest matches, whether there are more, and what was looked for."""

    ids: list[int]
    more: bool
    wanted: list[Wanted]
    corrected: dict[str, list[str]]


def find_ids(connection: Connection, query: str, within: Range, limit: int) -> Ids:
    """The newest `limit` segments that have all terms of `query`."""
    vocabulary = Vocabulary(connection)
    terms = terms_of(query)
    if not terms:
        return Ids([], more=False, wanted=[], corrected={})
    wanted = [vocabulary.wanted(term) for term in terms]
    if vocabulary.unsaid:
        return Ids([], more=False, wanted=wanted, corrected=vocabulary.corrected)
    ids = _match(connection, vocabulary, wanted, within, limit + 1)
    # A later page is one of the same results as the first.
    whole = dataclasses.replace(within, before=LAST_ID)
    first = ids if within == whole else _match(connection, vocabulary, wanted, whole, FEW)
    if not vocabulary.corrected and len(first) < FEW:
        rare = max(RARE, *sorted(map(vocabulary.frequency, wanted))[:MOST_ASKED])
        wanted = [
            vocabulary.wanted(one.term, doubt=True) if vocabulary.frequency(one) <= rare else one for one in wanted
        ]
        if vocabulary.corrected:
            ids = _match(connection, vocabulary, wanted, within, limit + 1)
    return Ids(ids[:limit], len(ids) > limit, wanted, vocabulary.corrected)


def match_any(connection: Connection, term: Wanted, within: Range, limit: int) -> list[int]:
    """The newest segments that have one term."""
    return _ask(connection, [term], within, limit)


class Vocabulary:
    """The list of spoken words.

    `corrected` is what was typed and what was looked for in its place, `unsaid` what nobody said, nor anything like it.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.corrected: dict[str, list[str]] = {}
        self.unsaid: set[str] = set()
        self._counts: dict[str, int] = {}

    def wanted(self, term: Term, *, doubt: bool = False) -> Wanted:
        """What counts for `term`: where its words were never said, or in `doubt`, also those of similar spelling."""
        *first, last = term.words
        options: list[tuple[str, ...]] = [()]
        for word in first:
            options = _joined(options, self._forms(word, begins=False, doubt=doubt))
        options = _joined(options, self._forms(last, begins=term.is_beginning, doubt=doubt))
        return Wanted(term, tuple(options))

    def count(self, word: str) -> int:
        """In how many segments `word` was said."""
        if word not in self._counts:
            self._counts[word] = self._connection.scalar(_COUNT, {"word": word}) or 0
        return self._counts[word]

    def frequency(self, term: Wanted) -> int:
        """In how many segments `term` may be at most."""
        return sum(min(map(self.count, option)) for option in term.options)

    def _forms(self, word: str, *, begins: bool, doubt: bool) -> list[str]:
        if begins:
            rows = self._connection.execute(_BEGINS, {"first": word, "last": word + "\U0010ffff"})
            counts = {row.text: row.segments for row in rows}
            self._counts |= counts
            known = list(counts)
        else:
            known = [word] if self.count(word) else []
        if known and not doubt:
            return known
        similar = [other for other in self._similar(word) if other not in known]
        if similar:
            self.corrected[word] = similar
        if not known and not similar:
            self.unsaid.add(word)
            return [word]
        return [*known, *similar]

    def _similar(self, word: str) -> list[str]:
        """The words that may be meant by a mistyped `word`: fewest mistakes first, then the most frequent."""
        most = forgiven(word)
        if most == 0:
            return []
        from rapidfuzz.distance import OSA

        rows = self._connection.execute(_SIMILAR, {"keys": sorted(spelling_keys(word))}).all()
        self._counts |= {row.text: row.segments for row in rows}
        typed = spelled(word)
        near = [
            (distance, -row.segments, row.text)
            for row in rows
            if 0 < (distance := OSA.distance(typed, spelled(row.text), score_cutoff=most)) <= most
        ]
        return [text for _, _, text in sorted(near)[:MOST_SPELLINGS]]


def _joined(options: Iterable[tuple[str, ...]], forms: Sequence[str]) -> list[tuple[str, ...]]:
    """Each option with each form after it, few enough to be looked for."""
    made = [(*option, form) for option in options for form in forms]
    return made if len(made[0]) == 1 else made[:MOST_PHRASES]


def _match(
    connection: Connection, vocabulary: Vocabulary, wanted: Sequence[Wanted], within: Range, limit: int
) -> list[int]:
    """The newest segments that have all terms."""
    terms = sorted(wanted, key=vocabulary.frequency)
    rarest, rest = terms[:MOST_ASKED], terms[MOST_ASKED:]
    if rest:
        found = _ask(connection, rarest, within, MOST_CHECKED + 1)
        if len(found) <= MOST_CHECKED:
            rows = connection.execute(_TEXTS, {"ids": found}).all() if found else []
            return [row.id for row in rows if _has_all(row.text, rest)][:limit]
    return _ask(connection, terms, within, limit)


def _has_all(text: str, terms: Sequence[Wanted]) -> bool:
    words = [[word] for word in words_of(text)]
    return all(marked(words, [term]) for term in terms)


def _ask(connection: Connection, wanted: Sequence[Wanted], within: Range, limit: int) -> list[int]:
    values = {"query": expression(wanted), "first": within.first, "before": within.before, "most": limit}
    if within.session_id is None:
        return list(connection.scalars(_MATCH, values))
    # The index knows no sessions: asked for the time of one, it is not read from its end to there.
    began, ended = connection.execute(_SPAN, {"session": within.session_id}).one()
    if began is None:
        return []
    values |= {"first": max(within.first, began), "before": min(within.before, ended + 1)}
    return list(connection.scalars(_MATCH_IN_SESSION, values | {"session": within.session_id}))


_MATCH = text(
    "SELECT rowid FROM segment_index WHERE segment_index MATCH :query AND rowid >= :first AND rowid < :before"
    " ORDER BY rowid DESC LIMIT :most"
)
_MATCH_IN_SESSION = text(
    "SELECT segment_index.rowid FROM segment_index JOIN segment ON segment.id = segment_index.rowid"
    " WHERE segment_index MATCH :query AND segment_index.rowid >= :first AND segment_index.rowid < :before"
    " AND segment.session_id = :session ORDER BY segment_index.rowid DESC LIMIT :most"
)
_SPAN = text(
    "SELECT (SELECT min(id) FROM segment WHERE session_id = :session),"
    " (SELECT max(id) FROM segment WHERE session_id = :session)"
)
_TEXTS = (
    select(SegmentRow.id, SegmentRow.text)
    .where(col(SegmentRow.id).in_(bindparam("ids", expanding=True)))
    .order_by(col(SegmentRow.id).desc())
)
_COUNT = select(SpokenWord.segments).where(SpokenWord.text == bindparam("word"))
_BEGINS = (
    select(SpokenWord.text, SpokenWord.segments)
    .where(SpokenWord.text >= bindparam("first"), SpokenWord.text < bindparam("last"), col(SpokenWord.segments) > 0)
    .order_by(col(SpokenWord.segments).desc())
    .limit(MOST_OPTIONS)
)
_SIMILAR = (
    select(SpokenWord.text, SpokenWord.segments)
    .distinct()
    .where(SpokenWord.text == SpellingKey.word, col(SpellingKey.key).in_(bindparam("keys", expanding=True)))
    .where(col(SpokenWord.segments) > 0)
)
