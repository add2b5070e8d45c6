"""Outgoing pictures as PNG files, with one JSON file that says what they are."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Sequence
from typing import Any

from medhash_gui import outgoing
from medhash_gui.errors import ExportError
from medhash_gui.exporting import Origin
from medhash_gui.outgoing import Facts, OutgoingPicture, Shown


def contents(
    pictures: Sequence[OutgoingPicture],
    *,
    origin: Origin,
    made: datetime.datetime,
    with_map: bool = False,
    is_beside: bool = False,
    looked_at: bool,
) -> dict[str, bytes]:
    """Return the files of an export of pictures, by name.

    Args:
        pictures: what is exported; at least one.
        origin: what they are made with.
        made: local time.
        with_map: whether maps lie over them, where there are some.
        is_beside: whether all stand side by side in one file.
        looked_at: whether a person saw that nothing in them names anybody.

    Raises:
        ExportError: there is none, or one may hold letters and nobody has looked.
    """
    check(pictures, looked_at=looked_at)
    files: dict[str, bytes] = {}
    said: list[dict[str, Any]] = []
    for facts, shown in _shown(pictures, with_map=with_map, is_beside=is_beside):
        name = f"{facts.name}.png"
        files[name] = outgoing.png(shown)
        height, width = shown.shape[:2]
        said.append({"file": name, "width": width, "height": height})
    values = {
        **dataclasses.asdict(origin),
        "made": made.isoformat(timespec="seconds"),
        "looked_at": looked_at,
        "files": said,
        "pictures": [_facts(picture, with_map=with_map) for picture in pictures],
    }
    text = json.dumps(values, indent=2, ensure_ascii=False)
    files[f"{pictures[0].facts.name}.json"] = (text + "\n").encode()
    return files


def check(pictures: Sequence[OutgoingPicture], *, looked_at: bool) -> None:
    """Check that pictures may leave.

    Raises:
        ExportError: there is none, or one may hold letters and nobody has looked.
    """
    if not pictures:
        msg = "No picture was chosen."
        raise ExportError(msg, hint="Choose at least one.")
    for picture in pictures:
        if picture.doubt and not looked_at:
            msg = f"Picture {picture.facts.number} was not exported: {picture.doubt}."
            hint = (
                "Mask what names somebody, look at what is left, and say so "
                "(--looked-at, or the tick in the window)."
            )
            raise ExportError(msg, hint=hint)


def _shown(
    pictures: Sequence[OutgoingPicture], *, with_map: bool, is_beside: bool
) -> list[tuple[Facts, Shown]]:
    if is_beside:
        return [outgoing.beside(pictures, with_map=with_map)]
    return [(one.facts, one.shown(with_map=with_map)) for one in pictures]


def _facts(picture: OutgoingPicture, *, with_map: bool) -> dict[str, Any]:
    values = dataclasses.asdict(picture.facts)
    values["masks"] = [str(mask) for mask in picture.masks]
    values["with_map"] = with_map and picture.mapped is not None
    return values
