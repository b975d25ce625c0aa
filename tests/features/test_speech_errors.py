"""Recognition where something fails that it stands on, or it fails itself: it says so, and no word is lost."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from companion.adapters.database import Database
from companion.adapters.spool import Spool
from companion.domain.events import ObsStatsMeasured
from companion.features.speech import service
from companion.kernel.bus import Bus
from companion.kernel.status import Health
from tests.obs_link import until
from tests.speech.studio import studio

pytestmark = pytest.mark.slow

SENTENCES = ("clip that", "save the last thirty seconds", "we win the boss fight", "mark this moment")


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processor is looked at more often than need be."""
    monkeypatch.setattr(service, "GOVERN_SECONDS", 0.25)


@pytest.mark.parametrize(
    ("harm", "mend"),
    [
        ("ALTER TABLE segment_index RENAME TO aside", "ALTER TABLE aside RENAME TO segment_index"),
        ("CREATE TRIGGER never BEFORE INSERT ON segment BEGIN SELECT RAISE(ABORT, 'no'); END", "DROP TRIGGER never"),
    ],
)
async def test_a_database_that_takes_nothing_is_told_and_waited_out(
    database: Database, bus: Bus, tmp_path: Path, harm: str, mend: str
) -> None:
    async with studio(database, bus, tmp_path) as made:
        await made.until_state("listening")
        with closing(sqlite3.connect(database.file)) as connection:
            connection.execute(harm)
        span = made.say(SENTENCES[0])
        await until(lambda: made.state() == "failed", 30, made.state)
        assert made.health() is Health.ATTENTION
        with closing(sqlite3.connect(database.file)) as connection:
            connection.execute(mend)
        await made.until_covered([span])
        await made.until_done()
        await made.until_state("listening")
        assert made.crashes == 0


async def test_frames_that_the_network_drops_are_told_where_there_is_no_smaller_model(
    database: Database, bus: Bus, tmp_path: Path
) -> None:
    async with studio(database, bus, tmp_path) as made:
        await made.until_state("listening")
        await made.obs_runs()
        sent = {"stream_dropped_frames": 20, "stream_total_frames": 120}
        bus.publish(ObsStatsMeasured(5.0, 300.0, 60.0, 0, 720, 0, 720, 10_000.0, **sent))

        def detail() -> str:
            component = made.board.get("speech")
            return component.detail if component else ""

        await until(lambda: "dropped 20 of 120 frames" in detail(), 20, detail)
        assert "no smaller speech model" in detail()
        assert made.state() == "listening"
        assert (await made.speech.show()).reason in detail()
        await until(lambda: not detail(), 20, detail)  # when it is over
        assert (await made.speech.show()).reason == ""


async def test_after_an_error_that_nobody_foresaw_it_goes_on_with_what_waits(
    database: Database, bus: Bus, tmp_path: Path
) -> None:
    async with studio(database, bus, tmp_path) as made:
        await made.until_state("listening")
        began = time.time() - 60
        made.broken = True
        await until(lambda: made.crashes > 0, 20, made.state)
        spans = [made.say(SENTENCES[0], at=began)]
        made.broken = False
        spans.append(made.say(SENTENCES[1], at=began + 10))
        await made.until_covered(spans)
        await made.until_done()
        await made.until_state("listening")


async def test_where_it_fails_for_good_that_is_shown_and_what_is_said_waits_on_the_disk(
    database: Database, bus: Bus, tmp_path: Path
) -> None:
    async with studio(database, bus, tmp_path, spool=Spool(tmp_path / "spool", memory_seconds=2)) as made:
        await made.until_state("listening")
        made.broken = True
        await until(lambda: made.health() is Health.FAILED, 30, lambda: f"{made.board.get('speech')}")
        assert made.state() == (await made.speech.show()).state == "failed"
        began = time.time() - 60
        spans = [made.say(text, at=began + 10 * number, pause=5.0) for number, text in enumerate(SENTENCES)]
        await until(lambda: made.spool.on_disk_seconds > 20, 20, lambda: f"{made.spool.on_disk_seconds} s")
    async with studio(database, bus, tmp_path) as made:
        await made.until_covered(spans)
