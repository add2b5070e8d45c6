"""Deep supervised hashing with triplet labels: the similar one nearer by a margin.

With Theta_ab = <u_a, u_b> / 2, u the logits, b = sign(u) a constant:

    L = - mean over triplets (q, p, n) log sigmoid(Theta_qp - Theta_qn - alpha)
        + eta * mean (b - u)^2

q and p share a label, p is not q, q and n share none. alpha = K / 2, where Theta of
codes of +-1 runs from -K / 2 to K / 2; eta = 1.

Deviations: all triplets of a batch; means instead of sums (the official weight of the
sum is 100); a picture is not its own positive, as it is in public code.

References:
    [1] Wang, Shi, Kitani, "Deep Supervised Hashing with Triplet Labels", ACCV 2016.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from medhash_gui.hashing import plain, similarity
from medhash_gui.hashing.method import (
    HashOutput,
    Method,
    Options,
    Sizes,
    Stage,
    Targets,
    Terms,
)


class DTSHLoss(nn.Module):
    """Triplet likelihood and quantisation of [1].

    Args:
        sizes: bits K.
        margin: alpha; None: K / 2.
        quantisation: eta, of the mean over pictures and bits.

    Shape:
        output.logits: (B, K) float; targets.labels: (B, C) float, multi-hot.
        returns: () float for each of "triplets" and "quantisation".
    """

    def __init__(
        self, sizes: Sizes, *, margin: float | None = None, quantisation: float = 1.0
    ) -> None:
        super().__init__()
        self.margin = sizes.bits / 2 if margin is None else margin
        self.quantisation = quantisation

    def forward(self, output: HashOutput, targets: Targets) -> Terms:
        """Return the named terms; their sum is the loss."""
        u = output.logits
        s = similarity.shared_label(targets.labels)
        itself = torch.eye(len(u), dtype=s.dtype, device=s.device)
        theta = u @ u.T / 2
        # (q, p, n): B^3 numbers, 1 MB for 64 pictures.
        which = (s * (1 - itself))[:, :, None] * ((1 - s) * (1 - itself))[:, None, :]
        nearer = theta[:, :, None] - theta[:, None, :] - self.margin
        # The negative logarithm of a sigmoid, without overflow.
        each = functional.softplus(-nearer)
        return {
            "triplets": (which * each).sum() / which.sum().clamp_min(1),
            "quantisation": self.quantisation * similarity.squares_from_signs(u).mean(),
        }


def _loss(sizes: Sizes, options: Options) -> nn.Module:
    return DTSHLoss(
        sizes, margin=options["margin"], quantisation=options["quantisation"]
    )


METHOD = Method(
    name="dtsh",
    title="Deep Triplet-Supervised Hashing (DTSH)",
    paper=(
        "Wang, Shi, Kitani: Deep Supervised Hashing with Triplet Labels. ACCV 2016, "
        "arXiv 1612.03900"
    ),
    network=plain.network,
    stages=(Stage("hash", _loss, plain.groups),),
    explains="grad-cam",
    defaults={**plain.OPTIONS, "margin": None, "quantisation": 1.0},
)
