"""Codes that need no training of a network: what every method is to be compared with.

Each control is fitted to the features of a training set and gives a linear code: a bit
is 1 where ``features @ weight.T + bias >= 0``. So a control can stand where a trained
hash layer stands, and its cost is that of one matrix product.

* ``lsh``: signs of random projections of centred features. Knows the mean only.
* ``pcah``: signs of the principal components.
* ``itq``: principal components, turned so that rounding changes as little as possible.
* ``class-probability``: a logistic regression of the labels; one bit a class, 1 where
  the class is more likely than its threshold. The real values behind the bits rank by
  predicted probability. Hard to beat where relevance is *defined* by the labels.

References:
    Charikar, "Similarity Estimation Techniques from Rounding Algorithms", STOC 2002.
    Wang, Kumar, Chang, "Semi-Supervised Hashing for Scalable Image Retrieval", CVPR
        2010 (PCAH).
    Gong, Lazebnik, "Iterative Quantization: A Procrustean Approach to Learning Binary
        Codes", CVPR 2011.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from medhash_gui.errors import SettingsError

Array = npt.NDArray[np.float32]
_Double = npt.NDArray[np.float64]

_ROTATIONS = 50
# Weight of the squared coefficients of the logistic regression, on standardised
# features: enough to have one optimum where a class can be told perfectly.
_RIDGE = 1e-3


@dataclass(frozen=True, eq=False)
class LinearCode:
    """A fitted control.

    Attributes:
        weight: float32 (K, D); bias: float32 (K,).
        offset: float32 (K,), what the threshold of a bit took away from its value; 0
            but for class probabilities.
    """

    weight: Array
    bias: Array
    offset: Array

    @property
    def bits(self) -> int:
        """K, length of the code."""
        return len(self.bias)

    def logits(self, features: Array) -> Array:
        """Return (N, K) float32, a bit being 1 where its logit is >= 0.

        Args:
            features: (N, D) float32, of the kind that the control was fitted to.
        """
        return np.asarray(features @ self.weight.T + self.bias, np.float32)

    def encode(self, features: Array) -> Array:
        """Return the codes, (N, K) float32 of +-1."""
        return np.where(self.logits(features) >= 0, np.float32(1), np.float32(-1))

    def values(self, features: Array) -> Array:
        """Return what the bits were before their thresholds, (N, K) float32.

        Projections, or the logits of the class probabilities.
        """
        return self.logits(features) + self.offset


@dataclass(frozen=True, slots=True)
class Control:
    """A way to make codes from features.

    Attributes:
        name: key in ``CONTROLS``.
        title: for people; paper: citation.
        fit: from features (N, D) float32, labels (N, C) float32 multi-hot, bits K and a
            seed.
        own_bits: whether the length of the code is the number of labels, whatever K.
    """

    name: str
    title: str
    paper: str
    fit: Callable[[Array, Array, int, int], LinearCode]
    own_bits: bool = False


def fit(
    name: str, features: Array, labels: Array, *, bits: int, seed: int = 0
) -> LinearCode:
    """Fit a control to the features of a training set.

    Args:
        name: key in ``CONTROLS``.
        features: (N, D) float32, finite.
        labels: (N, C) float32, multi-hot; only class probabilities look at them.
        bits: K; class probabilities have one bit a label instead.
        seed: of random projections and rotations.

    Raises:
        SettingsError: no such control, too few pictures for it, no labels where they
            are needed, or features that are not numbers.
    """
    if name not in CONTROLS:
        message = f"There is no control {name!r}."
        raise SettingsError(message, hint=f"Choose one of: {', '.join(CONTROLS)}.")
    if not np.isfinite(features).all():
        message = "Some features are not numbers."
        raise SettingsError(message, hint="Check the pictures and the model.")
    return CONTROLS[name].fit(features, labels, bits, seed)


def class_probabilities(code: LinearCode, features: Array) -> Array:
    """Return the predicted probability of each label, (N, C) float32.

    Args:
        code: of the control ``class-probability``.
        features: (N, D) float32.
    """
    values = torch.from_numpy(code.values(features).astype(np.float64))
    return np.asarray(values.sigmoid().numpy(), np.float32)


def _lsh(features: Array, _labels: Array, bits: int, seed: int) -> LinearCode:
    directions = np.random.default_rng(seed).normal(size=(bits, features.shape[1]))
    return _centred(features, directions)


def _pcah(features: Array, _labels: Array, bits: int, _seed: int) -> LinearCode:
    return _centred(features, _components(features, bits))


def _itq(features: Array, _labels: Array, bits: int, seed: int) -> LinearCode:
    components = _components(features, bits)
    v = _without_mean(features) @ components.T  # (N, K)
    square = np.random.default_rng(seed).normal(size=(bits, bits))
    rotation, _ = np.linalg.qr(square)
    for _ in range(_ROTATIONS):
        codes = np.where(v @ rotation >= 0, 1.0, -1.0)
        # The rotation that brings V nearest to the codes (orthogonal Procrustes).
        left, _, right = np.linalg.svd(v.T @ codes)
        rotation = left @ right
    return _centred(features, rotation.T @ components)


def _class_probability(
    features: Array, labels: Array, _bits: int, _seed: int
) -> LinearCode:
    if labels.shape[1] == 0:
        message = "Class-probability codes need labels."
        raise SettingsError(message, hint="Add labels, or leave this control out.")
    weight, bias = _logistic(features, labels)
    values = features.astype(np.float64) @ weight.T + bias
    offset = np.array(
        [_threshold(v, y) for v, y in zip(values.T, labels.T, strict=True)]
    )
    return LinearCode(_single(weight), _single(bias - offset), _single(offset))


def _centred(features: Array, directions: _Double) -> LinearCode:
    bias = -directions @ features.mean(axis=0, dtype=np.float64)
    nothing = np.zeros(len(bias), np.float32)
    return LinearCode(_single(directions), _single(bias), nothing)


def _without_mean(features: Array) -> _Double:
    double = features.astype(np.float64)
    return np.asarray(double - double.mean(axis=0))


def _components(features: Array, bits: int) -> _Double:
    """Return the first K principal directions, (K, D), each with a fixed sign."""
    centred = _without_mean(features)
    if len(centred) > centred.shape[1]:
        # Many pictures: their scatter is the smaller matrix.
        squares, columns = np.linalg.eigh(centred.T @ centred)
        values, rows = np.sqrt(np.maximum(squares[::-1], 0)), columns[:, ::-1].T
    else:
        _, values, rows = np.linalg.svd(centred, full_matrices=False)
    directions = int((values > 1e-6 * max(values[0], 1e-300)).sum())
    if directions < bits:
        message = f"The features vary in {directions} directions only, not in {bits}."
        hint = f"Take at most {directions} bits, more pictures, or the control lsh."
        raise SettingsError(message, hint=hint)
    rows = rows[:bits]
    # The sign of a component is arbitrary; the largest coefficient decides it.
    largest = np.abs(rows).argmax(axis=1)
    return np.asarray(rows * np.sign(rows[np.arange(bits), largest])[:, None])


def _logistic(features: Array, labels: Array) -> tuple[_Double, _Double]:
    """Return W (C, D) and b (C,) of one ridge logistic regression a label."""
    mean = features.mean(axis=0, dtype=np.float64)
    # A feature that is always the same has nothing to say and no scale.
    spread = features.std(axis=0, dtype=np.float64)
    spread = np.where(spread > 1e-9, spread, np.inf)
    x = torch.from_numpy((features - mean) / spread)
    y = torch.from_numpy(labels.astype(np.float64))
    w = torch.zeros(y.shape[1], x.shape[1], dtype=torch.double, requires_grad=True)
    b = torch.zeros(y.shape[1], dtype=torch.double, requires_grad=True)
    optimiser = torch.optim.LBFGS([w, b], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        entropy = functional.binary_cross_entropy_with_logits(x @ w.T + b, y)
        value = entropy + _RIDGE * (w.square().sum() + b.square().sum()) / len(b)
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    weight = w.detach().numpy() / spread
    return weight, b.detach().numpy() - weight @ mean


def _threshold(values: _Double, labels: Array) -> float:
    """Return the value above which balanced accuracy is best; 0 for one-sided labels.

    The middle between two neighbouring values, so that a picture is never on the edge.
    """
    order = np.argsort(values, kind="stable")
    ascending, positive = values[order], labels[order] > 0
    count = positive.sum()
    if count in (0, len(positive)):
        return 0.0
    # Cut after each place: share of negatives below it, share of positives above it.
    below = np.cumsum(~positive) / (len(positive) - count)
    above = 1 - np.cumsum(positive) / count
    distinct = ascending[1:] > ascending[:-1]
    if not distinct.any():
        return 0.0
    gain = np.where(distinct, (below + above)[:-1], -1.0)
    cut = int(gain.argmax())
    return float((ascending[cut] + ascending[cut + 1]) / 2)


def _single(values: _Double) -> Array:
    return np.asarray(values, np.float32)


CONTROLS: dict[str, Control] = {
    control.name: control
    for control in (
        Control(
            "lsh",
            "Random projections (LSH)",
            "Charikar: Similarity Estimation Techniques from Rounding Algorithms. "
            "STOC 2002",
            _lsh,
        ),
        Control(
            "pcah",
            "Signs of principal components (PCAH)",
            "Wang, Kumar, Chang: Semi-Supervised Hashing for Scalable Image Retrieval. "
            "CVPR 2010",
            _pcah,
        ),
        Control(
            "itq",
            "Iterative Quantization (ITQ)",
            "Gong, Lazebnik: Iterative Quantization: A Procrustean Approach to "
            "Learning Binary Codes. CVPR 2011",
            _itq,
        ),
        Control(
            "class-probability",
            "Predicted class probabilities",
            "Logistic regression; see docs/methods.md",
            _class_probability,
            own_bits=True,
        ),
    )
}
