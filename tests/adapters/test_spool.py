"""Sound that waits: nothing is lost between memory, disk, a full disk and a crash, and nothing stays that is done."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from companion.adapters.spool import FINISHED, JUMP_SAMPLES, Spool
from companion.domain.speech import RATE
from tests.privileged import small_disk

SECOND = RATE * 2
NOW = time.time()


def tone(number: int, samples: int = RATE) -> bytes:
    """Sound that tells which it is."""
    return number.to_bytes(2, "little") * samples


async def all_of(spool: Spool, position: int = 0) -> bytes:
    pcm = b""
    while sound := await spool.read(position):
        pcm += sound.pcm
        position = sound.end
    return pcm


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.sound")) if folder.exists() else []


async def test_sound_comes_out_as_it_went_in_and_stays_off_the_disk(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    await spool.open()
    for block in range(100):
        spool.append(NOW + block * 0.05, tone(block, 800))
        await spool.settle()
    assert await all_of(spool) == b"".join(tone(block, 800) for block in range(100))
    assert spool.backlog_seconds == pytest.approx(5.0)
    assert spool.at(RATE * 3 + 8000) == pytest.approx(NOW + 3.5)
    assert not (tmp_path / "spool").exists(), "what is recognized in time never reaches the disk"
    await spool.done(RATE * 4 + 1)
    assert (await spool.read(0)) is not None
    assert spool.start == RATE * 4 + 1
    await spool.done(spool.end)
    assert await spool.read(0) is None
    await spool.close()
    assert files(tmp_path / "spool") == []


async def test_a_cut_makes_positions_jump_and_is_told(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(100.0, tone(1, 800), session_id=7)
    spool.cut()
    spool.cut()
    position = spool.append(160.0, tone(2, 800), session_id=8, muted=True)
    assert (spool.cuts, position) == (1, 800 + JUMP_SAMPLES)
    first = await spool.read(0)
    assert first is not None
    assert first.end == 800, "a piece never reaches over a cut"
    second = await spool.read(first.end)
    assert second is not None
    assert (second.position, second.pcm) == (position, tone(2, 800))
    assert (spool.at(400), spool.at(position + 400)) == (pytest.approx(100.025), pytest.approx(160.025))
    assert (spool.session_at(0), spool.session_at(position)) == (7, 8)
    spans = [(0, 800), (400, position), (position, position), (position + 100, position + 9000)]
    assert [spool.muted_between(*span) for span in spans] == [False, True, True, True]


async def test_sound_of_another_moment_never_continues_what_was_said_before(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(100.0, tone(1, 800))
    assert spool.append(100.05, tone(2, 800)) == 800
    assert spool.append(99.0, tone(3, 800)) == 1600 + JUMP_SAMPLES, "the clock was set back"
    assert spool.append(700.0, tone(4, 800)) == 2400 + 2 * JUMP_SAMPLES
    assert spool.cuts == 2


async def test_what_waits_long_goes_to_disk_and_is_deleted_when_done(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", memory_seconds=3)
    for number in range(130):
        spool.append(NOW + number, tone(number))
        await spool.settle()
    assert spool.on_disk_seconds >= 128
    assert len(files(tmp_path / "spool")) == 3
    assert all(path.stat().st_mode & 0o077 == 0 for path in files(tmp_path / "spool")), "nobody else may listen"
    assert await all_of(spool) == b"".join(tone(number) for number in range(130))
    await spool.done(RATE * 61)
    assert len(files(tmp_path / "spool")) == 2
    await spool.done(spool.end)
    await spool.settle()
    assert list((tmp_path / "spool").iterdir()) == []
    spool.append(NOW + 500, tone(9))
    await spool.settle()
    assert files(tmp_path / "spool") == [], "after the backlog, memory does again"


CRASH = """
import asyncio, os, sys
from pathlib import Path
from companion.adapters.spool import Spool

async def main():
    spool = Spool(Path(sys.argv[1]), memory_seconds=2)
    await spool.open()
    for number in range(70):
        spool.append(1_000_000_000_000.0 + number, number.to_bytes(2, "little") * 16000, session_id=5)
        await spool.settle()
    await spool.done(16000 * 10)
    os.kill(os.getpid(), 9)

