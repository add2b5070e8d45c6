"""Pretrained trunks without batch normalisation: pictures in, a feature map out.

The normalisation layers of the ImageNet weights are folded into the convolutions before
training; where one stands before its convolution (DenseNet), it becomes a fixed scale
and shift a channel. A folded trunk gives a picture the same code whatever batch it
comes in, on any device, in training as in use, and small batches cannot spoil running
statistics.

``BACKBONES`` names the trunks. All but ``small`` are torchvision's; their weights come
from a local file, from torchvision's own download, or there are none.
"""

from __future__ import annotations

import itertools
import pickle
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import safetensors
import torch
import torchvision
from safetensors.torch import load_file, save
from torch import fx, nn
from torch.nn.utils import fusion

from medhash_gui import paths
from medhash_gui.errors import BundleError, SettingsError
from medhash_gui.library import durable

State = dict[str, torch.Tensor]
"""State dictionary of a trunk."""


@dataclass(frozen=True, slots=True)
class Backbone:
    """A trunk that methods can be built on.

    Attributes:
        title: for people.
        depth: D, channels of the last feature map.
        blocks: number of its parts, in the order of the forward pass.
        frozen: how many of the first ones keep their pretrained numbers by default.
    """

    title: str
    depth: int
    blocks: int
    frozen: int


BACKBONES: dict[str, Backbone] = {
    "mobilenet_v2": Backbone("MobileNetV2", 1280, 19, 7),
    "mobilenet_v3_small": Backbone("MobileNetV3, small", 576, 13, 4),
    "mobilenet_v3_large": Backbone("MobileNetV3, large", 960, 17, 7),
    "squeezenet1_1": Backbone("SqueezeNet 1.1", 512, 13, 6),
    "resnet18": Backbone("ResNet-18", 512, 8, 5),
    "resnet34": Backbone("ResNet-34", 512, 8, 5),
    "resnet50": Backbone("ResNet-50", 2048, 8, 5),
    "densenet121": Backbone("DenseNet-121", 1024, 13, 6),
    "efficientnet_b0": Backbone("EfficientNet-B0", 1280, 9, 4),
    "small": Backbone("Four convolutions, never pretrained", 64, 8, 0),
}

MOBILENET_V2_DEPTH = BACKBONES["mobilenet_v2"].depth
"""Channels of the last feature map of the MobileNetV2 trunk."""

# The weights of the papers; later ones are tuned for classification of photographs.
_DOWNLOAD = "IMAGENET1K_V1"
_DIGEST = re.compile(r"-([0-9a-f]{8,64})\.")


