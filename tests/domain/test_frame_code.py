"""The number in a test picture is read back, or not at all: never another one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.domain import frame_code
from tests.media import read_frame_number


def picture(number: int, width: int = 640, height: int = 360) -> np.ndarray:
    luma = np.full((height, width), 90, np.uint8)
    frame_code.draw(luma, number)
    return luma


@given(st.integers(0, frame_code.NUMBERS - 1), st.sampled_from([(240, 135), (640, 360), (854, 480), (1920, 1080)]))
def test_a_drawn_number_is_read_by_the_product_and_by_the_tests_own_reader(number: int, size: tuple[int, int]) -> None:
    drawn = picture(number, *size)
    assert frame_code.read(drawn) == number
    assert read_frame_number(drawn) == number


def test_numbers_start_again_at_the_end() -> None:
    assert frame_code.read(picture(frame_code.NUMBERS + 5)) == 5


def test_a_colour_picture_with_noise_is_read() -> None:
    noise = np.random.default_rng(1).normal(0, 12, (360, 640, 1))
    assert frame_code.read(np.clip(picture(4711)[..., None] + noise, 0, 255).repeat(3, axis=2)) == 4711


@pytest.mark.parametrize("share", [0.35, 0.5, 0.65])
def test_a_blend_of_two_frames_is_not_taken_for_either(share: float) -> None:
    blend = picture(1000) * share + picture(1001) * (1 - share)
    assert frame_code.read(blend) is None


def test_a_picture_without_a_code_reads_as_none() -> None:
    assert frame_code.read(np.full((360, 640), 128, np.uint8)) is None
    assert frame_code.read(np.zeros((360, 640), np.uint8)) is None


def test_every_flipped_cell_is_noticed() -> None:
    for cell in range(frame_code.CELLS):
        damaged = picture(43690)
        columns = slice(640 * cell // frame_code.CELLS, 640 * (cell + 1) // frame_code.CELLS)
        band = damaged[: frame_code.height(360), columns]
        damaged[: frame_code.height(360), columns] = np.where(band > 128, frame_code.BLACK, frame_code.WHITE)
        assert frame_code.read(damaged) is None
