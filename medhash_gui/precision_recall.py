"""Precision against recall, without an order inside of ties.

A ranking of ties can be cut only between two groups, so its curve has one point a
Hamming radius. Between the points a curve for a plot takes the best precision that is
still reached at a recall or beyond (interpolated, as in information retrieval).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medhash_gui.metrics import Floats, TieGroups

LEVELS = np.linspace(0, 1, 101)
"""Recalls of the interpolated curve."""


@dataclass(frozen=True, slots=True, eq=False)
class PrecisionRecall:
    """Mean curves over queries.

    Attributes:
        precision: (G,), at each radius 0 to K; an empty ball counts 0.
        recall: (G,), at each radius; a query with nothing to find counts 0.
        empty: (G,), share of queries with an empty ball.
        interpolated: (101,), precision at the recalls ``LEVELS``.
    """

    precision: Floats
    recall: Floats
    empty: Floats
    interpolated: Floats

    @classmethod
    def joined(cls, parts: list[tuple[int, PrecisionRecall]]) -> PrecisionRecall:
        """Return the mean of curves of so many queries each."""
        weights = np.array([count for count, _ in parts], np.float64)

        def mean(name: str) -> Floats:
            rows = np.stack([getattr(part, name) for _, part in parts])
            return np.asarray(weights @ rows / weights.sum())

        return cls(*(mean(name) for name in cls.__dataclass_fields__))


def curve(groups: TieGroups) -> PrecisionRecall:
    """Return the mean curves of some queries.

    Args:
        groups: (B, G); group g is what lies at distance g.
    """
    size = np.cumsum(groups.sizes, axis=1)
    hits = np.cumsum(groups.relevant, axis=1)
    precision = hits / np.maximum(size, 1)
    recall = hits / np.maximum(groups.total[:, None], 1)
    return PrecisionRecall(
        precision.mean(axis=0),
        recall.mean(axis=0),
        (size == 0).mean(axis=0),
        _interpolated(precision, recall).mean(axis=0),
    )


def _interpolated(precision: Floats, recall: Floats) -> Floats:
    """Return each query's best precision at every level of recall or beyond, (B, 101).

    0 beyond the last recall, so for a query with nothing to find.
    """
    best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]  # (B, G)
    best = np.concatenate([best, np.zeros((len(best), 1))], axis=1)
    # A recall that is a level may be a rounding below it.
    reached = recall + 1e-12
    found = np.empty((len(best), len(LEVELS)))
    for row in range(len(best)):
        found[row] = best[row, np.searchsorted(reached[row], LEVELS)]
    found[recall[:, -1] == 0] = 0
    return found
