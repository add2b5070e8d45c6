"""The pair map: the code map of shared bits, on one scale for all pictures."""

from __future__ import annotations

import numpy as np
import pytest

from medhash_gui import saliency
from medhash_gui.saliency import PAIR_TOP, GridMap, Withheld


@pytest.fixture
def parts():
    rng = np.random.default_rng(5)
    features = rng.random((6, 4, 4), np.float32)
    features[:, 1, 2] += 3  # one place stands out
    weight = np.abs(rng.normal(size=(8, 6))).astype(np.float32)
    return features, weight, features.mean(axis=(1, 2)) @ weight.T


@pytest.mark.row("D2")
def test_it_is_the_code_map_of_the_shared_bits_in_even_parts(parts):
    features, weight, logits = parts
    shared = np.arange(8) < 5

    shown = saliency.pair_map(features, weight, logits, shared)

    spoken = saliency.code_map(features, weight, shared.astype(np.int8))
    even = np.abs(logits).sum() / 16
    assert isinstance(shown, GridMap)
    assert shown.source == "pair"
    expected = np.minimum(spoken / even / PAIR_TOP, 1)
    np.testing.assert_allclose(shown.values, expected, rtol=1e-5)


@pytest.mark.row("D3")
def test_a_hit_that_shares_less_is_paler(parts):
    few = saliency.pair_map(*parts, np.arange(8) < 2)
    all_ = saliency.pair_map(*parts, np.ones(8, bool))

    assert few.values.max() < all_.values.max()
    assert (few.low, few.high) == (all_.low, all_.high) == (0, PAIR_TOP)


@pytest.mark.row("D8")
def test_nothing_shared_flat_and_not_numbers_are_withheld_with_the_reason(parts):
    features, weight, logits = parts
    every = np.ones(8, bool)
    flat = np.ones_like(features)
    broken = features.copy()
    broken[0, 0, 0] = np.nan

    nothing = saliency.pair_map(features, weight, logits, ~every)
    even = saliency.pair_map(flat, weight, logits, every)
    unknown = saliency.pair_map(broken, weight, logits, every)
    against = saliency.pair_map(features, -weight, logits, every)

    assert nothing == Withheld("The two codes have no bit in common.")
    assert "nearly the same everywhere" in even.reason
    assert unknown == Withheld("The map holds values that are not numbers.")
    assert "speaks for the bits that both share" in against.reason
