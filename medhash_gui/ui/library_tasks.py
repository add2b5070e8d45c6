"""Jobs that open, make and update a library: generators for pool threads.

Heavy modules (decoders, ONNX Runtime, HDF5) are imported inside, on the pool thread, so
that the window paints before any of them loads. What a generator yields is shown at
once; what it returns ends the job.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from medhash_gui import audit, paths
from medhash_gui.errors import LibraryError
from medhash_gui.milvus_uri import LibraryPlace
from medhash_gui.settings import Settings
from medhash_gui.ui import import_tasks
from medhash_gui.ui.import_plan import ImportPlan
from medhash_gui.ui.import_tasks import TABLE_SUFFIXES
from medhash_gui.ui.picture import MapSource
from medhash_gui.ui.picture_process import PictureProcess

if TYPE_CHECKING:
    from medhash_gui.bundle import FoundBundle, ModelBundle
    from medhash_gui.codes import Encoder
    from medhash_gui.distance_table import DistanceTable
    from medhash_gui.index_report import IndexReport
    from medhash_gui.indexing import IndexProgress
    from medhash_gui.milvus_store import MilvusStore
    from medhash_gui.privacy import PrivacySummary
    from medhash_gui.reliability import Reliability
    from medhash_gui.store import CodeStore

Kind = Literal["library", "folder", "table", "file"]
Device = Literal["auto", "cpu", "cuda", "mps"]

_SUFFIX = ".medhash"
_SAMPLE_SET, _SAMPLE_CLASS = "chest-film", "consolidation"


@dataclass(frozen=True, slots=True)
class Facts:
    """What widgets may know of the open library and its model; plain values.

    Attributes:
        root: the library's folder, or its address on a server.
        indexed_root: the folder of the pictures.
        images: how many pictures can be found.
        bits: length of the codes.
        model: title of the model's card.
        modality: the kind of picture that the model was trained on.
        device: where codes are computed.
        explains: the saliency map that the model shows first.
        labels: label names and how many pictures bear each.
        distances: what distances meant for the model on held-out pictures, or None.
        reliability: what counts of neighbours meant on held-out pictures, or None.
        limit: greatest distance that tells anything, -1 for none; None for not known.
    """

    root: LibraryPlace
    indexed_root: Path
    images: int
    bits: int
    model: str
    modality: str
    device: str
    explains: MapSource
    labels: Mapping[str, int]
    distances: DistanceTable | None = None
    reliability: Reliability | None = None
    limit: int | None = None

    @property
    def folder(self) -> Path | None:
        """The library's folder, where it can be changed; None on a server."""
        return self.root if isinstance(self.root, Path) else None

    @property
    def is_local(self) -> bool:
        """Whether it is in a folder, so that it can be changed here."""
        return self.folder is not None


@dataclass(slots=True)
class OpenLibrary:
    """A library opened for reading and its model; used on one thread at a time."""

    store: CodeStore | MilvusStore
    model: ModelBundle

    @property
    def kept_here(self) -> CodeStore:
        """The store, of a library in a folder.

        Raises:
            LibraryError: the library is on a server.
        """
        from medhash_gui.store import CodeStore

        if isinstance(self.store, CodeStore):
            return self.store
        message = f"{self.store.name} is on a server, where it can only be searched."
        raise LibraryError(message, hint="Open the folder of the library for that.")

    def facts(self) -> Facts:
        """Return the plain values that widgets show."""
        from medhash_gui import nearness

        card = self.model.card
        table = card.distances
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
            distances=table,
            reliability=card.reliability,
            limit=None if table is None else nearness.limit_of(table),
        )


@dataclass(frozen=True, slots=True)
class Opened:
    """An open library and the values that widgets show of it.

    Attributes:
        library: to be used by jobs.
        facts: to be shown.
        warning: why nothing is recorded in the audit log, or "".
    """

    library: OpenLibrary
    facts: Facts
    warning: str = ""


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
    """Return the library of a folder that is in use, or the place of a new one."""
    from medhash_gui import library_choice

    return library_choice.in_use(folder)


def device_of(settings: Settings) -> Device:
    """Return the device that the user wishes."""
    wished = settings.text("device")
    return next(one for one in get_args(Device) if one == wished)


def sort_out(places: Sequence[Path]) -> list[tuple[Kind, Path]]:
    """Return what each dropped path is; reads the file system."""
    found: list[tuple[Kind, Path]] = []
    for place in places:
        if place.suffix == _SUFFIX and place.is_dir():
            found.append(("library", place))
        elif place.is_dir():
            found.append(("folder", place))
        else:
            is_table = place.suffix.lower() in TABLE_SUFFIXES
            found.append(("table" if is_table else "file", place))
    return found


