"""OrthoHash: one loss, the cosine between logits and the code of the class.

With v the standardised logits, o_c fixed codes of +-1 and y the labels:

    L = cross-entropy of softmax_c( s (cos(v, o_c) - m y_c) ) with y / sum(y)

s = 8, m = .2. There is no quantisation term: a cosine of 1 with a code of +-1 is only
reached by that code, up to a scale.

Deviations: the normalisation after the hash layer has no scale and shift of its own (a
scale would be lost in the cosine, a shift would unbalance the bits), and in use it is
part of the hash layer; target codes are rows of a Hadamard matrix where K allows it
(``centres``), not random ones. A picture without labels adds nothing.

References:
    [1] Hoe, Ng, Zhang, Chan, Song, Xiang, "One Loss for All: Deep Hashing with a Single
        Cosine Similarity based Learning Objective", NeurIPS 2021.
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


class OrthoHashLoss(nn.Module):
    """Cosine cross-entropy with a margin, of [1].

    Args:
        codewords: (C, K) float of +-1, the target codes.
        scale: s; the authors' code: 8.
        margin: m; paper: 0.2, or 0.3 where there are few classes.

    Shape:
        output.logits: (B, K) float; targets.labels: (B, C) float, multi-hot.
        returns: () float "cosine".
    """

    codewords: torch.Tensor

    def __init__(
        self, codewords: torch.Tensor, *, scale: float = 8.0, margin: float = 0.2
    ) -> None:
        super().__init__()
        self.register_buffer("codewords", codewords)
        self.scale = scale
        self.margin = margin

    def forward(self, output: HashOutput, targets: Targets) -> Terms:
        """Return the one term, the loss."""
        v, y = output.logits, targets.labels
        codes = functional.normalize(self.codewords.to(v.dtype))
        cosine = functional.normalize(v) @ codes.T  # (B, C)
        logits = self.scale * (cosine - self.margin * y)
        count = y.sum(dim=1, keepdim=True)
        entropy = -(logits.log_softmax(dim=1) * y / count.clamp_min(1)).sum(dim=1)
        return {"cosine": entropy.sum() / (count > 0).sum().clamp_min(1)}


def _network(sizes: Sizes, options: Options) -> nn.Module:
    return plain.HashNetwork(sizes, options["backbone"], standardise=True)


def _loss(sizes: Sizes, options: Options) -> nn.Module:
    codewords = centres.codewords(sizes.classes, sizes.bits)
    return OrthoHashLoss(codewords, scale=options["scale"], margin=options["margin"])


METHOD = Method(
    name="orthohash",
    title="OrthoHash",
    paper=(
        "Hoe, Ng, Zhang, Chan, Song, Xiang: One Loss for All: Deep Hashing with a "
        "Single Cosine Similarity based Learning Objective. NeurIPS 2021"
    ),
    network=_network,
    stages=(Stage("hash", _loss, plain.groups),),
    explains="grad-cam",
    defaults={**plain.OPTIONS, "scale": 8.0, "margin": 0.2},
)
