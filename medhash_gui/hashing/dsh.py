"""Deep Supervised Hashing: a contrastive loss with a margin, and codes near +-1.

With D_ij = sum over bits (u_i - u_j)^2, u the logits themselves (no activation):

    L = mean over pairs [ s D / 2 + (1 - s) max(m - D, 0) / 2 ]
        + alpha * mean over pairs ( | |u_i| - 1 |_1 + | |u_j| - 1 |_1 )

m = 2K: codes of +-1 are left alone once they differ in half of their bits; alpha = .01.

Deviations: the plain network instead of the paper's small one; pairs share any label;
the second term is twice the mean over pictures, which is the same for two or more
pictures and defined for one.

References:
    [1] Liu, Wang, Shan, Chen, "Deep Supervised Hashing for Fast Image Retrieval",
        CVPR 2016.
"""

from __future__ import annotations

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


class DSHLoss(nn.Module):
    """Contrastive loss of [1] over the pairs of a batch.

    Args:
        sizes: bits K.
        margin: m; None: 2K.
        quantisation: alpha; paper: 0.01.

    Shape:
        output.logits: (B, K) float; targets.labels: (B, C) float, multi-hot.
        returns: () float for each of "similar", "dissimilar" and "quantisation".
    """

    def __init__(
        self, sizes: Sizes, *, margin: float | None = None, quantisation: float = 0.01
    ) -> None:
        super().__init__()
        self.margin = 2.0 * sizes.bits if margin is None else margin
        self.quantisation = quantisation

    def forward(self, output: HashOutput, targets: Targets) -> Terms:
        """Return the named terms; their sum is the loss."""
        u = output.logits
        i, j = similarity.batch_pairs(len(u), u.device)
        s = similarity.shared_label(targets.labels)[i, j]
        d = (u[i] - u[j]).square().sum(dim=1)  # (B * (B - 1) / 2,)
        rounding = similarity.l1_from_signs(u).sum(dim=1).mean()
        return {
            "similar": similarity.mean(s * d) / 2,
            "dissimilar": similarity.mean((1 - s) * functional.relu(self.margin - d))
            / 2,
            "quantisation": 2 * self.quantisation * rounding,
        }


def _loss(sizes: Sizes, options: Options) -> nn.Module:
    return DSHLoss(
        sizes, margin=options["margin"], quantisation=options["quantisation"]
    )


METHOD = Method(
    name="dsh",
    title="Deep Supervised Hashing (DSH)",
    paper=(
        "Liu, Wang, Shan, Chen: Deep Supervised Hashing for Fast Image Retrieval. "
        "CVPR 2016"
    ),
    network=plain.network,
    stages=(Stage("hash", _loss, plain.groups),),
    explains="grad-cam",
    defaults={**plain.OPTIONS, "margin": None, "quantisation": 0.01},
)
