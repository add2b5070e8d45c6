"""How well codes find pictures with the same labels, beside what chance would find.

Queries are never compared with their own patient. Every value has the chance level of
the same queries against the same database (all pictures tied, exact) and a bootstrap
interval over patients. Ties are counted by expectation, see ``metrics``. No torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from medhash_gui import bootstrap, metrics, precision_recall, tie_counts
from medhash_gui.errors import DatasetError
from medhash_gui.metrics import Floats, TieGroups
from medhash_gui.precision_recall import PrecisionRecall
from medhash_gui.tie_counts import Ranked, Vectors

RADIUS = 2
"""Hamming radius of hash lookup, in bits."""


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """Pictures as vectors, with what is needed to judge a hit.

    Attributes:
        vectors: (N, K) float32, codes of +-1 or features of length 1; the larger the
            inner product, the nearer.
        labels: (N, C) float32, 0/1.
        patients: (N,) patient of each picture (or the picture itself, where unknown).
    """

    vectors: Vectors
    labels: npt.NDArray[np.float32]
    patients: Sequence[str]

    def take(self, rows: npt.NDArray[np.integer]) -> Coded:
        """Return some of the pictures."""
        patients = [self.patients[row] for row in rows]
        return Coded(self.vectors[rows], self.labels[rows], patients)


@dataclass(frozen=True, slots=True)
class Measure:
    """One value with its interval and what chance gives; all in [0, 1]."""

    name: str
    value: float
    low: float
    high: float
    chance: float


class ClassScore(NamedTuple):
    """MAP@k of the queries that bear one label, what chance gives, its interval."""

    value: float
    chance: float
    queries: int
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class QueryScores:
    """Values of each query, (Q,) float64 each.

    Attributes:
        found: by name of the measure, in [0, 1].
        chance: the same with the whole database tied.
        tied: share of the first k places that tie order decides.
        tie_size: pictures as far away as the one at place k.
        has_relevant: whether there is anything to find; values are 0 where not.
        empty: 1.0 where nothing lies within ``RADIUS``; None for real vectors.
        curve: mean curves; None for real vectors, whose distances are no radii.
    """

    found: dict[str, Floats]
    chance: dict[str, Floats]
    tied: Floats
    tie_size: Floats
    has_relevant: npt.NDArray[np.bool_]
    empty: Floats | None
    curve: PrecisionRecall | None


@dataclass(frozen=True, slots=True, eq=False)
class EvaluationReport:
    """What was measured on one pair of query and database sets.

    Attributes:
        measures: MAP@k (both normalisers), P@k, nDCG@k, MAP@all, nDCG@all, recall@k,
            MAP@k (macro): the mean over labels of each label's mean; of codes P@r≤2.
        per_class: label -> MAP@k of the queries with it.
        tie_share: mean share of the first k places that are decided by tie order.
        queries, database: number of pictures; patients: of the queries.
        k: length of the list.
        tie_size: mean number of pictures as far away as the one at place k.
        nothing_to_find: queries with no relevant picture in the database; they count 0.
        empty_balls: share of queries with nothing within 2 bits; None for features.
        curve: precision and recall at each Hamming radius; None for features.
    """

    measures: tuple[Measure, ...]
    per_class: dict[str, ClassScore]
    tie_share: float
    queries: int
    database: int
    patients: int
    k: int
    tie_size: float
    nothing_to_find: int
    empty_balls: float | None
    curve: PrecisionRecall | None

    def __getitem__(self, name: str) -> Measure:
        return next(measure for measure in self.measures if measure.name == name)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        values: dict[str, Any] = {
            name: getattr(self, name) for name in self.__dataclass_fields__
        }
        names = Measure.__dataclass_fields__
        values["measures"] = [
            {name: getattr(measure, name) for name in names}
            for measure in self.measures
        ]
        values["per_class"] = {n: s._asdict() for n, s in self.per_class.items()}
        if self.curve is not None:
            values["curve"] = {
                name: getattr(self.curve, name).tolist()
                for name in PrecisionRecall.__dataclass_fields__
            }
        return values


def evaluate(
    query: Coded,
    database: Coded,
    *,
    classes: Sequence[str],
    k: int = 10,
    seed: int = 0,
) -> EvaluationReport:
    """Let every query search the database and score what comes first.

    A picture of the query's own patient never counts, so the two sets may be the same.

    Args:
        query: the pictures that ask.
        database: the pictures that answer.
        classes: names of the label columns.
        k: length of the list.
        seed: of the bootstrap.

    Raises:
        DatasetError: one of the sets is empty, or a vector has a value that is no
            number.
    """
    scores = score_all(query, database, k=k)
    return report(scores, query, database, classes=classes, k=k, seed=seed)


def score_all(query: Coded, database: Coded, *, k: int = 10) -> QueryScores:
    """Return the values of every query, see ``evaluate``.

    Raises:
        DatasetError: one of the sets is empty, or a vector has a value that is no
            number.
    """
    _check(query, database)
    numbers = tie_counts.numbered(query.patients, database.patients)
    return score(
        Ranked(query.vectors, query.labels, numbers[0]),
        Ranked(database.vectors, database.labels, numbers[1]),
        k=k,
    )


def report(
    scores: QueryScores,
    query: Coded,
    database: Coded,
    *,
    classes: Sequence[str],
    k: int = 10,
    seed: int = 0,
) -> EvaluationReport:
    """Return means, chance levels and intervals of what every query found.

    Args:
        scores: of ``score_all`` on the same two sets, with the same k.
        query: the pictures that asked.
        database: the pictures that answered.
        classes: names of the label columns.
        k: length of the list.
        seed: of the bootstrap.
    """
    [numbers] = tie_counts.numbered(query.patients)
    headline = scores.found[f"MAP@{k}"]
    by_chance = scores.chance[f"MAP@{k}"]
    values = np.stack(list(scores.found.values()), axis=1)
    bounds = bootstrap.intervals(values, numbers, seed=seed)
    measures = [
        Measure(
            name,
            float(found.mean()),
            float(bounds[at, 0]),
            float(bounds[at, 1]),
            float(scores.chance[name].mean()),
        )
        for at, (name, found) in enumerate(scores.found.items())
    ]
    bears = query.labels > 0
    borne = np.flatnonzero(bears.any(axis=0))
    per_class: dict[str, ClassScore] = {}
    if len(borne):
        each = np.repeat(headline[:, None], len(borne), axis=1)
        drawn = bootstrap.draws(each, numbers, seed=seed, members=bears[:, borne])
        tails = [(1 - bootstrap.CONFIDENCE) / 2, (1 + bootstrap.CONFIDENCE) / 2]
        for at, column in enumerate(borne):
            rows = bears[:, column]
            low, high = np.nanquantile(drawn[:, at], tails)
            per_class[classes[int(column)]] = ClassScore(
                float(headline[rows].mean()),
                float(by_chance[rows].mean()),
                int(rows.sum()),
                float(low),
                float(high),
            )
        low, high = np.quantile(np.nanmean(drawn, axis=1), tails)
        measures.append(
            Measure(
                f"MAP@{k} (macro)",
                float(np.mean([s.value for s in per_class.values()])),
                float(low),
                float(high),
                float(np.mean([s.chance for s in per_class.values()])),
            )
        )
    return EvaluationReport(
        measures=tuple(measures),
        per_class=per_class,
        tie_share=float(scores.tied.mean()),
        queries=len(query.labels),
        database=len(database.labels),
        patients=len(set(query.patients)),
        k=k,
        tie_size=float(scores.tie_size.mean()),
        nothing_to_find=int((~scores.has_relevant).sum()),
        empty_balls=None if scores.empty is None else float(scores.empty.mean()),
        curve=scores.curve,
    )


def score(query: Ranked, database: Ranked, *, k: int = 10) -> QueryScores:
    """Return the values of every query, in its own order.

    Args:
        query: the pictures that ask.
        database: the pictures that answer; those of the query's patient are left out.
        k: length of the list.
    """
    is_coded = tie_counts.are_codes(query.vectors)
    is_coded = is_coded and tie_counts.are_codes(database.vectors)
    found: list[dict[str, Floats]] = []
    chance: list[dict[str, Floats]] = []
    tied, sizes, relevant, empty = [], [], [], []
    curves: list[tuple[int, PrecisionRecall]] = []
    for rows, groups in tie_counts.count(query, database):
        found.append(_measures(groups, k, is_coded=is_coded))
        chance.append(_measures(groups.as_chance(), k, is_coded=is_coded))
        tied.append(metrics.tied_share(groups, k))
        sizes.append(metrics.tie_size(groups, k))
        relevant.append(groups.total > 0)
        if is_coded:
            empty.append(metrics.precision_within(groups, RADIUS)[1])
            curves.append((rows.stop - rows.start, precision_recall.curve(groups)))

    def joined(parts: list[dict[str, Floats]]) -> dict[str, Floats]:
        return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}

    return QueryScores(
        joined(found),
        joined(chance),
        np.concatenate(tied),
        np.concatenate(sizes).astype(np.float64),
        np.concatenate(relevant),
        np.concatenate(empty) if empty else None,
        PrecisionRecall.joined(curves) if curves else None,
    )


def signs(logits: Vectors) -> Vectors:
    """Return +1 where a logit is >= 0 (-0.0 too), else -1, float32."""
    return np.where(logits >= 0, np.float32(1), np.float32(-1))


def unit_length(features: Vectors) -> Vectors:
    """Return features divided by their length, so that inner products are cosines."""
    length = np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(features / np.maximum(length, 1e-30), np.float32)


def _measures(groups: TieGroups, k: int, *, is_coded: bool) -> dict[str, Floats]:
    values = {
        f"MAP@{k}": metrics.average_precision(groups, k),
        f"MAP@{k} (retrieved)": metrics.average_precision(
            groups, k, normaliser="retrieved"
        ),
        f"P@{k}": metrics.precision(groups, k),
        f"nDCG@{k}": metrics.ndcg(groups, k),
        "MAP@all": metrics.average_precision(groups),
        "nDCG@all": metrics.ndcg(groups),
        f"recall@{k}": metrics.recall(groups, k),
    }
    if is_coded:
        values[f"P@r≤{RADIUS}"] = metrics.precision_within(groups, RADIUS)[0]
    return values


def _check(query: Coded, database: Coded) -> None:
    if not len(query.labels) or not len(database.labels):
        message = "There is no picture to evaluate on."
        raise DatasetError(message, hint="Choose a split whose test part is not empty.")
    if not all(np.isfinite(side.vectors).all() for side in (query, database)):
        message = "A code or feature has a value that is not a number."
        raise DatasetError(message, hint="Train the model again, or use another one.")
