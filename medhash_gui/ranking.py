"""The order of near rows: what the bits leave open is decided by more than their place.

First the score, then the cosine distance of the soft values, then the digest of the
content, which knows neither label nor folder; copies of one file by frame and path.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from medhash_gui.nearest import Near
from medhash_gui.queries import QuerySet

if TYPE_CHECKING:
    from medhash_gui.searched_library import Selection

Rows = npt.NDArray[np.intp]

# Rows whose soft values are compared at a time: 8 MiB of 64-bit codes as float64.
_PART = 16_384


@dataclass(frozen=True, eq=False, slots=True)
class Ranked:
    """Rows in their order.

    Attributes:
        rows: intp (n,).
        scores: int64 (n,), ascending.
        soft: float64 (n,) soft distances, ascending among equal scores.
    """

    rows: Rows
    scores: npt.NDArray[np.int64]
    soft: npt.NDArray[np.float64]

    def first(self, top: int) -> Ranked:
        """Return the first ``top`` rows."""
        return Ranked(self.rows[:top], self.scores[:top], self.soft[:top])

    def once_each(self, groups: npt.NDArray[np.int32]) -> Ranked:
        """Return the first row of each group, and all rows whose group is negative."""
        order = np.argsort(groups, kind="stable")
        in_order = groups[order]
        keep = np.ones(len(groups), np.bool_)
        keep[order[1:]] = (in_order[1:] != in_order[:-1]) | (in_order[1:] < 0)
        return Ranked(self.rows[keep], self.scores[keep], self.soft[keep])


def ordered(
    library: Selection,
    query: QuerySet,
    near: Near,
    soft_values: npt.NDArray[np.float16],
) -> Ranked:
    """Return near rows in the order of an answer.

    Args:
        library: its rows.
        query: what was asked.
        near: the rows.
        soft_values: theirs, float16 (n, K).
    """
    rows = near.rows
    if not len(rows):
        return Ranked(rows, near.scores, np.zeros(0))
    parts = [
        query.soft_distances(soft_values[start : start + _PART])
        for start in range(0, len(rows), _PART)
    ]
    soft = parts[0] if len(parts) == 1 else np.concatenate(parts)
    heads = library.digests(rows).view(">u8").astype(np.uint64)  # (n, 2)
    keys = (heads[:, 1], heads[:, 0], soft, near.scores)  # the last one counts first
    order = np.lexsort(keys)
    is_new = np.zeros(len(rows), np.bool_)
    is_new[:1] = True
    for key in keys:
        is_new[1:] |= key[order[1:]] != key[order[:-1]]
    if not is_new.all():
        starts = np.flatnonzero(is_new).tolist()
        for start, stop in zip(starts, [*starts[1:], len(rows)], strict=True):
            copies = order[start:stop]
            order[start:stop] = copies[_of_copies(library, rows[copies])]
    return Ranked(rows[order], near.scores[order], soft[order])


def best_of_groups(
    groups: npt.NDArray[np.int32], scores: npt.NDArray[np.int64]
) -> tuple[Rows, Rows]:
    """Return one best place of each group, and all places as good as their group's.

    Places with a negative group stand alone.

    Args:
        groups: int32 (n,).
        scores: int64 (n,), the lower the better.
    """
    order = np.lexsort((scores, groups))
    sorted_groups, sorted_scores = groups[order], scores[order]
    starts = sorted_groups < 0
    starts[:1] = True
    starts[1:] |= sorted_groups[1:] != sorted_groups[:-1]
    best = sorted_scores[starts][np.cumsum(starts) - 1]
    return order[starts], order[sorted_scores == best]


def union(some: Rows, others: Rows) -> Rows:
    """Return the rows of two ascending lists, ascending, each once."""
    if not len(some) or not len(others):
        return some if len(some) else others
    both = np.sort(np.concatenate([some, others]))
    is_new = np.ones(len(both), np.bool_)
    is_new[1:] = both[1:] != both[:-1]
    each: Rows = both[is_new]
    return each


def _of_copies(library: Selection, rows: Rows) -> list[int]:
    """Return the order of copies of one content: by frame, then by path."""
    keys = list(zip(library.frames(rows).tolist(), library.paths(rows), strict=True))
    return sorted(range(len(rows)), key=keys.__getitem__)
