"""Sessions: by hand, with OBS, and after a crash."""

import asyncio
import datetime as dt
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from companion.adapters.database import Database
from companion.domain.events import RecordStateChanged, SessionChanged, StreamStateChanged
from companion.domain.models import Session, SessionState, StartedBy, utc_now
from companion.domain.settings import SessionFollow, Settings
from companion.features.sessions import Sessions
from companion.kernel.actions import Caller, Registry, Scope
from companion.kernel.bus import Bus
from companion.kernel.errors import Conflict, NotFound
from companion.kernel.status import StatusBoard

STREAMER = Caller("test", Scope.ADMIN)


@asynccontextmanager
async def running(database: Database, bus: Bus, follow: SessionFollow = SessionFollow.BOTH) -> AsyncIterator[Registry]:
    sessions = Sessions(database, bus, StatusBoard(bus), lambda: Settings(session_follow=follow))
    ready = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(sessions.run(ready.set))
        await ready.wait()
        yield Registry(bus, [sessions])
        task.cancel()


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not reached():
            await asyncio.sleep(0.01)


def state(bus: Bus) -> str | None:
    last = bus.latest(SessionChanged)
    return last.session["state"] if last else None


async def test_by_hand_one_at_a_time(database: Database, bus: Bus) -> None:
    async with running(database, bus) as registry:
        started = await registry.invoke("session.start", {"title": "Friday", "capture": "sound"}, STREAMER)
        with pytest.raises(Conflict) as caught:
            await registry.invoke("session.start", {}, STREAMER)
        assert caught.value.code == "session_open"
        await registry.invoke("session.rename", {"id": started.id, "title": "Late Friday"}, STREAMER)
        ended = await registry.invoke("session.stop", {}, STREAMER)
        assert (ended.title, ended.state) == ("Late Friday", SessionState.CLOSED)
        assert ended.ended_at >= ended.started_at
        with pytest.raises(Conflict):
            await registry.invoke("session.stop", {}, STREAMER)
        with pytest.raises(NotFound):
            await registry.invoke("session.show", {"id": 99}, STREAMER)
        page = await registry.invoke("session.list", {}, STREAMER)
        assert (page.total, page.items[0].id) == (1, started.id)


async def test_with_the_stream(database: Database, bus: Bus) -> None:
    async with running(database, bus, SessionFollow.STREAM):
        bus.publish(RecordStateChanged(active=True))
        bus.publish(StreamStateChanged(active=True))
        await until(lambda: state(bus) == "open")
        bus.publish(RecordStateChanged(active=False))
        bus.publish(StreamStateChanged(active=False))
        await until(lambda: state(bus) == "closed")
    async with database.read() as session:
        assert (await session.get_one(Session, 1)).started_by is StartedBy.STREAM
        assert await session.get(Session, 2) is None


async def test_a_session_lasts_as_long_as_stream_or_recording(database: Database, bus: Bus) -> None:
    async with running(database, bus):
        bus.publish(StreamStateChanged(active=True))
        bus.publish(RecordStateChanged(active=True))
        await until(lambda: state(bus) == "open")
        bus.publish(StreamStateChanged(active=False))
        bus.publish(RecordStateChanged(active=False))
        await until(lambda: state(bus) == "closed")
    async with database.read() as session:
        assert await session.get(Session, 2) is None, "it was one session all along"


async def test_obs_does_not_end_what_a_hand_began(database: Database, bus: Bus) -> None:
    async with running(database, bus) as registry:
        await registry.invoke("session.start", {}, STREAMER)
        bus.publish(StreamStateChanged(active=True))
        bus.publish(StreamStateChanged(active=False))
        bus.publish(RecordStateChanged(active=False))
        await registry.invoke("session.rename", {"id": 1, "title": "still here"}, STREAMER)
        assert (await registry.invoke("session.show", {"id": 1}, STREAMER)).session.state is SessionState.OPEN


async def test_a_crash_resumes_a_fresh_session_and_closes_an_old_one(database: Database, bus: Bus) -> None:
    now = utc_now()
    old = now - dt.timedelta(hours=5)
    async with database.write() as session:
        session.add(Session(title="old", started_at=old, seen_at=old + dt.timedelta(hours=1)))
        session.add(Session(title="fresh", started_at=now - dt.timedelta(minutes=5), seen_at=now))
    async with running(database, bus) as registry:
        first = (await registry.invoke("session.show", {"id": 1}, STREAMER)).session
        second = (await registry.invoke("session.show", {"id": 2}, STREAMER)).session
        assert (first.state, first.ended_at) == (SessionState.INTERRUPTED, old + dt.timedelta(hours=1))
        assert second.state is SessionState.OPEN
        assert (await registry.invoke("session.stop", {}, STREAMER)).id == 2


