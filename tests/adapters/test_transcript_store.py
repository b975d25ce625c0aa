"""The transcript's store: what was said is kept once, in order of its time, and told."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from companion.adapters.database import Database
from companion.adapters.transcript_search import Range
from companion.adapters.transcript_store import TranscriptStore
from companion.domain.events import SegmentTranscribed
from companion.domain.speech import Final, Word
from companion.kernel.bus import Bus
from companion.kernel.status import StatusBoard

BEGAN = 1_777_636_800.25


@pytest.fixture
async def bus() -> Bus:
    return Bus()


@pytest.fixture
async def database(tmp_path: Path, bus: Bus, migrated: Path) -> AsyncIterator[Database]:
    shutil.copy(migrated, tmp_path / "companion.db")
    opened = Database(tmp_path / "companion.db", StatusBoard(bus))
    await opened.open()
    yield opened
    await opened.close()


def final(start: float, text: str, *, seconds: float = 1.0) -> Final:
    said = text.split()
    step = seconds / max(1, len(said))
    words = [Word(start + n * step, start + (n + 1) * step, word, 0.9) for n, word in enumerate(said)]
    return Final(1, start, start + seconds, text, tuple(words), "en", 0.8)


async def test_what_is_added_is_told_and_kept_with_its_words(database: Database, bus: Bus) -> None:
    events = bus.subscribe(SegmentTranscribed)
    added = await TranscriptStore(database, bus).add(session_id=None, began=BEGAN, final=final(10.0, "Nice shot!"))
    assert (added.started_at, added.ended_at, added.text) == (BEGAN + 10, BEGAN + 11, "Nice shot!")
    assert [(word.text, word.start_at, word.end_at) for word in added.words] == [
        ("Nice", BEGAN + 10, BEGAN + 10.5),
        ("shot!", BEGAN + 10.5, BEGAN + 11),
    ]
    told = (await events.get()).event
    assert isinstance(told, SegmentTranscribed)
    assert told.segment == added.model_dump(mode="json")


async def test_what_is_heard_again_is_kept_once(database: Database, bus: Bus) -> None:
    store = TranscriptStore(database, bus)
    first = await store.add(session_id=None, began=BEGAN, final=final(10.0, "clip that"))
    events = bus.subscribe(SegmentTranscribed)
    assert await store.add(session_id=None, began=BEGAN, final=final(10.0, "clip that"), again=True) == first
    other_beginning = final(10.1, "clip hat", seconds=0.8)
    assert await store.add(session_id=None, began=BEGAN, final=other_beginning, again=True) == first
    after = await store.add(session_id=None, began=BEGAN, final=final(11.0, "next"), again=True)
    assert after.id > first.id
    told = (await events.get()).event
    assert isinstance(told, SegmentTranscribed)
    assert told.segment["text"] == "next"


async def test_what_is_said_after_the_clock_was_set_back_is_kept(database: Database, bus: Bus) -> None:
    store = TranscriptStore(database, bus)
    texts = ["clip that", "clip that", "we win the boss fight"]
    kept = [await store.add(session_id=None, began=BEGAN, final=final(10.0, text)) for text in texts]
    assert len({segment.id for segment in kept}) == 3
    assert [segment.text for segment in await store.between(BEGAN, BEGAN + 60)] == texts


async def test_what_is_heard_again_with_more_words_is_kept(database: Database, bus: Bus) -> None:
    store = TranscriptStore(database, bus)
    await store.add(session_id=None, began=BEGAN, final=final(0.0, "clip that", seconds=2.0))
    longer = final(0.0, "clip that and save the replay now we win the boss fight", seconds=9.0)
    await store.add(session_id=None, began=BEGAN, final=longer, again=True)
    said = " ".join(segment.text for segment in await store.between(BEGAN, BEGAN + 60))
    assert said.endswith("we win the boss fight")


async def test_ids_follow_the_time_that_it_was_said(database: Database, bus: Bus) -> None:
    store = TranscriptStore(database, bus)
    late = await store.add(session_id=None, began=BEGAN, final=final(60.0, "two"))
    early = await store.add(session_id=None, began=BEGAN, final=final(5.0, "one"))  # from the backlog
    assert early.id < late.id


async def test_the_index_and_the_list_of_words_hold_what_the_table_holds(database: Database, bus: Bus) -> None:
    store = TranscriptStore(database, bus)
    for start, text in enumerate(["The Boss fight", "the fight, again: the fight", "♪ ♪"]):
        await store.add(session_id=None, began=BEGAN, final=final(start * 10.0, text))
    with closing(sqlite3.connect(database.file)) as connection:
        ids = [row[0] for row in connection.execute("SELECT id FROM segment ORDER BY id")]
        assert [row[0] for row in connection.execute("SELECT rowid FROM segment_index ORDER BY 1")] == ids
        found = connection.execute("SELECT rowid FROM segment_index WHERE segment_index MATCH 'fight'").fetchall()
        assert sorted(row[0] for row in found) == ids[:2]
        words = dict(connection.execute("SELECT text, segments FROM spoken_word").fetchall())
    assert words == {"the": 2, "boss": 1, "fight": 2, "again": 1}


async def test_a_spoken_command_is_shown_but_neither_found_nor_quoted(database: Database, bus: Bus) -> None:
    store = TranscriptStore(database, bus)
    talk = await store.add(session_id=None, began=BEGAN, final=final(0.0, "the boss is hard"))
    mixed = await store.add(session_id=None, began=BEGAN, final=final(60.0, "a boss again clip the bosses"))
    alone = await store.add(session_id=None, began=BEGAN, final=final(120.0, "clip what I said about the boss"))
    await store.leave_out(mixed.id, [3, 4, 5])
    await store.leave_out(alone.id, range(7))
    assert [hit.segment for hit in (await store.search("boss", Range(), 5)).items] == [mixed, talk]
    assert (await store.search("clip", Range(), 5)).items == []
    assert (await store.search("bosse", Range(), 5)).corrected == {"bosse": ["boss"]}, "bosses are unsaid"
    found = await store.best("clip what I said about the boss", Range())
    assert found is not None
    assert (found[0].text, found[1]) == ("a boss again", [1])
    found = await store.best("boss", Range(), mixed.words[1].start_at)
    assert found is not None
    assert found[0] == talk
    said = await store.talk(mixed.words[1].start_at, alone.ended_at)
    assert [word.text for word in said] == ["boss", "again"]
    assert await store.newest(Range(), 5) == [talk, mixed, alone]
    with closing(sqlite3.connect(database.file)) as connection:
        connection.execute("INSERT INTO segment_index (segment_index) VALUES ('integrity-check')")
        words = dict(connection.execute("SELECT text, segments FROM spoken_word WHERE segments > 0").fetchall())
    assert words == {"the": 1, "boss": 2, "is": 1, "hard": 1, "a": 1, "again": 1}


async def test_what_was_said_in_a_session_that_is_gone_is_kept_without_one(database: Database, bus: Bus) -> None:
    added = await TranscriptStore(database, bus).add(session_id=7, began=BEGAN, final=final(10.0, "clip that"))
    assert added.session_id is None
    assert (await TranscriptStore(database, bus).get(added.id)).text == "clip that"
