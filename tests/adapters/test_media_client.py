"""The media child: what it makes, and that it survives nothing it should not, and nothing is lost with it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from companion.adapters.media.client import MediaWorker
from companion.adapters.media.worker import ClipJob
from companion.domain.cut import CutMethod
from companion.kernel.errors import Failed, NotFound, Refused, Unavailable
from companion.kernel.status import Health, StatusBoard
from tests.media import cached_video, ffmpeg

pytestmark = pytest.mark.slow

WORKER = [sys.executable, "-m", "companion.adapters.media.worker"]
SECONDS = 60.0


def long_job() -> Path:
    """A source whose cut from 0.5 s on re-encodes hundreds of frames."""
    return cached_video(".mkv", size=(640, 360), seconds=9, gop=250, audio=("Game",))


def short_job() -> Path:
    return cached_video(".mkv", size=(320, 180), seconds=4, gop=30)


def whole_job() -> Path:
    """A source of a codec that can only be re-encoded whole, by the ffmpeg program."""
    return cached_video(".mkv", codec="mpeg4", size=(1280, 720), seconds=8, audio=())


@pytest.fixture
async def media(board: StatusBoard) -> AsyncIterator[MediaWorker]:
    async with MediaWorker(board, None) as worker:
        yield worker


def until(condition: Callable[[], bool]) -> None:
    """Wait for `condition`, but not for ever."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def killing(media: MediaWorker, number: int, times: int) -> Callable[[str, float], None]:
    """Sends the child a signal at the first progress of its first `times` lives."""
    hit: set[int] = set()

    def progress(step: str, fraction: float) -> None:
        assert media.pid
        if media.pid not in hit and len(hit) < times:
            hit.add(media.pid)
            os.kill(media.pid, number)

    return progress