class ScaleShift(nn.Module):
    """What is left of a normalisation that stands before its convolution.

    Args:
        norm: in evaluation, y = (x - mean) / sqrt(var + eps) * weight + bias.

    Shape:
        input, output: (B, D, h, w) float.
    """

    def __init__(self, norm: nn.BatchNorm2d) -> None:
        super().__init__()
        mean, variance = norm.running_mean, norm.running_var
        assert mean is not None
        assert variance is not None
        scale = norm.weight.detach() / torch.sqrt(variance + norm.eps)
        self.scale = nn.Parameter(scale[:, None, None].clone())
        shift = norm.bias.detach() - mean * scale
        self.shift = nn.Parameter(shift[:, None, None].clone())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return x * scale + shift."""
        return x * self.scale + self.shift


def trunk(name: str) -> nn.Sequential:
    """Return the blocks of a backbone, randomly filled, folded.

    Args:
        name: key in ``BACKBONES``.

    Shape:
        input: (B, 3, H, W) float, normalised like ImageNet pictures.
        output: (B, depth, h, w) float; a cell is 32 px wide, in ``squeezenet1_1`` and
            ``small`` 16 px.

    Raises:
        SettingsError: there is no such backbone.
    """
    _known(name)
    if name == "small":
        return _small()
    blocks = _cut(torchvision.models.get_model(name, weights=None))
    norms = [m for m in blocks.modules() if isinstance(m, nn.BatchNorm2d)]
    # Folding the statistics of a fresh network (mean 0, variance 1) would leave a trunk
    # whose signal dies out on its way. One pass of noise gives each layer its scale.
    with torch.no_grad():
        for norm in norms:
            norm.momentum = None  # replace the statistics, do not average
            norm.reset_running_stats()
        if norms:
            blocks.train()(torch.randn(16, 3, 64, 64))
    return _folded(blocks)


def weights(name: str, path: Path) -> State:
    """Read starting weights into the state dictionary of ``trunk(name)``.

    Args:
        name: key in ``BACKBONES``.
        path: safetensors file: torchvision's keys, normalisation included (a classifier
            is ignored), or the keys ``trunk.*`` of a model trained here.

    Raises:
        BundleError: the file is missing, no safetensors file, or of another network.
        SettingsError: there is no such backbone.
    """
    title = _known(name).title
    try:
        tensors = load_file(path)
        own = _without(tensors, "trunk.")
        if own or name == "small":
            state = {key: tensor.float() for key, tensor in own.items()}
            blocks = trunk(name)
            blocks.load_state_dict(state)
            return blocks.state_dict()
        return _from_torchvision(name, tensors)
    except (OSError, safetensors.SafetensorError, RuntimeError) as error:
        message = f"{path.name} does not hold {title} weights ({error})."
        hint = "Give a safetensors file with torchvision's keys, or a model's own."
        raise BundleError(message, hint=hint) from error


@dataclass(frozen=True, slots=True)
class Published:
    """Where torchvision's ImageNet weights are published, by its own word.

    Attributes:
        address: of the file.
        digest: the first digits of its SHA-256, which are part of its name.
        licence: under which they are.
    """

    address: str
    digest: str
    licence: str = "BSD-3-Clause, from torchvision; learned from ImageNet"


def published(name: str) -> Published:
    """Return where the published weights of a backbone are.

    Raises:
        SettingsError: there is no such backbone, or it has no published weights.
    """
    _check_published(name)
    address = str(torchvision.models.get_model_weights(name)[_DOWNLOAD].url)
    found = _DIGEST.search(address)
    assert found is not None
    return Published(address, found[1])


def keep(name: str, file: Path, target: Path) -> None:
    """Keep a published file as safetensors, over an older one.

    Args:
        name: of the backbone.
        file: torchvision's own, read as numbers only, or safetensors with its keys.
        target: where it is kept.

    Raises:
        BundleError: it holds no weights of this backbone, or cannot be written.
    """
    try:
        try:
            tensors = load_file(file)
        except safetensors.SafetensorError:
            tensors = torch.load(file, map_location="cpu", weights_only=True)
        _from_torchvision(name, tensors)
        durable.place(target, save({k: v.contiguous() for k, v in tensors.items()}))
    except (OSError, RuntimeError, pickle.UnpicklingError, AttributeError) as error:
        title = _known(name).title
        message = f"What was fetched holds no {title} weights ({error})."
        raise BundleError(message, hint="Name another file or address.") from error


def download(name: str) -> State:
    """Return torchvision's ImageNet weights, as a state of ``trunk(name)``.

    Those that ``medhash weights`` brought here, else torchvision fetches them: from
    download.pytorch.org into torch's own cache, read as numbers only and checked
    against the hash in the file's name.

    Raises:
        BundleError: the weights cannot be fetched.
        SettingsError: there is no such backbone, or it has no published weights.
    """
    _check_published(name)
    title = _known(name).title
    if paths.weights_of(name).is_file():
        return weights(name, paths.weights_of(name))
    try:
        tensors = torchvision.models.get_model_weights(name)[_DOWNLOAD].get_state_dict(
            progress=False, check_hash=True, weights_only=True
        )
        return _from_torchvision(name, tensors)
    except (OSError, RuntimeError) as error:
        message = f"The weights of {title} could not be fetched ({error})."
        hint = "Check the connection, or give a local safetensors file."
        raise BundleError(message, hint=hint) from error


def _check_published(name: str) -> None:
    _known(name)
    if name == "small":
        message = f"There are no published weights for {name}."
        raise SettingsError(message, hint="Train it from scratch, or choose another.")


def mobilenet_v2() -> nn.Sequential:
    """Return ``trunk("mobilenet_v2")``."""
    return trunk("mobilenet_v2")


def mobilenet_v2_weights(path: Path) -> State:
    """Return ``weights("mobilenet_v2", path)``."""
    return weights("mobilenet_v2", path)


def start_balanced(head: nn.Linear, features: torch.Tensor, *, seed: int) -> None:
    """Let a hash layer start with bits that divide the pictures, in place.

    Pooled features are never negative, so a random linear layer gives most bits the
    same sign for every picture, and a pairwise loss never learns to use such a bit: it
    adds nothing to any distance. Here the layer starts as the principal components of
    the features, centred, scaled to a mean variance of 1 and turned at random, which
    spreads the variance over all bits (the start of ITQ: Gong and Lazebnik, CVPR 2011).

    Args:
        head: from D features to K bits.
        features: (N, D) float, pooled features of the training pictures.
        seed: of the rotation.
    """
    bits, depth = head.weight.shape
    centred = (features - features.mean(dim=0)).double()
    _, values, components = torch.linalg.svd(centred, full_matrices=False)
    # Fewer pictures than bits: what is left of the directions stays empty.
    used = min(bits, len(values))
    basis = torch.zeros(bits, depth, dtype=torch.double)
    basis[:used] = components[:used]
    generator = torch.Generator().manual_seed(seed)
    square = torch.randn(bits, bits, generator=generator, dtype=torch.double)
    rotation, _ = torch.linalg.qr(square)
    spread = (values[:used].square().sum() / (len(features) * bits)).sqrt()
    weight = rotation @ basis / spread.clamp_min(1e-6)
    with torch.no_grad():
        head.weight.copy_(weight)
        head.bias.copy_(-weight @ features.mean(dim=0).double())


def _known(name: str) -> Backbone:
    if name not in BACKBONES:
        message = f"There is no backbone {name!r}."
        raise SettingsError(message, hint=f"Choose one of: {', '.join(BACKBONES)}.")
    return BACKBONES[name]


def _small() -> nn.Sequential:
    """Return four strided convolutions: for drawings, tests and slow machines."""
    widths = (3, 16, 32, 64, 64)
    blocks: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(widths):
        conv = nn.Conv2d(inputs, outputs, kernel_size=3, stride=2, padding=1)
        nn.init.kaiming_normal_(conv.weight)
        nn.init.zeros_(conv.bias)  # type: ignore[arg-type]
        blocks += [conv, nn.ReLU()]
    return nn.Sequential(*blocks)


def _cut(network: nn.Module) -> nn.Sequential:
    """Return the blocks of one of torchvision's classifiers, without its classifier."""
    features = getattr(network, "features", None)
    if features is None:  # a residual network
        names = ["conv1", "bn1", "relu", "maxpool"]
        names += ["layer1", "layer2", "layer3", "layer4"]
        return nn.Sequential(OrderedDict((n, getattr(network, n)) for n in names))
    blocks = nn.Sequential(OrderedDict(features.named_children()))
    if isinstance(network, torchvision.models.DenseNet):
        blocks.append(nn.ReLU())  # torchvision's forward applies it as a function
    return blocks


