"""Jobs that answer a query and explain pictures: generators for pool threads.

As in ``library_tasks``: heavy modules load on the pool thread, what is yielded is shown
at once, what is returned ends the job. Pictures are decoded in another process.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from medhash_gui.settings import Settings
from medhash_gui.ui import picture
from medhash_gui.ui.library_tasks import Facts, OpenLibrary
from medhash_gui.ui.narrowing import Narrowing, start_of
from medhash_gui.ui.picture import Explanation, MapSource, Picture
from medhash_gui.ui.picture_process import PictureProcess

if TYPE_CHECKING:
    from medhash_gui.bundle import Look, ModelBundle
    from medhash_gui.images import Decoded
    from medhash_gui.search import Query, SearchFilter, SearchHit, SearchResult

Patients = Literal["exclude", "include", "group"]


@dataclass(frozen=True, slots=True)
class Source:
    """A picture to ask about.

    Attributes:
        name: what to call it.
        content: its file, or what gives the bytes of one, called on a pool thread.
        frame: which frame, from 0; None for the one that stands for the file.
        view: through which of its windows.
    """

    name: str
    content: Path | Callable[[], bytes] = field(repr=False)
    frame: int | None = None
    view: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user chose about the answer: which records count, how many hits."""

    patients: Patients = "exclude"
    label: str | None = None
    top: int = 12
    narrowing: Narrowing = field(default_factory=Narrowing)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A query that was answered; it can be asked again with another filter.

    Attributes:
        query: what was searched for.
        look: what the model saw.
        explanation: where the network looked.
        has_stored_code: whether the code came from the library.
    """

    query: Query
    look: Look
    explanation: Explanation
    has_stored_code: bool = False


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

    content = source.content
    read = pictures.read(
        content if isinstance(content, Path) else content(),
        name=source.name,
        frame=source.frame,
        view=source.view,
    )
    decoded = read.decoded
    yield _picture(source.name, decoded)

    store, model = library.store, library.model
    if store.refresh():
        yield library.facts()
    query = search.library_query(
        store, read.digest, frame=decoded.frame, identity=decoded.identity
    )
    has_stored_code = query is not None and decoded.view == 0
    look = None
    if query is None or not has_stored_code:
        look = model.look(decoded.pixels)
    if look is not None and query is not None:
        query = replace(query, codes=look.codes)
    elif look is not None:
        query = search.Query(
            codes=look.codes,
            digest=read.digest,
            frame=decoded.frame,
            patient_key=search.query_patient(store, decoded.identity),
            in_library=False,
        )
    assert query is not None
    yield search.search(store, query, filter=filter_of(choice), top=choice.top)
    look = look or model.look(decoded.pixels)
    return Answer(query, look, explain(model, look, explain_by), has_stored_code)


def ask_again(
    library: OpenLibrary, query: Query, *, choice: Choice
) -> Generator[Facts, None, SearchResult]:
    """Return the hits of a query that was answered before, under another filter."""
    from medhash_gui import search

    if library.store.refresh():
        yield library.facts()
    return search.search(library.store, query, filter=filter_of(choice), top=choice.top)


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
    yield _picture(hit.record.path, decoded, notes)
    look = library.model.look(decoded.pixels)
    return ShownHit(hit, look, explain(library.model, look, explain_by))


def view_hit(
    library: OpenLibrary, hit: SearchHit, pictures: PictureProcess, view: int
) -> Generator[None, None, Picture]:
    """Return a hit's picture through another window; its code and map stay.

    Raises:
        UnreadableImageError: its file is gone or gives no picture.
    """
    decoded, notes = _read_hit(library, hit, pictures, view=view)
    yield
    return _picture(hit.record.path, decoded, notes)


def explain_again(
    model: ModelBundle, look: Look, explain_by: MapSource | None
) -> Generator[None, None, Explanation]:
    """Return the saliency map of a picture that was looked at before."""
    yield
    return explain(model, look, explain_by)


def explain(
    model: ModelBundle, look: Look, explain_by: MapSource | None
) -> Explanation:
    """Return where the network looked, or why that is not shown."""
    from medhash_gui.saliency import Withheld

    wanted = explain_by or model.card.explains
    shown = model.explain(look, source=wanted)
    if isinstance(shown, Withheld):
        return Explanation(None, wanted, shown.reason)
    return Explanation(picture.shrunk(shown.values), shown.source)


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


def _picture(name: str, decoded: Decoded, notes: Sequence[str] = ()) -> Picture:
    return Picture(
        name,
        picture.pyramid(picture.to_image(decoded.pixels)),
        " ".join((*notes, *decoded.notes)),
        decoded.frame,
        decoded.frame_count,
        decoded.views,
        decoded.view,
    )
