"""MedHash from Python: what the commands do, as a dozen functions.

    from medhash_gui import api

    api.index("films", "films.medhash")
    with api.open_library("films.medhash") as library:
        for hit in api.search(library, "question.png", top=5).hits:
            print(hit.rank, hit.distance, hit.record.path)

They do exactly what the commands of the same names do and fail as those do: with a
``MedHashError``, whose ``message`` names the thing and whose ``hint`` shows the way
out. Importing this loads neither Qt nor torch; only ``train`` loads torch. There is an
example of each in ``docs/python-api.md``. Programs that decode in child processes
(``index``, ``evaluate``) need the guard ``if __name__ == "__main__":``, as with all of
Python's multiprocessing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from medhash_gui import audit
from medhash_gui.command.output import Output
from medhash_gui.errors import MedHashError, SettingsError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from medhash_gui.bundle import Look, ModelBundle
    from medhash_gui.card import ModelCard
    from medhash_gui.codes import HashCodes
    from medhash_gui.images import Decoded
    from medhash_gui.index_report import IndexReport
    from medhash_gui.saliency import SaliencyMap, Withheld
    from medhash_gui.search_result import SearchResult
    from medhash_gui.searched_library import SearchedLibrary
    from medhash_gui.store import CodeStore

__all__ = [
    "MedHashError", "draw_samples", "encode", "evaluate", "explain", "export", "index",
    "models", "open_library", "overlay", "read", "search", "train",
]  # fmt: skip

Place = str | Path

_OPACITY, _COLOURS = 0.45, "viridis"

_log = logging.getLogger(__name__)


class _Quiet(Output):
    """Writes nothing; notes go to the log."""

    def __init__(self) -> None:
        super().__init__(as_json=False)

    def say(self, text: str = "") -> None:
        """Write nothing: the caller has what is returned."""

    def note(self, text: str) -> None:
        """Leave a note in the log."""
        _log.info("%s", text)


# ----------------------------------------------------------------------- libraries
def draw_samples(folder: Place) -> None:
    """Draw two folders of synthetic pictures; raises as ``phantoms.draw_samples``."""
    from medhash_gui import phantoms

    phantoms.draw_samples(Path(folder))


def index(
    folder: Place,
    library: Place,
    *,
    labels: Place | None = None,
    model: str | None = None,
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto",
) -> IndexReport:
    """Bring a library up to date with a folder, and make it when it is not there.

    Args:
        folder: the pictures; nothing is written there.
        library: the folder ``NAME.medhash``.
        labels: table of labels, patients and cases; None: as before, at first from
            class folders.
        model: name or folder of the model; None for the library's own, or for a new
            library the one that knows the pictures best.
        device: where codes are made.

    Returns:
        What was added, moved, hidden and skipped, and why.

    Raises:
        MedHashError: folder, table, library, model or device cannot be used.
    """
    from medhash_gui.command import index as command_index
    from medhash_gui.command.choices import Wishes

    wishes = None if labels is None else Wishes({"table": Path(labels)})
    return command_index.index(
        Path(folder), Path(library), _Quiet(), model=model, wishes=wishes, device=device
    )


def open_library(place: Place) -> SearchedLibrary:
    """Open a library for reading; close it, or use it in a ``with`` statement.

    Args:
        place: its folder, or its address on a server, ``milvus://HOST:PORT/NAME``.

    Raises:
        MedHashError: there is none, or it cannot be read.
    """
    from medhash_gui import milvus_uri, opening

    library = opening.open_library(milvus_uri.place(str(place)))
    audit.opened(library)
    return library


def export(library: CodeStore, file: Place, *, pseudonymous: bool = False) -> int:
    """Write a library in a folder into a CSV or NumPy file; return how many rows.

    Args:
        library: as ``open_library`` gives it.
        file: ends in ``.csv`` or ``.npz``; replaced where it is there.
        pseudonymous: name pictures by their row instead of by their path.

    Raises:
        MedHashError: the file cannot be written.
    """
    from medhash_gui import store_export

    run = store_export.exporting(library, Path(file), pseudonymous=pseudonymous)
    while True:
        try:
            next(run)
        except StopIteration as end:
            rows: int = end.value.rows
            audit.exported(library, "list", rows=rows)
            return rows


# -------------------------------------------------------------------------- pictures
def read(picture: Place, *, frame: int | None = None, view: int = 0) -> Decoded:
    """Return a picture: pixels float32 (H, W) or (H, W, 3) in [0, 1], and notes.

    Args:
        picture: PNG, JPEG, TIFF, BMP, WebP, GIF or DICOM.
        frame: from 0; None for the one that stands for the file.
        view: which of a DICOM object's windows and tables, from 0.

    Raises:
        MedHashError: it gives no picture, or has no such frame or view.
    """
    return _read(picture, frame, view)[0]


def search(
    library: SearchedLibrary,
    picture: Place,
    *,
    top: int = 10,
    labels: Sequence[str] = (),
    patients: Literal["exclude", "include", "group"] = "exclude",
    within: int | None = None,
    frame: int | None = None,
) -> SearchResult:
    """Return the pictures of a library most like a picture, nearest first.

    Args:
        library: as ``open_library`` gives it.
        picture: a file; one whose content the library holds has its stored code.
        top: how many hits.
        labels: a hit bears one of these; () for any.
        patients: leave out the query's own patient, include, or show each once.
        within: greatest distance in bits; None for any.
        frame: of the picture, from 0; None for the one that stands for the file.

    Raises:
        MedHashError: the picture gives none, or the library's model is not here.
    """
    from medhash_gui import search as searching
    from medhash_gui.search_result import SearchFilter

    decoded, digest = _read(picture, frame, 0)
    query = searching.library_query(
        library, digest, frame=decoded.frame, identity=decoded.identity
    )
    if query is None:
        codes = _model_of(library).look(decoded.pixels).codes
        query = searching.new_query(
            library, codes, digest, decoded.frame, decoded.identity
        )
    chosen = SearchFilter(labels=tuple(labels), patients=patients, within=within)
    result = searching.search(library, query, filter=chosen, top=top)
    audit.asked(library, query, result)
    return result


def encode(library: SearchedLibrary, picture: Place) -> HashCodes:
    """Return the code of a picture by a library's model; raises as ``search``."""
    return _look(library, picture).codes


