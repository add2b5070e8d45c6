"""Every supervised method learns coloured blobs; random codes stay at chance."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from medhash_gui import evaluation
from medhash_gui.evaluation import Coded
from medhash_gui.hashing import METHODS, backbone
from medhash_gui.hashing.method import Sizes, Targets

CLASSES = tuple("abcde")
BITS, SIDE, EPOCHS, BATCH = 16, 32, 20, 40
COLOURS = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [0, 1, 1]], np.float32)


def blobs(count, seed):
    """Return noisy pictures (N, 3, S, S) of a coloured blob somewhere, and labels."""
    rng = np.random.default_rng(seed)
    classes = np.arange(count) % len(CLASSES)
    y, x = np.mgrid[:SIDE, :SIDE]
    centre = rng.uniform(8, SIDE - 8, size=(count, 2, 1, 1))
    squares = (y - centre[:, :1]) ** 2 + (x - centre[:, 1:]) ** 2
    shape = np.exp(-squares / 32)  # (N, 1, S, S)
    colours = COLOURS[classes][:, :, None, None]
    pictures = 3 * shape * colours + rng.normal(0, 0.3, size=(count, 3, SIDE, SIDE))
    labels = np.eye(len(CLASSES), dtype=np.float32)[classes]
    return torch.from_numpy(pictures.astype(np.float32)), torch.from_numpy(labels)


def coded(logits, labels, *, of="database"):
    groups = np.array([f"{of} {n}" for n in range(len(labels))])
    return Coded(evaluation.signs(logits.numpy()), labels.numpy(), groups)


def map_at_10(queries, database):
    [score] = [
        measure
        for measure in evaluation.evaluate(queries, database, classes=CLASSES).measures
        if measure.name == "MAP@10"
    ]
    return score


def trained(method):
    """Return the network after a fixed number of epochs, stage by stage."""
    known = {"backbone": "small", "size": SIDE, "frozen_blocks": 0}
    options = method.options({k: v for k, v in known.items() if k in method.defaults})
    pictures, labels = blobs(400, seed=1)
    sizes = Sizes(BITS, len(CLASSES), len(pictures))
    network = method.network(sizes, options)
    if isinstance(getattr(network, "head", None), torch.nn.Linear):
        with torch.inference_mode():
            features = network.eval()(pictures).features.mean(dim=(2, 3))
        backbone.start_balanced(network.head, features.clone(), seed=1)
    for stage in method.stages:
        if stage.begin is not None:
            stage.begin(network)
        forward = network if stage.part is None else getattr(network, stage.part)
        loss = stage.loss(sizes, options)
        groups = stage.parameters(network, options)
        learn = [p for group in groups.values() for p in group] + [*loss.parameters()]
        optimiser = torch.optim.AdamW(learn, lr=2e-3)
        network.train()
        for epoch in range(EPOCHS):
            for rows in torch.randperm(len(pictures)).split(BATCH):
                targets = Targets(labels[rows], rows, epoch / EPOCHS)
                terms = loss(forward(pictures[rows]), targets)
                optimiser.zero_grad()
                torch.stack(list(terms.values())).sum().backward()
                optimiser.step()
    return network.eval()


@pytest.mark.slow
@pytest.mark.parametrize("name", METHODS)
def test_every_method_finds_the_class_of_unseen_pictures(name):
    torch.manual_seed(0)
    network = trained(METHODS[name])
    database, labels = blobs(300, seed=2)
    queries, asked = blobs(100, seed=3)

    with torch.inference_mode():
        codes = coded(network(database).logits, labels)
        score = map_at_10(coded(network(queries).logits, asked, of="query"), codes)

    assert score.value > 0.9


def test_random_codes_are_at_the_analytic_chance_level():
    rng = torch.Generator().manual_seed(0)
    _, labels = blobs(400, seed=2)
    _, asked = blobs(400, seed=3)

    database = coded(torch.randn(400, 64, generator=rng), labels)
    queries = coded(torch.randn(400, 64, generator=rng), asked, of="query")
    score = map_at_10(queries, database)

    # Independent draws at prevalence p: place i adds p (1 + (i - 1) p) / i.
    p = 1 / len(CLASSES)
    chance = np.mean([p * (1 + (i - 1) * p) / i for i in range(1, 11)])
    assert score.value == pytest.approx(chance, abs=0.02)
    assert score.chance == pytest.approx(chance, abs=0.005)
