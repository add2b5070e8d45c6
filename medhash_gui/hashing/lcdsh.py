"""Locality-Constrained Deep Supervised Hashing: rounding keeps each pair's likelihood.

With theta_ij = <u_i, u_j> / 2, u the logits, and b = sign(u) a constant:

    L1 = mean over pairs log(1 + exp(-(2 s - 1) theta))
    L2 = mean over pairs (sigmoid(theta) - sigmoid(<b_i, b_j> / 2))^2
    L = L1 + lambda L2, lambda = 3

L1 is DPSH's likelihood; L2 asks that the pair be as likely after rounding as before.

Deviations: known to us from a re-implementation only, the paper's text was not at hand;
pairs without the diagonal; pairs share any label.

References:
    [1] Zhu, Gao, "Locality-Constrained Deep Supervised Hashing for Image Retrieval",
        IJCAI 2017.
"""

from __future__ import annotations

import torch
from torch import nn

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


class LCDSHLoss(nn.Module):
    """Pair likelihood, and its change by rounding.

    Args:
        locality: lambda.

    Shape:
        output.logits: (B, K) float; targets.labels: (B, C) float, multi-hot.
        returns: () float for each of "pairs" and "locality".
    """

    def __init__(self, *, locality: float = 3.0) -> None:
        super().__init__()
        self.locality = locality

    def forward(self, output: HashOutput, targets: Targets) -> Terms:
        """Return the named terms; their sum is the loss."""
        u = output.logits
        b = similarity.signs(u)
        i, j = similarity.batch_pairs(len(u), u.device)
        s = similarity.shared_label(targets.labels)[i, j]
        theta, rounded = (u @ u.T)[i, j] / 2, (b @ b.T)[i, j] / 2
        change = (theta.sigmoid() - torch.sigmoid(rounded)).square()
        return {
            "pairs": similarity.mean(similarity.pair_likelihood(theta, s)),
            "locality": self.locality * similarity.mean(change),
        }


def _loss(_: Sizes, options: Options) -> nn.Module:
    return LCDSHLoss(locality=options["locality"])


METHOD = Method(
    name="lcdsh",
    title="Locality-Constrained Deep Supervised Hashing (LCDSH)",
    paper=(
        "Zhu, Gao: Locality-Constrained Deep Supervised Hashing for Image Retrieval. "
        "IJCAI 2017"
    ),
    network=plain.network,
    stages=(Stage("hash", _loss, plain.groups),),
    explains="grad-cam",
    defaults={**plain.OPTIONS, "locality": 3.0},
)
