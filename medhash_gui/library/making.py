"""Making an empty library: first what it names, then the manifest that names it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from medhash_gui.library import durable, journal, own_files
from medhash_gui.library.manifest import Manifest
from medhash_gui.library.writer_lock import LOCK_FILES, WriterLock

_OWNER_ONLY = 0o700


def make(root: Path, first: Manifest) -> WriterLock:
    """Make a library with its first manifest and return the lock on it.

    Raises:
        LibraryError: something is there already, or nothing can be written there.
        LibraryBusyError: another process is making it.
    """
    try:
        own_files.check_free(root, besides=LOCK_FILES)
        root.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
        lock = WriterLock(root)
        try:
            # Another process may have made one since.
            own_files.check_free(root, besides=LOCK_FILES)
            durable.place(root / first.journal, journal.HEADER)
            durable.sync_folder(root)
            first.place(root)
            durable.sync_folder(root)
            durable.sync_folder(root.absolute().parent)
        except BaseException:
            lock.release()
            raise
    except OSError as error:
        raise durable.failure(error, root) from error
    return lock


@contextmanager
def released_on_failure(root: Path, lock: WriterLock) -> Iterator[None]:
    """Give a lock back where the library that it was taken for cannot be opened.

    Raises:
        LibraryError: its files cannot be written to.
    """
    try:
        yield
    except OSError as error:
        lock.release()
        raise durable.failure(error, root) from error
    except BaseException:
        lock.release()
        raise
