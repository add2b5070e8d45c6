"""Which pictures are similar, and the terms that losses share."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from worked_example import PAIRS, U, Y

from medhash_gui.hashing import similarity

CODES = torch.tensor(U)
INNER = CODES @ CODES.T
SHARED = similarity.shared_label(torch.tensor(Y))
FIRST, SECOND = (torch.tensor(side) for side in zip(*PAIRS, strict=True))


def test_pictures_are_similar_when_they_share_any_label():
    labels = torch.tensor([[1.0, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]])

    s = similarity.shared_label(labels)

    expected = [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    assert s.tolist() == expected


def test_label_cosine_is_graded_and_knows_pictures_without_labels():
    labels = torch.tensor([[1.0, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 0]])

    s = similarity.label_cosine(labels)

    r = 0.7071068
    expected = [
        [1, r, 0, 0, 0],
        [r, 1, 0, 0, 0],
        [0, 0, 1, 0, 0],
        [0, 0, 0, 1, 1],
        [0, 0, 0, 1, 1],
    ]
    torch.testing.assert_close(s, torch.tensor(expected))


def test_batch_pairs_are_each_pair_once_without_the_diagonal():
    i, j = similarity.batch_pairs(4, torch.device("cpu"))

    pairs = list(zip(i.tolist(), j.tolist(), strict=True))
    assert pairs == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]


def test_a_batch_of_one_has_no_pair():
    i, _ = similarity.batch_pairs(1, torch.device("cpu"))

    assert len(i) == 0


def test_mean_of_nothing_is_zero():
    assert similarity.mean(torch.empty(0)) == 0
    assert similarity.mean(torch.tensor([1.0, 2, 6])) == 3


@pytest.mark.parametrize(
    ("alpha", "expected"),
    [(0.5, [0.385270, 0.531318, 0.335414]), (2.5, [0.022678, 0.156562, 0.010002])],
)
def test_pair_likelihood_gives_the_worked_terms(alpha, expected):
    terms = similarity.pair_likelihood(alpha * INNER, SHARED)[FIRST, SECOND]

    assert terms.tolist() == pytest.approx(expected, abs=1e-6)


def test_pair_likelihood_of_all_ordered_pairs_gives_the_worked_means():
    terms = similarity.pair_likelihood(INNER / 2, SHARED).flatten()
    weights = similarity.class_weights(SHARED.flatten())

    assert terms.mean().item() == pytest.approx(0.3784382, abs=1e-7)
    assert sorted(set(weights.tolist())) == pytest.approx([9 / 5, 9 / 4])
    assert (weights * terms).mean().item() == pytest.approx(0.7678620, abs=1e-7)


@pytest.mark.parametrize(
    ("s", "t", "expected"), [(1, 5, 0.0067), (1, -5, 5.0067), (0, -5, 0.0067)]
)
def test_pair_likelihood_falls_towards_the_label(s, t, expected):
    value = similarity.pair_likelihood(torch.tensor(float(t)), torch.tensor(float(s)))

    assert value.item() == pytest.approx(expected, abs=1e-4)


def test_gradient_of_the_weighted_likelihood_is_the_error_of_the_probability():
    t = torch.linspace(-4, 4, 6, dtype=torch.double, requires_grad=True)
    s = torch.tensor([0.0, 1, 1, 0, 1, 0], dtype=torch.double)
    w = similarity.class_weights(s)

    (w * similarity.pair_likelihood(t, s)).sum().backward()

    torch.testing.assert_close(t.grad, w * (t.detach().sigmoid() - s))


def test_pair_likelihood_does_not_overflow():
    t = torch.tensor([500.0, -500, 500, -500])
    s = torch.tensor([1.0, 1, 0, 0])

    assert similarity.pair_likelihood(t, s).tolist() == [0, 500, 500, 0]


def test_weights_make_both_kinds_of_pairs_count_alike():
    w = similarity.class_weights(torch.tensor([1.0, 0, 0]))

    assert w.tolist() == pytest.approx([3, 1.5, 1.5])


@pytest.mark.parametrize("s", [0.0, 1.0])
def test_weights_with_one_kind_of_pairs_are_one(s):
    assert similarity.class_weights(torch.full((5,), s)).tolist() == [1] * 5


def test_zero_and_minus_zero_are_plus():
    assert similarity.signs(torch.tensor([0.0, -0.0, -1e-30])).tolist() == [1, 1, -1]


def test_distance_from_signs_is_zero_only_at_one():
    codes = torch.tensor([1.0, -1, 0, 2.5])

    assert similarity.l1_from_signs(codes).tolist() == [0, 0, 1, 1.5]
    assert similarity.squares_from_signs(codes).tolist() == [0, 0, 1, 2.25]


def test_distances_from_signs_give_the_worked_numbers():
    l1, squares = similarity.l1_from_signs(CODES), similarity.squares_from_signs(CODES)

    assert l1.mean().item() == pytest.approx(0.2916667, abs=1e-7)
    assert l1.sum(dim=1).tolist() == pytest.approx([1.0, 1.1, 1.4])
    assert squares.mean().item() == pytest.approx(0.1091667, abs=1e-7)
    assert squares.sum().item() == pytest.approx(1.31)


def test_signs_of_the_worked_example_have_the_worked_distances():
    b = similarity.signs(CODES)

    assert ((4 - b @ b.T) / 2)[FIRST, SECOND].tolist() == [1, 3, 4]


def test_balance_is_zero_only_where_each_bit_divides_the_batch():
    even = torch.tensor([[1.0, -1], [-1, 1]])
    constant = torch.tensor([[1.0, -1], [1, 1]])

    assert similarity.bit_balance(even) == 0
    assert similarity.bit_balance(constant) == 0.5


def test_sliced_wasserstein_equals_the_numpy_formula():
    u = np.random.default_rng(0).normal(size=(10, 6))
    coin = np.repeat([-1.0, 1], 5)[:, None]

    found = similarity.sliced_wasserstein(torch.tensor(u))

    expected = ((np.sort(u, axis=0) - coin) ** 2).mean()
    assert found.item() == pytest.approx(expected)


def test_sliced_wasserstein_of_an_odd_batch_leaves_the_middle_its_sign():
    u = torch.tensor([[0.5], [-2], [3]])

    expected = ((-2 + 1) ** 2 + (0.5 - 1) ** 2 + (3 - 1) ** 2) / 3
    assert similarity.sliced_wasserstein(u).item() == pytest.approx(expected)


def test_sliced_wasserstein_balances_and_rounds():
    torch.manual_seed(0)
    z = (torch.randn(40, 8) + 2).requires_grad_()
    optimiser = torch.optim.Adam([z], lr=0.1)
    for _ in range(100):
        optimiser.zero_grad()
        similarity.sliced_wasserstein(z).backward()
        optimiser.step()

    assert ((z >= 0).sum(dim=0) == 20).all()
    assert similarity.l1_from_signs(z).max() < 0.05
