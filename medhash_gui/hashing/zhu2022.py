"""Attention-guided two-branch hashing: the picture, and the picture behind a mask.

A classifier is trained first. Its class activation map, cut by Otsu's threshold, masks
the picture; a second branch sees what is left. The code is b = [b'; b''], half from
each branch. With u = tanh(beta z), t = alpha <u_i, u_j>, w the class weights of the
pairs:

    Heat^c = ReLU(sum_k W_ck f_k) / (h w)             Grad-CAM in closed form
    Mask = 1[ up(Heat) > Otsu(up(Heat)) ],   x' = Mask * x
    L = sum over pairs w [ log(1 + exp(t)) - s t ] / sum w
        + lambda (BCE(g(x), y) + BCE(g'(x'), y)) / 2

Stage ``classifier``: BCE(g(x), y). Stage ``hash``: L, the second branch starting as a
copy of the first. alpha = 10 / K; beta = sqrt(1 + 50 * share of the stage that is
done), as in HashNet, since [1] gives neither; lambda = 1.

Corrections to what is printed: the pair term has no leading minus (it would be
maximised), the score whose gradient weighs the maps is the logit, both terms of the
cross-entropy have the minus and 1/C.

Deviations and what [1] does not say: the global branch goes on from the classifier
instead of a third network beside it, so the mask follows it; the class of the map is
the one predicted with the highest probability (``skip_class`` leaves a column out: that
of "No Finding"); K/2 bits a branch; trunks do not share weights; hash logits are
standardised over the batch, which becomes part of the hash layers in use (bits would
otherwise hardly divide the pictures at the start); the loss is divided by the sum of
its weights; the trunk is what ``backbone`` says, ResNet-50 in [1]. Where the map is
constant the whole picture is seen.

``attention`` is the paper's ablation: ``fcn`` the above; ``none`` both branches see the
picture; ``se`` and ``cbam`` that, with such a block before the pooling of each branch
([1] does not say where they stand; ``attention_blocks``).

References:
    [1] Zhu et al., "Deep Hash Retrieval Algorithm for Medical Images Based on Attention
        Mechanism", Computer Science (China) 49(8):113-119, 2022.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import nn
from torch.nn import functional

from medhash_gui.errors import SettingsError
from medhash_gui.hashing import backbone, plain, regions, similarity
from medhash_gui.hashing.attention_blocks import CellAttention, ChannelAttention
from medhash_gui.hashing.method import (
    HashOutput,
    Method,
    Options,
    Sizes,
    Stage,
    Targets,
    Terms,
)

_ATTENTIONS = ("fcn", "none", "se", "cbam")
_CLASSIFIER_SHARE = 0.3


class Branch(nn.Module):
    """Trunk, attention block if any, classifier and hash layer of one branch.

    Args:
        bits: of this branch's part of the code.
        classes: C.
        name: key in ``backbone.BACKBONES``.
        attention: see the module.
    """

    def __init__(self, bits: int, classes: int, name: str, *, attention: str) -> None:
        super().__init__()
        depth = backbone.BACKBONES[name].depth
        self.attend: nn.Module = nn.Identity()
        if attention == "se":
            self.attend = ChannelAttention(depth, maximum=False)
        if attention == "cbam":
            channels = ChannelAttention(depth, maximum=True)
            self.attend = nn.Sequential(channels, CellAttention())
        self.classifier = nn.Linear(depth, classes)
        self.hash = nn.Linear(depth, bits)
        self.norm = nn.BatchNorm1d(bits, affine=False)

    def forward(
        self, trunk: nn.Module, images: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return features (B, D, h, w), class logits (B, C), logits (B, bits)."""
        features = self.attend(trunk(images))
        pooled = features.mean(dim=(2, 3))
        return features, self.classifier(pooled), self.norm(self.hash(pooled))


