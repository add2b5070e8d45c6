"""Query and hits of ``medhash search`` with their saliency maps, made to leave.

They go the way of every export: drawn anew, masked, under numbers instead of names; one
in which letters may be left is left out, unless somebody has looked.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medhash_gui import exporting, hit_pictures, outgoing, picture_files, report
from medhash_gui.bundle import ModelBundle
from medhash_gui.command.drawing import AskedDrawing
from medhash_gui.command.output import Output
from medhash_gui.errors import ExportError, UnreadableImageError
from medhash_gui.exporting import Origin
from medhash_gui.hit_pictures import Drawing
from medhash_gui.outgoing import Facts, MapStyle, OutgoingPicture
from medhash_gui.picture_reader import PictureReader, Reading
from medhash_gui.search import SearchHit
from medhash_gui.searched_library import SearchedLibrary
from medhash_gui.store import CodeStore


@dataclass(frozen=True, slots=True)
class OverlayWish:
    """What was asked of the pictures.

    Attributes:
        folder: where they go.
        masks: as ``AskedDrawing`` takes them.
        looked_at: whether a person saw that nothing in them names anybody.
        replace: whether files are written over.
    """

    folder: Path
    masks: tuple[str, ...] = ()
    looked_at: bool = False
    replace: bool = False


@dataclass(frozen=True, slots=True)
class QueryPicture:
    """A picture that was asked with, and whether the hits shall be like it."""

    reading: Reading
    is_like: bool = True


def write(
    wish: OverlayWish,
    queries: Sequence[QueryPicture],
    hits: Sequence[SearchHit],
    *,
    library: SearchedLibrary,
    model: ModelBundle,
    reader: PictureReader,
    output: Output,
) -> dict[str, Any]:
    """Write queries and hits; say which have no map or are left out, and why.

    Raises:
        ExportError: the folder cannot be written to, a file is there already, or a
            mask is for no picture or does not lie in the query.
    """
    asked = AskedDrawing(wish.masks)
    digests = [one.reading.digest for one in queries]
    numbers = [outgoing.number_of(digest) for digest in digests]
    asked.check([*numbers, *(outgoing.number_of(hit.record.digest) for hit in hits)])

    def how(number: str) -> Drawing:
        return Drawing(asked.masks_of(number), style=MapStyle())

    ready: list[OutgoingPicture] = []
    said: list[dict[str, Any]] = []

    def take(made: OutgoingPicture) -> None:
        facts = made.facts
        entry = {"rank": facts.rank, "picture": facts.number, "file": None}
        said.append({**entry, "map": made.mapped is not None, "reason": None})
        if made.doubt and not wish.looked_at:
            said[-1]["reason"] = made.doubt
            output.note(
                f"picture {facts.number} is not drawn: {made.doubt}. Mask what names "
                "somebody (--mask), look at what is left, and say so (--looked-at)."
            )
            return
        if made.mapped is None:
            output.note(f"picture {facts.number} is drawn without a map.")
        said[-1]["file"] = f"{facts.name}.png"
        ready.append(made)

    for number, one in zip(numbers, queries, strict=True):
        role: outgoing.Role = "query" if one.is_like else "unlike"
        facts = Facts(number, one.reading.decoded.frame, role=role)
        take(hit_pictures.draw(one.reading, facts, how(number), model=model))
    for hit in hits:
        number = outgoing.number_of(hit.record.digest)
        try:
            take(
                hit_pictures.draw_hit(
                    hit,
                    how(number),
                    library=library,
                    model=model,
                    reader=reader,
                    has_source=False,
                )
            )
        except (UnreadableImageError, ExportError) as error:
            # Why a file gives no picture may hold its name.
            told = "its file is not there or cannot be read"
            reason = error.message if isinstance(error, ExportError) else told
            output.note(f"hit {hit.rank}, picture {number}, is not drawn: {reason}")
            entry = {"rank": hit.rank, "picture": number, "file": None, "map": False}
            said.append({**entry, "reason": reason})
    answer: dict[str, Any] = {"folder": str(wish.folder), "pictures": said}
    if ready:
        answer["digest"] = _carry_out(wish, ready, library, output)
    output.say(f"{len(ready)} pictures with their maps in {wish.folder}")
    return answer


def _carry_out(
    wish: OverlayWish,
    ready: Sequence[OutgoingPicture],
    library: SearchedLibrary,
    output: Output,
) -> str:
    origin = Origin(library.model_id)
    if isinstance(library, CodeStore):
        origin = Origin(library.model_id, report.fingerprint(library), library.key_id)
    files = picture_files.contents(
        ready,
        origin=origin,
        made=datetime.datetime.now().astimezone(),
        with_map=True,
        looked_at=wish.looked_at,
    )
    try:
        done = exporting.carry_out(
            "pictures",
            wish.folder,
            files,
            pictures=[picture.facts.number for picture in ready],
            origin=origin,
            library=library,
            replace=wish.replace,
        )
    except ExportError as error:
        hint = "Name another folder with --overlay, or write over it with --replace."
        raise ExportError(error.message, hint=hint) from error
    output.note_of(done.note)
    return done.digest
