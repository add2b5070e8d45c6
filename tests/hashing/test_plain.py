"""The plain hash network: what it computes, what learns, what evaluation folds."""

from __future__ import annotations

import pytest
import torch

from medhash_gui.hashing import METHODS, backbone, plain
from medhash_gui.hashing.method import Sizes

SIZES = Sizes(bits=8, classes=3, images=6)


def standardised(seed=0):
    torch.manual_seed(seed)
    return plain.HashNetwork(SIZES, "small", standardise=True)


def pictures(count=6, seed=1):
    return torch.randn(count, 3, 32, 32, generator=torch.Generator().manual_seed(seed))


def test_logits_are_a_linear_layer_on_the_mean_of_the_features():
    network = plain.HashNetwork(SIZES, "small").eval()

    with torch.inference_mode():
        output = network(pictures())
        expected = network.head(output.features.mean(dim=(2, 3)))

    torch.testing.assert_close(output.logits, expected)
    assert output.class_logits is None


def test_standardised_logits_have_mean_zero_and_variance_one_in_training():
    logits = standardised().train()(pictures()).logits

    torch.testing.assert_close(logits.mean(dim=0), torch.zeros(8), atol=1e-5, rtol=0)
    variance = logits.var(dim=0, correction=0)
    torch.testing.assert_close(variance, torch.ones(8), atol=0.05, rtol=0)


def test_evaluation_folds_the_statistics_into_the_head():
    network = standardised().train()
    for seed in range(5):
        network(pictures(seed=seed))
    x = pictures(seed=9)
    with torch.inference_mode():
        raw = network.head(network.trunk(x).mean(dim=(2, 3)))
        mean, variance = network.norm.running_mean, network.norm.running_var
        expected = (raw - mean) / torch.sqrt(variance + network.norm.eps)

    network.eval()

    with torch.inference_mode():
        found = network(x).logits
        linear = network.head(network.trunk(x).mean(dim=(2, 3)))
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(found, linear)


def test_folding_changes_neither_mode_nor_happens_twice():
    network = standardised().train()
    x = pictures()
    before = network(x).logits
    network.eval()
    with torch.inference_mode():
        once = network(x).logits
    network.train().eval()

    with torch.inference_mode():
        twice = network(x).logits
    after = network.train()(x).logits

    torch.testing.assert_close(twice, once)
    torch.testing.assert_close(after, before, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("frozen", [0, 4, None])
def test_frozen_blocks_are_in_no_group(frozen):
    options = {"backbone": "squeezenet1_1", "frozen_blocks": frozen}
    network = plain.network(SIZES, options)

    groups = plain.groups(network, options)

    kept = backbone.BACKBONES["squeezenet1_1"].frozen if frozen is None else frozen
    open_ids = {id(p) for group in groups.values() for p in group}
    closed = list(network.trunk[:kept].parameters())
    assert not any(id(p) in open_ids for p in closed)
    assert len(open_ids) + len(closed) == len(list(network.parameters()))
    assert {id(p) for p in groups["new"]} == {id(p) for p in network.head.parameters()}


def test_methods_that_add_only_a_loss_share_one_network():
    shared = [name for name, m in METHODS.items() if m.network is plain.network]

    assert set(shared) >= {"dsh", "dch", "dfh", "dpn", "dpsh", "isdh", "dtsh", "lcdsh"}