asyncio.run(main())
"""


async def test_a_killed_daemon_finds_its_sound_again(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", CRASH, str(tmp_path / "spool")], timeout=60)
    assert killed.returncode == -9
    spool = Spool(tmp_path / "spool")
    await spool.open()
    assert await all_of(spool) == b"".join(tone(number) for number in range(10, 69)), "all but the last second"
    assert (spool.at(RATE * 10), spool.session_at(RATE * 10)) == (1_000_000_000_010.0, 5)
    assert spool.append(2e12, tone(99)) == RATE * 69 + JUMP_SAMPLES, "new sound follows the old"
    await spool.done(spool.end)
    assert files(tmp_path / "spool") == []


async def test_a_stopped_daemon_leaves_all_to_the_next(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(time.time(), tone(1) + tone(2, 700))
    await spool.close()
    following = Spool(tmp_path / "spool")
    await following.open()
    assert await all_of(following) == tone(1) + tone(2, 700)
    await following.close()


async def test_a_torn_file_gives_what_is_whole(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", memory_seconds=1)
    for number in range(5):
        spool.append(time.time(), tone(number))
    await spool.close()
    (file,) = files(tmp_path / "spool")
    content = bytearray(file.read_bytes())
    content[len(content) // 5 * 3 + 500] ^= 0xFF
    file.write_bytes(content[:-100])
    (tmp_path / "spool" / FINISHED).write_text("damaged")
    following = Spool(tmp_path / "spool")
    await following.open()
    assert await all_of(following) == b"".join(tone(number) for number in range(3))
    await following.close()


async def test_a_week_later_forgotten_sound_is_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(time.time() - 7200, tone(1))
    await spool.close()
    assert len(files(tmp_path / "spool")) == 1
    monkeypatch.setattr("companion.adapters.spool.KEPT_SECONDS", 3600)
    following = Spool(tmp_path / "spool")
    await following.open()
    assert await following.read(0) is None
    assert files(tmp_path / "spool") == []


async def test_so_it_is_while_the_daemon_runs_on_and_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path / "spool", memory_seconds=1)
    for number in range(60):
        spool.append(NOW - 7200 + number, tone(number))
    await spool.settle()
    for number in range(60, 64):
        spool.append(NOW + number, tone(number))
    await spool.settle()
    assert spool.backlog_seconds == 64
    assert len(files(tmp_path / "spool")) == 2
    for piece in spool._pieces[:60]:
        assert piece.came is not None
        piece.came -= 7200
    monkeypatch.setattr("companion.adapters.spool.KEPT_SECONDS", 3600)
    await spool.settle()
    assert await all_of(spool) == b"".join(tone(number) for number in range(60, 64))
    assert spool.lost_seconds == 60
    assert len(files(tmp_path / "spool")) == 1, "the disk is free again"
    await spool.close()


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 400 kB: 12 s of sound."""
    with small_disk(tmp_path / "disk", "400k") as folder:
        yield folder


async def test_a_full_disk_keeps_the_sound_in_memory_and_says_so(tiny_disk: Path) -> None:
    spool = Spool(tiny_disk / "spool", memory_seconds=2, most_memory_seconds=40, reserve_bytes=0)
    for number in range(30):
        spool.append(NOW + number, tone(number))
        spool._retry_at = 0.0
        await spool.settle()
    assert spool.problem == "The disk is full"
    assert spool.on_disk_seconds >= 9
    assert not spool.crowded
    assert await all_of(spool) == b"".join(tone(number) for number in range(30)), "nothing is lost"
    for number in range(30, 60):
        spool.append(NOW + number, tone(number))
        await spool.settle()
    assert spool.crowded, "it has to be worked off now"
    kept = await all_of(spool)
    assert kept.endswith(b"".join(tone(number) for number in range(30, 60))), "the newest stays"
    assert len(kept) // SECOND + spool.lost_seconds == 60, "what is given up is told"
    assert spool.lost_seconds > 0
    await spool.done(spool.end)
    await spool.settle()
    assert (spool.problem, spool.on_disk_seconds) == ("", 0)


