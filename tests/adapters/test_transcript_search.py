"""Search: prefixes, phrases, any language's letters, typing mistakes, and whatever else people type."""

import asyncio
import datetime as dt
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection

from companion.adapters.database import Database
from companion.adapters.transcript_search import Range, find_ids
from companion.adapters.transcript_store import Found, TranscriptStore, insert_segments
from companion.domain.models import Clip, ClipState
from companion.domain.models import Session as StoredSession
from companion.domain.speech import Final, Word
from companion.domain.transcript import segment_of
from companion.kernel.bus import Bus
from companion.kernel.status import StatusBoard
from tests.features.conftest import NOON

BEGAN = NOON.timestamp()
SAID = [
    "Hello chat, welcome back!",
    "We are live now.",
    "The boss fight is next, get ready for the boss.",
    "Nice shot! What a play.",
    "Das Spiel läuft flüssig, schöne Grüße.",
    "Ça va être génial, le garçon joue déjà.",
    "今日はいい天気ですね",
    "Привет, чат! Это новая игра.",
    "이번 라운드 정말 대단했어요",
    "नमस्ते दोस्तों, खेल शुरू होता है",
    "สวัสดีครับทุกคน",
    "I don't know, it's insane.",
    "Switching to the gameplay scene, definitely.",
    "The gamble paid off 100 percent at 2.5x.",
    "\u0130stanbul'dan \u0131\u015f\u0131klar",
]


def spoken(text: str, start: float, seconds: float = 2.0) -> Final:
    said = text.split()
    step = seconds / len(said)
    words = [Word(start + n * step, start + (n + 1) * step, word, 0.9) for n, word in enumerate(said)]
    return Final(1, start, start + seconds, text, tuple(words), "en", 0.8)


