"""Metrics against worked examples, an enumeration of all orders, and invariants."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

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

    assert metrics.average_precision(groups, 5) == pytest.approx(0.9074074, abs=1e-7)
    assert metrics.average_precision(groups, 3) == pytest.approx(0.7407407, abs=1e-7)
    retrieved = metrics.average_precision(groups, 3, normaliser="retrieved")
    assert retrieved == pytest.approx(0.9444444, abs=1e-7)


def test_ndcg_of_the_worked_example():
    groups = metrics.tie_groups(DISTANCES, GRADED)
    ideal = 2.0**GRADED - 1

    assert metrics.ndcg(groups, 5, ideal) == pytest.approx(0.9782473, abs=1e-7)
    assert metrics.ndcg(groups, 3, ideal) == pytest.approx(0.9087429, abs=1e-7)


@pytest.mark.parametrize("k", [1, 2, 3, 5, 6, 9])
@pytest.mark.parametrize("seed", range(8))
def test_every_metric_is_the_mean_over_all_orders_of_ties(k, seed):
    rng = np.random.default_rng(seed)
    distances = rng.integers(0, 3, size=6)
    shared = rng.integers(0, 3, size=6)
    groups = metrics.tie_groups(distances, shared)
    lists = [shared[order] for order in orders(distances)]
    total = int((shared > 0).sum())

    found = (
        metrics.average_precision(groups, k),
        metrics.average_precision(groups, k, normaliser="retrieved"),
        metrics.precision(groups, k),
        metrics.ndcg(groups, k, 2.0**shared - 1),
    )

    best = plain_dcg(np.sort(shared)[::-1], k)
    expected = (
        np.mean([plain_average_precision(s, k, min(k, total)) for s in lists]),
        np.mean([plain_average_precision(s, k, (s[:k] > 0).sum()) for s in lists]),
        np.mean([(s[:k] > 0).sum() / k for s in lists]),
        np.mean([plain_dcg(s, k) / best if best else 0 for s in lists]),
    )
    assert found == pytest.approx(expected, abs=1e-9)


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
    assert metrics.ndcg(groups, 3, np.zeros(5)) == 0


def test_an_empty_database_scores_zero():
    groups = metrics.tie_groups(np.zeros(0), np.zeros(0, dtype=int))

    assert metrics.average_precision(groups, 3) == 0
    assert metrics.precision(groups, 3) == 0
    assert metrics.ndcg(groups, 3, np.zeros(0)) == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda g: metrics.average_precision(g, 0),
        lambda g: metrics.precision(g, 0),
        lambda g: metrics.ndcg(g, 0, np.zeros(5)),
    ],
)
def test_a_list_of_no_places_is_refused(call):
    groups = metrics.tie_groups(DISTANCES, SHARED)

    with pytest.raises(ValueError, match="k must be at least 1, not 0"):
        call(groups)


def random_task(seed=0, queries=12, database=80, classes=5):
    rng = np.random.default_rng(seed)
    return (
        rng.integers(0, 9, size=(queries, database)),
        (rng.random((queries, classes)) < 0.3).astype(np.float32),
        (rng.random((database, classes)) < 0.3).astype(np.float32),
    )


def as_rows(scores):
    return np.stack(
        [
            scores.average_precision,
            scores.average_precision_retrieved,
            scores.precision,
            scores.ndcg,
            scores.tied,
        ]
    )


def test_order_of_the_database_changes_no_metric():
    distances, query, database = random_task()
    order = np.random.default_rng(1).permutation(len(database))

    before = metrics.score_queries(distances.__getitem__, query, database)
    after = metrics.score_queries(lambda q: distances[q][order], query, database[order])

    np.testing.assert_allclose(as_rows(before), as_rows(after), atol=1e-9)


def test_constant_distances_give_the_mean_of_random_rankings():
    _, query, database = random_task(queries=4, database=40)
    rng = np.random.default_rng(2)

    chance = metrics.score_queries(lambda _: np.zeros(40), query, database)

    drawn = []
    for _ in range(1500):
        order = rng.permutation(40)
        scores = metrics.score_queries(
            np.stack([order] * 4).__getitem__, query, database
        )
        drawn.append(as_rows(scores))
    np.testing.assert_allclose(
        as_rows(chance)[:4].mean(axis=1),
        np.mean(drawn, axis=0)[:4].mean(axis=1),
        atol=0.01,
    )


def test_pictures_of_the_own_patient_are_left_out():
    labels = np.ones((3, 1), dtype=np.float32)
    labels[2] = 0
    distances = np.array([0, 1, 2])

    scores = metrics.score_queries(
        lambda _: distances,
        labels[:1],
        labels,
        k=1,
        query_patients=["a"],
        database_patients=["a", "a", "b"],
    )

    assert scores.precision[0] == 0


def test_tied_counts_places_that_tie_order_decides():
    scores = metrics.score_queries(
        lambda _: np.array([0, 1, 1, 1]), np.ones((1, 1)), np.ones((4, 1)), k=2
    )

    assert scores.tied[0] == 0.5


def test_bootstrap_interval_is_wider_when_pictures_share_patients():
    values = np.repeat(np.random.default_rng(3).random(30), 4)
    alone = [str(n) for n in range(120)]
    together = [str(n // 4) for n in range(120)]

    narrow = metrics.bootstrap_interval(values, alone, seed=0)
    wide = metrics.bootstrap_interval(values, together, seed=0)

    assert narrow[0] < values.mean() < narrow[1]
    assert wide[1] - wide[0] > 1.5 * (narrow[1] - narrow[0])


def test_bootstrap_interval_repeats_with_its_seed():
    values = np.linspace(0, 1, 20)
    patients = [str(n) for n in range(20)]

    assert metrics.bootstrap_interval(
        values, patients, seed=5
    ) == metrics.bootstrap_interval(values, patients, seed=5)