async def test_a_disk_that_is_nearly_full_is_left_alone(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", memory_seconds=1, reserve_bytes=2**60)
    for number in range(4):
        spool.append(NOW + number, tone(number))
    await spool.settle()
    assert spool.problem == "The disk is full"
    assert files(tmp_path / "spool") == []
    assert len(await all_of(spool)) == 4 * SECOND


async def test_sifting_keeps_speech_and_what_is_close_to_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", memory_seconds=1)
    for number in range(30):
        spool.append(NOW + number, tone(number))
        await spool.settle()
    await spool.sift(RATE * 20, [(RATE * 5 + 100, RATE * 7), (RATE * 12, RATE * 12 + 900)])
    assert [pcm // SECOND for pcm in (len(await all_of(spool)),)] == [5 + 1 + 10 + 1]
    left = await all_of(spool)
    assert left.startswith(b"".join(tone(number) for number in (4, 5, 6, 7, 11, 12, 19)))
    assert spool.unsifted == RATE * 19
    await spool.sift(RATE * 31, [])
    assert (await all_of(spool)).startswith(b"".join(tone(number) for number in (4, 5, 6, 7, 11, 12)))
    await spool.done(spool.end)
    assert files(tmp_path / "spool") == []


async def test_sound_whose_file_was_taken_away_is_passed_over(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", memory_seconds=1)
    for number in range(4):
        spool.append(NOW + number, tone(number))
    await spool.settle()
    for file in files(tmp_path / "spool"):
        file.unlink()
    assert await all_of(spool) == tone(3)
    assert spool.lost_seconds == 3


async def test_what_is_done_ends_within_a_piece_and_is_not_heard_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(NOW, tone(1) + tone(2) + tone(3))
    await spool.done(RATE + 700)
    await spool.done(RATE + 500)
    assert (spool.start, spool.unsifted) == (RATE + 700, RATE + 700)
    spool.append(NOW + 3, tone(4))
    await spool.sift(RATE * 3, [(RATE + 900, RATE + 1000)])
    assert (spool.start, spool.unsifted) == (RATE + 700, RATE * 2), "what was looked at is kept from there on"
    await spool.close()


async def test_so_it_is_for_the_next_daemon_also_where_nothing_was_on_the_disk_before(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(NOW, tone(1) + tone(2))
    await spool.done(700)
    await spool.close()
    following = Spool(tmp_path / "spool")
    await following.open()
    assert (following.start, following.unsifted) == (700, 700)
    await following.done(900)
    await following.settle()
    killed = Spool(tmp_path / "spool")
    await killed.open()
    assert killed.start == 900
    await killed.done(killed.end)
    assert list((tmp_path / "spool").iterdir()) == []
    for left in (following, killed):
        await left.close()


async def test_where_all_was_finished_sound_that_comes_is_not_taken_for_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(NOW, tone(1) + tone(2))
    await spool.close()
    (tmp_path / "spool" / FINISHED).write_text(str(RATE * 100), encoding="ascii")
    for number in (3, 4):
        following = Spool(tmp_path / "spool")
        await following.open()
        following.append(NOW + number, tone(number))
        await following.close()
    last = Spool(tmp_path / "spool")
    await last.open()
    assert await all_of(last) == tone(3) + tone(4)
    await last.close()


async def test_a_clock_that_is_corrected_makes_nothing_old(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(NOW - 30 * 24 * 3600, tone(1))
    await spool.settle()
    assert (spool.backlog_seconds, spool.lost_seconds) == (1, 0)
    await spool.close()


async def test_closed_and_opened_again_it_goes_on_where_it_was(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", memory_seconds=1)
    await spool.open()
    spool.append(NOW, tone(1))
    await spool.close()
    spool.append(NOW + 1, tone(2))
    await spool.open()
    spool.append(NOW + 2, tone(3))
    await spool.settle()
    assert await all_of(spool) == tone(1) + tone(2) + tone(3)
    assert spool.on_disk_seconds == 2
    await spool.close()
    following = Spool(tmp_path / "spool")
    await following.open()
    assert await all_of(following) == tone(1) + tone(2) + tone(3)


async def test_what_comes_before_it_is_opened_lies_behind_what_an_earlier_run_left(tmp_path: Path) -> None:
    earlier = Spool(tmp_path / "spool")
    earlier.append(NOW, tone(1))
    await earlier.close()
    spool = Spool(tmp_path / "spool")
    spool.append(NOW + 60, tone(2))
    await spool.open()
    assert await all_of(spool) == tone(1) + tone(2)
    spool.append(NOW + 61, tone(3))
    assert await all_of(spool) == tone(1) + tone(2) + tone(3)
    assert spool.at(spool.end - 1) == pytest.approx(NOW + 62, abs=0.01)


async def test_with_nobody_who_writes_it_to_the_disk_the_newest_stays_in_memory(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", most_memory_seconds=10)
    for number in range(30):
        spool.append(NOW + number, tone(number))
    assert await all_of(spool) == b"".join(tone(number) for number in range(20, 30))
    assert spool.lost_seconds == 20


async def test_a_file_that_cannot_be_read_keeps_no_other_from_it(tmp_path: Path) -> None:
    left = Spool(tmp_path / "spool")
    for number in range(70):
        left.append(NOW + number, tone(number))
    await left.close()
    unreadable = files(tmp_path / "spool")[0]
    unreadable.unlink()
    unreadable.mkdir()
    spool = Spool(tmp_path / "spool")
    await spool.open()
    assert await all_of(spool) == b"".join(tone(number) for number in range(60, 70))
