"""A library: a folder of records and codes that survives being interrupted.

Promises: what a call has committed is there after a kill, a power cut or a full disk;
what it has not committed leaves no trace; one process writes at a time, any number
read meanwhile, from read-only media too. Rows keep their numbers for ever: pictures are
hidden, moved and relabelled, never removed.

New rows and changes go to the journal; from time to time the journal becomes segments,
and the manifest, replaced as a whole, says which files count (ADR 0003,
``docs/library-format.md``). One thread may write while others read from the object.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from medhash_gui.codes import MAX_BITS, HashCodes
from medhash_gui.errors import LibraryError, ModelMismatchError
from medhash_gui.images import ImageRecord
from medhash_gui.library import durable, journal, manifest
from medhash_gui.library.blocks import Block, RowChange
from medhash_gui.library.columns import KnownFile
from medhash_gui.library.contents import Contents
from medhash_gui.library.journal import Entry, JournalWriter
from medhash_gui.library.manifest import FORMAT_VERSION
from medhash_gui.library.sealing import NewFiles
from medhash_gui.library.writer_lock import LOCK_FILES, WriterLock

__all__ = ["FORMAT_VERSION", "CodeStore", "KnownFile", "RowChange"]

Rows = Sequence[int] | npt.NDArray[np.intp]

# A journal of so many rows becomes a segment; reading more of it would slow opening.
_SEAL_ROWS = 4096
# Closing makes a segment of so many; fewer are as quickly read from the journal.
_SEAL_ROWS_AT_CLOSE = 256


class CodeStore:
    """An open library, in the folder ``root``; may write where ``writable``."""

    def __init__(self, root: Path, lock: WriterLock | None) -> None:
        self.root = root
        self.writable = lock is not None
        self._lock = lock
        self._contents = Contents(root, follows=lock is None)
        self._journal: JournalWriter | None = None
        self._seal_at = _SEAL_ROWS
        if lock is not None:
            for orphan in manifest.orphans(root, self._contents.manifest):
                durable.remove(orphan)
            self._journal = self._open_journal()

    @classmethod
    def create(
        cls,
        root: Path,
        *,
        indexed_root: Path,
        model_id: str,
        model_name: str,
        bits: int,
    ) -> CodeStore:
        """Make an empty library and open it for writing.

        Args:
            root: folder to make; its parents are made too.
            indexed_root: folder that the records' paths will be relative to.
            model_id: identity of the model whose codes of ``bits`` bits it will hold.
            model_name: the model's name, for people.
            bits: length of a code.

        Raises:
            LibraryError: something is there already, or nothing can be written there.
            LibraryBusyError: another process is making it.
            ValueError: ``bits`` is not 1 to 4096.
        """
        if not 1 <= bits <= MAX_BITS:
            message = f"A code has 1 to {MAX_BITS} bits, not {bits}."
            raise ValueError(message)
        try:
            manifest.check_free(root, besides=LOCK_FILES)
            root.mkdir(parents=True, exist_ok=True)
            lock = WriterLock(root)
            try:
                # Another process may have made one since.
                manifest.check_free(root, besides=LOCK_FILES)
                first = manifest.first(
                    indexed_root, model_id=model_id, model_name=model_name, bits=bits
                )
                durable.place(root / first.journal, journal.HEADER)
                durable.sync_folder(root)
                first.place(root)
                durable.sync_folder(root)
                durable.sync_folder(root.absolute().parent)
                return cls(root, lock)
            except BaseException:
                lock.release()
                raise
        except OSError as error:
            raise durable.failure(error, root) from error

    @classmethod
    def open(cls, root: Path, *, writable: bool = False) -> CodeStore:
        """Open a library.

        Raises:
            LibraryError: there is no library, or its place cannot be read or written.
            StoreFormatError: it is damaged, or was written by a newer version.
            LibraryBusyError: ``writable``, and another process is writing to it.
        """
        if not writable:
            return cls(root, None)
        manifest.parse(manifest.read_bytes(root), root)
        lock = WriterLock(root)
        try:
            return cls(root, lock)
        except OSError as error:
            lock.release()
            raise durable.failure(error, root) from error
        except BaseException:
            lock.release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # -- what it is ----------------------------------------------------------------

    @property
    def indexed_root(self) -> Path:
        """The folder that the records' paths are relative to."""
        return Path(self._contents.manifest.indexed_root)

    @property
    def model_id(self) -> str:
        """Identity of the active model."""
        return self._contents.manifest.model_id

    @property
    def model_name(self) -> str:
        """Name of the active model, for people."""
        return self._contents.manifest.model_name

    @property
    def bits(self) -> int:
        """Length K of a code."""
        return self._contents.manifest.codes.bits

    @property
    def format_version(self) -> int:
        """Version of the library's format."""
        return self._contents.manifest.format_version

    def __len__(self) -> int:
        return int(np.count_nonzero(self.visible))

    @property
    def row_count(self) -> int:
        """How many rows there are, hidden ones included."""
        return self._contents.columns.rows

    @property
    def hidden(self) -> int:
        """How many rows are hidden."""
        return self.row_count - int(np.count_nonzero(self.visible))

    # -- columns -------------------------------------------------------------------

    @property
    def visible(self) -> npt.NDArray[np.bool_]:
        """Which rows are not hidden: bool (N,)."""
        hidden = self._contents.columns.hidden
        shown: npt.NDArray[np.bool_] = hidden[: self.row_count] == 0
        return shown

    @property
    def packed(self) -> npt.NDArray[np.uint8]:
        """The codes: uint8 (N, ceil(bits / 8)), one piece of memory, not a copy."""
        return self._contents.columns.packed[: self.row_count]

    @property
    def patients(self) -> npt.NDArray[np.int32]:
        """A number for each row's patient: int32 (N,), -1 for unknown."""
        return self._contents.columns.patients[: self.row_count]

    @property
    def digests(self) -> npt.NDArray[np.uint8]:
        """The contents: uint8 (N, 16), not a copy."""
        return self._contents.columns.digests[: self.row_count]

    def soft(self, rows: Rows) -> npt.NDArray[np.float16]:
        """Return the soft values of some rows: float16 (n, K).

        Raises:
            StoreFormatError: a segment is gone or damaged.
        """
        return self._contents.soft(np.asarray(rows, np.intp))

    def codes(self, rows: Rows) -> HashCodes:
        """Return the codes of some rows, soft values included."""
        chosen = np.asarray(rows, np.intp)
        return HashCodes(self.packed[chosen], self.bits, self.soft(chosen))

    # -- records -------------------------------------------------------------------

    def record(self, row: int) -> ImageRecord:
        """Return the record of one row."""
        return self._contents.columns.record(row)

    def records(self, rows: Rows) -> list[ImageRecord]:
        """Return the records of some rows, in the order asked for."""
        return [self._contents.columns.record(int(row)) for row in rows]

    def files(self) -> Mapping[str, KnownFile]:
        """Return what is known of each path, hidden files included."""
        return self._contents.columns.files()

    def rows_with_digest(self, digest: bytes) -> npt.NDArray[np.intp]:
        """Return the rows of one content, hidden ones included, ascending."""
        return self._contents.columns.rows_with_digest(digest)

    def patient_rows(self, key: str) -> npt.NDArray[np.intp]:
        """Return the rows of one patient, hidden ones included, ascending."""
        return self._contents.columns.rows_of_patient(key)

    def label_names(self) -> dict[str, int]:
        """Return how many visible rows bear each label, by name."""
        return self._contents.columns.label_counts()

    def label_mask(self, name: str) -> npt.NDArray[np.bool_]:
        """Return which rows bear a label: bool (N,), hidden ones included."""
        return self._contents.columns.label_mask(name)

    def pseudonym(self, patient_id: str) -> str:
        """Return the name under which this library, and no other, knows a patient."""
        return self._contents.manifest.pseudonym(patient_id)

    # -- writing -------------------------------------------------------------------

    def append(
        self,
        records: Sequence[ImageRecord],
        codes: HashCodes,
        *,
        changes: Sequence[RowChange] = (),
    ) -> None:
        """Add rows, with changes to other rows, in one commit: all of it or nothing.

        Args:
            records: the new rows.
            codes: their codes.
            changes: changes to rows that exist, such as hiding those replaced.

        Raises:
            LibraryError: nothing was added: the disk is full, or the library was
                opened for reading.
            ModelMismatchError: the codes' length is not the library's.
            ValueError: records and codes are not equally many, or a row to be changed
                does not exist.
        """
        if len(records) != len(codes):
            message = f"{len(records)} records need as many codes, not {len(codes)}."
            raise ValueError(message)
        if codes.bits != self.bits:
            message = (
                f"The library {self.root.name} holds codes of {self.bits} bits "
                f"(model {self.model_name}), not of {codes.bits}."
            )
            hint = f"Load {self.model_name}, or index into a new library."
            raise ModelMismatchError(message, hint=hint)
        block = Block.of(records) if records else None
        self._commit(
            Entry(self.row_count, block, codes if records else None, tuple(changes))
        )

    def change(self, changes: Sequence[RowChange]) -> None:
        """Hide, move or relabel rows in one commit: all of it or nothing.

        Raises:
            LibraryError: nothing was changed: the disk is full, or the library was
                opened for reading.
            ValueError: a row does not exist.
        """
        self._commit(Entry(self.row_count, changes=tuple(changes)))

    def seal(self) -> None:
        """Turn what is in the journal into segments; the rows stay as they are.

        Raises:
            LibraryError: it could not be done; no row is lost by that.
        """
        writer = self._writer()
        new = NewFiles.of(self.root, self._contents)
        if new is None:
            return
        try:
            new.write()
        except OSError as error:
            raise durable.failure(error, self.root) from error
        # From here on the new manifest is in force, whatever happens.
        self._journal = None
        writer.close()
        self._seal_at = _SEAL_ROWS
        try:
            durable.sync_folder(self.root)
            self._contents.refresh()
            self._journal = self._open_journal()
        except OSError as error:
            # The rows are safe, but which journal a power cut would leave is not
            # known: nothing more may be written to either.
            raise durable.failure(error, self.root) from error
        new.remove_replaced()

    def refresh(self) -> bool:
        """Read what a writer has committed since; return whether there was anything.

        Raises:
            LibraryError: the library is gone, damaged or cannot be read any more.
        """
        return False if self.writable else self._contents.refresh()

    def close(self) -> None:
        """Stop writing and let the next writer in; what was read can still be read."""
        if self._lock is None:
            return
        try:
            if self._journal is not None and self._pending() >= _SEAL_ROWS_AT_CLOSE:
                self.seal()
        except LibraryError:
            # Nothing is lost: the journal holds the rows, and the next writer tries.
            pass
        finally:
            if self._journal is not None:
                self._journal.close()
            self._journal = None
            self.writable = False
            self._lock.release()
            self._lock = None

    # -- inside --------------------------------------------------------------------

    def _pending(self) -> int:
        return self.row_count - self._contents.manifest.next_row

    def _writer(self) -> JournalWriter:
        if self._journal is not None:
            return self._journal
        if self.writable:
            message = f"Writing to the library {self.root.name} has failed before."
            hint = "Open the library again; every picture saved before is still there."
        else:
            message = f"The library {self.root.name} was opened for reading only."
            hint = "Open it for writing."
        raise LibraryError(message, hint=hint)

    def _commit(self, entry: Entry) -> None:
        writer = self._writer()
        rows = entry.first_row + entry.rows
        for change in entry.changes:
            if not 0 <= change.row < rows:
                message = f"There is no row {change.row} among {rows}."
                raise ValueError(message)
        if not entry.rows and not entry.changes:
            return
        try:
            writer.append(entry)
        except OSError as error:
            raise durable.failure(error, self.root) from error
        self._contents.take(entry)
        if self._pending() >= self._seal_at:
            try:
                self.seal()
            except LibraryError:
                # The entry is committed, so the call must not fail; the journal goes
                # on, and the segment is tried again later.
                self._seal_at = self._pending() + _SEAL_ROWS

    def _open_journal(self) -> JournalWriter:
        contents = self._contents
        path = self.root / contents.manifest.journal
        return JournalWriter(path, end=contents.journal_end)
