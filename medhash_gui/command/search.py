"""The command ``search``: the pictures of a library most like one picture, or several.

Pictures are read in a process of their own, which starts while the library opens. The
model is opened only where it is needed: a query whose content is in the library is
answered from its stored code.
"""

from __future__ import annotations

import argparse
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from medhash_gui import audit, bundle, encoders, folders, listing, opening, search
from medhash_gui.bundle import Look, ModelBundle
from medhash_gui.command import conditions
from medhash_gui.command import overlay as command_overlay
from medhash_gui.command import search_answer as command_search_answer
from medhash_gui.command.output import Output
from medhash_gui.command.overlay import OverlayWish, QueryPicture
from medhash_gui.command.search_answer import Asked
from medhash_gui.distance_table import DistanceTable
from medhash_gui.errors import DatasetError, MedHashError
from medhash_gui.milvus_uri import LibraryPlace
from medhash_gui.more_of import MoreOf
from medhash_gui.picture_reader import PictureReader, Reading
from medhash_gui.query_box import QueryBox
from medhash_gui.search import QuerySet, SearchFilter
from medhash_gui.searched_library import SearchedLibrary
from medhash_gui.store import CodeStore


@dataclass(frozen=True, slots=True)
class Request:
    """What to search for.

    Attributes:
        library: the library.
        pictures: the files to be like; none lists what ``choose`` lets through.
        unlike: the files not to be like.
        top: how many hits.
        choose: which pictures may be hits.
        frame: frame of the query, from 0; None for the one that stands for the file.
        view: which of the query's windows and tables is applied, from 0.
        farthest: whether the least similar pictures are asked for.
        box: region of the query that is asked about; None for the whole picture.
        more_of: a finding that the hits shall show more of, or None.
        overlay: how pictures with their saliency maps are written, or None.
        model: name or folder of the model; None for the library's own.
        started: ``time.perf_counter`` at the start of the process or the command.
    """

    library: LibraryPlace
    pictures: tuple[Path, ...]
    top: int
    choose: SearchFilter
    unlike: tuple[Path, ...] = ()
    frame: int | None = None
    view: int = 0
    farthest: bool = False
    box: QueryBox | None = None
    more_of: MoreOf | None = None
    overlay: OverlayWish | None = None
    model: str | None = None
    started: float = field(default_factory=time.perf_counter)

    @classmethod
    def of(cls, arguments: argparse.Namespace, *, started: float) -> Self:
        """Return what the words of a command ask for."""
        return cls(
            library=arguments.library,
            pictures=tuple(arguments.image),
            unlike=tuple(arguments.unlike),
            top=arguments.top,
            choose=_chosen(arguments),
            frame=None if arguments.frame is None else arguments.frame - 1,
            view=arguments.view - 1,
            farthest=arguments.farthest,
            box=None if arguments.box is None else QueryBox.parse(arguments.box),
            more_of=None
            if arguments.more_of is None
            else MoreOf.parse(arguments.more_of),
            overlay=_overlay(arguments),
            model=arguments.model,
            started=started,
        )


def run(request: Request, output: Output, reader: PictureReader) -> dict[str, Any]:
    """Search, write the answer, and return it as it stands in the JSON line.

    Args:
        request: what to search for.
        output: where the answer goes.
        reader: reads the query and the hits that are drawn.

    Raises:
        MedHashError: library, picture or model cannot be used.
    """
    clock = _Clock()
    _check_pictures(request)
    with contextlib.closing(opening.open_library(request.library)) as store:
        if not request.pictures:
            return _listed(request, store, output)
        return _searched(request, store, output, reader, clock)


def _searched(
    request: Request,
    store: SearchedLibrary,
    output: Output,
    reader: PictureReader,
    clock: _Clock,
) -> dict[str, Any]:
    """Return the answer, written out, of an open library."""
    output.note_of(audit.opened(store))
    _check_labels(store, request.choose.labels)
    _check_details(store, request.choose.details)
    clock.lap("load")
    model: ModelBundle | None = None
    pictures = request.pictures + request.unlike
    # A model that was named is opened, and so checked, even where the stored code
    # answers without it; one that will be needed, while the reader still starts.
    is_made_now = request.box is not None or request.view > 0
    if (
        request.model is not None
        or is_made_now
        or not all(_holds(store, one) for one in pictures)
    ):
        model = _open_model(store, request.model)
        clock.lap("load")
    asked: list[Asked] = []
    read: list[Reading] = []
    for path in pictures:
        reading = _read(request, path, reader)
        decoded, digest = reading.decoded, reading.digest
        clock.lap("decode")
        query = None
        if not is_made_now:  # of a region or another view the library has no code
            query = search.library_query(
                store, digest, frame=decoded.frame, identity=decoded.identity
            )
        look: Look | None = None
        if query is None or request.overlay is not None:
            clock.lap("search")
            model = model or _open_model(store, None)
            clock.lap("load")
            look = model.look(decoded.pixels)
        if query is None:
            assert look is not None
            query = search.new_query(
                store, look.codes, digest, decoded.frame, decoded.identity
            )
        asked.append(Asked(path, query, decoded, look))
        read.append(reading)
        clock.lap("encode")
    like, unlike = asked[: len(request.pictures)], asked[len(request.pictures) :]
    _check_opposites(like, unlike)
    queries = QuerySet(
        tuple(one.query for one in like), tuple(one.query for one in unlike)
    )
    result = search.search(
        store,
        queries,
        filter=request.choose,
        top=request.top,
        farthest=request.farthest,
        more_of=request.more_of,
    )
    output.note_of(audit.asked(store, queries, result))
    clock.lap("search")
    table = None if result.moved else _distances(store, request.model)
    answer = command_search_answer.as_json(store, like, unlike, result, table)
    answer["query"]["box"] = None if request.box is None else str(request.box)
    if request.overlay is not None:
        assert model is not None
        answer["overlay"] = command_overlay.write(
            request.overlay,
            [
                QueryPicture(reading, is_like=number < len(like))
                for number, reading in enumerate(read)
            ],
            result.hits,
            library=store,
            model=model,
            reader=reader,
            output=output,
        )
    answer["seconds"] = {
        **{step: round(clock.seconds[step], 4) for step in clock.seconds},
        "total": round(time.perf_counter() - request.started, 4),
    }
    if request.choose.cases == "group" and not store.knows_cases:
        output.note(f"{store.name} knows no cases, so each picture stands alone.")
    if store.recall < 1:
        output.note(
            f"{store.name} is served by an approximate index, which found "
            f"{store.recall:.1%} of the nearest pictures when it was made: some may be "
            "missing."
        )
    command_search_answer.say(answer, output)
    output.finish(answer)
    return answer


def _listed(request: Request, store: SearchedLibrary, output: Output) -> dict[str, Any]:
    """Return the pictures that the filter lets through, written out."""
    if not isinstance(store, CodeStore):
        msg = f"{store.name} is on a server, where words of reports are not looked for."
        raise DatasetError(msg, hint="Search in the library's folder.")
    _check_labels(store, request.choose.labels)
    _check_details(store, request.choose.details)
    if not store.detail_counts("report"):
        msg = f"{store.name} keeps no report texts."
        hint = "Index the folder with a table that has a column of reports."
        raise DatasetError(msg, hint=hint)
    found = listing.matching(store, request.choose, top=request.top)
    output.note_of(audit.listed(store, found))
    answer = command_search_answer.listed(store, found)
    answer["seconds"] = {"total": round(time.perf_counter() - request.started, 4)}
    command_search_answer.say_listed(answer, output)
    output.finish(answer)
    return answer


def _chosen(arguments: argparse.Namespace) -> SearchFilter:
    """Return which pictures may be hits, by the words of ``search``.

    Raises:
        DatasetError: two folders are named.
    """
    return replace(
        conditions.filter_of(arguments.where),
        patients=arguments.patients,
        within=arguments.within,
        cases=arguments.cases,
        since_ns=arguments.since,
        before_ns=arguments.before,
        report=arguments.report_text,
    )


def _overlay(arguments: argparse.Namespace) -> OverlayWish | None:
    if arguments.overlay is None:
        return None
    return OverlayWish(
        arguments.overlay,
        tuple(arguments.mask),
        looked_at=arguments.looked_at,
        replace=arguments.replace,
    )


def _check_pictures(request: Request) -> None:
    if not request.pictures:
        is_bare = not (request.unlike or request.box or request.overlay)
        is_bare = is_bare and request.more_of is None
        is_bare = is_bare and not (request.farthest or request.choose.within)
        if not request.choose.report or not is_bare:
            msg = "search needs an IMAGE to compare with."
            hint = (
                "Or name nothing but --report-text WORDS and filters to list reports."
            )
            raise DatasetError(msg, hint=hint)
    several = len(request.pictures) + len(request.unlike) > 1
    if several and (request.frame is not None or request.view or request.box):
        msg = "--frame, --view and --box are for a query of one picture, not several."
        hint = "Ask about one picture, or leave them out."
        raise DatasetError(msg, hint=hint)


def _check_opposites(like: Sequence[Asked], unlike: Sequence[Asked]) -> None:
    wanted = {(one.query.digest, one.query.frame) for one in like}
    for one in unlike:
        if (one.query.digest, one.query.frame) in wanted:
            msg = f"The hits cannot be like {one.path.name} and unlike it at once."
            raise DatasetError(msg, hint="Name each picture on one side only.")


class _Clock:
    """Adds up the time of each step."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(("load", "decode", "encode", "search"), 0.0)
        self._last = time.perf_counter()

    def lap(self, step: str) -> None:
        """Count the time since the last lap as this step's."""
        now = time.perf_counter()
        self.seconds[step] += now - self._last
        self._last = now


def _holds(store: SearchedLibrary, picture: Path) -> bool:
    digest = folders.content_digest(folders.read_bytes(picture))
    return len(store.select().with_digest(digest)) > 0


def _read(request: Request, path: Path, reader: PictureReader) -> Reading:
    reading = reader.read(
        path,
        name=path.name,
        frame=request.frame,
        view=request.view,
    )
    if request.box is None:
        return reading
    pixels = request.box.cut(reading.decoded.pixels)
    return replace(reading, decoded=replace(reading.decoded, pixels=pixels))


def _check_labels(store: SearchedLibrary, labels: Sequence[str]) -> None:
    known = store.label_names()
    for label in labels:
        if label not in known:
            msg = f"No picture in {store.name} is labelled {label!r}."
            some = ", ".join(sorted(known)[:20]) or "none"
            raise DatasetError(msg, hint=f"Labels in this library: {some}.")


def _check_details(library: SearchedLibrary, wanted: Sequence[tuple[str, str]]) -> None:
    if not isinstance(library, CodeStore):
        return  # one on a server says itself that it cannot be filtered so
    for key, value in wanted:
        known = library.detail_counts(key)
        if value not in known:
            msg = f"No picture in {library.name} has {key} {value!r}."
            some = ", ".join(sorted(known)[:20]) or "none; it was not kept"
            raise DatasetError(msg, hint=f"Values in this library: {some}.")


def _open_model(store: SearchedLibrary, name: str | None) -> ModelBundle:
    found = encoders.named(name, store) if name else encoders.of_library(store)
    return bundle.ModelBundle.open(found.folder)


def _distances(store: SearchedLibrary, name: str | None) -> DistanceTable | None:
    """Return what distances meant for the library's model; None where nobody knows."""
    try:
        found = encoders.named(name, store) if name else encoders.of_library(store)
    except MedHashError:
        return None  # the stored code answers without its model
    return found.card.distances
