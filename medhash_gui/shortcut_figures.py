"""How much more neighbours have in common than chance, with intervals and a verdict.

With A the mean share of neighbours that agree with their query and C the share that any
rows would have, the lift is (A - C) / (1 - C): 0 is chance, 1 is all that can be. It is
Cohen's kappa with the expected agreement counted from the rows themselves ("A
Coefficient of Agreement for Nominal Scales", Educational and Psychological Measurement
1960), so that properties of many and of few values stand on one scale.

Intervals are of patients drawn again and again. All figures share the draws: what is
said of the difference of two lifts is of the same patients, in every draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from medhash_gui import bootstrap
from medhash_gui.metrics import Floats

FEWEST_PATIENTS = 20
"""Of fewer patients nothing is said."""

# What rounding alone can make of two equal means.
_NOTHING = 1e-9

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
    """Of each query, how many neighbours have the same as it, and how many any rows.

    Attributes:
        agree: float64 (S,), in [0, 1].
        chance: float64 (S,), in [0, 1].
        counts: bool (S,), which queries count: those of which it is known, as of one
            of their neighbours.
    """

    agree: Floats
    chance: Floats
    counts: npt.NDArray[np.bool_]

    @classmethod
    def nothing(cls, size: int) -> Shares:
        """Return the shares of ``size`` queries of which none counts yet."""
        return cls(np.zeros(size), np.zeros(size), np.zeros(size, np.bool_))

    def put(
        self, place: int, same: npt.NDArray[np.bool_], equal: int, total: int
    ) -> None:
        """Take one query in; it does not count without neighbours or without rows.

        Args:
            place: the query's.
            same: bool (n,), which neighbours have the same.
            equal: how many of the rows that could be neighbours have.
            total: how many rows those are.
        """
        if len(same) and total > 0:
            self.agree[place] = same.mean()
            self.chance[place] = equal / total
            self.counts[place] = True


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
    """

    key: str
    values: int
    unknown: int
    overall: Lift
    within: Lift | None
    more_than_labels: Estimate | None
    verdict: Verdict


def judged(counted: Sequence[Counted], *, seed: int) -> tuple[Property, ...]:
    """Return what may be said of properties, in their order.

    Args:
        counted: of the same queries, the labels first where there are any.
        seed: of the draws.
    """
    labels = next((one.shares for one in counted if one.within is None), None)
    shares: list[Shares] = []
    for one in counted:
        shares += [one.shares, one.within or one.shares]
        both = one.shares.counts & (one.shares if labels is None else labels).counts
        for pair in (one.shares, labels or one.shares):
            shares.append(Shares(pair.agree, pair.chance, both))
    lifts = _lifts(shares, seed=seed)  # (1 + rounds, 4 of each property)
    return tuple(
        _property(one, labels, lifts[:, 4 * place : 4 * place + 4])
        for place, one in enumerate(counted)
    )


def _lifts(shares: Sequence[Shares], *, seed: int) -> Floats:
    """Return the lifts of all queries, then of every draw: (1 + rounds, M)."""
    values = np.stack([a for one in shares for a in (one.agree, one.chance)], axis=1)
    members = np.repeat(np.stack([one.counts for one in shares], axis=1), 2, axis=1)
    drawn = bootstrap.draws(values, np.arange(len(values)), seed=seed, members=members)
    with np.errstate(invalid="ignore"):
        whole = (values * members).sum(axis=0) / members.sum(axis=0)  # (2 M,)
    means = np.concatenate([whole[None], drawn])
    agree, chance = means[:, ::2], means[:, 1::2]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(chance < 1 - _NOTHING, (agree - chance) / (1 - chance), np.nan)


def _property(one: Counted, labels: Shares | None, lifts: Floats) -> Property:
    overall = _lift(one.shares, lifts[:, 0], one.values)
    within, more = None, None
    if one.within is not None and labels is not None:
        within = _lift(one.within, lifts[:, 1], one.values)
        both = int(np.count_nonzero(one.shares.counts & labels.counts))
        if overall.lift is not None and both >= FEWEST_PATIENTS:
            more = _estimate(lifts[:, 2] - lifts[:, 3])
    return Property(
        key=one.key,
        values=one.values,
        unknown=int(np.count_nonzero(~one.shares.counts)),
        overall=overall,
        within=within,
        more_than_labels=more,
        verdict=_verdict(one, overall, within, more),
    )


def _lift(shares: Shares, lifts: Floats, values: int) -> Lift:
    patients = int(np.count_nonzero(shares.counts))
    agreement, chance = (
        float(column[shares.counts].mean()) if patients else 0.0
        for column in (shares.agree, shares.chance)
    )
    reason: Reason = ""
    if values < 2:
        reason = "one_value"
    elif patients < FEWEST_PATIENTS:
        reason = "few"
    elif chance <= 0:
        reason = "no_pairs"
    elif chance >= 1 - _NOTHING:
        reason = "follows_labels"
    lift = None if reason else _estimate(lifts)
    if lift is None and not reason:
        reason = "few"
    return Lift(patients, agreement, chance, lift, reason)


def _estimate(lifts: Floats) -> Estimate | None:
    """Return a figure with its interval; None where too few draws have it."""
    there = np.isfinite(lifts[1:])
    if not np.isfinite(lifts[0]) or there.mean() < bootstrap.CONFIDENCE:
        return None
    tail = (1 - bootstrap.CONFIDENCE) / 2
    low, high = np.quantile(lifts[1:][there], [tail, 1 - tail])
    return Estimate(float(lifts[0]), float(low), float(high))


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
