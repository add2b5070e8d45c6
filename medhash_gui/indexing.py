"""Bring a library up to date with a folder, and account for every file.

``index_folder`` promises: found = added + unchanged + moved + skipped; nothing that was
committed is lost by a cancel, a kill or an unreadable file; a picture whose content the
library knows is never encoded again, wherever it lies now (``reconcile``).
"""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medhash_gui import images
from medhash_gui.decoding import DecodePool, DecodeResult, DecodeTask
from medhash_gui.encoding import EncodingQueue
from medhash_gui.errors import DatasetError, LibraryError, ModelMismatchError
from medhash_gui.images import FoundFile, ImageRecord
from medhash_gui.import_choices import ImportChoices
from medhash_gui.index_report import IndexReport
from medhash_gui.metadata import Sources
from medhash_gui.reconcile import Reconciler

__all__ = ["IndexProgress", "IndexReport", "index_folder"]

if TYPE_CHECKING:
    from medhash_gui.codes import Encoder
    from medhash_gui.labels import LabelTable
    from medhash_gui.store import CodeStore

_REPORT_EVERY_S = 0.25
# A caller that lets a step wait for longer has paused the run.
_PAUSE_S = 1.0
# A key beside the choices that a library remembers, while a run is at work.
_UNFINISHED = "unfinished"
# And the content of the table that the last finished run read.
_TABLE_DIGEST = "table_digest"
# Another: all pictures lie in one folder, whose name is therefore no label.
_ONE_CLASS = "one_class"


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
        device: where codes are made.
        notices: what the user should know by now, as sentences, the oldest first.
    """

    done: int
    found: int
    encoded: int
    skipped: int
    images_per_second: float | None
    seconds_left: float | None
    path: str
    device: str = ""
    notices: tuple[str, ...] = ()


def index_folder(
    store: CodeStore,
    root: Path,
    encoder: Encoder,
    *,
    choices: ImportChoices | None = None,
    workers: int | None = None,
    batch: int | None = None,
    only: Callable[[str], bool] | None = None,
) -> Generator[IndexProgress, None, IndexReport]:
    """Bring ``store`` up to date with the folder ``root``.

    A generator: it yields ``IndexProgress`` at least twice a second and returns the
    ``IndexReport``. Closing it cancels within a second; every batch committed so far
    stays, and the next run goes on from there. Not asking for the next step pauses it:
    the pictures on their way are finished, then everything rests until it is asked.

    Args:
        store: a library opened for writing whose model is the encoder's.
        root: the folder to index.
        encoder: makes the codes, on the device it was opened for.
        choices: where labels, patients and cases are from and which frames count; the
            library remembers them. None: as remembered. Where they differ from those
            of the last run, every header is read again; no code is made again.
        workers: processes that decode; None for as many as cores.
        batch: pictures encoded and committed at a time; None for what suits the device.
        only: which files count, by path; the others are left as they are. None: all.

    Raises:
        LibraryError: the folder is missing, or is empty although the library holds
            pictures of it (an unmounted drive looks like that), or it goes away before
            the end. Nothing is hidden.
        DatasetError: the folder is empty and so is the library; or the table that was
            chosen cannot be read.
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
    remembered = ImportChoices.from_json(store.choices)
    wished = remembered if choices is None else choices
    with _collector_at_rest():
        files, tasks, to_remember = _sorted_out(store, root, remembered, choices, only)
    clock.settled_before = files.tally.done
    opened = getattr(encoder, "opened", None)
    if tasks and opened is not None:
        encoder = opened()
    with EncodingQueue[ImageRecord](encoder, batch=batch) as queue:
        files.begin(queue)
        yield _progress(files, clock)
        if tasks:
            # A run that is cut off may leave a file with some of its frames.
            store.choose({**store.choices, _UNFINISHED: True})
            pool = DecodePool(
                root,
                encoder.preprocess,
                workers=workers,
                frames=wished.frames,
                label_tag=wished.label_tag or None,
                lends=True,
            )
            try:
                with pool:
                    yield from _take_all(files, pool.map(tasks), clock)
            except GeneratorExit:
                # A cancel: what is not being encoded yet is left to the next run.
                queue.cancel()
                files.commit_finished(wait=True)
                files.commit_changes()
                raise
    if files.lacks_some or files.tally.skipped:
        # Not before it is certain that it is they that are gone, and not their drive.
        _check_still_there(root)
        files.hide_missing()
    files.commit_changes()
    if to_remember != store.choices:
        # Only now: a run that was cut off has to read the headers again.
        store.choose(to_remember)
    if files.tally.relabelled or files.tally.moved:
        # What was taken away must not lie on in the journal.
        store.seal()
    yield _progress(files, clock)
    return _report(files, encoder, clock)


