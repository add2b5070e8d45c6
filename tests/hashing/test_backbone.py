"""The folded trunks, their starting weights, and the start of the hash layer."""

from __future__ import annotations

import urllib.error

import numpy as np
import pytest
import torch
import torchvision
from safetensors.torch import save_file
from torch import nn

from medhash_gui.errors import BundleError, SettingsError
from medhash_gui.hashing import backbone
from medhash_gui.hashing.backbone import BACKBONES

# Built like others of the list; once in a while is enough.
SELDOM = ("resnet34", "efficientnet_b0")


def backbones(*, seldom):
    """Return the names of torchvision's backbones as parameters, some marked slow."""
    return [
        pytest.param(name, marks=pytest.mark.slow if name in seldom else ())
        for name in BACKBONES
        if name != "small"
    ]


def filled(name="mobilenet_v2"):
    """Return torchvision's network with normalisation statistics that do something."""
    network = torchvision.models.get_model(name, weights=None).eval()
    generator = torch.Generator().manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2, generator=generator)
            module.running_var.uniform_(0.5, 1.5, generator=generator)
            module.weight.data.uniform_(0.5, 1.5, generator=generator)
            module.bias.data.normal_(0, 0.2, generator=generator)
    return network


def what_the_classifier_sees(network, x):
    """Return what the original hands to its classifier, averaged over its cells."""
    seen = []
    last = network.fc if hasattr(network, "fc") else network.classifier
    last.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    network(x)
    return seen[0] if seen[0].ndim == 2 else seen[0].mean(dim=(2, 3))


@pytest.mark.parametrize("name", backbones(seldom=SELDOM))
def test_folded_trunk_computes_what_the_original_computes(name, tmp_path):
    original = filled(name)
    save_file(original.state_dict(), tmp_path / "weights.safetensors")
    trunk = backbone.trunk(name)
    state = backbone.weights(name, tmp_path / "weights.safetensors")
    trunk.load_state_dict(state)
    x = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))

    with torch.inference_mode():
        expected, found = what_the_classifier_sees(original, x), trunk(x)

    pooled = found.mean(dim=(2, 3))
    scale = expected.abs().max().item()
    torch.testing.assert_close(pooled, expected, atol=1e-4 * scale, rtol=1e-3)
    assert found.shape[1] == BACKBONES[name].depth
    assert len(trunk) == BACKBONES[name].blocks


@pytest.mark.parametrize(
    "name", [*backbones(seldom=(*SELDOM, "resnet50", "mobilenet_v3_large")), "small"]
)
def test_folded_trunk_has_no_normalisation_left_and_is_alive(name):
    torch.manual_seed(0)
    trunk = backbone.trunk(name)

    assert not [m for m in trunk.modules() if isinstance(m, nn.BatchNorm2d)]
    assert trunk.training
    assert all(parameter.requires_grad for parameter in trunk.parameters())
    # The same picture in training as in use, and a signal that has not died out.
    x = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        found = trunk(x)
        torch.testing.assert_close(found, trunk.eval()(x), rtol=0, atol=0)
    assert found.shape[:2] == (2, BACKBONES[name].depth)
    assert 0.05 < found.std() < 20


def test_frozen_blocks_leave_some_to_learn():
    for name, info in BACKBONES.items():
        assert 0 <= info.frozen < info.blocks, name


def test_an_unknown_backbone_is_refused():
    with pytest.raises(SettingsError, match="no backbone 'vgg99'"):
        backbone.trunk("vgg99")


def test_files_may_leave_the_counters_and_the_classifier_out(tmp_path):
    state = {
        name: tensor
        for name, tensor in filled().state_dict().items()
        if name.startswith("features.") and "num_batches" not in name
    }
    save_file(state, tmp_path / "weights.safetensors")

    found = backbone.weights("mobilenet_v2", tmp_path / "weights.safetensors")

    assert found.keys() == backbone.trunk("mobilenet_v2").state_dict().keys()


def test_old_names_of_densenet_are_understood(tmp_path):
    state = filled("densenet121").state_dict()
    save_file(state, tmp_path / "new.safetensors")
    old = {
        name.replace(".norm1.", ".norm.1.").replace(".conv2.", ".conv.2."): tensor
        for name, tensor in state.items()
    }
    assert old.keys() != state.keys()
    save_file(old, tmp_path / "old.safetensors")

    found = backbone.weights("densenet121", tmp_path / "old.safetensors")

    expected = backbone.weights("densenet121", tmp_path / "new.safetensors")
    assert all(torch.equal(found[name], expected[name]) for name in expected)


@pytest.mark.parametrize("name", ["small", "squeezenet1_1"])
def test_weights_of_a_trained_model_are_a_start_too(name, tmp_path):
    trunk = backbone.trunk(name)
    state = {f"trunk.{k}": tensor.half() for k, tensor in trunk.state_dict().items()}
    save_file({**state, "head.bias": torch.zeros(3)}, tmp_path / "weights.safetensors")

    found = backbone.weights(name, tmp_path / "weights.safetensors")

    for key, tensor in trunk.state_dict().items():
        assert found[key].dtype == torch.float32
        torch.testing.assert_close(found[key], tensor.half().float(), rtol=0, atol=0)


@pytest.mark.parametrize("content", [b"", b"not safetensors at all, only text"])
def test_weights_that_are_none_are_refused(tmp_path, content):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(content)

    with pytest.raises(BundleError, match=r"weights\.safetensors does not hold"):
        backbone.mobilenet_v2_weights(path)


@pytest.mark.parametrize("name", ["mobilenet_v2", "resnet18", "small"])
@pytest.mark.parametrize("key", ["features.0.weight", "trunk.0.weight"])
def test_weights_of_another_network_are_refused(tmp_path, name, key):
    path = tmp_path / "other.safetensors"
    save_file({key: torch.zeros(3)}, path)

    title = BACKBONES[name].title
    with pytest.raises(BundleError, match=f"does not hold {title} weights"):
        backbone.weights(name, path)


def test_missing_weights_are_refused(tmp_path):
    with pytest.raises(BundleError, match="does not hold MobileNetV2 weights"):
        backbone.mobilenet_v2_weights(tmp_path / "none.safetensors")


def test_download_reads_numbers_only_and_checks_them(monkeypatch):
    asked = []

    def fetch(url, **options):
        asked.append((url, options))
        return filled("squeezenet1_1").state_dict()

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", fetch)

    state = backbone.download("squeezenet1_1")

    [(url, options)] = asked
    assert url.startswith("https://download.pytorch.org/models/squeezenet1_1-")
    assert options == {"progress": False, "check_hash": True, "weights_only": True}
    backbone.trunk("squeezenet1_1").load_state_dict(state)


def test_a_failed_download_is_named(monkeypatch):
    def fail(url, **options):
        raise urllib.error.URLError("no route")

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", fail)

    with pytest.raises(BundleError, match=r"ResNet-18 could not be fetched .*no route"):
        backbone.download("resnet18")


def test_a_backbone_without_published_weights_says_so():
    with pytest.raises(SettingsError, match="no published weights for small"):
        backbone.download("small")


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
