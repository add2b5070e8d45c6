"""Jobs about finished models: libraries of theirs, one beside the other, in and out.

Heavy modules are imported inside, on the pool thread; torch is none of them.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from medhash_gui import audit
from medhash_gui.errors import MedHashError
from medhash_gui.ui import library_tasks
from medhash_gui.ui.library_tasks import Device, IndexStart
from medhash_gui.ui.picture_process import PictureProcess

if TYPE_CHECKING:
    from medhash_gui.card import ModelCard
    from medhash_gui.index_report import IndexReport
    from medhash_gui.indexing import IndexProgress

_ASKED = 10


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model on this computer: its card, also as a page for people, and its place."""

    card: ModelCard
    page: str = field(repr=False)
    folder: Path
    origin: str


@dataclass(frozen=True, slots=True)
class NewLibrary:
    """A folder indexed anew beside its library of before."""

    root: Path
    before: Path
    report: IndexReport


@dataclass(frozen=True, slots=True)
class OtherLibrary:
    """A library of the same folder: its place, the model of its codes, and how many."""

    root: Path
    model: str
    pictures: int


@dataclass(frozen=True, slots=True)
class Found:
    """What one query finds in two libraries: files and distances, nearest first."""

    query: Path
    before: tuple[tuple[Path, float], ...]
    after: tuple[tuple[Path, float], ...]


def reindex(
    model: Path, before: Path, device: Device, workers: int | None
) -> Generator[IndexStart | IndexProgress | None, None, NewLibrary]:
    """Make the codes of a library's folder anew with another model, beside the old.

    The library of before stays as it is and can be searched meanwhile. The new one
    understands the folder in the same way and knows patients under the same keys. One
    that was begun is gone on with.

    Args:
        model: folder of the model; it is added to the models of this user.
        before: the library that there is.
        device: where codes are made.
        workers: processes that decode; None for the usual number.

    Raises:
        MedHashError: the model or one of the libraries cannot be used.
    """
    from medhash_gui import catalogue, indexing, library_choice, model_transfer
    from medhash_gui.store import CodeStore

    yield None
    card = model_transfer.take_in(model)
    found = catalogue.find(card.model_id)
    with CodeStore.open(before) as old:
        folder, choices = old.indexed_root, old.choices
    root = library_choice.for_model(folder, card.model_id)
    if (root / "library.json").is_file():
        store = CodeStore.open(root, writable=True)
    else:
        root.parent.mkdir(parents=True, exist_ok=True)
        store = CodeStore.create(
            root,
            indexed_root=folder,
            model_id=card.model_id,
            model_name=card.name,
            bits=card.bits,
            choices=choices,
            key_of=before,
        )
    with store:
        yield IndexStart(
            root, folder, card.title, card.modality, is_new=True, fits=True
        )
        encoder = library_tasks.open_encoder(found, device)
        report = yield from indexing.index_folder(
            store, folder, encoder, workers=workers
        )
        audit.changed(store, "indexed", rows=report.added)
    return NewLibrary(root, before, report)


def switch(root: Path) -> Generator[None, None, Path]:
    """Let a library be the one of its folder from now on.

    Raises:
        LibraryError: it cannot be read, or the choice not be written down.
    """
    from medhash_gui import library_choice
    from medhash_gui.store import CodeStore

    yield
    with CodeStore.open(root) as store:
        folder, model_id = store.indexed_root, store.model_id
    library_choice.use(folder, root)
    audit.model_changed(model_id, "in use")
    return root


def libraries_of(root: Path) -> Generator[None, None, tuple[OtherLibrary, ...]]:
    """Return the other libraries of the folder of a library that can be opened."""
    from medhash_gui import library_choice
    from medhash_gui.store import CodeStore

    yield
    with CodeStore.open(root) as store:
        folder = store.indexed_root
    found = []
    for place in library_choice.others(folder, root):
        yield
        try:
            with CodeStore.open(place) as other:
                found.append(OtherLibrary(place, other.model_name, len(other)))
        except MedHashError:
            continue  # a damaged one is repaired where it is opened by hand
    return tuple(found)


def find_in_both(
    query: Path, before: Path, after: Path, device: Device, pictures: PictureProcess
) -> Generator[None, None, Found]:
    """Ask two libraries for the pictures most like a file, own patient left out.

    Raises:
        MedHashError: the file is no picture, or a library cannot be used.
    """
    from medhash_gui import encoders, search
    from medhash_gui.store import CodeStore

    yield
    read = pictures.read(query, name=query.name)
    decoded = read.decoded
    answers = []
    for root in (before, after):
        yield
        with CodeStore.open(root) as store:
            asked = search.library_query(
                store, read.digest, frame=decoded.frame, identity=decoded.identity
            )
            if asked is None:
                model = library_tasks.open_model(encoders.of_library(store), device)
                asked = search.Query(
                    codes=model.look(decoded.pixels).codes,
                    digest=read.digest,
                    frame=decoded.frame,
                    patient_key=search.query_patient(store, decoded.identity),
                    in_library=False,
                )
            result = search.search(store, asked, top=_ASKED)
            audit.asked(store, asked, result)
            hits = result.hits
            answers.append(
                tuple((store.indexed_root / h.record.path, h.distance) for h in hits)
            )
    return Found(query, *answers)


def models() -> Generator[None, None, list[KnownModel]]:
    """Return the models on this computer."""
    from medhash_gui import catalogue, model_page

    yield
    found, _ = catalogue.find_bundles()
    return [
        KnownModel(one.card, model_page.markdown(one.card), one.folder, one.origin)
        for one in found
    ]


def inspect(place: Path) -> Generator[None, None, KnownModel]:
    """Check a model that is not taken in; raises as ``model_transfer.inspect``."""
    from medhash_gui import model_page, model_transfer

    yield
    card = model_transfer.inspect(place)
    return KnownModel(card, model_page.markdown(card), place, "file")


def take_in(place: Path) -> Generator[None, None, ModelCard]:
    """Add a model to those of this user; raises as ``model_transfer.take_in``."""
    from medhash_gui import model_transfer

    yield
    card = model_transfer.take_in(place)
    audit.model_changed(card.model_id, "added")
    return card


def export(folder: Path, file: Path) -> Generator[None, None, Path]:
    """Write a model into one file; raises as ``model_transfer.export``."""
    from medhash_gui import model_transfer

    yield
    written = model_transfer.export(folder, file)
    audit.exported(None, "model", rows=0)
    return written
