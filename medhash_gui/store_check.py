"""Verify a library, and repair one that is damaged.

``verifying`` reads everything and takes no lock; ``repairing`` writes what it could
read into new files and keeps the damaged ones beside them. What is lost is said before
and after, with the pictures that have to be indexed again.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medhash_gui.errors import LibraryError
from medhash_gui.library import checking, durable, manifest, rebuilding, repairing
from medhash_gui.library.checking import CheckProgress, Examination, Problem
from medhash_gui.library.manifest import FILE_NAME
from medhash_gui.library.rebuilding import FoundManifest, Given
from medhash_gui.library.writer_lock import WriterLock
from medhash_gui.store import CodeStore

__all__ = ["CheckProgress", "CheckReport", "Problem", "repairing_of", "verifying"]

# A writer may replace files while they are read; it will not so many times in a row.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a library holds, and what is wrong with it.

    Attributes:
        rows: rows, hidden, removed and lost ones included.
        shown: rows that a search can find, of those that can be read.
        lost: rows that cannot be read.
        again: paths of pictures that have to be indexed again.
        unknown: lost rows of which not even the path is known; indexing the folder
            finds them.
        doubled: visible rows of a picture that is in the library twice.
        problems: what is wrong, file by file.
        torn_bytes: at the end of the journal: a write that was cut off. No loss: the
            next writer removes it.
        unnamed: files that a writer has left and the next one removes.
        repaired: whether the library was written anew.
        set_aside: folder in the library that keeps the damaged files, or "".
    """

    rows: int
    shown: int
    lost: int
    again: tuple[str, ...]
    unknown: int
    doubled: int
    problems: tuple[Problem, ...]
    torn_bytes: int
    unnamed: tuple[str, ...]
    repaired: bool = False
    set_aside: str = ""

    @property
    def sound(self) -> bool:
        """Whether nothing is damaged."""
        return not self.problems


def verifying(root: Path) -> Generator[CheckProgress, None, CheckReport]:
    """Read all of a library and return what is wrong with it; nothing is written.

    Raises:
        LibraryError: there is no library, or it cannot be read.
        StoreFormatError: it was written by a newer version, or nothing is left of it.
    """
    for _ in range(_TRIES):
        found = rebuilding.find_manifest(root)
        seen = yield from _examined(root, found)
        report = _report(root, found, seen)
        if report.sound or _bytes(root) == found.data:
            break
    return report


def repairing_of(
    root: Path,
    *,
    key_of: Path | None = None,
    indexed_root: Path | None = None,
    unlinked: bool = False,
) -> Generator[CheckProgress, None, CheckReport]:
    """Write what can be read of a library into new files; return what was wrong.

    A library that is sound is left as it is. Closing the generator before its end
    leaves the library as damaged as it was, and no more.

    Args:
        root: the library.
        key_of: a key file, or a library with the same key, where the manifest and its
            copy are lost.
        indexed_root: the folder of the pictures, likewise.
        unlinked: accept that the key is lost and new pictures of a patient stay apart.

    Raises:
        LibraryError: there is no library, it cannot be written to, or what is lost was
            not given.
        LibraryBusyError: another process is writing to it.
        StoreFormatError: it was written by a newer version, or nothing is left of it.
    """
    rebuilding.find_manifest(root)  # before a lock is put beside what is no library
    given = Given(manifest.key_of(key_of) if key_of else None, indexed_root, unlinked)
    lock = WriterLock(root)
    try:
        found = rebuilding.find_manifest(root, given)
        seen = yield from _examined(root, found)
        report = _report(root, found, seen)
        if report.sound:
            return report
        aside = yield from repairing.replacing(root, found, seen)
    except OSError as error:
        raise durable.failure(error, root) from error
    finally:
        lock.release()
    with CodeStore.open(root) as store:
        return _report(root, found, seen, shown=len(store), set_aside=aside)


def _examined(
    root: Path, found: FoundManifest
) -> Generator[CheckProgress, None, Examination]:
    try:
        return (yield from checking.examining(root, found.manifest))
    except OSError as error:
        message = f"The library {root} cannot be read: {error.strerror or error}."
        hint = "Check its drive, and that you may read it."
        raise LibraryError(message, hint=hint) from error


def _report(
    root: Path,
    found: FoundManifest,
    seen: Examination,
    *,
    shown: int | None = None,
    set_aside: str = "",
) -> CheckReport:
    columns = seen.contents.columns
    visible = (columns.hidden[: columns.rows] == 0) & ~seen.lost
    return CheckReport(
        rows=columns.rows,
        shown=int(np.count_nonzero(visible)) if shown is None else shown,
        lost=int(np.count_nonzero(seen.lost)),
        again=tuple(sorted(seen.again)),
        unknown=seen.unknown,
        doubled=checking.doubled(seen.contents),
        problems=(*found.problems, *seen.problems),
        torn_bytes=seen.torn_bytes,
        unnamed=() if set_aside else tuple(checking.unnamed(root, found.manifest)),
        repaired=set_aside != "",
        set_aside=set_aside,
    )


def _bytes(root: Path) -> bytes | None:
    try:
        return (root / FILE_NAME).read_bytes()
    except OSError:
        return None
