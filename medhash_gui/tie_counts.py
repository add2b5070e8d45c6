"""Count the tie groups of many queries without sorting.

Codes have K + 1 distances: of each query the pictures are counted by distance and by
the number of labels that they share with it. Both numbers come from one matrix product,
as one integer, which float32 holds exactly. Vectors of real numbers are ranked by
sorting instead. Queries are taken in blocks, so memory does not grow with their number.
NumPy only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from medhash_gui.metrics import Floats, Integers, TieGroups

Vectors = npt.NDArray[np.float32]

BLOCK_CELLS = 4_000_000
"""Distances held at a time: about 16 MB of codes, 200 MB of real vectors."""

_SORTED_CELLS = 1_000_000
# Whole numbers up to here, and their halves, are exact in float32.
_EXACT = 2**21


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """One of the two sets of a search.

    Attributes:
        vectors: (N, K) float32; the larger the inner product, the nearer.
        labels: (N, C) float32, 0/1.
        patients: (N,) int64, equal for pictures of one patient; in both sets alike.
    """

    vectors: Vectors
    labels: npt.NDArray[np.float32]
    patients: Integers


def numbered(*patients: Sequence[str]) -> list[Integers]:
    """Return the patients of several sets as numbers that they share."""
    number: dict[str, int] = {}
    return [
        np.array([number.setdefault(name, len(number)) for name in names], np.int64)
        for names in patients
    ]


def are_codes(vectors: Vectors) -> bool:
    """Return whether all values are +1 or -1."""
    return bool((np.abs(vectors) == 1).all())


def count(
    query: Ranked, database: Ranked, *, block_cells: int = BLOCK_CELLS
) -> Iterator[tuple[slice, TieGroups]]:
    """Count each query's tie groups, pictures of its own patient left out.

    Args:
        query: the pictures that ask.
        database: the pictures that answer; with codes in both sets, group g is what
            lies at distance g.
        block_cells: distances held at a time.

    Yields:
        Rows of the queries and their groups, (B, G).
    """
    exact = are_codes(query.vectors) and are_codes(database.vectors)
    cells = block_cells if exact else min(block_cells, _SORTED_CELLS)
    own = _OwnRows(database.patients)
    counter = (_CodeCounter if exact else _SortCounter)(query, database, own)
    step = max(1, cells // counter.width)
    for start in range(0, len(query.labels), step):
        rows = slice(start, min(start + step, len(query.labels)))
        yield rows, counter.block(rows)


class _OwnRows:
    """Finds the rows of a patient in the database."""

    def __init__(self, patients: Integers) -> None:
        self._order = np.argsort(patients, kind="stable")
        self._sorted = patients[self._order]

    def of(self, patient: int) -> Integers:
        start, end = np.searchsorted(self._sorted, [patient, patient + 1])
        return self._order[start:end]


class _CodeCounter:
    """Counts by distance and shared labels at once."""

    def __init__(self, query: Ranked, database: Ranked, own: _OwnRows) -> None:
        bits = query.vectors.shape[1]
        most = min(
            int(side.labels.sum(axis=1).max(initial=0)) for side in (query, database)
        )
        self._groups, self._shared = bits + 1, most + 1
        bins = self._groups * self._shared
        number: type[np.float32 | np.float64]
        number = np.float32 if bins < _EXACT else np.float64
        half = (most + 1) / 2
        # Of many labels and long codes there are more bins than pictures.
        self.width = max(bins, len(database.labels))
        # (most + 1) * distance + shared labels, as one inner product.
        ones = np.ones((len(database.labels), 1), number)
        self._database = np.hstack(
            [database.vectors.astype(number), database.labels.astype(number), ones]
        ).T.copy()
        self._query = query
        self._own = own
        self._number = number
        self._half, self._offset = half, half * bits

    def block(self, rows: slice) -> TieGroups:
        query = self._query
        near = -self._half * query.vectors[rows]
        last = np.full((rows.stop - rows.start, 1), self._offset)
        asked = np.hstack([near, query.labels[rows], last]).astype(self._number)
        cells = asked @ self._database  # (B, N)
        bins = self._groups * self._shared
        counts = np.empty((len(asked), bins), np.int64)
        for row, patient in enumerate(query.patients[rows]):
            places = cells[row].astype(np.int64)
            own = self._own.of(int(patient))
            counts[row] = np.bincount(places, minlength=bins)
            if len(own):
                counts[row] -= np.bincount(places[own], minlength=bins)
        table = counts.reshape(-1, self._groups, self._shared)
        gains = np.exp2(np.arange(self._shared, dtype=np.float64)) - 1
        return TieGroups(
            table.sum(axis=2),
            table[:, :, 1:].sum(axis=2),
            table @ gains,
            table.sum(axis=1),
        )


class _SortCounter:
    """Ranks real inner products; equal ones tie."""

    def __init__(self, query: Ranked, database: Ranked, own: _OwnRows) -> None:
        self._query, self._database, self._own = query, database, own
        self.width = max(1, len(database.labels))

    def block(self, rows: slice) -> TieGroups:
        query, database = self._query, self._database
        nearness = query.vectors[rows] @ database.vectors.T  # (B, N)
        shared = np.rint(query.labels[rows] @ database.labels.T).astype(np.int64)
        keep = np.ones(nearness.shape, np.bool_)
        for row, patient in enumerate(query.patients[rows]):
            keep[row, self._own.of(int(patient))] = False
        nearness[~keep] = -np.inf  # behind all others, and not counted
        order = np.argsort(-nearness, axis=1)
        ordered = np.take_along_axis(nearness, order, axis=1)
        kept = np.take_along_axis(keep, order, axis=1)
        shared = np.take_along_axis(shared, order, axis=1)
        group = np.zeros(nearness.shape, np.int64)
        group[:, 1:] = np.cumsum(ordered[:, 1:] != ordered[:, :-1], axis=1)
        gains = np.exp2(shared.astype(np.float64)) - 1
        groups = nearness.shape[1]
        return TieGroups(
            _tally(group[kept], kept, groups),
            _tally(group[kept & (shared > 0)], kept & (shared > 0), groups),
            _tally(group[kept], kept, groups, gains[kept]).astype(np.float64),
            _tally(shared[kept], kept, int(shared.max(initial=0)) + 1),
        )


def _tally(
    places: Integers,
    chosen: npt.NDArray[np.bool_],
    width: int,
    weights: Floats | None = None,
) -> npt.NDArray[np.int64]:
    """Count the places of each row.

    Args:
        places: those of the chosen cells, row by row.
        chosen: (B, N).
        width: number of places.
        weights: of the chosen cells.

    Returns:
        (B, width).
    """
    row = np.nonzero(chosen)[0]
    flat = np.bincount(
        row * width + places, weights=weights, minlength=len(chosen) * width
    )
    return flat.reshape(len(chosen), width)
