"""HashNet: weighted pair likelihood, and a tanh that becomes a sign by and by.

With u = tanh(beta z) and t = alpha <u_i, u_j>:

    L = sum over pairs w [ log(1 + exp(t)) - s t ] / sum over pairs w

w = |S| / |S1| for similar and |S| / |S0| for dissimilar pairs of the batch; alpha =
10 / K; beta grows as in the official code, sqrt(1 + .005 * iteration) over 10,000
iterations, that is sqrt(1 + 50 * progress) from 1 to 7.14. ``graded`` multiplies the
weight of similar pairs by their share of common labels |y_i and y_j| / |y_i or y_j|,
the paper's form for several labels that its code leaves out.

Deviations: weights from the batch, not a constant; pairs of one batch, the diagonal
left out, not of two batches; beta follows the share of the run that is done, not a
number of iterations.

References:
    [1] Cao, Long, Wang, Yu, "HashNet: Deep Learning to Hash by Continuation", ICCV
        2017.
"""

from __future__ import annotations

import math

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


class HashNetLoss(nn.Module):
    """Weighted pair likelihood of [1] with tanh continuation.

    Args:
        sizes: bits K.
        alpha: slope of the likelihood; None: 10 / K.
        growth: beta is sqrt(1 + growth * progress).
        graded: weigh similar pairs by their share of common labels.

    Shape:
        output.logits: (B, K) float; targets.labels: (B, C) float, multi-hot;
        targets.progress in [0, 1].
        returns: () float "pairs".
    """

    def __init__(
        self,
        sizes: Sizes,
        *,
        alpha: float | None = None,
        growth: float = 50.0,
        graded: bool = False,
    ) -> None:
        super().__init__()
        self.alpha = 10 / sizes.bits if alpha is None else alpha
        self.growth = growth
        self.graded = graded

    def forward(self, output: HashOutput, targets: Targets) -> Terms:
        """Return the one term, the loss."""
        beta = math.sqrt(1 + self.growth * targets.progress)
        u = torch.tanh(beta * output.logits)
        i, j = similarity.batch_pairs(len(u), u.device)
        s = similarity.shared_label(targets.labels)[i, j]
        w = similarity.class_weights(s)
        if self.graded:
            y = targets.labels
            common, count = y @ y.T, y.sum(dim=1)
            either = (count[:, None] + count - common).clamp_min(1)
            w = torch.where(s > 0, w * (common / either)[i, j], w)
        t = self.alpha * (u @ u.T)[i, j]
        weighted = (w * similarity.pair_likelihood(t, s)).sum()
        # Of a batch of one there is no pair and no weight.
        return {"pairs": weighted / w.sum().clamp_min(1e-12)}


def _loss(sizes: Sizes, options: Options) -> nn.Module:
    names = ("alpha", "growth", "graded")
    return HashNetLoss(sizes, **{name: options[name] for name in names})


METHOD = Method(
    name="hashnet",
    title="HashNet",
    paper=(
        "Cao, Long, Wang, Yu: HashNet: Deep Learning to Hash by Continuation. ICCV 2017"
    ),
    network=plain.network,
    stages=(Stage("hash", _loss, plain.groups),),
    explains="grad-cam",
    defaults={**plain.OPTIONS, "alpha": None, "growth": 50.0, "graded": False},
)
