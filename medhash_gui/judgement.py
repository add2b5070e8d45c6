"""A finished run judged from its kept codes: what finds what, and how sure that is.

Test pictures ask the other test pictures (both sides new, own patient left out: the
headline) or the training pictures. No torch, so the window can do it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from medhash_gui import code_health, retrieval
from medhash_gui.code_health import CodeHealth
from medhash_gui.coded_parts import CodedPart, CodedParts
from medhash_gui.errors import DatasetError
from medhash_gui.retrieval import EvaluationReport

Database = Literal["test", "train"]
DATABASES: tuple[Database, ...] = ("test", "train")

PLACES = 10
_BLOCK = 256


@dataclass(frozen=True, slots=True)
class Pair:
    """A test picture and one of the pictures that it finds."""

    query: str
    hit: str
    distance: int
    place: int


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """Which labels are found by the pictures of which label.

    Attributes:
        classes: names of rows and columns.
        shares: (C, C) float64, mean share of the first places of a query with the label
            of the row that have the label of the column; NaN in rows without queries.
        chance: (C,) float64, share of the database with each label.
        queries: (C,) int64.
    """

    classes: tuple[str, ...]
    shares: npt.NDArray[np.float64]
    chance: npt.NDArray[np.float64]
    queries: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """Everything that is said of a run.

    Attributes:
        reports: by database.
        confusions: by database.
        health: of the test part's codes.
    """

    reports: Mapping[Database, EvaluationReport]
    confusions: Mapping[Database, Confusion]
    health: CodeHealth


def judge(coded: CodedParts) -> Judgement:
    """Judge the codes of a run.

    Raises:
        DatasetError: there is no test part.
    """
    test = coded.parts.get("test")
    if test is None or not len(test):
        message = "The run kept no pictures apart for a test."
        raise DatasetError(message, hint="Train with a share for the test above 0.")
    reports, confusions = {}, {}
    for name in DATABASES:
        database = coded.parts[name]
        reports[name] = retrieval.evaluate(
            test.coded(), database.coded(), classes=coded.classes
        )
        confusions[name] = _confusion(coded, test, database)
    health = code_health.examine(
        retrieval.signs(test.logits), test.labels, coded.classes
    )
    return Judgement(reports, confusions, health)


def nearest(
    query: CodedPart, database: CodedPart, *, places: int = PLACES
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the rows of what each query finds first, and how far they are.

    Ties are ordered by the real values, as in use; the query's own patient is left out.

    Returns:
        (Q, places) int64 rows, -1 where there are no more; distances in bits alike.
    """
    asks, signs = retrieval.signs(query.logits), retrieval.signs(database.logits)
    soft_asks, soft = np.tanh(query.logits), np.tanh(database.logits)
    bits = signs.shape[1]
    rows = np.full((len(query), places), -1, np.int64)
    distances = np.full((len(query), places), bits, np.int64)
    for start in range(0, len(query), _BLOCK):
        part = slice(start, start + _BLOCK)
        apart = np.rint((bits - asks[part] @ signs.T) / 2).astype(np.int64)  # (B, N)
        for at, row in enumerate(range(start, min(start + _BLOCK, len(query)))):
            free = np.flatnonzero(database.groups != query.groups[row])
            fine = np.abs(soft[free] - soft_asks[row]).sum(axis=1)
            order = free[np.lexsort((fine, apart[at, free]))][:places]
            rows[row, : len(order)] = order
            distances[row, : len(order)] = apart[at, order]
    return rows, distances


def pairs(coded: CodedParts, database: Database, label: str, found: str) -> list[Pair]:
    """Return what lies behind a cell of a confusion: queries and what they find.

    Args:
        coded: of the run.
        database: which pictures answer.
        label: of the queries.
        found: label of the hits.
    """
    query, answers = coded.parts["test"], coded.parts[database]
    row, column = coded.classes.index(label), coded.classes.index(found)
    asks = np.flatnonzero(query.labels[:, row] > 0)
    some = CodedPart(
        tuple(query.files[n] for n in asks),
        query.labels[asks],
        query.groups[asks],
        query.logits[asks],
    )
    rows, distances = nearest(some, answers)
    return [
        Pair(some.files[at], answers.files[hit], int(distances[at, place]), place + 1)
        for at in range(len(some))
        for place, hit in enumerate(rows[at].tolist())
        if hit >= 0 and answers.labels[hit, column] > 0
    ]


def _confusion(coded: CodedParts, test: CodedPart, database: CodedPart) -> Confusion:
    rows, _ = nearest(test, database)
    there = (rows >= 0)[:, :, np.newaxis]  # (Q, P, 1)
    labels = there & (database.labels[rows] > 0)  # (Q, P, C)
    found = labels.sum(axis=1) / np.maximum(1, there.sum(axis=1))  # (Q, C)
    bears = test.labels > 0
    queries = bears.sum(axis=0)
    shares = np.full((len(coded.classes),) * 2, np.nan)
    for at in np.flatnonzero(queries):
        shares[at] = found[bears[:, at]].mean(axis=0)
    return Confusion(
        coded.classes,
        shares,
        np.asarray((database.labels > 0).mean(axis=0), np.float64),
        queries.astype(np.int64),
    )
