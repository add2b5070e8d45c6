"""The folded trunk, its starting weights, and the start of the hash layer."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torchvision.models.mobilenetv2 import mobilenet_v2

from medhash_gui.errors import BundleError
from medhash_gui.hashing import backbone


def filled():
    """Return torchvision's network with normalisation statistics that do something."""
    network = mobilenet_v2(weights=None).eval()
    generator = torch.Generator().manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2, generator=generator)
            module.running_var.uniform_(0.5, 1.5, generator=generator)
            module.weight.data.uniform_(0.5, 1.5, generator=generator)
            module.bias.data.normal_(0, 0.2, generator=generator)
    return network


def test_folded_trunk_computes_what_the_original_computes(tmp_path):
    original = filled()
    state = {k: v for k, v in original.state_dict().items() if "num_batches" not in k}
    save_file(state, tmp_path / "weights.safetensors")
    trunk = backbone.mobilenet_v2()
    trunk.load_state_dict(
        backbone.mobilenet_v2_weights(tmp_path / "weights.safetensors")
    )
    x = torch.randn(2, 3, 64, 64)

    with torch.inference_mode():
        expected, found = original.features(x), trunk(x)

    torch.testing.assert_close(found, expected, atol=1e-3, rtol=1e-3)
    assert found.shape == (2, backbone.MOBILENET_V2_DEPTH, 2, 2)


def test_folded_trunk_has_no_normalisation_left():
    trunk = backbone.mobilenet_v2()

    assert not [m for m in trunk.modules() if isinstance(m, nn.BatchNorm2d)]
    assert trunk.training


@pytest.mark.parametrize("content", [b"", b"not safetensors at all, only text"])
def test_weights_that_are_none_are_refused(tmp_path, content):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(content)

    with pytest.raises(BundleError, match=r"weights\.safetensors does not hold"):
        backbone.mobilenet_v2_weights(path)


def test_weights_of_another_network_are_refused(tmp_path):
    path = tmp_path / "other.safetensors"
    save_file({"features.0.weight": torch.zeros(3)}, path)

    with pytest.raises(BundleError, match="does not hold MobileNetV2 weights"):
        backbone.mobilenet_v2_weights(path)


def test_missing_weights_are_refused(tmp_path):
    with pytest.raises(BundleError, match="does not hold MobileNetV2 weights"):
        backbone.mobilenet_v2_weights(tmp_path / "none.safetensors")


def test_balanced_start_divides_the_pictures_with_every_bit():
    rng = np.random.default_rng(0)
    # Like pooled features: never negative, a few strong directions.
    mixed = rng.normal(size=(300, 10)) @ rng.normal(size=(10, 40)) + 3
    features = torch.from_numpy(np.maximum(mixed, 0).astype(np.float32))
    head = nn.Linear(40, 16)

    backbone.start_balanced(head, features, seed=1)

    with torch.no_grad():
        logits = head(features)
    share = (logits >= 0).float().mean(dim=0)
    assert share.min() > 0.25
    assert share.max() < 0.75
    assert logits.square().mean().item() == pytest.approx(1, abs=0.2)


def test_balanced_start_with_fewer_pictures_than_bits_is_finite():
    head = nn.Linear(40, 16)

    backbone.start_balanced(head, torch.rand(5, 40), seed=1)

    assert torch.isfinite(head.weight).all()
