"""Helpers of the tests on a real OBS: the picture, what is on air now, what a file shows, an independent client."""

import base64
import contextlib
import dataclasses
import hashlib
import io
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import obsws_python
from filelock import FileLock
from numpy.typing import NDArray
from PIL import Image

from companion.adapters.obs import picture
from companion.adapters.obs.private import PrivateObs
from companion.domain import frame_code

PICTURE_SECONDS = 300
SIZE = (320, 180)
"""Of the picture and of OBS's canvas: small, for OBS draws by software here, which costs by the pixel."""
CACHE = Path(__file__).parents[2] / ".cache"


async def numbered_picture(fps: int) -> Path:
    """The numbered clip, made once for all workers and kept in the checkout as long as its making is the same."""
    CACHE.mkdir(exist_ok=True)
    recipe = b"".join(Path(str(module.__file__)).read_bytes() for module in (picture, frame_code))
    name = f"picture-{SIZE[1]}-{fps}-{hashlib.sha256(recipe).hexdigest()[:12]}"
    ffmpeg = Path(imageio_ffmpeg.get_ffmpeg_exe())
    with FileLock(CACHE / f"{name}.lock"):
        return await picture.make_test_picture(
            CACHE / f"{name}.mkv", ffmpeg, size=SIZE, fps=fps, seconds=PICTURE_SECONDS
        )


@contextlib.contextmanager
def witness(obs: PrivateObs) -> Iterator[obsws_python.ReqClient]:
    """Another client of `obs`, which shares no code with the product."""
    logging.getLogger("obsws_python").setLevel(logging.CRITICAL)  # it logs the password otherwise
    client = obsws_python.ReqClient(host="127.0.0.1", port=obs.port, password=obs.password, timeout=30)
    try:
        yield client
    finally:
        client.disconnect()


@contextlib.contextmanager
def second_scene(client: obsws_python.ReqClient, name: str) -> Iterator[str]:
    """A second scene, with the source Blue of that colour; at the end OBS is as before."""
    first = client.get_current_program_scene().current_program_scene_name
    colour = {"color": 0xFFFF0000, "width": SIZE[0], "height": SIZE[1]}
    blue = (name, "Blue", "color_source_v3", colour)
    held = "the end of that of the scene before, which a transition holds"
    wait_until(lambda: _made(client.create_scene, name), held)
    wait_until(lambda: _made(client.create_input, *blue, sceneItemEnabled=True), held)
    yield name
    client.set_studio_mode_enabled(False)
    client.set_current_program_scene(first)
    client.remove_input("Blue")
    client.remove_scene(name)


def _made(create: Callable[..., Any], *words: Any, **further: Any) -> bool:
    try:
        create(*words, **further)
    except obsws_python.error.OBSSDKRequestError:
        return False
    return True


@dataclasses.dataclass(frozen=True)
class OnAir:
    """The frame `number` was on air at some moment from `after` to `before` (Unix seconds)."""

    number: int
    after: float
    before: float


def on_air(client: obsws_python.ReqClient) -> OnAir:
    """Read the number that the program shows now, by a screenshot of the scene on program."""
    scene = client.get_current_program_scene().current_program_scene_name
    wanted = {"sourceName": scene, "imageFormat": "png", "imageWidth": 320, "imageHeight": 180}
    deadline = time.monotonic() + 10
    while True:
        after = time.time()
        answer: Any = client.send("GetSourceScreenshot", wanted, raw=True)
        before = time.time()
        shot = Image.open(io.BytesIO(base64.b64decode(answer["imageData"].split(",", 1)[1])))
        number = frame_code.read(np.asarray(shot.convert("L")))
        if number is not None:
            return OnAir(number, after, before)
        if time.monotonic() > deadline:
            raise AssertionError("the program shows no frame number")


class AirClock:
    """Tells which frame was on air at a moment, from several readings of `on_air`.

    Frame n is on air from `start + n / fps` on. Each reading bounds `start` from both sides; the bounds' distance is
    the clock's `tolerance`.
    """

    def __init__(self, fps: int) -> None:
        self._fps = fps
        self._low, self._high = float("-inf"), float("inf")

    def read(self, client: obsws_python.ReqClient, times: int = 20) -> "AirClock":
        """Take readings, spread over the frame period."""
        for turn in range(times):
            seen = on_air(client)
            self._high = min(self._high, seen.before - seen.number / self._fps)
            self._low = max(self._low, seen.after - (seen.number + 1) / self._fps)
            time.sleep(0.011 + turn % 4 * 0.007)
        return self

    @property
    def tolerance(self) -> float:
        """How far, in seconds, the clock may be off; on a computer too busy for a steady picture that is a lot."""
        return abs(self._high - self._low) / 2

    def time_of(self, number: int) -> float:
        """The Unix time at which frame `number` came on air."""
        return (self._low + self._high) / 2 + number / self._fps

    def number_at(self, moment: float) -> float:
        """The (fractional) frame number that was on air at a Unix time."""
        return (moment - (self._low + self._high) / 2) * self._fps


def frames_of(path: Path) -> list[tuple[float, int | None]]:
    """The time on the file's own timeline, and the number, of every frame that `path` shows."""
    import av

    with av.open(str(path)) as file:
        frames = [(float(frame.time or 0), _number(frame)) for frame in file.decode(video=0)]
    return [(at - frames[0][0], number) for at, number in frames]


def _number(frame: Any) -> int | None:
    grey: NDArray[np.uint8] = frame.to_ndarray(format="gray")
    return frame_code.read(grey)


def wait_until(reached: Callable[[], bool], what: str, seconds: float = 15.0) -> None:
    """Poll until `reached`; fails saying `what` did not happen."""
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.05)
