"""A map is tried on the picture it explains."""

from __future__ import annotations

import numpy as np
import pytest

from medhash_gui import map_check
from medhash_gui.saliency import GridMap

SIDE = 42
PLACE = (slice(12, 18), slice(24, 30))  # cell (2, 4) of 7 x 7


def picture() -> np.ndarray:
    rng = np.random.default_rng(2)
    inputs = rng.normal(0, 0.05, (3, SIDE, SIDE)).astype(np.float32)
    inputs[:, PLACE[0], PLACE[1]] += 3
    return inputs


def brightness(inputs: np.ndarray) -> np.ndarray:
    """A network that sees the bright place and nothing else."""
    values = inputs[:, :, PLACE[0], PLACE[1]].mean(axis=(1, 2, 3))
    return values / picture()[:, PLACE[0], PLACE[1]].mean()


def grid(*cells: tuple[int, int]) -> GridMap:
    values = np.zeros((7, 7), np.float32)
    for cell in cells:
        values[cell] = 1
    return GridMap(values, "pair", 0, 1)


@pytest.mark.row("D6")
def test_a_map_that_names_the_place_passes():
    check = map_check.check(grid((2, 4)), picture(), brightness)

    assert check.has_passed
    assert check.reason == ""
    assert check.deletion[0] < 0.5 < check.insertion[0]


@pytest.mark.row("D8")
def test_a_map_that_names_another_place_is_withheld_with_the_reason():
    values = np.ones((7, 7), np.float32)
    values[2, 4] = 0  # it names every place but the one

    check = map_check.check(GridMap(values, "pair", 0, 1), picture(), brightness)

    assert not check.has_passed
    assert "no more than covering places at random" in check.reason


@pytest.mark.row("D8")
def test_a_network_that_sees_nothing_lets_no_map_pass():
    check = map_check.check(grid((2, 4)), picture(), lambda x: np.ones(len(x)))

    assert check.lead == 0
    assert not check.has_passed


@pytest.mark.row("D6")
def test_curves_have_a_value_a_step_and_the_same_picture_gives_the_same():
    first = map_check.check(grid((2, 4)), picture(), brightness)
    second = map_check.check(grid((2, 4)), picture(), brightness)

    assert first.steps.tolist() == list(map_check.STEPS)
    assert first.deletion.shape == first.insertion.shape == (len(map_check.STEPS),)
    orders = (map_check.RANDOM_ORDERS, len(map_check.STEPS))
    assert first.random_deletion.shape == first.random_insertion.shape == orders
    assert np.array_equal(first.random_deletion, second.random_deletion)
