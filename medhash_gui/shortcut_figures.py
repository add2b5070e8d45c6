"""How much more neighbours have in common than chance, with intervals and a verdict.

With A the mean share of neighbours that agree with their query and C the share that any
rows would have, the lift is (A - C) / (1 - C): 0 is chance, 1 is all that can be. It is
Cohen's kappa with the expected agreement counted from the rows themselves ("A
Coefficient of Agreement for Nominal Scales", Educational and Psychological Measurement
1960), so that properties of many and of few values stand on one scale.

What is counted are pairs of patients, and pairs that have a patient in common are not
independent: who is near is mostly near in return, and some are near to many. Intervals
that take the queries alone for the sample are too narrow for that. So the variance is
that of Aronow, Samii and Assenova ("Cluster-Robust Variance Estimation for Dyadic
Data", Political Analysis 2015): the squared sum of each patient's residuals, as query
and as neighbour, less what each pair was counted twice. The difference of two lifts is
taken pair by pair before it is squared, so it is of the same patients. Where all
queries agree alike, no variance can be counted: the interval is Wilson's (``share``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from medhash_gui.metrics import Floats, Integers
from medhash_gui.share import wilson

FEWEST_PATIENTS = 20
"""Of fewer patients nothing is said."""

_Z = 1.959964  # of a 95 % interval
# What rounding alone can make of two equal means.
_NOTHING = 1e-9

Rows = npt.NDArray[np.intp]
Reason = Literal["", "few", "one_value", "no_pairs", "follows_labels"]
Verdict = Literal[
    "withheld",
    "labels_near",
    "labels_at_chance",
    "shares_more",
    "follows_labels",
    "follows_unknown",
    "same_label_too",
    "no_evidence",
    "near_without_labels",
    "chance_without_labels",
]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def is_above_zero(self) -> bool:
        """Whether the whole interval is above 0."""
        return self.low > _NOTHING


@dataclass(frozen=True, eq=False, slots=True)
class Shares:
    """Of each query, which neighbours have the same as it, and how many any rows.

    Attributes:
        same: int8 (S, k), 1 where a neighbour has the same, 0 where it has another, -1
            where it does not count.
        chance: float64 (S,), share of any rows that have the same, in [0, 1].
        counts: bool (S,), which queries count: those of which it is known, as of one
            of their neighbours.
    """

    same: npt.NDArray[np.int8]
    chance: Floats
    counts: npt.NDArray[np.bool_]

    @classmethod
    def nothing(cls, shape: tuple[int, int]) -> Shares:
        """Return the shares of S queries with k neighbours, of which none counts."""
        size, _ = shape
        none = np.full(shape, -1, np.int8)
        return cls(none, np.zeros(size), np.zeros(size, np.bool_))

    def put(
        self, place: int, same: npt.NDArray[np.int8], equal: int, total: int
    ) -> None:
        """Take one query in; it does not count without neighbours or without rows.

        Args:
            place: the query's.
            same: int8 (k,), as the attribute.
            equal: how many of the rows that could be neighbours have the same.
            total: how many rows those are.
        """
        if total > 0 and (same >= 0).any():
            self.same[place] = same
            self.chance[place] = equal / total
            self.counts[place] = True

    def of(self, queries: npt.NDArray[np.bool_]) -> Shares:
        """Return the shares of which only some queries count, bool (S,)."""
        return Shares(self.same, self.chance, self.counts & queries)

    @property
    def weights(self) -> Floats:
        """What each neighbour counts, float64 (S, k): a query's sum to 1, or are 0."""
        counted = (self.same >= 0) & self.counts[:, None]
        shares: Floats = counted / np.maximum(counted.sum(axis=1, keepdims=True), 1)
        return shares


@dataclass(frozen=True, eq=False, slots=True)
class Counted:
    """What was counted of one property.

    Attributes:
        key: the property.
        values: how many different values rows have.
        shares: among all rows.
        within: among rows that share a label with the query; None of labels.
    """

    key: str
    values: int
    shares: Shares
    within: Shares | None


@dataclass(frozen=True, slots=True)
class Lift:
    """How much more neighbours agree than chance.

    Attributes:
        patients: queries that count, each of another patient.
        agreement: share of their neighbours that agree, in [0, 1].
        chance: share of any rows that would, in [0, 1].
        lift: (agreement - chance) / (1 - chance); None where it is withheld.
        reason: why it is, or "".
    """

    patients: int
    agreement: float
    chance: float
    lift: Estimate | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class Property:
    """What neighbours have in common of one property.

    Attributes:
        key: "labels", or out of ``row_values.COMPARED``.
        values: how many different ones rows have.
        unknown: sampled pictures that do not count, as it is not known of them.
        overall: among all rows.
        within: among rows that share a label with the query; None of labels, and where
            there are none.
        more_than_labels: its lift minus that of labels on the same queries; None of
            labels, and where either is withheld.
        verdict: what may be said.
        example: row of the query most of whose neighbours have the same but share no
            label with it; None of labels, and where no neighbour is like that.
    """

    key: str
    values: int
    unknown: int
    overall: Lift
    within: Lift | None
    more_than_labels: Estimate | None
    verdict: Verdict
    example: int | None = None


def judged(
    counted: Sequence[Counted],
    rows: Rows,
    patients: Integers,
    neighbours: Integers,
) -> tuple[Property, ...]:
    """Return what may be said of properties, in their order.

    Args:
        counted: of the same queries, the labels first where there are any.
        rows: (S,) row of each query.
        patients: (S,) number of each query's patient, 0 or more, all different.
        neighbours: (S, k) number of each neighbour's patient, -1 for no neighbour.
    """
    labels = next((one.shares for one in counted if one.within is None), None)
    dyads = _Dyads(patients, neighbours)
    return tuple(_property(one, labels, rows, dyads) for one in counted)


