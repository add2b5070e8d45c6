"""Jobs that open, make and update a library: generators for pool threads.

Heavy modules (decoders, ONNX Runtime, HDF5) are imported inside, on the pool thread, so
that the window paints before any of them loads. What a generator yields is shown at
once; what it returns ends the job.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from medhash_gui import paths
from medhash_gui.errors import (
    BundleError,
    DatasetError,
    MedHashError,
    ModelMismatchError,
)
from medhash_gui.ui.picture import MapSource

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from medhash_gui.bundle import FoundBundle, ModelBundle
    from medhash_gui.codes import Encoder
    from medhash_gui.indexing import IndexProgress, IndexReport
    from medhash_gui.labels import LabelTable
    from medhash_gui.store import CodeStore

Kind = Literal["library", "folder", "file"]

_SUFFIX = ".medhash"
_SAMPLE_SET = "chest-film"
# Enough for a median that one odd picture does not move, and opened within a second.
_PICTURES_TO_FIT = 5


@dataclass(frozen=True, slots=True)
class Facts:
    """What widgets may know of the open library and its model; plain values.

    Attributes:
        root: the library's folder.
        indexed_root: the folder of the pictures.
        images: how many pictures can be found.
        bits: length of the codes.
        model: title of the model's card.
        modality: the kind of picture that the model was trained on.
        device: where codes are computed.
        explains: the saliency map that the model shows first.
        labels: label names and how many pictures bear each.
    """

    root: Path
    indexed_root: Path
    images: int
    bits: int
    model: str
    modality: str
    device: str
    explains: MapSource
    labels: Mapping[str, int]


@dataclass(slots=True)
class OpenLibrary:
    """A library opened for reading and its model; used on one thread at a time."""

    store: CodeStore
    model: ModelBundle

    def facts(self) -> Facts:
        """Return the plain values that widgets show."""
        card = self.model.card
        return Facts(
            root=self.store.root,
            indexed_root=self.store.indexed_root,
            images=len(self.store),
            bits=self.store.bits,
            model=card.title,
            modality=card.modality,
            device=self.model.device,
            explains=card.explains,
            labels=self.store.label_names(),
        )


@dataclass(frozen=True, slots=True)
class Opened:
    """An open library and the values that widgets show of it."""

    library: OpenLibrary
    facts: Facts


@dataclass(frozen=True, slots=True)
class IndexStart:
    """Which library an indexing run writes to, and why with this model."""

    root: Path
    folder: Path
    model: str
    modality: str
    is_new: bool
    fits: bool
    warning: str = ""


def library_for(folder: Path) -> Path:
    """Return the place of the library of a folder, in the user's data folder."""
    absolute = folder.absolute()
    digest = hashlib.blake2b(str(absolute).encode(errors="surrogatepass")).hexdigest()
    name = re.sub(r"[^\w.-]+", "_", absolute.name).strip("._")[:60] or "library"
    return paths.libraries() / f"{name}-{digest[:8]}{_SUFFIX}"


def sort_out(places: Sequence[Path]) -> list[tuple[Kind, Path]]:
    """Return what each dropped path is; reads the file system."""
    found: list[tuple[Kind, Path]] = []
    for place in places:
        if place.suffix == _SUFFIX and place.is_dir():
            found.append(("library", place))
        else:
            found.append(("folder" if place.is_dir() else "file", place))
    return found


def open_library(root: Path, device: str) -> Generator[None, None, Opened]:
    """Open a library and the model that made its codes.

    Raises:
        LibraryError: there is no library, or it cannot be read.
        ModelMismatchError: its model is not on this computer.
        BundleError: its model cannot be opened.
    """
    from medhash_gui.store import CodeStore

    yield
    store = CodeStore.open(root)
    try:
        yield
        library = OpenLibrary(store, open_model(_model_of(store), device))
        return Opened(library, library.facts())
    except BaseException:
        store.close()
        raise


def open_model(found: FoundBundle, device: str) -> ModelBundle:
    """Open a model on the device that was asked for."""
    from medhash_gui.bundle import ModelBundle

    return ModelBundle.open(found.folder, device=device)


