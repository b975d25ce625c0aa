"""What a receipt costs: its CPU time beside that of decoding the clip whole, 30 s of 1080p60 with 2 s keyframes.

Both run in this process on one thread, in turn, each the fastest of several rounds. The window starts at several
places between two keyframes, as that decides how much was re-encoded. Two pictures are measured: the tests' numbered
texture, cheap to decode but for its huge keyframes, and ffmpeg's test pattern, encoded as OBS does. Each row says how
many frames were looked at, and whether it misses the limit, which holds for each clip.
"""

import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av

from bench.aims import judged
from companion.adapters.media.cut import cut
from companion.adapters.media.receipt import prove
from companion.adapters.media.receipt_stills import Stills
from companion.domain.cut import Receipt
from tests.media import ffmpeg, make_video

CACHE = Path(__file__).parent.parent / ".cache"
FPS, GOP, WINDOW, ROUNDS = 60, 120, 30, 3
STARTS = (0, 1, 40, 80, 119)
LIMIT = 0.1


def main() -> None:
    """Print the table."""
    CACHE.mkdir(exist_ok=True)
    print(f"limit {LIMIT}, for each clip")
    print(f"{'picture, first frame behind its keyframe':<42} {'receipt':>9} {'decoding':>9} {'ratio':>7}")
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        out = Path(folder) / "clip.mp4"
        for label, source in (("numbered texture", _texture()), ("test pattern", _pattern())):
            ratios = [_row(label, source, out, start) for start in STARTS]
            for name, ratio in (("mean", sum(ratios) / len(ratios)), ("worst", max(ratios))):
                print(f"{f'{label}, {name}':<42} {'':>21} {judged(f'{ratio:7.3f}', ratio <= LIMIT)}", flush=True)


def _row(label: str, source: Path, out: Path, behind: int) -> float:
    start = (2 * GOP + behind) / FPS - 0.002  # Matroska rounds times to a millisecond
    stills = Stills()
    made = cut(source, out, start, start + WINDOW, ffmpeg=ffmpeg(), watch=stills)
    receipts: list[Receipt] = []
    proving, decoding = [], []
    for _ in range(ROUNDS):
        receipts.append(prove(made, stills))
        proving.append(receipts[-1].cpu_seconds)  # with what sampling the stills cost
        decoding.append(_cpu(lambda: _decode(out)))
    if not receipts[0].ok:
        raise SystemExit(f"the receipt failed: {receipts[0].failures()}")
    looked = next(check.measured for check in receipts[0].checks if check.name == "reencoded")
    ratio = min(proving) / min(decoding)
    name = f"{label}, {behind} ({made.method})"
    verdict = judged(f"{ratio:7.3f}", ratio <= LIMIT)
    print(f"{name:<42} {min(proving):7.3f} s {min(decoding):7.3f} s {verdict:<16}  {looked}", flush=True)
    return ratio


def _decode(path: Path) -> None:
    with av.open(str(path)) as clip:
        clip.streams.video[0].codec_context.thread_count = 1
        for _ in clip.decode(video=0):
            pass


def _cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _texture() -> Path:
    path = CACHE / "bench-receipt-texture.mkv"
    if not path.exists():
        part = path.with_suffix(".part.mkv")
        options = {"crf": "-1", "b": "8000000"}
        make_video(part, fps=FPS, seconds=38, size=(1920, 1080), gop=GOP, options=options)
        part.replace(path)
    return path


def _pattern() -> Path:
    path = CACHE / "bench-receipt-pattern.mkv"
    if not path.exists():
        part = path.with_suffix(".part.mkv")
        argv = [ffmpeg(), "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc2=s=1920x1080:r={FPS}"]
        argv += ["-f", "lavfi", "-i", "sine=440", "-t", "38", "-c:v", "libx264", "-preset", "veryfast"]
        argv += ["-g", str(GOP), "-keyint_min", str(GOP), "-sc_threshold", "0", "-pix_fmt", "yuv420p"]
        argv += ["-b:v", "6M", "-maxrate", "6M", "-bufsize", "6M", "-c:a", "aac", str(part)]
        subprocess.run(argv, check=True)
        part.replace(path)
    return path
