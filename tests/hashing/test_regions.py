"""From map to crop: compared with OpenCV, with autograd, and with plain slicing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from medhash_gui import saliency
from medhash_gui.hashing import regions


def smooth_maps(count=40, size=14, seed=0):
    """Return smooth random maps in [0, 1], (N, size, size)."""
    rng = np.random.default_rng(seed)
    coarse = rng.random((count, 5, 5)).astype(np.float32) ** 2
    maps = np.stack([cv2.resize(m, (size, size)) for m in coarse])
    return regions.stretched(torch.from_numpy(maps))


def test_class_map_equals_grad_cam_from_autograd():
    torch.manual_seed(0)
    classifier = nn.Linear(6, 4)
    features = torch.rand(3, 6, 5, 5, requires_grad=True)
    classes = torch.tensor([2, 0, 3])
    logits = classifier(features.mean(dim=(2, 3)))
    score = logits[torch.arange(3), classes].sum()
    [gradient] = torch.autograd.grad(score, features)
    weight = gradient.mean(dim=(2, 3), keepdim=True)

    found = regions.class_map(features, classifier.weight, classes)

    expected = (weight * features).sum(dim=1).relu()
    torch.testing.assert_close(found / 25, expected)
    assert found.max() > 0


def test_stretched_maps_run_from_zero_to_one_and_constant_ones_are_zero():
    maps = torch.stack([torch.rand(4, 4) * 3 - 7, torch.full((4, 4), 2.5)])

    found = regions.stretched(maps)

    assert found[0].min() == 0
    assert found[0].max() == 1
    assert (found[1] == 0).all()


@pytest.mark.parametrize("size", [7, 14, 56])
def test_otsu_equals_opencv(size):
    maps = smooth_maps(size=size)

    found = regions.otsu_mask(maps).numpy()

    grey = np.rint(maps.numpy() * 255).astype(np.uint8)
    for picture, mask in zip(grey, found, strict=True):
        _, expected = cv2.threshold(picture, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        np.testing.assert_array_equal(mask, expected)


def test_otsu_of_a_constant_map_is_the_whole_picture():
    assert regions.otsu_mask(torch.full((2, 5, 5), 0.3)).min() == 1


def test_largest_part_equals_opencv():
    generator = torch.Generator().manual_seed(0)
    masks = (torch.rand(60, 9, 11, generator=generator) < 0.35).float()

    found = regions.largest_part(masks).numpy()

    for mask, part in zip(masks.numpy().astype(np.uint8), found, strict=True):
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        areas = stats[1:, cv2.CC_STAT_AREA]
        assert part.sum() == areas.max()
        if (areas == areas.max()).sum() == 1:
            np.testing.assert_array_equal(part, labels == 1 + areas.argmax())


def test_a_long_winding_part_is_followed_to_its_end():
    mask = torch.zeros(1, 9, 9)
    mask[0, ::2] = 1
    mask[0, 1::4, -1] = 1
    mask[0, 3::4, 0] = 1

    assert torch.equal(regions.largest_part(mask), mask)


def test_of_equal_parts_the_topmost_counts_and_nothing_stays_nothing():
    mask = torch.zeros(2, 4, 4)
    mask[0, 0, 3] = mask[0, 3, 0] = 1

    found = regions.largest_part(mask)

    assert found[0].nonzero().tolist() == [[0, 3]]
    assert found[1].sum() == 0


def test_box_is_that_of_the_map_on_screen():
    maps = smooth_maps(seed=1)
    part = regions.largest_part(regions.otsu_mask(maps))

    found = regions.boxes(part, least=0.0) * maps.shape[1]

    for values, box in zip(maps.numpy(), found.tolist(), strict=True):
        x, y, width, height = saliency.region_box(values)
        assert box == pytest.approx([x, y, x + width, y + height], abs=1e-4)


@pytest.mark.parametrize(
    ("row", "column", "expected"),
    [
        (3, 3, [0.5 - 1 / 6, 0.5 - 1 / 6, 0.5 + 1 / 6, 0.5 + 1 / 6]),
        (0, 6, [2 / 3, 0, 1, 1 / 3]),
    ],
)
def test_a_small_box_grows_around_its_centre_within_the_picture(row, column, expected):
    mask = torch.zeros(1, 7, 7)
    mask[0, row, column] = 1

    [box] = regions.boxes(mask, least=1 / 3).tolist()

    assert box == pytest.approx(expected, abs=1e-6)


def test_an_empty_mask_has_the_whole_picture_for_a_box():
    assert regions.boxes(torch.zeros(1, 7, 7), least=0.25).tolist() == [[0, 0, 1, 1]]


def test_crop_at_the_same_scale_is_a_slice():
    images = torch.randn(2, 3, 32, 32)
    box = torch.tensor([[8 / 32, 4 / 32, 24 / 32, 20 / 32], [0, 0, 0.5, 0.5]])

    found = regions.crop(images, box, 16)

    torch.testing.assert_close(found[0], images[0, :, 4:20, 8:24])
    torch.testing.assert_close(found[1], images[1, :, :16, :16])


def test_crop_of_everything_is_the_picture():
    images = torch.randn(1, 3, 20, 20)

    found = regions.crop(images, torch.tensor([[0.0, 0, 1, 1]]), 20)

    torch.testing.assert_close(found, images)


def test_control_boxes_have_the_size_of_the_box():
    box = torch.tensor([[0.1, 0.2, 0.4, 0.9], [0, 0, 1, 1]]).repeat(20, 1)
    images = torch.randn(40, 3, 32, 32)
    size = box[:, 2:] - box[:, :2]

    middle, other = regions.centred(box), regions.anywhere(box, images)

    for found in (middle, other):
        torch.testing.assert_close(found[:, 2:] - found[:, :2], size)
        assert found.min() >= 0
        assert found.max() <= 1 + 1e-6
    torch.testing.assert_close(middle[:, :2] + middle[:, 2:], torch.ones(40, 2))
    assert other[::2, 0].std() > 0.1
    assert torch.equal(other, regions.anywhere(box, images))
