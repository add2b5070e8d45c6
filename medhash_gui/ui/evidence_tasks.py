"""Jobs that weigh an answer: generators for the pool thread of the open library."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medhash_gui.ui import answer_tasks
from medhash_gui.ui.answer_tasks import Choice
from medhash_gui.ui.library_tasks import OpenLibrary

if TYPE_CHECKING:
    from medhash_gui.evidence import Evidence
    from medhash_gui.search import Query

SHOWN_DETAILS = ("modality", "body_part", "view", "laterality", "sex", "age_band",
                 "maker", "device", "confirmed_by")  # fmt: skip
"""Details that the window's filters offer, where a library keeps them."""

Values = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """What stands behind an answer.

    Attributes:
        evidence: what the nearest cases say.
        counts: how many pictures there are at each distance, from 0 bits on.
        median: the distance that half of them are within, or None.
    """

    evidence: Evidence
    counts: tuple[int, ...]
    median: int | None


def weigh(
    library: OpenLibrary, query: Query, choice: Choice, neighbours: int
) -> Generator[None, None, Weighed | None]:
    """Return what stands behind an answer.

    None of a library on a server, and of a query that was moved towards a finding: what
    neighbours and distances tell was measured on pictures as they are.
    """
    from medhash_gui import evidence
    from medhash_gui.spread import spread
    from medhash_gui.store import CodeStore

    store = library.store
    if not isinstance(store, CodeStore) or choice.more_of is not None:
        return None
    asked = choice.marking.around(store, query)
    condition = answer_tasks.filter_of(choice)
    found = spread(store, asked, filter=condition)
    yield
    weighed = evidence.weigh(store, asked, filter=condition, neighbours=neighbours)
    return Weighed(weighed, tuple(found.counts.tolist()), found.median)


def values(library: OpenLibrary) -> Generator[None, None, Values]:
    """Return the values of each detail, and how frequent; none of a server's."""
    from medhash_gui.store import CodeStore

    found: dict[str, Mapping[str, int]] = {}
    if not isinstance(library.store, CodeStore):
        return found
    for key in SHOWN_DETAILS:
        found[key] = library.store.detail_counts(key)
        yield
    return found
