"""A thumbnail shows something, in the right shape."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from companion.adapters.media.thumbnail import thumbnail
from companion.kernel.errors import Failed
from tests.media import cached_video, read_frame_number

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
@pytest.mark.parametrize("codec", ["h264", "hevc", "av1"])
def test_it_is_a_small_picture_of_a_frame(codec: str, suffix: str, tmp_path: Path) -> None:
    clip = cached_video(".mkv", codec=codec, size=(640, 360), seconds=3, gop=32)
    thumbnail(clip, tmp_path / f"t{suffix}")
    with Image.open(tmp_path / f"t{suffix}") as picture:
        assert picture.format == {".jpg": "JPEG", ".webp": "WEBP"}[suffix]
        assert picture.size == (480, 270)
        assert 0 <= read_frame_number(np.asarray(picture.convert("RGB"))) < 90
    assert [path.name for path in tmp_path.iterdir()] == [f"t{suffix}"]


def test_wide_pixels_are_shown_wide(tmp_path: Path) -> None:
    clip = cached_video(".mkv", size=(640, 480), seconds=1, sample_aspect_ratio=Fraction(4, 3))
    thumbnail(clip, tmp_path / "t.jpg", width=320)
    with Image.open(tmp_path / "t.jpg") as picture:
        assert picture.size == (320, 180)


def test_a_black_part_is_not_chosen(tmp_path: Path) -> None:
    """Two thirds into the clip the screen is black; a third into it there is something to see."""
    clip = tmp_path / "clip.mp4"
    with av.open(str(clip), "w") as output:
        video: Any = output.add_stream("libx264", rate=10, options={"x264-params": "keyint=10:min-keyint=10"})
        video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
        for number in range(90):
            grey = np.full((180, 320, 3), 0 if number >= 45 else 128, np.uint8)
            grey[::4] = 0 if number >= 45 else 255
            output.mux(video.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        output.mux(video.encode(None))
    thumbnail(clip, tmp_path / "t.jpg")
    with Image.open(tmp_path / "t.jpg") as picture:
        assert np.asarray(picture).mean() > 60


def test_no_picture_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"nothing of the kind")
    with pytest.raises(Failed) as failed:
        thumbnail(tmp_path / "clip.mp4", tmp_path / "t.jpg")
    assert failed.value.code == "thumbnail_failed"
    assert not (tmp_path / "t.jpg").exists()
