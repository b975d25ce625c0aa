"""Search in a transcript of 1,000,000 utterances, as the API does it: the words, what is around them, and their clips.

The transcript is made: 60,000 different words, as frequent as words are (each rank half as often as the one of half its
number), 4 to 14 in an utterance, 500 sessions. It is kept in `.cache`, as writing it takes minutes.
"""

import asyncio
import itertools
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import URL

from bench.http import percentile
from companion.adapters.database import Database
from companion.adapters.transcript_search import Range
from companion.adapters.transcript_store import TranscriptStore, insert_segments
from companion.domain.search import indexed
from companion.domain.speech import Final, Word
from companion.domain.spelling import spelling_keys, words_of
from companion.domain.transcript import Segment, segment_of
from companion.kernel.bus import Bus
from companion.kernel.status import StatusBoard

CACHE = Path(__file__).parent.parent / ".cache"
SEGMENTS = 1_000_000
SESSIONS = 500
VOCABULARY = 60_000
BATCH = 5_000
AS_USUAL = 1_000
QUERIES = 200
LIMIT_MS = 20.0
BEGAN = 1_700_000_000.0
EVERY_SECONDS = 6.0
REMEMBERED = 300
"""Utterances of all times that somebody looks for by their words."""
IN_A_SESSION = "in one session"
STARTS = (*"bcdfghklmnprstvw", "", "st", "tr", "pl", "ch", "sh", "br", "gr")
ENDS = (*"nrstlm", "", "nd", "st", "ck", "ng")


class Talk:
    """The same words and utterances each time."""

    def __init__(self) -> None:
        self._chance = random.Random(4)
        self.words = self._vocabulary()
        self._weights = list(itertools.accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))

    def _vocabulary(self) -> list[str]:
        syllables = [start + vowel + end for start in STARTS for vowel in "aeiou" for end in ENDS]
        found: dict[str, None] = {}
        while len(found) < VOCABULARY:
            count = self._chance.choice((1, 2, 2, 3, 3, 4)) if len(found) > 500 else self._chance.choice((1, 1, 2))
            found.setdefault("".join(self._chance.choices(syllables, k=count)))
        return list(found)

    def say(self) -> list[str]:
        return self._chance.choices(self.words, cum_weights=self._weights, k=self._chance.randint(4, 14))