def index(
    folder: Path, open_encoder: Callable[[FoundBundle], Encoder]
) -> Generator[IndexStart | IndexProgress | None, None, IndexReport]:
    """Bring the library of a folder up to date, and make it when there is none.

    A new library takes the model that fits the first pictures best. A table named
    ``labels.csv`` in the folder gives labels and patients.

    Args:
        folder: the pictures; nothing is written there.
        open_encoder: opens the model that was found.

    Raises:
        DatasetError: the folder holds no picture.
        LibraryError: the folder or the library cannot be used.
    """
    from medhash_gui import indexing
    from medhash_gui.store import CodeStore

    yield None
    root = library_for(folder)
    table, warning = _labels_of(folder)
    is_new, fits = not root.is_dir(), True
    if is_new:
        found, fits = yield from _best_model(folder)
        encoder = open_encoder(found)
        root.parent.mkdir(parents=True, exist_ok=True)
        store = CodeStore.create(
            root,
            indexed_root=folder.absolute(),
            model_id=found.card.model_id,
            model_name=found.card.name,
            bits=found.card.bits,
        )
    else:
        store = CodeStore.open(root, writable=True)
    try:
        if not is_new:
            found = _model_of(store)
            encoder = open_encoder(found)
        card = found.card
        yield IndexStart(root, folder, card.title, card.modality, is_new, fits, warning)
        return (yield from indexing.index_folder(store, folder, encoder, labels=table))
    finally:
        store.close()


def refresh(library: OpenLibrary) -> Generator[None, None, Facts]:
    """Return the facts of a library, with what a writer has committed since."""
    yield
    library.store.refresh()
    return library.facts()


def draw_samples() -> Generator[None, None, Path]:
    """Draw the synthetic samples if they are missing; return the set to index."""
    from medhash_gui import phantoms

    yield
    folder = paths.samples()
    if not phantoms.is_complete(folder):
        phantoms.draw_samples(folder)
    return folder / _SAMPLE_SET


def first_picture(library: OpenLibrary) -> Generator[None, None, Path | None]:
    """Return the file of the library's first visible picture."""
    yield
    library.store.refresh()
    visible = library.store.visible.nonzero()[0]
    if not len(visible):
        return None
    record = library.store.record(int(visible[0]))
    return library.store.indexed_root / record.path


def _model_of(store: CodeStore) -> FoundBundle:
    """Return the model that made a library's codes."""
    from medhash_gui import bundle

    try:
        return bundle.find(store.model_id)
    except BundleError as error:
        msg = (
            f"The library {store.root.name} was made with the model "
            f"{store.model_name} ({store.model_id}), which is not on this computer."
        )
        hint = f"Put that model into {paths.user_models()}, or index the folder anew."
        raise ModelMismatchError(msg, hint=hint) from error


def _best_model(folder: Path) -> Generator[None, None, tuple[FoundBundle, bool]]:
    """Return the model for a new library, and whether it knows such pictures."""
    from medhash_gui import bundle, images

    pictures: list[npt.NDArray[np.float32]] = []
    found_any = False
    for file in images.scan(folder):
        found_any = True
        if len(pictures) >= _PICTURES_TO_FIT:
            break
        try:
            data = images.read_bytes(folder / file.path)
            pictures.append(images.decode(data, name=file.path).pixels)
        except MedHashError:
            continue  # the run itself lists it with its reason
        yield None
    if not pictures:
        what = "no picture" if found_any else "no file"
        msg = f"The folder {folder} holds {what}, so there is nothing to index."
        hint = "Choose a folder of pictures: PNG, JPEG, TIFF, BMP, WebP or DICOM."
        raise DatasetError(msg, hint=hint)
    models, _ = bundle.find_bundles()
    found, ratio = bundle.best_fit(models, pictures)
    return found, ratio <= 1


def _labels_of(folder: Path) -> tuple[LabelTable | None, str]:
    """Return the labels beside the pictures, or why they cannot be used."""
    from medhash_gui import labels

    file = folder / "labels.csv"
    if not file.is_file():
        return None, ""
    try:
        return labels.read_csv(file), ""
    except MedHashError as error:
        return None, f"labels.csv was not used: {error.message}"
