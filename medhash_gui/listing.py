"""Pictures that a filter lets through, where no picture is asked about.

Words of report texts, a label or a folder say which pictures are wanted; none is nearer
than another, so they stand in the order of their paths, and then of their frames.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from medhash_gui.search_result import SearchFilter, SearchHit, SearchResult

if TYPE_CHECKING:
    from medhash_gui.searched_library import Rows
    from medhash_gui.store import CodeStore


def matching(store: CodeStore, condition: SearchFilter, *, top: int) -> SearchResult:
    """Return the first pictures that pass a filter, and how many pass.

    Args:
        store: an open library in a folder.
        condition: which pictures; with "group", each patient or case is shown once.
        top: how many at most.

    Returns:
        hits whose distances are NaN, as there is nothing that they are far from.

    Raises:
        ValueError: ``top`` is below 1, or the filter limits a distance.
    """
    if top < 1:
        message = f"A listing shows at least one picture, not {top}."
        raise ValueError(message)
    if condition.within is not None:
        message = "Without a query picture there is no distance to be within."
        raise ValueError(message)
    selection = store.select(condition)
    rows = selection.passed(np.arange(len(store.words)))
    frames, paths = selection.frames(rows).tolist(), selection.paths(rows)
    order = sorted(range(len(rows)), key=lambda place: (paths[place], frames[place]))
    ordered = rows[np.array(order, np.intp)]
    if "group" in (condition.patients, condition.cases):
        is_by_patient = condition.patients == "group"
        groups = selection.patients if is_by_patient else selection.cases
        ordered = _once_each(ordered, groups(ordered).tolist())
    shown = ordered[:top]
    hits = tuple(
        SearchHit(
            rank=place + 1,
            row=int(row),
            record=record,
            distance=math.nan,
            soft_distance=math.nan,
            tie_size=1,
            identical=False,
        )
        for place, (row, record) in enumerate(
            zip(shown, selection.records(shown), strict=True)
        )
    )
    return SearchResult(hits, len(ordered))


def _once_each(rows: Rows, groups: list[int]) -> Rows:
    """Return the first row of each group; those with a negative one stand alone."""
    seen: set[int] = set()
    keep = []
    for group in groups:
        keep.append(group < 0 or group not in seen)
        seen.add(group)
    return rows[np.array(keep, np.bool_)]
