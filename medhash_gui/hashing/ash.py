"""Attention-based Saliency Hashing: spatial attention, pairwise margin loss.

Implemented from the abstract of [1] and the first author's public code. Four networks:

* ``ashnet``: the paper's own small network; attention after its first stage.
* ``ash-resnet``: three residual blocks, then attention, then one linear layer.
* ``ash-input``: attention on the picture itself, then a pretrained trunk.
* ``pretrained``: the same attention inside a pretrained trunk (what MedHash ships);
  ``backbone`` chooses the trunk.

Deviations, all of them:

* The published code compares a distance *averaged* over the K bits with a margin that
  grows with K; codes near +-1 cannot reach it and training collapses. Here the distance
  is summed and the margin is 2K (as in DSH): dissimilar codes differ in K / 2 bits.
  ``margin`` and ``average_bits`` give the published form back.
* Pairs are all pairs of a batch, not one random pairing drawn before training.
* ``s`` = 1 for similar pairs (the paper's y is 1 - s); pictures with several labels are
  similar if they share one.
* Codes are the signs of the logits; the paper's code ranks by real-valued outputs.
* ``pretrained`` multiplies by 2A and starts its attention at A = 1/2, so that the
  pretrained trunk starts unchanged; ``HashOutput.attention`` is A itself.
* ``ash-input`` uses MobileNetV2 unless told otherwise, not ResNet-50, and ends in
  logits, not in a sigmoid (the bit is the same: sigmoid(z) >= 1/2 where z >= 0).
* ``classification`` (0 = off, as in the paper) adds a classifier on tanh of the logits
  with binary cross-entropy.

References:
    [1] Fang, Xu, Zhang, Hu, Liu, "Attention-based Saliency Hashing for Ophthalmic Image
        Retrieval", BIBM 2020, arXiv 2012.03466.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from medhash_gui.errors import SettingsError
from medhash_gui.hashing import backbone, similarity
from medhash_gui.hashing.method import (
    HashOutput,
    Method,
    Options,
    Sizes,
    Stage,
    Targets,
    Terms,
)


class SpatialAttention(nn.Module):
    """Where to look: one weight a cell, from the mean and the maximum over channels.

    The spatial half of CBAM with a 3 x 3 kernel and no bias: A = sigmoid(conv(mean,
    max)); the result is x times A.

    Args:
        neutral: start at A = 1/2 and multiply by 2A, so that nothing changes at first.

    Shape:
        input: (B, D, h, w) float.
        returns: the weighted map (B, D, h, w) and A (B, 1, h, w) in [0, 1].
    """

    def __init__(self, *, neutral: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 1, kernel_size=3, padding=1, bias=False)
        self.gain = 2.0 if neutral else 1.0
        if neutral:
            nn.init.zeros_(self.conv.weight)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return x weighted by its attention, and the attention."""
        summary = torch.cat(
            [x.mean(dim=1, keepdim=True), x.amax(dim=1, keepdim=True)], dim=1
        )  # (B, 2, h, w)
        attention = torch.sigmoid(self.conv(summary))  # (B, 1, h, w)
        return x * (self.gain * attention), attention


class PretrainedASH(nn.Module):
    """A folded trunk with spatial attention after one of its blocks.

    Global average pooling and one linear layer follow, so the map of what each bit saw
    is a closed form of ``features`` and ``head.weight``.

    Args:
        sizes: bits K and classes C.
        name: key in ``backbone.BACKBONES``.
        stage: block after which the attention stands; -1: on the picture; None: after
            the last one.
        classifier: add a linear classifier on tanh(logits).

    Raises:
        SettingsError: the backbone has no such block.
    """

    def __init__(
        self, sizes: Sizes, name: str, *, stage: int | None, classifier: bool
    ) -> None:
        super().__init__()
        self.trunk = backbone.trunk(name)
        last = backbone.BACKBONES[name].blocks - 1
        self.stage = last if stage is None else stage
        if not -1 <= self.stage <= last:
            message = f"{name} has no block {self.stage} to attend after."
            raise SettingsError(message, hint=f"Its blocks are 0 to {last}.")
        self.attention = SpatialAttention(neutral=True)
        self.head = nn.Linear(backbone.BACKBONES[name].depth, sizes.bits)
        self.classifier = nn.Linear(sizes.bits, sizes.classes) if classifier else None

    @property
    def plain_blocks(self) -> int:
        """How many first blocks of the trunk see what no attention has changed."""
        return self.stage + 1

    def forward(self, images: torch.Tensor) -> HashOutput:
        """Return codes, the last feature map and the attention of the same pass."""
        x = images  # (B, 3, H, W)
        attention = None
        if self.stage < 0:
            x, attention = self.attention(x)
        for number, block in enumerate(self.trunk):
            x = block(x)
            if number == self.stage:
                x, attention = self.attention(x)
        logits = self.head(x.mean(dim=(2, 3)))  # (B, K)
        classes = None if self.classifier is None else self.classifier(logits.tanh())
        return HashOutput(logits, x, classes, attention)


