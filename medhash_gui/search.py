"""Search: filter, rank, break ties, name the hits.

The order is distance in bits, then cosine distance of the soft values, then content: it
never depends on the order of rows, which can follow the folders and so the classes. All
rows are compared, none is skipped by an index, so the answer is exact
(``docs/search.md``).

A patient's own pictures resemble each other without meaning anything; by default those
of the query's patient are left out and shown apart as ``prior``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from medhash_gui import answer, concept
from medhash_gui.answer import View
from medhash_gui.errors import ModelMismatchError
from medhash_gui.queries import (
    Query,
    QuerySet,
    library_query,
    new_query,
    query_patient,
)
from medhash_gui.search_result import (
    Cases,
    Patients,
    SearchFilter,
    SearchHit,
    SearchResult,
)

if TYPE_CHECKING:
    from medhash_gui.more_of import MoreOf
    from medhash_gui.searched_library import SearchedLibrary

__all__ = [
    "Cases",
    "Patients",
    "Query",
    "QuerySet",
    "SearchFilter",
    "SearchHit",
    "SearchResult",
    "library_query",
    "new_query",
    "query_patient",
    "search",
    "search_many",
]


_NO_FILTER = SearchFilter()


def search(
    library: SearchedLibrary,
    query: Query | QuerySet,
    *,
    filter: SearchFilter = _NO_FILTER,
    top: int = 12,
    farthest: bool = False,
    more_of: MoreOf | None = None,
) -> SearchResult:
    """Return the pictures of a library nearest to a query.

    Under "include" the query's own picture comes first where the library holds it,
    flagged and not counted in ``top``; otherwise it is left out, as pictures to be
    unlike always are. Other pictures with the same code stay.

    Args:
        library: the library.
        query: what to search for.
        filter: which rows may be hits; applied before ranking.
        top: how many hits at most.
        farthest: return the least similar pictures, the farthest first.
        more_of: a finding that the hits shall show more of; the query is moved towards
            it before it is searched for (``concept``).

    Raises:
        DatasetError: the library cannot tell what is more of the finding.
        ModelMismatchError: the query's code is not as long as the library's.
        ValueError: ``top`` is below 1, or the filter limits the distance of the
            farthest.
    """
    if more_of is not None:
        for picture in QuerySet.of(query).pictures:
            _check_length(library, picture)
        moved, how = concept.moved(library, query, more_of, filter=filter)
        found = search(library, moved, filter=filter, top=top, farthest=farthest)
        return found.of_moved(how)
    if not farthest:
        return search_many(library, [query], filter=filter, top=top)[0]
    if filter.within is not None:
        message = "The farthest pictures are not looked for within a distance."
        raise ValueError(message)
    opposite = QuerySet.of(query).opposite()
    found = search_many(library, [opposite], filter=filter, top=top)[0]
    return found.seen_from_the_opposite(library.bits)


def search_many(
    library: SearchedLibrary,
    queries: Sequence[Query | QuerySet],
    *,
    filter: SearchFilter = _NO_FILTER,
    top: int = 12,
    threads: int | None = None,
) -> list[SearchResult]:
    """Return what ``search`` returns for each query, in less time than one by one.

    Args:
        library: the library.
        queries: what to search for.
        filter: as for ``search``, the same for all.
        top: as for ``search``.
        threads: how many to use; None for what the machine and the work suggest.

    Raises:
        As ``search``.
    """
    if top < 1:
        message = f"A search shows at least one hit, not {top}."
        raise ValueError(message)
    sets = [QuerySet.of(query) for query in queries]
    for picture in (picture for one in sets for picture in one.pictures):
        _check_length(library, picture)
    view = View(library, filter, top, threads)
    return answer.answers(view, sets)


def _check_length(library: SearchedLibrary, query: Query) -> None:
    if query.codes.bits != library.bits:
        message = (
            f"The library was indexed with model {library.model_name}, codes of "
            f"{library.bits} bits, but the query has {query.codes.bits}."
        )
        hint = f"Load {library.model_name}, or index the folder with the model loaded."
        raise ModelMismatchError(message, hint=hint)
