"""Settle every file of a folder against what the library knows of it.

Identity is the content: a file with the size and time of its record is not even
opened; a known content whose old path is gone has moved; a known content whose old path
is still there is a copy, further records that share the codes. Everything else is new
and goes through the network. Of a file with several frames each wanted one is a record.
What a person said of a picture (left out, labels by hand) stays, and holds for copies.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from medhash_gui import curation, folders
from medhash_gui.decoding import DecodeResult, DecodeTask
from medhash_gui.encoding import EncodingQueue
from medhash_gui.images import FoundFile, FrameChoice, ImageRecord
from medhash_gui.metadata import Changed, Metadata, Sources, difference, of_row
from medhash_gui.open_file import OpenFile
from medhash_gui.store import CodeStore, KnownFile, RowChange
from medhash_gui.tally import Tally

if TYPE_CHECKING:
    from medhash_gui.codes import HashCodes

# Changes of single rows are committed together: one sync for many, and few enough that
# an interrupted run repeats little.
_CHANGES_TOGETHER = 256


class Reconciler:
    """The state of one run: what is settled, what is open, what was counted."""

    def __init__(
        self,
        store: CodeStore,
        root: Path,
        sources: Sources,
        found: list[FoundFile],
        *,
        frames: FrameChoice,
        check_frames: bool,
        reread: bool,
    ) -> None:
        # check_frames: known files may have others than these; reread: the headers of
        # known files are read again.
        self.store = store
        self.root = root
        self.sources = sources
        self.files = found
        self.frames_wanted = frames
        self.check_frames = check_frames
        self.reread = reread
        self.tally = Tally(found=len(found))
        self.known = store.files()
        self._known_found = 0
        # Of contents on their way through the network: how many frames, of which path.
        self.frames_on_the_way = Counter[bytes]()
        self.paths_on_the_way: dict[bytes, str] = {}
        self.changes: list[RowChange] = []
        self.moved_rows: set[int] = set()
        self.open_files: dict[str, OpenFile] = {}
        self.rereading: set[str] = set()
        self.queue: EncodingQueue[ImageRecord]

    # -- before decoding -----------------------------------------------------------

    def sort_out(self) -> list[DecodeTask]:
        """Settle the unchanged files and return the rest as decoding tasks."""
        changed: set[str] = set()
        tasks: list[DecodeTask] = []
        known, check, reread = self.known, self.check_frames, self.reread
        may_differ = check or reread or self.sources.may_differ
        files = self.files
        if files and not may_differ:
            same = known.unchanged(*zip(*files, strict=True))
            self.tally.unchanged = self._known_found = int(same.sum())
            files = [files[place] for place in np.flatnonzero(~same).tolist()]
        for file in files:
            was = known.get(file.path)
            self._known_found += was is not None
            if was is None or (
                was.modified_ns != file.modified_ns or was.size_bytes != file.size_bytes
            ):
                changed.add(file.path)
                tasks.append(DecodeTask(file))
            elif not may_differ and not was.hidden:
                self.tally.unchanged += 1
            elif check and self._lacks_frames(was):
                tasks.append(DecodeTask(file))
            elif reread or self.sources.takes_away(file.path, was):
                self.rereading.add(file.path)
                tasks.append(DecodeTask(file, header_only=True))
            else:
                self._settle_unchanged(file.path, was)
        self.commit_changes()
        sizes = {t.file.size_bytes for t in tasks if t.file.path in changed}
        digests = self.known.contents_by_size(sizes, unless=self._lacks_frames)
        nothing = frozenset[bytes]()
        return [
            replace(task, known=digests.get(task.file.size_bytes, nothing))
            if task.file.path in changed
            else task
            for task in tasks
        ]

    def _lacks_frames(self, known: KnownFile) -> bool:
        """Return whether a file may have other frames than those that are wanted."""
        if not self.check_frames:
            return False
        if not known.details:
            return True  # not known how many it has: indexed before that was kept
        count = int(dict(known.details).get("frames", "1"))
        # Of pages the first stands for all: then the worker says so, none is new.
        shown = {int(frame) for frame in self.store.frames[list(known.rows)]}
        return count > 1 and shown != set(self.frames_wanted.of(count))

    def _settle_unchanged(
        self, path: str, known: KnownFile, metadata: Metadata | None = None
    ) -> None:
        self.tally.unchanged += 1
        if metadata is None and self.sources.may_differ:
            metadata = self.sources.of_known(path, known)
        own, changed = known.own_labels, Changed()
        if metadata is not None:
            changed = difference(metadata, known, own_labels=own >= {*known.rows})
        self.tally.relabelled += bool(changed)
        if known.hidden or changed:
            self.changes += [
                RowChange(row, hidden=False, **of_row(changed, own_labels=row in own))
                for row in known.rows
            ]

    # -- after decoding ------------------------------------------------------------

    def begin(self, queue: EncodingQueue[ImageRecord]) -> None:
        """Take answers from now on, and send new pictures through ``queue``."""
        self.queue = queue

    def take(self, result: DecodeResult) -> None:
        """Settle one answer: a frame, a header, or a file that gave no picture."""
        self.tally.last_path = result.file.path
        if len(self.changes) >= _CHANGES_TOGETHER:
            self.commit_changes()
        if result.file.path in self.rereading:
            self._take_header(result)
            return
        if result.digest is not None and (
            result.inputs is not None or result.failure is None
        ):
            self._take_frame(result)
        else:
            self._take_failure(result)
        if result.last:
            self._close(result)

    def commit_finished(self, *, wait: bool = False) -> None:
        """Commit the batches that have come back from the network."""
        for records, codes in self.queue.finished(wait=wait):
            self._commit(records, codes)

    def _commit(self, records: list[ImageRecord], codes: HashCodes) -> None:
        for path, digest in {record.path: record.digest for record in records}.items():
            self._hide_replaced(path, digest)
        # One commit: a file never has two contents, nor none.
        self.store.append(records, codes, changes=self.changes)
        self.changes = []
        self.tally.encoded += len(records)
        for record in records:
            self.frames_on_the_way[record.digest] -= 1
            if not self.frames_on_the_way[record.digest]:
                del self.frames_on_the_way[record.digest]
                del self.paths_on_the_way[record.digest]

    def commit_changes(self) -> None:
        """Commit what is to be different about rows that the library has."""
        if self.changes:
            self.store.change(self.changes)
            self.changes = []

    def _take_header(self, result: DecodeResult) -> None:
        """Settle a file whose header alone was read: its codes stay."""
        self.rereading.discard(result.file.path)
        # Where the header fails now: the picture was sound when it was indexed, and its
        # code still holds.
        path, metadata = result.file.path, None
        known = self.known[path]
        if result.failure is None:
            metadata = self.sources.of_reread(path, result, known)
        self._settle_unchanged(path, known, metadata)

    def _take_frame(self, result: DecodeResult) -> None:
        """Settle one frame: the library has it, shares its code, or it is encoded."""
        assert result.digest is not None
        other = self.paths_on_the_way.get(result.digest)
        if other is not None and other != result.file.path:
            # A twin on its way: its code must be there before it is shared.
            self.queue.send()
            self.commit_finished(wait=True)
        file = self._opened(result)
        if result.inputs is None:
            self._share_known_content(result, file)
            return
        for note in result.notes:
            self.tally.remark(note, result.file.path)
        if result.frame in file.rows:
            return
        twins = self._rows_of_content(result.digest, result.frame)
        if twins:
            self._share(result, file, twins[:1])
        else:
            self.frames_on_the_way[result.digest] += 1
            self.paths_on_the_way[result.digest] = result.file.path
            self.queue.add(self._record(result, file), result.inputs)
            file.added += 1
            self.tally.frames += 1

    def _take_failure(self, result: DecodeResult) -> None:
        failure = result.failure or ("damaged", "it could not be read")
        file = self.open_files.get(result.file.path)
        if file is not None:
            file.failures.append(failure)
        elif not result.last and result.digest is not None:
            self._opened(result).failures.append(failure)
        else:
            self.tally.skip(result.file.path, *failure)

    def _opened(self, result: DecodeResult) -> OpenFile:
        """Return the state of a file; with its first frame, find out what it is."""
        path = result.file.path
        if path in self.open_files:
            return self.open_files[path]
        assert result.digest is not None
        rows_of: dict[str, dict[int, int]] = {}
        for row in map(int, self.store.rows_with_digest(result.digest)):
            if row not in self.moved_rows:
                record = self.store.record(row)
                rows_of.setdefault(record.path, {})[record.frame] = row
        moved, rows = False, rows_of.get(path, {})
        gone = next((old for old in rows_of if self._is_gone(old)), None)
        if not rows and gone is not None:
            moved, rows = True, rows_of[gone]
            self.moved_rows.update(rows.values())
        is_known = result.inputs is None and result.failure is None
        if is_known and rows_of:
            # It was not opened: a record of its content says what its header said.
            record = self.store.record(
                min((rows or next(iter(rows_of.values()))).values())
            )
            metadata = self.sources.of_known(path, record)
        else:
            metadata = self.sources.of_opened(path, result)
        self.open_files[path] = OpenFile(
            digest=result.digest,
            frames=None if is_known else result.frames,
            rows=rows,
            moved=moved,
            metadata=metadata,
        )
        return self.open_files[path]

    def _share_known_content(self, result: DecodeResult, file: OpenFile) -> None:
        """Let a file that was not decoded have the rows of its content."""
        if file.rows:
            return
        assert result.digest is not None
        hidden = self.store.hidden_rows
        twins = self._rows_of_content(result.digest)
        self._share(result, file, [row for row in twins if not hidden[row]] or twins)

    def _share(
        self, result: DecodeResult, file: OpenFile, twins: Sequence[int]
    ) -> None:
        """Add records of this file that share the codes of others."""
        assert result.digest is not None
        self._hide_replaced(result.file.path, result.digest)
        records = [
            replace(self._record(result, file), frame=self.store.record(row).frame)
            for row in twins
        ]
        self.changes += curation.passed_on(self.store, twins, self.store.row_count)
        self.store.append(records, self.store.codes(twins), changes=self.changes)
        self.changes = []
        file.added += len(records)
        self.tally.frames += len(records)

    def _rows_of_content(self, digest: bytes, frame: int | None = None) -> list[int]:
        """Return rows of a content, of the path that comes first, one a frame."""
        found: dict[int, int] = {}
        for row in map(int, self.store.rows_with_digest(digest)):
            at = self.store.record(row).frame
            if frame is None or at == frame:
                found.setdefault(at, row)
        return list(found.values())

    def _close(self, result: DecodeResult) -> None:
        """Count a file whose last frame has come, and bring its rows up to date."""
        path = result.file.path
        file = self.open_files.pop(path, None)
        if file is None:
            return
        if not file.rows and not file.added:
            self.tally.skip(path, *file.failures[0])
            return
        if file.failures:
            self.tally.remark("Some of its frames could not be decoded.", path)
        known = self.known.get(path)
        if file.moved:
            self.tally.moved += 1
        elif not file.added and known is not None and known.digest == file.digest:
            self.tally.unchanged += 1
        else:
            self.tally.added += 1
            self.tally.frames += 0 if file.added else len(file.rows)
        if file.rows:
            self._update_rows(result.file, file)

    def _update_rows(self, found: FoundFile, file: OpenFile) -> None:
        """Let the rows that a file has be as the file is now."""
        self._hide_replaced(found.path, file.digest)
        rows, own, hidden = (
            [*file.rows.values()], self.store.own_labels, self.store.hidden_rows,
        )  # fmt: skip
        first = next((row for row in rows if not own[row]), rows[0])
        record = self.store.record(first)
        changed = difference(file.metadata, record, own_labels=bool(own[first]))
        self.tally.relabelled += bool(changed)
        shown = {row for row in rows if not hidden[row]}
        for frame, row in file.rows.items():
            if file.frames is not None and not file.failures:
                wanted = frame in file.frames
            else:
                wanted = row in shown or not shown
            self.changes.append(
                RowChange(
                    row,
                    hidden=not wanted,
                    path=found.path,
                    size_bytes=found.size_bytes,
                    modified_ns=found.modified_ns,
                    **of_row(changed, own_labels=bool(own[row])),
                )
            )

    def _hide_replaced(self, path: str, digest: bytes) -> None:
        """Hide the rows of what a path held before."""
        known = self.known.get(path)
        if known is not None and not known.hidden and known.digest != digest:
            self.changes += [
                RowChange(row, hidden=True)
                for row in known.rows
                if row not in self.moved_rows
            ]

    def _record(self, result: DecodeResult, file: OpenFile) -> ImageRecord:
        assert result.digest is not None
        return ImageRecord(
            path=result.file.path,
            frame=result.frame,
            size_bytes=result.file.size_bytes,
            modified_ns=result.file.modified_ns,
            digest=result.digest,
            patient_key=file.metadata.patient_key,
            labels=file.metadata.labels,
            case_key=file.metadata.case_key,
            details=file.metadata.details,
        )

    # -- the end -------------------------------------------------------------------

    @functools.cached_property
    def found_paths(self) -> set[str]:
        """The paths of all files that were found."""
        return {file.path for file in self.files}

    @property
    def lacks_some(self) -> bool:
        """Whether there are records whose file was not found."""
        return self._known_found < len(self.known)

    def hide_missing(self) -> None:
        """Hide the records whose file is gone."""
        for path in sorted(self.known.keys() - self.found_paths):
            known = self.known[path]
            rows = [row for row in known.rows if row not in self.moved_rows]
            if rows and not known.hidden and self._is_gone(path):
                self.tally.hidden += 1
                self.changes += [RowChange(row, hidden=True) for row in rows]

    def _is_gone(self, path: str) -> bool:
        return path not in self.found_paths and folders.is_gone(self.root / path)
