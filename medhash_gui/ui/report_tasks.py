"""The job that makes a report: pictures drawn with their maps, and the file written."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from medhash_gui.errors import ExportError, MedHashError, UnreadableImageError
from medhash_gui.grey_window import GreyWindow
from medhash_gui.query_box import QueryBox
from medhash_gui.ui import answer_tasks, picture_export
from medhash_gui.ui.answer_tasks import Answer, Choice
from medhash_gui.ui.library_tasks import OpenLibrary
from medhash_gui.ui.picture import OverlayStyle
from medhash_gui.ui.picture_process import PictureProcess

if TYPE_CHECKING:
    from medhash_gui.evidence import Evidence
    from medhash_gui.hit_pictures import Drawing
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
        masks_suggested: whether boxes are covered in which letters may stand.
        replace: whether a file that is there is written over.
    """

    file: Path
    hits: int
    has_pictures: bool = True
    has_text: bool = False
    masks_suggested: bool = False
    replace: bool = False


QUERY = -1
"""Stands for the query among rows of hits."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How pictures of an answer are looked at, and so how they leave.

    Attributes:
        query_greys: which greys of the query are spread.
        hit_greys: the same of the hits.
        views: windows of headers through which hits are seen, by row; 0 is the first.
        masks: boxes that a person drew or took, by row, or ``QUERY``.
    """

    query_greys: GreyWindow = field(default_factory=GreyWindow)
    hit_greys: GreyWindow = field(default_factory=GreyWindow)
    views: Mapping[int, int] = field(default_factory=dict)
    masks: Mapping[int, tuple[QueryBox, ...]] = field(default_factory=dict)


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
        seen: how the pictures are looked at.
    """

    source: answer_tasks.Source
    answer: Answer
    result: SearchResult
    choice: Choice
    evidence: Evidence | None
    style: OverlayStyle
    seen: Seen = field(default_factory=Seen)


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
        question=question_of(asked),
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
        origin=Origin(store.model_id, str(made.library["fingerprint"]), store.key_id),
        library=store,
        replace=wish.replace,
    )
    return wish.file


def question_of(asked: Asked) -> Question:
    """Return how the search was asked besides its filter."""
    from medhash_gui.report import Question

    marking, box = asked.choice.marking, asked.answer.box
    more_of = asked.choice.more_of
    return Question(
        like=1 + len(marking.added) + len(marking.like),
        unlike=len(marking.unlike),
        box="" if box is None else str(box),
        farthest=asked.choice.farthest,
        view=asked.source.view,
        more_of="" if more_of is None else str(more_of),
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
    from medhash_gui import hit_pictures, outgoing
    from medhash_gui.report import ReportPicture

    try:
        read = answer_tasks.read(asked.source, pictures)
    except UnreadableImageError:
        return _left_out()
    number = outgoing.number_of(read.digest)
    facts = hit_pictures.facts_of_query(number, read.decoded.frame)
    is_region = asked.answer.box is not None
    how = _drawing(asked, wish, QUERY, has_map=not is_region)
    try:
        made = hit_pictures.draw(read, facts, how, model=library.model)
    except ExportError as error:
        return ReportPicture(None, f"Left out. {error.message}")
    found = hit_pictures.for_report(made, looked_at=wish.has_text)
    if is_region and found.png is not None:
        note = "Without a map: it is of a region of the picture."
        return ReportPicture(found.png, note)
    return found


def _hit_picture(
    library: OpenLibrary,
    hit: SearchHit,
    asked: Asked,
    wish: Wish,
    pictures: PictureProcess,
) -> ReportPicture:
    from medhash_gui import hit_pictures
    from medhash_gui.report import ReportPicture

    how = _drawing(asked, wish, hit.row)
    try:
        made = hit_pictures.draw_hit(
            hit,
            how,
            library=library.store,
            model=library.model,
            reader=pictures,
            has_source=False,
        )
    except UnreadableImageError:
        return _left_out()
    except ExportError as error:
        return ReportPicture(None, f"Left out. {error.message}")
    return hit_pictures.for_report(made, looked_at=wish.has_text)


def _drawing(asked: Asked, wish: Wish, row: int, *, has_map: bool = True) -> Drawing:
    from medhash_gui.hit_pictures import Drawing
    from medhash_gui.outgoing import MapStyle

    seen, style = asked.seen, None
    if has_map and asked.style.visible:
        style = MapStyle(asked.style.opacity, asked.style.colour_map)
    return Drawing(
        seen.masks.get(row, ()),
        seen.query_greys if row == QUERY else seen.hit_greys,
        style,
        seen.views.get(row, 0),
        is_suggested=wish.masks_suggested,
    )


def _left_out() -> ReportPicture:
    """Say that a file gives no picture; why may hold its name, so it is not said."""
    from medhash_gui.report import ReportPicture

    return ReportPicture(None, "Left out: its file is not there or cannot be read.")
