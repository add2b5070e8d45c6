"""Random changes: bounded, repeatable, and none where none was asked for."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from medhash_gui.transforms import Augment


def pictures(count=4, side=32):
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0))


def apply(augment, x, seed=0):
    return augment(x, torch.Generator().manual_seed(seed))


def test_nothing_asked_for_changes_nothing():
    x = pictures()

    torch.testing.assert_close(apply(Augment(), x), x, atol=1e-5, rtol=0)


def test_values_stay_in_range_and_shape():
    everything = Augment(180, 0.2, 0.3, True, True, 0.5, 0.5, 0.5)
    x = pictures()

    changed = apply(everything, x)

    assert changed.shape == x.shape
    assert changed.min() >= 0
    assert changed.max() <= 1
    assert not torch.allclose(changed, x, atol=0.1)


def test_the_same_seed_makes_the_same_change():
    augment = Augment(10, 0.1, 0.1, True, True, 0.1, 0.1, 0.1)
    x = pictures()

    torch.testing.assert_close(apply(augment, x, 3), apply(augment, x, 3))
    assert not torch.allclose(apply(augment, x, 3), apply(augment, x, 4))


@pytest.mark.parametrize(("name", "axis"), [("horizontal", 3), ("vertical", 2)])
def test_flips_mirror_about_half_of_the_pictures(name, axis):
    x = pictures(40)
    flipped = x.flip(axis)

    changed = apply(Augment(**{f"flip_{name}": True}), x)

    same = torch.isclose(changed, x, atol=1e-4).flatten(1).all(dim=1)
    mirrored = torch.isclose(changed, flipped, atol=1e-4).flatten(1).all(dim=1)
    assert (same | mirrored).all()
    assert 8 < mirrored.sum() < 32


def test_rotation_keeps_the_middle_and_moves_the_rim():
    x = torch.zeros(8, 3, 65, 65)
    x[..., 30:35, 30:35] = 1
    x[..., 30:35, 58:63] = 0.5

    changed = apply(Augment(rotation_degrees=90), x)

    torch.testing.assert_close(changed[:, 0, 32, 32], torch.ones(8), atol=1e-4, rtol=0)
    assert (changed[:, 0, 32, 60] < 0.1).sum() >= 5


def test_shift_moves_by_no_more_than_its_share():
    x = torch.zeros(30, 3, 100, 100)
    x[..., 50, 50] = 1

    changed = apply(Augment(shift=0.1), x)

    rows, columns = torch.nonzero(changed[:, 0] > 0.2, as_tuple=True)[1:]
    assert (rows - 50).abs().max() <= 11
    assert (columns - 50).abs().max() <= 11
    assert (rows - 50).abs().max() > 3


def test_brightness_alone_leaves_the_shape_of_the_picture():
    x = pictures() * 0.5 + 0.25

    changed = apply(Augment(brightness=0.1), x)

    offset = (changed - x).flatten(1)
    assert offset.std(dim=1).max() < 1e-5
    assert offset.abs().max() <= 0.1 + 1e-5


def test_augment_survives_json():
    augment = Augment(rotation_degrees=5, flip_vertical=True)

    assert Augment.from_json(dataclasses.asdict(augment)) == augment