def fill(file: Path, talk: Talk) -> None:
    """Write the transcript: the last utterances as the daemon does, those before by a shorter way to the same rows."""
    counts: Counter[str] = Counter()
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("BEGIN")
    at = [round((BEGAN + number * EVERY_SECONDS * SEGMENTS / SESSIONS) * 1e6) for number in range(SESSIONS)]
    connection.executemany(
        "INSERT INTO session (title, workflow, capture, state, started_by, started_at, seen_at)"
        " VALUES ('Evening', '', 'BOTH', 'CLOSED', 'HAND', ?, ?)",
        [(began, began) for began in at],
    )
    for first in range(0, SEGMENTS - AS_USUAL, BATCH):
        rows, index = [], []
        for number in range(first, min(first + BATCH, SEGMENTS - AS_USUAL)):
            said = talk.say()
            counts.update(set(said))
            text = " ".join(said)
            words = ",".join(
                f'[{place * 0.3:.1f},{place * 0.3 + 0.25:.2f},"{word}",0.9]' for place, word in enumerate(said)
            )
            began = round((BEGAN + number * EVERY_SECONDS) * 1000)
            row = (began, session_of(number), len(said) * 0.3, f"{text.capitalize()}.", "en", 0.9, f"[{words}]")
            rows.append(row)
            index.append((began, indexed(said)))
        connection.executemany("INSERT INTO segment VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        connection.executemany("INSERT INTO segment_index (rowid, text) VALUES (?, ?)", index)
    connection.executemany("INSERT INTO spoken_word (text, segments) VALUES (?, ?)", counts.items())
    keys = sorted((key, word) for word in counts for key in spelling_keys(word))
    connection.executemany("INSERT INTO spelling_key VALUES (?, ?)", keys)
    connection.execute("COMMIT")
    connection.close()
    engine = create_engine(URL.create("sqlite", database=str(file)))
    with engine.begin() as writing:
        insert_segments(writing, [as_usual(talk, number) for number in range(SEGMENTS - AS_USUAL, SEGMENTS)])
    engine.dispose()


def session_of(number: int) -> int:
    return 1 + number * SESSIONS // SEGMENTS


def as_usual(talk: Talk, number: int) -> Segment:
    said = talk.say()
    words = [Word(place * 0.3, place * 0.3 + 0.25, word, 0.9) for place, word in enumerate(said)]
    text = " ".join(said).capitalize() + "."
    final = Final(number, 0.0, len(said) * 0.3, text, tuple(words), "en", 0.9)
    return segment_of(final, began=BEGAN + number * EVERY_SECONDS, session_id=session_of(number))


async def migrate(file: Path) -> None:
    database = Database(file, StatusBoard(Bus()))
    await database.open()
    await database.close()


def mistyped(word: str, chance: random.Random) -> str:
    """`word` with one mistake."""
    at = chance.randrange(1, len(word) - 1)
    kind = chance.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + chance.choice("aeinrst") + word[at:]
    if kind == 2:
        return word[:at] + chance.choice("aeinrst") + word[at + 1 :]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def kinds(talk: Talk, said: list[str]) -> dict[str, Callable[[random.Random], str]]:
    """What people type, each made anew for each query; `said` are utterances of the transcript."""
    words = talk.words
    long = [word for word in words[:20_000] if len(word) >= 6]

    def pair(chance: random.Random) -> str:
        said = talk.say()
        return " ".join(chance.sample(said, 2)) + " "

    def phrase(chance: random.Random) -> str:
        said = talk.say()
        at = chance.randrange(len(said) - 2)
        return f'"{" ".join(said[at : at + 2])}"'

    return {
        "a frequent word": lambda chance: chance.choice(words[:100]) + " ",
        "a rare word": lambda chance: chance.choice(words[5_000:]) + " ",
        "two words": pair,
        "a phrase": phrase,
        "a beginning of 2 to 4 letters": lambda chance: chance.choice(words)[: chance.randint(2, 4)],
        "a mistyped word": lambda chance: mistyped(chance.choice(long), chance) + " ",
        "two mistyped words": lambda chance: " ".join(mistyped(chance.choice(long), chance) for _ in range(2)) + " ",
        "an utterance's words": lambda chance: " ".join(words_of(chance.choice(said))) + " ",
        f"a frequent word, {IN_A_SESSION}": lambda chance: chance.choice(words[:100]) + " ",
        "a phrase of frequent words": lambda chance: f'"{" ".join(chance.sample(words[:30], 3))}"',
        "eight words, hardly ever together": lambda chance: " ".join(chance.sample(words[:200], 8)) + " ",
        "eight words, one never said": lambda chance: " ".join([*chance.sample(words[:200], 7), "qqqqqq"]) + " ",
    }


async def measure(file: Path, talk: Talk) -> float:
    """Print a line for each kind of query; the p95 of all, in milliseconds."""
    database = Database(file, StatusBoard(Bus()))
    await database.open()
    store = TranscriptStore(database, Bus())
    chance = random.Random(5)
    everything: list[float] = []
    print(f"{'query':<34} {'p50':>8} {'p95':>8} {'worst':>8} {'CPU p95':>8}  found something")
    moments = [round((BEGAN + chance.random() * SEGMENTS * EVERY_SECONDS) * 1000) for _ in range(REMEMBERED)]
    said = [one.text for before in moments for one in await store.newest(Range(before=before), 1)]
    for name, make in kinds(talk, said).items():
        await store.search(make(chance), Range(), 20)
        taken, worked, hits = [], [], 0
        for _ in range(QUERIES):
            query = make(chance)
            within = Range(session_id=chance.randint(1, SESSIONS) if IN_A_SESSION in name else None)
            began, used = time.perf_counter(), time.process_time()
            found = await store.search(query, within, 20)
            taken.append((time.perf_counter() - began) * 1000)
            worked.append((time.process_time() - used) * 1000)
            hits += bool(found.items)
        everything += taken
        print(
            f"{name:<34} {percentile(taken, 0.5):5.1f} ms {percentile(taken, 0.95):5.1f} ms {max(taken):5.1f} ms"
            f" {percentile(worked, 0.95):5.1f} ms  {hits / QUERIES:4.0%}",
            flush=True,
        )
    await database.close()
    return percentile(everything, 0.95)


def main() -> None:
    """Print the table."""
    CACHE.mkdir(exist_ok=True)
    file = CACHE / f"bench-words-{SEGMENTS}.db"
    talk = Talk()
    if not file.exists():
        draft = file.with_suffix(".part")
        draft.unlink(missing_ok=True)
        began = time.perf_counter()
        asyncio.run(migrate(draft))
        fill(draft, talk)
        draft.replace(file)
        print(f"writing {SEGMENTS:,} segments: {time.perf_counter() - began:.0f} s")
    print(f"{SEGMENTS:,} segments, {file.stat().st_size / 1e6:,.0f} MB")
    slowest = asyncio.run(measure(file, Talk()))
    print(f"{'all':<34} {'':>8} {slowest:5.1f} ms (limit {LIMIT_MS:g})")
