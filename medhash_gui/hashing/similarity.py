"""Which pictures of a batch belong together, and the terms that losses share.

Conventions of all methods here: ``s_ij`` = 1 for a similar pair and 0 for a dissimilar
one (papers that write y = 1 for dissimilar pairs have ``y = 1 - s``). Two pictures are
similar if they share at least one label. "No Finding" is a label like any other, so two
normal films are similar: without it more than half of a screening collection would be
pushed apart from itself.
"""

from __future__ import annotations

import torch


def shared_label(labels: torch.Tensor) -> torch.Tensor:
    """Return s, (B, B) float 0/1: 1 where two rows of ``labels`` share a label.

    Args:
        labels: (B, C) float, multi-hot. A row without any label is similar to none.
    """
    return (labels @ labels.T >= 1).to(labels.dtype)


def batch_pairs(size: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the positions (i, j), i < j, of the size * (size - 1) / 2 batch pairs.

    The diagonal is left out: a picture with itself is trivially similar and would only
    raise the share of similar pairs.
    """
    i, j = torch.triu_indices(size, size, offset=1, device=device)
    return i, j


def l1_from_signs(codes: torch.Tensor) -> torch.Tensor:
    """Return ``| |u| - 1 |``, the same shape: how far relaxed codes are from +-1."""
    return (codes.abs() - 1).abs()