def explain(library: SearchedLibrary, picture: Place) -> SaliencyMap | Withheld:
    """Return where the library's model looked in a picture, or why that is not shown.

    Returns:
        ``values`` are float32 (H, W) in [0, 1], over the picture as ``read`` gives it.

    Raises:
        MedHashError: as ``search``.
    """
    model = _model_of(library)
    return model.explain(_look(library, picture))


def overlay(picture: Place, shown: SaliencyMap) -> npt.NDArray[np.uint8]:
    """Return a picture with a saliency map drawn over it: uint8 (H, W, 3), RGB.

    Raises:
        MedHashError: the file gives no picture.
        ValueError: the map is of a picture of another size.
    """
    from medhash_gui import overlay as drawing

    return drawing.blend(
        read(picture).pixels, shown, opacity=_OPACITY, colour_map=_COLOURS
    )


# ---------------------------------------------------------------------------- models
def models() -> list[ModelCard]:
    """Return the cards of the models on this computer."""
    from medhash_gui import catalogue

    return [found.card for found in catalogue.find_bundles()[0]]


def evaluate(
    model: str, folder: Place, *, labels: Place | None = None, top: int = 10
) -> dict[str, Any]:
    """Measure how well a model finds pictures with the same labels.

    Args:
        model: name or folder of the model.
        folder: the pictures; all of them ask, each without its own patient.
        labels: table of labels and patients; None: class folders.
        top: length of the list.

    Returns:
        What ``medhash evaluate --json`` prints.

    Raises:
        MedHashError: model, folder, labels or patients cannot be used.
    """
    from medhash_gui.command import evaluate as command_evaluate
    from medhash_gui.command.choices import Wishes
    from medhash_gui.import_choices import ImportChoices

    wishes = Wishes({} if labels is None else {"table": Path(labels)})
    choices = wishes.applied({}) or ImportChoices()
    request = command_evaluate.Request(model, Path(folder), choices, top=top)
    return command_evaluate.run(request, _Quiet())


def train(
    folder: Place,
    out: Place,
    *,
    told: Callable[[Mapping[str, Any]], object] = lambda event: None,
    **options: object,
) -> ModelCard:
    """Make a model from a folder of labelled pictures, and return its card.

    Args:
        folder: the pictures.
        out: folder of the run; the model lies in it at the end.
        told: called with every event, as ``medhash train --json`` prints them.
        options: those of ``medhash train``, by name: ``method="dch", epochs=5,
            image_wise=True``.

    Raises:
        MedHashError: an option is none, or the run cannot begin or go on; without
            PyTorch it cannot.
    """
    from medhash_gui import editions
    from medhash_gui.command import grammar as command_grammar

    editions.need_training("Training")
    words = ["train", str(folder), "--out", str(out)]
    for name, value in options.items():
        if value is not None and value is not False:
            words.append(f"--{name.replace('_', '-')}")
            words += [] if value is True else [str(value)]
    try:
        arguments = command_grammar.parse(words)
    except SystemExit as end:
        message = f"These are no options of medhash train: {' '.join(words[4:])}."
        raise SettingsError(message, hint="medhash train --help lists them.") from end
    from medhash_gui import run_files, run_folder
    from medhash_gui.command import train as command_train

    config = command_train.config_of(
        arguments, device=command_train.device_of(arguments.device)
    )
    about = command_train.about_of(arguments, config)
    with run_files.held(arguments.out):
        steps = run_folder.run(arguments.out, config, about, resume=arguments.resume)
        while True:
            try:
                told(next(steps))
            except StopIteration as end:
                card: ModelCard = end.value
                break
    audit.model_changed(card.model_id, "trained")
    return card


# --------------------------------------------------------------------------- private
def _read(picture: Place, frame: int | None, view: int) -> tuple[Decoded, bytes]:
    from medhash_gui import folders, images

    data = folders.read_bytes(Path(picture))
    decoded = images.decode(data, frame=frame, view=view, name=Path(picture).name)
    return decoded, folders.content_digest(data)


def _look(library: SearchedLibrary, picture: Place) -> Look:
    return _model_of(library).look(read(picture).pixels)


def _model_of(library: SearchedLibrary) -> ModelBundle:
    from medhash_gui import encoders

    return _opened(encoders.of_library(library).folder)


@lru_cache(maxsize=2)
def _opened(folder: Path) -> ModelBundle:
    from medhash_gui.bundle import ModelBundle

    return ModelBundle.open(folder)
