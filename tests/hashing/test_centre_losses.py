"""Losses on class targets and classifiers: worked numbers, formulas in plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from worked_example import (
    SIZES,
    U,
    Y,
    cross_entropy,
    pairs_of,
    random_batch,
    sigmoid,
    signs,
    terms_of,
)

from medhash_gui.errors import SettingsError
from medhash_gui.hashing.csq import CSQLoss
from medhash_gui.hashing.dfh import DFHLoss
from medhash_gui.hashing.dpn import DPNLoss
from medhash_gui.hashing.method import Sizes
from medhash_gui.hashing.orthohash import OrthoHashLoss
from medhash_gui.hashing.ssdh import METHOD as SSDH
from medhash_gui.hashing.ssdh import SSDHLoss, straight_through_sign

BITS = 12
RANDOM = Sizes(BITS, 4, 9)
CODES = torch.tensor([[1.0, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1]])
ONE = np.array([[0.0, 1, 0]])


def random_codes(seed=1):
    rng = np.random.default_rng(seed)
    return signs(rng.normal(size=(4, BITS)))


def test_dfh_equals_the_numpy_formula():
    u, labels = random_batch()
    loss = DFHLoss(RANDOM, margin=0.7, quantisation=0.4, pull=3, apart=0.2, binary=0.6)
    v = loss.centres.detach().double().numpy()
    each = []
    for i, j, s in pairs_of(labels):
        theta = u[i] @ u[j] / 2
        each.append(
            (1 - s) * np.log(1 + np.exp(0.7 + theta))
            + s * np.log(1 + np.exp(0.7 - theta))
        )
    aimed = np.array([v @ (y / max(y.sum(), 1)) for y in labels])
    b = signs(3 * aimed + u)
    between = v.T @ v / BITS - (2 * np.eye(4) - np.ones((4, 4)))
    centres = ((aimed - b) ** 2).mean()
    centres += 0.2 * (between**2).mean() + 0.6 * ((v - signs(v)) ** 2).mean()

    terms = terms_of(loss, u, labels)

    rounding = 0.4 * ((b - u) ** 2).mean()
    assert (b != signs(u)).any()  # the centres do decide something
    assert terms == pytest.approx(
        {"pairs": np.mean(each), "quantisation": rounding, "centres": centres}
    )


def test_dfh_learns_its_centres():
    loss = DFHLoss(Sizes(4, 3, 3))
    before = loss.centres.detach().clone()
    optimiser = torch.optim.Adam(loss.parameters(), lr=0.05)
    u = torch.tensor(U, dtype=torch.float32)
    values = []
    for _ in range(60):
        b = torch.where(u >= 0, 1.0, -1.0)
        aimed = torch.tensor(Y, dtype=torch.float32) @ loss.centres.T
        values.append((aimed - b).square().mean() + loss._spread(loss.centres))
        optimiser.zero_grad()
        values[-1].backward()
        optimiser.step()

    assert values[-1] < 0.7 * values[0]
    assert not torch.equal(loss.centres, before)


def test_dpn_gives_the_worked_number():
    assert terms_of(DPNLoss(CODES), U[:1], ONE) == pytest.approx({"polarization": 1.0})


def test_dpn_equals_the_numpy_formula():
    u, labels = random_batch()
    t = random_codes()
    total = sum(
        max(0, 0.8 - u[n, k] * t[c, k])
        for n in range(9)
        for c in range(4)
        if labels[n, c]
        for k in range(BITS)
    )

    terms = terms_of(DPNLoss(torch.tensor(t), margin=0.8), u, labels)

    assert terms == pytest.approx({"polarization": total / 9})


def test_csq_gives_the_worked_numbers():
    terms = terms_of(CSQLoss(CODES, quantisation=1), np.arctanh(U[:1]), ONE)

    assert terms["centres"] == pytest.approx(0.1355791, abs=1e-7)
    assert terms["quantisation"] == pytest.approx(0.075)


def test_csq_with_several_labels_equals_the_mean_over_their_centres():
    z, labels = random_batch()
    h, c = np.tanh(z), random_codes()
    rows = []
    for n in range(9):
        own = np.flatnonzero(labels[n])
        if len(own):
            each = [cross_entropy((h[n] + 1) / 2, (c[k] + 1) / 2).mean() for k in own]
            rows.append(np.mean(each))
    assert len(rows) < 9

    terms = terms_of(CSQLoss(torch.tensor(c), quantisation=0.2), z, labels)

    rounding = 0.2 * ((np.abs(h) - 1) ** 2).mean()
    assert terms == pytest.approx({"centres": np.mean(rows), "quantisation": rounding})


def test_csq_by_majority_fills_ties_from_one_code():
    z, labels = random_batch()
    h, c = np.tanh(z), random_codes()
    loss = CSQLoss(torch.tensor(c), several="majority")
    filler = loss.filler.numpy()
    target = signs(labels @ c)
    target = np.where(labels @ c == 0, filler, target)

    terms = terms_of(loss, z, labels)

    expected = cross_entropy((h + 1) / 2, (target + 1) / 2).mean()
    assert (labels @ c == 0).any()
    assert set(filler) == {-1, 1}
    assert terms["centres"] == pytest.approx(expected)


def test_csq_refuses_an_unknown_way_with_several_labels():
    with pytest.raises(SettingsError, match="no way 'all'"):
        CSQLoss(CODES, several="all")


def test_orthohash_gives_the_worked_number():
    terms = terms_of(OrthoHashLoss(CODES), U[:1], Y[:1])

    assert terms == pytest.approx({"cosine": 9.2490127}, abs=1e-7)


def test_orthohash_equals_the_numpy_formula():
    v, labels = random_batch()
    o = random_codes()
    rows = []
    for n in range(9):
        if labels[n].sum() == 0:
            continue
        cosine = o @ v[n] / np.linalg.norm(v[n]) / np.sqrt(BITS)
        logits = 5 * (cosine - 0.3 * labels[n])
        log_p = logits - np.log(np.exp(logits).sum())
        rows.append(-(labels[n] / labels[n].sum()) @ log_p)

    terms = terms_of(OrthoHashLoss(torch.tensor(o), scale=5, margin=0.3), v, labels)

    assert terms == pytest.approx({"cosine": np.mean(rows)})


@pytest.mark.parametrize("relaxation", ["sigmoid", "sign"])
def test_ssdh_equals_the_numpy_formula(relaxation):
    z, labels = random_batch()
    class_logits = np.random.default_rng(3).normal(size=labels.shape)
    if relaxation == "sigmoid":
        a = sigmoid(z)
        rounding = 0.25 - ((a - 0.5) ** 2).mean()
    else:
        a = (signs(z) + 1) / 2
        rounding = (np.abs(np.abs(z) - 1) ** 3).mean()
    loss = SSDHLoss(relaxation=relaxation, quantisation=0.2, balance=0.3)

    terms = terms_of(loss, z, labels, class_logits=class_logits)

    assert terms == pytest.approx(
        {
            "classification": cross_entropy(sigmoid(class_logits), labels).mean(),
            "quantisation": 0.2 * rounding,
            "balance": 0.3 * ((a.mean(axis=1) - 0.5) ** 2).mean(),
        }
    )


def test_straight_through_sign_is_a_sign_with_the_gradient_of_its_input():
    z = torch.tensor([-2.0, -0.0, 0, 0.3], requires_grad=True)

    h = straight_through_sign(z)
    (h * torch.arange(4.0)).sum().backward()

    assert h.tolist() == [-1, 1, 1, 1]
    assert z.grad.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("relaxation", ["sigmoid", "sign"])
def test_ssdh_classifies_from_the_relaxed_code_alone(relaxation):
    options = SSDH.options({"backbone": "small", "relaxation": relaxation})
    network = SSDH.network(Sizes(8, 3, 4), options).eval()

    with torch.inference_mode():
        output = network(torch.randn(4, 3, 32, 32))
        z = output.logits.numpy()
        a = sigmoid(z) if relaxation == "sigmoid" else signs(z)
        expected = network.classifier(torch.tensor(a, dtype=torch.float32))

    torch.testing.assert_close(output.class_logits, expected)


def test_ssdh_refuses_an_unknown_relaxation():
    with pytest.raises(SettingsError, match="no relaxation 'tanh'"):
        SSDHLoss(relaxation="tanh")
    with pytest.raises(SettingsError, match="no relaxation 'tanh'"):
        SSDH.network(SIZES, SSDH.options({"relaxation": "tanh"}))
