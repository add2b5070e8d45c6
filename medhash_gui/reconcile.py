"""Settle every file of a folder against what the library knows of it.

Identity is the content: a file with the size and time of its record is not even
opened; a known content whose old path is gone has moved; a known content whose old path
is still there is a copy, a second record that shares the code. Everything else is new
and goes through the network.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import numpy.typing as npt

from medhash_gui import labels as label_tables
from medhash_gui.decoding import DecodeResult, DecodeTask
from medhash_gui.errors import FileState
from medhash_gui.images import FoundFile, ImageRecord
from medhash_gui.store import CodeStore, KnownFile, RowChange

if TYPE_CHECKING:
    from medhash_gui.codes import Encoder
    from medhash_gui.labels import LabelTable

# Changes of single rows are committed together: one sync for many, and few enough that
# an interrupted run repeats little.
_CHANGES_TOGETHER = 256


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that gave no picture, and why."""

    path: str
    state: FileState
    reason: str


class _Metadata(TypedDict, total=False):
    """The part of a ``RowChange`` that a label table can bring about."""

    labels: tuple[str, ...]
    patient_key: str


class Reconciler:
    """The state of one run: what is settled, what is open, what was counted."""

    def __init__(
        self,
        store: CodeStore,
        root: Path,
        encoder: Encoder,
        table: LabelTable | None,
        found: list[FoundFile],
    ) -> None:
        self.store = store
        self.root = root
        self.encoder = encoder
        self.table = table
        self.files = found
        self.found = len(found)
        self.first_picture: float | None = None
        self.known = store.files()
        self.found_paths = {file.path for file in found}
        self.has_class_folders = _has_class_folders(found)
        self.unchanged = self.added = self.moved = self.relabelled = self.hidden = 0
        self.encoded = self.frames = 0
        self.skipped: list[SkippedFile] = []
        self.last_path = ""
        self.batch: list[tuple[ImageRecord, npt.NDArray[np.float32]]] = []
        self.batch_digests: set[bytes] = set()
        self.changes: list[RowChange] = []
        self.moved_rows: set[int] = set()

    @property
    def done(self) -> int:
        """Files settled so far."""
        return self.unchanged + self.added + self.moved + len(self.skipped)

    # -- before decoding -----------------------------------------------------------

    def skip_unlisted(self, paths: Sequence[str]) -> None:
        """Count folders that cannot be listed: what is in them is out of reach."""
        reason = (
            "This folder could not be listed, or its name is no valid text. "
            "Ask for permission to read it, or rename it."
        )
        self.found += len(paths)
        self.skipped += [SkippedFile(path, "unsupported", reason) for path in paths]

    def sort_out(self) -> list[DecodeTask]:
        """Settle the unchanged files and return the rest as decoding tasks."""
        sets: dict[int, set[bytes]] = {}
        for known in self.known.values():
            sets.setdefault(known.size_bytes, set()).add(known.digest)
        # One set a size, shared by all its tasks: raw exports are often of one size.
        digests_of_size = {size: frozenset(known) for size, known in sets.items()}
        tasks: list[DecodeTask] = []
        for file in self.files:
            known_file = self.known.get(file.path)
            if known_file is not None and (
                (known_file.size_bytes, known_file.modified_ns)
                == (file.size_bytes, file.modified_ns)
            ):
                self._settle_unchanged(file, known_file)
            else:
                same_size = digests_of_size.get(file.size_bytes, frozenset())
                tasks.append(DecodeTask(file, known=same_size))
        self.commit_changes()
        return tasks

    def _settle_unchanged(self, file: FoundFile, known: KnownFile) -> None:
        self.unchanged += 1
        metadata = self._new_metadata(file.path, known.labels, known.patient_key)
        self.relabelled += bool(metadata)
        if known.hidden or metadata:
            self.changes += [
                RowChange(row, hidden=False, **metadata) for row in known.rows
            ]

    # -- after decoding ------------------------------------------------------------

    def take(self, result: DecodeResult) -> None:
        """Settle one decoded file, or put its picture into the open batch."""
        file = result.file
        self.last_path = file.path
        if self.first_picture is None:
            self.first_picture = time.perf_counter()
        if result.failure is not None or result.digest is None:
            state, reason = result.failure or ("damaged", "it could not be read")
            self.skipped.append(SkippedFile(file.path, state, reason))
            return
        if result.digest in self.batch_digests:
            # A twin in the open batch: its code must be there before it is shared.
            self.commit()
        rows = self.store.rows_with_digest(result.digest)
        if len(rows):
            self._settle_known_content(result, [int(row) for row in rows])
        elif result.inputs is not None:
            self.batch.append((self._record(result), result.inputs))
            self.batch_digests.add(result.digest)

    def commit(self) -> None:
        """Encode the open batch and commit it."""
        if not self.batch:
            return
        records = [record for record, _ in self.batch]
        inputs = np.stack([inputs for _, inputs in self.batch])  # (B, 3, S, S)
        codes = self.encoder.encode(inputs)
        for record in records:
            self._hide_replaced(record.path)
        # One commit: a file never has two contents, nor none.
        self.store.append(records, codes, changes=self.changes)
        self.changes = []
        self.encoded += len(records)
        self.added += len(records)
        self.frames += len(records)
        self.batch.clear()
        self.batch_digests.clear()

    def commit_changes(self) -> None:
        """Commit what is to be different about rows that the library has."""
        if self.changes:
            self.store.change(self.changes)
            self.changes = []

    def _settle_known_content(self, result: DecodeResult, rows: list[int]) -> None:
        """Settle a file whose content the library has, under this path or another."""
        if len(self.changes) >= _CHANGES_TOGETHER:
            self.commit_changes()
        file = result.file
        rows_of: dict[str, list[int]] = {}
        for row in rows:
            if row not in self.moved_rows:
                rows_of.setdefault(self.store.record(row).path, []).append(row)
        if file.path in rows_of:
            self._settle_own_content(file, rows_of[file.path])
            return
        gone = next((path for path in rows_of if self._is_gone(path)), None)
        if gone is not None:
            self._settle_moved(file, gone, rows_of[gone])
        else:
            self._settle_copy(result, next(iter(rows_of.values()), rows))

    def _settle_own_content(self, file: FoundFile, rows: list[int]) -> None:
        """The path's own content: touched only, or an older content that is back."""
        known = self.known.get(file.path)
        if known is not None and known.rows == tuple(rows):
            self.unchanged += 1
        else:
            self.added += 1
            self.frames += len(rows)
            self._hide_replaced(file.path)
        self._change_rows(file, rows, {})

    def _settle_moved(self, file: FoundFile, old_path: str, rows: list[int]) -> None:
        """A content whose old path is gone: the rows go with it, codes and all."""
        self.moved += 1
        self._hide_replaced(file.path)
        self.moved_rows.update(rows)
        metadata = _Metadata()
        # A class folder's label follows the file; a label from a table stays.
        old_labels = self.store.record(rows[0]).labels
        if self.table is None and old_labels == self._folder_labels(old_path):
            folder_labels = self._folder_labels(file.path)
            if folder_labels != old_labels:
                metadata["labels"] = folder_labels
                self.relabelled += 1
        self._change_rows(file, rows, metadata)

    def _settle_copy(self, result: DecodeResult, rows: list[int]) -> None:
        """A content that lies elsewhere too: a second record shares its code."""
        self._hide_replaced(result.file.path)
        records = [
            replace(self._record(result), frame=self.store.record(row).frame)
            for row in rows
        ]
        self.store.append(records, self.store.codes(rows), changes=self.changes)
        self.changes = []
        self.added += 1
        self.frames += len(records)

    def _change_rows(
        self, file: FoundFile, rows: list[int], metadata: _Metadata
    ) -> None:
        """Let rows belong to a file as it is now."""
        record = self.store.record(rows[0])
        from_table = self._new_metadata(file.path, record.labels, record.patient_key)
        self.relabelled += bool(from_table)
        for row in rows:
            self.changes.append(
                RowChange(
                    row,
                    hidden=False,
                    path=file.path,
                    size_bytes=file.size_bytes,
                    modified_ns=file.modified_ns,
                    **(metadata | from_table),
                )
            )

    def _hide_replaced(self, path: str) -> None:
        """Hide the rows of what a path held before."""
        known = self.known.get(path)
        if known is not None and not known.hidden:
            self.changes += [
                RowChange(row, hidden=True)
                for row in known.rows
                if row not in self.moved_rows
            ]

    # -- labels and patients -------------------------------------------------------

    def _record(self, result: DecodeResult) -> ImageRecord:
        file = result.file
        patient = self.table.patient_of(file.path) if self.table else None
        patient = patient or result.patient_id
        if self.table is not None:
            labels = self.table.labels_of(file.path)
        else:
            labels = self._folder_labels(file.path)
        assert result.digest is not None
        return ImageRecord(
            path=file.path,
            frame=result.frame,
            size_bytes=file.size_bytes,
            modified_ns=file.modified_ns,
            digest=result.digest,
            patient_key=self.store.pseudonym(patient) if patient else None,
            labels=labels,
        )

    def _new_metadata(
        self, path: str, labels: Sequence[str], patient_key: str | None
    ) -> _Metadata:
        """Return what the table says otherwise than the record; empty without a row."""
        metadata = _Metadata()
        if self.table is None or self.table.find(path) is None:
            return metadata
        wanted = self.table.labels_of(path)
        if wanted != tuple(labels):
            metadata["labels"] = wanted
        patient = self.table.patient_of(path)
        if patient and self.store.pseudonym(patient) != patient_key:
            metadata["patient_key"] = self.store.pseudonym(patient)
        return metadata

    def _folder_labels(self, path: str) -> tuple[str, ...]:
        return label_tables.from_folder(path) if self.has_class_folders else ()

    # -- the end -------------------------------------------------------------------

    def hide_missing(self) -> None:
        """Hide the records whose file is gone."""
        for path, known in self.known.items():
            rows = [row for row in known.rows if row not in self.moved_rows]
            if rows and not known.hidden and self._is_gone(path):
                self.hidden += 1
                self.changes += [RowChange(row, hidden=True) for row in rows]
        self.commit_changes()

    def _is_gone(self, path: str) -> bool:
        """Return whether a file is no longer there, not merely out of reach."""
        if path in self.found_paths:
            return False
        try:
            (self.root / path).lstat()
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:
            # No permission, a drive that answers with errors: nobody said it is gone.
            return False
        return False


def _has_class_folders(found: Sequence[FoundFile]) -> bool:
    """Return whether the folder is sorted into classes; one alone is no class."""
    classes = {
        names[0] for file in found if (names := label_tables.from_folder(file.path))
    }
    return len(classes) > 1