class Zhu2022(nn.Module):
    """The two-branch network of [1].

    Args:
        sizes: bits K, at least 2, and classes C.
        name: key in ``backbone.BACKBONES``, of both branches.
        attention: "fcn", "none", "se" or "cbam".
        skip_class: column that never chooses the map; None: all may.

    Shape:
        images: (B, 3, H, W) float.
        returns: logits (B, K), features of both branches (B, 2 D, h, w), class logits
        of the first (B, C), those of both as ``branch_logits``, and for "fcn" the map
        that the mask was cut from as ``attention`` (B, 1, h, w).

    Raises:
        SettingsError: another attention.
    """

    def __init__(
        self, sizes: Sizes, name: str, *, attention: str, skip_class: int | None
    ) -> None:
        super().__init__()
        if attention not in _ATTENTIONS:
            message = f"The method zhu2022 has no attention {attention!r}."
            raise SettingsError(
                message, hint=f"Choose one of: {', '.join(_ATTENTIONS)}."
            )
        local_bits = sizes.bits // 2
        self.masked = attention == "fcn"
        self.bits = sizes.bits
        self.skip_class = skip_class
        self.trunk = backbone.trunk(name)
        self.whole = Branch(
            sizes.bits - local_bits, sizes.classes, name, attention=attention
        )
        self.local_trunk = backbone.trunk(name)
        self.part = Branch(local_bits, sizes.classes, name, attention=attention)

    def forward(
        self, images: torch.Tensor, seen: torch.Tensor | None = None
    ) -> HashOutput:
        """Return the code of the picture and of what its mask leaves.

        Args:
            images: (B, 3, H, W) float, or what the frozen blocks made of them.
            seen: what the frozen blocks made of ``second``; None: it is made here.
        """
        features, classes, logits = self.whole(self.trunk, images)
        heat = mask = None
        if seen is None:
            seen = images
            if self.masked:
                heat, mask = self.look(features, classes, images.shape[-1])
                seen = images * mask
        local_features, local_classes, local_logits = self.part(self.local_trunk, seen)
        return HashOutput(
            torch.cat([logits, local_logits], dim=1),
            torch.cat([features, local_features], dim=1),
            classes,
            heat,
            (classes, local_classes),
            mask,
        )

    def classify(self, images: torch.Tensor) -> HashOutput:
        """Return class logits only; there is no code yet (its logits are 0)."""
        features, classes, _ = self.whole(self.trunk, images)
        nothing = classes.new_zeros(len(images), self.bits)
        return HashOutput(nothing, features, classes, branch_logits=(classes,))

    def second(
        self, images: torch.Tensor, first: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Return what the second branch sees of pictures, (B, 3, H, W) float.

        Args:
            images: (B, 3, H, W) float.
            first: what the frozen blocks, taken out, made of them; None: none are.
        """
        if not self.masked:
            return images
        seen = images if first is None else first
        features, classes, _ = self.whole(self.trunk, seen)
        return images * self.look(features, classes, images.shape[-1])[1]

    def looking(self) -> Iterator[nn.Parameter]:
        """Give the parameters that decide what the second branch sees."""
        if self.masked:
            yield from self.trunk.parameters()
            yield from self.whole.attend.parameters()
            yield from self.whole.classifier.parameters()

    @torch.no_grad()
    def look(
        self, features: torch.Tensor, classes: torch.Tensor, size: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the map (B, 1, h, w) in [0, 1] and the mask (B, 1, size, size) 0/1."""
        if self.skip_class is not None:
            column = torch.arange(classes.shape[1], device=classes.device)
            low = torch.full_like(classes, -torch.inf)
            classes = torch.where(column == self.skip_class, low, classes)
        chosen = classes.argmax(dim=1)
        heat = regions.class_map(features, self.whole.classifier.weight, chosen)
        heat = regions.stretched(heat)[:, None]
        large = functional.interpolate(heat, size=(size, size), mode="bilinear")
        mask = regions.otsu_mask(large[:, 0].clamp(0, 1))
        return heat, mask[:, None]

    def train(self, mode: bool = True) -> Zhu2022:  # noqa: FBT001, FBT002 -- torch's
        """Set the mode; on the way to evaluation, move statistics into hash layers."""
        super().train(mode)
        if not mode:
            for branch in (self.whole, self.part):
                plain.fold(branch.hash, branch.norm)
        return self

    def start_local(self) -> None:
        """Let the second branch start as a copy of the first, but for its bits."""
        self.local_trunk.load_state_dict(self.trunk.state_dict())
        self.part.attend.load_state_dict(self.whole.attend.state_dict())
        self.part.classifier.load_state_dict(self.whole.classifier.state_dict())


class ClassifierLoss(nn.Module):
    """Binary cross-entropy of the first branch, mean over classes and pictures.

    Shape:
        output.branch_logits[0]: (B, C) float; targets.labels: (B, C) float, multi-hot.
        returns: () float "classification".
    """

    def forward(self, output: HashOutput, targets: Targets) -> Terms:
        """Return the one term, the loss."""
        entropy = functional.binary_cross_entropy_with_logits(
            output.branch_logits[0], targets.labels
        )
        return {"classification": entropy}


class Zhu2022Loss(nn.Module):
    """Weighted pair likelihood with tanh continuation, and both classifiers.

    Args:
        sizes: bits K.
        alpha: slope of the likelihood; None: 10 / K.
        growth: beta is sqrt(1 + growth * share of this stage that is done).
        classification: lambda.

    Shape:
        output.logits: (B, K) float; output.branch_logits: twice (B, C) float;
        targets.labels: (B, C) float, multi-hot.
        returns: () float for each of "pairs" and "classification".
    """

    def __init__(
        self,
        sizes: Sizes,
        *,
        alpha: float | None = None,
        growth: float = 50.0,
        classification: float = 1.0,
    ) -> None:
        super().__init__()
        self.alpha = 10 / sizes.bits if alpha is None else alpha
        self.growth = growth
        self.classification = classification

    def forward(self, output: HashOutput, targets: Targets) -> Terms:
        """Return the named terms; their sum is the loss."""
        done = (targets.progress - _CLASSIFIER_SHARE) / (1 - _CLASSIFIER_SHARE)
        beta = math.sqrt(1 + self.growth * max(0.0, done))
        u = torch.tanh(beta * output.logits)
        i, j = similarity.batch_pairs(len(u), u.device)
        s = similarity.shared_label(targets.labels)[i, j]
        w = similarity.class_weights(s)
        t = self.alpha * (u @ u.T)[i, j]
        weighted = (w * similarity.pair_likelihood(t, s)).sum()
        entropies = [
            functional.binary_cross_entropy_with_logits(logits, targets.labels)
            for logits in output.branch_logits
        ]
        return {
            "pairs": weighted / w.sum().clamp_min(1e-12),
            "classification": self.classification * torch.stack(entropies).mean(),
        }


def _network(sizes: Sizes, options: Options) -> nn.Module:
    return Zhu2022(
        sizes,
        options["backbone"],
        attention=options["attention"],
        skip_class=options["skip_class"],
    )


def _loss(sizes: Sizes, options: Options) -> nn.Module:
    names = ("alpha", "growth", "classification")
    return Zhu2022Loss(sizes, **{name: options[name] for name in names})


def _classifier_groups(
    network: nn.Module, options: Options
) -> dict[str, list[nn.Parameter]]:
    assert isinstance(network, Zhu2022)
    whole = network.whole
    return {
        "pretrained": plain.open_blocks(network.trunk, options),
        "new": [*whole.attend.parameters(), *whole.classifier.parameters()],
    }


def _hash_groups(network: nn.Module, options: Options) -> dict[str, list[nn.Parameter]]:
    assert isinstance(network, Zhu2022)
    new: list[nn.Parameter] = []
    for branch in (network.whole, network.part):
        new += [*branch.attend.parameters(), *branch.classifier.parameters()]
        # The shift of a standardised layer has no gradient.
        new.append(branch.hash.get_parameter("weight"))
    return {
        "pretrained": [
            *plain.open_blocks(network.trunk, options),
            *plain.open_blocks(network.local_trunk, options),
        ],
        "new": new,
    }


def _begin_hash(network: nn.Module) -> None:
    assert isinstance(network, Zhu2022)
    network.start_local()


METHOD = Method(
    name="zhu2022",
    title="Attention-guided two-branch hashing (Zhu 2022)",
    paper=(
        "Zhu et al.: Deep Hash Retrieval Algorithm for Medical Images Based on "
        "Attention Mechanism. Computer Science (China) 49(8):113-119, 2022"
    ),
    network=_network,
    stages=(
        Stage(
            "classifier",
            lambda _sizes, _options: ClassifierLoss(),
            _classifier_groups,
            share=_CLASSIFIER_SHARE,
            codes=False,
            part="classify",
        ),
        Stage(
            "hash",
            _loss,
            _hash_groups,
            share=1 - _CLASSIFIER_SHARE,
            begin=_begin_hash,
            second=True,
        ),
    ),
    explains="attention",
    defaults={
        **plain.OPTIONS,
        "attention": "fcn",
        "skip_class": None,
        "alpha": None,
        "growth": 50.0,
        "classification": 1.0,
    },
)
