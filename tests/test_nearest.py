"""The nearest rows are those of a full sort, with whole groups of ties, in any case."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medhash_gui import codes, nearest
from medhash_gui.bit_count import Flags
from medhash_gui.nearest import Target


def packed_codes(rows: int, bits: int, seed: int, distinct: int = 0) -> np.ndarray:
    """Random codes; few distinct ones where ties shall abound."""
    rng = np.random.default_rng(seed)
    signs = rng.integers(0, 2, (distinct or max(rows, 1), bits), np.uint8)
    if distinct:
        signs = signs[rng.integers(0, distinct, rows)]
    return np.packbits(signs[:rows], axis=1)


def slow_scores(packed: np.ndarray, like: np.ndarray, unlike: np.ndarray) -> list[int]:
    """Return 2 P M times the mean over like less half the mean over unlike."""

    def total(row: np.ndarray, others: np.ndarray) -> int:
        return sum(int(np.unpackbits(row ^ other).sum()) for other in others)

    p, m = len(like), len(unlike)
    if not m:
        return [total(row, like) for row in packed]
    return [2 * m * total(row, like) - p * total(row, unlike) for row in packed]


def slow_nearest(
    scores: list[int], allowed: list[bool], near_enough: list[bool], top: int
) -> dict[int, int]:
    rows = [r for r in range(len(scores)) if allowed[r] and near_enough[r]]
    ordered = sorted(scores[row] for row in rows)
    last = ordered[min(top, len(ordered)) - 1] if ordered else 0
    return {row: scores[row] for row in rows if scores[row] <= last}


@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(0, 80),
    bits=st.sampled_from([5, 8, 48, 64, 100, 256]),
    distinct=st.sampled_from([0, 3]),
    top=st.integers(1, 20),
    within=st.one_of(st.none(), st.integers(0, 60)),
    like=st.integers(1, 3),
    unlike=st.integers(0, 2),
    share=st.sampled_from([None, 0.0, 0.1, 0.6, 1.0]),
    threads=st.integers(1, 3),
)
@settings(max_examples=150, deadline=None)
def test_nearest_agrees_with_sorting_everything(
    seed, rows, bits, distinct, top, within, like, unlike, share, threads
):
    rng = np.random.default_rng(seed)
    packed = packed_codes(rows, bits, seed, distinct)
    asked = packed_codes(like + unlike, bits, seed + 1)
    if rows:
        asked[0] = packed[rng.integers(rows)]
    allowed = None if share is None else rng.random(rows) < share
    target = Target.of(asked[:like], asked[like:])

    found = nearest.nearest(
        codes.words(packed),
        [target, target],
        top=[top, 1],
        within=within,
        allowed=allowed,
        threads=threads,
    )

    scores = slow_scores(packed, asked[:like], asked[like:])
    near_enough = [
        within is None or slow_scores(row[None], asked[:like], [])[0] <= within * like
        for row in packed
    ]
    passed = [True] * rows if allowed is None else allowed.tolist()
    for near, wanted in zip(found, (top, 1), strict=True):
        expected = slow_nearest(scores, passed, near_enough, wanted)
        assert dict(zip(near.rows.tolist(), near.scores.tolist(), strict=True)) == (
            expected
        )
        assert near.rows.tolist() == sorted(expected)


@pytest.mark.parametrize("order", ["as made", "nearest first", "nearest last"])
@pytest.mark.parametrize("share", [None, 0.05, 0.5])
def test_nearest_is_exact_across_blocks_and_threads(order, share):
    rows, top = 200_001, 50
    packed = packed_codes(rows, 64, seed=1)
    query = packed[123]
    distances = codes.hamming_distances(packed, query).astype(int)
    if order != "as made":
        by_distance = np.argsort(distances, kind="stable")
        by_distance = by_distance if order == "nearest first" else by_distance[::-1]
        packed, distances = packed[by_distance], distances[by_distance]
    allowed = None
    if share is not None:
        allowed = np.random.default_rng(2).random(rows) < share
    passed = np.ones(rows, bool) if allowed is None else allowed

    for threads in (1, 3):
        found = nearest.nearest(
            codes.words(packed),
            [Target.of(query[None])],
            top=[top],
            allowed=allowed,
            threads=threads,
        )[0]

        last = np.sort(distances[passed])[top - 1]
        expected = np.flatnonzero(passed & (distances <= last))
        assert found.rows.tolist() == expected.tolist()
        assert found.scores.tolist() == distances[expected].tolist()


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.5, 1.0])
def test_flags_of_an_earlier_longer_block_do_not_count(share):
    rng = np.random.default_rng(5)
    flags = Flags(20_003)
    for length in (20_003, 19_997, 12_345, 20_001, 4_099):
        values = np.where(rng.random(length) < share, 3, 200).astype(np.uint8)
        values[[4_098, -1]] = 3

        found = flags.at_most(values, 3)

        assert found.tolist() == [n for n, v in enumerate(values.tolist()) if v <= 3]
        flags.at_most(np.full(20_003, 3, np.uint8), 3)  # leaves a flag everywhere


def test_a_group_of_ties_larger_than_top_is_whole():
    packed = packed_codes(150_000, 64, seed=3, distinct=4)

    found = nearest.nearest(
        codes.words(packed), [Target.of(packed[:1])], top=[10], threads=2
    )[0]

    same = np.flatnonzero((packed == packed[0]).all(axis=1))
    assert found.rows.tolist() == same.tolist()
    assert set(found.scores.tolist()) == {0}


def test_rows_that_do_not_count_are_left_out_and_others_keep_their_order():
    near = nearest.Near(np.array([2, 5, 9]), np.array([3, 1, 1]))

    rest = near.without(np.array([0, 5, 11]))

    assert (rest.rows.tolist(), rest.scores.tolist()) == ([2, 9], [3, 1])
    assert near.without(np.zeros(0, np.intp)).rows.tolist() == [2, 5, 9]
    assert near.up_to(1).rows.tolist() == [5, 9]


@pytest.mark.parametrize("bits", [1, 8, 63, 64, 65, 300])
def test_words_keep_every_bit_and_add_none(bits):
    packed = packed_codes(9, bits, seed=4)

    words = codes.words(packed)

    assert words.shape == (9, -(-packed.shape[1] // 8))
    assert words.view(np.uint8)[:, : packed.shape[1]].tolist() == packed.tolist()
    assert np.bitwise_count(words).sum() == np.bitwise_count(packed).sum()
    assert np.shares_memory(words, packed) == (bits in (63, 64))
