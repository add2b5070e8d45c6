"""The graph is the network: same codes, half the size, nothing but standard parts."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch

from medhash_gui import export
from medhash_gui.engine import Engine
from medhash_gui.errors import BundleError
from medhash_gui.hashing import METHODS
from medhash_gui.hashing.method import Sizes

SIDE = 32


def pictures(count=4):
    rng = np.random.default_rng(0)
    return rng.normal(size=(count, 3, SIDE, SIDE)).astype(np.float32)


def make_network(variant="ash-resnet"):
    method = METHODS["ash"]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return method.network(
            Sizes(16, 2, 0), method.options({"variant": variant, "size": SIDE})
        )


class OtherCodes(Engine):
    """A runtime that computes something else than torch."""

    def run(self, inputs, outputs):
        return {name: -v for name, v in super().run(inputs, outputs).items()}


@pytest.fixture(scope="module")
def exported():
    return export.export_network(make_network(), pictures())


def test_graph_gives_what_torch_gives_for_any_batch(exported):
    network = make_network().eval()
    export.round_to_float16(network)
    engine = Engine(exported.graph)

    for count in (1, 5):
        seen = engine.run(pictures(count), ["logits", "features", "attention"])
        with torch.inference_mode():
            output = network(torch.from_numpy(pictures(count)))
        np.testing.assert_allclose(seen["logits"], output.logits, atol=1e-3)
        np.testing.assert_allclose(seen["features"], output.features, atol=1e-3)
        np.testing.assert_allclose(seen["attention"], output.attention, atol=1e-4)


def test_weights_and_graph_hold_the_same_float16_numbers(exported):
    model = onnx.load_from_string(exported.graph)
    stored = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    large = {name: v for name, v in stored.items() if v.size >= 256}

    assert large
    assert all(values.dtype == np.float16 for values in large.values())
    weights = exported.weights["fc.weight"]
    assert weights.dtype == np.float16
    assert any(
        v.shape in (weights.shape, weights.T.shape) and set(v.flat) == set(weights.flat)
        for v in large.values()
    )


def test_graph_names_nothing_of_the_machine_it_was_made_on(exported):
    assert b"site-packages" not in exported.graph
    assert b"medhash_gui" not in exported.graph


def test_rounding_leaves_numbers_that_float16_can_hold():
    network = make_network()

    export.round_to_float16(network)

    for tensor in network.state_dict().values():
        if tensor.is_floating_point():
            assert torch.equal(tensor, tensor.half().float())


def test_a_number_too_large_for_float16_is_refused():
    network = make_network()
    with torch.no_grad():
        network.fc.bias[0] = 1e6

    with pytest.raises(BundleError, match=r"weights fc\.bias do not fit into 16 bits"):
        export.round_to_float16(network)


def test_a_graph_with_other_codes_is_refused(monkeypatch):
    monkeypatch.setattr(export, "Engine", OtherCodes)

    with pytest.raises(BundleError, match=r"changes 100\.00 % of the bits"):
        export.export_network(make_network(), pictures())
