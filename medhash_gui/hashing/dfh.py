"""Deep Fisher Hashing: pairs with a margin, and binary targets from class centres.

With theta_ij = <u_i, u_j> / 2, u the logits, Y the labels (C, B) and V (K, C) learned
centres:

    L = mean over pairs [ (1 - s) log(1 + exp(m + theta)) + s log(1 + exp(m - theta)) ]
        + eta * mean (b - u)^2,      b = sign(mu V Y + u), a constant
    V minimises  mean (V Y - B)^2 + nu * mean (V'V / K - (2 I - 1 1'))^2
        + tau * mean (V - sign V)^2

m = 0, eta = .5, mu = 1 (official, several labels), nu = tau = 1. Columns of Y are
divided by their number of labels.

Deviations: V is a parameter of the loss and takes one step a batch with everything
else, instead of 200 steps of its own; V'V is divided by K (the paper compares V'V with
K (2 I - 1 1')), so that the term does not depend on the length of the code. An inner
product of -K between all centres is out of reach for more than two classes; it acts as
a push. A picture without labels has b = sign(u).

References:
    [1] Li, Pei, van Gemert, "Push for Quantization: Deep Fisher Hashing", BMVC 2019.
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


class DFHLoss(nn.Module):
    """Margin pair loss, quantisation towards class centres, and the centres of [1].

    Args:
        sizes: bits K and classes C.
        margin: m.
        quantisation: eta.
        pull: mu, how far the centres decide the binary targets.
        apart: nu, of the centres' push from each other.
        binary: tau, of the centres' distance from +-1.
        seed: of the centres' start.

    Shape:
        output.logits: (B, K) float; targets.labels: (B, C) float, multi-hot.
        returns: () float for each of "pairs", "quantisation" and "centres".
    """

    def __init__(
        self,
        sizes: Sizes,
        *,
        margin: float = 0.0,
        quantisation: float = 0.5,
        pull: float = 1.0,
        apart: float = 1.0,
        binary: float = 1.0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.margin = margin
        self.quantisation = quantisation
        self.pull = pull
        self.apart = apart
        self.binary = binary
        generator = torch.Generator().manual_seed(seed)
        start = torch.randn(sizes.bits, sizes.classes, generator=generator)
        # Small: at first the network's own signs decide, not a random centre.
        self.centres = nn.Parameter(0.1 * start)  # V (K, C)

    def forward(self, output: HashOutput, targets: Targets) -> Terms:
        """Return the named terms; their sum is the loss."""
        u = output.logits
        i, j = similarity.batch_pairs(len(u), u.device)
        s = similarity.shared_label(targets.labels)[i, j]
        theta = (u @ u.T)[i, j] / 2
        pairs = functional.softplus(self.margin - (2 * s - 1) * theta)
        y = targets.labels / targets.labels.sum(dim=1, keepdim=True).clamp_min(1)
        v = self.centres.to(u.dtype)
        aimed = y @ v.T  # (B, K)
        b = similarity.signs(self.pull * aimed + u).detach()
        return {
            "pairs": similarity.mean(pairs),
            "quantisation": self.quantisation * (b - u).square().mean(),
            "centres": (aimed - b).square().mean() + self._spread(v),
        }

    def _spread(self, v: torch.Tensor) -> torch.Tensor:
        bits, classes = v.shape
        ideal = 2 * torch.eye(classes, dtype=v.dtype, device=v.device) - 1
        between = (v.T @ v / bits - ideal).square().mean()
        return self.apart * between + self.binary * (
            similarity.squares_from_signs(v).mean()
        )


def _loss(sizes: Sizes, options: Options) -> nn.Module:
    names = ("margin", "quantisation", "pull", "apart", "binary")
    return DFHLoss(sizes, **{name: options[name] for name in names})


METHOD = Method(
    name="dfh",
    title="Deep Fisher Hashing (DFH)",
    paper=(
        "Li, Pei, van Gemert: Push for Quantization: Deep Fisher Hashing. BMVC 2019, "
        "arXiv 1909.00206"
    ),
    network=plain.network,
    stages=(Stage("hash", _loss, plain.groups),),
    explains="grad-cam",
    defaults={
        **plain.OPTIONS,
        "margin": 0.0,
        "quantisation": 0.5,
        "pull": 1.0,
        "apart": 1.0,
        "binary": 1.0,
    },
)
