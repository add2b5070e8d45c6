"""Jobs that open pictures to be looked at before they leave, and let them leave."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from medhash_gui.errors import ExportError, MedHashError, UnreadableImageError
from medhash_gui.grey_window import GreyWindow
from medhash_gui.query_box import QueryBox
from medhash_gui.ui import answer_tasks, explaining, report_tasks
from medhash_gui.ui.library_tasks import OpenLibrary
from medhash_gui.ui.picture import Explanation, Picture
from medhash_gui.ui.picture_process import PictureProcess
from medhash_gui.ui.report_tasks import Asked

if TYPE_CHECKING:
    from medhash_gui.exporting import Exported, Kind, Origin
    from medhash_gui.outgoing import OutgoingPicture
    from medhash_gui.picture_reader import Reading
    from medhash_gui.search import SearchHit

Form = Literal["pictures", "dicom", "teaching"]


@dataclass(frozen=True, slots=True, eq=False)
class OpenedPicture:
    """A picture to be looked at before it leaves.

    Attributes:
        picture: as it is.
        explanation: its map, or why there is none.
        suggested: where letters may stand.
    """

    picture: Picture
    explanation: Explanation
    suggested: tuple[QueryBox, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """A picture that shall leave.

    Attributes:
        hit: which hit; None for the query.
        masks: what is covered.
        window: the greys in which it was seen.
    """

    hit: SearchHit | None
    masks: tuple[QueryBox, ...] = ()
    window: GreyWindow = field(default_factory=GreyWindow)


@dataclass(frozen=True, slots=True, eq=False)
class ExportWish:
    """What shall leave, and how; a person has looked at all of it.

    Attributes:
        form: of the files.
        folder: where they go.
        chosen: the pictures; the query first, where it is among them.
        with_map: whether maps go along.
        is_beside: whether all stand side by side in one picture.
        has_keys: whether a Key Object Selection goes along.
        keeps_uids: whether it is by the original UIDs.
        diagnosis: for a teaching file.
        notes: for a teaching file.
        language: of a teaching file.
        replace: whether files are written over.
    """

    form: Form
    folder: Path
    chosen: tuple[Chosen, ...]
    with_map: bool = False
    is_beside: bool = False
    has_keys: bool = False
    keeps_uids: bool = False
    diagnosis: str = ""
    notes: str = ""
    language: str = "en"
    replace: bool = False


def open_one(
    library: OpenLibrary,
    asked: Asked,
    hit: SearchHit | None,
    pictures: PictureProcess,
) -> Generator[None, None, OpenedPicture | MedHashError]:
    """Return a picture of an answer to be looked at, or why there is none."""
    from medhash_gui import text_boxes

    try:
        reading = _read(library, asked, hit, pictures)
    except MedHashError as error:
        return error
    yield
    decoded = reading.decoded
    look = library.model.look(decoded.pixels)
    explanation = explaining.explain(library.model, look, library.model.card.explains)
    yield
    suggested = text_boxes.suggest(decoded.pixels)
    # Without the file's name: nobody needs it here, and dialogs are photographed.
    return OpenedPicture(
        answer_tasks.shown_picture("", decoded), explanation, suggested
    )


def write(
    library: OpenLibrary, asked: Asked, wish: ExportWish, pictures: PictureProcess
) -> Generator[int, None, Exported | MedHashError]:
    """Draw and write what is wished for; yield how many pictures are drawn.

    Returns:
        What was written, or why nothing was.
    """
    drawn: list[OutgoingPicture] = []
    try:
        for done, chosen in enumerate(wish.chosen, 1):
            drawn.append(_draw(library, asked, chosen, wish, pictures))
            yield done
        return _carry_out(library, asked, wish, drawn)
    except MedHashError as error:
        return error


def _carry_out(
    library: OpenLibrary, asked: Asked, wish: ExportWish, drawn: list[OutgoingPicture]
) -> Exported:
    import datetime
    import secrets

    from medhash_gui import dicom_export, exporting, picture_files
    from medhash_gui.store import CodeStore

    origin = _origin(library)
    now = datetime.datetime.now().astimezone()
    kind: Kind = wish.form
    if wish.form == "pictures":
        files = picture_files.contents(
            drawn,
            origin=origin,
            made=now,
            with_map=wish.with_map,
            is_beside=wish.is_beside,
            looked_at=True,
        )
    elif wish.form == "dicom":
        store, secret = library.store, secrets.token_bytes(32)
        if isinstance(store, CodeStore):
            secret = store.export_secret()
        files = dicom_export.contents(
            drawn,
            origin=origin,
            made=now,
            secret=secret,
            with_map=wish.with_map,
            is_beside=wish.is_beside,
            has_keys=wish.has_keys,
            keeps_uids=wish.keeps_uids,
            looked_at=True,
        )
    else:
        files = _teaching(library, asked, wish, drawn)
    return exporting.carry_out(
        kind,
        wish.folder,
        files,
        pictures=[picture.facts.number for picture in drawn],
        origin=origin,
        library=library.store,
        replace=wish.replace,
    )


def _teaching(
    library: OpenLibrary, asked: Asked, wish: ExportWish, drawn: list[OutgoingPicture]
) -> dict[str, bytes]:
    from medhash_gui import report, teaching
    from medhash_gui.store import CodeStore

    store = library.store
    if not isinstance(store, CodeStore):
        msg = f"{store.name} is on a server; teaching files are of local libraries."
        raise ExportError(msg, hint="Ask in the library's folder.")
    if not wish.chosen or wish.chosen[0].hit is not None:
        msg = "A teaching file begins with the query, and it was not chosen."
        raise ExportError(msg, hint="Tick the query, too.")
    hits = [chosen.hit for chosen in wish.chosen if chosen.hit is not None]
    made = report.compose(
        store,
        library.model.card,
        asked.answer.query,
        asked.result,
        chosen=hits,
        filter=answer_tasks.filter_of(asked.choice),
        top=asked.choice.top,
        question=report_tasks.question_of(asked),
        evidence=asked.evidence,
        familiarity=asked.answer.look.familiarity,
    )
    lesson = teaching.Lesson(wish.diagnosis, wish.notes, wish.language)
    return teaching.contents(made, drawn[0], drawn[1:], lesson, looked_at=True)


def _draw(
    library: OpenLibrary,
    asked: Asked,
    chosen: Chosen,
    wish: ExportWish,
    pictures: PictureProcess,
) -> OutgoingPicture:
    from medhash_gui import hit_pictures, outgoing
    from medhash_gui.hit_pictures import Drawing
    from medhash_gui.outgoing import MapStyle
    from medhash_gui.store import CodeStore

    style = None
    if wish.with_map:
        style = MapStyle(asked.style.opacity, asked.style.colour_map)
    view = 0 if chosen.hit is None else asked.seen.views.get(chosen.hit.row, 0)
    how = Drawing(chosen.masks, chosen.window, style, view)
    if chosen.hit is not None:
        return hit_pictures.draw_hit(
            chosen.hit, how, library=library.store, model=library.model,
            reader=pictures,
        )  # fmt: skip
    reading = _read(library, asked, None, pictures)
    store, frame = library.store, reading.decoded.frame
    labels: tuple[str, ...] = ()
    if isinstance(store, CodeStore):
        labels = hit_pictures.labels_of(store, reading.digest, frame)
    facts = hit_pictures.facts_of_query(
        outgoing.number_of(reading.digest),
        frame,
        case=asked.answer.query.patient_key or "",
        labels=labels,
    )
    content = asked.source.content
    file = content if isinstance(content, Path) else None
    return hit_pictures.draw(reading, facts, how, model=library.model, file=file)


def _read(
    library: OpenLibrary,
    asked: Asked,
    hit: SearchHit | None,
    pictures: PictureProcess,
) -> Reading:
    """Read a picture; what is said where that fails holds no name of a file."""
    source = asked.source
    try:
        if hit is None:
            return answer_tasks.read(source, pictures)
        file = library.store.indexed_root / hit.record.path
        view = asked.seen.views.get(hit.row, 0)
        reading = pictures.read(file, name=file.name, frame=hit.record.frame, view=view)
    except UnreadableImageError as error:
        msg = "The picture's file is not there or cannot be read."
        raise ExportError(msg, hint="Leave it out, or bring the file back.") from error
    if reading.digest != hit.record.digest:
        msg = f"The file of hit {hit.rank} was changed after it was indexed."
        raise ExportError(msg, hint="Update the library from its folder, or leave it.")
    return reading


def _origin(library: OpenLibrary) -> Origin:
    from medhash_gui import report
    from medhash_gui.exporting import Origin
    from medhash_gui.store import CodeStore

    store = library.store
    origin = Origin(store.model_id)
    if isinstance(store, CodeStore):
        fingerprint = report.fingerprint(store)
        origin = replace(origin, library=fingerprint, key_id=store.key_id)
    return origin
