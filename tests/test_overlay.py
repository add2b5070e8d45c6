"""The colours over a picture: where they are, where they are not, how strong."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from medhash_gui import overlay
from medhash_gui.saliency import SaliencyMap


def shown(values) -> SaliencyMap:
    values = np.asarray(values, np.float32)
    return SaliencyMap(values, "attention", box=None, low=0.0, high=1.0)


@pytest.fixture
def pixels():
    return np.random.default_rng(0).random((40, 60, 3), np.float32)


@pytest.fixture
def saliency():
    return shown(np.random.default_rng(1).random((40, 60)))


def test_opacity_zero_is_the_picture_itself(pixels, saliency):
    mixed = overlay.blend(pixels, saliency, opacity=0, colour_map="inferno")

    np.testing.assert_array_equal(mixed, np.rint(pixels * 255).astype(np.uint8))


def test_no_map_is_the_picture_itself(pixels):
    mixed = overlay.blend(pixels, None, opacity=0.5, colour_map="inferno")

    assert mixed.dtype == np.uint8
    np.testing.assert_array_equal(mixed, np.rint(pixels * 255).astype(np.uint8))


def test_grey_becomes_rgb(saliency):
    grey = np.random.default_rng(2).random((40, 60), np.float32)

    mixed = overlay.blend(grey, None, opacity=0.5, colour_map="inferno")

    assert mixed.shape == (40, 60, 3)
    np.testing.assert_array_equal(mixed[..., 0], np.rint(grey * 255).astype(np.uint8))
    np.testing.assert_array_equal(mixed[..., 0], mixed[..., 2])


def test_picture_is_untouched_where_the_map_is_zero(pixels):
    values = np.zeros((40, 60))
    values[10:20, 10:20] = 1

    mixed = overlay.blend(pixels, shown(values), opacity=1, colour_map="viridis")

    expected = np.rint(pixels * 255).astype(np.uint8)
    np.testing.assert_array_equal(mixed[:, 25:], expected[:, 25:])
    assert (mixed[10:20, 10:20] != expected[10:20, 10:20]).any()


def test_full_opacity_is_the_colour_where_the_map_is_one(pixels):
    values = np.ones((40, 60))

    mixed = overlay.blend(pixels, shown(values), opacity=1, colour_map="magma")

    assert (mixed == overlay.colour_table("magma")[255]).all()


@pytest.mark.row("D3")
def test_blend_is_the_stated_formula(pixels, saliency):
    mixed = overlay.blend(pixels, saliency, opacity=0.45, colour_map="cividis")

    table = overlay.colour_table("cividis").astype(np.float64)
    colours = table[np.rint(saliency.values * 255).astype(int)]
    alpha = 0.45 * saliency.values[..., None].astype(np.float64)
    expected = (1 - alpha) * np.rint(pixels * 255) + alpha * colours
    assert np.abs(mixed - expected).max() <= 0.51  # rounding to whole values


def test_values_out_of_range_are_clipped_not_wrapped():
    pixels = np.array([[-0.5, 0.0, 1.0, 1.5]], np.float32)

    mixed = overlay.blend(pixels, None, opacity=1, colour_map="inferno")

    assert mixed[0, :, 0].tolist() == [0, 0, 255, 255]


def test_inputs_are_left_as_they_were(pixels, saliency):
    before, values = pixels.copy(), saliency.values.copy()

    overlay.blend(pixels, saliency, opacity=0.7, colour_map="inferno")

    np.testing.assert_array_equal(pixels, before)
    np.testing.assert_array_equal(saliency.values, values)


def test_views_that_are_not_contiguous_are_taken(pixels, saliency):
    turned = shown(saliency.values[:, ::-1])

    mixed = overlay.blend(pixels[:, ::-1], turned, opacity=0.5, colour_map="inferno")

    straight = overlay.blend(pixels, saliency, opacity=0.5, colour_map="inferno")
    np.testing.assert_array_equal(mixed[:, ::-1], straight)


@pytest.mark.parametrize("name", overlay.COLOUR_MAPS)
@pytest.mark.row("D3", "I7")
def test_lightness_grows_along_every_colour_map(name):
    table = overlay.colour_table(name)

    lab = cv2.cvtColor(table[np.newaxis].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    lightness = lab[0, :, 0]
    assert table.shape == (256, 3)
    assert np.diff(lightness).min() > -0.2  # 8 bits a channel: steps of rounding
    assert lightness[-1] - lightness[0] > 50


def test_colours_are_red_green_blue():
    # The bright end of inferno is a pale yellow: much red and green, less blue.
    red, green, blue = overlay.colour_table("inferno")[255].tolist()

    assert red > 200
    assert green > 200
    assert blue < red


def test_table_cannot_be_changed_by_who_asked_for_it():
    with pytest.raises(ValueError, match="read-only"):
        overlay.colour_table("inferno")[0] = 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"opacity": 1.5}, "opacity must lie between 0 and 1, not 1.5"),
        ({"opacity": float("nan")}, "opacity must lie"),
        ({"colour_map": "jet"}, "one of viridis, inferno, cividis, magma, not 'jet'"),
        ({"saliency": shown(np.zeros((3, 3)))}, r"map is \(3, 3\), the picture \(40"),
    ],
)
def test_what_cannot_be_drawn_is_refused(pixels, saliency, options, sentence):
    values = {
        "saliency": saliency,
        "opacity": 0.5,
        "colour_map": "inferno",
        **options,
    }

    with pytest.raises(ValueError, match=sentence):
        overlay.blend(pixels, **values)
