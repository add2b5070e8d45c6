"""Target codes: their distances, and how much their bits tell."""

from __future__ import annotations

import pytest
import torch

from medhash_gui.errors import SettingsError
from medhash_gui.hashing import centres


@pytest.mark.parametrize("bits", [16, 32, 64])
@pytest.mark.parametrize("classes", [3, 8, 14, 15])
def test_powers_of_two_give_half_of_the_bits_between_any_two(bits, classes):
    codes = centres.codewords(classes, bits)

    assert codes.shape == (classes, bits)
    assert set(codes.unique().tolist()) == {-1, 1}
    assert centres.least_distance(codes) == bits // 2


@pytest.mark.parametrize("bits", [16, 32, 64])
def test_with_many_classes_no_bit_is_constant_or_another_one_again(bits):
    codes = centres.codewords(14, bits)

    assert (codes.min(dim=0).values == -1).all()
    assert (codes.max(dim=0).values == 1).all()
    assert len(torch.unique(codes.T, dim=0)) == bits


@pytest.mark.parametrize(("bits", "least"), [(12, 4), (24, 8), (48, 18)])
def test_other_lengths_are_the_best_of_many_draws(bits, least):
    assert centres.least_distance(centres.codewords(14, bits)) >= least


def test_the_seed_alone_decides():
    before = torch.get_rng_state()

    first, again = centres.codewords(5, 16, seed=1), centres.codewords(5, 16, seed=1)

    assert torch.equal(first, again)
    assert not torch.equal(first, centres.codewords(5, 16, seed=2))
    assert torch.equal(torch.get_rng_state(), before)


def test_without_classes_there_is_nothing_to_aim_at():
    with pytest.raises(SettingsError, match="needs labels"):
        centres.codewords(0, 16)
