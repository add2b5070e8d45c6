"""Precision retrieval by interpretability and feature fusion: look, look closer, join.

A global network looks at the picture. Where its saliency map is high, the largest
connected part is boxed, cut out of the picture at full resolution and given to a local
network. Pooled features of both are joined; a fully connected layer, the hash layer and
a classifier follow, so the classifier sees nothing but the code:

    v = [pool f_g(x); pool f_l(crop(x))]  ->  ReLU(FC v)  ->  z (K)  ->  h  ->  W h + b

    ``tanh``     h = tanh z
        L = BCE(W h + b, y) + lambda_q mean (|h| - 1)^2 + lambda_b B
    ``sigmoid``  a = sigmoid z
        L = BCE(W a + b, y) + lambda_q (1/4 - mean (a - 1/2)^2) + lambda_b B
    balance ``bits``:     B = mean over bits (mean over the batch of h_k)^2
    balance ``picture``:  B = mean over the batch (mean over bits of h_k)^2
    with a - 1/2 for h in the sigmoid form.

Stages, as in [2]: ``global`` trains the global network with a classifier of its own;
``local`` the local one, a copy of it at first, on the crops, the global one frozen;
``fusion`` the layers behind both, both frozen (``open_trunks`` opens them).

Only the abstract of [1] could be read: the structure above is stated there, and every
number is ours (lambda_q = lambda_b = .1, 1024 hidden units). Deviations and choices:
the map is ``cam``, the class activation map of the class that the global network finds
most probable (``skip_class`` leaves out the column of "No Finding"), or ``max``, the
largest |f_k| of [2]; the threshold Otsu's, or a number, .7 in [2]; boxes have at least
a quarter of each side. The backbone is what ``backbone`` says, DenseNet-121 in [1],
whose C2L weights are not published.

Pictures larger than ``global_size`` are seen by the global network at that size, and
cropped at full size: give pictures of 448 px to see crops at twice the resolution.

``region`` is a control of the same area: ``centre``, ``elsewhere`` (a place that has
nothing to do with the map), ``whole`` (no crop).

References:
    [1] Guan et al., precision medical image hash retrieval by interpretability and
        feature fusion, Computer Methods and Programs in Biomedicine 222:106945, 2022.
    [2] Guan, Huang, Zhong, Zheng, Zheng, Yang, "Diagnose like a Radiologist: Attention
        Guided Convolutional Neural Network for Thorax Disease Classification", arXiv
        1801.09927.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn
from torch.nn import functional

from medhash_gui.errors import SettingsError
from medhash_gui.hashing import backbone, plain, regions, similarity
from medhash_gui.hashing.method import (
    HashOutput,
    Method,
    Options,
    Sizes,
    Stage,
    Targets,
    Terms,
)

_CHOICES = {
    "saliency": ("cam", "max"),
    "region": ("saliency", "centre", "elsewhere", "whole", "none"),
    "relaxation": ("tanh", "sigmoid"),
    "balance_form": ("bits", "picture"),
}
_LEAST_SIDE = 0.25
_LOCAL_CELLS = 112  # a side, of the mask that tells a reader where the box was


class Guan2022(nn.Module):
    """The network of [1]: global, local, and the layers that join them.

    Args:
        sizes: bits K and classes C.
        options: of the method.

    Shape:
        images: (B, 3, S, S) float.
        returns: logits (B, K), features of both (B, 2 D, h, w), class logits from the
        code (B, C), those of the two networks as ``branch_logits``, and the map as
        ``attention`` (B, 1, h, w).

    Raises:
        SettingsError: an option has a value that is not among its choices.
    """

    def __init__(self, sizes: Sizes, options: Options) -> None:
        super().__init__()
        for name, known in _CHOICES.items():
            if options[name] not in known:
                message = f"The method guan2022 has no {name} {options[name]!r}."
                raise SettingsError(message, hint=f"Choose one of: {', '.join(known)}.")
        depth = backbone.BACKBONES[options["backbone"]].depth
        hidden = options["hidden"]
        self.bits = sizes.bits
        self.options = dict(options)
        self.trunk = backbone.trunk(options["backbone"])
        self.global_classifier = nn.Linear(depth, sizes.classes)
        self.local_trunk = backbone.trunk(options["backbone"])
        self.local_classifier = nn.Linear(depth, sizes.classes)
        self.fusion = nn.Sequential(
            nn.Linear(2 * depth, hidden), nn.ReLU(), nn.Linear(hidden, sizes.bits)
        )
        self.classifier = nn.Linear(sizes.bits, sizes.classes)

    def forward(
        self, images: torch.Tensor, seen: torch.Tensor | None = None
    ) -> HashOutput:
        """Return the code of the picture and its closer look.

        Args:
            images: (B, 3, S, S) float, or what the frozen blocks made of them.
            seen: what the frozen blocks made of ``second``; None: it is made here.
        """
        features, classes, heat, box, local = self._both(images, seen)
        local_features = self.local_trunk(local)
        if self.options["region"] == "none":  # the local network has no say
            local_features, box = torch.zeros_like(local_features), None
        pooled, local_pooled = _pooled(features), _pooled(local_features)
        logits = self.fusion(torch.cat([pooled, local_pooled], dim=1))  # (B, K)
        sigmoid = self.options["relaxation"] == "sigmoid"
        code = logits.sigmoid() if sigmoid else logits.tanh()
        return HashOutput(
            logits,
            torch.cat([features, local_features], dim=1),
            self.classifier(code),
            heat,
            (classes, self.local_classifier(local_pooled)),
            None if box is None else regions.inside(box, _LOCAL_CELLS),
        )

    def look(self, images: torch.Tensor) -> HashOutput:
        """Return the global network's opinion; there is no code (its logits are 0)."""
        features = self.trunk(self._small(images))
        classes = self.global_classifier(_pooled(features))
        nothing = classes.new_zeros(len(images), self.bits)
        return HashOutput(nothing, features, classes, branch_logits=(classes,))

    def look_closer(
        self, images: torch.Tensor, seen: torch.Tensor | None = None
    ) -> HashOutput:
        """Return the local network's opinion on the crop; there is no code."""
        _, classes, heat, _, local = self._both(images, seen)
        features = self.local_trunk(local)
        own = self.local_classifier(_pooled(features))
        nothing = own.new_zeros(len(images), self.bits)
        return HashOutput(nothing, features, own, heat, (classes, own))

    @torch.no_grad()
    def box(
        self, images: torch.Tensor, features: torch.Tensor, classes: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the map (B, 1, h, w) in [0, 1] and the box (B, 4), shares of sides."""
        if self.options["saliency"] == "max":
            heat = features.abs().amax(dim=1)  # (B, h, w)
        else:
            skip = self.options["skip_class"]
            if skip is not None:
                column = torch.arange(classes.shape[1], device=classes.device)
                low = torch.full_like(classes, -torch.inf)
                classes = torch.where(column == skip, low, classes)
            chosen = classes.argmax(dim=1)
            weight = self.global_classifier.weight
            heat = regions.class_map(features, weight, chosen)
        heat = regions.stretched(heat)
        threshold = self.options["threshold"]
        if threshold is None:
            mask = regions.otsu_mask(heat)
        else:
            mask = (heat > threshold).to(heat.dtype)
        box = regions.boxes(regions.largest_part(mask), least=_LEAST_SIDE)
        region = self.options["region"]
        if region == "centre":
            box = regions.centred(box)
        elif region == "elsewhere":
            box = regions.anywhere(box, images)
        elif region in ("whole", "none"):
            everything = torch.tensor([0.0, 0, 1, 1], dtype=box.dtype)
            box = torch.ones_like(box) * everything.to(box.device)
        return heat[:, None], box

    def start_local(self) -> None:
        """Let the local network start as a copy of the global one."""
        self.local_trunk.load_state_dict(self.trunk.state_dict())
        self.local_classifier.load_state_dict(self.global_classifier.state_dict())

    def second(
        self, images: torch.Tensor, first: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Return the crop that the local network sees, (B, 3, S', S') float.

        Args:
            images: (B, 3, S, S) float.
            first: what the frozen blocks, taken out, made of them; None: none are.
        """
        return self._cut(images, self._small(images) if first is None else first)[-1]

    def looking(self) -> Iterator[nn.Parameter]:
        """Give the parameters that decide where the crop is."""
        yield from self.trunk.parameters()
        yield from self.global_classifier.parameters()

    def _both(
        self, images: torch.Tensor, seen: torch.Tensor | None
    ) -> tuple[
        torch.Tensor, torch.Tensor, torch.Tensor | None, torch.Tensor | None,
        torch.Tensor,
    ]:  # fmt: skip
        """Return global features and class logits, the map, its box, and the crop."""
        if seen is None:
            return self._cut(images, self._small(images))
        features = self.trunk(images)
        return features, self.global_classifier(_pooled(features)), None, None, seen

    def _cut(
        self, images: torch.Tensor, small: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Do the same for pictures and what the trunk is given of them."""
        features = self.trunk(small)
        classes = self.global_classifier(_pooled(features))
        heat, box = self.box(images, features, classes)
        size = min(images.shape[-1], self.options["global_size"])
        return features, classes, heat, box, regions.crop(images, box, size)

    def _small(self, images: torch.Tensor) -> torch.Tensor:
        size = self.options["global_size"]
        if images.shape[-1] <= size:
            return images
        return functional.interpolate(images, size=(size, size), mode="bilinear")


class BranchLoss(nn.Module):
    """Binary cross-entropy of the network that was asked last, global or local.

    Args:
        branch: 0 global, 1 local.

    Shape:
        output.branch_logits[branch]: (B, C) float; targets.labels: (B, C) float.
        returns: () float "classification".
    """

    def __init__(self, branch: int) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, output: HashOutput, targets: Targets) -> Terms:
        """Return the one term, the loss."""
        entropy = functional.binary_cross_entropy_with_logits(
            output.branch_logits[self.branch], targets.labels
        )
        return {"classification": entropy}


class Guan2022Loss(nn.Module):
    """Classification through the code, quantisation and bit balance.

    Args:
        relaxation: "tanh" or "sigmoid", as the network's.
        quantisation: lambda_q.
        balance: lambda_b.
        balance_form: "bits" or "picture".

    Shape:
        output.logits: (B, K) float; output.class_logits: (B, C) float;
        targets.labels: (B, C) float, multi-hot.
        returns: () float for each of "classification", "quantisation" and "balance".
    """

    def __init__(
        self,
        *,
        relaxation: str = "tanh",
        quantisation: float = 0.1,
        balance: float = 0.1,
        balance_form: str = "bits",
    ) -> None:
        super().__init__()
        self.relaxation = relaxation
        self.quantisation = quantisation
        self.balance = balance
        self.balance_form = balance_form

    def forward(self, output: HashOutput, targets: Targets) -> Terms:
        """Return the named terms; their sum is the loss."""
        assert output.class_logits is not None
        if self.relaxation == "sigmoid":
            h = output.logits.sigmoid() - 0.5
            rounding = 0.25 - h.square().mean()
        else:
            h = output.logits.tanh()
            rounding = similarity.squares_from_signs(h).mean()
        over = 0 if self.balance_form == "bits" else 1
        uneven = h.mean(dim=over).square().mean()
        return {
            "classification": functional.binary_cross_entropy_with_logits(
                output.class_logits, targets.labels
            ),
            "quantisation": self.quantisation * rounding,
            "balance": self.balance * uneven,
        }


def _pooled(features: torch.Tensor) -> torch.Tensor:
    return features.mean(dim=(2, 3))


def _loss(_: Sizes, options: Options) -> nn.Module:
    names = ("relaxation", "quantisation", "balance", "balance_form")
    return Guan2022Loss(**{name: options[name] for name in names})


def _global_groups(
    network: nn.Module, options: Options
) -> dict[str, list[nn.Parameter]]:
    assert isinstance(network, Guan2022)
    return {
        "pretrained": plain.open_blocks(network.trunk, options),
        "new": list(network.global_classifier.parameters()),
    }


def _local_groups(
    network: nn.Module, options: Options
) -> dict[str, list[nn.Parameter]]:
    assert isinstance(network, Guan2022)
    return {
        "pretrained": plain.open_blocks(network.local_trunk, options),
        "new": list(network.local_classifier.parameters()),
    }


def _fusion_groups(
    network: nn.Module, options: Options
) -> dict[str, list[nn.Parameter]]:
    assert isinstance(network, Guan2022)
    trunks = (network.trunk, network.local_trunk) if options["open_trunks"] else ()
    return {
        "pretrained": [p for t in trunks for p in plain.open_blocks(t, options)],
        "new": [*network.fusion.parameters(), *network.classifier.parameters()],
    }


def _begin_local(network: nn.Module) -> None:
    assert isinstance(network, Guan2022)
    network.start_local()


METHOD = Method(
    name="guan2022",
    title="Interpretability and feature fusion (Guan 2022)",
    paper=(
        "Guan et al.: precision retrieval by interpretability and feature fusion. "
        "Computer Methods and Programs in Biomedicine 222:106945, 2022"
    ),
    network=Guan2022,
    stages=(
        Stage(
            "global",
            lambda _sizes, _options: BranchLoss(0),
            _global_groups,
            share=0.4,
            codes=False,
            part="look",
        ),
        Stage(
            "local",
            lambda _sizes, _options: BranchLoss(1),
            _local_groups,
            share=0.3,
            codes=False,
            part="look_closer",
            begin=_begin_local,
            second=True,
        ),
        Stage("fusion", _loss, _fusion_groups, share=0.3, second=True),
    ),
    explains="attention",
    defaults={
        **plain.OPTIONS,
        "saliency": "cam",
        "threshold": None,
        "skip_class": None,
        "region": "saliency",
        "global_size": 224,
        "hidden": 1024,
        "relaxation": "tanh",
        "quantisation": 0.1,
        "balance": 0.1,
        "balance_form": "bits",
        "open_trunks": False,
    },
)
