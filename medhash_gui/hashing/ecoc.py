"""Label splits: each bit says on which side of a split of the labels a picture lies.

Every bit k has a split of the labels into two halves, T_ck = +-1, and is a classifier
of its own: with t = sum_c y_c T_ck, the side of a picture with labels y (0 where its
labels are on both sides alike, which teaches the bit nothing),

    L = mean over pictures and bits with t != 0 of log(1 + exp(-sign(t) z))

A bit sees only a random part of the features (``share``), standardised, some of them
dropped at random in training. So bits of the same split err on different pictures. That
is what ranks: of a picture that is clearly of a label nearly all bits are right, of a
doubtful one some are wrong, another some for another picture. A clear picture is then
nearer to every query of its label than a doubtful one is, although all distances are
whole bits; bits that looked at the same features would put doubtful pictures next to
each other.

The parts are known: output codes that correct errors [1], their many bits for retrieval
as in hashing with class codes, and random subspaces [2]. Their combination for
hashing is ours. With one linear layer behind the trunk it costs what any other method
costs; in use the layer is that of the plain network.

References:
    [1] Dietterich, Bakiri, "Solving Multiclass Learning Problems via Error-Correcting
        Output Codes", JAIR 2, 1995.
    [2] Ho, "The Random Subspace Method for Constructing Decision Forests", IEEE TPAMI
        20(8), 1998.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from medhash_gui.errors import SettingsError
from medhash_gui.hashing import backbone, plain
from medhash_gui.hashing.method import (
    HashOutput,
    Method,
    Options,
    Sizes,
    Stage,
    Targets,
    Terms,
)

# More draws than this find hardly any further split of few labels.
_DRAWS = 8


class SplitNetwork(nn.Module):
    """Trunk, global average pooling, and a linear layer whose bits see parts of it.

    Args:
        sizes: bits K.
        name: key in ``backbone.BACKBONES``.
        share: of the features that each bit sees, in (0, 1].
        dropout: share of the features that are dropped in training, in [0, 1).

    Shape:
        images: (B, 3, H, W) float, normalised like ImageNet pictures.
        returns: logits (B, K) and features (B, D, h, w).

    Raises:
        SettingsError: a share is out of its range.
    """

    pools = True
    seen: torch.Tensor

    def __init__(
        self, sizes: Sizes, name: str, *, share: float, dropout: float
    ) -> None:
        super().__init__()
        if not 0 < share <= 1 or not 0 <= dropout < 1:
            message = f"The shares {share:g} and {dropout:g} are not possible."
            hint = "share is above 0 and at most 1, dropout at least 0 and below 1."
            raise SettingsError(message, hint=hint)
        self.trunk = backbone.trunk(name)
        depth = backbone.BACKBONES[name].depth
        self.norm = nn.BatchNorm1d(depth, affine=False)
        self.dropout = nn.Dropout(dropout)
        self.weight = nn.Parameter(torch.randn(sizes.bits, depth) * 0.02)
        self.bias = nn.Parameter(torch.zeros(sizes.bits))
        few = max(1, round(share * depth))
        places = torch.rand(sizes.bits, depth).argsort(dim=1)
        # As large as if it saw everything, whatever its share.
        seen = (places < few).float() * (depth / few) ** 0.5
        self.register_buffer("seen", seen)  # (K, D)
        # What all of it comes to in use; see ``train``.
        self.head = nn.Linear(depth, sizes.bits).requires_grad_(requires_grad=False)

    def forward(self, images: torch.Tensor) -> HashOutput:
        """Return the logits of all bits and the last feature map."""
        features = self.trunk(images)  # (B, D, h, w)
        pooled = features.mean(dim=(2, 3))
        if not self.training:
            return HashOutput(self.head(pooled), features)
        x = self.dropout(self.norm(pooled))
        weight = self.weight * self.seen
        return HashOutput(functional.linear(x, weight, self.bias), features)

    def train(self, mode: bool = True) -> SplitNetwork:  # noqa: FBT001, FBT002 -- torch's
        """Set the mode; on the way to evaluation, make the head of what was learned.

        Standardising, with the running statistics, and the parts that the bits see
        become one linear layer on pooled features.
        """
        super().train(mode)
        if not mode:
            self._fold()
        return self

    @torch.no_grad()
    def _fold(self) -> None:
        mean, variance = self.norm.running_mean, self.norm.running_var
        assert mean is not None
        assert variance is not None
        weight = self.weight * self.seen * torch.rsqrt(variance + self.norm.eps)
        self.head.weight.copy_(weight)
        self.head.bias.copy_(self.bias - weight @ mean)


class SplitLoss(nn.Module):
    """Logistic loss of every bit on the side of its split.

    Args:
        splits: (C, K) float of +-1.

    Shape:
        output.logits: (B, K) float; targets.labels: (B, C) float, multi-hot.
        returns: () float "splits".
    """

    splits: torch.Tensor

    def __init__(self, splits: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("splits", splits)

    def forward(self, output: HashOutput, targets: Targets) -> Terms:
        """Return the one term, the loss."""
        y = targets.labels
        side = (y @ self.splits.to(y.dtype)).sign()  # (B, K), 0 where undecided
        decided = side.abs()
        each = functional.softplus(-side * output.logits) * decided
        return {"splits": each.sum() / decided.sum().clamp_min(1)}


def splits_of(classes: int, bits: int, *, seed: int = 0) -> torch.Tensor:
    """Return the split of the labels that each bit has, (C, K) float of +-1.

    Halves (of an odd number one more on one side), as many different ones as there
    are or bits need, each used as often as the others; which side is + is drawn.

    Args:
        classes: C, at least 2.
        bits: K.
        seed: of the draws; the same seed gives the same splits on any machine.

    Raises:
        SettingsError: there are fewer than two labels.
    """
    if classes < 2:
        message = "This method splits the labels, and there are fewer than two."
        raise SettingsError(message, hint="Add labels, or choose another method.")
    generator = torch.Generator().manual_seed(seed)
    found: dict[tuple[float, ...], torch.Tensor] = {}
    for _ in range(_DRAWS * bits):
        split = torch.ones(classes)
        split[torch.randperm(classes, generator=generator)[: classes // 2]] = -1
        # A split and its opposite say the same.
        found.setdefault(tuple((split * split[0]).tolist()), split)
        if len(found) == bits:
            break
    several = list(found.values())
    chosen = torch.stack([several[k % len(several)] for k in range(bits)], dim=1)
    turned = torch.randint(0, 2, (bits,), generator=generator) * 2.0 - 1
    return chosen * turned


def _network(sizes: Sizes, options: Options) -> nn.Module:
    return SplitNetwork(
        sizes,
        options["backbone"],
        share=options["share"],
        dropout=options["dropout"],
    )


def _loss(sizes: Sizes, _options: Options) -> nn.Module:
    return SplitLoss(splits_of(sizes.classes, sizes.bits))


def _groups(network: nn.Module, options: Options) -> dict[str, list[nn.Parameter]]:
    assert isinstance(network, SplitNetwork)
    return {
        "pretrained": plain.open_blocks(network.trunk, options),
        "new": [network.weight, network.bias],
    }


METHOD = Method(
    name="ecoc",
    title="Label splits, each bit on its own part of the features",
    paper=(
        "Ours; after Dietterich, Bakiri: Solving Multiclass Learning Problems via "
        "Error-Correcting Output Codes. JAIR 2, 1995, and Ho: The Random Subspace "
        "Method for Constructing Decision Forests. IEEE TPAMI 20(8), 1998"
    ),
    network=_network,
    stages=(Stage("hash", _loss, _groups),),
    explains="grad-cam",
    defaults={**plain.OPTIONS, "share": 0.2, "dropout": 0.3},
)
