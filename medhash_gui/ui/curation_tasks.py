"""Jobs about single pictures of the library: generators for its pool thread."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medhash_gui import audit
from medhash_gui.ui.library_tasks import Facts, OpenLibrary

if TYPE_CHECKING:
    from medhash_gui.curation import LeftOut
    from medhash_gui.store import CodeStore, RowChange

    Wish = Callable[[CodeStore], Sequence[RowChange]]


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """What was changed in the open library.

    Attributes:
        changes: what is different now; () where it was so before.
        undo: what brings back how it was.
        facts: of the library as it is now.
    """

    changes: Sequence[RowChange]
    undo: Sequence[RowChange]
    facts: Facts


def leave_out(
    library: OpenLibrary, rows: Sequence[int], *, take_back: bool
) -> Generator[None, None, Done]:
    """Leave pictures out of searches, or take them back.

    Raises:
        LibraryError: the library is on a server, or cannot be written to now.
    """

    def wish(store: CodeStore) -> Sequence[RowChange]:
        from medhash_gui import curation

        return curation.leaving_out(store, rows, take_back=take_back)

    what = "taken back" if take_back else "left out"
    return (yield from _change(library, wish, what))


def label(
    library: OpenLibrary, rows: Sequence[int], labels: tuple[str, ...] | None
) -> Generator[None, None, Done]:
    """Give pictures labels by hand, or those of their source where ``labels`` is None.

    Raises:
        LibraryError: as above.
        MedHashError: the source of the labels cannot be read.
    """

    def wish(store: CodeStore) -> Sequence[RowChange]:
        from medhash_gui import curation

        if labels is None:
            return curation.labelling_as_source(store, rows)
        return curation.labelling(store, rows, labels)

    return (yield from _change(library, wish, "labelled"))


def carry_out(
    library: OpenLibrary, changes: Sequence[RowChange]
) -> Generator[None, None, Done]:
    """Make changes that were made or undone before; raises as ``leave_out``."""
    return (yield from _change(library, lambda _: changes, "undone or done again"))


def left_out(library: OpenLibrary) -> Generator[None, None, list[LeftOut]]:
    """Return the pictures that are left out; raises as ``leave_out``."""
    from medhash_gui import curation

    yield
    store = library.kept_here
    store.refresh()
    return curation.left_out(store)


def _change(library: OpenLibrary, wish: Wish, what: str) -> Generator[None, None, Done]:
    from medhash_gui import curation
    from medhash_gui.store import CodeStore

    shown = library.kept_here
    yield
    with CodeStore.open(shown.root, writable=True) as store:
        changes = tuple(wish(store))
        undo = tuple(curation.undoing(store, changes))
        store.change(changes)
        if changes:
            audit.marked(store, what, rows=len(changes))
    shown.refresh()
    return Done(changes, undo, library.facts())