@pytest.fixture(scope="session")
def filled(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which all of SAID was said."""

    async def fill() -> None:
        database = Database(file, StatusBoard(Bus()))
        await database.open()
        said = [segment_of(spoken(text, 10.0 * place), began=BEGAN, session_id=None) for place, text in enumerate(SAID)]
        async with database.write() as session:
            await session.run_sync(lambda writing: insert_segments(writing.connection(), said))
        await database.close()

    file = tmp_path_factory.mktemp("filled") / "companion.db"
    shutil.copy(migrated, file)
    asyncio.run(fill())
    return file


@pytest.fixture
async def database(tmp_path: Path, migrated: Path) -> AsyncIterator[Database]:
    shutil.copy(migrated, tmp_path / "empty.db")
    opened = Database(tmp_path / "empty.db", StatusBoard(Bus()))
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def said(tmp_path: Path, filled: Path) -> AsyncIterator[Database]:
    shutil.copy(filled, tmp_path / "said.db")
    opened = Database(tmp_path / "said.db", StatusBoard(Bus()))
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def store(said: Database) -> TranscriptStore:
    return TranscriptStore(said, Bus())


async def found(store: TranscriptStore, query: str, limit: int = 10) -> list[int]:
    """The places in SAID of what a search finds, newest first."""
    answer = await store.search(query, Range(), limit)
    return [SAID.index(hit.segment.text) for hit in answer.items]


def meant(answer: Found) -> list[list[str]]:
    return [[hit.segment.words[place].text for place in hit.marked] for hit in answer.items]


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("boss ", [2]),
        ("BOSS FIGHT ", [2]),
        ("the ", [13, 12, 2]),
        ('"boss fight"', [2]),
        ('"fight boss"', []),
        ("fight boss ", [2]),
        ("gam", [13, 12]),  # still being typed
        ("gam ", []),  # typed to its end
        ("gam* scene", [12]),
        ('"the gam"*', [13, 12]),
        ("dont ", [11]),
        ("don\u2019t ", [11]),
        ("100 ", [13]),
        ("2.5x ", [13]),
        ("5.2x ", []),
        ("grusse ", [4]),
        ("GRÜSSE ", [4]),
        ("laeuft ", [4]),  # a mistake more than `lauft`
        ("garcon ", [5]),
        ("deja ", [5]),
        ("天気", [6]),
        ("いい天気", [6]),
        ("気天", []),
        ("игра ", [7]),
        ("ПРИВ", [7]),
        ("라운드", [8]),
        ("खेल ", [9]),
        ("दोस्तों ", [9]),
        ("ทุกคน", [10]),
        ("isiklar ", [14]),
        ("istanbuldan ", [14]),
    ],
)
async def test_what_is_found(store: TranscriptStore, query: str, places: list[int]) -> None:
    assert await found(store, query) == places


@pytest.mark.parametrize(
    ("typed", "place", "corrected"),
    [
        ("bos ", 2, None),
        ("fihgt ", 2, "fight"),
        ("figth ", 2, "fight"),
        ("fght ", 2, "fight"),
        ("fightt ", 2, "fight"),
        ("welcom ", 0, "welcome"),
        ("gamepaly ", 12, "gameplay"),
        ("gmaeplay ", 12, "gameplay"),
        ("definately ", 12, "definitely"),
        ("definitly ", 12, "definitely"),
        ("swiching ", 12, "switching"),
        ("insnae ", 11, "insane"),
        ("persent ", 13, "percent"),
        ("превет ", 7, "привет"),
        ("대단헸어요 ", 8, "대단했어요"),
        ('"bos figth"', 2, None),
    ],
)
async def test_typing_mistakes(store: TranscriptStore, typed: str, place: int, corrected: str | None) -> None:
    if corrected is None and typed == "bos ":
        assert await found(store, typed) == []  # of three letters, none may be wrong
        return
    answer = await store.search(typed, Range(), 10)
    if corrected is None:
        assert [hit.segment.text for hit in answer.items] == []
        return
    assert SAID[place] in [hit.segment.text for hit in answer.items]
    assert answer.corrected[typed.strip()][0] == corrected


async def test_words_that_follow_one_another_elsewhere_are_no_phrase(store: TranscriptStore, said: Database) -> None:
    added = TranscriptStore(said, Bus())
    await added.add(session_id=None, began=BEGAN, final=spoken("raid team raid lose team lose", 500))
    await added.add(session_id=None, began=BEGAN, final=spoken("the raid team lose", 510))
    answer = await store.search('"raid team lose"', Range(), 10)
    assert [hit.segment.text for hit in answer.items] == ["the raid team lose"]
    assert [hit.segment.text for hit in (await store.search('"lose team"', Range(), 10)).items] == [
        "raid team raid lose team lose"
    ]


@pytest.mark.parametrize("rarer", [1, 150])
async def test_of_many_terms_all_count(database: Database, rarer: int) -> None:
    """Whether the rarest of them leave few segments or many."""
    often = "one two three four five six"
    texts = [often, *[f"{often} rare seldom odd"] * rarer, *[often] * 200, f"{often} rare seldom odd seven"]
    texts += ["one two rare seldom odd", "six five four three two one rare seldom odd"]
    said = [segment_of(spoken(text, 10.0 * place), began=BEGAN, session_id=None) for place, text in enumerate(texts)]
    async with database.write() as session:
        await session.run_sync(lambda writing: insert_segments(writing.connection(), said))
    store = TranscriptStore(database, Bus())
    for query, wanted in (
        ('"one two three" four six rare seldom odd ', [f"{often} rare seldom odd seven"] + [texts[1]] * rarer),
        ('"two one" four five six rare seldom odd ', [texts[-1]]),
        ("one two three four five six seven rare odd", [f"{often} rare seldom odd seven"]),
    ):
        found = [hit.segment.text for hit in (await store.search(query, Range(), 200)).items]
        assert found == wanted
    page = await store.search("one two four rare seldom odd ", Range(before=said[-3].id), 1)
    assert [hit.segment.text for hit in page.items] == [texts[rarer]]
    assert page.more == (rarer > 1)


async def test_a_word_that_exists_may_be_a_mistake_when_it_finds_little(store: TranscriptStore, said: Database) -> None:
    await TranscriptStore(said, Bus()).add(session_id=None, began=BEGAN, final=spoken("the bosss appears", 500))
    answer = await store.search("bosss ", Range(), 10)
    assert [hit.segment.text for hit in answer.items] == ["the bosss appears", SAID[2]]
    many = await store.search("the next fight is for the bosss ", Range(), 10)  # which of many is a mistake is not lost
    assert [hit.segment.text for hit in many.items] == [SAID[2]]


async def test_the_words_that_were_meant_are_marked(store: TranscriptStore) -> None:
    assert meant(await store.search("boss ", Range(), 10)) == [["boss", "boss."]]
    assert meant(await store.search('"boss fight"', Range(), 10)) == [["boss", "fight"]]
    assert meant(await store.search("gamepaly scene ", Range(), 10)) == [["gameplay", "scene,"]]
    assert meant(await store.search("天気", Range(), 10)) == [["今日はいい天気ですね"]]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   ",
        '"',
        '""""',
        "'",
        "*",
        "**",
        '"*',
        "AND",
        "OR NOT",
        "NEAR(a b)",
        "text:boss",
        "-boss",
        "^boss",
        "boss AND (fight OR",
        "a\0b",
        "🎮",
        "🎮🔥 boss",
        "x" * 10_000,
        "word " * 2_000,
        '"' + "a b " * 2_500,
        "e\u0301" * 100,
        "\u202eboss\u202c",
        "'; DROP TABLE segment; --",
        "%_%",
        "\ud7ff\uffff",
    ],
)
async def test_no_query_is_an_error(store: TranscriptStore, query: str) -> None:
    answer = await store.search(query, Range(), 10)
    assert all(hit.segment.text in SAID for hit in answer.items)
    assert await found(store, "boss ") == [2]


