"""The job that lists pictures by the words of their reports, on a pool thread."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

from medhash_gui.ui import answer_tasks
from medhash_gui.ui.answer_tasks import Choice
from medhash_gui.ui.library_tasks import Facts, OpenLibrary

if TYPE_CHECKING:
    from medhash_gui.search import SearchResult


def list_reports(
    library: OpenLibrary, choice: Choice
) -> Generator[Facts, None, SearchResult]:
    """Return the pictures whose reports have the words, where nothing was asked with.

    Raises:
        LibraryError: the library is on a server, where words are not looked for.
    """
    from medhash_gui import audit, listing

    if library.store.refresh():
        yield library.facts()
    narrowing = replace(choice.narrowing, within=None)
    condition = answer_tasks.filter_of(replace(choice, narrowing=narrowing))
    found = listing.matching(library.kept_here, condition, top=choice.top)
    audit.listed(library.kept_here, found)  # before it can be seen
    return found
