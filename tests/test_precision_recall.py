"""The curve of a small ranking, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from medhash_gui import metrics, precision_recall
from medhash_gui.precision_recall import LEVELS, PrecisionRecall


def groups(sizes, relevant):
    sizes, relevant = np.atleast_2d(sizes), np.atleast_2d(relevant)
    shared = np.stack([(sizes - relevant).sum(1), relevant.sum(1)], axis=1)
    return metrics.TieGroups(sizes, relevant, relevant * 1.0, shared)


def test_curve_has_a_point_at_each_radius():
    found = precision_recall.curve(groups([0, 2, 2, 4], [0, 2, 0, 2]))

    assert found.precision.tolist() == [0, 1, 0.5, 0.5]
    assert found.recall.tolist() == [0, 0.5, 0.5, 1]
    assert found.empty.tolist() == [1, 0, 0, 0]


def test_interpolated_curve_takes_the_best_precision_from_a_recall_on():
    found = precision_recall.curve(groups([2, 2, 4], [1, 2, 1]))

    # Points: recall 1/4 at 1/2, 3/4 at 3/4, 1 at 1/2: the first lies below the second.
    assert found.interpolated[LEVELS <= 0.75].tolist() == [0.75] * 76
    assert found.interpolated[LEVELS > 0.75].tolist() == [0.5] * 25


def test_a_query_with_nothing_to_find_has_a_curve_of_zeros():
    found = precision_recall.curve(groups([3, 4], [0, 0]))

    assert not found.interpolated.any()
    assert not found.recall.any()


def test_mean_of_parts_is_the_mean_of_all_queries():
    rng = np.random.default_rng(0)
    sizes = rng.integers(0, 5, (9, 6))
    relevant = rng.binomial(sizes, 0.5)
    whole = precision_recall.curve(groups(sizes, relevant))

    parts = [(2, slice(0, 2)), (7, slice(2, 9))]
    joined = PrecisionRecall.joined(
        [(n, precision_recall.curve(groups(sizes[s], relevant[s]))) for n, s in parts]
    )

    for name in ("precision", "recall", "empty", "interpolated"):
        assert getattr(joined, name) == pytest.approx(getattr(whole, name))
