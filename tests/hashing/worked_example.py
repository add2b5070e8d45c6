"""Three items of four bits with known losses, and how a loss is asked for its terms."""

from __future__ import annotations

import numpy as np
import torch

from medhash_gui.hashing.method import HashOutput, Sizes, Targets

U = np.array([[0.9, -0.8, 0.7, -0.6], [0.8, -0.9, -0.5, -0.7], [-0.6, 0.7, 0.9, 0.4]])
Y = np.array([[1, 0, 1], [1, 0, 0], [0, 1, 0]], dtype=float)
PAIRS = [(0, 1), (0, 2), (1, 2)]
SIZES = Sizes(bits=4, classes=3, images=3)
# Length of the codes of random_batch.
BITS_OF_RANDOM = 12


def terms_of(loss, logits, labels=Y, *, class_logits=None, progress=0.0):
    """Return the terms of a loss as numbers; arrays in, double precision throughout."""
    logits = torch.as_tensor(logits, dtype=torch.double)
    features = torch.zeros(len(logits), 1, 1, 1)
    if class_logits is not None:
        class_logits = torch.as_tensor(class_logits, dtype=torch.double)
    output = HashOutput(logits, features, class_logits)
    labels = torch.as_tensor(labels, dtype=torch.double)
    targets = Targets(labels, torch.arange(len(logits)), progress)
    return {name: term.item() for name, term in loss(output, targets).items()}


def random_batch(count=9, bits=BITS_OF_RANDOM, classes=4, seed=0):
    """Return logits (B, K) and multi-hot labels (B, C), one row of them empty."""
    rng = np.random.default_rng(seed)
    labels = (rng.random((count, classes)) < 0.35).astype(float)
    labels[0] = 0
    labels[1:3, 0] = 1
    return rng.normal(size=(count, bits)), labels


def pairs_of(labels):
    """Return (i, j, s) of each pair, i < j, s = 1 where a label is shared."""
    count = len(labels)
    return [
        (i, j, float(labels[i] @ labels[j] >= 1))
        for i in range(count)
        for j in range(i + 1, count)
    ]


def weights_of(labels):
    """Return the weight of each pair: all pairs over pairs of its kind."""
    kinds = [s for _, _, s in pairs_of(labels)]
    similar = sum(kinds)
    other = len(kinds) - similar
    return [len(kinds) / (similar if s else other) for s in kinds]


def signs(x):
    return np.where(np.asarray(x) >= 0, 1.0, -1.0)


def sigmoid(x):
    return 1 / (1 + np.exp(-np.asarray(x)))


def softplus(x):
    return np.log1p(np.exp(x))


def cross_entropy(p, y):
    """Return the binary cross-entropy, elementwise."""
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))
