"""Classification through the code: SSDH, or a straight-through sign.

The classifier sees nothing of the picture but its relaxed code, option ``relaxation``:

``sigmoid`` [1], a = sigmoid(z):
    L = BCE(W a + b, y) + alpha (1/4 - mean (a - 1/2)^2)
        + beta mean (mean_k a_k - 1/2)^2
``sign`` [2], h = sign(z) forwards, the gradient passed through as it is:
    L = BCE(W h + b, y) + alpha mean | |z| - 1 |^3 + beta (mean_k h_k)^2 / 4

alpha pushes towards two values, beta towards half of each picture's bits being 1.
alpha = beta = .1. [1] has 1 for all weights; with these means instead of its sums over
a picture, codes then settle on one value for all pictures before the classifier has
said anything, and stay there: the balance of [1] is met by one constant code with half
of its bits 1. [2] has alpha = .1 and no balance.

Deviations: with 1/4 in front, the term of [1] that rewards distance from 1/2 is never
negative, and has the same gradient; binary cross-entropy, as pictures may have several
labels ([2] and public code take the first); the balance of [2] is ours; the fully
connected layer between trunk and hash layer is left out.

References:
    [1] Yang, Lin, Chen, "Supervised Learning of Semantics-Preserving Hash via Deep
        Convolutional Neural Networks", IEEE TPAMI 2018.
    [2] Su, Zhang, Han, Tian, "Greedy Hash: Towards Fast Optimization for Accurate Hash
        Coding in CNN", NeurIPS 2018.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from medhash_gui.errors import SettingsError
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

_RELAXATIONS = ("sigmoid", "sign")


class SSDHLoss(nn.Module):
    """Cross-entropy of a classifier on the code, quantisation and balance.

    Args:
        relaxation: "sigmoid" or "sign", as the network's.
        quantisation: alpha.
        balance: beta.

    Shape:
        output.logits: (B, K) float; output.class_logits: (B, C) float;
        targets.labels: (B, C) float, multi-hot.
        returns: () float for each of "classification", "quantisation" and "balance".

    Raises:
        SettingsError: another relaxation.
    """

    def __init__(
        self,
        *,
        relaxation: str = "sigmoid",
        quantisation: float = 0.1,
        balance: float = 0.1,
    ) -> None:
        super().__init__()
        _relaxed(relaxation)
        self.relaxation = relaxation
        self.quantisation = quantisation
        self.balance = balance

    def forward(self, output: HashOutput, targets: Targets) -> Terms:
        """Return the named terms; their sum is the loss."""
        assert output.class_logits is not None
        z = output.logits
        if self.relaxation == "sigmoid":
            a = z.sigmoid()
            rounding = 0.25 - (a - 0.5).square().mean()
        else:
            a = (straight_through_sign(z) + 1) / 2
            rounding = similarity.l1_from_signs(z).pow(3).mean()
        uneven = (a.mean(dim=1) - 0.5).square().mean()
        return {
            "classification": functional.binary_cross_entropy_with_logits(
                output.class_logits, targets.labels
            ),
            "quantisation": self.quantisation * rounding,
            "balance": self.balance * uneven,
        }


def straight_through_sign(z: torch.Tensor) -> torch.Tensor:
    """Return sign(z), +1 at 0, whose gradient is passed to z as it is."""
    return z + (similarity.signs(z) - z).detach()


def _relaxed(relaxation: str) -> None:
    if relaxation not in _RELAXATIONS:
        message = f"SSDH has no relaxation {relaxation!r}."
        hint = f"Its relaxations are: {', '.join(_RELAXATIONS)}."
        raise SettingsError(message, hint=hint)


def _network(sizes: Sizes, options: Options) -> nn.Module:
    _relaxed(options["relaxation"])
    sigmoid = options["relaxation"] == "sigmoid"
    classify = torch.sigmoid if sigmoid else straight_through_sign
    return plain.HashNetwork(sizes, options["backbone"], classify=classify)


def _loss(_: Sizes, options: Options) -> nn.Module:
    names = ("relaxation", "quantisation", "balance")
    return SSDHLoss(**{name: options[name] for name in names})


METHOD = Method(
    name="ssdh",
    title="Classification through the code (SSDH, GreedyHash)",
    paper=(
        "Yang, Lin, Chen: Supervised Learning of Semantics-Preserving Hash via Deep "
        "Convolutional Neural Networks. IEEE TPAMI 2018"
    ),
    network=_network,
    stages=(Stage("hash", _loss, plain.groups),),
    explains="grad-cam",
    defaults={
        **plain.OPTIONS,
        "relaxation": "sigmoid",
        "quantisation": 0.1,
        "balance": 0.1,
    },
)
