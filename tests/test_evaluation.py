"""The logits of a network in training and of its graph in use are nearly the same."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from medhash_gui import datasets, evaluation, export
from medhash_gui.datasets import Source
from medhash_gui.engine import Engine
from medhash_gui.hashing import METHODS
from medhash_gui.hashing.method import Sizes
from medhash_gui.preprocess import Preprocess

CLASSES = ("a", "b")


def test_cached_pictures_and_the_graph_give_nearly_the_same_logits(tmp_path):
    rng = np.random.default_rng(0)
    for name in CLASSES:
        (tmp_path / name).mkdir()
        pixels = rng.integers(0, 256, (40, 40), np.uint8)
        data = cv2.imencode(".png", pixels)[1].tobytes()
        (tmp_path / name / "1.png").write_bytes(data)
    pictures = datasets.gather([Source("s", tmp_path)])
    preprocess = Preprocess(size=32)
    method = METHODS["ash"]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = method.network(
            Sizes(8, 2, 2), method.options({"variant": "ash-resnet", "size": 32})
        )
    inputs = np.stack([preprocess(datasets.decode(item)) for item in pictures.items])
    exported = export.export_network(network, inputs)

    cached = evaluation.run_network(
        network, datasets.pixels(pictures, preprocess), preprocess
    )
    used = evaluation.run_graph(Engine(exported.graph), pictures, preprocess, batch=1)

    np.testing.assert_allclose(cached[0], used[0], atol=0.05)
    np.testing.assert_allclose(cached[1], used[1], atol=0.05)
    assert cached[0].shape == (2, 8)
