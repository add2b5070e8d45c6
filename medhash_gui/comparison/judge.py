"""How well the vectors of one cell find: both databases, all views, ties, health.

Test queries search the other test pictures (both sides new, own patient left out: the
headline) and the training pictures. The same codes are also scored with ties broken by
the order of files and by the order of classes, to show what tie order alone can do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from medhash_gui import code_health, label_views, retrieval, tie_counts
from medhash_gui.comparison.cells import NEW, TRAIN
from medhash_gui.datasets import LabelledImages, Split
from medhash_gui.retrieval import Coded
from medhash_gui.tie_counts import Vectors

K = 10
HEADLINE = f"MAP@{K}"


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """The vectors of a cell.

    Attributes:
        asks: (Q, K) float32, of the test pictures as queries.
        new: (Q, K), of the test pictures as database.
        train: (N, K), of the training pictures.
    """

    asks: Vectors
    new: Vectors
    train: Vectors

    @classmethod
    def of(cls, test: Vectors, train: Vectors) -> Sides:
        """Return sides whose queries and database are made alike."""
        return cls(test, test, train)


def judge(
    sides: Sides, data: LabelledImages, split: Split
) -> tuple[dict[str, Any], dict[str, npt.NDArray[np.float32]]]:
    """Return what was measured, as JSON values, and the values of each query.

    Args:
        sides: vectors of the test and training parts of ``split``.
        data: the set.
        split: its parts.

    Returns:
        ``reports``, ``measures`` (names of the rows of the arrays), ``health`` and
        ``tie_order`` (None for real vectors); and ``DATABASE/VIEW`` -> (M, Q) float32,
        ``rows/VIEW`` -> (Q,) rows of the set.

    Raises:
        DatasetError: a part is empty, or a vector has a value that is no number.
    """
    test, train = data.take(split.test), data.take(split.train)
    asks = Coded(sides.asks, test.multi_hot(), test.groups())
    databases = {
        NEW: Coded(sides.new, asks.labels, asks.patients),
        TRAIN: Coded(sides.train, train.multi_hot(), train.groups()),
    }
    reports: dict[str, dict[str, Any]] = {}
    queries: dict[str, npt.NDArray[np.float32]] = {}
    measures: list[str] = []
    for view_name, view in views_of(test).items():
        bears = asks.labels[:, [name not in view.without for name in data.classes]]
        rows = np.flatnonzero(bears.any(axis=1)) if view.without else slice(None)
        queries[f"rows/{view_name}"] = split.test[rows].astype(np.int32)
        for name, database in databases.items():
            query, answers, classes = view.of(asks, database, data.classes)
            scores = retrieval.score_all(query, answers, k=K)
            report = retrieval.report(scores, query, answers, classes=classes, k=K)
            reports.setdefault(name, {})[view_name] = report.as_json()
            measures = list(scores.found)
            found = np.stack(list(scores.found.values()))
            queries[f"{name}/{view_name}"] = found.astype(np.float32)
    coded = tie_counts.are_codes(sides.asks) and tie_counts.are_codes(sides.new)
    return {
        "reports": reports,
        "measures": measures,
        "health": asdict(code_health.examine(sides.new)) if coded else None,
        "tie_order": tie_order(asks, databases[NEW]) if coded else None,
    }, queries


def views_of(test: LabelledImages) -> Mapping[str, label_views.LabelView]:
    """Return the views that a test part can be shown in."""
    views = label_views.usual(test.classes)
    return {
        name: view
        for name, view in views.items()
        if any(set(item.labels) - set(view.without) for item in test.items)
    }


def tie_order(asks: Coded, answers: Coded) -> dict[str, float]:
    """Return MAP@10 of codes by how ties are broken.

    Args:
        asks: codes that ask.
        answers: codes that answer, in the order of their files.

    Returns:
        "expected" (over all orders), "by file", and "by class" (a database sorted by
        its labels, file by file within each of them).
    """
    by_file = np.arange(len(answers.labels))
    # Sorted by the first label, then the second, and so on: as a table by its labels.
    by_class = np.lexsort(-answers.labels.T[::-1])
    expected = retrieval.score_all(asks, answers, k=K).found[HEADLINE]
    return {
        "expected": float(expected.mean()),
        "by file": _ordered(asks, answers, by_file),
        "by class": _ordered(asks, answers, by_class),
    }


def _ordered(asks: Coded, answers: Coded, order: npt.NDArray[np.int64]) -> float:
    """Return MAP@10 with the first in an order before others equally far away."""
    place = np.empty(len(order), np.float32)
    place[order] = np.linspace(0, 1, len(order), dtype=np.float32)
    # Inner products of codes differ by 2 at least; one more coordinate breaks ties.
    one = np.ones((len(asks.labels), 1), np.float32)
    query = Coded(np.hstack([asks.vectors, one]), asks.labels, asks.patients)
    database = Coded(
        np.hstack([answers.vectors, -place[:, None]]), answers.labels, answers.patients
    )
    scores = retrieval.score_all(query, database, k=K)
    return float(scores.found[HEADLINE].mean())
