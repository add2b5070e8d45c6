"""Counting by codes and by sorting give the groups that one query alone gives."""

from __future__ import annotations

import numpy as np
import pytest

from medhash_gui import metrics, tie_counts
from medhash_gui.tie_counts import Ranked


def sets(seed=0, queries=9, database=60, bits=6, classes=5, patients=12):
    rng = np.random.default_rng(seed)

    def one(count):
        return Ranked(
            (2 * rng.integers(0, 2, (count, bits)) - 1).astype(np.float32),
            (rng.random((count, classes)) < 0.4).astype(np.float32),
            rng.integers(0, patients, count),
        )

    return one(queries), one(database)


def alone(query, database, row):
    """The groups of one query, by the plain way."""
    others = database.patients != query.patients[row]
    nearness = database.vectors[others] @ query.vectors[row]
    shared = (database.labels[others] @ query.labels[row]).astype(int)
    return metrics.tie_groups(-nearness, shared)


def together(query, database, **more):
    parts = list(tie_counts.count(query, database, **more))
    assert [rows.start for rows, _ in parts][1:] == [rows.stop for rows, _ in parts][
        :-1
    ]
    return parts


@pytest.mark.parametrize("cells", [1, 130, 10**6])
@pytest.mark.parametrize("kind", ["codes", "features"])
def test_groups_of_many_queries_are_those_of_each(kind, cells):
    query, database = sets()
    if kind == "features":
        # Whole numbers, some of them tied, that are no codes.
        query, database = (
            Ranked(np.float32(side.vectors * 2 + 1), side.labels, side.patients)
            for side in (query, database)
        )

    for rows, groups in together(query, database, block_cells=cells):
        for at, row in enumerate(range(rows.start, rows.stop)):
            expected = alone(query, database, row)
            filled = groups.sizes[at] > 0
            assert groups.sizes[at][filled].tolist() == expected.sizes.tolist()
            assert groups.relevant[at][filled].tolist() == expected.relevant.tolist()
            assert groups.gains[at][filled].tolist() == expected.gains.tolist()
            shared = np.trim_zeros(groups.shared[at], "b").tolist()
            assert shared == np.trim_zeros(expected.shared, "b").tolist()


def test_group_of_codes_is_the_hamming_distance():
    query, database = sets(patients=1000)
    ((_, groups),) = together(query, database)

    distances = (query.vectors[:, None] != database.vectors[None]).sum(axis=2)
    same = query.patients[:, None] == database.patients[None]
    for row, expected in enumerate(distances):
        counts = np.bincount(expected[~same[row]], minlength=7)
        assert groups.sizes[row].tolist() == counts.tolist()


def test_long_codes_and_many_labels_are_counted_exactly():
    rng = np.random.default_rng(1)
    vectors = (2 * rng.integers(0, 2, (40, 4096)) - 1).astype(np.float32)
    labels = np.ones((40, 900), np.float32)
    side = Ranked(vectors, labels, np.arange(40))

    _, groups = next(tie_counts.count(side, side))

    distances = (vectors[0] != vectors[1:]).sum(axis=1)
    assert np.flatnonzero(groups.sizes[0]).tolist() == np.unique(distances).tolist()
    assert np.flatnonzero(groups.shared[0]).tolist() == [900]


@pytest.mark.parametrize("change", ["shuffled", "all flipped", "one bit flipped"])
def test_nothing_that_keeps_the_distances_changes_a_count(change):
    query, database = sets(queries=20, database=200, bits=16)
    order = np.random.default_rng(3).permutation(200)
    flip = np.ones(16, np.float32)
    if change == "all flipped":
        flip[:] = -1
    elif change == "one bit flipped":
        flip[4] = -1
    if change != "shuffled":
        order = np.arange(200)
    moved = Ranked(
        database.vectors[order] * flip, database.labels[order], database.patients[order]
    )
    asked = Ranked(query.vectors * flip, query.labels, query.patients)

    ((_, before),) = together(query, database)
    ((_, after),) = together(asked, moved)

    for name in ("sizes", "relevant", "gains", "shared"):
        assert np.array_equal(getattr(before, name), getattr(after, name))


def test_patients_are_numbered_alike_in_both_sets():
    first, second = tie_counts.numbered(["a", "b", "a"], ["c", "b"])

    assert first.tolist() == [0, 1, 0]
    assert second.tolist() == [2, 1]


def test_a_database_of_the_own_patient_alone_has_nothing():
    vectors = np.ones((3, 4), np.float32)
    side = Ranked(vectors, np.ones((3, 2), np.float32), np.zeros(3, np.int64))

    ((_, groups),) = together(side, side)

    assert groups.sizes.sum() == 0
    assert metrics.average_precision(groups, 3).tolist() == [0, 0, 0]
    assert metrics.ndcg(groups).tolist() == [0, 0, 0]
