"""Crops show the same picture otherwise, and never mirror a chest film."""

from __future__ import annotations

import dataclasses

import torch

from medhash_gui.crops import KINDS, Crops


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# Nothing but what a crop must do.
STILL = Crops(
    area=1, aspect=1, rotation_degrees=0, brightness=0, contrast=0, gamma=0, holes=0
)


def test_a_crop_of_everything_is_the_picture() -> None:
    pictures = torch.rand(3, 3, 16, 16, generator=seeded())

    seen = STILL(pictures, seeded(1), size=16)

    assert torch.allclose(seen, pictures, atol=1e-4)


def test_films_are_never_mirrored() -> None:
    side = torch.zeros(64, 3, 32, 32)
    side[..., :16] = 1  # bright on the left

    seen = KINDS["film"](side, seeded(), size=32)

    left, right = seen[..., :16].mean(dim=(1, 2, 3)), seen[..., 16:].mean(dim=(1, 2, 3))
    # Crops that lie on one side show no edge at all.
    assert (left - right).min() > -0.2
    assert (left - right).max() > 0.5


def test_a_flip_where_it_is_asked_for_mirrors_half_and_changes_nothing_else() -> None:
    pictures = torch.rand(64, 3, 16, 16, generator=seeded())
    flipping = dataclasses.replace(STILL, flip_horizontal=True)

    seen = flipping(pictures, seeded(1), size=16)

    mirrored = (seen - pictures.flip(3)).abs().amax(dim=(1, 2, 3)) < 1e-3
    same = (seen - pictures).abs().amax(dim=(1, 2, 3)) < 1e-3
    assert (mirrored | same).all()
    assert 16 < mirrored.sum() < 48


def test_crops_stay_in_range_and_repeat_by_seed() -> None:
    pictures = torch.rand(8, 3, 40, 40, generator=seeded())

    once, again, other = (
        Crops()(pictures, seeded(seed), size=32) for seed in (3, 3, 4)
    )

    assert once.shape == (8, 3, 32, 32)
    assert once.min() >= 0
    assert once.max() <= 1
    assert torch.equal(once, again)
    assert not torch.equal(once, other)


def test_a_crop_shows_at_least_the_named_share() -> None:
    ramp = torch.linspace(0, 1, 64).expand(32, 3, 64, 64)
    crops = dataclasses.replace(STILL, area=0.5)

    seen = crops(ramp, seeded(), size=64)

    width = seen[:, 0, 0, -1] - seen[:, 0, 0, 0]
    assert width.min() > 0.5**0.5 - 0.05
    assert width.min() < 0.85


def test_holes_are_covered_with_the_mean() -> None:
    pictures = torch.rand(16, 3, 28, 28, generator=seeded())
    holed = dataclasses.replace(STILL, holes=1, hole=0.25)

    seen = holed(pictures, seeded(1), size=28)

    changed = (seen - pictures).abs().amax(dim=1) > 1e-3  # (B, S, S)
    mean = pictures.mean(dim=(2, 3), keepdim=True).expand_as(seen)
    at = changed[:, None].expand_as(seen)
    assert torch.allclose(seen[at], mean[at], atol=1e-3)
    assert changed.sum(dim=(1, 2)).max() <= 49
    assert changed.any()
