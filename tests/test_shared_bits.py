"""Two codes side by side."""

from __future__ import annotations

import numpy as np
import pytest

from medhash_gui import shared_bits
from medhash_gui.codes import HashCodes


def codes(*values: float) -> HashCodes:
    return HashCodes.from_logits(np.array([values], np.float32))


@pytest.mark.row("D4")
def test_agreement_distance_and_margins_are_those_of_the_codes():
    bits = shared_bits.compare(codes(2, -1, 0.5, 4), codes(1, -3, -2, 4))

    assert bits.agree.tolist() == [True, True, False, True]
    assert bits.distance == 1
    assert bits.query.tolist() == [2, -1, 0.5, 4]
    assert bits.hit.tolist() == [1, -3, -2, 4]


@pytest.mark.row("D4")
def test_contributions_add_up_to_the_cosine():
    rng = np.random.default_rng(4)
    first, second = rng.normal(size=(2, 64))

    bits = shared_bits.compare(codes(*first), codes(*second))

    cosine = first @ second / np.linalg.norm(first) / np.linalg.norm(second)
    assert bits.contribution.sum() == pytest.approx(cosine, abs=1e-3)
    assert ((bits.contribution > 0) == bits.agree).all()


def test_differing_bits_come_first_the_strongest_before_the_others():
    bits = shared_bits.compare(codes(2, -1, 0.5, 4), codes(1, 3, -0.1, 4))

    assert bits.order().tolist() == [1, 2, 0, 3]


def test_a_difference_that_a_bit_near_its_cut_makes_is_counted_apart():
    bits = shared_bits.compare(codes(2, -2, 0.1, 2), codes(2, 2, -2, 2))

    assert bits.distance == 2
    assert bits.close.tolist() == [False, False, True, False]
    assert bits.close_differences == 1


def test_codes_without_margins_count_every_bit_alike():
    plain = HashCodes(np.array([[0b10100000]], np.uint8), 4)

    bits = shared_bits.compare(plain, plain)

    assert bits.contribution.tolist() == [0.25] * 4


def test_codes_of_two_lengths_are_refused():
    with pytest.raises(ValueError, match="4 and of 2 bits"):
        shared_bits.compare(codes(1, 1, 1, 1), codes(1, 1))
