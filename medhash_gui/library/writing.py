"""Writing to a library: commits go to the journal, the journal becomes segments.

One writer holds the lock from construction to ``close``. A library of an older format
becomes one of this format by a manifest of its own, before anything that only this
format knows is written; a kill in between leaves either.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from medhash_gui.errors import LibraryError, ModelMismatchError
from medhash_gui.library import durable, own_files, sealing
from medhash_gui.library.contents import Contents
from medhash_gui.library.journal import Entry, JournalWriter
from medhash_gui.library.manifest import FORMAT_VERSION, Manifest
from medhash_gui.library.sealing import NewFiles
from medhash_gui.library.writer_lock import WriterLock

# A journal of so many rows becomes a segment; reading more of it would slow opening.
_SEAL_ROWS = 4096
# Closing makes a segment of so many; fewer are as quickly read from the journal.
_SEAL_ROWS_AT_CLOSE = 256


class Writer:
    """The only writer of a library."""

    def __init__(self, root: Path, contents: Contents, lock: WriterLock) -> None:
        """Take a library over for writing.

        Raises:
            OSError: its files cannot be written to.
        """
        self._root = root
        self._contents = contents
        self._lock = lock
        self._seal_at = _SEAL_ROWS
        self._work_in_at = 0
        for orphan in own_files.orphans(root, contents.manifest):
            durable.remove(orphan)
        self._journal: JournalWriter | None = self._open_journal()
        if contents.manifest.format_version == FORMAT_VERSION:
            contents.manifest.place_copy(root)

    def commit(self, entry: Entry) -> None:
        """Write one entry; it is there for good when the call returns.

        Raises:
            LibraryError: nothing was written.
            ModelMismatchError: likewise; the codes are of another length.
            ValueError: likewise; a row to be changed does not exist.
        """
        journal = self._usable()
        self._check_bits(entry)
        rows = entry.first_row + entry.rows
        for change in entry.changes:
            if not 0 <= change.row < rows:
                message = f"There is no row {change.row} among {rows}."
                raise ValueError(message)
        if not entry.rows and not entry.changes:
            return
        if self._contents.manifest.format_version < FORMAT_VERSION:
            self.put_in_force(self._contents.manifest)
        try:
            journal.append(entry)
        except OSError as error:
            raise durable.failure(error, self._root) from error
        self._contents.take(entry)
        if self._is_full():
            try:
                self.seal()
            except LibraryError:
                # The entry is committed, so the call must not fail; the journal goes
                # on, and the segment is tried again later.
                self._seal_at = self._pending() + _SEAL_ROWS
                self._work_in_at = 2 * len(self._contents.changes)

    def seal(self) -> None:
        """Turn what is in the journal into segments; the rows stay as they are.

        Raises:
            LibraryError: it could not be done; no row is lost by that.
        """
        self._usable()
        new = NewFiles.of(self._root, self._contents)
        if new is not None:
            for _ in self._replacing(new):
                pass

    def compacting(
        self, gone: npt.NDArray[np.bool_] | None = None
    ) -> Generator[tuple[int, int], None, list[str]]:
        """Write segments anew, without what is superseded; yield rows done and to do.

        Every row stays as it is under its number, those of ``gone`` excepted, bool
        (N,): they hold nothing any more, in no file. Closing the generator before its
        end leaves the library as it was.

        Returns:
            Names of files that count no more and could not be removed (Windows, while
            a reader has them open); the next writer removes them.

        Raises:
            LibraryError: it could not be done; no row is lost by that.
            StoreFormatError: likewise; a segment cannot be read.
        """
        self._usable()
        none = np.zeros(self._contents.columns.rows, np.bool_)
        touched = none if gone is None else gone
        ranges = sealing.worth_compacting(self._contents, touched)
        left = [p.name for p in own_files.orphans(self._root, self._contents.manifest)]
        if not ranges:
            return left
        new = NewFiles(self._root, self._contents, ranges, gone)
        return left + (yield from self._replacing(new))

    def _replacing(self, new: NewFiles) -> Generator[tuple[int, int], None, list[str]]:
        journal = self._usable()
        try:
            with contextlib.closing(new.writing()) as steps:
                for done in steps:
                    yield done, new.rows
        except OSError as error:
            raise durable.failure(error, self._root) from error
        # From here on the new manifest is in force, whatever happens.
        self._journal = None
        journal.close()
        self._seal_at, self._work_in_at = _SEAL_ROWS, 0
        try:
            durable.sync_folder(self._root)
            self._contents.refresh()
            self._journal = self._open_journal()
        except OSError as error:
            # The rows are safe, but which journal a power cut would leave is not
            # known: nothing more may be written to either.
            raise durable.failure(error, self._root) from error
        self._contents.manifest.place_copy(self._root)
        return new.remove_replaced()

    def put_in_force(self, now: Manifest) -> None:
        """Replace the manifest by one of the same files, in this format.

        Raises:
            LibraryError: it could not be done; rows are as they were.
        """
        self._usable()
        now = replace(now, format_version=FORMAT_VERSION)
        try:
            now.place(self._root)
            durable.sync_folder(self._root)
        except OSError as error:
            raise durable.failure(error, self._root) from error
        self._contents.take_manifest(now)
        now.place_copy(self._root)

    def close(self) -> None:
        """Stop writing and let the next writer in."""
        try:
            if self._journal is not None and (
                self._pending() >= _SEAL_ROWS_AT_CLOSE or self._is_full()
            ):
                self.seal()
        except LibraryError:
            # Nothing is lost: the journal holds the rows, and the next writer tries.
            pass
        finally:
            if self._journal is not None:
                self._journal.close()
            self._journal = None
            self._lock.release()

    def _check_bits(self, entry: Entry) -> None:
        now, codes = self._contents.manifest, entry.codes
        if codes is not None and codes.bits != now.codes.bits:
            message = (
                f"The library {self._root.name} holds codes of {now.codes.bits} bits "
                f"(model {now.model_name}), not of {codes.bits}."
            )
            hint = f"Load {now.model_name}, or index into a new library."
            raise ModelMismatchError(message, hint=hint)

    def _is_full(self) -> bool:
        """Return whether the journal holds so much that opening would be slow."""
        if self._pending() >= self._seal_at:
            return True
        most = max(sealing.most_carried(self._contents.columns.rows), self._work_in_at)
        return len(self._contents.changes) > most

    def _pending(self) -> int:
        return self._contents.columns.rows - self._contents.manifest.next_row

    def _usable(self) -> JournalWriter:
        if self._journal is not None:
            return self._journal
        message = f"Writing to the library {self._root.name} has failed before."
        hint = "Open the library again; every picture saved before is still there."
        raise LibraryError(message, hint=hint)

    def _open_journal(self) -> JournalWriter:
        path = self._root / self._contents.manifest.journal
        return JournalWriter(path, end=self._contents.journal_end)
