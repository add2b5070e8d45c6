"""What a picture looks like to the network, and where the network's cells lie on it."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest

from medhash_gui.errors import BundleError
from medhash_gui.preprocess import IMAGENET_MEAN, IMAGENET_STD, Preprocess

FUNDUS = Path(__file__).resolve().parents[2] / "shared/data/fundus_idrid_512/images"


def plain(size: int = 32, **options: object) -> Preprocess:
    """Normalises nothing, so that inputs can be read as pixels."""
    values = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0), **options}
    return Preprocess(size=size, **values)  # type: ignore[arg-type]


def disc(height: int, width: int, radius: float, surround: float = 0.0):
    """A grey retina in the middle of a dark frame."""
    y, x = np.mgrid[:height, :width]
    inside = (y - height / 2) ** 2 + (x - width / 2) ** 2 <= radius**2
    return np.where(inside, 0.6, surround).astype(np.float32)


def test_input_is_float32_planes_of_the_asked_size():
    inputs = Preprocess(size=64)(np.zeros((48, 100), np.float32))

    assert inputs.shape == (3, 64, 64)
    assert inputs.dtype == np.float32
    assert inputs.flags.c_contiguous


def test_each_channel_is_normalised_with_its_own_mean_and_std():
    pixels = np.full((10, 10, 3), (0.2, 0.5, 0.9), np.float32)

    inputs = Preprocess(size=4)(pixels)

    for channel, value in enumerate((0.2, 0.5, 0.9)):
        expected = (value - IMAGENET_MEAN[channel]) / IMAGENET_STD[channel]
        np.testing.assert_allclose(inputs[channel], expected, rtol=1e-5)


def test_grey_is_repeated_in_three_channels():
    pixels = np.random.default_rng(0).random((40, 40), np.float32)

    inputs = plain(size=16)(pixels)

    np.testing.assert_array_equal(inputs[0], inputs[1])
    np.testing.assert_array_equal(inputs[0], inputs[2])


def test_grey_picture_and_its_rgb_copy_give_the_same_input():
    pixels = np.random.default_rng(1).random((45, 70), np.float32)

    grey = Preprocess(size=24)(pixels)
    colour = Preprocess(size=24)(np.repeat(pixels[:, :, None], 3, axis=2))

    np.testing.assert_allclose(grey, colour, atol=1e-6)


def test_pad_keeps_the_shape_and_fills_with_black():
    inputs = plain(size=32)(np.ones((50, 100), np.float32))

    assert inputs[0, 8:24].min() == pytest.approx(1)
    assert inputs[0, :8].max() == 0
    assert inputs[0, 24:].max() == 0


def test_padding_is_black_before_normalising():
    inputs = Preprocess(size=32)(np.ones((50, 100), np.float32))

    assert inputs[0, 0, 0] == pytest.approx(-IMAGENET_MEAN[0] / IMAGENET_STD[0])


def test_stretch_fills_the_square():
    inputs = plain(size=32, fit="stretch")(np.ones((50, 100), np.float32))

    assert inputs.min() == pytest.approx(1)


def test_shrinking_averages_every_pixel():
    pixels = np.zeros((64, 64), np.float32)
    pixels[::2, ::2] = 1  # a pattern that skipping pixels would turn all on or all off

    inputs = plain(size=8)(pixels)

    np.testing.assert_allclose(inputs, 0.25, atol=1e-6)


def test_shrinking_one_axis_and_growing_the_other_averages_the_first():
    pixels = np.zeros((4, 512), np.float32)
    pixels[:, ::2] = 1

    inputs = plain(size=16, fit="stretch")(pixels)

    np.testing.assert_allclose(inputs, 0.5, atol=1e-6)


@pytest.mark.parametrize("fit", ["pad", "stretch"])
@pytest.mark.parametrize("trim", [False, True])
@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 40_000), (40_000, 1, 3), (2, 3000), (33, 31, 3), (1, 1, 3)]
)
def test_extreme_shapes_give_a_finite_input(shape, trim, fit):
    pixels = np.random.default_rng(2).random(shape, np.float32)

    inputs = Preprocess(size=32, fit=fit, trim_border=trim)(pixels)

    assert inputs.shape == (3, 32, 32)
    assert np.isfinite(inputs).all()


def test_input_does_not_depend_on_the_memory_layout():
    pixels = np.random.default_rng(3).random((60, 80, 3), np.float32)

    turned = np.asfortranarray(pixels)

    np.testing.assert_array_equal(Preprocess()(pixels), Preprocess()(turned))


def test_pixels_are_left_as_they_were():
    pixels = np.random.default_rng(4).random((60, 80), np.float32)
    before = pixels.copy()

    Preprocess(size=32, trim_border=True)(pixels)

    np.testing.assert_array_equal(pixels, before)


def test_trim_cuts_the_black_surround():
    prepare = plain(size=32, trim_border=True)
    pixels = disc(400, 800, radius=150)

    region = prepare.region(pixels)

    # Found on a copy of 256 columns: exact to one of its cells, 3.1 px here.
    assert region.x == pytest.approx(250, abs=4)
    assert region.width == pytest.approx(300, abs=8)
    assert region.y == pytest.approx(50, abs=4)


def test_trim_is_nearly_the_same_for_a_reduced_copy():
    full = disc(1424, 2144, radius=650)
    reduced = cv2.resize(full, (536, 356), interpolation=cv2.INTER_AREA)
    prepare = plain(size=64, trim_border=True)

    difference = np.abs(prepare(full) - prepare(reduced))

    assert difference.mean() < 0.01


def test_trim_is_not_misled_by_noise_speckle_and_a_date_stamp():
    rng = np.random.default_rng(5)
    pixels = disc(400, 800, radius=150) + rng.uniform(0, 0.02, (400, 800))
    pixels[5, 7] = pixels[390, 780] = 1
    pixels[385:390, 10:40] = 1
    prepare = plain(size=32, trim_border=True)

    region = prepare.region(pixels.astype(np.float32))

    assert region.x == pytest.approx(250, abs=5)
    assert region.width == pytest.approx(300, abs=10)


def test_trim_keeps_a_dark_picture_whole():
    pixels = np.zeros((30, 50), np.float32)

    region = plain(size=32, fit="stretch", trim_border=True).region(pixels)

    assert (region.x, region.y, region.width, region.height) == (0, 0, 50, 30)


def test_trim_never_cuts_below_a_quarter_of_a_side():
    pixels = np.zeros((200, 200), np.float32)
    pixels[190:, 100:108] = 1

    region = plain(size=32, fit="stretch", trim_border=True).region(pixels)

    assert region.width == region.height == 50
    assert region.y == 150  # at the border, where the bright patch is
    assert region.x <= 100 <= 108 <= region.x + region.width


@pytest.mark.skipif(not FUNDUS.is_dir(), reason="the fundus photographs are not here")
def test_trim_finds_the_retina_in_real_photographs():
    prepare = plain(size=32, trim_border=True)

    for path in sorted(FUNDUS.glob("*.jpg"))[::40]:
        data = np.frombuffer(path.read_bytes(), np.uint8)
        pixels = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB).astype(np.float32) / 255
        region = prepare.region(pixels)

        # The retina fills the height (340 px) and columns 33 to 440 of 512.
        assert 20 <= region.x <= 40
        assert 400 <= region.width <= 440


def test_region_of_a_padded_picture_reaches_outside_it():
    region = plain(size=32).region(np.zeros((50, 100), np.float32))

    assert (region.x, region.width) == (0, 100)
    assert (region.y, region.height) == (-25, 100)


def test_map_lands_on_the_cells_it_came_from():
    prepare = plain(size=64)
    pixels = np.zeros((100, 200), np.float32)
    values = np.zeros((4, 4), np.float32)
    values[1, 3] = 1  # rows 0-50 and columns 150-200 of the picture

    shown = prepare.to_image(values, pixels.shape, prepare.region(pixels))

    assert shown.shape == (100, 200)
    assert shown.dtype == np.float32
    y, x = np.unravel_index(int(shown.argmax()), shown.shape)
    assert 20 <= y <= 30
    assert 170 <= x <= 200


def test_a_bright_spot_comes_back_to_where_it_was():
    prepare = plain(size=64, trim_border=True)
    pixels = disc(300, 500, radius=140)
    pixels[100:110, 300:310] = 1

    input_map = prepare(pixels)[0]
    shown = prepare.to_image(input_map, pixels.shape, prepare.region(pixels))

    y, x = np.unravel_index(int(shown.argmax()), shown.shape)
    assert abs(y - 104.5) < 4
    assert abs(x - 304.5) < 4


def test_map_of_ones_is_one_inside_the_region_and_zero_outside():
    prepare = plain(size=32, fit="stretch", trim_border=True)
    pixels = disc(400, 800, radius=150)
    region = prepare.region(pixels)

    shown = prepare.to_image(np.ones((7, 7), np.float32), pixels.shape, region)

    x = round(region.x)
    assert shown[200, x + 2 : x + 298].min() == pytest.approx(1)
    assert shown[:, : x - 1].max() == 0


def test_map_is_never_out_of_the_range_of_its_values():
    values = np.random.default_rng(6).random((7, 5), np.float32)
    prepare = plain(size=224)
    pixels = np.zeros((123, 457), np.float32)

    shown = prepare.to_image(values, pixels.shape, prepare.region(pixels))

    assert shown.min() >= values.min() - 1e-6
    assert shown.max() <= values.max() + 1e-6


def test_map_agrees_with_opencv_where_the_input_is_the_picture():
    values = np.random.default_rng(7).random((7, 7), np.float32)
    prepare = plain(size=224)
    pixels = np.zeros((300, 300), np.float32)

    shown = prepare.to_image(values, pixels.shape, prepare.region(pixels))

    expected = cv2.resize(values, (300, 300), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(shown, expected, atol=1e-5)


def test_settings_survive_json():
    prepare = Preprocess(size=320, fit="stretch", trim_border=True, std=(0.5, 0.5, 1))

    read = Preprocess.from_json(json.loads(json.dumps(prepare.as_json())))

    assert read == prepare


def test_settings_survive_the_way_to_a_worker_process():
    prepare = Preprocess(size=320, trim_border=True)

    assert pickle.loads(pickle.dumps(prepare)) == prepare


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"size": 0}, "size must be between 1 and 4096, not 0"),
        ({"size": 5000}, "size must be between"),
        ({"size": 2.5}, "size must be a whole number"),
        ({"fit": "crop"}, "fit must be one of pad, stretch, not 'crop'"),
        ({"trim_border": "no"}, "trim_border true or false"),
        ({"mean": [0, 0]}, "is not valid"),
        ({"mean": [0, 0, float("nan")]}, "mean must be three numbers"),
        ({"std": [1, 0, 1]}, "std must be above zero"),
        ({"std": "wide"}, "is not valid"),
    ],
)
def test_settings_out_of_range_are_named(change, sentence):
    with pytest.raises(BundleError, match=sentence):
        Preprocess.from_json({**Preprocess().as_json(), **change})


def test_missing_setting_is_named():
    values = Preprocess().as_json()
    del values["fit"]

    with pytest.raises(BundleError, match="lacks 'fit'"):
        Preprocess.from_json(values)
