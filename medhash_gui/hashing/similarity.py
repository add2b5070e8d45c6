"""Which pictures of a batch belong together, and the terms that losses share.

Conventions of all methods here: ``s_ij`` = 1 for a similar pair and 0 for a dissimilar
one (papers that write y = 1 for dissimilar pairs have ``y = 1 - s``). Two pictures are
similar if they share at least one label. "No Finding" is a label like any other, so two
normal films are similar: without it more than half of a screening collection would be
pushed apart from itself.
"""

from __future__ import annotations

import torch
from torch.nn import functional


def shared_label(labels: torch.Tensor) -> torch.Tensor:
    """Return s, (B, B) float 0/1: 1 where two rows of ``labels`` share a label.

    Args:
        labels: (B, C) float, multi-hot. A row without any label is similar to none.
    """
    return (labels @ labels.T >= 1).to(labels.dtype)


def label_cosine(labels: torch.Tensor) -> torch.Tensor:
    """Return the cosine of label vectors, (B, B) float in [0, 1].

    Args:
        labels: (B, C) float, multi-hot. Two rows without any label count as equal, as
            they would with a label for "none"; one such row has nothing in common with
            others.
    """
    count = labels.sum(dim=1)
    none = (count == 0).to(labels.dtype)
    lengths = count.sqrt().clamp_min(1)
    cosine = (labels @ labels.T) / (lengths[:, None] * lengths)
    return cosine + none[:, None] * none


def batch_pairs(size: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the positions (i, j), i < j, of the size * (size - 1) / 2 batch pairs.

    The diagonal is left out: a picture with itself is trivially similar and would only
    raise the share of similar pairs.
    """
    i, j = torch.triu_indices(size, size, offset=1, device=device)
    return i, j


def mean(values: torch.Tensor) -> torch.Tensor:
    """Return the mean, () float, of any number of values; of none, 0."""
    return values.sum() / max(values.numel(), 1)


def pair_likelihood(t: torch.Tensor, s: torch.Tensor) -> torch.Tensor:
    """Return ``log(1 + exp(t)) - s t``, the same shape, without overflow.

    The negative logarithm of the likelihood of s where a pair is similar with
    probability sigmoid(t); t is a scaled inner product of two codes.
    """
    return functional.softplus(t) - s * t


def class_weights(s: torch.Tensor) -> torch.Tensor:
    """Return |S| / |S1| for similar and |S| / |S0| for other pairs, the same shape.

    Both kinds then weigh alike, however rare one of them is. Where one kind is absent,
    the other has weight 1.

    Args:
        s: (P,) float 0/1, of all pairs considered.
    """
    similar = s.sum()
    return s * (len(s) / similar.clamp_min(1)) + (1 - s) * (
        len(s) / (len(s) - similar).clamp_min(1)
    )


def signs(logits: torch.Tensor) -> torch.Tensor:
    """Return +1 where a logit is >= 0 (-0.0 too), else -1, the same shape and type."""
    return torch.where(logits >= 0, 1.0, -1.0).to(logits.dtype)


def l1_from_signs(codes: torch.Tensor) -> torch.Tensor:
    """Return ``| |u| - 1 |``, the same shape: how far relaxed codes are from +-1."""
    return (codes.abs() - 1).abs()


def squares_from_signs(codes: torch.Tensor) -> torch.Tensor:
    """Return ``(sign(u) - u)^2``, the same shape; the sign is a constant."""
    return (codes.abs() - 1).square()


def bit_balance(codes: torch.Tensor) -> torch.Tensor:
    """Return the mean over bits of (mean over the batch of u_k)^2, () float.

    0 where each bit is + for half of the batch. A bit that is the same for all pictures
    adds nothing to any distance.

    Args:
        codes: (B, K) float, relaxed codes in [-1, 1].
    """
    return codes.mean(dim=0).square().mean()


def sliced_wasserstein(codes: torch.Tensor) -> torch.Tensor:
    """Return how far the values of each bit are from a fair coin of -1 and +1, ().

    The squared Wasserstein distance between the batch's values of one bit and half -1,
    half +1, averaged over the bits: quantisation and balance in one term (Doan et al.,
    "One Loss for Quantization", CVPR 2022). The paper draws the coin at random; here it
    is exactly fair, and the middle one of an odd batch goes to its own sign. Says
    something from about 32 pictures on.

    Args:
        codes: (B, K) float, any range.
    """
    ordered = codes.sort(dim=0).values
    target = signs(ordered.detach())
    half = len(codes) // 2
    target[:half] = -1
    target[len(codes) - half :] = 1
    return (ordered - target).square().mean()
