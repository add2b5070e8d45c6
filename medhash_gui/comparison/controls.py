"""The controls of a comparison: what needs no training of a network, for one seed.

All are fitted to the pooled features of the starting trunk on the training part. One
logistic regression a label serves four of them: the bit that calls a picture normal (or
of the largest class), the codes of all such bits, and two rankings by probability.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

from medhash_gui import label_views, retrieval
from medhash_gui.comparison.cells import Values
from medhash_gui.comparison.judge import Sides, judge
from medhash_gui.comparison.pictures import Features, Pictures
from medhash_gui.comparison.plan import Cell
from medhash_gui.errors import MedHashError, SettingsError
from medhash_gui.hashing import controls
from medhash_gui.hashing.controls import Array, LinearCode

_Result = tuple[Cell, dict[str, Any], Values | None]


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """Features and labels of the two parts that count."""

    test: Array
    train: Array
    test_labels: Array
    train_labels: Array


def fit_all(
    cells: Sequence[Cell], pictures: Pictures, features: Features, *, rate: float
) -> Generator[_Result, None, None]:
    """Fit and judge the controls of one seed.

    Args:
        cells: of one seed; those that have results already are left out by the caller.
        pictures: the set and its splits.
        features: (N, D) float32, of the starting trunk.
        rate: pictures a second that the trunk sees.

    Yields:
        Cell, values with their state, and the values of the queries.
    """
    if not cells:
        return
    split = pictures.splits[cells[0].seed]
    labels = pictures.data.multi_hot()
    parts = _Parts(
        features[split.test],
        features[split.train],
        labels[split.test],
        labels[split.train],
    )
    classes = pictures.data.classes
    logistic: LinearCode | None = None
    components = _Components(cells, parts)
    for cell in cells:
        started = time.monotonic()
        note = ""
        try:
            if cell.row in _BY_PROBABILITY:
                if logistic is None:
                    logistic = controls.fit(
                        "class-probability", parts.train, parts.train_labels, bits=1
                    )
                sides = _BY_PROBABILITY[cell.row](logistic, parts)
                if cell.row == "one bit":
                    column, note = _normal(classes, parts.train_labels)
                    sides = _column(sides, column)
            elif cell.row in ("pcah", "itq"):
                sides = components.codes(cell)
            elif cell.row == "features":
                sides = Sides.of(
                    retrieval.unit_length(parts.test),
                    retrieval.unit_length(parts.train),
                )
            else:
                assert cell.bits is not None
                fitted = controls.fit(
                    cell.row,
                    parts.train,
                    parts.train_labels,
                    bits=cell.bits,
                    seed=cell.seed,
                )
                sides = Sides.of(fitted.encode(parts.test), fitted.encode(parts.train))
            fitting = time.monotonic() - started
            values, queries = judge(sides, pictures.data, split)
        except MedHashError as error:
            failed = {"state": "failed", "type": type(error).__name__}
            failed |= {"message": error.message, "hint": error.hint}
            yield cell, failed, None
            continue
        yield (
            cell,
            {
                "state": "finished",
                "kind": "control",
                "note": note,
                "code_bits": sides.asks.shape[1] if values["health"] else None,
                "seconds_training": fitting,
                "images_per_second": rate,
                **values,
            },
            queries,
        )


class _Components:
    """Principal components of the training part, found once for all lengths.

    The first K of them are the same whatever K; what ITQ turns are the projections.

    Args:
        cells: whose lengths may be asked for.
        parts: what they are fitted to and applied to.
    """

    def __init__(self, cells: Sequence[Cell], parts: _Parts) -> None:
        self._lengths = sorted({cell.bits for cell in cells if cell.bits is not None})
        self._parts = parts
        self._found: tuple[Array, Array] | None = None

    def codes(self, cell: Cell) -> Sides:
        """Return the codes of PCAH or ITQ.

        Raises:
            SettingsError: the features vary in too few directions.
        """
        bits = cell.bits or 0
        test, train = (part[:, :bits] for part in self._projections())
        if train.shape[1] < bits:
            # Says in how many directions the features vary.
            controls.fit("pcah", self._parts.train, self._parts.train_labels, bits=bits)
        if cell.row == "pcah":
            return Sides.of(retrieval.signs(test), retrieval.signs(train))
        fitted = controls.fit(
            "itq", train, self._parts.train_labels, bits=bits, seed=cell.seed
        )
        return Sides.of(fitted.encode(test), fitted.encode(train))

    def _projections(self) -> tuple[Array, Array]:
        """Return as many projections as the longest code has that is possible."""
        if self._found is None:
            parts = self._parts
            for bits in reversed(self._lengths):
                try:
                    fitted = controls.fit(
                        "pcah", parts.train, parts.train_labels, bits=bits
                    )
                except SettingsError:
                    continue
                self._found = fitted.values(parts.test), fitted.values(parts.train)
                break
            else:
                self._found = parts.test[:, :0], parts.train[:, :0]
        return self._found


def _normal(classes: Sequence[str], labels: Array) -> tuple[int, str]:
    """Return the label that one bit is about, and what to say of it."""
    name = label_views.no_finding(classes)
    if name is not None:
        return list(classes).index(name), f"the bit predicts {name!r}"
    column = int(labels.sum(axis=0).argmax())
    return column, (
        f"no label means normal: the bit predicts the largest class, "
        f"{classes[column]!r}"
    )


def _column(sides: Sides, column: int) -> Sides:
    at = slice(column, column + 1)
    return Sides(sides.asks[:, at], sides.new[:, at], sides.train[:, at])


def _codes(logistic: LinearCode, parts: _Parts) -> Sides:
    return Sides.of(logistic.encode(parts.test), logistic.encode(parts.train))


def _probabilities(logistic: LinearCode, parts: _Parts) -> Sides:
    test, train = (
        retrieval.unit_length(controls.class_probabilities(logistic, part))
        for part in (parts.test, parts.train)
    )
    return Sides.of(test, train)


def _against_labels(logistic: LinearCode, parts: _Parts) -> Sides:
    """Return predicted probabilities as queries, true labels as databases."""
    return Sides(
        _probabilities(logistic, parts).asks,
        retrieval.unit_length(parts.test_labels),
        retrieval.unit_length(parts.train_labels),
    )


_BY_PROBABILITY: dict[str, Callable[[LinearCode, _Parts], Sides]] = {
    "one bit": _codes,
    "class-probability": _codes,
    "probability-probability": _probabilities,
    "probability-label": _against_labels,
}
