"""Losses on pairs and triplets: worked numbers, and each formula in plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from worked_example import (
    PAIRS,
    SIZES,
    U,
    pairs_of,
    random_batch,
    sigmoid,
    signs,
    softplus,
    terms_of,
    weights_of,
)

from medhash_gui.errors import SettingsError
from medhash_gui.hashing.dch import DCHLoss
from medhash_gui.hashing.dpsh import DPSHLoss
from medhash_gui.hashing.dsh import DSHLoss
from medhash_gui.hashing.dtsh import DTSHLoss
from medhash_gui.hashing.hashnet import HashNetLoss
from medhash_gui.hashing.isdh import ISDHLoss
from medhash_gui.hashing.lcdsh import LCDSHLoss
from medhash_gui.hashing.method import Sizes

BITS = 12
RANDOM = Sizes(BITS, 4, 9)
# Relaxed codes of the worked example, as logits of the two activations in use.
BEFORE_TANH = np.arctanh(U)
BEFORE_SOFTSIGN = U / (1 - np.abs(U))
# Two items of the worked example that are labelled as similar or as dissimilar.
ALIKE, APART = np.array([[1.0], [1]]), np.eye(2)


def test_dsh_gives_the_worked_numbers():
    terms = terms_of(DSHLoss(SIZES), U)

    assert terms["similar"] == pytest.approx(0.735 / 3)
    assert terms["dissimilar"] == pytest.approx((1.23 + 0.155) / 3)
    assert terms["similar"] + terms["dissimilar"] == pytest.approx(0.7066667, abs=1e-7)
    assert terms["quantisation"] == pytest.approx(2 * 0.01 * (1.0 + 1.1 + 1.4) / 3)


def test_dsh_equals_the_numpy_formula():
    u, labels = random_batch()
    similar = dissimilar = rounding = 0.0
    for i, j, s in pairs_of(labels):
        d = ((u[i] - u[j]) ** 2).sum()
        similar += s * d / 2
        dissimilar += (1 - s) * max(30 - d, 0) / 2
        rounding += sum(np.abs(np.abs(u[n]) - 1).sum() for n in (i, j))
    count = len(pairs_of(labels))

    terms = terms_of(DSHLoss(RANDOM, margin=30, quantisation=0.2), u, labels)

    assert terms == pytest.approx(
        {
            "similar": similar / count,
            "dissimilar": dissimilar / count,
            "quantisation": 0.2 * rounding / count,
        }
    )


def test_dsh_leaves_codes_alone_that_differ_in_half_of_their_bits():
    half = np.array([[1.0, 1, 1, 1], [1, 1, -1, -1]])

    terms = terms_of(DSHLoss(SIZES), half, APART)

    assert terms == {"similar": 0, "dissimilar": 0, "quantisation": 0}


def test_dpsh_gives_the_worked_numbers():
    terms = terms_of(DPSHLoss(quantisation=1), U)

    assert terms["pairs"] == pytest.approx(0.4173339, abs=1e-7)
    assert terms["quantisation"] == pytest.approx(0.1091667, abs=1e-7)


def test_dpsh_equals_the_numpy_formula():
    u, labels = random_batch()
    each = [
        softplus(u[i] @ u[j] / 2) - s * (u[i] @ u[j] / 2)
        for i, j, s in pairs_of(labels)
    ]

    terms = terms_of(DPSHLoss(quantisation=0.3), u, labels)

    rounding = 0.3 * ((signs(u) - u) ** 2).mean()
    assert terms == pytest.approx({"pairs": np.mean(each), "quantisation": rounding})


@pytest.mark.parametrize(
    ("pair", "labels", "name", "expected"),
    [
        (PAIRS[0], ALIKE, "similar", 0.032195),
        (PAIRS[1], APART, "dissimilar", 2.131058),
        (PAIRS[2], APART, "dissimilar", 1.825177),
    ],
)
def test_dch_gives_the_worked_terms(pair, labels, name, expected):
    terms = terms_of(DCHLoss(SIZES), BEFORE_TANH[list(pair)], labels)

    assert terms[name] == pytest.approx(expected, abs=1e-6)
    assert terms["similar"] + terms["dissimilar"] == terms[name]


def test_dch_gives_the_worked_quantisation():
    terms = terms_of(DCHLoss(SIZES, quantisation=1), BEFORE_TANH)

    assert terms["quantisation"] == pytest.approx(0.00224646, abs=1e-8)


def test_dch_equals_the_numpy_formula():
    z, labels = random_batch()
    u = np.tanh(z)

    def distance(a, b):
        cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
        return BITS / 2 * (1 - cosine)

    similar = dissimilar = 0.0
    for (i, j, s), w in zip(pairs_of(labels), weights_of(labels), strict=True):
        d = distance(u[i], u[j])
        similar += w * s * np.log(1 + d / 7)
        dissimilar += w * (1 - s) * np.log(1 + 7 / d)
    count = len(pairs_of(labels))
    ones = np.ones(BITS)
    rounding = np.mean([np.log(1 + distance(np.abs(row), ones) / 7) for row in u])

    terms = terms_of(DCHLoss(RANDOM, gamma=7, quantisation=0.2), z, labels)

    expected = {"similar": similar / count, "dissimilar": dissimilar / count}
    assert terms == pytest.approx({**expected, "quantisation": 0.2 * rounding})


def test_dch_still_pushes_codes_apart_that_are_nearly_the_same():
    z = torch.tensor([[1.0, 1, -1, 1], [1, 1, -1, 1.02]], requires_grad=True)
    loss = DCHLoss(SIZES)

    value = loss._apart(2 * (1 - torch.cosine_similarity(z[:1].tanh(), z[1:].tanh())))
    value.sum().backward()

    assert torch.isfinite(z.grad).all()
    assert 0.01 < z.grad.abs().max() < 1e3


@pytest.mark.parametrize(
    ("form", "hard", "soft"),
    [
        ("isdh", (3.4478309 + 0.9554546) / 3, 0.0260382 / 3),
        ("idhn", (0.3447831 + 0.0955455) / 3, 1.347886e-4 / 3),
    ],
)
def test_isdh_gives_the_worked_numbers(form, hard, soft):
    terms = terms_of(ISDHLoss(SIZES, form=form, quantisation=1), BEFORE_SOFTSIGN)

    assert terms["hard"] == pytest.approx(hard, abs=1e-7)
    assert terms["soft"] == pytest.approx(soft, rel=1e-5)
    assert terms["quantisation"] == pytest.approx(0.2916667, abs=1e-7)


@pytest.mark.parametrize("form", ["isdh", "idhn"])
def test_isdh_equals_the_numpy_formula(form):
    z, labels = random_batch()
    labels[4] = 0  # with row 0 a pair without any label: alike
    u = z / (1 + np.abs(z))
    hard = soft = 0.0
    for i, j, _ in pairs_of(labels):
        lengths = np.sqrt(labels[i].sum() * labels[j].sum())
        none = labels[i].sum() == labels[j].sum() == 0
        s = float(none) if lengths == 0 else labels[i] @ labels[j] / lengths
        inner = u[i] @ u[j]
        t = 5 * inner / BITS
        if s < 0.01 or s > 0.99:
            hard += (10 if form == "isdh" else 1) * (softplus(t) - s * t)
        elif form == "isdh":
            soft += (s - sigmoid(t)) ** 2
        else:
            soft += 0.1 * BITS * ((inner + BITS) / (2 * BITS) - s) ** 2
    count = len(pairs_of(labels))

    terms = terms_of(ISDHLoss(RANDOM, form=form, quantisation=0.2), z, labels)

    rounding = 0.2 * np.abs(np.abs(u) - 1).mean()
    assert soft > 0
    assert terms == pytest.approx(
        {"hard": hard / count, "soft": soft / count, "quantisation": rounding}
    )


def test_isdh_refuses_an_unknown_form():
    with pytest.raises(SettingsError, match="no form 'idsh'"):
        ISDHLoss(SIZES, form="idsh")


def test_dtsh_equals_the_numpy_formula():
    u, labels = random_batch()
    shares = labels @ labels.T >= 1
    theta = u @ u.T / 2
    each = [
        -np.log(sigmoid(theta[q, p] - theta[q, n] - BITS / 2))
        for q in range(9)
        for p in range(9)
        for n in range(9)
        if p != q and n != q and shares[q, p] and not shares[q, n]
    ]

    terms = terms_of(DTSHLoss(RANDOM, quantisation=0.3), u, labels)

    rounding = 0.3 * ((signs(u) - u) ** 2).mean()
    assert each
    assert terms == pytest.approx({"triplets": np.mean(each), "quantisation": rounding})


def test_dtsh_without_any_triplet_has_no_triplet_term():
    terms = terms_of(DTSHLoss(SIZES), U, np.ones((3, 2)))

    assert terms["triplets"] == 0


def test_lcdsh_gives_the_worked_numbers():
    terms = terms_of(LCDSHLoss(locality=1), U)

    assert terms["pairs"] == pytest.approx(0.4173339, abs=1e-7)
    assert terms["locality"] == pytest.approx(0.0168563, abs=1e-7)


def test_lcdsh_equals_the_numpy_formula():
    u, labels = random_batch()
    b = signs(u)
    likely, change = [], []
    for i, j, s in pairs_of(labels):
        theta = u[i] @ u[j] / 2
        likely.append(np.log(1 + np.exp(-(2 * s - 1) * theta)))
        change.append((sigmoid(theta) - sigmoid(b[i] @ b[j] / 2)) ** 2)

    terms = terms_of(LCDSHLoss(), u, labels)

    expected = {"pairs": np.mean(likely), "locality": 3 * np.mean(change)}
    assert terms == pytest.approx(expected)


@pytest.mark.parametrize(("alpha", "total"), [(0.5, 2.4559070), (2.5, 0.3178797)])
def test_hashnet_gives_the_worked_numbers(alpha, total):
    loss = HashNetLoss(SIZES, alpha=None if alpha == 10 / 4 else alpha)

    terms = terms_of(loss, BEFORE_TANH)

    assert terms["pairs"] == pytest.approx(total / (3 + 1.5 + 1.5), abs=1e-7)


@pytest.mark.parametrize("graded", [True, False])
@pytest.mark.parametrize("progress", [0, 0.4, 1])
def test_hashnet_equals_the_numpy_formula(progress, graded):
    z, labels = random_batch()
    u = np.tanh(np.sqrt(1 + 50 * progress) * z)
    total = weight = 0.0
    for (i, j, s), w in zip(pairs_of(labels), weights_of(labels), strict=True):
        if graded and s:
            both = (labels[i] * labels[j]).sum()
            w *= both / (labels[i].sum() + labels[j].sum() - both)
        t = 10 / BITS * (u[i] @ u[j])
        total += w * (softplus(t) - s * t)
        weight += w

    loss = HashNetLoss(RANDOM, graded=graded)
    terms = terms_of(loss, z, labels, progress=progress)

    assert terms == pytest.approx({"pairs": total / weight})
