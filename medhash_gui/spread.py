"""How far the whole library is from a query: the background that hits stand out from.

Twelve bits may be near or far; only the other distances tell. Every picture that could
be a hit is counted, so that the number of pictures at each distance shows how special
the nearest ones are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from medhash_gui import nearest
from medhash_gui.answer import Answer, View
from medhash_gui.nearest import Target
from medhash_gui.queries import Query, QuerySet
from medhash_gui.search_result import SearchFilter

if TYPE_CHECKING:
    from medhash_gui.store import CodeStore

# 8 MiB of 64-bit codes at a time.
_PART = 1 << 20


@dataclass(frozen=True, eq=False, slots=True)
class Spread:
    """How many pictures there are at each distance.

    Attributes:
        counts: int64 (K + 1,), by differing bits; of several query pictures by the
            rounded mean over those to be like.
    """

    counts: npt.NDArray[np.int64]

    @property
    def searched(self) -> int:
        """How many pictures were counted."""
        return int(self.counts.sum())

    @property
    def nearest(self) -> int | None:
        """The smallest distance, or None where there is no picture."""
        there = np.flatnonzero(self.counts)
        return int(there[0]) if len(there) else None

    @property
    def median(self) -> int | None:
        """The distance that half of the pictures are within, or None."""
        if not self.searched:
            return None
        return int(np.searchsorted(self.counts.cumsum(), (self.searched + 1) // 2))

    def within(self, bits: int) -> int:
        """Return how many pictures are as near as that, or nearer."""
        return int(self.counts[: max(0, bits + 1)].sum())


def spread(
    store: CodeStore,
    query: Query | QuerySet,
    *,
    filter: SearchFilter = SearchFilter(),  # noqa: B008 (frozen)
) -> Spread:
    """Return the distances from a query to every picture that could be a hit.

    Args:
        store: the library.
        query: what was searched for.
        filter: as for ``search``; its ``within`` does not count here.
    """
    asked = QuerySet.of(query)
    view = View(store, filter, 1, None)
    left_out = Answer(view, asked).left_out
    like = asked.target().like
    target = Target(like, like[:0])
    counts = np.zeros(store.bits + 1, np.int64)
    for start in range(0, view.rows, _PART):
        stop = min(start + _PART, view.rows)
        total = nearest.scores(view.words[start:stop], target)
        distances = np.rint(total / len(like)).astype(np.intp)
        counts_here = np.ones(stop - start, np.bool_)
        if view.allowed is not None:
            counts_here &= view.allowed[start:stop]
        gone = left_out[(left_out >= start) & (left_out < stop)] - start
        counts_here[gone] = False
        counts += np.bincount(distances[counts_here], minlength=store.bits + 1)
    return Spread(counts)
