"""What bad input gets from the cut: an error with a stable code, and no file, whole or half."""

import math
import os
import resource
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from companion.adapters.media.cut import cut
from companion.domain.cut import Cut
from companion.kernel.errors import CompanionError, Failed, NotFound, Refused
from tests.media import cached_video, ffmpeg, frame_numbers
from tests.privileged import read_only, small_disk

pytestmark = pytest.mark.slow


def run(source: Path, out: Path, start: float = 1.5, end: float = 5, **options: Any) -> Cut:
    return cut(source, out, start, end, ffmpeg=options.pop("ffmpeg", ffmpeg()), **options)


@contextmanager
def refused(code: str, folder: Path, kind: type[CompanionError] = Refused) -> Iterator[Any]:
    """The block fails with `code`, and leaves `folder` as it was."""
    before = sorted(folder.iterdir())
    with pytest.raises(kind) as caught:
        yield caught
    assert caught.value.code == code
    assert caught.value.remedy
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        (5, 5, "window_empty"),
        (5, 4, "window_empty"),
        (1.001, 1.002, "window_empty"),
        (-1, 4, "window_invalid"),
        (math.nan, 4, "window_invalid"),
        (1, math.nan, "window_invalid"),
        (1, math.inf, "window_invalid"),
        (7.0, 9, "window_outside"),
        (1e9, 2e9, "window_outside"),
        (1e17, 2e17, "window_outside"),
    ],
)
@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".ts", ".flv"])
def test_windows_that_make_no_clip(suffix: str, start: float, end: float, code: str, tmp_path: Path) -> None:
    source = cached_video(suffix, seconds=7, audio=("Stream",))
    shift = 0.1 if suffix in (".ts", ".flv") and code == "window_outside" else 0  # their sound begins earlier
    with refused(code, tmp_path):
        run(source, tmp_path / "clip.mp4", start + shift, end + shift)