def open_library(
    root: LibraryPlace, device: Device, processes: Sequence[PictureProcess]
) -> Generator[None, None, Opened]:
    """Open a library and the model that made its codes.

    Args:
        root: the library.
        device: where codes of queries are made.
        processes: that read pictures; started meanwhile, as a query will come.

    Raises:
        LibraryError: there is no library, or it cannot be read.
        ModelMismatchError: its model is not on this computer.
        BundleError: its model cannot be opened.
    """
    # Before anything heavy loads here: they load the same meanwhile.
    for process in processes:
        process.warm()
    yield
    from medhash_gui import encoders, opening

    store = opening.open_library(root)
    try:
        yield
        library = OpenLibrary(store, open_model(encoders.of_library(store), device))
        return Opened(library, library.facts(), audit.opened(store))
    except BaseException:
        store.close()
        raise


def open_model(found: FoundBundle, device: Device) -> ModelBundle:
    """Open a model on the device that was asked for."""
    from medhash_gui.bundle import ModelBundle

    return ModelBundle.open(found.folder, device=device)


def open_encoder(found: FoundBundle, device: Device) -> Encoder:
    """Open a model for making many codes, on the device that was asked for."""
    from medhash_gui import encoders

    return encoders.open_encoder(found, device)


def index(
    folder: Path,
    root: Path,
    device: Device,
    workers: int | None,
    plan: ImportPlan | None = None,
) -> Generator[IndexStart | IndexProgress | None, None, IndexReport]:
    """Bring a library up to date with its folder, and make it when there is none.

    A new library takes the model that fits the first pictures best. Without a plan,
    what the library remembers holds; of a new one, a table named ``labels.csv`` in the
    folder gives labels, patients and cases, where its columns are clear.

    Args:
        folder: the pictures; nothing is written there.
        root: the library; made when it is not there.
        device: where codes are made.
        workers: processes that decode; None for the usual number.
        plan: what to read beside the pixels, from now on; None for as before.

    Raises:
        DatasetError: the folder holds no picture, or the plan's table cannot be read.
        LibraryError: the folder or the library cannot be used.
        SettingsError: the plan names a pattern, an element or frames that are none.
    """
    from medhash_gui import encoders, indexing
    from medhash_gui.store import CodeStore

    yield None
    # A folder that a killed run left empty is a place like any other.
    is_new, fits, warning = not root.is_dir() or not any(root.iterdir()), True, ""
    choices = plan.choices() if plan is not None else None
    if choices is not None:
        choices.read_table()  # what is wrong with it is told before anything is made
    if is_new:
        fit = encoders.for_folder(folder)
        found, fits = fit.found, fit.is_familiar
        yield None
        encoder = open_encoder(found, device)
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
            found = encoders.of_library(store)
            encoder = open_encoder(found, device)
        if plan is None and not store.choices:
            usual, warning = import_tasks.usual(folder)
            choices = usual.choices() if usual.labels == "table" else None
        card = found.card
        yield IndexStart(root, folder, card.title, card.modality, is_new, fits, warning)
        report = yield from indexing.index_folder(
            store, folder, encoder, choices=choices, workers=workers
        )
        audit.changed(store, "indexed", rows=report.added)
        return report
    finally:
        store.close()


def plan_of(store: CodeStore) -> ImportPlan | None:
    """Return what a library remembers of how its folder is understood, or None."""
    from medhash_gui.import_choices import ImportChoices

    if not store.choices:
        return None
    return ImportPlan.of_choices(ImportChoices.from_json(store.choices))


def remembered_plan(library: OpenLibrary) -> Generator[None, None, ImportPlan]:
    """Return the plan of the open library; the usual one where it has none."""
    yield
    library.store.refresh()
    plan = plan_of(library.kept_here)
    return plan or import_tasks.usual(library.store.indexed_root)[0]


def look_at_privacy(library: OpenLibrary) -> Generator[None, None, PrivacySummary]:
    """Return what the open library keeps of patients, and what their files carry."""
    from medhash_gui import privacy

    yield
    library.store.refresh()
    return privacy.summary(library.kept_here)


def refresh(library: OpenLibrary) -> Generator[None, None, Facts]:
    """Return the facts of a library, with what a writer has committed since."""
    yield
    library.store.refresh()
    return library.facts()


def save_report(report: IndexReport, file: Path) -> Generator[None, None, Path]:
    """Write the lists of a report into a CSV file and return its place.

    Raises:
        MedHashError: the file cannot be written.
    """
    from medhash_gui import index_report

    yield
    index_report.write_csv(report, file)
    return file


def support_texts() -> Generator[None, None, Mapping[str, str]]:
    """Return the texts of a bundle for support."""
    from medhash_gui import support_bundle

    yield
    return support_bundle.contents()


def save_support(texts: Mapping[str, str], file: Path) -> Generator[None, None, Path]:
    """Write a bundle for support; raises as ``support_bundle.save``."""
    from medhash_gui import support_bundle

    yield
    return support_bundle.save(texts, file)


def draw_samples() -> Generator[None, None, tuple[Path, Path]]:
    """Draw the synthetic samples if they are missing.

    Returns:
        The set to index, and one of its pictures to ask with, with a lesion.
    """
    from medhash_gui import phantoms

    yield
    folder = paths.samples()
    if not phantoms.is_complete(folder):
        phantoms.draw_samples(folder)
    chosen = folder / _SAMPLE_SET
    return chosen, min((chosen / _SAMPLE_CLASS).iterdir())
