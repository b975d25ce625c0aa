"""What recognition makes of what a child tells and of what goes wrong: the child is played, step by step."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from companion.adapters.speech.client import SpeechWorker
from companion.adapters.spool import Spool
from companion.adapters.transcript_store import TranscriptStore
from companion.domain.events import SpeechHeard
from companion.domain.speech import RATE, Done, Final, Partial, SpeechConfig, Voiced, Word
from companion.features.speech import recognition
from companion.features.speech.recognition import Recognition
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError, Unavailable
from tests.obs_link import until

FULL, SMALL, DETECT = SpeechConfig("large"), SpeechConfig("little"), SpeechConfig(detect_only=True)


class PlayedChild:
    """Takes what is sent; what it tells, and what its next openings raise, is put in."""

    def __init__(self) -> None:
        self.pid: int | None = None
        self.sent: list[int] = []
        """Where what was sent to this child began."""
        self.ways: list[SpeechConfig] = []
        self.problems: list[CompanionError] = []
        self.told: asyncio.Queue[Any] = asyncio.Queue()
        self._pids: Iterator[int] = iter(range(1, 1000))

    async def open(self, way: SpeechConfig) -> None:
        if self.problems:
            raise self.problems.pop(0)
        if self.pid is None:
            self.pid, self.sent, self.told = next(self._pids), [], asyncio.Queue()
        self.ways.append(way)

    async def close(self) -> None:
        self.pid = None

    async def want_partials(self, *, wanted: bool) -> None:
        """They are told whether wanted or not."""

    async def send(self, position: int, pcm: bytes) -> None:
        self.sent.append(position)

    async def flush(self) -> None:
        """What there is to tell is put in."""

    async def receive(self) -> Any:
        told = await self.told.get()
        if isinstance(told, CompanionError):
            self.pid = None
            raise told
        return told


class SlowStore:
    """Takes texts as long as it is not `locked`."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.free.set()
        self.asked = 0
        self.texts: list[tuple[str, bool]] = []
        """Each, and whether it may have been there before."""

    async def add(self, *, session_id: int | None, began: float, final: Final, again: bool) -> None:
        self.asked += 1
        await self.free.wait()
        self.texts.append((final.text, again))


class Played:
    """Recognition with a played child."""

    def __init__(self, folder: Path) -> None:
        self.bus = Bus()
        self.child, self.store, self.spool = PlayedChild(), SlowStore(), Spool(folder)
        worker, store = cast("SpeechWorker", self.child), cast("TranscriptStore", self.store)
        self.recognition = Recognition(self.spool, worker, store, self.bus, lambda: None)

    def hear(self, seconds: int, **how: Any) -> None:
        self.spool.append(time.time(), bytes(2 * RATE * seconds), **how)

    def say(self, text: str, start: float, end: float) -> None:
        """The child tells that `text` was said."""
        self.child.told.put_nowait(Final(1, start, end, text, (), "en", 0.9))

    def done(self, seconds: float) -> None:
        self.child.told.put_nowait(Done(round(seconds * RATE)))

    async def until_way(self, way: SpeechConfig) -> None:
        """Have it recognized so, and wait until the child is told all that there is."""
        self.recognition.want(way, partials=False)
        await until(lambda: self.recognition.opened == way, 10, lambda: f"{way}; it is {self.recognition.opened}")

    async def until_sent(self) -> None:
        """Wait until something was sent to this child."""
        await until(lambda: bool(self.child.sent), 10, lambda: "sound")

    async def until_done(self, seconds: float) -> None:
        await until(lambda: self.spool.start == round(seconds * RATE), 10, lambda: f"{self.spool.start / RATE} s")


@contextlib.asynccontextmanager
async def playing(folder: Path) -> AsyncIterator[Played]:
    made = Played(folder)
    await made.spool.open()
    task = asyncio.create_task(made.recognition.run())
    try:
        yield made
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.wait([task])
        await made.spool.close()


@pytest.fixture
async def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Played]:
    monkeypatch.setattr(recognition, "RETRY_SECONDS", (0.0,))
    async with playing(tmp_path / "spool") as made:
        yield made


