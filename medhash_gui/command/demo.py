"""The command ``demo``: MedHash on its synthetic samples, for a first run.

Draws the samples and indexes both sets when that was not done, then opens the window.
Without a screen the window is drawn into a picture, and the ranked hits of one query
are printed.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from medhash_gui import paths, phantoms
from medhash_gui.command import index as command_index
from medhash_gui.command import search as command_search
from medhash_gui.command.choices import Wishes
from medhash_gui.command.output import Output
from medhash_gui.errors import LibraryBusyError, ModelMismatchError, StoreFormatError
from medhash_gui.picture_reader import PictureReader
from medhash_gui.search import SearchFilter

SHOWN_KIND = "chest-film"
_SHOWN_CLASS = "consolidation"
_TOP = 8


def prepare(output: Output) -> tuple[Path, Path]:
    """Draw and index the samples where needed.

    Returns:
        The library to open and a picture to ask about.

    Raises:
        MedHashError: the samples cannot be drawn or indexed.
    """
    folder = paths.samples()
    if not phantoms.is_complete(folder):
        output.note(f"drawing the synthetic sample pictures in {folder}")
        phantoms.draw_samples(folder)
    for kind in phantoms.KINDS:
        try:
            _index(folder / kind, library_of(kind), output)
        except LibraryBusyError as error:
            output.note(f"{error.message} It is opened as it is.")
    output.note(
        "This is a demonstration with drawn pictures, no patients. For your own: "
        "medhash index FOLDER, or drop a folder on the window."
    )
    picture = min((folder / SHOWN_KIND / _SHOWN_CLASS).iterdir())
    return library_of(SHOWN_KIND), picture


def show_query(library: Path, picture: Path, output: Output) -> None:
    """Print the hits of one query."""
    request = command_search.Request(
        library=library,
        pictures=(picture,),
        top=_TOP,
        choose=SearchFilter(),
        started=time.perf_counter(),
    )
    with PictureReader() as reader:
        command_search.run(request, output, reader)


def library_of(kind: str) -> Path:
    """Return where the library of a sample set lies."""
    return paths.libraries() / f"synthetic-{kind}.medhash"


def _index(folder: Path, library: Path, output: Output) -> None:
    wishes = Wishes({"table": folder / "labels.csv"})
    try:
        command_index.index(folder, library, output, wishes=wishes)
    except (ModelMismatchError, StoreFormatError) as error:
        # Another version of MedHash shipped another model or wrote another format. The
        # library is our own and holds drawings only, so it is made anew.
        output.note(f"making {library.name} anew: {error.message}")
        shutil.rmtree(library)
        command_index.index(folder, library, output, wishes=wishes)
