"""Tell whether the nearest pictures are near enough to mean anything.

There is always a nearest picture. Where it is known how often held-out pairs so far
apart shared a label, a distance tells something as long as they did so more often than
any two pictures; with too few hits that near, the answer is that there are not enough
similar cases, and not a list that looks like one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from medhash_gui.distance_table import DistanceTable
from medhash_gui.search_result import SearchHit

ENOUGH = 3
"""So many hits must be near before they are called similar cases."""


@dataclass(frozen=True, slots=True)
class Nearness:
    """How many hits are near enough.

    Attributes:
        limit: greatest distance at which held-out pairs shared a label more often than
            by chance, -1 where none did; None where that was not measured.
        near: how many hits are within the limit; all of them where there is none.
    """

    limit: int | None
    near: int

    @property
    def is_enough(self) -> bool:
        """Whether there are enough similar cases; not known is no reason to doubt."""
        return self.limit is None or self.near >= ENOUGH


def limit_of(table: DistanceTable) -> int:
    """Return up to which distance pairs shared a label more often than by chance.

    That is as far as the lower end of each range's interval stays above chance; -1
    where not even the nearest pairs' does.
    """
    limit = -1
    for row in table.rows:
        if row.low <= table.chance:
            break
        limit = row.high_bits
    return limit


def judge(hits: Sequence[SearchHit], table: DistanceTable | None) -> Nearness:
    """Return how many of some hits are near enough.

    Args:
        hits: of an answer; the query's own picture does not count.
        table: what distances meant for the model, or None.
    """
    others = [hit for hit in hits if not hit.identical]
    if table is None:
        return Nearness(None, len(others))
    limit = limit_of(table)
    return Nearness(limit, sum(hit.distance <= limit for hit in others))
