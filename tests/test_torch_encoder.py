"""Codes by torch agree with those of the graph; what cannot be rebuilt is refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from medhash_gui import bundle, export
from medhash_gui.bundle import ModelBundle
from medhash_gui.card import ModelCard
from medhash_gui.errors import BundleError, DeviceError
from medhash_gui.hashing import METHODS
from medhash_gui.hashing.method import Sizes
from medhash_gui.preprocess import Preprocess
from medhash_gui.torch_encoder import TorchEncoder, is_available

SIDE = 32
OPTIONS = {"variant": "ash-resnet", "size": SIDE}
CARD = ModelCard(
    name="toy",
    title="toy",
    modality="synthetic",
    method="ash",
    backbone="own",
    bits=16,
    classes=("a", "b"),
    preprocess=Preprocess(size=SIDE),
    explains="attention",
    training={"options": OPTIONS},
)


def pictures(count):
    rng = np.random.default_rng(0)
    return rng.normal(size=(count, 3, SIDE, SIDE)).astype(np.float32)


@pytest.fixture(scope="module")
def exported():
    method = METHODS["ash"]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = method.network(Sizes(16, 2, 0), method.options(OPTIONS))
    return export.export_network(network, pictures(4))


@pytest.fixture
def folder(exported, tmp_path):
    bundle.save(
        tmp_path / "toy", card=CARD, graph=exported.graph, weights=exported.weights
    )
    return tmp_path / "toy"


def test_codes_agree_with_the_graph_within_the_stated_share(folder):
    inputs = pictures(300)

    ours = TorchEncoder(folder, device="cpu").encode(inputs).signs()
    reference = ModelBundle.open(folder).encode(inputs).signs()

    assert (ours != reference).mean() <= export.MAX_FLIPPED_BITS


def test_encoder_is_the_same_model_as_the_bundle(folder):
    encoder, reference = TorchEncoder(folder, device="cpu"), ModelBundle.open(folder)

    assert encoder.model_id == reference.model_id
    assert encoder.bits == reference.bits
    assert encoder.preprocess == reference.preprocess
    assert encoder.device == "cpu"


def test_a_device_that_is_not_there_is_refused(folder):
    with pytest.raises(DeviceError, match="no device 'tpu'"):
        TorchEncoder(folder, device="tpu")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"method": "unheard-of"}, "does not know the method 'unheard-of'"),
        ({"training": {"options": {"size": 64}}}, "network of toy cannot be rebuilt"),
        ({"training": {"options": {"colour": 1}}}, "network of toy cannot be rebuilt"),
    ],
)
def test_a_network_that_cannot_be_rebuilt_is_refused(
    exported, tmp_path, changes, message
):
    card = dataclasses.replace(CARD, **changes)
    folder = tmp_path / "other"
    bundle.save(folder, card=card, graph=exported.graph, weights=exported.weights)

    with pytest.raises(BundleError, match=message):
        TorchEncoder(folder, device="cpu")


def test_a_batch_that_does_not_fit_is_a_memory_error(folder, monkeypatch):
    encoder = TorchEncoder(folder, device="cpu")

    def full(_):
        raise torch.OutOfMemoryError

    monkeypatch.setattr(encoder, "_network", full)

    with pytest.raises(MemoryError, match="2 pictures do not fit"):
        encoder.encode(pictures(2))


@pytest.mark.gpu
def test_codes_on_cuda_agree_with_the_graph(folder):
    if not is_available("cuda"):
        pytest.skip("torch sees no CUDA device")
    inputs = pictures(300)

    ours = TorchEncoder(folder, device="cuda").encode(inputs).signs()

    reference = ModelBundle.open(folder).encode(inputs).signs()
    assert (ours != reference).mean() <= export.MAX_FLIPPED_BITS