class ASHNet(nn.Module):
    """The paper's small network (variant 1): one convolution stage, attention, two FC.

    Args:
        sizes: bits K.
        size: height and width of the pictures, px, a multiple of 16; paper: 512.
    """

    def __init__(self, sizes: Sizes, *, size: int) -> None:
        super().__init__()
        self.first = nn.Sequential(
            nn.Conv2d(3, 16, kernel_size=3, stride=2, padding=1),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2, padding=1),
            nn.BatchNorm2d(16),
        )
        self.attention = SpatialAttention(neutral=False)
        self.second = nn.Sequential(
            nn.Conv2d(16, 32, kernel_size=3, stride=2, padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.AvgPool2d(3, stride=2, padding=1),
            nn.BatchNorm2d(32),
        )
        self.fc = nn.Sequential(
            nn.Flatten(),
            nn.Linear(32 * (size // 16) ** 2, 4096),
            nn.ReLU(),
            nn.Linear(4096, sizes.bits),
        )

    def forward(self, images: torch.Tensor) -> HashOutput:
        """Return codes, the map before the linear layers, and the attention."""
        x, attention = self.attention(self.first(images))  # (B, 16, H / 4, W / 4)
        features = self.second(x)  # (B, 32, H / 16, W / 16)
        return HashOutput(self.fc(features), features, attention=attention)


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions around a short cut, as in variant 2."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, kernel_size=3, stride=stride, padding=1),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, kernel_size=3, padding=1),
            nn.BatchNorm2d(outputs),
        )
        same = inputs == outputs and stride == 1
        self.short_cut: nn.Module = (
            nn.Identity()
            if same
            else nn.Conv2d(inputs, outputs, kernel_size=3, stride=stride, padding=1)
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.xavier_normal_(module.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the block's output, (B, outputs, h, w)."""
        return functional.relu(self.body(x) + self.short_cut(x))


class ASHResNet(nn.Module):
    """Variant 2: three residual blocks, attention, one linear layer.

    Args:
        sizes: bits K.
        size: height and width of the pictures, px, even; paper: 512.
    """

    def __init__(self, sizes: Sizes, *, size: int) -> None:
        super().__init__()
        self.blocks = nn.Sequential(
            ResidualBlock(3, 16, 1), ResidualBlock(16, 16, 1), ResidualBlock(16, 16, 2)
        )
        self.attention = SpatialAttention(neutral=False)
        self.fc = nn.Linear(16 * (size // 2) ** 2, sizes.bits)

    def forward(self, images: torch.Tensor) -> HashOutput:
        """Return codes, the weighted map, and the attention."""
        features, attention = self.attention(self.blocks(images))  # (B, 16, H/2, W/2)
        logits = self.fc(features.flatten(start_dim=1))  # (B, K)
        return HashOutput(logits, features, attention=attention)


class ASHLoss(nn.Module):
    """Contrastive loss with a margin, plus the distance of the codes from +-1.

    mean over pairs of [ s D / 2 + (1 - s) max(m - D, 0) / 2 ] + alpha * quantisation,
    D = sum over bits of (h_i - h_j)^2, quantisation = mean over pictures of the sum
    over bits of | |h| - 1 |.

    Args:
        sizes: bits K.
        margin: m; None: 2K, reached when codes of +-1 differ in half of their bits.
        average_bits: mean instead of sum over bits, as published.
        quantisation: alpha; paper: 0.01 (of each picture of a pair, hence doubled).
        classification: weight of the binary cross-entropy, mean over classes.

    Shape:
        output.logits: (B, K) float; targets.labels: (B, C) float, multi-hot.
        returns: () float for each of "similar", "dissimilar", "quantisation", and
        "classification" where the network classifies.
    """

    def __init__(
        self,
        sizes: Sizes,
        *,
        margin: float | None = None,
        average_bits: bool = False,
        quantisation: float = 0.01,
        classification: float = 0.0,
    ) -> None:
        super().__init__()
        self.margin = 2.0 * sizes.bits if margin is None else margin
        self.average_bits = average_bits
        self.quantisation = quantisation
        self.classification = classification

    def forward(self, output: HashOutput, targets: Targets) -> Terms:
        """Return the named terms; their sum is the loss."""
        h = output.logits
        over_bits = torch.mean if self.average_bits else torch.sum
        i, j = similarity.batch_pairs(len(h), h.device)
        s = similarity.shared_label(targets.labels)[i, j]
        d = over_bits((h[i] - h[j]).square(), dim=1)  # (B * (B - 1) / 2,)
        # A batch of one has no pair; its mean would not be a number.
        pairs = max(len(d), 1)
        rounding = over_bits(similarity.l1_from_signs(h), dim=1).mean()
        terms = {
            "similar": (s * d).sum() / (2 * pairs),
            "dissimilar": ((1 - s) * functional.relu(self.margin - d)).sum()
            / (2 * pairs),
            "quantisation": 2 * self.quantisation * rounding,
        }
        if output.class_logits is not None:
            terms["classification"] = (
                self.classification
                * functional.binary_cross_entropy_with_logits(
                    output.class_logits, targets.labels
                )
            )
        return terms


def _network(sizes: Sizes, options: Options) -> nn.Module:
    variant = options["variant"]
    if variant == "ashnet":
        return ASHNet(sizes, size=options["size"])
    if variant == "ash-resnet":
        return ASHResNet(sizes, size=options["size"])
    if variant in ("pretrained", "ash-input"):
        return PretrainedASH(
            sizes,
            options["backbone"],
            stage=options["stage"] if variant == "pretrained" else -1,
            classifier=options["classification"] > 0,
        )
    message = f"ASH has no variant {variant!r}."
    hint = "Its variants are: pretrained, ashnet, ash-resnet, ash-input."
    raise SettingsError(message, hint=hint)


def _loss(sizes: Sizes, options: Options) -> nn.Module:
    names = ("margin", "average_bits", "quantisation", "classification")
    return ASHLoss(sizes, **{name: options[name] for name in names})


def _parameters(network: nn.Module, options: Options) -> dict[str, list[nn.Parameter]]:
    if not isinstance(network, PretrainedASH):
        return {"new": list(network.parameters())}
    frozen = options["frozen_blocks"]
    if frozen is None:
        frozen = backbone.BACKBONES[options["backbone"]].frozen
    trunk = list(network.trunk[frozen:].parameters())
    of_trunk = {id(parameter) for parameter in network.trunk.parameters()}
    # Eighteen numbers that start at zero: at the rate of the head they would still be
    # close to it, and the map close to flat, when a short run ends.
    attention = list(network.attention.parameters())
    known = of_trunk | {id(parameter) for parameter in attention}
    new = [p for p in network.parameters() if id(p) not in known]
    return {"pretrained": trunk, "new": new, "fast": attention}


METHOD = Method(
    name="ash",
    title="Attention-based Saliency Hashing (ASH)",
    paper=(
        "Fang, Xu, Zhang, Hu, Liu: Attention-based Saliency Hashing for Ophthalmic "
        "Image Retrieval. BIBM 2020, arXiv 2012.03466"
    ),
    network=_network,
    stages=(Stage("hash", _loss, _parameters),),
    explains="attention",
    defaults={
        "variant": "pretrained",
        "backbone": "mobilenet_v2",
        "size": 224,
        "stage": None,
        "frozen_blocks": None,
        "margin": None,
        "average_bits": False,
        "quantisation": 0.01,
        "classification": 0.0,
    },
)
