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

from medhash_gui.answer import Answer, View
from medhash_gui.nearest import Target
from medhash_gui.queries import Query, QuerySet
from medhash_gui.search_result import NO_FILTER, SearchFilter

if TYPE_CHECKING:
    from medhash_gui.searched_library import SearchedLibrary


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
    store: SearchedLibrary,
    query: Query | QuerySet,
    *,
    filter: SearchFilter = NO_FILTER,
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
    target, farthest = Target(like, like[:0]), store.bits * len(like)
    scores = view.rows.up_to(target, farthest).without(left_out).scores
    distances = np.rint(scores / len(like)).astype(np.intp)
    return Spread(np.bincount(distances, minlength=store.bits + 1))
