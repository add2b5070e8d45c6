"""Central Similarity Quantization: each picture's code near the centre of its class.

With h = tanh(z) and c the centre, a code of +-1:

    L = mean over pictures and bits BCE((h + 1) / 2, (c + 1) / 2)
        + lambda * mean (|h| - 1)^2,   lambda = 1e-4

Several labels, option ``several``: ``mean`` averages the cross-entropies of the centres
of all its labels; ``majority`` is the paper's: the bitwise majority of the centres,
ties filled from one random code. With two labels half of the bits are ties and say
nothing about the picture, so ``mean`` is the default. A picture without labels adds
nothing with ``mean``; with ``majority`` its centre is the random code.

Deviations: one linear hash layer instead of three with dropout; rows of the Hadamard
matrix are chosen so that bits differ (``centres``), not the first ones.

References:
    [1] Yuan, Wang, Zhang, Tay, Jie, Liu, Feng, "Central Similarity Quantization for
        Efficient Image and Video Retrieval", CVPR 2020.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from medhash_gui.errors import SettingsError
from medhash_gui.hashing import centres, plain, similarity
from medhash_gui.hashing.method import (
    HashOutput,
    Method,
    Options,
    Sizes,
    Stage,
    Targets,
    Terms,
)

_SEVERAL = ("mean", "majority")


class CSQLoss(nn.Module):
    """Cross-entropy with the centres, and quantisation, of [1].

    Args:
        codewords: (C, K) float of +-1, the centres.
        several: "mean" or "majority", for pictures with several labels.
        quantisation: lambda; paper: 1e-4.
        seed: of the code that fills ties of the majority.

    Shape:
        output.logits: (B, K) float; targets.labels: (B, C) float, multi-hot.
        returns: () float for each of "centres" and "quantisation".

    Raises:
        SettingsError: another way with several labels.
    """

    codewords: torch.Tensor
    filler: torch.Tensor

    def __init__(
        self,
        codewords: torch.Tensor,
        *,
        several: str = "mean",
        quantisation: float = 1e-4,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if several not in _SEVERAL:
            message = f"CSQ has no way {several!r} with several labels."
            raise SettingsError(message, hint=f"Choose one of: {', '.join(_SEVERAL)}.")
        generator = torch.Generator().manual_seed(seed)
        filler = torch.randint(0, 2, codewords.shape[1:], generator=generator)
        self.register_buffer("codewords", codewords)
        self.register_buffer("filler", 2.0 * filler - 1)
        self.several = several
        self.quantisation = quantisation

    def forward(self, output: HashOutput, targets: Targets) -> Terms:
        """Return the named terms; their sum is the loss."""
        z, y = output.logits, targets.labels
        count = y.sum(dim=1, keepdim=True)
        votes = y @ self.codewords.to(z.dtype)  # (B, K)
        if self.several == "majority":
            filler = self.filler.to(z.dtype)
            target = torch.where(votes == 0, filler, votes.sign())
            labelled = torch.ones_like(count)
        else:
            # Cross-entropy is linear in its target: the mean over centres is the
            # cross-entropy with their mean.
            target = votes / count.clamp_min(1)
            labelled = (count > 0).to(z.dtype)
        # (tanh(z) + 1) / 2 is sigmoid(2 z).
        entropy = functional.binary_cross_entropy_with_logits(
            2 * z, (target + 1) / 2, reduction="none"
        )
        rounding = similarity.squares_from_signs(z.tanh()).mean()
        return {
            "centres": (labelled * entropy).sum()
            / (labelled.sum() * z.shape[1]).clamp_min(1),
            "quantisation": self.quantisation * rounding,
        }


def _loss(sizes: Sizes, options: Options) -> nn.Module:
    codewords = centres.codewords(sizes.classes, sizes.bits)
    names = ("several", "quantisation")
    return CSQLoss(codewords, **{name: options[name] for name in names})


METHOD = Method(
    name="csq",
    title="Central Similarity Quantization (CSQ)",
    paper=(
        "Yuan, Wang, Zhang, Tay, Jie, Liu, Feng: Central Similarity Quantization for "
        "Efficient Image and Video Retrieval. CVPR 2020"
    ),
    network=plain.network,
    stages=(Stage("hash", _loss, plain.groups),),
    explains="grad-cam",
    defaults={**plain.OPTIONS, "several": "mean", "quantisation": 1e-4},
)
