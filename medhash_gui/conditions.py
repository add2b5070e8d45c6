"""Which rows pass a filter, before anything is ranked.

Conditions of different kinds must all hold; of one kind (labels, or the values of one
detail) any one suffices. A picture that lacks a detail passes no condition on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from medhash_gui.search_result import SearchFilter

if TYPE_CHECKING:
    from medhash_gui.stored_rows import StoredRows

Flags = npt.NDArray[np.bool_]


def passing(store: StoredRows, asked: SearchFilter, rows: int) -> Flags | None:
    """Return which of the first rows are visible and pass; None where all do.

    Args:
        store: the library.
        asked: the filter; what it says of the query's patient is not looked at here.
        rows: how many rows count, as a writer may add some meanwhile.

    Returns:
        bool (rows,), or None.
    """
    masks = [*_labels(store, asked, rows), *_details(store, asked, rows)]
    if asked.folder:
        masks.append(store.folder_mask(asked.folder)[:rows])
    if asked.since_ns is not None:
        masks.append(store.modified[:rows] >= asked.since_ns)
    if asked.before_ns is not None:
        masks.append(store.modified[:rows] < asked.before_ns)
    if not store.shows_all:
        masks.append(store.visible[:rows])
    return _joined(np.logical_and, masks)


def _joined(how: np.ufunc, masks: Sequence[Flags]) -> Flags | None:
    """Return all masks as one; None of none, and of one that itself, not a copy."""
    if len(masks) < 2:
        return masks[0] if masks else None
    together: Flags = how(masks[0], masks[1])
    for mask in masks[2:]:
        how(together, mask, together)
    return together


def _labels(store: StoredRows, asked: SearchFilter, rows: int) -> list[Flags]:
    masks = []
    if asked.labels:
        masks.append(any_of(store, asked.labels, rows))
    if asked.other_than:
        labelled = any_of(store, tuple(store.label_names()), rows)
        masks.append(labelled & ~any_of(store, asked.other_than, rows))
    return masks


def any_of(store: StoredRows, labels: tuple[str, ...], rows: int) -> Flags:
    """Return which of the first rows bear one of some labels: bool (rows,)."""
    masks = [store.label_mask(name)[:rows] for name in labels]
    found = _joined(np.logical_or, masks)
    return np.zeros(rows, np.bool_) if found is None else found


def _details(store: StoredRows, asked: SearchFilter, rows: int) -> list[Flags]:
    wanted: dict[str, set[str]] = {}
    for key, value in asked.details:
        wanted.setdefault(key, set()).add(value)
    masks = [
        store.detail_mask(key, values.__contains__)[:rows]
        for key, values in wanted.items()
    ]
    words = asked.report.casefold().split()
    if words:

        def tells_of_all(text: str) -> bool:
            folded = text.casefold()
            return all(word in folded for word in words)

        masks.append(store.detail_mask("report", tells_of_all)[:rows])
    return masks
