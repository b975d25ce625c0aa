"""How much is read of a recording that has no index, as one that OBS still writes."""

import shutil
import sys
from pathlib import Path
from typing import Any

import av
import pytest

from companion.adapters.media.cut import cut
from companion.adapters.media.probe import probe
from companion.adapters.media.receipt import prove
from companion.adapters.media.sound import sound
from companion.domain.cut import CutMethod
from tests.media import cached_video, ffmpeg, frame_numbers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much a process read"),
]

FPS, ROUND_SECONDS = 30, 8
ROUNDS = 120
MOST = 0.3
"""Of the file: its beginning is read, then the place is looked for, which takes less of a longer one."""
NEARLY_LOSSLESS = "scenecut=0:bframes=2:qp=1:keyint="


@pytest.fixture(scope="module", params=[(".mkv", 60), (".flv", 240)], ids=["mkv", "flv"])
def growing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A quarter of an hour, 150 MB, of a numbered video over and over, as they are on disk before their end."""
    suffix, gop = request.param
    encoder = (("preset", "ultrafast"), ("x264-params", f"{NEARLY_LOSSLESS}{gop}"))
    seed = cached_video(".mp4", seconds=ROUND_SECONDS, audio=("Stream",), options=encoder)
    whole = tmp_path_factory.mktemp("growing") / f"whole{suffix}"
    with av.open(str(seed)) as source, av.open(str(whole), "w") as output:
        tracks = {stream: output.add_stream_from_template(stream, opaque=True) for stream in source.streams}
        packets: list[Any] = [packet for packet in source.demux() if packet.size]
        contents = [bytes(packet) for packet in packets]
        for number in range(ROUNDS):
            for packet, content in zip(packets, contents, strict=True):
                length = int(ROUND_SECONDS / packet.time_base)
                if not 0 <= packet.pts < length:
                    continue  # sound before and behind the picture
                copy: Any = av.Packet(content)
                copy.stream, copy.time_base = tracks[packet.stream], packet.time_base
                copy.pts, copy.dts = packet.pts + number * length, packet.dts + number * length
                copy.duration, copy.is_keyframe = packet.duration, packet.is_keyframe
                output.mux_one(copy)
        growing = whole.with_name(f"growing{suffix}")
        shutil.copyfile(whole, growing)
    whole.unlink()
    return growing


class Reading:
    """How much this process and the children that it waited for read, on a disk or of what is remembered of it."""

    def __init__(self, file: Path) -> None:
        self._size = file.stat().st_size
        self._before = self._bytes()

    def share(self) -> float:
        """Of the file, since the last time."""
        before, self._before = self._before, self._bytes()
        return (self._before - before) / self._size

    @staticmethod
    def _bytes() -> int:
        return int(Path("/proc/self/io").read_text().split()[1])


@pytest.mark.parametrize(
    ("place", "method"), [(0.6, CutMethod.SMART), (0.95, CutMethod.SMART), (0.95, CutMethod.REENCODE)]
)
def test_a_clip_of_a_recording_that_grows_reads_little_of_it(
    growing: Path, tmp_path: Path, place: float, method: CutMethod
) -> None:
    reencode = method is CutMethod.REENCODE
    cut(growing, tmp_path / "first.mp4", 0.5, 1, ffmpeg=ffmpeg())  # loads what is read once in a process
    reading = Reading(growing)
    info = probe(growing)
    shares = {"probe": reading.share()}
    start = ROUNDS * ROUND_SECONDS * place + 4.7
    made = cut(growing, tmp_path / "clip.mp4", start, start + 5, ffmpeg=ffmpeg(), reencode=reencode)
    shares["cut"] = reading.share()
    receipt = prove(made)
    shares["receipt"] = reading.share()
    sound(growing, tmp_path / "clip.m4a", start, start + 5, ffmpeg=ffmpeg())
    shares["sound"] = reading.share()
    assert max(shares.values()) < MOST, shares
    assert receipt.ok, receipt.failures()
    assert made.method is method
    assert info.duration == pytest.approx(ROUNDS * ROUND_SECONDS, abs=10)
    first = round(made.start * FPS)
    wanted = [number % (ROUND_SECONDS * FPS) for number in range(first, first + 5 * FPS)]
    assert frame_numbers(made.path) == wanted
