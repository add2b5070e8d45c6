"""Where the network looked: the closed form, the scale, and when no map is shown."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from medhash_gui import saliency
from medhash_gui.preprocess import Preprocess
from medhash_gui.saliency import GridMap, Withheld


@pytest.fixture
def rng():
    return np.random.default_rng(0)


# ------------------------------------------------------------------------- code map
def test_code_map_is_the_formula_written_out_in_loops(rng):
    features = rng.random((5, 3, 4), np.float32)
    weight = rng.normal(size=(6, 5)).astype(np.float32)
    signs = np.array([1, -1, 1, 1, -1, -1], np.int8)

    spoken = saliency.code_map(features, weight, signs)

    for y in range(3):
        for x in range(4):
            total = 0.0
            for k in range(6):
                total += float(signs[k]) * float(weight[k] @ features[:, y, x])
            assert spoken[y, x] == pytest.approx(max(total, 0) / 12, rel=1e-4, abs=1e-6)


def test_cells_of_the_code_map_sum_to_the_margins_of_the_code(rng):
    # Where no cell speaks against the code, nothing is lost by the ReLU.
    features = rng.random((5, 7, 7), np.float32)
    weight = rng.random((6, 5), np.float32)
    signs = np.ones(6, np.int8)

    spoken = saliency.code_map(features, weight, signs)

    logits = features.mean(axis=(1, 2)) @ weight.T
    assert spoken.sum() == pytest.approx(logits.sum(), rel=1e-5)


def test_code_map_equals_grad_cam_by_numerical_gradient(rng):
    """Grad-CAM of sum_k sign_k z_k, its gradient taken by differences."""
    features = rng.normal(size=(3, 2, 2))
    weight, bias = rng.normal(size=(4, 3)), rng.normal(size=4)
    signs = np.array([1, -1, -1, 1])

    def target(values):
        return signs @ (weight @ values.mean(axis=(1, 2)) + bias)

    gradient = np.zeros_like(features)
    for at in np.ndindex(features.shape):
        step = np.zeros_like(features)
        step[at] = 1e-4
        gradient[at] = (target(features + step) - target(features - step)) / 2e-4
    importance = gradient.mean(axis=(1, 2))
    grad_cam = np.maximum(np.tensordot(importance, features, axes=1), 0)

    spoken = saliency.code_map(
        features.astype(np.float32),
        weight.astype(np.float32),
        signs.astype(np.int8),
    )

    np.testing.assert_allclose(spoken, grad_cam, atol=1e-6)


def test_code_map_equals_grad_cam_by_autograd(rng):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    weight = rng.normal(size=(8, 6)).astype(np.float32)
    signs = np.where(rng.random(8) > 0.5, 1, -1).astype(np.int8)
    features = rng.random((6, 7, 7), np.float32)
    leaf = torch.tensor(features, requires_grad=True)

    logits = torch.tensor(weight) @ leaf.mean(dim=(1, 2))
    (torch.tensor(signs, dtype=torch.float32) * logits).sum().backward()
    importance = leaf.grad.mean(dim=(1, 2))
    grad_cam = torch.relu(torch.tensordot(importance, leaf.detach(), dims=1))

    spoken = saliency.code_map(features, weight, signs)
    np.testing.assert_allclose(spoken, grad_cam.numpy(), atol=1e-5)


def test_bits_with_sign_zero_are_left_out(rng):
    features = rng.random((5, 3, 3), np.float32)
    weight = rng.normal(size=(2, 5)).astype(np.float32)

    one = saliency.code_map(features, weight, np.array([1, 0], np.int8))

    alone = saliency.code_map(features, weight[:1], np.array([1], np.int8))
    np.testing.assert_allclose(one, alone, atol=1e-7)


def test_code_map_finds_the_cell_that_made_the_code():
    features = np.full((2, 7, 7), 0.1, np.float32)
    features[0, 2, 5] = 3
    weight = np.array([[1, -1]], np.float32)

    shown = saliency.shown_code_map(
        saliency.code_map(features, weight, np.array([1], np.int8))
    )

    assert isinstance(shown, GridMap)
    assert shown.source == "grad-cam"
    assert shown.values[2, 5] == 1
    assert np.count_nonzero(shown.values) == 1


# ---------------------------------------------------------------------------- scale
@pytest.mark.row("D1")
def test_attention_is_stretched_and_its_ends_are_told():
    attention = np.linspace(0.45, 0.55, 12, dtype=np.float32).reshape(3, 4)

    shown = saliency.attention_map(attention)

    assert isinstance(shown, GridMap)
    assert shown.source == "attention"
    assert (shown.values.min(), shown.values.max()) == (0, 1)
    assert shown.low == pytest.approx(0.45)
    assert shown.high == pytest.approx(0.55)
    np.testing.assert_allclose(
        shown.low + shown.values * (shown.high - shown.low), attention, atol=1e-6
    )


def test_attention_that_hardly_differs_is_withheld(rng):
    attention = 0.5 + 0.018 * rng.random((7, 7), np.float32)

    shown = saliency.attention_map(attention)

    assert isinstance(shown, Withheld)
    assert "nearly the same everywhere (0.5 to 0.5" in shown.reason


@pytest.mark.row("D8")
def test_flat_code_map_is_withheld():
    shown = saliency.shown_code_map(np.full((7, 7), 3.0, np.float32))

    assert isinstance(shown, Withheld)
    assert "nearly the same everywhere" in shown.reason


def test_code_map_of_any_unit_is_shown():
    tiny = np.zeros((7, 7), np.float32)
    tiny[3, 3] = 1e-9

    shown = saliency.shown_code_map(tiny)

    assert isinstance(shown, GridMap)
    assert shown.values[3, 3] == 1


def test_code_map_of_nothing_is_withheld():
    shown = saliency.shown_code_map(np.zeros((7, 7), np.float32))

    assert shown == Withheld("No part of the picture speaks for its code.")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("show", [saliency.attention_map, saliency.shown_code_map])
@pytest.mark.row("D8")
def test_map_that_is_not_numbers_is_withheld(show, value):
    values = np.random.default_rng(1).random((7, 7), np.float32)
    values[2, 2] = value

    shown = show(values)

    assert shown == Withheld("The map holds values that are not numbers.")


def test_map_of_one_cell_is_withheld():
    assert isinstance(saliency.attention_map(np.ones((1, 1), np.float32)), Withheld)


# ----------------------------------------------------------------- on the picture
@pytest.mark.parametrize("shape", [(90, 60), (60, 90, 3), (7, 300), (1, 1)])
def test_map_on_the_image_has_its_size_and_range(shape, rng):
    prepare = Preprocess(size=32)
    pixels = np.zeros(shape, np.float32)
    grid = GridMap(rng.random((7, 7), np.float32), "attention", 0.1, 0.9)

    shown = saliency.on_image(grid, prepare, shape, prepare.region(pixels))

    assert shown.values.shape == shape[:2]
    assert shown.values.dtype == np.float32
    assert 0 <= shown.values.min() <= shown.values.max() <= 1
    assert (shown.source, shown.low, shown.high) == ("attention", 0.1, 0.9)


def test_box_on_the_image_encloses_the_cell_that_stands_out():
    prepare = Preprocess(size=70)
    pixels = np.zeros((350, 700), np.float32)
    values = np.zeros((7, 7), np.float32)
    values[3, 5] = 1  # centre at x = 550, y = 175 of the picture
    grid = GridMap(values, "attention", 0, 1)

    shown = saliency.on_image(grid, prepare, pixels.shape, prepare.region(pixels))

    assert shown.box is not None
    x, y, width, height = shown.box
    assert x < 550 < x + width
    assert y < 175 < y + height
    assert width < 200


def test_box_is_that_of_the_largest_part():
    values = np.zeros((50, 80), np.float32)
    values[5:10, 5:10] = 1
    values[20:40, 50:70] = 0.9

    assert saliency.region_box(values) == (50, 20, 20, 20)


def test_parts_that_touch_at_a_corner_are_one():
    values = np.zeros((50, 80), np.float32)
    values[10:20, 10:20] = 1
    values[20:30, 20:30] = 1
    values[40:50, 60:72] = 1

    assert saliency.region_box(values) == (10, 10, 20, 20)


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_constant_map_has_no_box(value):
    assert saliency.region_box(np.full((9, 9), value, np.float32)) is None


def test_threshold_of_the_box_is_otsus(rng):
    """Otsu's criterion by brute force over 256 thresholds."""
    dark = rng.normal(0.2, 0.05, (40, 100))
    bright = rng.normal(0.7, 0.05, (20, 20))
    values = np.clip(dark, 0, 1)
    values[10:30, 40:60] = np.clip(bright, 0, 1)
    grey = np.rint(values.astype(np.float32) * 255).astype(np.uint8)
    between = []
    for threshold in range(256):
        low, high = grey[grey <= threshold], grey[grey > threshold]
        apart = 0.0
        if low.size and high.size:
            apart = low.size * high.size * (low.mean() - high.mean()) ** 2
        between.append(apart)
    best = int(np.argmax(between))

    box = saliency.region_box(values.astype(np.float32))

    mask = (grey > best).astype(np.uint8)
    _, _, parts, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    largest = parts[1 + parts[1:, cv2.CC_STAT_AREA].argmax()]
    assert box == tuple(largest[:4].tolist())
    assert box == (40, 10, 20, 20)


def test_outlines_go_around_the_parts_of_a_mask():
    mask = np.zeros((20, 30), np.float32)
    mask[2:6, 3:9] = 1
    mask[12:15, 20:25] = 0.6
    mask[0, 29] = 0.5  # not above a half

    found = saliency.outlines(mask)

    ends = sorted((*o.min(axis=0).tolist(), *o.max(axis=0).tolist()) for o in found)
    assert ends == [(3, 2, 8, 5), (20, 12, 24, 14)]
    assert saliency.outlines(np.zeros((4, 4), np.float32)) == ()
