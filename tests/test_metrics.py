"""Metrics against worked examples, an enumeration of all orders, and invariants."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medhash_gui import metrics

DISTANCES = np.array([0, 1, 1, 1, 2])
SHARED = np.array([1, 0, 1, 1, 0])
GRADED = np.array([2, 0, 1, 1, 0])


def orders(distances):
    """Every order of the database that sorts it by distance."""
    for order in itertools.permutations(range(len(distances))):
        if all(np.diff(distances[list(order)]) >= 0):
            yield list(order)


def plain_average_precision(relevant, k, denominator):
    hits = np.cumsum(relevant > 0)
    places = np.arange(1, len(relevant) + 1)
    top = ((relevant > 0) * hits / places)[:k].sum()
    return 0.0 if denominator == 0 else top / denominator


def plain_dcg(shared, k):
    gains = 2.0 ** shared[:k] - 1
    return (gains / np.log2(np.arange(2, len(gains) + 2))).sum()


def test_average_precision_of_the_worked_example():
    groups = metrics.tie_groups(DISTANCES, SHARED)

    assert metrics.average_precision(groups) == pytest.approx(0.9074074, abs=1e-7)
    assert metrics.average_precision(groups, 5) == pytest.approx(0.9074074, abs=1e-7)
    assert metrics.average_precision(groups) * 3 == pytest.approx(2.7222222, abs=1e-7)
    assert metrics.average_precision(groups, 3) == pytest.approx(0.7407407, abs=1e-7)
    retrieved = metrics.average_precision(groups, 3, normaliser="retrieved")
    assert retrieved == pytest.approx(0.9444444, abs=1e-7)


def test_ndcg_of_the_worked_example():
    groups = metrics.tie_groups(DISTANCES, GRADED)

    assert metrics.ndcg(groups) == pytest.approx(0.9782473, abs=1e-7)
    assert metrics.ndcg(groups, 5) * 4.1309298 == pytest.approx(4.0410709, abs=1e-6)
    assert metrics.ndcg(groups, 3) == pytest.approx(0.9087429, abs=1e-7)
    assert metrics.ndcg(groups, 3) * 4.1309298 == pytest.approx(3.7539532, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    pictures=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=5
    ),
    k=st.integers(1, 8),
)
def test_every_metric_is_the_mean_over_all_orders_of_ties(pictures, k):
    distances, shared = np.array(pictures).T
    groups = metrics.tie_groups(distances, shared)
    lists = [shared[order] for order in orders(distances)]
    total = int((shared > 0).sum())
    size = len(shared)

    found = (
        metrics.average_precision(groups, k),
        metrics.average_precision(groups),
        metrics.average_precision(groups, k, normaliser="retrieved"),
        metrics.precision(groups, k),
        metrics.recall(groups, k),
        metrics.ndcg(groups, k),
        metrics.ndcg(groups),
    )

    best, best_all = (plain_dcg(np.sort(shared)[::-1], n) for n in (k, size))
    expected = (
        np.mean([plain_average_precision(s, k, min(k, total)) for s in lists]),
        np.mean([plain_average_precision(s, size, total) for s in lists]),
        np.mean([plain_average_precision(s, k, (s[:k] > 0).sum()) for s in lists]),
        np.mean([(s[:k] > 0).sum() / k for s in lists]),
        np.mean([(s[:k] > 0).sum() / total if total else 0 for s in lists]),
        np.mean([plain_dcg(s, k) / best if best else 0 for s in lists]),
        np.mean([plain_dcg(s, size) / best_all if best_all else 0 for s in lists]),
    )
    assert found == pytest.approx(expected, abs=1e-9)


def test_many_rankings_at_once_give_what_each_gives_alone():
    rng = np.random.default_rng(0)
    sizes = rng.integers(0, 9, (30, 7))
    relevant = rng.binomial(sizes, 0.3)
    gains = relevant * 1.5
    shared = np.stack([(sizes - relevant).sum(1), relevant.sum(1)], axis=1)
    many = metrics.TieGroups(sizes, relevant, gains, shared)
    each = [metrics.TieGroups(*row) for row in zip(sizes, relevant, gains, shared)]  # noqa: B905

    for measure in (
        lambda g: metrics.average_precision(g, 5),
        lambda g: metrics.average_precision(g, 5, normaliser="retrieved"),
        lambda g: metrics.precision(g, 5),
        lambda g: metrics.recall(g, 5),
        lambda g: metrics.ndcg(g, 5),
        lambda g: metrics.tied_share(g, 5),
        lambda g: metrics.tie_size(g, 5),
        lambda g: metrics.precision_within(g, 2)[0],
    ):
        alone = [float(measure(groups)) for groups in each]
        assert measure(many).tolist() == pytest.approx(alone, abs=1e-12)


def test_large_groups_keep_their_accuracy():
    # A tie of 1,000,000 of which a tenth is relevant: chance at place 10 is known.
    groups = metrics.TieGroups(
        np.array([900_000, 1_000_000]),
        np.array([90_000, 100_000]),
        np.zeros(2),
        np.array([1_710_000, 190_000]),
    )
    share, k = 0.1, 10
    places = np.arange(1, k + 1)
    others = (places - 1) * (90_000 - 1) / (900_000 - 1)
    expected = (share * (1 + others) / places).sum() / k

    assert metrics.average_precision(groups, k) == pytest.approx(expected, abs=1e-12)
    assert metrics.precision(groups, k) == pytest.approx(share, abs=1e-12)
    # Exact sum of the far group, whose places begin at 900,001.
    far = np.arange(1, 1_000_001, dtype=np.longdouble)
    slope = np.longdouble(100_000 - 1) / (1_000_000 - 1)
    near = np.arange(1, 900_001, dtype=np.longdouble)
    near_slope = np.longdouble(90_000 - 1) / (900_000 - 1)
    summed = (share * (1 + (near - 1) * near_slope) / near).sum() + (
        share * (90_001 + (far - 1) * slope) / (900_000 + far)
    ).sum()
    assert metrics.average_precision(groups) == pytest.approx(
        float(summed / 190_000), abs=1e-10
    )


def test_retrieved_normalised_value_falls_when_a_relevant_picture_is_added():
    places = np.arange(3)
    one = metrics.tie_groups(places, np.array([1, 0, 0]))
    two = metrics.tie_groups(places, np.array([1, 0, 1]))

    one_value = metrics.average_precision(one, 3, normaliser="retrieved")
    two_value = metrics.average_precision(two, 3, normaliser="retrieved")

    assert (one_value, two_value) == pytest.approx((1.0, 5 / 6))


def test_nothing_relevant_scores_zero():
    groups = metrics.tie_groups(DISTANCES, np.zeros(5, dtype=int))

    assert metrics.average_precision(groups, 3) == 0
    assert metrics.average_precision(groups, 3, normaliser="retrieved") == 0
    assert metrics.recall(groups, 3) == 0
    assert metrics.ndcg(groups, 3) == 0


def test_an_empty_database_scores_zero():
    groups = metrics.tie_groups(np.zeros(0), np.zeros(0, dtype=int))

    assert metrics.average_precision(groups, 3) == 0
    assert metrics.precision(groups, 3) == 0
    assert metrics.ndcg(groups, 3) == 0
    assert metrics.tied_share(groups, 3) == 0


@pytest.mark.parametrize(
    "measure",
    [
        metrics.average_precision,
        metrics.precision,
        metrics.recall,
        metrics.ndcg,
        metrics.tied_share,
        metrics.tie_size,
    ],
)
def test_a_list_of_no_places_is_refused(measure):
    groups = metrics.tie_groups(DISTANCES, SHARED)

    with pytest.raises(ValueError, match="k must be at least 1, not 0"):
        measure(groups, 0)


def test_lookup_counts_what_lies_within_the_radius():
    # Distances 0 to 4; three queries: some hits, none within 2, nothing at all near.
    sizes = np.array([[1, 0, 3, 5, 1], [0, 0, 0, 9, 1], [0, 0, 4, 5, 1]])
    relevant = np.array([[1, 0, 1, 2, 0], [0, 0, 0, 9, 0], [0, 0, 0, 5, 1]])
    shared = np.zeros((3, 1), int)
    groups = metrics.TieGroups(sizes, relevant, relevant * 1.0, shared)

    value, empty = metrics.precision_within(groups, 2)

    assert value.tolist() == [0.5, 0, 0]
    assert empty.tolist() == [0, 1, 0]


def test_tied_counts_places_that_tie_order_decides():
    groups = metrics.tie_groups(np.array([0, 1, 1, 1]), np.ones(4, int))

    assert metrics.tied_share(groups, 2) == 0.5
    assert metrics.tied_share(groups, 4) == 0
    assert metrics.tie_size(groups, 1) == 1
    assert metrics.tie_size(groups, 2) == 3
    assert metrics.tie_size(groups, 10) == 3


def test_chance_is_the_whole_database_tied():
    groups = metrics.tie_groups(DISTANCES, GRADED)
    constant = metrics.tie_groups(np.zeros(5), GRADED)

    for k in (1, 3, 5):
        assert metrics.average_precision(groups.as_chance(), k) == pytest.approx(
            metrics.average_precision(constant, k)
        )
        assert metrics.ndcg(groups.as_chance(), k) == pytest.approx(
            metrics.ndcg(constant, k)
        )