async def test_signs_around_a_word_do_not_hide_it(store: TranscriptStore) -> None:
    for query in ("-boss ", "^boss ", "(boss) ", "🎮boss🔥 ", "\u202eboss\u202c "):
        assert await found(store, query) == [2]


async def test_results_come_newest_first_in_pages(store: TranscriptStore) -> None:
    first = await store.search("the ", Range(), 2)
    assert first.more
    assert [SAID.index(hit.segment.text) for hit in first.items] == [13, 12]
    rest = await store.search("the ", Range(before=first.items[-1].segment.id), 2)
    assert not rest.more
    assert [SAID.index(hit.segment.text) for hit in rest.items] == [2]


async def test_what_is_around_a_result_belongs_to_it(store: TranscriptStore) -> None:
    [hit] = (await store.search('"nice shot"', Range(), 5)).items
    assert (hit.before, hit.after) == (SAID[2], SAID[4])
    assert (hit.clip_id, hit.session_title) == (None, None)


async def test_only_one_session_or_one_span_of_time(database: Database) -> None:
    store = TranscriptStore(database, Bus())
    async with database.write() as session:
        session.add(StoredSession(title="First", started_at=NOON, seen_at=NOON))
        session.add(StoredSession(title="Second", started_at=NOON, seen_at=NOON))
    for place in range(4):
        await store.add(session_id=1 + place % 2, began=BEGAN, final=spoken(f"boss number {place}", 100.0 * place))
    hits = (await store.search("boss ", Range(session_id=2), 10)).items
    assert [(hit.segment.text, hit.session_title) for hit in hits] == [
        ("boss number 3", "Second"),
        ("boss number 1", "Second"),
    ]
    span = Range(first=round((BEGAN + 50) * 1000), before=round((BEGAN + 250) * 1000))
    assert [hit.segment.text for hit in (await store.search("boss ", span, 10)).items] == [
        "boss number 2",
        "boss number 1",
    ]


async def test_what_was_said_since_an_old_session_is_not_read(database: Database) -> None:
    async with database.write() as session:
        session.add(StoredSession(title="First", started_at=NOON, seen_at=NOON))
        session.add(StoredSession(title="Second", started_at=NOON, seen_at=NOON))

    async def say(session_id: int, times: int, start: float) -> None:
        said = [
            segment_of(spoken(f"boss number {place}", start + 10.0 * place), began=BEGAN, session_id=session_id)
            for place in range(times)
        ]
        async with database.write() as session:
            await session.run_sync(lambda writing: insert_segments(writing.connection(), said))

    async def steps(read: Callable[[Connection], list[int]]) -> int:
        """How much SQLite had to do, in units of its own."""
        taken = 0

        def step() -> None:
            nonlocal taken
            taken += 1

        def count(connection: Connection) -> None:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.set_progress_handler(step, 10)
            assert read(connection)
            driver.set_progress_handler(None, 10)

        await database.look(count)
        return taken

    await say(1, 30, 0)
    within = Range(session_id=1)
    before = await steps(lambda connection: find_ids(connection, "boss ", within, 5).ids)
    await say(2, 3000, 1000)
    assert await steps(lambda connection: find_ids(connection, "boss ", within, 5).ids) < 2 * before
    newest = await TranscriptStore(database, Bus()).newest(within, 1)
    assert [segment.text for segment in newest] == ["boss number 29"]


async def test_a_clip_that_holds_it_is_named_with_the_place_in_it(store: TranscriptStore, said: Database) -> None:
    def clip(start: float, end: float, **values: object) -> Clip:
        span = [NOON + dt.timedelta(seconds=at) for at in (start, end)]
        made = Clip(trigger_at=span[1], wanted_start_at=span[0], wanted_end_at=span[1], state=ClipState.READY)
        made.start_at, made.end_at = span
        for name, value in values.items():
            setattr(made, name, value)
        return made

    async with said.write() as session:
        session.add(clip(15, 21))  # ends within the words
        session.add(clip(15, 40, state=ClipState.FAILED))
        session.add(clip(15, 40, deleted_at=NOON))
        session.add(clip(15.5, 40))
    [hit] = (await store.search('"boss fight"', Range(), 5)).items
    assert (hit.clip_id, hit.clip_seconds) == (4, 4.5)


async def test_the_best_answer_to_a_question(store: TranscriptStore) -> None:
    async def best(question: str) -> tuple[str, list[str]] | None:
        answer = await store.best(question, Range())
        return answer and (answer[0].text, [answer[0].words[place].text for place in answer[1]])

    assert await best("what I said about the boss") == (SAID[2], ["boss", "boss."])
    assert await best("the gamepaly thing") == (SAID[12], ["gameplay"])
    assert await best("nice play with purple dragons") == (SAID[3], ["Nice", "play."])
    assert await best("unicorns") is None
    assert await best("🎮") is None
