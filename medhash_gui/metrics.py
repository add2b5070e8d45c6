"""Retrieval metrics that do not depend on how ties are ordered.

A K-bit code gives at most K + 1 distances, so most hits tie. Every value here is the
expectation over all orders inside the groups of equal distance (McSherry and Najork,
ECIR 2008): deterministic, and unchanged when the database is shuffled. A constant
distance therefore gives the chance level of the same queries exactly.

Average precision at k is divided by min(k, relevant in the database), the information
retrieval standard; ``normaliser="retrieved"`` divides by the relevant among the first k
instead, which many hashing papers report, and which is larger and not monotone. Never
compare the two. NumPy only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Normaliser = Literal["min", "retrieved"]


@dataclass(frozen=True, slots=True)
class TieGroups:
    """A ranking up to ties: groups of equal distance, nearest first.

    Attributes:
        sizes: (G,) int64, pictures in each group.
        relevant: (G,) int64, relevant ones among them.
        gains: (G,) float64, summed gains 2^shared labels - 1.
    """

    sizes: npt.NDArray[np.int64]
    relevant: npt.NDArray[np.int64]
    gains: Floats


def tie_groups(
    distances: npt.NDArray[np.generic], shared: npt.NDArray[np.integer]
) -> TieGroups:
    """Group a database by its distance to one query.

    Args:
        distances: (N,) any ordered numbers; equal numbers tie.
        shared: (N,) integer >= 0, labels shared with the query.
    """
    _, group = np.unique(distances, return_inverse=True)
    count = int(group.max()) + 1 if len(group) else 0
    gains = np.exp2(shared.astype(np.float64)) - 1
    return TieGroups(
        np.bincount(group, minlength=count),
        np.bincount(group[shared > 0], minlength=count),
        np.bincount(group, weights=gains, minlength=count).astype(np.float64),
    )


def average_precision(
    groups: TieGroups, k: int, *, normaliser: Normaliser = "min"
) -> float:
    """Return the expected average precision among the first ``k``; 0 if none exists.

    Raises:
        ValueError: k is not positive.
    """
    _check_k(k)
    total = int(groups.relevant.sum())
    if total == 0:
        return 0.0
    summed, seen, before = 0.0, 0, 0
    for size, relevant in zip(
        groups.sizes.tolist(), groups.relevant.tolist(), strict=True
    ):
        slots = min(size, k - before)
        if slots <= 0:
            break
        if normaliser == "retrieved" and slots < size:
            return _straddling(summed, seen, before, size, relevant, slots)
        summed += _expected_sum(seen, before, size, relevant, slots)
        seen, before = seen + relevant, before + size
    if normaliser == "retrieved":
        return summed / seen if seen else 0.0
    return summed / min(k, total)


def precision(groups: TieGroups, k: int) -> float:
    """Return the expected share of relevant pictures among the first ``k``.

    Raises:
        ValueError: k is not positive.
    """
    _check_k(k)
    return _expected_top(groups, k, groups.relevant.astype(np.float64)) / k


def ndcg(groups: TieGroups, k: int, ideal: Floats) -> float:
    """Return the expected normalised discounted cumulative gain; 0 if none is possible.

    Args:
        groups: the ranking.
        k: length of the list.
        ideal: (N,) float64, the gains of the whole database, in any order.

    Raises:
        ValueError: k is not positive.
    """
    _check_k(k)
    discounts = 1 / np.log2(np.arange(2, k + 2))
    best = np.sort(ideal)[::-1][:k]
    possible = float(best @ discounts[: len(best)])
    if possible == 0:
        return 0.0
    summed = np.concatenate([[0.0], np.cumsum(discounts)])
    ends = np.minimum(np.cumsum(groups.sizes), k)
    starts = np.minimum(np.cumsum(groups.sizes) - groups.sizes, k)
    return float((groups.gains / groups.sizes) @ (summed[ends] - summed[starts])) / (
        possible
    )


@dataclass(frozen=True, slots=True)
class QueryScores:
    """Scores of each query, (Q,) float64, all in [0, 1].

    Attributes:
        average_precision: divided by min(k, relevant).
        average_precision_retrieved: divided by the relevant among the first k.
        precision: share of relevant pictures among the first k.
        ndcg: with gain 2^shared labels - 1.
        tied: share of the first k whose distance also occurs outside of the first k.
    """

    average_precision: Floats
    average_precision_retrieved: Floats
    precision: Floats
    ndcg: Floats
    tied: Floats


def score_queries(
    distance: Callable[[int], npt.NDArray[np.generic]],
    query_labels: npt.NDArray[np.floating],
    database_labels: npt.NDArray[np.floating],
    *,
    k: int = 10,
    query_patients: Sequence[str] | None = None,
    database_patients: Sequence[str] | None = None,
) -> QueryScores:
    """Score every query against a database.

    Args:
        distance: from the number of a query, (N,) its distances to the database.
        query_labels: (Q, C) 0/1.
        database_labels: (N, C) 0/1.
        k: length of the list.
        query_patients: (Q,) patient of each query.
        database_patients: (N,) patient of each picture; where both are given, pictures
            of the query's own patient are left out of its database (also the query).
    """
    shared_all = np.rint(query_labels @ database_labels.T).astype(np.int64)  # (Q, N)
    own: npt.NDArray[np.bool_] | None = None
    if query_patients is not None and database_patients is not None:
        own = np.array(query_patients)[:, None] == np.array(database_patients)[None]
    rows = np.zeros((len(query_labels), 5))
    for q, shared in enumerate(shared_all):
        distances = distance(q)
        if own is not None:
            distances, shared = distances[~own[q]], shared[~own[q]]
        groups = tie_groups(distances, shared)
        ideal = np.exp2(shared.astype(np.float64)) - 1
        rows[q] = (
            average_precision(groups, k),
            average_precision(groups, k, normaliser="retrieved"),
            precision(groups, k),
            ndcg(groups, k, ideal),
            _tied_share(groups, k),
        )
    return QueryScores(*rows.T)


def bootstrap_interval(
    values: Floats,
    patients: Sequence[str],
    *,
    seed: int,
    rounds: int = 1000,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Return the bootstrap interval of a mean, drawing patients, not pictures.

    Pictures of one patient resemble each other; drawing them one by one would make the
    interval too narrow.

    Args:
        values: (Q,) float64.
        patients: (Q,), of each value.
        seed: of the draws.
        rounds: number of draws.
        confidence: share of the draws inside the interval.

    Returns:
        Lower and upper bound.
    """
    _, group = np.unique(np.array(patients), return_inverse=True)
    sums = np.bincount(group, weights=values)
    sizes = np.bincount(group).astype(np.float64)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(sums), size=(rounds, len(sums)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def _check_k(k: int) -> None:
    if k < 1:
        message = f"k must be at least 1, not {k}"
        raise ValueError(message)


def _expected_sum(
    seen: int, before: int, size: int, relevant: int, slots: int
) -> float:
    """Return the expected sum of relevance times precision over a group's first slots.

    Args:
        seen: relevant pictures in nearer groups.
        before: pictures in nearer groups.
        size: pictures in this group.
        relevant: relevant ones among them.
        slots: places of the group that count.
    """
    if relevant == 0:
        return 0.0
    place = np.arange(slots, dtype=np.float64)  # j - 1
    others = place * ((relevant - 1) / (size - 1)) if size > 1 else place * 0
    return float(relevant / size * ((seen + 1 + others) / (before + 1 + place)).sum())


def _straddling(
    summed: float, seen: int, before: int, size: int, relevant: int, slots: int
) -> float:
    """Return the retrieved-normalised value when a group crosses the end of the list.

    How many of its relevant pictures come in is hypergeometric; each case has its own
    denominator.
    """
    value = 0.0
    ways = math.comb(size, slots)
    for hits in range(max(0, slots - (size - relevant)), min(slots, relevant) + 1):
        if seen + hits == 0:
            continue
        chance = math.comb(relevant, hits) * math.comb(size - relevant, slots - hits)
        inside = _expected_sum(seen, before, slots, hits, slots)
        value += chance / ways * (summed + inside) / (seen + hits)
    return value


def _expected_top(groups: TieGroups, k: int, amounts: Floats) -> float:
    """Return the expected sum of an amount over the first k places."""
    starts = np.cumsum(groups.sizes) - groups.sizes
    slots = np.clip(k - starts, 0, groups.sizes)
    return float((amounts * slots / groups.sizes).sum())


def _tied_share(groups: TieGroups, k: int) -> float:
    starts = np.cumsum(groups.sizes) - groups.sizes
    crossing = (starts < k) & (starts + groups.sizes > k)
    return float((k - starts[crossing]).sum() / k)
