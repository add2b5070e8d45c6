"""Deep pairwise-supervised hashing: the likelihood of pair labels, and rounding.

With theta_ij = <u_i, u_j> / 2, u the logits, b = sign(u) a constant:

    L = mean over pairs [ log(1 + exp(theta)) - s theta ] + eta * mean (b - u)^2

Deviations: pairs of a batch, not of a batch and stored codes of the whole training set;
means instead of sums, over the bits too, with eta = .1 (the official weight, 50 on sums
over a batch divided by the size of the training set, depends on the data); pairs share
any label.

References:
    [1] Li, Wang, Kang, "Feature Learning based Deep Supervised Hashing with Pairwise
        Labels", IJCAI 2016.
"""

from __future__ import annotations

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


class DPSHLoss(nn.Module):
    """Pair likelihood and quantisation of [1].

    Args:
        quantisation: eta, of the mean over pictures and bits.

    Shape:
        output.logits: (B, K) float; targets.labels: (B, C) float, multi-hot.
        returns: () float for each of "pairs" and "quantisation".
    """

    def __init__(self, *, quantisation: float = 0.1) -> None:
        super().__init__()
        self.quantisation = quantisation

    def forward(self, output: HashOutput, targets: Targets) -> Terms:
        """Return the named terms; their sum is the loss."""
        u = output.logits
        i, j = similarity.batch_pairs(len(u), u.device)
        s = similarity.shared_label(targets.labels)[i, j]
        theta = (u @ u.T)[i, j] / 2
        return {
            "pairs": similarity.mean(similarity.pair_likelihood(theta, s)),
            "quantisation": self.quantisation * similarity.squares_from_signs(u).mean(),
        }


def _loss(_: Sizes, options: Options) -> nn.Module:
    return DPSHLoss(quantisation=options["quantisation"])


METHOD = Method(
    name="dpsh",
    title="Deep Pairwise-Supervised Hashing (DPSH)",
    paper=(
        "Li, Wang, Kang: Feature Learning based Deep Supervised Hashing with Pairwise "
        "Labels. IJCAI 2016"
    ),
    network=plain.network,
    stages=(Stage("hash", _loss, plain.groups),),
    explains="grad-cam",
    defaults={**plain.OPTIONS, "quantisation": 0.1},
)
