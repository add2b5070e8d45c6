"""Take things out of a library for good: superseded texts, or whole rows.

Compacting writes the segments anew that hold something superseded (an old path, a label
that was taken away) and merges small ones. Purging does the same and leaves of the rows
that are removed nothing but their numbers: no path, label, key, report, detail, digest
or code, in no file of the library, the copies that repairing set aside included. What a
drive, a backup or a snapshot keeps of removed files is out of reach.
"""

from __future__ import annotations

import shutil
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt

from medhash_gui import folders
from medhash_gui.errors import LibraryError
from medhash_gui.library import own_files
from medhash_gui.store import CodeStore


@dataclass(frozen=True, slots=True)
class UpkeepProgress:
    """How far it has come: rows dealt with, and how many there are to deal with."""

    done: int
    found: int


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """What was taken out.

    Attributes:
        removed: rows that hold nothing any more.
        shown: how many of them could be found by a search until then.
        rewritten: rows that were written anew.
        bytes_before: size of all files of the library.
        bytes_after: the same, afterwards.
        set_aside: folders of damaged files that were removed with them.
        left: files that count no more, but could not be removed yet; they may hold
            what was taken out.
    """

    removed: int
    shown: int
    rewritten: int
    bytes_before: int
    bytes_after: int
    set_aside: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def choose_rows(
    store: CodeStore,
    *,
    hidden: bool = False,
    gone: bool = False,
    folders: Sequence[str] = (),
    patients: Sequence[str] = (),
) -> npt.NDArray[np.bool_]:
    """Return which rows are meant: bool (N,), those of all conditions together.

    Args:
        store: the library.
        hidden: all hidden rows; such as a person left out while their file is there
            are not among them.
        gone: hidden rows whose file is not in the indexed folder now.
        folders: all rows of pictures in these folders, relative to the indexed folder
            or inside it, hidden or not.
        patients: all rows of these patients, by key (``P-...``), hidden or not.

    Raises:
        LibraryError: a folder or patient has no row here, or the indexed folder, which
            ``gone`` needs, is missing or empty.
    """
    chosen = np.zeros(store.row_count, np.bool_)
    kept = ~store.removed
    all_hidden = store.hidden_rows
    if hidden:
        chosen |= all_hidden
    if gone:
        rows = np.flatnonzero(all_hidden)
        chosen[_without_file(store, rows)] = True
    for folder in folders:
        rows = _in_folder(store, folder, np.flatnonzero(kept))
        if not len(rows):
            message = f"No picture of {store.root.name} is in the folder {folder}."
            hint = f"Folders are those in {store.indexed_root}; nothing was removed."
            raise LibraryError(message, hint=hint)
        chosen[rows] = True
    for key in patients:
        rows = store.patient_rows(key)
        if not len(rows):
            message = f"No picture of {store.root.name} has the patient key {key}."
            hint = '"medhash library export" lists the keys; nothing was removed.'
            raise LibraryError(message, hint=hint)
        chosen[rows] = True
    return chosen & kept


def compacting(store: CodeStore) -> Generator[UpkeepProgress, None, PurgeReport]:
    """Write anew what holds something superseded; every row stays as it is.

    Closing the generator before its end leaves the library as it was.

    Raises:
        LibraryError: it could not be done, or a segment is damaged; nothing is lost.
    """
    return _rewriting(store, None)


def purging(
    store: CodeStore, gone: npt.NDArray[np.bool_]
) -> Generator[UpkeepProgress, None, PurgeReport]:
    """Remove rows for good, and everything that is superseded with them.

    Closing the generator before its end leaves the library as it was.

    Args:
        store: library opened for writing.
        gone: the rows to be removed, bool (N,).

    Raises:
        LibraryError: it could not be done, or a segment is damaged; nothing is lost.
    """
    return _rewriting(store, gone)


def _rewriting(
    store: CodeStore, gone: npt.NDArray[np.bool_] | None
) -> Generator[UpkeepProgress, None, PurgeReport]:
    before = _size(store.root)
    shown = 0 if gone is None else int(np.count_nonzero(gone & store.visible))
    rewritten = 0
    run = store.compacting(gone)
    try:
        while True:
            rewritten, found = next(run)
            yield UpkeepProgress(rewritten, found)
    except StopIteration as end:
        left: list[str] = end.value
    finally:
        run.close()
    aside: list[str] = []
    if gone is not None:
        for folder in own_files.set_aside(store.root):
            shutil.rmtree(folder, ignore_errors=True)
            (left if folder.exists() else aside).append(folder.name)
    return PurgeReport(
        removed=0 if gone is None else int(np.count_nonzero(gone)),
        shown=shown,
        rewritten=rewritten,
        bytes_before=before,
        bytes_after=_size(store.root),
        set_aside=tuple(aside),
        left=tuple(left),
    )


def _without_file(store: CodeStore, rows: npt.NDArray[np.intp]) -> list[int]:
    root = store.indexed_root
    if not root.is_dir() or not any(root.iterdir()):
        what = "is empty" if root.is_dir() else "is not there"
        message = f"The folder {root} {what}: which files are gone cannot be told."
        hint = (
            "Connect the drive it is on, or name its new place with "
            f'"medhash library relink {store.root} FOLDER". Nothing was removed.'
        )
        raise LibraryError(message, hint=hint)
    is_gone: dict[str, bool] = {}
    for row in rows.tolist():
        path = store.path(row)
        if path not in is_gone:
            is_gone[path] = folders.is_gone(root / path)
    return [row for row in rows.tolist() if is_gone[store.path(row)]]


def _in_folder(
    store: CodeStore, folder: str, rows: npt.NDArray[np.intp]
) -> npt.NDArray[np.intp]:
    place = Path(folder)
    if place.is_absolute():
        root = store.indexed_root
        if not place.is_relative_to(root):
            return np.zeros(0, np.intp)
        folder = place.relative_to(root).as_posix()
    wanted = PurePosixPath(folder.replace("\\", "/")).as_posix()
    if wanted == ".":
        return rows
    inside = [row for row in rows.tolist() if store.path(row).startswith(f"{wanted}/")]
    return np.array(inside, np.intp)


def _size(root: Path) -> int:
    """Return the size of a library's files, those set aside included."""
    return sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
