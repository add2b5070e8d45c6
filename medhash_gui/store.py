"""A library: a folder of records and codes that survives being interrupted.

Promises: what a call has committed is there after a kill, a power cut or a full disk;
what it has not committed leaves no trace; one process writes at a time, any number
read meanwhile, from read-only media too. Rows keep their numbers for ever: pictures are
hidden, moved and relabelled; of one removed for good an empty row stays.

New rows and changes go to the journal; from time to time the journal becomes segments,
and the manifest, replaced as a whole, says which files count (ADR 0003,
``docs/library-format.md``). One thread may write while others read from the object.
"""

from __future__ import annotations

import copy
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from medhash_gui import library_facts
from medhash_gui.codes import MAX_BITS, HashCodes
from medhash_gui.errors import LibraryError
from medhash_gui.identities import Identity
from medhash_gui.images import ImageRecord
from medhash_gui.library import keys, making, manifest
from medhash_gui.library.blocks import Block, RowChange
from medhash_gui.library.contents import Contents
from medhash_gui.library.journal import Entry
from medhash_gui.library.keys import LibraryKey
from medhash_gui.library.known_files import KnownFile
from medhash_gui.library.manifest import FORMAT_VERSION
from medhash_gui.library.writer_lock import WriterLock
from medhash_gui.library.writing import Writer
from medhash_gui.stored_rows import StoredRows

__all__ = ["FORMAT_VERSION", "CodeStore", "KnownFile", "RowChange"]


