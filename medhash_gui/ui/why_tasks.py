"""Jobs that compare a query with a hit: generators for pool threads."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

from medhash_gui.ui import answer_tasks
from medhash_gui.ui.answer_tasks import Answer, Choice, Marking
from medhash_gui.ui.library_tasks import OpenLibrary

if TYPE_CHECKING:
    from medhash_gui.bundle import Look, ModelBundle
    from medhash_gui.codes import HashCodes
    from medhash_gui.pair_explanation import CheckedMap
    from medhash_gui.shared_bits import SharedBits
    from medhash_gui.stability import Change


def compare(
    model: ModelBundle, query: Look, hit: Look
) -> Generator[SharedBits | None, None, tuple[CheckedMap, CheckedMap]]:
    """Yield the bits of both; return the tested maps of what they share."""
    from medhash_gui import pair_explanation

    bits = pair_explanation.bits(query, hit)
    yield bits
    return (
        pair_explanation.pair_map(model, query, bits),
        pair_explanation.pair_map(model, hit, bits),
    )


def try_changes(
    library: OpenLibrary, answer: Answer, choice: Choice
) -> Generator[None, None, tuple[Change, ...]]:
    """Return what small changes of the query's picture turn over.

    What was marked plays no part: it is the query's own code that is tried.
    """
    from medhash_gui import search, stability

    plain = replace(choice, marking=Marking())

    def nearest(codes: HashCodes) -> frozenset[int]:
        query = replace(answer.query, codes=codes)
        found = search.search(
            library.store, query, filter=answer_tasks.filter_of(plain), top=plain.top
        )
        return frozenset(hit.row for hit in found.hits)

    tried = []
    for change in stability.changes(library.model, answer.look, nearest):
        tried.append(change)
        yield
    return tuple(tried)
