"""Pretrained trunks without batch normalisation: pictures in, a feature map out.

The normalisation layers of the ImageNet weights are folded into the convolutions before
training. A folded trunk gives a picture the same code whatever batch it comes in, on
any device, in training as in use, and small batches cannot spoil running statistics.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import safetensors
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn.utils import fusion
from torchvision.models.mobilenetv2 import mobilenet_v2 as torchvision_mobilenet_v2

from medhash_gui.errors import BundleError

MOBILENET_V2_DEPTH = 1280
"""Channels of the last feature map of the MobileNetV2 trunk."""


def mobilenet_v2() -> nn.Sequential:
    """Return the 19 blocks of MobileNetV2's trunk, randomly filled, folded.

    Shape:
        input: (B, 3, H, W) float, normalised like ImageNet pictures.
        output: (B, 1280, H / 32, W / 32) float, >= 0.
    """
    trunk = torchvision_mobilenet_v2(weights=None).features
    # Folding the statistics of a fresh network (mean 0, variance 1) would leave a trunk
    # whose signal dies out on its way. One pass of noise gives each layer its scale.
    with torch.no_grad():
        for module in trunk.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = None  # replace the statistics, do not average
                module.reset_running_stats()
        trunk.train()(torch.randn(16, 3, 64, 64))
    return _folded(trunk)


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


def mobilenet_v2_weights(path: Path) -> dict[str, torch.Tensor]:
    """Read ImageNet weights into the state dictionary of ``mobilenet_v2()``.

    Args:
        path: safetensors file with torchvision's keys ``features.*``, its batch
            normalisation layers included; a classifier is ignored.

    Raises:
        BundleError: the file is missing, no safetensors file, or of another network.
    """
    trunk = torchvision_mobilenet_v2(weights=None).features
    prefix = "features."
    try:
        tensors = load_file(path)
        state = {
            name.removeprefix(prefix): tensor
            for name, tensor in tensors.items()
            if name.startswith(prefix)
        }
        # Some exports leave the counters of seen batches out; they are never used.
        counters = {k: v for k, v in trunk.state_dict().items() if "num_batches" in k}
        trunk.load_state_dict({**counters, **state})
    except (OSError, safetensors.SafetensorError, RuntimeError) as error:
        message = f"{path.name} does not hold MobileNetV2 weights ({error})."
        hint = "Give a safetensors file with torchvision's keys features.*."
        raise BundleError(message, hint=hint) from error
    return _folded(trunk).state_dict()


def _folded(trunk: nn.Sequential) -> nn.Sequential:
    """Fold each batch normalisation into the convolution before it, in place."""
    trunk.eval()
    for parent in list(trunk.modules()):
        if not isinstance(parent, nn.Sequential | nn.ModuleList):
            continue
        names = list(parent._modules)
        for first, second in itertools.pairwise(names):
            conv, norm = parent._modules[first], parent._modules[second]
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                parent._modules[first] = fusion.fuse_conv_bn_eval(conv, norm)
                parent._modules[second] = nn.Identity()
    # Folding keeps the mode of evaluation; there is nothing left that depends on it.
    # The biases that folding adds come out of it frozen.
    return trunk.train().requires_grad_()
