"""The command ``index``: bring a library up to date with a folder, or make it.

Ctrl-C cancels between two batches: what was committed stays, and the same command goes
on from there.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from medhash_gui import audit, catalogue, encoders, index_report, indexing
from medhash_gui.catalogue import FoundBundle
from medhash_gui.command.choices import Wishes
from medhash_gui.command.output import Output, Progress
from medhash_gui.encoders import Device
from medhash_gui.errors import DatasetError, LibraryError
from medhash_gui.index_report import IndexReport
from medhash_gui.indexing import IndexProgress
from medhash_gui.sharding import Shard
from medhash_gui.store import CodeStore

if TYPE_CHECKING:
    from medhash_gui.codes import Encoder
    from medhash_gui.import_choices import ImportChoices

# A folder of a hundred thousand text files must not scroll the counts away.
_SKIPPED_SHOWN = 40
_UNMATCHED_SHOWN = 5


class Cancelled(Exception):  # noqa: N818 (no error: the user wished it)
    """The user stopped the run."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True)
class Opened:
    """What a run needs: an open library, the model of its codes, and what to read."""

    store: CodeStore
    encoder: Encoder
    choices: ImportChoices | None


@contextlib.contextmanager
def opened(
    folder: Path,
    library: Path,
    output: Output,
    *,
    model: str | None = None,
    wishes: Wishes | None = None,
    device: Device = "auto",
    device_number: int | None = None,
    key_of: Path | None = None,
) -> Iterator[Opened]:
    """Open a library for indexing a folder into it, or make one.

    Args:
        folder: the pictures.
        library: made when it is not there.
        output: where notes go.
        model: as for ``index``, like the next two.
        wishes: where labels, patients and cases are from.
        device: where codes are made.
        device_number: which one of several such devices.
        key_of: a library or key file whose key a new library is to share.

    Raises:
        MedHashError: folder, library, model or device cannot be used.
    """
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "is not there"
        msg = f"The folder {folder} {what}."
        raise LibraryError(msg, hint="Name the folder that holds the pictures.")
    with contextlib.ExitStack() as stack:
        if _is_there(library):
            store = stack.enter_context(CodeStore.open(library, writable=True))
            check_root(store, folder)
            _check_key(store, key_of)
            found = (
                encoders.named(model, store) if model else encoders.of_library(store)
            )
            encoder = encoders.LaterEncoder(found, device, device_number)
        else:
            found = catalogue.find(model) if model else _best(folder, output)
            encoder = encoders.LaterEncoder(found, device, device_number)
            encoder.opened()  # before a library is made that it cannot serve
            store = stack.enter_context(_create(library, folder, found, key_of))
        choices = wishes.applied(store.choices) if wishes is not None else None
        yield Opened(store, encoder, choices)


def index(
    folder: Path,
    library: Path,
    output: Output,
    *,
    model: str | None = None,
    wishes: Wishes | None = None,
    device: Device = "auto",
    key_of: Path | None = None,
    shard: Shard | None = None,
) -> IndexReport:
    """Index a folder into a library, with progress and notes on standard error.

    Args:
        folder: the pictures; nothing is written there.
        library: made when it is not there.
        output: where notes go.
        model: name or folder of the model; None for the library's own, or for a new
            library the one that knows the pictures best.
        wishes: where labels, patients and cases are from, as far as the user said.
        device: where codes are made.
        key_of: a library or key file whose key a new library is to share.
        shard: index this share of the folder only.

    Raises:
        MedHashError: folder, library, model or device cannot be used.
        Cancelled: the user pressed Ctrl-C; what was done is kept.
    """
    with (
        opened(
            folder,
            library,
            output,
            model=model,
            wishes=wishes,
            device=device,
            device_number=None if shard is None else shard.device_number,
            key_of=key_of,
        ) as ready,
        stop_on_interrupt() as stop,
        Progress("indexing") as progress,
    ):
        run = indexing.index_folder(
            ready.store,
            folder,
            ready.encoder,
            choices=ready.choices,
            only=None if shard is None else shard.holds,
        )
        told = 0
        while True:
            try:
                step = next(run)
            except StopIteration as end:
                report: IndexReport = end.value
                _tell(report.notices[told:], output)
                record(report, ready.store, output)
                if shard is None:
                    _check_pictures(report, ready.store, folder)
                return report
            told = show_progress(step, told, progress, output)
            if stop.is_set():
                run.close()
                msg = f"Cancelled after {step.done} of {step.found} files."
                hint = "What was done is kept; the same command goes on from there."
                raise Cancelled(msg, hint)


