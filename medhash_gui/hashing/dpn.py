"""Deep Polarized Network: each logit beyond 1 on the side of its class's code.

With t_c in {-1, 1}^K the target code of class c and u the logits (no activation: a
saturated tanh would have no gradient left where u t < m = 1):

    L = mean over pictures of
        sum over positive classes c and bits k of max(0, m - u_k t_ck)

Deviations: the targets are rows of a Hadamard matrix where K allows it, the best of
many random sets otherwise (``centres``), not one random draw. A picture without labels
adds nothing.

References:
    [1] Fan, Ng, Ju, Zhang, Chan, "Deep Polarized Network for Supervised Learning of
        Accurate Binary Hashing Codes", IJCAI 2020.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from medhash_gui.hashing import centres, plain
from medhash_gui.hashing.method import (
    HashOutput,
    Method,
    Options,
    Sizes,
    Stage,
    Targets,
    Terms,
)


class DPNLoss(nn.Module):
    """Polarization loss of [1], summed over the positive classes.

    Args:
        codewords: (C, K) float of +-1, the targets.
        margin: m; paper: 1.

    Shape:
        output.logits: (B, K) float; targets.labels: (B, C) float, multi-hot.
        returns: () float "polarization".
    """

    codewords: torch.Tensor

    def __init__(self, codewords: torch.Tensor, *, margin: float = 1.0) -> None:
        super().__init__()
        self.register_buffer("codewords", codewords)
        self.margin = margin

    def forward(self, output: HashOutput, targets: Targets) -> Terms:
        """Return the one term, the loss."""
        u, t = output.logits, self.codewords.to(output.logits.dtype)
        # The hinge takes two values a bit, one for each sign of the target.
        above = functional.relu(self.margin - u) @ (1 + t).T / 2  # (B, C)
        below = functional.relu(self.margin + u) @ (1 - t).T / 2
        return {"polarization": ((above + below) * targets.labels).sum(dim=1).mean()}


def _loss(sizes: Sizes, options: Options) -> nn.Module:
    codewords = centres.codewords(sizes.classes, sizes.bits)
    return DPNLoss(codewords, margin=options["margin"])


METHOD = Method(
    name="dpn",
    title="Deep Polarized Network (DPN)",
    paper=(
        "Fan, Ng, Ju, Zhang, Chan: Deep Polarized Network for Supervised Learning of "
        "Accurate Binary Hashing Codes. IJCAI 2020"
    ),
    network=plain.network,
    stages=(Stage("hash", _loss, plain.groups),),
    explains="grad-cam",
    defaults={**plain.OPTIONS, "margin": 1.0},
)
