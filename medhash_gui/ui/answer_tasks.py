"""Jobs that answer a query and explain pictures: generators for pool threads.

As in ``library_tasks``: heavy modules load on the pool thread, what is yielded is shown
at once, what is returned ends the job. Pictures are decoded in another process.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from medhash_gui import audit
from medhash_gui.more_of import MoreOf
from medhash_gui.query_box import QueryBox
from medhash_gui.settings import Settings
from medhash_gui.ui import explaining, picture
from medhash_gui.ui.library_tasks import Facts, OpenLibrary
from medhash_gui.ui.narrowing import Narrowing, start_of
from medhash_gui.ui.picture import Explanation, MapSource, Picture
from medhash_gui.ui.picture_process import PictureProcess

if TYPE_CHECKING:
    from medhash_gui.bundle import Look
    from medhash_gui.images import Decoded
    from medhash_gui.picture_reader import Reading
    from medhash_gui.search import (
        Query,
        QuerySet,
        SearchFilter,
        SearchHit,
        SearchResult,
    )
    from medhash_gui.searched_library import SearchedLibrary

Patients = Literal["exclude", "include", "group"]


@dataclass(frozen=True, slots=True)
class Source:
    """A picture to ask about.

    Attributes:
        name: what to call it.
        content: its file, or what gives the bytes of one, called on a pool thread.
        frame: which frame, from 0; None for the one that stands for the file.
        view: through which of its windows.
        box: region that is asked about; None for the whole picture.
    """

    name: str
    content: Path | Callable[[], bytes] = field(repr=False)
    frame: int | None = None
    view: int = 0
    box: QueryBox | None = None


@dataclass(frozen=True, slots=True)
class Marking:
    """What the user said of hits, and pictures that are asked about besides.

    Attributes:
        like: rows that further hits shall be like.
        unlike: rows that they shall not be like.
        added: further query pictures.
    """

    like: tuple[int, ...] = ()
    unlike: tuple[int, ...] = ()
    added: tuple[Query, ...] = ()

    def around(self, store: SearchedLibrary, query: Query) -> Query | QuerySet:
        """Return what is searched for: a query, and what was marked around it."""
        from medhash_gui.search import QuerySet

        if self == Marking():
            return query
        like = (query, *self.added, *_marked(store, self.like))
        return QuerySet(like, _marked(store, self.unlike))


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user chose about the answer: which records count, which come first.

    Attributes:
        patients: what becomes of the query's own patient.
        label: the label that hits bear, or None.
        top: how many hits.
        narrowing: the filters.
        marking: what is asked about besides.
        farthest: whether the least similar come first.
        more_of: a finding that the hits shall show more of than the query, or None.
    """

    patients: Patients = "exclude"
    label: str | None = None
    top: int = 12
    narrowing: Narrowing = field(default_factory=Narrowing)
    marking: Marking = Marking()
    farthest: bool = False
    more_of: MoreOf | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A query that was answered; it can be asked again with another filter.

    Attributes:
        query: what was searched for.
        look: what the model saw.
        explanation: where the network looked.
        has_stored_code: whether the code came from the library.
        box: the region that was asked about, or None.
    """

    query: Query
    look: Look
    explanation: Explanation
    has_stored_code: bool = False
    box: QueryBox | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ShownHit:
    """A hit that was looked at; it can be explained again from another source."""

    hit: SearchHit
    look: Look
    explanation: Explanation


def first_choice(settings: Settings) -> Choice:
    """Return the choice that a window starts with."""
    wished = settings.text("patients")
    patients = next(one for one in get_args(Patients) if one == wished)
    return Choice(patients=patients, top=settings.whole("top"))


def answer(
    library: OpenLibrary,
    source: Source,
    pictures: PictureProcess,
    *,
    choice: Choice,
    explain_by: MapSource | None,
) -> Generator[Picture | SearchResult | Facts, None, Answer]:
    """Yield the query's picture, then the hits; return what explains the query.

    A frame that the library holds has its stored code, unless it is seen through
    another window than the one it was indexed through.

    Raises:
        UnreadableImageError: the source gives no picture.
    """
    from medhash_gui import search

    reading = read(source, pictures)
    decoded = reading.decoded
    yield shown_picture(source.name, decoded)
    seen = decoded.pixels if source.box is None else source.box.cut(decoded.pixels)

    store, model = library.store, library.model
    if store.refresh():
        yield library.facts()
    query = search.library_query(
        store, reading.digest, frame=decoded.frame, identity=decoded.identity
    )
    has_stored_code = query is not None and decoded.view == 0 and source.box is None
    look = None
    if query is None or not has_stored_code:
        look = model.look(seen)
    if look is not None:
        is_known = query is not None
        query = search.new_query(
            store, look.codes, reading.digest, decoded.frame, decoded.identity
        )
        query = replace(query, in_library=is_known)
    assert query is not None
    asked = choice.marking.around(store, query)
    result = found(store, asked, choice)
    audit.asked(store, asked, result)  # before it can be seen
    yield result
    look = look or model.look(seen)
    explanation = explaining.within(
        explaining.explain(model, look, explain_by), source.box
    )
    return Answer(query, look, explanation, has_stored_code, source.box)


def look_at(
    library: OpenLibrary, source: Source, pictures: PictureProcess
) -> Generator[None, None, Query]:
    """Return the query for one more picture that is asked about.

    Raises:
        UnreadableImageError: the source gives no picture.
    """
    from medhash_gui import search

    reading = read(source, pictures)
    yield
    store, decoded = library.store, reading.decoded
    query = search.library_query(
        store, reading.digest, frame=decoded.frame, identity=decoded.identity
    )
    if query is not None:
        return query
    look = library.model.look(decoded.pixels)
    return search.new_query(
        store, look.codes, reading.digest, decoded.frame, decoded.identity
    )


def ask_again(
    library: OpenLibrary, query: Query, *, choice: Choice
) -> Generator[Facts, None, SearchResult]:
    """Return the hits of a query that was answered before, under another filter."""
    if library.store.refresh():
        yield library.facts()
    asked = choice.marking.around(library.store, query)
    result = found(library.store, asked, choice)
    audit.asked(library.store, asked, result)
    return result


def show_hit(
    library: OpenLibrary,
    hit: SearchHit,
    pictures: PictureProcess,
    explain_by: MapSource | None,
) -> Generator[Picture, None, ShownHit]:
    """Yield a hit's picture; return what explains it.

    Raises:
        UnreadableImageError: its file is gone or gives no picture.
    """
    decoded, notes = _read_hit(library, hit, pictures, view=0)
    yield shown_picture(hit.record.path, decoded, notes)
    look = library.model.look(decoded.pixels)
    return ShownHit(hit, look, explaining.explain(library.model, look, explain_by))


def view_hit(
    library: OpenLibrary, hit: SearchHit, pictures: PictureProcess, view: int
) -> Generator[None, None, Picture]:
    """Return a hit's picture through another window; its code and map stay.

    Raises:
        UnreadableImageError: its file is gone or gives no picture.
    """
    decoded, notes = _read_hit(library, hit, pictures, view=view)
    yield
    return shown_picture(hit.record.path, decoded, notes)


def read(source: Source, pictures: PictureProcess) -> Reading:
    """Return a picture that was asked about.

    Raises:
        UnreadableImageError: the source gives no picture.
    """
    content = source.content
    return pictures.read(
        content if isinstance(content, Path) else content(),
        name=source.name,
        frame=source.frame,
        view=source.view,
    )


def _marked(library: SearchedLibrary, rows: Sequence[int]) -> tuple[Query, ...]:
    """Return rows of the library as queries, with their stored codes."""
    import numpy as np

    from medhash_gui.search import Query

    wanted = np.array(rows, np.intp)
    if not len(wanted):
        return ()
    codes = library.codes(wanted)
    return tuple(
        Query(
            codes.take([place]),
            record.digest,
            record.frame,
            record.patient_key,
            in_library=True,
        )
        for place, record in enumerate(library.select().records(wanted))
    )


def filter_of(choice: Choice) -> SearchFilter:
    """Return which records may be hits under a choice."""
    from medhash_gui.search import SearchFilter

    narrowing = choice.narrowing
    return SearchFilter(
        labels=() if choice.label is None else (choice.label,),
        patients=choice.patients,
        within=narrowing.within,
        cases="group" if narrowing.once_a_case else "all",
        details=narrowing.details,
        folder=narrowing.folder,
        since_ns=start_of(narrowing.since),
        before_ns=start_of(narrowing.before),
        report=narrowing.report,
    )


def found(
    store: SearchedLibrary, asked: Query | QuerySet, choice: Choice
) -> SearchResult:
    """Return the hits of a query under a choice; raises as ``search.search``."""
    from medhash_gui import search

    condition = filter_of(choice)
    if choice.farthest:
        condition = replace(condition, within=None)  # of what is near, it is said
    return search.search(
        store,
        asked,
        filter=condition,
        top=choice.top,
        farthest=choice.farthest,
        more_of=choice.more_of,
    )


def _read_hit(
    library: OpenLibrary, hit: SearchHit, pictures: PictureProcess, *, view: int
) -> tuple[Decoded, tuple[str, ...]]:
    """Return a hit's picture, and what to say when its file is another by now."""
    record = hit.record
    file = library.store.indexed_root / record.path
    read = pictures.read(file, name=record.path, frame=record.frame, view=view)
    if read.digest == record.digest:
        return read.decoded, ()
    return read.decoded, ("The file was changed after it was indexed.",)


def shown_picture(name: str, decoded: Decoded, notes: Sequence[str] = ()) -> Picture:
    """Return a decoded picture, ready to paint."""
    levels = picture.pyramid(picture.to_image(decoded.pixels))
    return Picture(
        name,
        levels,
        " ".join((*notes, *decoded.notes)),
        decoded.frame,
        decoded.frame_count,
        decoded.views,
        decoded.view,
        picture.fine_levels(decoded.pixels, len(levels)),
        decoded.spacing,
    )
