"""Terms that can be added to any method: bit balance, sliced Wasserstein distance.

Both are off by default, so a method is its paper's unless told otherwise. A stage that
trains no codes (``Stage.codes``) is left alone.
"""

from __future__ import annotations

import dataclasses

from torch import nn

from medhash_gui.hashing import similarity
from medhash_gui.hashing.method import (
    HashOutput,
    Method,
    Options,
    Sizes,
    Stage,
    Targets,
    Terms,
)

OPTIONS = {"bit_balance": 0.0, "sliced_wasserstein": 0.0}
"""Weights of the two terms; the latter's paper uses 0.1."""


class WithExtras(nn.Module):
    """A method's loss and the terms that were asked for.

    Args:
        loss: of the method.
        bit_balance: weight of ``similarity.bit_balance`` of tanh(logits).
        sliced_wasserstein: weight of ``similarity.sliced_wasserstein`` of the logits.

    Shape:
        returns: the terms of the loss, and () float "bit_balance" and
        "sliced_wasserstein" where their weight is not 0.
    """

    def __init__(
        self, loss: nn.Module, *, bit_balance: float, sliced_wasserstein: float
    ) -> None:
        super().__init__()
        self.loss = loss
        self.bit_balance = bit_balance
        self.sliced_wasserstein = sliced_wasserstein

    def forward(self, output: HashOutput, targets: Targets) -> Terms:
        """Return the named terms; their sum is the loss."""
        terms: Terms = dict(self.loss(output, targets))
        if self.bit_balance:
            balance = similarity.bit_balance(output.logits.tanh())
            terms["bit_balance"] = self.bit_balance * balance
        if self.sliced_wasserstein:
            distance = similarity.sliced_wasserstein(output.logits)
            terms["sliced_wasserstein"] = self.sliced_wasserstein * distance
        return terms


def with_extras(method: Method) -> Method:
    """Return the method with ``OPTIONS`` among its options."""
    return dataclasses.replace(
        method,
        stages=tuple(_stage(stage) for stage in method.stages),
        defaults={**method.defaults, **OPTIONS},
    )


def _stage(stage: Stage) -> Stage:
    if not stage.codes:
        return stage

    def loss(sizes: Sizes, options: Options) -> nn.Module:
        own = stage.loss(sizes, options)
        weights = {name: float(options[name]) for name in OPTIONS}
        if not any(weights.values()):
            return own
        return WithExtras(own, **weights)

    return dataclasses.replace(stage, loss=loss)
