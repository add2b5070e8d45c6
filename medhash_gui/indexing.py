"""Bring a library up to date with a folder, and account for every file.

``index_folder`` promises: found = added + unchanged + moved + skipped; nothing that was
committed is lost by a cancel, a kill or an unreadable file; a picture whose content the
library knows is never encoded again, wherever it lies now (``reconcile``).
"""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medhash_gui import images
from medhash_gui.decoding import DecodePool
from medhash_gui.errors import DatasetError, LibraryError, ModelMismatchError
from medhash_gui.images import FoundFile
from medhash_gui.reconcile import Reconciler, SkippedFile

__all__ = ["IndexProgress", "IndexReport", "SkippedFile", "index_folder"]

if TYPE_CHECKING:
    from medhash_gui.codes import Encoder
    from medhash_gui.labels import LabelTable
    from medhash_gui.store import CodeStore

# A batch of 16 keeps the processor as busy as a larger one and ends within a cancel's
# second even on a slow machine.
BATCH = 16
_REPORT_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class IndexProgress:
    """How far a run has come; counts are files.

    Attributes:
        done: files settled so far, those that were unchanged included.
        found: files in the folder.
        encoded: pictures that went through the network.
        skipped: files that gave no picture.
        images_per_second: rate of encoding since the first picture, or None.
        seconds_left: estimate for the rest, or None while there is no rate.
        path: the file settled last, POSIX and relative to the folder.
    """

    done: int
    found: int
    encoded: int
    skipped: int
    images_per_second: float | None
    seconds_left: float | None
    path: str


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What a finished run did; counts are files, ``frames`` apart.

    ``found == added + unchanged + moved + len(skipped)`` always holds; ``relabelled``
    counts unchanged or moved files whose labels or patient changed, ``hidden`` records
    whose file is gone. ``seconds_start_up`` is the part before the first decoded
    picture; ``images_per_second`` leaves it out and is None when nothing was encoded.
    """

    found: int
    added: int
    unchanged: int
    moved: int
    relabelled: int
    hidden: int
    skipped: tuple[SkippedFile, ...]
    frames: int
    seconds: float
    seconds_start_up: float
    images_per_second: float | None
    device: str
    model_id: str
    bits: int


def index_folder(
    store: CodeStore,
    root: Path,
    encoder: Encoder,
    *,
    labels: LabelTable | None = None,
    workers: int | None = None,
    batch: int = BATCH,
) -> Generator[IndexProgress, None, IndexReport]:
    """Bring ``store`` up to date with the folder ``root``.

    A generator: it yields ``IndexProgress`` at least twice a second and returns the
    ``IndexReport``. Closing it cancels within a second; every batch committed so far
    stays, and the next run goes on from there.

    Args:
        store: a library opened for writing whose model is the encoder's.
        root: the folder to index.
        encoder: makes the codes, on the device it was opened for.
        labels: what a table says of labels and patients; without one, new files are
            labelled by their class folder where there are at least two of them.
        workers: processes that decode; None for one fewer than the cores.
        batch: pictures encoded and committed at a time.

    Raises:
        LibraryError: the folder is missing, or is empty although the library holds
            pictures of it (an unmounted drive looks like that). Nothing is hidden.
        DatasetError: the folder is empty and so is the library.
        ModelMismatchError: the encoder is not the library's model.
    """
    if encoder.model_id != store.model_id:
        message = (
            f"The library was made with model {store.model_name} ({store.model_id}), "
            f"but {encoder.model_id} is loaded."
        )
        raise ModelMismatchError(
            message, hint="Load the library's model, or index into a new library."
        )
    clock = _Clock(time.perf_counter())
    unreadable: list[str] = []
    found = _found_files(store, root, unreadable)
    files = Reconciler(store, root, encoder, labels, found)
    files.skip_unlisted(unreadable)
    tasks = files.sort_out()
    clock.settled_before = files.done
    yield _progress(files, clock)
    if tasks:
        clock.reported = time.perf_counter()
        try:
            with DecodePool(root, encoder.preprocess, workers=workers) as pool:
                for result in pool.map(tasks):
                    if result is not None:
                        clock.first_picture = clock.first_picture or time.perf_counter()
                        files.take(result)
                        if len(files.batch) >= batch:
                            files.commit()
                    now = time.perf_counter()
                    if result is None or now - clock.reported >= _REPORT_EVERY_S:
                        clock.reported = now
                        yield _progress(files, clock)
                files.commit()
        except GeneratorExit:
            # A cancel: what is decoded but not encoded is left to the next run.
            files.commit_changes()
            raise
    files.hide_missing()
    yield _progress(files, clock)
    return _report(files, clock)


@dataclass(slots=True)
class _Clock:
    """When things happened, in seconds of ``time.perf_counter``."""

    started: float
    reported: float = 0.0
    first_picture: float | None = None
    settled_before: int = 0


def _found_files(
    store: CodeStore, root: Path, unreadable: list[str]
) -> list[FoundFile]:
    if not root.is_dir():
        message = f"The folder {root} is not there."
        raise LibraryError(
            message, hint="Check the name, or connect the drive it is on."
        )
    found = list(images.scan(root, unreadable=unreadable))
    if not found and not unreadable and store.row_count:
        message = f"The folder {root} is empty, but the library holds pictures of it."
        raise LibraryError(
            message,
            hint="Connect the drive it is on. Nothing in the library was changed.",
        )
    if not found and not unreadable:
        message = f"The folder {root} is empty."
        raise DatasetError(message, hint="Choose a folder that holds pictures.")
    return found


def _progress(files: Reconciler, clock: _Clock) -> IndexProgress:
    rate = left = None
    settled = files.done - clock.settled_before
    if clock.first_picture is not None and settled:
        elapsed = max(time.perf_counter() - clock.first_picture, 1e-6)
        left = (files.found - files.done) * elapsed / settled
        rate = files.encoded / elapsed if files.encoded else None
    return IndexProgress(
        done=files.done,
        found=files.found,
        encoded=files.encoded,
        skipped=len(files.skipped),
        images_per_second=rate,
        seconds_left=left,
        path=files.last_path,
    )


def _report(files: Reconciler, clock: _Clock) -> IndexReport:
    seconds = time.perf_counter() - clock.started
    start_up = (clock.first_picture or clock.started) - clock.started
    rate = files.encoded / max(seconds - start_up, 1e-6) if files.encoded else None
    return IndexReport(
        found=files.found,
        added=files.added,
        unchanged=files.unchanged,
        moved=files.moved,
        relabelled=files.relabelled,
        hidden=files.hidden,
        skipped=tuple(sorted(files.skipped, key=lambda skipped: skipped.path)),
        frames=files.frames,
        seconds=seconds,
        seconds_start_up=start_up,
        images_per_second=rate,
        device=files.encoder.device,
        model_id=files.encoder.model_id,
        bits=files.encoder.bits,
    )
