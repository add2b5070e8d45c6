"""Jobs that answer a query and explain pictures: generators for pool threads.

As in ``library_tasks``: heavy modules load on the pool thread, what is yielded is shown
at once, what is returned ends the job.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from medhash_gui.settings import Settings
from medhash_gui.ui import picture
from medhash_gui.ui.library_tasks import Facts, OpenLibrary
from medhash_gui.ui.picture import Explanation, MapSource, Picture

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from medhash_gui.bundle import Look, ModelBundle
    from medhash_gui.search import Query, SearchFilter, SearchHit, SearchResult

    Pixels = npt.NDArray[np.float32]

Patients = Literal["exclude", "include", "group"]


@dataclass(frozen=True, slots=True)
class Source:
    """A picture to ask about: a file, or bytes from the clipboard."""

    name: str
    read: Callable[[], bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user chose about the answer: which records count, how many hits."""

    patients: Patients = "exclude"
    label: str | None = None
    top: int = 12


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A query that was answered; it can be asked again with another filter."""

    query: Query
    look: Look
    explanation: Explanation


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


def file_source(path: Path) -> Source:
    """Return the source of a picture in a file."""

    def read() -> bytes:
        from medhash_gui import images

        data: bytes = images.read_bytes(path)
        return data

    return Source(path.name, read)


def answer(
    library: OpenLibrary,
    source: Source,
    *,
    choice: Choice,
    explain_by: MapSource | None,
) -> Generator[Picture | SearchResult | Facts, None, Answer]:
    """Yield the query's picture, then the hits; return what explains the query.

    Raises:
        UnreadableImageError: the source gives no picture.
    """
    from medhash_gui import images, search

    data = source.read()
    digest = images.content_digest(data)
    decoded = images.decode(data, name=source.name)
    yield _picture(source.name, decoded.pixels, decoded.notes)

    store, model = library.store, library.model
    if store.refresh():
        yield library.facts()
    query = search.library_query(
        store, digest, frame=decoded.frame, patient_id=decoded.patient_id
    )
    look = None
    if query is None:
        look = model.look(decoded.pixels)
        patient = decoded.patient_id
        query = search.Query(
            codes=look.codes,
            digest=digest,
            frame=decoded.frame,
            patient_key=store.pseudonym(patient) if patient else None,
            in_library=False,
        )
    yield search.search(store, query, filter=_filter(choice), top=choice.top)
    look = look or model.look(decoded.pixels)
    return Answer(query, look, explain(model, look, explain_by))


def ask_again(
    library: OpenLibrary, query: Query, *, choice: Choice
) -> Generator[Facts, None, SearchResult]:
    """Return the hits of a query that was answered before, under another filter."""
    from medhash_gui import search

    if library.store.refresh():
        yield library.facts()
    return search.search(library.store, query, filter=_filter(choice), top=choice.top)


def show_hit(
    library: OpenLibrary, hit: SearchHit, explain_by: MapSource | None
) -> Generator[Picture, None, ShownHit]:
    """Yield a hit's picture; return what explains it.

    Raises:
        UnreadableImageError: its file is gone or gives no picture.
    """
    from medhash_gui import images

    record = hit.record
    data = images.read_bytes(library.store.indexed_root / record.path)
    decoded = images.decode(data, name=record.path, frame=record.frame)
    notes = decoded.notes
    if images.content_digest(data) != record.digest:
        notes = ("The file was changed after it was indexed.", *notes)
    yield _picture(record.path, decoded.pixels, notes)
    look = library.model.look(decoded.pixels)
    return ShownHit(hit, look, explain(library.model, look, explain_by))


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


def _filter(choice: Choice) -> SearchFilter:
    from medhash_gui.search import SearchFilter

    labels = () if choice.label is None else (choice.label,)
    return SearchFilter(labels=labels, patients=choice.patients)


def _picture(name: str, pixels: Pixels, notes: Sequence[str]) -> Picture:
    levels = picture.pyramid(picture.to_image(pixels))
    return Picture(name, levels, " ".join(notes))
