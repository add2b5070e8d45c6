"""The job that makes a report: pictures drawn with their maps, and the file written."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medhash_gui.errors import MedHashError, UnreadableImageError
from medhash_gui.ui import answer_tasks, picture_export
from medhash_gui.ui.answer_tasks import Answer, Choice
from medhash_gui.ui.library_tasks import OpenLibrary
from medhash_gui.ui.picture import OverlayStyle
from medhash_gui.ui.picture_process import PictureProcess

if TYPE_CHECKING:
    from medhash_gui.evidence import Evidence
    from medhash_gui.report import Question, Report, ReportPicture
    from medhash_gui.search import SearchHit, SearchResult

FORMATS = (".html", ".pdf", ".csv", ".json")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the report shall hold, and where it goes.

    Attributes:
        file: its suffix says which form it takes, one of ``FORMATS``.
        hits: how many of the nearest.
        has_pictures: whether pictures are in it.
        has_text: whether pictures are shown in which letters may be written.
        replace: whether a file that is there is written over.
    """

    file: Path
    hits: int
    has_pictures: bool = True
    has_text: bool = False
    replace: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The answer that the report is about, as it was when it was wished for.

    Attributes:
        source: the query's picture.
        answer: the query, and what the model saw.
        result: the hits.
        choice: under which they were found.
        evidence: what stands behind them, or None.
        style: how maps are drawn.
    """

    source: answer_tasks.Source
    answer: Answer
    result: SearchResult
    choice: Choice
    evidence: Evidence | None
    style: OverlayStyle


def write(
    library: OpenLibrary, asked: Asked, wish: Wish, pictures: PictureProcess
) -> Generator[int, None, Path]:
    """Write a report; yield how many of its pictures are drawn, return its file.

    Raises:
        MedHashError: the file cannot be written.
    """
    from medhash_gui import exporting, report
    from medhash_gui.exporting import Origin
    from medhash_gui.store import CodeStore

    store = library.store
    if not isinstance(store, CodeStore):
        msg = f"{store.name} is on a server; reports are of libraries in a folder."
        raise MedHashError(msg, hint="Ask in the library's folder.")
    chosen = asked.result.hits[: wish.hits]
    drawn: dict[int, ReportPicture] = {}
    own: ReportPicture | None = None
    if wish.has_pictures and wish.file.suffix in (".html", ".pdf"):
        own = _query_picture(library, asked, wish, pictures)
        yield 0
        for done, hit in enumerate(chosen, 1):
            drawn[hit.row] = _hit_picture(library, hit, asked, wish, pictures)
            yield done
    made = report.compose(
        store,
        library.model.card,
        asked.answer.query,
        asked.result,
        chosen=chosen,
        filter=answer_tasks.filter_of(asked.choice),
        top=asked.choice.top,
        question=_question(asked),
        evidence=asked.evidence,
        familiarity=asked.answer.look.familiarity,
        pictures=drawn,
        query_picture=own,
    )
    exporting.carry_out(
        "report",
        wish.file.parent,
        {wish.file.name: _bytes(made, wish.file.suffix)},
        pictures=[made.query_id, *(hit.picture_id for hit in made.hits)],
        origin=Origin(store.model_id, str(made.library["fingerprint"])),
        library=store,
        replace=wish.replace,
    )
    return wish.file


def _question(asked: Asked) -> Question:
    """Return how the search was asked besides its filter."""
    from medhash_gui.report import Question

    marking, box = asked.choice.marking, asked.answer.box
    return Question(
        like=1 + len(marking.added) + len(marking.like),
        unlike=len(marking.unlike),
        box="" if box is None else str(box),
        farthest=asked.choice.farthest,
    )


def _bytes(made: Report, suffix: str) -> bytes:
    from medhash_gui import report_page

    match suffix:
        case ".csv":
            return made.as_csv()
        case ".json":
            return made.as_json()
        case ".pdf":
            return picture_export.to_pdf(report_page.page(made))
        case _:
            return report_page.page(made).encode("utf-8", "backslashreplace")


def _query_picture(
    library: OpenLibrary, asked: Asked, wish: Wish, pictures: PictureProcess
) -> ReportPicture:
    source, content = asked.source, asked.source.content
    try:
        read = pictures.read(
            content if isinstance(content, Path) else content(),
            name=source.name,
            frame=source.frame,
            view=source.view,
        )
    except UnreadableImageError as error:
        return _left_out(error)
    return picture_export.drawn(
        library.model,
        read.decoded,
        asked.answer.look,
        asked.style,
        has_text=wish.has_text,
    )


def _hit_picture(
    library: OpenLibrary,
    hit: SearchHit,
    asked: Asked,
    wish: Wish,
    pictures: PictureProcess,
) -> ReportPicture:
    record = hit.record
    place = library.store.indexed_root / record.path
    try:
        read = pictures.read(place, name=record.path, frame=record.frame, view=0)
    except UnreadableImageError as error:
        return _left_out(error)
    if read.digest != record.digest:
        from medhash_gui.report import ReportPicture

        note = "Left out: the file was changed after it was indexed."
        return ReportPicture(None, note)
    look = library.model.look(read.decoded.pixels)
    return picture_export.drawn(
        library.model, read.decoded, look, asked.style, has_text=wish.has_text
    )


def _left_out(error: UnreadableImageError) -> ReportPicture:
    """Say that a file gives no picture; why may hold its name, so it is not said."""
    from medhash_gui.report import ReportPicture

    del error
    return ReportPicture(None, "Left out: its file is not there or cannot be read.")