async def test_pressed_twice_at_once_one_session_is_open(database: Database, bus: Bus) -> None:
    async with running(database, bus) as registry:
        presses = [registry.invoke("session.start", {}, STREAMER) for _ in range(3)]
        answers = await asyncio.gather(*presses, return_exceptions=True)
        assert sum(isinstance(answer, Conflict) for answer in answers) == 2
        assert (await registry.invoke("session.list", {}, STREAMER)).total == 1


async def test_a_stop_is_not_undone_by_the_look_after_the_open_session(
    database: Database, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("companion.features.sessions.SEEN_EVERY_SECONDS", 0.001)
    async with running(database, bus) as registry:
        for _ in range(20):
            await registry.invoke("session.start", {}, STREAMER)
            await registry.invoke("session.stop", {}, STREAMER)


@pytest.mark.parametrize("last", [RecordStateChanged, StreamStateChanged])
async def test_it_ends_when_obs_was_seen_last_where_nobody_saw_the_end(
    database: Database, bus: Bus, last: type[RecordStateChanged] | type[StreamStateChanged]
) -> None:
    async with running(database, bus) as registry:
        bus.publish(last(active=True))
        await until(lambda: state(bus) == "open")
        seen_at = time.time() + 1
        bus.publish(StreamStateChanged(active=False, ended_at=seen_at))
        bus.publish(RecordStateChanged(active=False, ended_at=seen_at))
        await until(lambda: state(bus) == "closed")
        ended = (await registry.invoke("session.show", {"id": 1}, STREAMER)).session
    assert ended.ended_at == dt.datetime.fromtimestamp(seen_at, dt.UTC)


async def test_one_that_goes_on_after_a_restart_is_not_seen_before_obs_is(
    database: Database, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("companion.features.sessions.SEEN_EVERY_SECONDS", 0.001)
    began, seen = utc_now() - dt.timedelta(minutes=5), utc_now() - dt.timedelta(minutes=1)
    async with database.write() as session:
        session.add(Session(title="mine", started_at=began, seen_at=seen, started_by=StartedBy.RECORDING))
    async with running(database, bus):
        bus.publish(StreamStateChanged(active=False))
        assert state(bus) == "open"
        bus.publish(RecordStateChanged(active=False))  # it ended while the companion did not run
        await until(lambda: state(bus) == "closed")
    async with database.read() as session:
        assert (await session.get_one(Session, 1)).ended_at == seen


async def test_what_is_told_again_begins_no_other_session(database: Database, bus: Bus) -> None:
    async with running(database, bus) as registry:
        bus.publish(RecordStateChanged(active=True))
        await until(lambda: state(bus) == "open")
        await registry.invoke("session.stop", {}, STREAMER)
        bus.publish(RecordStateChanged(active=True, paused=True))
        bus.publish(StreamStateChanged(active=False))
        bus.publish(RecordStateChanged(active=True))
        bus.publish(StreamStateChanged(active=True))
        await until(lambda: state(bus) == "open")
        bus.publish(StreamStateChanged(active=False))
        bus.publish(RecordStateChanged(active=False))
        await until(lambda: state(bus) == "closed")
        page = await registry.invoke("session.list", {}, STREAMER)
        assert [found.started_by for found in page.items] == [StartedBy.STREAM, StartedBy.RECORDING]


@pytest.fixture
async def hasty(tmp_path: Path, migrated: Path, bus: Bus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """A database that is not waited for while another program holds it."""
    monkeypatch.setattr("companion.adapters.database.BUSY_SECONDS", 0.01)
    monkeypatch.setattr("companion.features.sessions.AGAIN_SECONDS", 0.05)
    shutil.copy(migrated, tmp_path / "hasty.db")
    opened = Database(tmp_path / "hasty.db", StatusBoard(bus))
    await opened.open()
    yield opened
    await opened.close()


async def test_what_obs_did_while_the_database_could_not_be_used_is_followed_after_that(
    hasty: Database, bus: Bus, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def waits() -> bool:
        return "sessions wait" in caplog.text

    async def hold() -> None:
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")  # waits for a writer that needs this thread

    with closing(sqlite3.connect(tmp_path / "hasty.db", isolation_level=None, check_same_thread=False)) as other:
        async with running(hasty, bus) as registry:
            await hold()
            bus.publish(StreamStateChanged(active=True))
            await until(waits)
            other.execute("COMMIT")
            await until(lambda: state(bus) == "open")
            await registry.invoke(
                "session.rename", {"id": 1, "title": "after all"}, STREAMER
            )  # nothing is left to write
            caplog.clear()
            await hold()
            ended_at = time.time() + 1
            bus.publish(StreamStateChanged(active=False, ended_at=ended_at))
            await until(waits)
            bus.publish(RecordStateChanged(active=True))
            bus.publish(RecordStateChanged(active=False))
            other.execute("COMMIT")
            await until(lambda: state(bus) == "closed")
            page = await registry.invoke("session.list", {}, STREAMER)
            assert [found.ended_at for found in page.items] == [dt.datetime.fromtimestamp(ended_at, dt.UTC)]