def record(report: IndexReport, store: CodeStore, output: Output) -> None:
    """Record in the audit log that a library was brought up to date."""
    output.note_of(audit.changed(store, "indexed", rows=report.added))


def show_progress(
    step: IndexProgress, told: int, progress: Progress, output: Output
) -> int:
    """Show a step of a run, and the notices after the first ``told``; return how many.

    Args:
        step: how far the run has come.
        told: notices that were shown before.
        progress: the bar.
        output: where notices go.
    """
    progress.show(
        step.done,
        step.found,
        rate=step.images_per_second,
        seconds_left=step.seconds_left,
        device=step.device,
    )
    _tell(step.notices[told:], output)
    return len(step.notices)


def _tell(notices: Sequence[str], output: Output) -> None:
    for notice in notices:
        output.note(notice)


def show(
    report: IndexReport,
    folder: Path,
    library: Path,
    output: Output,
    *,
    listed: Path | None = None,
) -> None:
    """Write the report of a run, and the list of its files where one is wished.

    Raises:
        MedHashError: the list cannot be written.
    """
    if listed is not None:
        index_report.write_csv(report, listed)
    answer: dict[str, Any] = {
        "found": report.found,
        "added": report.added,
        "unchanged": report.unchanged,
        "moved": report.moved,
        "relabelled": report.relabelled,
        "hidden": report.hidden,
        "skipped": [asdict(skipped) for skipped in report.skipped],
        "states": report.states,
        "remarks": [asdict(remark) for remark in report.remarks],
        "notices": list(report.notices),
        "rows_without_file": list(report.rows_without_file),
        "files_without_row": list(report.files_without_row),
        "ambiguous": list(report.ambiguous),
        "frames": report.frames,
        "seconds": round(report.seconds, 3),
        "seconds_start_up": round(report.seconds_start_up, 3),
        "images_per_second": _rounded(report.images_per_second),
        "device": report.device,
        "model_id": report.model_id,
        "bits": report.bits,
    }
    output.say(f"Indexed {folder} into {library}")
    output.say(
        f"  {report.found} files: {report.added} added, {report.unchanged} unchanged, "
        f"{report.moved} moved, {len(report.skipped)} skipped"
    )
    output.say(f"  {report.relabelled} relabelled, {report.hidden} hidden (file gone)")
    rate = report.images_per_second
    speed = f", {rate:.1f} images/s" if rate is not None else ""
    output.say(f"  {report.seconds:.1f} s on {report.device}{speed}")
    _say_skipped(report, output)
    _say_unmatched(report, output)
    for remark in report.remarks:
        output.say(f"  {remark.count} x {remark.text} (first: {remark.first_path})")
    if listed is not None:
        output.say(f"  listed in {listed}")
    output.finish(answer)


def _say_unmatched(report: IndexReport, output: Output) -> None:
    """Say what did not fit the table: how many, and the first of them."""
    for paths, what in (
        (report.rows_without_file, "rows of the table match no file"),
        (report.files_without_row, "pictures have no row in the table"),
        (report.ambiguous, "pictures fit several rows, or share one; not labelled"),
    ):
        if paths:
            first = ", ".join(paths[:_UNMATCHED_SHOWN])
            more = ", …" if len(paths) > _UNMATCHED_SHOWN else ""
            output.say(f"  {len(paths)} {what}: {first}{more}")


