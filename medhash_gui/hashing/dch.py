"""Deep Cauchy Hashing: similar pairs within a small Hamming ball.

With u = tanh(z) and d(a, b) = K / 2 (1 - cos(a, b)), the Hamming distance of codes of
+-1:

    L = mean over pairs w [ s log(d / gamma) + log(1 + gamma / d) ]
        + lambda * mean over pictures log(1 + d(|u|, 1) / gamma)

that is log(1 + d / gamma) for similar and log(1 + gamma / d) for dissimilar pairs;
w = |S| / |S1| for similar and |S| / |S0| for dissimilar pairs of the batch; gamma = 20
bits, lambda = .1.

Deviations: the loss of the paper, not of the authors' released script, which uses
squared distances and no quantisation. Below a cosine distance of .01 the dissimilar
term, singular at 0, goes on as its tangent, so that pairs that fell together are still
pushed apart (public code cuts the cosine there, and the push ends). Pairs share any
label and are those of a batch, the diagonal left out.

References:
    [1] Cao, Long, Liu, Wang, "Deep Cauchy Hashing for Hamming Space Retrieval", CVPR
        2018.
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

# 1 - cos below which the dissimilar term is continued by its tangent.
_NEAREST = 0.01


class DCHLoss(nn.Module):
    """Weighted Cauchy cross-entropy and Cauchy quantisation of [1].

    Args:
        sizes: bits K.
        gamma: scale of the Cauchy distribution, in bits; paper: 20 and 10.
        quantisation: lambda.

    Shape:
        output.logits: (B, K) float; targets.labels: (B, C) float, multi-hot.
        returns: () float for each of "similar", "dissimilar" and "quantisation".
    """

    def __init__(
        self, sizes: Sizes, *, gamma: float = 20.0, quantisation: float = 0.1
    ) -> None:
        super().__init__()
        self.half_bits = sizes.bits / 2
        self.gamma = gamma
        self.quantisation = quantisation

    def forward(self, output: HashOutput, targets: Targets) -> Terms:
        """Return the named terms; their sum is the loss."""
        u = output.logits.tanh()
        i, j = similarity.batch_pairs(len(u), u.device)
        s = similarity.shared_label(targets.labels)[i, j]
        w = similarity.class_weights(s)
        unit = functional.normalize(u)
        d = self.half_bits * (1 - (unit @ unit.T)[i, j])
        # Rounding may leave a cosine a little above 1.
        near = torch.log1p(d.clamp_min(0) / self.gamma)
        ones = torch.ones_like(u)
        from_ones = self.half_bits * (1 - functional.cosine_similarity(u.abs(), ones))
        rounding = torch.log1p(from_ones.clamp_min(0) / self.gamma).mean()
        return {
            "similar": similarity.mean(w * s * near),
            "dissimilar": similarity.mean(w * (1 - s) * self._apart(d)),
            "quantisation": self.quantisation * rounding,
        }

    def _apart(self, d: torch.Tensor) -> torch.Tensor:
        """Return log(1 + gamma / d), by its tangent where d is very small."""
        least = self.half_bits * _NEAREST
        safe = d.clamp_min(least)
        slope = -self.gamma / (least * (least + self.gamma))
        return torch.log1p(self.gamma / safe) + slope * (d - safe)


def _loss(sizes: Sizes, options: Options) -> nn.Module:
    return DCHLoss(sizes, gamma=options["gamma"], quantisation=options["quantisation"])


METHOD = Method(
    name="dch",
    title="Deep Cauchy Hashing (DCH)",
    paper=(
        "Cao, Long, Liu, Wang: Deep Cauchy Hashing for Hamming Space Retrieval. "
        "CVPR 2018"
    ),
    network=plain.network,
    stages=(Stage("hash", _loss, plain.groups),),
    explains="grad-cam",
    defaults={**plain.OPTIONS, "gamma": 20.0, "quantisation": 0.1},
)
