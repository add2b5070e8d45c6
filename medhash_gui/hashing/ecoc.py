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

Features are those of several depths of the trunk, brought to the cells of the last map:
small lesions are lost in the last one alone. One depth for each width of its maps, from
the last frozen block on; ``depths="last"`` leaves the others out.

Where labels have an order (grades), a bit that separates the lower ones from
the higher ones is easier to learn than one that calls the first and the last alike:
``splits="ordered"`` has those alone, and distances grow with the difference of grades.

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

_DEPTHS = ("several", "last")
_SPLITS = ("halves", "ordered")
# More draws than this find hardly any further split of few labels.
_DRAWS = 8


class DeepTrunk(nn.Sequential):
    """Blocks that give the maps of several depths as one, on the cells of the last.

    Blocks that were taken out (``training.fronts``) are ``nn.Identity``: where those
    are the first ones, the input is what they would have made; where all are, it is
    what this trunk would have made.

    Args:
        blocks: of a trunk.
        depths: numbers of the blocks whose maps are wanted, the last one among them.

    Shape:
        input: (B, 3, H, W) float.
        output: (B, D, h, w) float, D the sum of the widths of the maps.
    """

    def __init__(self, blocks: nn.Sequential, depths: tuple[int, ...]) -> None:
        super().__init__(*blocks)
        self.depths = depths

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the maps, joined."""
        if isinstance(self[len(self) - 1], nn.Identity):
            return x
        maps = []
        for number, block in enumerate(self):
            x = block(x)
            if number in self.depths:
                maps.append(x)
        return torch.cat([_on_cells_of(x, one) for one in maps], dim=1)


class SplitNetwork(nn.Module):
    """Deep trunk, global average pooling, a linear layer whose bits see parts of it.

    Args:
        sizes: bits K.
        name: key in ``backbone.BACKBONES``.
        depths: "several" or "last".
        frozen_blocks: the depths begin with the last of so many first blocks.
        share: of the features that each bit sees, in (0, 1].
        dropout: share of the features that are dropped in training, in [0, 1).

    Shape:
        images: (B, 3, H, W) float, normalised like ImageNet pictures.
        returns: logits (B, K) and features (B, D, h, w), the joined maps.

    Raises:
        SettingsError: a share is out of its range, or other depths.
    """

    pools = True
    seen: torch.Tensor

    def __init__(
        self,
        sizes: Sizes,
        name: str,
        *,
        depths: str,
        frozen_blocks: int,
        share: float,
        dropout: float,
    ) -> None:
        super().__init__()
        if depths not in _DEPTHS:
            message = f"The method ecoc has no depths {depths!r}."
            raise SettingsError(message, hint=f"Choose one of: {', '.join(_DEPTHS)}.")
        if not 0 < share <= 1 or not 0 <= dropout < 1:
            message = f"The shares {share:g} and {dropout:g} are not possible."
            hint = "share is above 0 and at most 1, dropout at least 0 and below 1."
            raise SettingsError(message, hint=hint)
        blocks = backbone.trunk(name)
        widths = _widths(blocks)
        chosen: tuple[int, ...] = (len(blocks) - 1,)
        if depths == "several":
            chosen = _last_of_each_width(widths, begin=max(0, frozen_blocks - 1))
        self.trunk = DeepTrunk(blocks, chosen)
        depth = sum(widths[number] for number in chosen)
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

    @property
    def plain_blocks(self) -> int:
        """How many first blocks have one map that all others go on from."""
        whole = len(self.trunk)
        return min(self.trunk.depths) + 1 if len(self.trunk.depths) > 1 else whole

    def forward(self, images: torch.Tensor) -> HashOutput:
        """Return the logits of all bits and the joined feature maps."""
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


def splits_of(
    classes: int, bits: int, *, kind: str = "halves", seed: int = 0
) -> torch.Tensor:
    """Return the split of the labels that each bit has, (C, K) float of +-1.

    As many different ones as there are or bits need, each used as often as the others;
    which side is + is drawn.

    Args:
        classes: C, at least 2.
        bits: K.
        kind: "halves" (of an odd number one more on one side), or "ordered": the first
            labels against the others, in the order of the labels' names.
        seed: of the draws; the same seed gives the same splits on any machine.

    Raises:
        SettingsError: there are fewer than two labels, or no such kind.
    """
    if classes < 2:
        message = "This method splits the labels, and there are fewer than two."
        raise SettingsError(message, hint="Add labels, or choose another method.")
    if kind not in _SPLITS:
        message = f"The method ecoc has no splits {kind!r}."
        raise SettingsError(message, hint=f"Choose one of: {', '.join(_SPLITS)}.")
    generator = torch.Generator().manual_seed(seed)
    several = (
        [_first_against_rest(classes, n) for n in range(1, classes)]
        if kind == "ordered"
        else _halves(classes, bits, generator)
    )
    chosen = torch.stack([several[k % len(several)] for k in range(bits)], dim=1)
    turned = torch.randint(0, 2, (bits,), generator=generator) * 2.0 - 1
    return chosen * turned


def _first_against_rest(classes: int, count: int) -> torch.Tensor:
    split = torch.ones(classes)
    split[:count] = -1
    return split


def _halves(classes: int, bits: int, generator: torch.Generator) -> list[torch.Tensor]:
    found: dict[tuple[float, ...], torch.Tensor] = {}
    for _ in range(_DRAWS * bits):
        split = torch.ones(classes)
        split[torch.randperm(classes, generator=generator)[: classes // 2]] = -1
        # A split and its opposite say the same.
        found.setdefault(tuple((split * split[0]).tolist()), split)
        if len(found) == bits:
            break
    return list(found.values())


def _on_cells_of(last: torch.Tensor, one: torch.Tensor) -> torch.Tensor:
    """Return a map averaged over the cells of the last one."""
    ratio = max(1, one.shape[-1] // last.shape[-1])
    small = functional.avg_pool2d(one, ratio) if ratio > 1 else one
    if small.shape[-2:] == last.shape[-2:]:
        return small
    return functional.interpolate(small, size=last.shape[-2:], mode="bilinear")


@torch.no_grad()
def _widths(blocks: nn.Sequential) -> list[int]:
    x = torch.zeros(1, 3, 64, 64)
    widths = []
    for block in blocks:
        x = block(x)
        widths.append(x.shape[1])
    return widths


def _last_of_each_width(widths: list[int], *, begin: int) -> tuple[int, ...]:
    ends = [n for n, one in enumerate(widths) if widths[n + 1 : n + 2] != [one]]
    return tuple(n for n in ends if n >= begin)


def _network(sizes: Sizes, options: Options) -> nn.Module:
    frozen = options["frozen_blocks"]
    if frozen is None:
        frozen = backbone.BACKBONES[options["backbone"]].frozen
    return SplitNetwork(
        sizes,
        options["backbone"],
        depths=options["depths"],
        frozen_blocks=frozen,
        share=options["share"],
        dropout=options["dropout"],
    )


def _loss(sizes: Sizes, options: Options) -> nn.Module:
    return SplitLoss(splits_of(sizes.classes, sizes.bits, kind=options["splits"]))


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
    defaults={
        **plain.OPTIONS,
        "splits": "halves",
        "depths": "several",
        "share": 0.2,
        "dropout": 0.3,
    },
)