def _say_skipped(report: IndexReport, output: Output) -> None:
    skipped = report.skipped
    if skipped:
        counts = report.states.items()
        states = ", ".join(f"{n} {state.replace('_', ' ')}" for state, n in counts)
        output.say(f"  skipped: {states}")
    for file in skipped[:_SKIPPED_SHOWN]:
        # A reason begins with the file's name; people want to see its folder too.
        name = file.path.rpartition("/")[2]
        told = file.reason.removeprefix(f"{name} ").removeprefix(f"{name}: ")
        joint = " " if told != file.reason else ": "
        output.say(f"  {file.state:<12}  {file.path}{joint}{told}")
    more = len(skipped) - _SKIPPED_SHOWN
    if more > 0:
        output.say(f"  and {more} more; --list CSV and --json have them all")


def _is_there(library: Path) -> bool:
    """Return whether something lies at the place; an empty folder is nothing."""
    try:
        return any(library.iterdir()) if library.is_dir() else library.exists()
    except OSError:
        return True  # opening it gives the sentence


def _create(
    library: Path, folder: Path, found: FoundBundle, key_of: Path | None
) -> CodeStore:
    return CodeStore.create(
        library,
        # ".." is resolved: cut out as text it would go wrong behind a link.
        indexed_root=folder.resolve() if ".." in folder.parts else folder.absolute(),
        model_id=found.card.model_id,
        model_name=found.card.name,
        bits=found.card.bits,
        key_of=key_of,
    )


def _check_key(store: CodeStore, key_of: Path | None) -> None:
    """Refuse to share a key with a library that has its own: patients bear it."""
    if key_of is None or store.shares_key_with(key_of):
        return
    msg = (
        f"The library {store.root} has a key of its own ({store.key_id}), not that of "
        f"{key_of}: a key is given when a library is made."
    )
    hint = "Name a new library with --library, or leave --share-patients-with out."
    raise LibraryError(msg, hint=hint)


def check_root(store: CodeStore, folder: Path) -> None:
    """Refuse to index another folder: every record would count as gone."""
    indexed = store.indexed_root
    if indexed.absolute() == folder.absolute():
        return
    with contextlib.suppress(OSError):
        if indexed.samefile(folder):
            return
    msg = f"The library {store.root} is of the folder {indexed}, not of {folder}."
    hint = (
        f"Name another library for {folder} with --library. If the folder was moved: "
        f"medhash library relink {store.root} {folder}."
    )
    raise LibraryError(msg, hint=hint)


def _best(folder: Path, output: Output) -> FoundBundle:
    fit = encoders.for_folder(folder)
    card = fit.found.card
    output.note(f"model {card.name}: {card.title} ({card.modality})")
    if not fit.is_familiar:
        output.note(
            f"Warning: no model here was trained on pictures like these; {card.name} "
            "is the nearest, and its hits may mean little. Name another with --model."
        )
    return fit.found


def _check_pictures(report: IndexReport, store: CodeStore, folder: Path) -> None:
    """Refuse a first run that found no picture at all: a wrong folder, most likely."""
    skipped = report.skipped
    if store.row_count or any(s.state != "not_an_image" for s in skipped):
        return
    msg = (
        f"None of the {report.found} files in {folder} is a picture; the first, "
        f"{skipped[0].path}: {skipped[0].reason}"
    )
    hint = "Name a folder of pictures: PNG, JPEG, TIFF, BMP, WebP or DICOM."
    raise DatasetError(msg, hint=hint)


@contextlib.contextmanager
def stop_on_interrupt() -> Iterator[threading.Event]:
    """Turn the first Ctrl-C into an event, so that no commit is cut in the middle."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # signals come to the main thread only
        return

    def remember(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
