"""Bits that say nothing, bits that say the same, codes that are alike."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from medhash_gui import code_health


def test_all_codes_of_three_bits_are_balanced_and_independent():
    codes = np.array(list(itertools.product([-1, 1], repeat=3)))

    health = code_health.examine(codes)

    assert (health.imbalance, health.constant_bits) == (0, 0)
    assert health.correlation == pytest.approx(0)
    assert (health.unique, health.bits, health.pictures) == (8, 3, 8)


def test_constant_and_repeated_bits_are_seen():
    rng = np.random.default_rng(0)
    bit = 2 * rng.integers(0, 2, 100) - 1
    codes = np.stack([bit, -bit, np.ones(100)], axis=1)

    health = code_health.examine(codes)

    assert health.constant_bits == 1
    assert health.correlation == pytest.approx(1)
    assert health.unique == 2
    shares = [abs((bit > 0).mean() - 0.5)] * 2 + [0.5]
    assert health.imbalance == pytest.approx(np.mean(shares))


def test_correlation_is_the_largest_of_all_pairs():
    codes = np.random.default_rng(1).normal(size=(300, 9))
    codes[:, 4] += 2 * codes[:, 7]

    health = code_health.examine(np.where(codes > 0, 1, -1))

    expected = np.abs(np.corrcoef((codes > 0).T) - np.eye(9))
    assert health.correlation == pytest.approx(expected.max())
    assert expected.max() == expected[4, 7]


def test_unique_codes_are_counted_for_each_class():
    codes = np.array([[1, 1], [1, 1], [1, -1], [-1, 1]])
    labels = np.array([[1, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])

    health = code_health.examine(codes, labels, ("a", "b", "none"))

    assert health.unique_per_class == {"a": (2, 3), "b": (2, 2)}


def test_one_code_and_one_bit_have_no_correlation():
    assert code_health.examine(np.ones((1, 4))).correlation == 0
    assert code_health.examine(np.array([[1], [-1]])).correlation == 0