async def test_a_word_is_not_heard_again_after_speech_was_only_looked_for(played: Played) -> None:
    await played.until_way(FULL)
    played.hear(3)
    await played.until_sent()
    played.say("we win the boss fight", 0.2, 1.6)
    played.done(1.7)
    await played.until_done(1.7)
    await played.until_way(DETECT)
    await played.until_sent()
    assert played.child.sent[0] == round(1.7 * RATE)
    played.child.told.put_nowait(Voiced(round(2.2 * RATE), round(2.6 * RATE)))
    played.done(3.0)
    await until(lambda: played.spool.unsifted == 2 * RATE, 10, lambda: f"{played.spool.unsifted}")
    await played.until_way(FULL)
    await played.until_sent()
    assert played.child.sent[0] == round(1.7 * RATE)


async def test_nor_by_the_next_daemon_where_this_one_stops_while_somebody_speaks(tmp_path: Path) -> None:
    async with playing(tmp_path / "spool") as made:
        await made.until_way(FULL)
        made.hear(3)
        made.done(1.7)
        await made.until_done(1.7)
    async with playing(tmp_path / "spool") as following:
        await following.until_way(FULL)
        await following.until_sent()
        assert following.child.sent[0] == round(1.7 * RATE)


async def test_a_text_that_was_told_is_stored_also_where_the_way_changes_meanwhile(played: Played) -> None:
    await played.until_way(FULL)
    played.hear(5)
    await played.until_sent()
    played.store.free.clear()
    played.say("clip that", 0.2, 1.0)
    await until(lambda: played.store.asked == 1, 10, lambda: "the store asked")
    await played.until_way(SMALL)
    assert played.child.pid == 1, "the same child, which does not tell it again"
    played.store.free.set()
    played.say("and that", 2.0, 3.0)
    played.done(5)
    await played.until_done(5)
    assert played.store.texts == [("clip that", True), ("and that", False)]


async def test_what_another_child_hears_again_is_not_stored_beforehand(played: Played) -> None:
    await played.until_way(FULL)
    played.hear(5)
    await played.until_sent()
    played.store.free.clear()
    played.say("clip that", 0.2, 1.0)
    await until(lambda: played.store.asked == 1, 10, lambda: "the store asked")
    await played.until_way(DETECT)
    played.store.free.set()
    await played.until_way(FULL)
    played.say("clip that", 0.2, 1.0)
    played.done(5)
    await played.until_done(5)
    assert played.store.texts == [("clip that", True)]


async def test_sound_is_not_blamed_for_a_model_that_could_not_be_loaded(played: Played) -> None:
    played.hear(60)
    played.child.problems += [Unavailable("speech_worker_failed", "It failed.", "Wait.")] * 5
    await played.until_way(FULL)
    for ended in range(1, recognition.CRASHES_ALLOWED + 1):
        await until(lambda: played.child.pid == ended, 10, lambda: f"child {played.child.pid}")  # noqa: B023
        await played.until_sent()
        played.child.told.put_nowait(Unavailable("speech_worker_gone", "It ended.", "Wait."))
    await until(lambda: played.child.pid == ended + 1, 10, lambda: f"child {played.child.pid}")
    await played.until_sent()
    assert (played.child.sent[0], played.recognition.skipped_seconds) == (0, 0)
    played.child.told.put_nowait(Unavailable("speech_worker_gone", "It ended.", "Wait."))
    await until(lambda: played.recognition.skipped_seconds > 0, 10, lambda: "what ends it each time passed over")
    await played.until_done(recognition.SKIPPED_SAMPLES / RATE)


@pytest.mark.parametrize("until_known", [True, False])
async def test_words_of_which_some_were_muted_are_marked(played: Played, *, until_known: bool) -> None:
    heard = played.bus.subscribe(SpeechHeard)
    await played.until_way(FULL)
    played.hear(2)
    played.spool.append(time.time() - 1, bytes(2 * RATE), muted=True)
    muted_from = played.spool.end / RATE - 1
    for end in (1.5, muted_from + 0.5):
        told = Partial(1, 0.2, "my address", (Word(0.2, end, "my address", 0.9),), end if until_known else None)
        played.child.told.put_nowait(told)
    flags = [cast("SpeechHeard", (await heard.get()).event).muted for _ in range(2)]
    assert flags == [False, True]