def _sorted_out(
    store: CodeStore,
    root: Path,
    remembered: ImportChoices,
    choices: ImportChoices | None,
    only: Callable[[str], bool] | None,
) -> tuple[Reconciler, list[DecodeTask], dict[str, Any]]:
    """Settle what is unchanged; return the rest, and the choices to remember at last.

    Raises:
        LibraryError, DatasetError: as ``index_folder``.
    """
    wished = remembered if choices is None else choices
    unreadable: list[str] = []
    found = _found_files(store, root, unreadable)
    paths = [file.path for file in found]
    if only is not None:
        found = [file for file in found if only(file.path)]
        unreadable = [path for path in unreadable if only(path)]
    table, warning = _table(wished, paths, must=choices is not None)
    to_remember = wished.as_json()
    if table is not None:
        to_remember[_TABLE_DIGEST] = table.digest
    elif warning and _TABLE_DIGEST in store.choices:
        to_remember[_TABLE_DIGEST] = store.choices[_TABLE_DIGEST]
    was_one_class = _ONE_CLASS in store.choices
    if was_one_class:
        to_remember[_ONE_CLASS] = True
    sources = Sources(
        store,
        wished,
        table,
        paths,
        relabel=not warning and wished.relabels(remembered),
        says_new=to_remember != store.choices,
        was_one_class=was_one_class and not warning,
    )
    if sources.is_one_class:
        to_remember[_ONE_CLASS] = True
    elif not warning:
        to_remember.pop(_ONE_CLASS, None)
    files = Reconciler(
        store,
        root,
        sources,
        found,
        frames=wished.frames,
        check_frames=wished.frames != remembered.frames or _UNFINISHED in store.choices,
        reread=wished.needs_headers(remembered),
    )
    if warning:
        files.tally.remark(warning, str(wished.table))
    files.tally.skip_unlisted(unreadable)
    return files, files.sort_out(), to_remember


@contextlib.contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Keep the garbage collector from walking a hundred thousand records, and again.

    They come into being in a row and none of them is garbage; it took a third of the
    time of a run in which nothing had changed.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # Into the oldest generation without a look at each.
        gc.freeze()
        gc.unfreeze()
        if was_enabled:
            gc.enable()


def _take_all(
    files: Reconciler, results: Iterator[DecodeResult | None], clock: _Clock
) -> Generator[IndexProgress, None, None]:
    """Settle what was decoded, and commit what was encoded, until all of it is."""
    clock.reported = time.perf_counter()
    for result in results:
        if result is not None:
            clock.first_picture = clock.first_picture or time.perf_counter()
            files.take(result)
        yield from _report_now_and_then(files, clock, must=result is None)
        files.commit_finished()
        while files.queue.is_busy:
            files.queue.wait(_REPORT_EVERY_S)
            files.commit_finished()
            yield from _report_now_and_then(files, clock)
    files.queue.send()
    while files.queue.is_open:
        files.queue.wait(_REPORT_EVERY_S)
        files.commit_finished()
        yield from _report_now_and_then(files, clock)


def _report_now_and_then(
    files: Reconciler, clock: _Clock, *, must: bool = False
) -> Iterator[IndexProgress]:
    now = time.perf_counter()
    if must or now - clock.reported >= _REPORT_EVERY_S:
        yield _progress(files, clock)
        clock.reported = time.perf_counter()
        if clock.reported - now > _PAUSE_S:
            clock.paused += clock.reported - now


@dataclass(slots=True)
class _Clock:
    """When things happened, in seconds of ``time.perf_counter``."""

    started: float
    reported: float = 0.0
    first_picture: float | None = None
    settled_before: int = 0
    paused: float = 0.0


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


def _check_still_there(root: Path) -> None:
    try:
        is_there = any(root.iterdir())
    except OSError:
        is_there = False
    if not is_there:
        message = f"The folder {root} went away while it was being indexed."
        hint = "Connect the drive it is on; the same run goes on from there."
        raise LibraryError(message, hint=hint)


def _table(
    choices: ImportChoices, paths: Sequence[str], *, must: bool
) -> tuple[LabelTable | None, str]:
    """Return the chosen table; one that is only remembered may be gone by now."""
    try:
        return choices.read_table(paths), ""
    except DatasetError as error:
        if must:
            raise
        return None, f"{error.message} Labels and patients stay as they are."


def _progress(files: Reconciler, clock: _Clock) -> IndexProgress:
    tally = files.tally
    rate = left = None
    settled = tally.done - clock.settled_before
    if clock.first_picture is not None and settled:
        elapsed = time.perf_counter() - clock.first_picture - clock.paused
        elapsed = max(elapsed, 1e-6)
        left = (tally.found - tally.done) * elapsed / settled
        rate = tally.encoded / elapsed if tally.encoded else None
    return IndexProgress(
        done=tally.done,
        found=tally.found,
        encoded=tally.encoded,
        skipped=len(tally.skipped),
        images_per_second=rate,
        seconds_left=left,
        path=tally.last_path,
        device=files.queue.devices[-1],
        notices=tuple(files.queue.notices),
    )


def _report(files: Reconciler, encoder: Encoder, clock: _Clock) -> IndexReport:
    tally, match = files.tally, files.sources.match
    seconds = time.perf_counter() - clock.started
    start_up = (clock.first_picture or clock.started) - clock.started
    busy = max(seconds - start_up - clock.paused, 1e-6)
    named = (match.without_row, match.ambiguous) if match else ((), ())
    skipped = {skipped.path for skipped in tally.skipped}
    # Asked for by a table alone: a set of all files is not free.
    without_row, ambiguous = (
        tuple(p for p in paths if p in files.found_paths and p not in skipped)
        for paths in named
    )
    return IndexReport(
        found=tally.found,
        added=tally.added,
        unchanged=tally.unchanged,
        moved=tally.moved,
        relabelled=tally.relabelled,
        hidden=tally.hidden,
        skipped=tuple(sorted(tally.skipped, key=lambda skipped: skipped.path)),
        frames=tally.frames,
        seconds=seconds,
        seconds_start_up=start_up,
        images_per_second=tally.encoded / busy if tally.encoded else None,
        device=", then ".join(files.queue.devices),
        model_id=encoder.model_id,
        bits=encoder.bits,
        remarks=tuple(tally.remarks.values()),
        notices=tuple(files.queue.notices),
        rows_without_file=match.without_file if match else (),
        files_without_row=without_row,
        ambiguous=ambiguous,
    )
