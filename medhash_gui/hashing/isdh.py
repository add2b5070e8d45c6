"""ISDH and IDHN: pairs that share some of their labels are similar to a degree.

With u = z / (1 + |z|), s_ij the cosine of the label vectors and t = 5 <u_i, u_j> / K; a
pair is hard where s < .01 or s > .99, else soft:

    ``isdh``: hard  gamma (log(1 + exp(t)) - s t), gamma = 10;
              soft  (s - sigmoid(t))^2
    ``idhn``: hard  log(1 + exp(t)) - s t;
              soft  gamma K ((<u_i, u_j> + K) / (2 K) - s)^2, gamma = .1
    L = mean over pairs + alpha * mean | |u| - 1 |, alpha = .1

Both are by the same authors: the first version of [1] and the published one. With one
label a picture all pairs are hard, and the two differ by the factor gamma only.

Deviations: two pictures without labels have s = 1, one such picture and another s = 0
(public code gives 0/0 or, with a small addend, pushes them apart). The widely used
re-implementation of IDHN puts the scaled inner product into the soft term, whose
optimum is then out of reach; here it is the plain one.

References:
    [1] Zhang, Zou, Lin, Chen, Wang, "Improved Deep Hashing with Soft Pairwise
        Similarity for Multi-label Image Retrieval", IEEE Transactions on Multimedia
        2020; arXiv 1803.02987, first "Instance Similarity Deep Hashing".
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

_FORMS = ("isdh", "idhn")
_SLOPE = 5.0
_HARD = 0.01
_GAMMA = {"isdh": 10.0, "idhn": 0.1}


class ISDHLoss(nn.Module):
    """Pair loss with soft similarity, in one of its two published forms.

    Args:
        sizes: bits K.
        form: "isdh" or "idhn".
        quantisation: alpha.

    Shape:
        output.logits: (B, K) float; targets.labels: (B, C) float, multi-hot.
        returns: () float for each of "hard", "soft" and "quantisation".

    Raises:
        SettingsError: another form.
    """

    def __init__(
        self, sizes: Sizes, *, form: str = "isdh", quantisation: float = 0.1
    ) -> None:
        super().__init__()
        if form not in _FORMS:
            message = f"ISDH has no form {form!r}."
            raise SettingsError(message, hint=f"Its forms are: {', '.join(_FORMS)}.")
        self.bits = sizes.bits
        self.form = form
        self.quantisation = quantisation

    def forward(self, output: HashOutput, targets: Targets) -> Terms:
        """Return the named terms; their sum is the loss."""
        u = functional.softsign(output.logits)
        i, j = similarity.batch_pairs(len(u), u.device)
        s = similarity.label_cosine(targets.labels)[i, j]
        inner = (u @ u.T)[i, j]
        t = _SLOPE * inner / self.bits
        hard = ((s < _HARD) | (s > 1 - _HARD)).to(u.dtype)
        # A cosine of 1 is 1 up to rounding.
        certain = similarity.pair_likelihood(t, s.round())
        gamma = _GAMMA[self.form]
        if self.form == "isdh":
            certain = gamma * certain
            graded = (s - torch.sigmoid(t)).square()
        else:
            share = (inner + self.bits) / (2 * self.bits)
            graded = gamma * self.bits * (share - s).square()
        rounding = similarity.l1_from_signs(u).mean()
        return {
            "hard": similarity.mean(hard * certain),
            "soft": similarity.mean((1 - hard) * graded),
            "quantisation": self.quantisation * rounding,
        }


def _loss(sizes: Sizes, options: Options) -> nn.Module:
    return ISDHLoss(sizes, form=options["form"], quantisation=options["quantisation"])


METHOD = Method(
    name="isdh",
    title="Instance Similarity Deep Hashing (ISDH, IDHN)",
    paper=(
        "Zhang, Zou, Lin, Chen, Wang: Improved Deep Hashing with Soft Pairwise "
        "Similarity for Multi-label Image Retrieval. IEEE TMM 2020, arXiv 1803.02987"
    ),
    network=plain.network,
    stages=(Stage("hash", _loss, plain.groups),),
    explains="grad-cam",
    defaults={**plain.OPTIONS, "form": "isdh", "quantisation": 0.1},
)
