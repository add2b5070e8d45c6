"""The plain hash network: trunk, global average pooling, one linear hash layer.

Methods that add only a loss are built on it, so that a table of methods compares their
losses and nothing else. What each bit saw is a closed form of ``features`` and
``head.weight``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from medhash_gui.hashing import backbone
from medhash_gui.hashing.method import HashOutput, Options, Sizes

OPTIONS: dict[str, Any] = {"backbone": "mobilenet_v2", "frozen_blocks": None}
"""Options of every method on this network.

``backbone`` is a key in ``backbone.BACKBONES``; ``frozen_blocks`` says how many of its
first blocks keep their numbers, None: as many as the backbone proposes. A trunk without
pretrained weights should have none.
"""


class HashNetwork(nn.Module):
    """Pictures to codes through a trunk, its mean over all cells and one linear layer.

    Args:
        sizes: bits K and classes C.
        name: key in ``backbone.BACKBONES``.
        classify: makes of the logits (B, K) what a linear classifier then sees; None:
            no classifier.
        standardise: let each logit have mean 0 and variance 1 over the batch in
            training. In evaluation the running statistics are part of ``head``: see
            ``train``.

    Shape:
        images: (B, 3, H, W) float, normalised like ImageNet pictures.
        returns: logits (B, K), features (B, D, h, w), class logits (B, C) or None.
    """

    pools = True
    """All that is used of the last feature map is its mean over cells."""

    def __init__(
        self,
        sizes: Sizes,
        name: str,
        *,
        classify: Callable[[torch.Tensor], torch.Tensor] | None = None,
        standardise: bool = False,
    ) -> None:
        super().__init__()
        self.trunk = backbone.trunk(name)
        self.head = nn.Linear(backbone.BACKBONES[name].depth, sizes.bits)
        # A scale would be lost in cosines and signs, a shift would unbalance the bits.
        self.norm = nn.BatchNorm1d(sizes.bits, affine=False) if standardise else None
        self.classify = classify
        self.classifier = None if classify is None else _classifier(sizes)

    def forward(self, images: torch.Tensor) -> HashOutput:
        """Return codes, the last feature map and, with a classifier, its logits."""
        features = self.trunk(images)  # (B, D, h, w)
        logits = self.head(features.mean(dim=(2, 3)))  # (B, K)
        if self.norm is not None:
            logits = self.norm(logits)
        if self.classifier is None or self.classify is None:
            return HashOutput(logits, features)
        return HashOutput(logits, features, self.classifier(self.classify(logits)))

    def train(self, mode: bool = True) -> HashNetwork:  # noqa: FBT001, FBT002 -- torch's
        """Set the mode; on the way to evaluation, move the statistics into the head.

        The output of neither mode changes: in training the batch is standardised
        whatever the scale of the head, in evaluation the head now does it alone. So an
        evaluated network is a linear layer on pooled features, like all others.
        """
        super().train(mode)
        if not mode and self.norm is not None:
            fold(self.head, self.norm)
        return self


@torch.no_grad()
def fold(head: nn.Linear, norm: nn.BatchNorm1d) -> None:
    """Move the running statistics behind a linear layer into it, in place.

    Args:
        head: from D features to K values.
        norm: of the K values, without scale and shift of its own; neutral afterwards.
    """
    mean, variance = norm.running_mean, norm.running_var
    assert mean is not None
    assert variance is not None
    scale = torch.rsqrt(variance + norm.eps)  # (K,)
    head.weight.mul_(scale[:, None])
    head.bias.copy_((head.bias - mean) * scale)
    mean.zero_()
    variance.fill_(1 - norm.eps)


def network(sizes: Sizes, options: Options) -> nn.Module:
    """Return the plain network, without a classifier."""
    return HashNetwork(sizes, options["backbone"])


def groups(network: nn.Module, options: Options) -> dict[str, list[nn.Parameter]]:
    """Return the open blocks of the trunk as "pretrained", all else as "new"."""
    trunk = network.get_submodule("trunk")
    of_trunk = {id(parameter) for parameter in trunk.parameters()}
    new = [p for p in network.parameters() if id(p) not in of_trunk]
    if getattr(network, "norm", None) is not None:
        # Its gradient is zero: standardising takes every shift away again.
        bias = network.get_parameter("head.bias")
        new = [parameter for parameter in new if parameter is not bias]
    return {"pretrained": open_blocks(trunk, options), "new": new}


def open_blocks(trunk: nn.Module, options: Options) -> list[nn.Parameter]:
    """Return the parameters of a trunk that ``frozen_blocks`` leaves to learn."""
    frozen = options["frozen_blocks"]
    if frozen is None:
        frozen = backbone.BACKBONES[options["backbone"]].frozen
    return [p for block in list(trunk.children())[frozen:] for p in block.parameters()]


def _classifier(sizes: Sizes) -> nn.Linear:
    return nn.Linear(sizes.bits, sizes.classes)