class _Dyads:
    """Pairs of patients, and the errors of sums over them."""

    def __init__(self, patients: Integers, neighbours: Integers) -> None:
        self._query = np.broadcast_to(patients[:, None], neighbours.shape).ravel()
        self._near = np.where(neighbours < 0, 0, neighbours).ravel()
        self._patients = int(max(self._query.max(), self._near.max())) + 1
        low = np.minimum(self._query, self._near)
        pair = low * self._patients + np.maximum(self._query, self._near)
        _, self._pair = np.unique(pair, return_inverse=True)

    def error(self, residuals: Floats) -> float:
        """Return the standard error of the sum of residuals, (S, k)."""
        flat = residuals.ravel()
        own = np.bincount(self._query, flat, self._patients)
        near = np.bincount(self._near, flat, self._patients)
        twice = np.bincount(self._pair.ravel(), flat)
        variance = ((own + near) ** 2).sum() - (twice**2).sum()
        # Never less than what the queries alone say.
        return math.sqrt(max(float(variance), float((own**2).sum())))


def _property(
    one: Counted, labels: Shares | None, rows: Rows, dyads: _Dyads
) -> Property:
    overall = _lift(one.shares, one.values, dyads)
    within, more = None, None
    if one.within is not None and labels is not None:
        within = _lift(one.within, one.values, dyads)
        if overall.lift is not None:
            more = _difference(one.shares, labels, dyads)
    return Property(
        key=one.key,
        values=one.values,
        unknown=int(np.count_nonzero(~one.shares.counts)),
        overall=overall,
        within=within,
        more_than_labels=more,
        verdict=_verdict(one, overall, within, more),
        example=_example(one, labels, rows),
    )


def _example(one: Counted, labels: Shares | None, rows: Rows) -> int | None:
    if one.within is None or labels is None or one.values < 2:
        return None
    found = ((one.shares.same == 1) & (labels.same == 0)).sum(axis=1)  # (S,)
    best = int(found.argmax())
    return int(rows[best]) if found[best] else None


def _lift(shares: Shares, values: int, dyads: _Dyads) -> Lift:
    patients = int(np.count_nonzero(shares.counts))
    if not patients:
        return Lift(0, 0.0, 0.0, None, "one_value" if values < 2 else "few")
    agreement, chance = _means(shares)
    reason: Reason = ""
    if values < 2:
        reason = "one_value"
    elif patients < FEWEST_PATIENTS:
        reason = "few"
    elif chance <= 0:
        reason = "no_pairs"
    elif chance >= 1 - _NOTHING:
        reason = "follows_labels"
    lift = None
    if not reason:
        value, residuals = _residuals(shares)
        error = dyads.error(residuals)
        lift = _estimate(value, error, most=1.0)
        if error <= _NOTHING:
            # All queries agree alike, which says nothing of how others would differ:
            # what so many of them allow.
            ends = wilson(agreement * patients, patients)
            low, high = ((end - chance) / (1 - chance) for end in ends)
            lift = Estimate(value, low, high)
    return Lift(patients, agreement, chance, lift, reason)


def _difference(shares: Shares, labels: Shares, dyads: _Dyads) -> Estimate | None:
    """Return a lift minus that of labels on the same queries; None of too few."""
    ours, theirs = shares.of(labels.counts), labels.of(shares.counts)
    few = np.count_nonzero(ours.counts) < FEWEST_PATIENTS
    if few or max(_means(ours)[1], _means(theirs)[1]) >= 1 - _NOTHING:
        return None
    value, residuals = _residuals(ours)
    base, of_base = _residuals(theirs)
    return _estimate(value - base, dyads.error(residuals - of_base))


def _means(shares: Shares) -> tuple[float, float]:
    """Return the mean agreement and chance of the queries that count."""
    agree = (shares.weights * (shares.same == 1)).sum(axis=1)
    return float(agree[shares.counts].mean()), float(
        shares.chance[shares.counts].mean()
    )


def _residuals(shares: Shares) -> tuple[float, Floats]:
    """Return a lift, and what each pair moves it by: float64 (S, k)."""
    agreement, chance = _means(shares)
    lift = (agreement - chance) / (1 - chance)
    room = 1 - shares.chance[:, None]  # (S, 1)
    apart = (shares.same == 1) - (1 - room) - lift * room  # (S, k)
    return lift, shares.weights * apart / room[shares.counts].sum()


def _estimate(value: float, error: float, *, most: float = math.inf) -> Estimate:
    return Estimate(value, value - _Z * error, min(most, value + _Z * error))


def _verdict(
    one: Counted, overall: Lift, within: Lift | None, more: Estimate | None
) -> Verdict:
    if overall.lift is None:
        return "withheld"
    is_near = overall.lift.is_above_zero
    if one.within is None:
        return "labels_near" if is_near else "labels_at_chance"
    if more is None:
        return "near_without_labels" if is_near else "chance_without_labels"
    inside = within.lift if within is not None else None
    is_near_inside = inside is not None and inside.is_above_zero
    if not more.is_above_zero:
        return "same_label_too" if is_near_inside else "no_evidence"
    if is_near_inside:
        return "shares_more"
    if within is not None and within.reason in ("", "follows_labels"):
        return "follows_labels"
    return "follows_unknown"