async def test_a_clip_is_made_proved_and_pictured(media: MediaWorker, board: StatusBoard, tmp_path: Path) -> None:
    steps: list[tuple[str, float]] = []
    made = await media.cut(
        short_job(), tmp_path / "clip.mp4", 0.6, 3.2, progress=lambda step, fraction: steps.append((step, fraction))
    )
    await media.picture(made.cut.path, tmp_path / "clip.jpg")
    assert made.receipt.ok
    assert not made.doubtful
    assert made.first_receipt is None
    assert made.cut.path == tmp_path / "clip.mp4"
    assert made.cut.size_bytes == made.cut.path.stat().st_size
    assert (tmp_path / "clip.jpg").read_bytes()[:3] == b"\xff\xd8\xff"
    assert list(dict.fromkeys(step for step, _ in steps)) == ["cutting", "proving"]
    assert steps[-1] == ("proving", 1.0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.jpg", "clip.mp4"]
    component = board.get("media")
    assert component is not None
    assert (component.state, component.health) == ("ready", Health.OK)


async def test_what_a_killed_daemon_left_half_made_goes_with_the_next_attempt(
    media: MediaWorker, tmp_path: Path
) -> None:
    out = tmp_path / "a clip [1].mp4"
    left = [f".{out.name}.part", ".a clip [1].mkv.part", ".a clip [1].again.mp4", "..a clip [1].again.mp4.part"]
    left += [".a clip [1].new.mp4", "..a clip [1].new.mp4.part"]
    others = [".a clip [2].mp4.part", ".a clip 1.mp4.part"]
    for name in [*left, *others]:
        (tmp_path / name).write_bytes(b"half")
    await media.cut(short_job(), out, 0.6, 3.2)
    assert {path.name for path in tmp_path.iterdir()} == {out.name, *others}


async def test_it_runs_at_low_priority_and_stays_warm(media: MediaWorker, tmp_path: Path) -> None:
    await media.warm()
    first = media.pid
    assert first
    assert psutil.Process(first).nice() > psutil.Process().nice()
    sessions_share = Path("/proc/sys/kernel/sched_autogroup_enabled")
    if sessions_share.exists() and sessions_share.read_text().strip() == "1":
        # A game in another session sees the session's niceness alone.
        assert Path(f"/proc/{first}/autogroup").read_text().endswith("nice 10\n")
    await media.cut(short_job(), tmp_path / "clip.mp4", 1.0, 2.0)
    assert media.pid == first


async def test_what_native_libraries_print_does_not_reach_the_protocol(media: MediaWorker, tmp_path: Path) -> None:
    source = cached_video(".mkv", codec="av1", size=(320, 180), seconds=3, gop=32)
    made = await media.cut(source, tmp_path / "clip.mp4", 0.5, 2.0)
    assert made.cut.video_codec == "av1"


async def test_what_is_in_a_file(media: MediaWorker) -> None:
    info = await media.probe(short_job())
    assert info.duration == pytest.approx(4, abs=0.1)
    assert [track.kind for track in info.tracks] == ["video", "audio", "audio"]


async def test_errors_keep_their_kind(media: MediaWorker, tmp_path: Path) -> None:
    with pytest.raises(NotFound) as missing:
        await media.cut(tmp_path / "no.mkv", tmp_path / "clip.mp4", 0, 1)
    assert missing.value.code == "source_not_found"
    with pytest.raises(Refused) as reversed_window:
        await media.cut(short_job(), tmp_path / "clip.mp4", 3, 2)
    assert reversed_window.value.code == "window_empty"
    assert list(tmp_path.iterdir()) == []


async def test_jobs_run_in_the_order_of_the_calls(media: MediaWorker, tmp_path: Path) -> None:
    done: list[int] = []
    busy: set[int] = set()

    async def job(number: int) -> None:
        def progress(step: str, fraction: float) -> None:
            busy.add(number)
            assert len(busy - set(done)) == 1

        await media.cut(short_job(), tmp_path / f"{number}.mp4", 0.2, 1.0 + number / 4, progress=progress)
        done.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(job(number))
            await asyncio.sleep(0)
    assert done == [0, 1, 2, 3]


async def test_a_killed_child_is_replaced_and_its_job_done(media: MediaWorker, tmp_path: Path) -> None:
    await media.warm()
    first = media.pid
    made = await media.cut(
        long_job(), tmp_path / "clip.mp4", 0.5, 8.9, progress=killing(media, signal.SIGKILL, times=1)
    )
    assert made.receipt.ok
    assert media.pid != first
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


async def test_a_job_that_kills_its_child_twice_fails(media: MediaWorker, board: StatusBoard, tmp_path: Path) -> None:
    with pytest.raises(Failed) as crashed:
        await media.cut(long_job(), tmp_path / "clip.mp4", 0.5, 8.9, progress=killing(media, signal.SIGKILL, times=2))
    assert crashed.value.code == "media_crashed"
    assert list(tmp_path.iterdir()) == []
    component = board.get("media")
    assert component is not None
    assert component.health is Health.ATTENTION
    made = await media.cut(short_job(), tmp_path / "next.mp4", 1, 2)
    assert made.receipt.ok


async def test_an_earlier_cut_stays_until_the_new_one_is_proved(media: MediaWorker, tmp_path: Path) -> None:
    out = tmp_path / "clip.mp4"
    await media.cut(short_job(), out, 0.6, 1.6)
    earlier = out.read_bytes()

    def kill_when_proving(step: str, fraction: float) -> None:
        if step == "proving" and media.pid:
            os.kill(media.pid, signal.SIGKILL)

    with pytest.raises(Failed):
        await media.cut(long_job(), out, 0.5, 8.9, progress=kill_when_proving)
    assert out.read_bytes() == earlier
    assert list(tmp_path.iterdir()) == [out]
    made = await media.cut(short_job(), out, 0.6, 3.2)
    assert made.receipt.ok
    assert (made.cut.path, made.cut.size_bytes) == (out, out.stat().st_size)
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("times", [1, 2])
async def test_a_hanging_child_is_replaced(board: StatusBoard, times: int, tmp_path: Path) -> None:
    async with MediaWorker(board, None, silence_seconds=15.0) as media:
        job = media.cut(long_job(), tmp_path / "clip.mp4", 0.5, 8.9, progress=killing(media, signal.SIGSTOP, times))
        if times == 1:
            assert (await job).receipt.ok
            return
        with pytest.raises(Failed) as hung:
            await job
        assert hung.value.code == "media_hung"
        assert list(tmp_path.iterdir()) == []


async def test_a_cancelled_job_ends_its_child_and_leaves_nothing(media: MediaWorker, tmp_path: Path) -> None:
    started = asyncio.Event()
    job = asyncio.create_task(
        media.cut(long_job(), tmp_path / "clip.mp4", 0.5, 8.9, progress=lambda step, fraction: started.set())
    )
    await asyncio.wait_for(started.wait(), SECONDS)
    pid = media.pid
    assert pid
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert gone(pid)
    assert list(tmp_path.iterdir()) == []
    assert (await media.cut(short_job(), tmp_path / "next.mp4", 1, 2)).receipt.ok


async def test_the_service_ends_its_child(board: StatusBoard) -> None:
    media = MediaWorker(board, None)
    with pytest.raises(Unavailable):
        await media.warm()
    ready = asyncio.Event()
    service = asyncio.create_task(media.run(ready.set))
    await asyncio.wait_for(ready.wait(), SECONDS)
    await media.warm()
    pid = media.pid
    assert pid
    service.cancel()
    with pytest.raises(asyncio.CancelledError):
        await service
    assert gone(pid)


def ask(child: "subprocess.Popen[bytes]", line: bytes) -> dict[str, object]:
    assert child.stdin
    assert child.stdout
    child.stdin.write(line + b"\n")
    child.stdin.flush()
    while True:
        answer: dict[str, object] = json.loads(child.stdout.readline())
        if not answer.keys() & {"step", "log"}:
            return answer


@pytest.mark.parametrize(
    "line", [b"nonsense", b"{}", b"[1]", b'{"job": "rm", "arguments": {}}', b'{"job": "warm", "arguments": 3}', b"\xff"]
)
def test_a_request_without_sense_is_refused(line: bytes) -> None:
    with subprocess.Popen(WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        answer = ask(child, line)
        assert answer["status"] == 400
        assert answer["error"]["code"] == "invalid_request"  # type: ignore[index]
        assert ask(child, b'{"job": "warm", "arguments": {}}') == {"result": None}
        assert child.stdin
        child.stdin.close()
        assert child.wait(SECONDS) == 0


def _request(source: Path, out: Path) -> bytes:
    arguments = {"source": str(source), "out": str(out), "start": 0.5, "end": 8.9}
    return json.dumps({"job": "cut", "arguments": arguments}).encode() + b"\n"


@pytest.mark.parametrize("source", [long_job, whole_job])
def test_it_ends_in_the_middle_of_a_job_when_its_input_ends(source: Callable[[], Path], tmp_path: Path) -> None:
    request = _request(source(), tmp_path / "clip.mp4")
    with subprocess.Popen(WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin
        assert child.stdout
        child.stdin.write(request)
        child.stdin.flush()
        assert b"step" in child.stdout.readline()
        below = psutil.Process(child.pid).children(recursive=True)
        assert bool(below) == (source is whole_job)
        child.stdin.close()
        assert child.wait(SECONDS) == 0
        until(lambda: all(gone(process.pid) for process in below))
    assert not (tmp_path / "clip.mp4").exists()


PARENT = """
    import asyncio, sys
    from pathlib import Path
    from companion.adapters.media.client import MediaWorker
    from companion.kernel.bus import Bus
    from companion.kernel.status import StatusBoard

    async def main():
        async with MediaWorker(StatusBoard(Bus()), None) as media:
            tell = lambda step, fraction: print(media.pid, flush=True)
            await media.cut(Path(sys.argv[1]), Path(sys.argv[2]), 0.5, 7.5, progress=tell)

    asyncio.run(main())
"""


@pytest.mark.parametrize("stopped", [False, True])
def test_it_ends_with_its_parent(stopped: bool, tmp_path: Path) -> None:
    argv = [sys.executable, "-c", textwrap.dedent(PARENT), str(whole_job()), str(tmp_path / "clip.mp4")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        family = [pid, *(process.pid for process in psutil.Process(pid).children(recursive=True))]
        assert len(family) > 1
        if stopped:
            os.kill(pid, signal.SIGSTOP)
        parent.kill()
        parent.wait(SECONDS)
    until(lambda: all(gone(member) for member in family))


def test_a_cut_that_fails_its_receipt_is_re_encoded_whole(tmp_path: Path) -> None:
    """The source is replaced by another between cutting and proving: the first cut is no longer right."""
    source, out = tmp_path / "source.mkv", tmp_path / "clip.mp4"
    source.write_bytes(short_job().read_bytes())
    other = cached_video(".mkv", size=(320, 180), seconds=4, gop=30, first_number=900)

    def tell(step: str, fraction: float) -> None:
        if step == "proving" and source.stat().st_size != other.stat().st_size:
            source.write_bytes(other.read_bytes())

    made = ClipJob(source, out, 0.6, 3.2, ffmpeg(), tell).run()
    assert made.first_receipt is not None
    assert "copied_packets" in {check.name for check in made.first_receipt.failures()}
    assert made.receipt.ok
    assert not made.doubtful
    assert made.cut.method is CutMethod.REENCODE
    assert "a check of the first cut failed" in made.cut.reason
    assert made.cut.path == out
    assert made.cut.size_bytes == out.stat().st_size
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mp4", "source.mkv"]


async def test_a_clip_that_cannot_be_proved_is_doubtful(board: StatusBoard, tmp_path: Path) -> None:
    """An ffmpeg that turns every picture into its negative: each clip it makes is wrong."""
    wrong = tmp_path / "ffmpeg"
    wrong.write_text(
        f"#!{sys.executable}\n"
        "import os, sys\n"
        f"argv = [{ffmpeg()!r}] + [a + ',negate' if a.startswith('trim=') else a for a in sys.argv[1:]]\n"
        "os.execv(argv[0], argv)\n"
    )
    wrong.chmod(0o755)
    async with MediaWorker(board, wrong) as media:
        made = await media.cut(whole_job(), tmp_path / "clip.mp4", 0.5, 2.0)
    assert made.doubtful
    assert not made.receipt.ok
    assert "first_frame" in {check.name for check in made.receipt.failures()}
    assert made.cut.path.exists()
