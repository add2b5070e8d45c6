"""``medhash export dicom``, ``teaching`` and ``report``: a search, made to leave."""

from __future__ import annotations

import argparse
import contextlib
import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medhash_gui import (
    audit,
    bundle,
    dicom_export,
    encoders,
    evidence,
    exporting,
    hit_pictures,
    outgoing,
    report,
    report_page,
    search,
    teaching,
)
from medhash_gui.command.drawing import AskedDrawing
from medhash_gui.command.output import Output
from medhash_gui.errors import ExportError, UnreadableImageError
from medhash_gui.exporting import Exported, Origin
from medhash_gui.hit_pictures import Drawing
from medhash_gui.outgoing import MapStyle, OutgoingPicture
from medhash_gui.report import Report, ReportPicture
from medhash_gui.search import SearchFilter
from medhash_gui.store import CodeStore
from medhash_gui.teaching import Lesson

if TYPE_CHECKING:
    from medhash_gui.bundle import Look, ModelBundle
    from medhash_gui.picture_reader import PictureReader, Reading
    from medhash_gui.search import Query, SearchHit, SearchResult

_NEIGHBOURS = 10
_REPORTS = (".html", ".csv", ".json")
_MOST_NOTES = 100_000  # characters


@dataclass(frozen=True, slots=True, eq=False)
class _Searched:
    """A query that was answered."""

    store: CodeStore
    model: ModelBundle
    query: Query
    reading: Reading
    look: Look
    filter: SearchFilter
    result: SearchResult

    @property
    def origin(self) -> Origin:
        store = self.store
        return Origin(store.model_id, report.fingerprint(store), store.key_id)


def run(
    arguments: argparse.Namespace, output: Output, reader: PictureReader
) -> Exported:
    """Search, and export what was found as the arguments say.

    Raises:
        MedHashError: something cannot be read, may name somebody, or not be written.
    """
    if arguments.action == "report" and arguments.out.suffix.lower() not in _REPORTS:
        msg = f"{arguments.out.name} does not end in .html, .csv or .json."
        hint = "The window writes a PDF; a browser prints the HTML into one."
        raise ExportError(msg, hint=hint)
    notes = _notes(arguments)
    with contextlib.closing(CodeStore.open(arguments.library)) as store:
        output.note_of(audit.opened(store))
        searched = _search(arguments, store, reader)
        output.note_of(audit.asked(store, searched.query, searched.result))
        if arguments.action == "report":
            return _report(arguments, searched, reader)
        hits = searched.result.hits
        pictures = _pictures(arguments, searched, hits, output, reader)
        made = datetime.datetime.now().astimezone()
        if arguments.action == "dicom":
            kind: exporting.Kind = "dicom"
            files = dicom_export.contents(
                pictures,
                origin=searched.origin,
                made=made,
                secret=store.export_secret(),
                with_map=not arguments.no_maps,
                is_beside=arguments.beside,
                has_keys=arguments.key_objects or arguments.original_uids,
                keeps_uids=arguments.original_uids,
                looked_at=arguments.looked_at,
            )
        else:
            kind = "teaching"
            there = {picture.facts.rank for picture in pictures}
            chosen = [hit for hit in hits if hit.rank in there]
            files = teaching.contents(
                _compose(arguments, searched, chosen, made, {}),
                pictures[0],
                pictures[1:],
                Lesson(arguments.diagnosis, notes, arguments.language),
                looked_at=arguments.looked_at,
            )
        return exporting.carry_out(
            kind,
            arguments.out,
            files,
            pictures=[picture.facts.number for picture in pictures],
            origin=searched.origin,
            library=store,
            replace=arguments.replace,
        )


def _asked(arguments: argparse.Namespace) -> AskedDrawing:
    return AskedDrawing(arguments.mask, arguments.window, arguments.view)


def _search(
    arguments: argparse.Namespace, store: CodeStore, reader: PictureReader
) -> _Searched:
    model = bundle.ModelBundle.open(encoders.of_library(store).folder)
    frame = None if arguments.frame is None else arguments.frame - 1
    file: Path = arguments.image
    reading = reader.read(file, name=file.name, frame=frame)
    number = outgoing.number_of(reading.digest)
    view = _asked(arguments).view_of(number, is_query=True)
    query = None
    if view:  # of another window the library has no code
        reading = reader.read(file, name=file.name, frame=frame, view=view)
    decoded = reading.decoded
    look = model.look(decoded.pixels)
    if not view:
        query = search.library_query(
            store, reading.digest, frame=decoded.frame, identity=decoded.identity
        )
    if query is None:
        query = search.new_query(
            store, look.codes, reading.digest, decoded.frame, decoded.identity
        )
    asked = SearchFilter(patients=arguments.patients)
    result = search.search(store, query, filter=asked, top=arguments.top)
    return _Searched(store, model, query, reading, look, asked, result)


