"""Window and level on what a view shows."""

from __future__ import annotations

import numpy as np
import pytest

from medhash_gui import windowing
from medhash_gui.grey_window import LEAST_WIDTH, GreyWindow


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize(
    ("level", "width"), [(0.5, 1), (0.3, 0.2), (0.1, 0.6), (0.9, 2)]
)
def test_a_window_is_linear_and_saturates(kind, level, width):
    top = np.iinfo(kind).max
    values = np.linspace(0, top, 300).astype(kind).reshape(20, 15)

    shown = windowing.windowed(values, GreyWindow(level, width))

    exact = (values / top - (level - width / 2)) / width
    assert shown.dtype == np.uint8
    assert np.abs(shown - np.clip(exact, 0, 1) * 255).max() <= 1 + 0.5 / width


def test_a_narrow_window_keeps_the_steps_of_16_bit_greys():
    values = np.arange(32_000, 32_600, dtype=np.uint16).reshape(20, 30)

    shown = windowing.windowed(values, GreyWindow(32_300 / 65_535, 0.01))

    assert len(np.unique(shown)) > 200


def test_a_window_of_colours_leaves_no_channel_out():
    values = np.zeros((2, 2, 4), np.uint8)
    values[..., :] = (100, 120, 140, 255)

    shown = windowing.windowed(values, GreyWindow(0.5, 0.5))

    assert shown[0, 0].tolist() == [72, 112, 152, 255]


def test_a_window_cannot_be_made_empty_or_leave_the_range():
    window = GreyWindow().changed(level=9, width=1e-9)

    assert window == GreyWindow(1.0, LEAST_WIDTH)
    assert not window.is_whole
    assert GreyWindow().is_whole


def test_resampling_shows_black_outside_and_pixels_inside():
    values = np.full((4, 4), 65_535, np.uint16)
    matrix = np.array([[2.0, 0, 2], [0, 2.0, 2]])

    shown = windowing.resampled(values, matrix, (12, 12), smooth=False)

    assert shown.shape == (12, 12)
    assert shown[0, 0] == 0
    assert shown[5, 5] == 65_535
