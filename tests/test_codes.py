"""Codes keep every sign, and their distances are exact for any length."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medhash_gui import codes
from medhash_gui.codes import HashCodes


def random_codes(rows: int, bits: int, seed: int = 0) -> HashCodes:
    rng = np.random.default_rng(seed)
    return HashCodes.from_logits(rng.normal(size=(rows, bits)).astype(np.float32))


@pytest.mark.parametrize("bits", [1, 7, 8, 9, 16, 31, 48, 64, 65, 128])
def test_first_bit_is_the_highest_bit_of_byte_0(bits):
    logits = np.full((1, bits), -1.0, np.float32)
    logits[0, 0] = 1.0

    made = HashCodes.from_logits(logits)

    assert made.packed.shape == (1, -(-bits // 8))
    assert made.packed[0, 0] == 0x80
    assert made.packed.sum() == 0x80
    assert made.hex(0) == "80" + "00" * (made.packed.shape[1] - 1)


def test_zero_and_minus_zero_are_ones():
    made = HashCodes.from_logits(np.array([[0.0, -0.0, -1e-9, 1e-9]], np.float32))

    assert made.signs().tolist() == [[1, 1, -1, 1]]
    assert made.packed.tolist() == [[0b11010000]]


def test_soft_values_are_clipped_to_finite_float16():
    made = HashCodes.from_logits(np.array([[np.inf, -np.inf, 1e9, 0.5]]))

    assert made.soft is not None
    assert made.soft.dtype == np.float16
    assert np.isfinite(made.soft).all()
    assert made.signs().tolist() == [[1, -1, 1, 1]]


def test_a_value_that_is_no_number_gives_no_code():
    with pytest.raises(ValueError, match="not a number"):
        HashCodes.from_logits(np.array([[0.5, np.nan]]))


@pytest.mark.parametrize(
    ("packed", "bits", "soft", "message"),
    [
        (np.zeros((2, 1), np.uint8), 9, None, r"uint8 \(N, 2\)"),
        (np.zeros((2, 1), np.int8), 8, None, "uint8"),
        (np.zeros(2, np.uint8), 8, None, "uint8"),
        (np.ones((2, 1), np.uint8), 7, None, "Bits after the 7th"),
        (np.zeros((2, 1), np.uint8), 0, None, "1 to 4096 bits"),
        (np.zeros((2, 1), np.uint8), 8, np.zeros((2, 7), np.float16), "Soft values"),
        (np.zeros((2, 1), np.uint8), 8, np.zeros((2, 8), np.float32), "Soft values"),
    ],
)
def test_codes_that_do_not_fit_together_are_refused(packed, bits, soft, message):
    with pytest.raises(ValueError, match=message):
        HashCodes(packed, bits, soft)


def test_joined_and_taken_codes_are_those_of_the_parts():
    whole = random_codes(10, 20)

    parts = HashCodes.join([whole.take([0, 1, 2]), whole.take(range(3, 10))])
    bare = HashCodes.join([whole.take([0]), HashCodes(whole.packed[1:2], 20)])

    assert np.array_equal(parts.packed, whole.packed)
    assert parts.soft is not None
    assert np.array_equal(parts.soft, whole.soft)
    assert bare.soft is None
    with pytest.raises(ValueError, match="joined"):
        HashCodes.join([])
    with pytest.raises(ValueError, match="joined"):
        HashCodes.join([whole, random_codes(1, 21)])


@given(st.integers(1, 200), st.integers(0, 40), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_hamming_distance_equals_counting_unequal_signs(bits, rows, seed):
    database = random_codes(rows, bits, seed)
    query = random_codes(1, bits, seed + 1)

    distances = codes.hamming_distances(database.packed, query.packed[0])

    counted = [
        sum(int(a != b) for a, b in zip(row, query.signs()[0], strict=True))
        for row in database.signs()
    ]
    assert distances.dtype == np.uint16
    assert distances.tolist() == counted


@pytest.mark.parametrize("bits", [8, 48, 64])
def test_hamming_distance_is_exact_across_blocks(bits):
    database = random_codes(70_001, bits)
    query = database.packed[70_000]

    distances = codes.hamming_distances(database.packed, query)

    unpacked = np.unpackbits(database.packed ^ query, axis=1).sum(axis=1)
    assert np.array_equal(distances, unpacked)


def test_hamming_distance_of_long_codes_does_not_wrap():
    bits = 1024
    ones = HashCodes.from_logits(np.ones((3, bits)))
    zeros = HashCodes.from_logits(-np.ones((1, bits)))

    assert codes.hamming_distances(ones.packed, zeros.packed[0]).tolist() == [1024] * 3


def test_hamming_distance_takes_rows_that_do_not_lie_together():
    database = random_codes(100, 64)

    distances = codes.hamming_distances(database.packed[::3], database.packed[3])

    everything = codes.hamming_distances(database.packed, database.packed[3])
    assert np.array_equal(distances, everything[::3])


def test_soft_distance_is_the_cosine_distance():
    soft = np.array([[1, 0], [0, 2], [-3, 0], [0, 0], [1, 1]], np.float16)

    distances = codes.soft_distances(soft, np.array([2, 0], np.float16))

    assert distances.dtype == np.float32
    assert distances == pytest.approx([0, 1, 2, 1, 1 - 2**-0.5])


def test_soft_distance_does_not_depend_on_the_row_s_place():
    made = random_codes(1, 64)
    assert made.soft is not None
    soft = np.repeat(made.soft, 1001, axis=0)
    query = random_codes(1, 64, seed=5).soft
    assert query is not None

    distances = codes.soft_distances(soft, query[0])

    assert len(set(distances.tolist())) == 1
    assert codes.soft_distances(made.soft, query[0])[0] == distances[0]


def test_signs_stand_in_for_soft_values_that_are_unknown():
    database, query = random_codes(50, 24), random_codes(1, 24, seed=9)
    bare = HashCodes(database.packed, 24).soft_or_signs()

    soft = codes.soft_distances(bare, query.signs()[0].astype(np.float16))

    bits = codes.hamming_distances(database.packed, query.packed[0])
    assert soft == pytest.approx(bits * 2 / 24, abs=1e-6)
    assert database.soft_or_signs() is database.soft