def _from_torchvision(name: str, tensors: Mapping[str, torch.Tensor]) -> State:
    """Load a state of torchvision's whole network, cut and fold it."""
    network = torchvision.models.get_model(name, weights=None)
    # Old files of DenseNet say norm.1 for norm1.
    old = re.compile(r"(denselayer\d+\.(?:norm|conv))\.(?=[12]\.)")
    given = {old.sub(r"\1", key): tensor for key, tensor in tensors.items()}
    # A classifier is of no use here, and some exports leave the counters of seen
    # batches out; both stay as they are.
    unused = ("fc.", "classifier.")
    state = {
        key: tensor
        for key, tensor in network.state_dict().items()
        if "num_batches" in key or key.startswith(unused)
    }
    state |= {k: tensor for k, tensor in given.items() if not k.startswith(unused)}
    network.load_state_dict(state)
    return _folded(_cut(network)).state_dict()


def _folded(blocks: nn.Sequential) -> nn.Sequential:
    """Fold each normalisation into the convolution before it, in place."""
    blocks.eval()
    modules = dict(blocks.named_modules())
    # Which convolution comes before which normalisation is read off the computation,
    # so that no architecture needs a list of names.
    for node in fx.symbolic_trace(blocks).graph.nodes:
        norm = modules.get(str(node.target))
        if node.op != "call_module" or not isinstance(norm, nn.BatchNorm2d):
            continue
        before = node.args[0]
        conv = modules.get(str(before.target))
        if isinstance(conv, nn.Conv2d) and len(before.users) == 1:
            fused = fusion.fuse_conv_bn_eval(conv, norm)
            blocks.set_submodule(str(before.target), fused)
            blocks.set_submodule(str(node.target), nn.Identity())
        else:
            blocks.set_submodule(str(node.target), ScaleShift(norm))
    for path, module in modules.items():
        # Dropping whole blocks at random would change codes from pass to pass.
        if isinstance(module, torchvision.ops.StochasticDepth):
            blocks.set_submodule(path, nn.Identity())
    # Folding keeps the mode of evaluation; there is nothing left that depends on it.
    # The biases that folding adds come out of it frozen.
    return blocks.train().requires_grad_()


def _without(tensors: Mapping[str, torch.Tensor], prefix: str) -> State:
    """Return the tensors whose names begin with a prefix, the prefix removed."""
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }
