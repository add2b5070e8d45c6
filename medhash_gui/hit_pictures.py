"""Pictures of a search, query and hits, drawn to leave the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from medhash_gui import outgoing, text_boxes
from medhash_gui.dicom import uids as dicom_uids
from medhash_gui.errors import ExportError
from medhash_gui.outgoing import Facts, MapStyle, OutgoingPicture
from medhash_gui.report import ReportPicture
from medhash_gui.saliency import Withheld

if TYPE_CHECKING:
    from medhash_gui.bundle import ModelBundle
    from medhash_gui.grey_window import GreyWindow
    from medhash_gui.images import Decoded
    from medhash_gui.picture_reader import Reading
    from medhash_gui.query_box import QueryBox
    from medhash_gui.search_result import SearchHit
    from medhash_gui.searched_library import SearchedLibrary
    from medhash_gui.store import CodeStore


class Reader(Protocol):
    """Reads pictures in another process, as ``picture_reader.PictureReader`` does."""

    def read(
        self,
        source: Path | bytes,
        *,
        name: str,
        frame: int | None = None,
        view: int = 0,
    ) -> Reading:
        """Return a picture and the digest of its file."""  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drawing:
    """How one picture is drawn.

    Attributes:
        masks: what is covered, in px of the picture.
        window: the grey window in which it was seen; None for all greys.
        style: how its map is laid over it; None for no map.
        view: which window of a DICOM header a hit is seen through, from 0.
        is_suggested: whether boxes in which letters may stand are covered, too.
    """

    masks: tuple[QueryBox, ...] = ()
    window: GreyWindow | None = None
    style: MapStyle | None = None
    view: int = 0
    is_suggested: bool = False


def facts_of_query(
    number: str, frame: int, *, case: str = "", labels: Sequence[str] = ()
) -> Facts:
    """Return what may be said of the query outside."""
    return Facts(number, frame, role="query", case=case, labels=tuple(labels))


def facts_of(hit: SearchHit) -> Facts:
    """Return what may be said of a hit outside."""
    record = hit.record
    return Facts(
        outgoing.number_of(record.digest),
        record.frame,
        role="hit",
        rank=hit.rank,
        case=record.patient_key or "",
        labels=record.labels,
        confirmed_by=dict(record.details).get("confirmed_by", ""),
        distance=None if hit.is_moved else hit.distance,
    )


def labels_of(store: CodeStore, digest: bytes, frame: int) -> tuple[str, ...]:
    """Return the labels that a library has of a picture; () where it has none."""
    for row in store.rows_with_digest(digest).tolist():
        record = store.record(row)
        if record.frame == frame and store.visible[row]:
            return record.labels
    return ()


def draw(
    reading: Reading,
    facts: Facts,
    how: Drawing,
    *,
    model: ModelBundle,
    file: Path | None = None,
    seen: Decoded | None = None,
) -> OutgoingPicture:
    """Return a picture that was read, drawn to leave.

    Args:
        reading: the picture.
        facts: what may be said of it.
        how: it is drawn.
        model: makes the map.
        file: where it is from, for the UIDs of a DICOM object; None where nowhere.
        seen: what the model saw of it, through another window; None for the same.

    Raises:
        ExportError: a mask does not lie in the picture.
    """
    saliency = None
    if how.style is not None:
        found = model.explain(model.look((seen or reading.decoded).pixels))
        saliency = None if isinstance(found, Withheld) else found
    made = outgoing.prepare(
        reading.decoded,
        facts,
        masks=how.masks,
        suggested=text_boxes.suggest(reading.decoded.pixels)
        if how.is_suggested
        else (),
        window=how.window,
        saliency=saliency,
        style=how.style,
    )
    source = None if file is None else dicom_uids.read(file)
    return replace(made, source=source)


def draw_hit(
    hit: SearchHit,
    how: Drawing,
    *,
    library: SearchedLibrary,
    model: ModelBundle,
    reader: Reader,
    has_source: bool = True,
) -> OutgoingPicture:
    """Return a hit's picture, drawn to leave.

    Args:
        hit: the hit.
        how: it is drawn.
        library: it is from.
        model: makes the map.
        reader: reads its file.
        has_source: whether the UIDs of a DICOM object are read, which only DICOM needs.

    Raises:
        UnreadableImageError: its file is gone or gives no picture, or has no such
            window.
        ExportError: the file was changed after it was indexed, or a mask does not lie
            in the picture.
    """
    record = hit.record
    file = library.indexed_root / record.path
    read = partial(reader.read, file, name=record.path, frame=record.frame)
    reading = read(view=how.view)
    if reading.digest != record.digest:
        msg = f"The file of hit {hit.rank} was changed after it was indexed."
        raise ExportError(msg, hint="Update the library from its folder, or leave it.")
    # The code and its map are of the first window, whichever it is seen through.
    seen = read().decoded if how.view and how.style is not None else None
    source = file if has_source else None
    return draw(reading, facts_of(hit), how, model=model, file=source, seen=seen)


def for_report(made: OutgoingPicture, *, looked_at: bool) -> ReportPicture:
    """Return a picture small for a report, or that it is left out, and why.

    Args:
        made: drawn to leave.
        looked_at: whether a person saw that nothing in it names anybody.
    """
    if made.doubt and not looked_at:
        return ReportPicture(None, f"Left out: {made.doubt}.")
    note = "Without a map." if made.mapped is None else "With its map."
    if made.masks:
        note = f"{note} Boxes covered: {len(made.masks)}."
    return ReportPicture(outgoing.png(outgoing.small(made.shown(with_map=True))), note)
