"""From a saliency map to the part of the picture that is looked at again.

Map to mask (Otsu's or a fixed threshold), mask to its largest 8-connected part, part to
box, box to crop: tensors in, tensors out, the same for every picture of a batch
whatever the others are. It is part of the forward pass and is exported with it, so a
picture is cut in use exactly as in training. ``saliency.region_box`` does the same for
one map on screen; tests compare the two.

Nothing here has a gradient: where to look is decided, not learned.
"""

from __future__ import annotations

import torch
from torch.nn import functional

_LEVELS = 256


def class_map(
    features: torch.Tensor, weight: torch.Tensor, classes: torch.Tensor
) -> torch.Tensor:
    """Return ReLU(sum_k W_ck f_k), (B, h, w) float: Grad-CAM of one class a picture.

    For a linear classifier on globally averaged features, Grad-CAM's weights are
    W_ck / (h w): a closed form, no backward pass. The factor is left out, as the map is
    stretched afterwards.

    Args:
        features: (B, D, h, w) float.
        weight: (C, D) float, of the classifier.
        classes: (B,) int64, the class of each picture.
    """
    return functional.relu((weight[classes][:, :, None, None] * features).sum(dim=1))


def stretched(maps: torch.Tensor) -> torch.Tensor:
    """Return maps (B, h, w) whose lowest cell is 0 and highest 1; constant ones 0."""
    low = maps.amin(dim=(1, 2), keepdim=True)
    span = maps.amax(dim=(1, 2), keepdim=True) - low
    return (maps - low) / torch.where(span > 0, span, torch.ones_like(span))


def otsu_mask(maps: torch.Tensor) -> torch.Tensor:
    """Return 1 where a map is above its Otsu threshold, (B, h, w) float 0/1.

    The threshold among 256 levels that maximises w0 w1 (mean0 - mean1)^2, the first of
    equal ones. A constant map has none: its mask is 1 everywhere.

    Args:
        maps: (B, h, w) float in [0, 1].
    """
    levels = torch.round(maps.flatten(start_dim=1) * (_LEVELS - 1))  # (B, n)
    ones = torch.ones_like(levels)
    # Not len(): that is a number, and an exported graph would keep it.
    empty = maps.new_zeros((maps.shape[0], _LEVELS))
    counts = empty.scatter_add(1, levels.long(), ones)
    level = torch.arange(_LEVELS, dtype=maps.dtype, device=maps.device)
    below = counts.cumsum(dim=1)  # pixels at or below each level
    mass = (counts * level).cumsum(dim=1)
    total, whole = below[:, -1:], mass[:, -1:]
    above = total - below
    # Means instead of sums: products of sums would leave the range of exact integers.
    gap = mass / below.clamp_min(1) - (whole - mass) / above.clamp_min(1)
    between = (below / total) * (above / total) * gap.square()
    threshold = between.argmax(dim=1, keepdim=True)
    mask = (levels > threshold).to(maps.dtype)
    constant = levels.amax(dim=1, keepdim=True) == levels.amin(dim=1, keepdim=True)
    return torch.where(constant, ones, mask).reshape(maps.shape)