class CodeStore(StoredRows):
    """An open library, in the folder ``root``; may write where ``writable``."""

    def __init__(self, root: Path, lock: WriterLock | None) -> None:
        self.root = root
        contents = Contents(root, follows=lock is None)
        super().__init__(contents)
        self._writer = None if lock is None else Writer(root, contents, lock)

    @classmethod
    def create(
        cls,
        root: Path,
        *,
        indexed_root: Path,
        model_id: str,
        model_name: str,
        bits: int,
        choices: Mapping[str, Any] | None = None,
        key_of: Path | None = None,
    ) -> CodeStore:
        """Make an empty library and open it for writing.

        Args:
            root: folder to make; its parents are made too.
            indexed_root: folder that the records' paths will be relative to.
            model_id: identity of the model whose codes of ``bits`` bits it will hold.
            model_name: the model's name, for people.
            bits: length of a code.
            choices: what the user chose for indexing, as JSON; kept as it is.
            key_of: another library or a key file, whose key is to be shared, so that
                both know a patient under the same key; None for a key of its own.

        Raises:
            LibraryError: something is there already, or it or the key cannot be used.
            LibraryBusyError: another process is making it.
            ValueError: ``bits`` is not 1 to 4096.
        """
        if not 1 <= bits <= MAX_BITS:
            message = f"A code has 1 to {MAX_BITS} bits, not {bits}."
            raise ValueError(message)
        first = manifest.first(
            indexed_root,
            model_id=model_id,
            model_name=model_name,
            bits=bits,
            choices=choices or {},
            key=manifest.key_of(key_of) if key_of else LibraryKey.new(),
        )
        lock = making.make(root, first)
        with making.released_on_failure(root, lock):
            return cls(root, lock)

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
        with making.released_on_failure(root, lock):
            return cls(root, lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- what it is ----------------------------------------------------------------

    @property
    def name(self) -> str:
        """What to call it, for people."""
        return self.root.name

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
    def format_version(self) -> int:
        """Version of the library's format."""
        return self._contents.manifest.format_version

    @property
    def writable(self) -> bool:
        """Whether this process may write to it."""
        return self._writer is not None

    @property
    def choices(self) -> dict[str, Any]:
        """What the user chose for indexing, a copy."""
        return copy.deepcopy(dict(self._contents.manifest.choices))

    @property
    def info(self) -> dict[str, Any]:
        """What people want to know of it, as plain JSON values."""
        return library_facts.of(self)

    @property
    def recall(self) -> float:
        """Share of the nearest rows that a search finds: all of them."""
        return 1.0

    # -- patients ------------------------------------------------------------------

    @property
    def key_id(self) -> str:
        """What tells this library's secret key from others, public."""
        return self._key.key_id

    @property
    def unlinked(self) -> bool:
        """Whether a patient may be here under several keys, after a merge."""
        return self._contents.manifest.unlinked

    def patient_keys(self, identity: Identity) -> tuple[str, ...]:
        """Return the keys of a patient here, most precise first; () where unknown."""
        return self._key.patient_keys(identity)

    def case_key(self, identity: Identity) -> str | None:
        """Return the key of a case here, or None where the identity names none."""
        return self._key.case_key(identity)

    def series_key(self, identity: Identity) -> str | None:
        """Return the key of a series here, or None where the identity names none."""
        return self._key.series_key(identity)

    def pseudonym(self, patient_id: str) -> str:
        """Return the key of a patient known by an identifier alone; "" for nobody."""
        return ("", *self.patient_keys(Identity(patient=patient_id)))[-1]

    def export_secret(self) -> bytes:
        """Return what maps UIDs for others; it gives nothing of the key away."""
        return self._key.derived("exports")

    def shares_key_with(self, path: Path) -> bool:
        """Return whether another library, or a key file, holds this library's key."""
        return manifest.key_of(path) == self._key

    def write_key(self, file: Path) -> None:
        """Write the secret key into a new file; raises as ``keys.write``."""
        keys.write(self._key, file)

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
            LibraryError: nothing was added: the disk is full, or it is open to read.
            ModelMismatchError: the codes' length is not the library's.
            ValueError: not as many codes as records, or no such row to be changed.
        """
        if len(records) != len(codes):
            message = f"{len(records)} records need as many codes, not {len(codes)}."
            raise ValueError(message)
        block = Block.of(records) if records else None
        self._writing().commit(Entry(self.row_count, block, codes, tuple(changes)))

    def change(self, changes: Sequence[RowChange]) -> None:
        """Hide, move or relabel rows in one commit; raises as ``append``."""
        self._writing().commit(Entry(self.row_count, changes=tuple(changes)))

    def choose(self, choices: Mapping[str, Any]) -> None:
        """Keep what the user chose for indexing, in place of what was chosen before.

        Raises:
            LibraryError: it was not kept: the disk is full, or it is open for reading.
        """
        kept = copy.deepcopy(dict(choices))
        self._writing().put_in_force(replace(self._contents.manifest, choices=kept))

    def mark_unlinked(self) -> None:
        """Note for good that a patient may be here under several keys."""
        if not self.unlinked:
            now = replace(self._contents.manifest, unlinked=True)
            self._writing().put_in_force(now)

    def seal(self) -> None:
        """Turn what is in the journal into segments; the rows stay as they are.

        Raises:
            LibraryError: it could not be done; no row is lost by that.
        """
        self._writing().seal()

    def compacting(
        self, gone: npt.NDArray[np.bool_] | None = None
    ) -> Generator[tuple[int, int], None, list[str]]:
        """Write anew what holds superseded texts; see ``Writer.compacting``.

        Rows keep their numbers; those of ``gone``, bool (N,), hold nothing any more.
        """
        return self._writing().compacting(gone)

    def relink(self, folder: Path) -> None:
        """Let paths be relative to another folder; raises as ``choose``."""
        now = replace(self._contents.manifest, indexed_root=str(folder.absolute()))
        self._writing().put_in_force(now)

    def refresh(self) -> bool:
        """Read what a writer has committed since; return whether there was anything.

        Raises:
            LibraryError: the library is gone, damaged or cannot be read any more.
        """
        return False if self.writable else self._contents.refresh()

    def close(self) -> None:
        """Stop writing and let the next writer in; what was read can still be read."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    @property
    def _key(self) -> LibraryKey:
        return self._contents.manifest.key

    def _writing(self) -> Writer:
        if self._writer is None:
            message = f"The library {self.root.name} was opened for reading only."
            raise LibraryError(message, hint="Open it for writing.")
        return self._writer
