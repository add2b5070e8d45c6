"""Codes by torch agree with those of the graph; what cannot be rebuilt is refused."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from medhash_gui import bundle, export
from medhash_gui.bundle import ModelBundle
from medhash_gui.card import ModelCard
from medhash_gui.codes import HashCodes
from medhash_gui.encoding import EncodingQueue
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


class FakeCard:
    """A graphics card whose work the processor does, and what was asked of it."""

    def __init__(self, monkeypatch, *, count=1, free=2**30, picture=2**20, bf16=True):
        self.streams = []
        self.threads = set()
        self.peak, self.bf16 = 16 * picture, bf16
        cpu = torch.device("cpu")
        monkeypatch.setattr(torch, "device", lambda name: cpu)
        fakes = {
            "is_available": lambda: True,
            "device_count": lambda: count,
            "is_bf16_supported": lambda: bf16,
            "Stream": self.stream,
            "stream": self.using,
            "empty_cache": lambda: None,
            "reset_peak_memory_stats": lambda place: None,
            "memory_allocated": lambda place: 1000,
            "max_memory_allocated": lambda place: 1000 + self.peak,
            "mem_get_info": lambda place: (free, 2 * free),
        }
        for name, fake in fakes.items():
            monkeypatch.setattr(torch.cuda, name, fake)

    def stream(self, place):
        self.streams.append(threading.get_ident())
        return SimpleNamespace(synchronize=lambda: None)

    @contextlib.contextmanager
    def using(self, stream):
        self.threads.add(threading.get_ident())
        yield


def test_each_thread_has_a_stream_of_its_own_and_codes_are_the_same(
    folder, monkeypatch
):
    inputs = pictures(64)
    expected = TorchEncoder(folder, device="cpu").encode(inputs)
    card = FakeCard(monkeypatch)
    encoder = TorchEncoder(folder, device="cuda")

    with EncodingQueue(encoder, batch=8) as queue:
        for number, picture in enumerate(inputs):
            queue.add(number, picture)
        queue.send()
        done = [codes for _, codes in queue.finished(wait=True)]

    assert encoder.lanes == 2
    assert len(card.streams) == len(set(card.streams)) <= 3  # and the trial's
    np.testing.assert_array_equal(HashCodes.join(done).packed, expected.packed)
    assert not torch.backends.cudnn.allow_tf32


@pytest.mark.parametrize(
    ("free", "picture", "batch"),
    [
        (2**30, 2**20, 256),  # plenty
        (2**30, 8 * 2**20, 32),  # half of the free memory, for each of two
        (2**20, 2**20, 16),  # too little: an attempt, which is halved where it fails
    ],
)
def test_batches_suit_the_free_memory(folder, monkeypatch, free, picture, batch):
    FakeCard(monkeypatch, free=free, picture=picture)

    assert TorchEncoder(folder, device="cuda").batch == batch


@pytest.mark.parametrize(
    ("asked", "used"), [("cuda:1", "cuda:1"), ("cuda:5", "cuda:1")]
)
def test_processes_of_one_machine_share_its_cards(folder, monkeypatch, asked, used):
    FakeCard(monkeypatch, count=2)

    assert TorchEncoder(folder, device=asked).device == used


def test_a_device_that_fails_is_an_error_from_which_the_processor_takes_over(
    folder, monkeypatch
):
    FakeCard(monkeypatch)
    encoder = TorchEncoder(folder, device="cuda")

    def lost(_):
        message = "CUDA error: an illegal memory access\nCompile with ..."
        raise RuntimeError(message)

    monkeypatch.setattr(encoder, "_network", lost)

    with pytest.raises(DeviceError, match=r"illegal memory access$"):
        encoder.encode(pictures(2))
    with EncodingQueue(encoder) as queue:
        queue.add(0, pictures(1)[0])
        queue.send()
        (_, codes) = next(queue.finished(wait=True))
        assert queue.devices == ["cuda", "cpu"]
    expected = ModelBundle.open(folder).encode(pictures(1))
    np.testing.assert_array_equal(codes.packed, expected.packed)


def test_what_cannot_be_pinned_is_ordinary_memory(folder, monkeypatch):
    FakeCard(monkeypatch)
    encoder = TorchEncoder(folder, device="cuda")
    asked = []

    def none_left(shape, *, pin_memory):
        asked.append((shape, pin_memory))
        message = "cannot pin"
        raise RuntimeError(message)

    monkeypatch.setattr(torch, "empty", none_left)

    batch = encoder.new_batch(4)

    assert asked == [((4, 3, SIDE, SIDE), True)]
    assert (batch.shape, batch.dtype) == ((4, 3, SIDE, SIDE), np.float32)


def test_fewer_bits_are_used_only_where_the_card_allows_them(
    exported, tmp_path, monkeypatch
):
    allowed = dataclasses.replace(CARD, precisions=("unheard-of", "bfloat16"))
    for name, card in (("plain", CARD), ("short", allowed)):
        bundle.save(
            tmp_path / name, card=card, graph=exported.graph, weights=exported.weights
        )

    plain = TorchEncoder(tmp_path / "plain", device="cpu")
    short = TorchEncoder(tmp_path / "short", device="cpu")

    assert (plain.precision, plain.device) == ("float32", "cpu")
    assert (short.precision, short.device) == ("bfloat16", "cpu, bfloat16")
    inputs = pictures(64)
    a, b = plain.encode(inputs), short.encode(inputs)
    assert (a.soft != b.soft).any()
    assert (a.signs() != b.signs()).mean() < 0.05
    FakeCard(monkeypatch, bf16=False)
    assert TorchEncoder(tmp_path / "short", device="cuda").precision == "float32"


@pytest.mark.gpu
def test_codes_on_cuda_agree_with_the_graph(folder):
    if not is_available("cuda"):
        pytest.skip("torch sees no CUDA device")
    inputs = pictures(300)

    ours = TorchEncoder(folder, device="cuda").encode(inputs).signs()

    reference = ModelBundle.open(folder).encode(inputs).signs()
    assert (ours != reference).mean() <= export.MAX_FLIPPED_BITS