def _pictures(
    arguments: argparse.Namespace,
    searched: _Searched,
    hits: Sequence[SearchHit],
    output: Output,
    reader: PictureReader,
) -> list[OutgoingPicture]:
    """Return query and hits, drawn; hits that cannot be read are left out and said."""
    store, model = searched.store, searched.model
    style = None if getattr(arguments, "no_maps", False) else MapStyle()
    number = outgoing.number_of(searched.reading.digest)
    numbers = [number, *(outgoing.number_of(hit.record.digest) for hit in hits)]
    asked = _asked(arguments)
    asked.check(numbers)

    def how(number: str) -> Drawing:
        greys, view = asked.greys_of(number), asked.view_of(number)
        return Drawing(asked.masks_of(number), greys, style, view)

    facts = hit_pictures.facts_of_query(
        number,
        searched.reading.decoded.frame,
        case=searched.query.patient_key or "",
        labels=hit_pictures.labels_of(
            store, searched.reading.digest, searched.reading.decoded.frame
        ),
    )
    drawn = [
        hit_pictures.draw(
            searched.reading, facts, how(number), model=model, file=arguments.image
        )
    ]
    for hit, name in zip(hits, numbers[1:], strict=True):
        try:
            drawn.append(
                hit_pictures.draw_hit(
                    hit, how(name), library=store, model=model, reader=reader
                )
            )
        except UnreadableImageError:
            if how(name).view:
                raise  # it may have no such window, which was asked for
            output.note(f"hit {hit.rank}, picture {name}, is left out: no such file.")
    return drawn


def _report(
    arguments: argparse.Namespace, searched: _Searched, reader: PictureReader
) -> Exported:
    file: Path = arguments.out
    suffix, hits = file.suffix.lower(), searched.result.hits
    pictures: dict[int, ReportPicture] = {}
    own = outgoing.number_of(searched.reading.digest)
    _asked(arguments).check(
        [own, *(outgoing.number_of(hit.record.digest) for hit in hits)]
    )
    if suffix == ".html" and not arguments.no_pictures:
        pictures[-1] = _in_report(searched, None, arguments, reader)
        for hit in hits:
            pictures[hit.row] = _in_report(searched, hit, arguments, reader)
    made = datetime.datetime.now().astimezone()
    composed = _compose(arguments, searched, hits, made, pictures)
    match suffix:
        case ".csv":
            data = composed.as_csv()
        case ".json":
            data = composed.as_json()
        case _:
            data = report_page.page(composed).encode("utf-8", "backslashreplace")
    numbers = [composed.query_id, *(hit.picture_id for hit in composed.hits)]
    return exporting.carry_out(
        "report",
        file.absolute().parent,
        {file.name: data},
        pictures=numbers,
        origin=searched.origin,
        library=searched.store,
        replace=arguments.replace,
    )


def _in_report(
    searched: _Searched,
    hit: SearchHit | None,
    arguments: argparse.Namespace,
    reader: PictureReader,
) -> ReportPicture:
    digest = searched.reading.digest if hit is None else hit.record.digest
    number, asked = outgoing.number_of(digest), _asked(arguments)
    view = 0 if hit is None else asked.view_of(number)
    how = Drawing(
        asked.masks_of(number),
        asked.greys_of(number),
        MapStyle(),
        view,
        is_suggested=arguments.mask_suggested,
    )
    try:
        if hit is None:
            facts = hit_pictures.facts_of_query(number, searched.query.frame)
            made = hit_pictures.draw(searched.reading, facts, how, model=searched.model)
        else:
            made = hit_pictures.draw_hit(
                hit,
                how,
                library=searched.store,
                model=searched.model,
                reader=reader,
                has_source=False,
            )
    except UnreadableImageError:
        if view:
            raise  # it may have no such window, which was asked for
        return ReportPicture(None, "Left out: its file is not there or not readable.")
    except ExportError as error:
        return ReportPicture(None, f"Left out. {error.message}")
    return hit_pictures.for_report(made, looked_at=arguments.looked_at)


def _compose(
    arguments: argparse.Namespace,
    searched: _Searched,
    chosen: Sequence[SearchHit],
    made: datetime.datetime,
    pictures: dict[int, ReportPicture],
) -> Report:
    weighed = evidence.weigh(
        searched.store, searched.query, filter=searched.filter, neighbours=_NEIGHBOURS
    )
    return report.compose(
        searched.store,
        searched.model.card,
        searched.query,
        searched.result,
        chosen=chosen,
        filter=searched.filter,
        top=arguments.top,
        question=report.Question(view=searched.reading.decoded.view),
        evidence=weighed,
        familiarity=searched.look.familiarity,
        pictures=pictures,
        query_picture=pictures.get(-1),
        now=made,
    )


def _notes(arguments: argparse.Namespace) -> str:
    file: Path | None = getattr(arguments, "notes", None)
    if file is None:
        return ""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
        msg = f"The notes in {file} cannot be read: {reason}."
        raise ExportError(msg, hint="Name a text file in UTF-8.") from error
    if len(text) > _MOST_NOTES:
        msg = f"The notes in {file} are longer than {_MOST_NOTES} characters."
        raise ExportError(msg, hint="Shorten them.")
    return text.strip()
