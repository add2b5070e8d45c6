"""Values of every cell, and what they would be with other patients, drawn together.

All cells of one database and view share the draws of a bootstrap over patients, those
of all seeds together. A patient who is in the test part of two seeds is drawn once,
with all his queries; and the difference of two cells can be taken in each draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from medhash_gui import bootstrap, label_views
from medhash_gui.comparison import cells as comparison_cells
from medhash_gui.comparison.cells import Known, Result
from medhash_gui.comparison.judge import HEADLINE
from medhash_gui.comparison.plan import Cell
from medhash_gui.metrics import Floats

MACRO = f"{HEADLINE} (macro)"


@dataclass(frozen=True, eq=False)
class Drawn:
    """One cell in one database and view.

    Attributes:
        values: measure -> mean over queries.
        chance: measure -> what chance gives.
        draws: measure -> (R,), the mean in each draw; NaN where it has no query.
    """

    values: Mapping[str, float]
    chance: Mapping[str, float]
    draws: Mapping[str, Floats]


def draw_all(
    known: Known,
    results: Mapping[Cell, Result],
    queries: Mapping[Cell, comparison_cells.Values],
    *,
    database: str,
    view: str,
    rounds: int,
) -> dict[Cell, Drawn]:
    """Return the values and draws of all finished cells in one database and view.

    Args:
        known: the pictures.
        results: of the cells.
        queries: values of the queries of all finished cells.
        database: key in ``DATABASES``.
        view: its name.
        rounds: number of draws.
    """
    key = f"{database}/{view}"
    cells = [cell for cell in queries if key in queries[cell]]
    if not cells:
        return {}
    seeds = sorted({cell.seed for cell in cells})
    rows = {s: next(queries[c] for c in cells if c.seed == s) for s in seeds}
    asked = {s: np.asarray(rows[s][f"rows/{view}"], np.int64) for s in seeds}
    names = np.unique(np.concatenate([known.patients[asked[s]] for s in seeds]))
    columns = _columns(known, view)
    of_seed = {s: [c for c in cells if c.seed == s] for s in seeds}
    sums = {}
    for seed in seeds:
        group = np.searchsorted(names, known.patients[asked[seed]])
        bears = known.labels[asked[seed]][:, columns].astype(np.float64)  # (Q, C)
        # All measures of all cells side by side, real vectors having one less.
        found = np.concatenate([queries[c][key] for c in of_seed[seed]]).T
        headline = np.stack(
            [
                queries[c][key][_measures_of(results[c]).index(HEADLINE)]
                for c in of_seed[seed]
            ],
            axis=1,
        )
        by_class = headline[:, :, None] * bears[:, None, :]  # (Q, cells, C)
        sums[seed] = _Sums(
            bootstrap.by_patient(found.astype(np.float64), group, len(names)),
            np.bincount(group, minlength=len(names)).astype(np.float64),
            bootstrap.by_patient(by_class.reshape(len(bears), -1), group, len(names)),
            bootstrap.by_patient(bears, group, len(names)),
        )
    parts: dict[Cell, list[Floats]] = {cell: [] for cell in cells}
    for times in bootstrap.drawn(len(names), seed=0, rounds=rounds):
        for seed in seeds:
            means, macro = sums[seed].means(times)
            start = 0
            for at, cell in enumerate(of_seed[seed]):
                end = start + len(_measures_of(results[cell]))
                both = np.hstack([means[:, start:end], macro[:, at : at + 1]])
                parts[cell].append(both)
                start = end
    drawn = {}
    for cell in cells:
        listed = results[cell].values["reports"][database][view]["measures"]
        columns_of = [*_measures_of(results[cell]), MACRO]
        draws = np.concatenate(parts[cell])
        drawn[cell] = Drawn(
            {m["name"]: m["value"] for m in listed},
            {m["name"]: m["chance"] for m in listed},
            {name: draws[:, at] for at, name in enumerate(columns_of)},
        )
    return drawn


@dataclass(frozen=True, eq=False)
class _Sums:
    """Sums over each patient's queries with one seed.

    Attributes:
        values: (P, M) of every measure of every cell; queries: (P,) how many.
        per_class: (P, cells * C) of the headline; borne: (P, C) how many.
    """

    values: Floats
    queries: Floats
    per_class: Floats
    borne: Floats

    def means(self, times: Floats) -> tuple[Floats, Floats]:
        """Return the means of draws, (R, M), and those over labels, (R, cells).

        Args:
            times: (R, P), how often each patient is in each draw.
        """
        classes = self.borne.shape[1]
        means = _share(times @ self.values, (times @ self.queries)[:, None])
        each = _share(
            (times @ self.per_class).reshape(len(times), -1, classes),
            (times @ self.borne)[:, None, :],
        )
        return means, mean_of_known(each)


def _measures_of(result: Result) -> list[str]:
    """Return the names of the rows of a cell's arrays."""
    names: list[str] = list(result.values["measures"])
    return names


def _columns(known: Known, view: str) -> list[int]:
    without = label_views.usual(known.classes)[view].without
    return [at for at, name in enumerate(known.classes) if name not in without]


def _share(sums: Floats, sizes: Floats) -> Floats:
    """Return means; NaN where a draw has no query."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(sizes > 0, sums / sizes, np.nan))


def mean_of_known(values: Floats) -> Floats:
    """Return the mean over the last axis of what is no NaN."""
    there = ~np.isnan(values)
    total = np.where(there, values, 0).sum(axis=-1)
    return _share(total, there.sum(axis=-1).astype(np.float64))
