"""The exact cut of 30 s out of 5 minutes of 1080p60, beside a full re-encode, a plain stream copy and smartcut 1.7.

All run in turn on the same files, in one run; every figure is a median, wall clock and CPU time of all processes.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from itertools import chain
from pathlib import Path

from bench.aims import judged
from companion.adapters.media.cut import cut
from companion.adapters.media.cut_h264 import ENDS
from companion.adapters.media.probe import keyframe_times
from tests.media import ffmpeg, make_video

CACHE = Path(__file__).parent.parent / ".cache"
FPS, LENGTH, WINDOW = 60, 300, 30
DISTANCES = {"keyframes every 2 s": 120, "250-frame distance": 250}
FASTEST_ROUNDS, ROUNDS = 7, 3
LIMITS = {"keyframes every 2 s": 0.12, "250-frame distance": 0.3}
COPY_LIMIT, SMARTCUT_LIMIT = 3.0, 3.0


def main() -> None:
    """Print the table."""
    smartcut = _smartcut()
    print(f"{'case':<44} {'wall s':>8} {'CPU s':>8}   ratio to                      limit")
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        out = Path(folder) / "clip.mp4"
        for label, distance in DISTANCES.items():
            source = _source(distance)
            # The worst start, right behind a key frame. In the middle of a frame's time, as smartcut begins with the
            # frame that is shown at the start and the companion with the next.
            start = _keyframe(source) + 1.5 / FPS
            _compare(label, source, out, start, smartcut)
        source = _source(120)
        _compare_with_copy(source, out, _keyframe(source))


def _compare(label: str, source: Path, out: Path, start: float, smartcut: Path) -> None:
    end = start + WINDOW
    method = cut(source, out, start, end, ffmpeg=ffmpeg()).reason
    encode = [ffmpeg(), "-v", "error", "-y", "-ss", str(start), "-i", str(source), "-t", str(WINDOW), "-map", "0"]
    encode += ["-c:a", "copy", "-c:v", "libx264", *chain.from_iterable((f"-{k}", v) for k, v in ENDS.items())]
    encode += ["-x264-params", "no-deblock=0:bframes=3", "-movflags", "+faststart", str(out)]
    argv = [str(smartcut), str(source), str(out), "--keep", f"{start},{end}"]
    ours, full, other = [], [], []
    for round_ in range(FASTEST_ROUNDS):
        ours.append(_timed(lambda: cut(source, out, start, end, ffmpeg=ffmpeg())))
        if round_ < ROUNDS:
            full.append(_timed(lambda: _run(encode)))
            other.append(_timed(lambda: _run(argv)))
    print(f"{label}, worst start: {method}")
    _row("  exact cut", ours)
    _row("  full re-encode, same preset", full, ours, "cut / re-encode", LIMITS[label])
    _row("  smartcut 1.7", other, ours, "smartcut / cut", SMARTCUT_LIMIT, inverse=True)


def _compare_with_copy(source: Path, out: Path, start: float) -> None:
    argv = [ffmpeg(), "-v", "error", "-y", "-ss", str(start), "-i", str(source), "-t", str(WINDOW)]
    argv += ["-map", "0", "-c", "copy", "-movflags", "+faststart", str(out)]
    ours, plain = [], []
    for _ in range(FASTEST_ROUNDS):
        ours.append(_timed(lambda: cut(source, out, start, start + WINDOW, ffmpeg=ffmpeg())))
        plain.append(_timed(lambda: _run(argv)))
    print("starting on a keyframe")
    _row("  exact cut", ours)
    _row("  plain -c copy", plain, ours, "cut / copy", COPY_LIMIT)


def _row(
    name: str,
    times: list[tuple[float, float]],
    against: list[tuple[float, float]] | None = None,
    ratio: str = "",
    limit: float = 0.0,
    *,
    inverse: bool = False,
) -> None:
    """A line of the table; `ratio` to the times `against`, or its inverse, is to keep to `limit`."""
    wall, cpu = _median(times)
    line = f"{name:<44} {wall:8.3f} {cpu:8.3f}"
    if against:
        other_wall, other_cpu = _median(against)
        by_wall, by_cpu = (wall / other_wall, cpu / other_cpu) if inverse else (other_wall / wall, other_cpu / cpu)
        aim = judged(f"{'>=' if inverse else '<='} {limit:g}", by_wall >= limit if inverse else by_wall <= limit)
        line += f"   {ratio:<16} {by_wall:6.3f} wall {by_cpu:6.3f} CPU   {aim}"
    print(line, flush=True)


def _median(times: list[tuple[float, float]]) -> tuple[float, float]:
    return statistics.median(t[0] for t in times), statistics.median(t[1] for t in times)


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Wall seconds and CPU seconds, children included, of `work`."""
    cpu, wall = _cpu(), time.perf_counter()
    work()
    return time.perf_counter() - wall, _cpu() - cpu


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _keyframe(source: Path) -> float:
    """A key frame some 40 s into the file."""
    return next(time for time in keyframe_times(source) if time > 40)


def _source(distance: int) -> Path:
    """Five minutes with a key frame every `distance` frames: some 25 s, encoded once, over and over."""
    path = CACHE / f"bench-1080p60-{distance}.mkv"
    if path.exists():
        return path
    CACHE.mkdir(exist_ok=True)
    groups = round(25 * FPS / distance)
    part = make_video(
        CACHE / f"part-{distance}.mkv",
        fps=FPS,
        seconds=groups * distance / FPS,
        size=(1920, 1080),
        gop=distance,
        options={"crf": "-1", "b": "8000000"},
    )
    again = str(round(LENGTH * FPS / (groups * distance)))
    whole = path.with_suffix(".part.mkv")
    _run([ffmpeg(), "-v", "error", "-y", "-stream_loop", again, "-i", str(part), "-map", "0", "-c", "copy", str(whole)])
    part.unlink()
    return whole.rename(path)


def _smartcut() -> Path:
    """smartcut 1.7 in its own environment, as it needs an older PyAV than the companion."""
    home = CACHE / "bench-venv"
    program = home / ("Scripts" if sys.platform == "win32" else "bin") / "smartcut"
    if not program.exists():
        CACHE.mkdir(exist_ok=True)
        venv.create(home, with_pip=True, clear=True)
        lock = Path(__file__).parent / "requirements.lock"
        _run([str(program.parent / "python"), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(lock)])
    return program


def _run(argv: list[str]) -> None:
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