def test_files_that_are_no_video(tmp_path: Path) -> None:
    whole = cached_video(".mp4", seconds=7)
    files = {
        "empty.mkv": b"",
        "text.mkv": b"This is not a video.\n" * 100,
        "torn.mp4": whole.read_bytes()[: whole.stat().st_size // 2],
        "zeros.ts": bytes(200_000),
        "head.mkv": cached_video(".mkv", seconds=7).read_bytes()[:400],
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    for name in files:
        with refused("source_unreadable", tmp_path):
            run(tmp_path / name, tmp_path / "clip.mp4")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with refused("source_not_found", tmp_path, NotFound):
        run(tmp_path / "missing.mkv", tmp_path / "clip.mp4")
    with refused("source_unreadable", tmp_path):
        run(tmp_path, tmp_path / "clip.mp4")


def test_sound_alone(tmp_path: Path) -> None:
    sound = tmp_path / "sound.mkv"
    video = cached_video(".mkv", seconds=7)
    argv = [ffmpeg(), "-v", "error", "-i", str(video), "-map", "0:a", "-c", "copy", str(sound)]
    subprocess.run(argv, check=True)
    with refused("no_video", tmp_path):
        run(sound, tmp_path / "clip.mp4")


def test_a_picture_that_cannot_be_read(tmp_path: Path) -> None:
    video = cached_video(".ts", codec="av1", size=(320, 180), seconds=1)
    with refused("picture_unreadable", tmp_path):
        run(video, tmp_path / "clip.mp4")


def test_the_clip_may_not_replace_its_source(tmp_path: Path) -> None:
    source = tmp_path / "source.mp4"
    source.write_bytes(cached_video(".mp4", seconds=7).read_bytes())
    content = source.read_bytes()
    with refused("out_is_source", tmp_path):
        run(source, source)
    (tmp_path / "same.mp4").hardlink_to(source)
    with refused("out_is_source", tmp_path):
        run(source, tmp_path / "same.mp4")
    assert source.read_bytes() == content


def test_no_container_of_that_name(tmp_path: Path) -> None:
    with refused("container_unknown", tmp_path):
        run(cached_video(".mkv", seconds=7), tmp_path / "clip.avi")


@pytest.mark.parametrize("reencode", [False, True])
def test_no_permission_to_write(reencode: bool, tmp_path: Path) -> None:
    source = cached_video(".mkv", seconds=7)
    file = tmp_path / "file"
    file.write_text("a file, not a folder")
    for folder in (file, tmp_path / "missing", Path("/proc")):
        with refused("not_writable", tmp_path, Failed):
            run(source, folder / "clip.mp4", reencode=reencode)
    with read_only(tmp_path), refused("not_writable", tmp_path, Failed):
        run(source, tmp_path / "clip.mp4", reencode=reencode)


@pytest.mark.parametrize("reencode", [False, True])
def test_an_old_clip_survives_a_failure(reencode: bool, tmp_path: Path) -> None:
    source = cached_video(".mkv", seconds=7)
    out = tmp_path / "clip.mp4"
    out.write_text("an older clip")
    with limited_to(30_000), refused("file_too_large", tmp_path, Failed):
        run(source, out, reencode=reencode)
    assert out.read_text() == "an older clip"
    assert run(source, out, reencode=reencode).size_bytes > 30_000


@pytest.mark.parametrize("reencode", [False, True])
def test_the_disk_is_full_in_the_middle(reencode: bool, tmp_path: Path) -> None:
    source = cached_video(".mkv", seconds=7)
    for size in (4096, 40_960, 81_920, 122_880):
        with small_disk(tmp_path / f"disk{size}", str(size)) as disk, refused("disk_full", disk, Failed):
            run(source, disk / "clip.mp4", reencode=reencode)


def test_ffmpeg_is_killed_in_the_middle(tmp_path: Path) -> None:
    source = cached_video(".mkv", seconds=7)
    killed: list[int] = []

    def kill_once(done: float) -> None:
        if done > 0.2 and not killed:
            for child in psutil.Process().children():
                if child.name().startswith("ffmpeg"):
                    child.send_signal(signal.SIGKILL)
                    killed.append(child.pid)

    with refused("encoder_failed", tmp_path, Failed):
        run(source, tmp_path / "clip.mp4", 0, 7, reencode=True, progress=kill_once)
    assert killed


def test_an_ffmpeg_that_does_not_work(tmp_path: Path) -> None:
    source = cached_video(".mkv", seconds=7)
    with refused("encoder_not_started", tmp_path, Failed):
        run(source, tmp_path / "clip.mp4", ffmpeg="/nowhere/ffmpeg", reencode=True)
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho this is no ffmpeg >&2\nexit 1\n")
    broken.chmod(0o755)
    with refused("encoder_failed", tmp_path, Failed) as caught:
        run(source, tmp_path / "clip.mp4", ffmpeg=str(broken), reencode=True)
    assert "no ffmpeg" in caught.value.details["said"]


def test_ffmpeg_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    source = cached_video(".mkv", seconds=7)
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from companion.adapters.media.cut import cut
        def report(done):
            print(done, flush=True)
            sys.stdin.readline()
        cut(Path(sys.argv[1]), Path(sys.argv[2]), 0, 7, ffmpeg=sys.argv[3], reencode=True, progress=report)
        """
    )
    argv = [sys.executable, "-c", program, str(source), str(tmp_path / "clip.mp4"), ffmpeg()]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        assert child.stdout.readline()
        (encoder,) = [p for p in psutil.Process(child.pid).children(recursive=True) if "ffmpeg" in p.name()]
        child.kill()
        child.wait()
        gone, _ = psutil.wait_procs([encoder], timeout=60)
        assert gone or encoder.status() == psutil.STATUS_ZOMBIE
    # What the killed process left behind does not stand in the way of the next try, which removes it.
    run(source, tmp_path / "clip.mp4")
    assert [p.name for p in tmp_path.iterdir()] == ["clip.mp4"]


def test_two_cuts_at_once_do_not_meet(tmp_path: Path) -> None:
    source = cached_video(".mkv", seconds=7)
    made: dict[int, Cut] = {}

    def one(number: int) -> None:
        made[number] = run(source, tmp_path / f"{number}.mp4", number + 0.5, number + 2.5)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(3):
        assert frame_numbers(made[number].path) == list(range(number * 30 + 15, number * 30 + 75))


def test_a_source_that_ends_while_it_is_cut(tmp_path: Path) -> None:
    source = tmp_path / "source.mkv"
    source.write_bytes(cached_video(".mkv", seconds=7).read_bytes())

    def tear(done: float) -> None:
        os.truncate(source, 20_000)

    with refused("source_changed", tmp_path, Failed):
        run(source, tmp_path / "clip.mp4", 1.5, 6.9, progress=tear)


@contextmanager
def limited_to(size: int) -> Iterator[None]:
    """Let this process write no file longer than `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
