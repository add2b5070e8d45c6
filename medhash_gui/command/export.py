"""The command ``export``: what leaves the desk, without names and under new ones."""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medhash_gui import (
    catalogue,
    exporting,
    outgoing,
    picture_files,
    text_boxes,
)
from medhash_gui.bundle import ModelBundle
from medhash_gui.command.drawing import AskedDrawing
from medhash_gui.command.output import Output
from medhash_gui.errors import ExportError
from medhash_gui.exporting import Exported, Origin
from medhash_gui.outgoing import Facts, OutgoingPicture
from medhash_gui.saliency import Withheld

if TYPE_CHECKING:
    from medhash_gui.picture_reader import PictureReader, Reading
    from medhash_gui.saliency import SaliencyMap


def run(arguments: argparse.Namespace, output: Output, reader: PictureReader) -> None:
    """Export what the arguments say.

    Raises:
        MedHashError: something cannot be read, may name somebody, or not be written.
    """
    if arguments.action != "picture":
        from medhash_gui.command import export_search as command_export_search

        say(command_export_search.run(arguments, output, reader), output)
        return
    if arguments.suggest:
        _suggest(arguments, output, reader)
        return
    if arguments.out is None:
        msg = "Where the pictures go was not said."
        raise ExportError(msg, hint="Name a folder with --out DIR, or ask --suggest.")
    _pictures(arguments, output, reader)


def say(done: Exported, output: Output) -> None:
    """Write what was exported."""
    for file in done.files:
        output.say(str(file))
    output.say(done.origin.intended_use)
    output.note_of(done.note)
    answer = {
        "kind": done.kind,
        "files": [str(file) for file in done.files],
        "digest": done.digest,
        "pictures": list(done.pictures),
        "intended_use": done.origin.intended_use,
    }
    output.finish(answer)


def _suggest(
    arguments: argparse.Namespace, output: Output, reader: PictureReader
) -> None:
    rows: list[tuple[str, str]] = []
    said: list[dict[str, Any]] = []
    for file in arguments.image:
        reading = _read(arguments, file, reader)
        number = outgoing.number_of(reading.digest)
        boxes = [str(box) for box in text_boxes.suggest(reading.decoded.pixels)]
        rows += [(number, box) for box in boxes] or [(number, "none seen")]
        said.append({"picture": number, "boxes": boxes})
    output.table(("picture", "letters may stand in"), rows)
    output.say("A help, never complete: look at the picture before you export it.")
    output.finish({"pictures": said, "complete": False})


def _pictures(
    arguments: argparse.Namespace, output: Output, reader: PictureReader
) -> None:
    model = None
    if arguments.map_of is not None:
        model = ModelBundle.open(catalogue.find(arguments.map_of).folder)
    readings = [_read(arguments, file, reader) for file in arguments.image]
    numbers = [outgoing.number_of(reading.digest) for reading in readings]
    asked = AskedDrawing(arguments.mask, arguments.window)
    asked.check(numbers)
    ready: list[OutgoingPicture] = []
    for number, reading in zip(numbers, readings, strict=True):
        decoded = reading.decoded
        ready.append(
            outgoing.prepare(
                decoded,
                Facts(number, decoded.frame),
                masks=asked.masks_of(number),
                window=asked.greys_of(number),
                saliency=_map(model, reading, output),
            )
        )
    origin = Origin(model_id=model.model_id if model is not None else "")
    files = picture_files.contents(
        ready,
        origin=origin,
        made=datetime.datetime.now().astimezone(),
        with_map=model is not None,
        is_beside=arguments.beside,
        looked_at=arguments.looked_at,
    )
    done = exporting.carry_out(
        "pictures",
        arguments.out,
        files,
        pictures=numbers,
        origin=origin,
        replace=arguments.replace,
    )
    say(done, output)


def _read(arguments: argparse.Namespace, file: Path, reader: PictureReader) -> Reading:
    frame = None if arguments.frame is None else arguments.frame - 1
    return reader.read(file, name=file.name, frame=frame, view=arguments.view - 1)


def _map(
    model: ModelBundle | None, reading: Reading, output: Output
) -> SaliencyMap | None:
    if model is None:
        return None
    shown = model.explain(model.look(reading.decoded.pixels))
    if isinstance(shown, Withheld):
        number = outgoing.number_of(reading.digest)
        output.note(f"picture {number} is without a map: {shown.reason}")
        return None
    return shown
