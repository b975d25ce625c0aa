"""`companion clip cut`: on real files, without a daemon."""

import asyncio
import os
import shutil
import signal
import subprocess
from pathlib import Path

import av
import imageio_ffmpeg
import pytest

from tests.frontends.command_line import Cli
from tests.privileged import bound_by_rights

pytestmark = pytest.mark.slow

FPS = 30


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 s with sound, a keyframe every 2 s."""
    path = tmp_path_factory.mktemp("video") / "source.mkv"
    picture = ["-f", "lavfi", "-i", f"testsrc2=s=320x180:r={FPS}:d=20", "-f", "lavfi", "-i", "sine=d=20"]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-g", str(2 * FPS), "-pix_fmt", "yuv420p", "-c:a", "aac"]
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *picture, *codecs, str(path)]
    subprocess.run(argv, check=True)
    return path


async def test_it_cuts_the_window_and_shows_the_proof(cli: Cli, video: Path) -> None:
    ran = await cli("clip", "cut", str(video), "--start", "3.3", "--end", "9.1", "-o", "clip.mp4", "--json")
    assert ran.code == 0
    made = ran.json
    assert made["receipt"]["ok"] is True
    assert {"name", "ok", "expected", "measured"} == set(made["receipt"]["checks"][0])
    assert (made["cut"]["start"], made["cut"]["frames"]) == (pytest.approx(3.3, abs=1 / FPS), 174)
    assert made["doubtful"] is False
    with av.open(str(cli.home / "clip.mp4")) as clip:
        assert sum(1 for _ in clip.decode(video=0)) == 174
    plain = await cli("clip", "cut", str(video), "--start", "2", "--end", "3", "-o", "other.mp4")
    assert "frames" in plain.out
    assert "timestamps" in plain.out


async def test_an_output_that_exists_is_kept(cli: Cli, video: Path) -> None:
    precious = cli.home / "precious.mp4"
    precious.write_text("precious")
    window = ("clip", "cut", str(video), "--start", "1", "--end", "2", "-o", str(precious), "--json")
    ran = await cli(*window)
    assert (ran.code, ran.error) == (5, "file_exists")
    assert precious.read_text() == "precious"
    assert (await cli(*window, "--force")).code == 0
    assert precious.stat().st_size > 1000


def made(cli: Cli) -> list[str]:
    """What stands in the folder beside the command line's own state."""
    return [path.name for path in cli.home.iterdir() if path.name != "state"]


@pytest.mark.parametrize(
    ("start", "end"), [("9", "3"), ("3", "3"), ("-1", "3"), ("nan", "3"), ("0", "inf"), ("25", "30"), ("x", "3")]
)
async def test_a_wrong_window_is_refused_and_leaves_nothing(cli: Cli, video: Path, start: str, end: str) -> None:
    ran = await cli("clip", "cut", str(video), "--start", start, "--end", end, "-o", "clip.mp4", "--json")
    assert ran.code == 2
    assert ran.error
    assert made(cli) == []


async def test_what_is_no_video_is_refused(cli: Cli, video: Path) -> None:
    (cli.home / "text.mkv").write_text("no video")
    (cli.home / "empty.mkv").touch()
    for name, code in (("text.mkv", 2), ("empty.mkv", 2), ("none.mkv", 3)):
        ran = await cli("clip", "cut", name, "--start", "0", "--end", "1", "-o", "clip.mp4", "--json")
        assert (ran.code, bool(ran.error)) == (code, True), name
    assert not (cli.home / "clip.mp4").exists()
    onto_itself = await cli(
        "clip", "cut", str(video), "--start", "1", "--end", "2", "-o", str(video), "--force", "--json"
    )
    assert onto_itself.code == 2
    assert video.stat().st_size > 100_000


@pytest.mark.parametrize("force", [(), ("--force",)])
async def test_where_nothing_may_be_looked_at_or_named_it_says_so(
    cli: Cli, video: Path, force: tuple[str, ...]
) -> None:
    shut = cli.home / "shut"
    shut.mkdir()
    shutil.copy(video, shut / "source.mkv")
    shut.chmod(0)
    cli.argv = bound_by_rights(*cli.argv)
    for source, out, code, error in (
        (video, "shut/clip.mp4", 7, "not_writable"),
        (video, "shut/in/clip.mp4", 7, "not_writable"),
        (video, f"{'x' * 300}.mp4", 7, "not_writable"),
        ("shut/source.mkv", "clip.mp4", 2, "source_not_allowed"),
    ):
        ran = await cli("clip", "cut", str(source), "--start", "1", "--end", "2", "-o", out, *force, "--json")
        assert (ran.code, ran.error) == (code, error), out
    assert made(cli) == ["shut"]


async def test_a_terminal_sees_it_progress(cli: Cli, video: Path) -> None:
    ran = await cli.on_terminal("clip", "cut", str(video), "--start", "1", "--end", "19", "-o", "clip.mp4")
    assert ran.code == 0
    assert "clip.mp4: " in ran.out
    assert "%" in ran.out


async def test_ctrl_c_leaves_nothing_behind(cli: Cli, tmp_path: Path) -> None:
    slow = tmp_path / "in" / "slow.mkv"
    slow.parent.mkdir()
    picture = ["-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30:d=20"]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "600"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *picture, *codecs, str(slow)], check=True)
    process = await asyncio.create_subprocess_exec(
        *(*cli.argv, "clip", "cut", str(slow), "--start", "0.5", "--end", "19.5", "-o", "clip.mp4", "--json"),
        env=cli.environment,
        cwd=cli.home,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    async with asyncio.timeout(60):
        while made(cli) == ["in"]:
            await asyncio.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of its group
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, out, err) == (130, b"", b""), err.decode()
    assert made(cli) == ["in"]