def largest_part(mask: torch.Tensor) -> torch.Tensor:
    """Return the largest 8-connected part of each mask, (B, h, w) float 0/1.

    Of equal ones the topmost counts, then the leftmost. Meant for small maps: the
    number of steps grows with their cells.

    Args:
        mask: (B, h, w) float 0/1.
    """
    height, width = mask.shape[1:]
    cells = height * width
    # Each cell carries the highest name in its part: that of its first cell.
    names = torch.arange(cells, 0, -1, dtype=mask.dtype, device=mask.device)
    parts = names.reshape(1, 1, height, width) * mask[:, None]
    for _ in range(cells // 2 + 1):
        parts = functional.max_pool2d(parts, 3, stride=1, padding=1) * mask[:, None]
    flat = parts.flatten(start_dim=1)  # (B, n)
    area = (flat[:, :, None] == flat[:, None, :]).to(mask.dtype).sum(dim=2)
    score = (area * (cells + 1) + flat) * (flat > 0).to(mask.dtype)
    best = (score == score.amax(dim=1, keepdim=True)).to(mask.dtype)
    return best.reshape(mask.shape) * mask


def boxes(mask: torch.Tensor, *, least: float) -> torch.Tensor:
    """Return left, top, right, bottom of each mask, (B, 4) float, shares of the sides.

    Args:
        mask: (B, h, w) float 0/1; an empty one has the whole picture for a box.
        least: smallest width and height, a share of the side: a box of one cell of a
            7 x 7 map would be magnified seven times. It grows around its centre.
    """
    left, right = _extent(mask.amax(dim=1), least)
    top, bottom = _extent(mask.amax(dim=2), least)
    return torch.stack([left, top, right, bottom], dim=1)


def crop(images: torch.Tensor, box: torch.Tensor, size: int) -> torch.Tensor:
    """Return the boxes of pictures, (B, 3, size, size) float, bilinear.

    Args:
        images: (B, 3, H, W) float.
        box: (B, 4) float, shares of the sides, as ``boxes`` gives them.
        size: px.
    """
    places = (torch.arange(size, dtype=box.dtype, device=box.device) + 0.5) / size
    x = box[:, 0:1] + (box[:, 2:3] - box[:, 0:1]) * places  # (B, size)
    y = box[:, 1:2] + (box[:, 3:4] - box[:, 1:2]) * places
    across = x[:, None, :].expand(-1, size, -1)
    down = y[:, :, None].expand(-1, -1, size)
    grid = 2 * torch.stack([across, down], dim=3) - 1
    return functional.grid_sample(
        images, grid, mode="bilinear", padding_mode="border", align_corners=False
    )


def inside(box: torch.Tensor, size: int) -> torch.Tensor:
    """Return 1 where a picture lies inside its box, (B, 1, size, size) float 0/1.

    Args:
        box: (B, 4) float, shares of the sides, as ``boxes`` gives them.
        size: cells a side.
    """
    places = (torch.arange(size, dtype=box.dtype, device=box.device) + 0.5) / size
    across = (places >= box[:, 0:1]) & (places <= box[:, 2:3])  # (B, size)
    down = (places >= box[:, 1:2]) & (places <= box[:, 3:4])
    return (down[:, None, :, None] & across[:, None, None, :]).to(box.dtype)


def centred(box: torch.Tensor) -> torch.Tensor:
    """Return boxes of the same sizes in the middle of the picture, (B, 4) float."""
    half_size = (box[:, 2:] - box[:, :2]) / 2
    return torch.cat([0.5 - half_size, 0.5 + half_size], dim=1)


def anywhere(box: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    """Return boxes of the same sizes at a place that has nothing to do with the map.

    The place is drawn by the picture itself (a hash of its coarse grey values), so that
    a picture is cut alike in training and in use.

    Args:
        box: (B, 4) float.
        images: (B, 3, H, W) float.
    """
    grey = functional.adaptive_avg_pool2d(images.mean(dim=1, keepdim=True), 4)
    digits = torch.round(grey.flatten(start_dim=1) * 8) + 512  # (B, 16), whole numbers
    primes = torch.tensor([7.0, 11], device=box.device, dtype=box.dtype)
    powers = primes[:, None] ** (torch.arange(16, device=box.device) % 4 + 1)
    drawn = digits @ powers.T
    place = (drawn - 1009 * torch.floor(drawn / 1009)) / 1009  # (B, 2) in [0, 1)
    size = box[:, 2:] - box[:, :2]
    corner = place * (1 - size)
    return torch.cat([corner, corner + size], dim=1)


def _extent(occupied: torch.Tensor, least: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Return where (B, n) 0/1 begins and ends, (B,) each in [0, 1]."""
    count = occupied.shape[1]
    number = torch.arange(count, dtype=occupied.dtype, device=occupied.device)
    far = torch.full_like(occupied, count)
    first = torch.where(occupied > 0, number, far).amin(dim=1)
    last = torch.where(occupied > 0, number + 1, -far).amax(dim=1)
    nothing = last < 0
    first = torch.where(nothing, torch.zeros_like(first), first) / count
    last = torch.where(nothing, torch.full_like(last, count), last) / count
    size = (last - first).clamp_min(least)
    # Around its centre, and moved back where it would leave the picture.
    start = ((first + last - size) / 2).clamp_min(0)
    start = torch.minimum(start, 1 - size)
    return start, start + size
