"""What a library holds: its folder read into memory, and kept up with a writer.

Reading takes no lock. A writer may replace the manifest and remove what it no longer
names at any moment; whoever then misses a file reads the manifest again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from medhash_gui.codes import code_bytes
from medhash_gui.details import Details
from medhash_gui.images import ImageRecord
from medhash_gui.library import journal, manifest, segments
from medhash_gui.library.blocks import RowChange
from medhash_gui.library.columns import Columns
from medhash_gui.library.journal import Entry, Reading
from medhash_gui.library.known_files import KnownFiles
from medhash_gui.library.manifest import Manifest
from medhash_gui.library.soft_values import SoftPlace, SoftValues
from medhash_gui.routes import Runs

Answer = TypeVar("Answer")

# A reader would have to lose against a writer so many times in a row to give up.
_TRIES = 20


class Contents:
    """The rows of a library as of the last look at its folder.

    Attributes:
        manifest: the manifest in force.
        columns: all rows.
        changes: what is different about rows since their segment was written, by row.
        journal_end: where the journal's whole frames end, in bytes.
    """

    def __init__(self, root: Path, *, follows: bool) -> None:
        """Read a library.

        Args:
            root: its folder.
            follows: whether another process may write to it, whose commits
                ``refresh`` reads; a writer makes its own known by ``take``.

        Raises:
            LibraryError: there is none, or it cannot be read.
            StoreFormatError: it is damaged, or was written by a newer version.
        """
        self._root = root
        self._follows = follows
        self._lock = threading.RLock()
        self._read_all()

    @classmethod
    def rescued(cls, root: Path, found: Manifest) -> Contents:
        """Return contents without rows, to be filled with what could be read.

        Nobody may ``refresh`` them; their only use is to be written into new files.
        """
        made = cls.__new__(cls)
        made._root, made._follows, made._lock = root, False, threading.RLock()
        made._begin(found)
        made.manifest, made.changes = found, {}
        made._manifest_bytes, made.journal_end = b"", 0
        return made

    # -- reading -------------------------------------------------------------------

    def refresh(self) -> bool:
        """Read what was committed since; return whether there was anything.

        Raises:
            LibraryError: the library is gone or cannot be read any more.
            StoreFormatError: it is damaged.
        """
        with self._lock:
            data = manifest.read_bytes(self._root)
            try:
                if data != self._manifest_bytes:
                    self._follow(data)
                    return True
                return self._follows and self._read_on()
            except FileNotFoundError:
                self._load()
                return True

    def soft(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.float16]:
        """Return the soft values of rows, float16 (n, bits).

        Raises:
            StoreFormatError: a segment is missing or damaged.
        """
        return self._from_segments(
            lambda: self._soft.read(rows, self.manifest.codes.bits)
        )

    def record(self, row: int) -> ImageRecord:
        """Return the record of a row.

        Raises:
            StoreFormatError: a segment is missing or damaged.
        """
        return self._from_segments(lambda: self.columns.record(row))

    def details(self, row: int) -> Details:
        """Return the details of a row.

        Raises:
            StoreFormatError: a segment is missing or damaged.
        """
        return self._from_segments(lambda: self.columns.texts.details(row))

    def detail_counts(self, key: str) -> dict[str, int]:
        """Return how many visible rows have each value of one detail.

        Raises:
            StoreFormatError: a segment is missing or damaged.
        """
        return self._from_segments(
            lambda: self.columns.texts.detail_counts(
                key, self.columns.hidden[: self.columns.rows] == 0
            )
        )

    def detail_mask(
        self, key: str, accepts: Callable[[str], bool]
    ) -> npt.NDArray[np.bool_]:
        """Return which rows have a value of a detail that counts.

        Raises:
            StoreFormatError: a segment is missing or damaged.
        """
        texts, rows = self.columns.texts, self.columns.rows
        return self._from_segments(lambda: texts.detail_mask(key, accepts, rows))

    def detail_numbers(self, key: str) -> tuple[npt.NDArray[np.int32], list[str]]:
        """Return a number for each row's value of a detail, and the values.

        Raises:
            StoreFormatError: a segment is missing or damaged.
        """
        texts, rows = self.columns.texts, self.columns.rows
        return self._from_segments(lambda: texts.detail_numbers(key, rows))

    def files(self) -> KnownFiles:
        """Return what is known of each path."""
        return KnownFiles(self.columns, self.details)

    def take(self, entry: Entry) -> None:
        """Take one commit in; its rows count as the last thing."""
        first, rows = entry.first_row, entry.rows
        if entry.block is not None and entry.codes is not None:
            self.columns.place_records(first, entry.block)
            codes = entry.codes
            self.place_codes(first, codes.packed, codes.soft_or_signs(), codes.routes)
        for change in entry.changes:
            self.columns.apply(change)
            known = self.changes.get(change.row)
            self.changes[change.row] = _merged(known, change)
        self.columns.rows = first + rows

    def place_codes(
        self,
        first: int,
        packed: npt.NDArray[np.uint8],
        soft: SoftPlace | npt.NDArray[np.float16],
        made: Runs,
    ) -> None:
        """Put the codes of a segment at row ``first``."""
        self.columns.place_codes(first, packed, made)
        self._soft.place(first, first + len(packed), soft)

    def take_manifest(self, now: Manifest) -> None:
        """Take in a manifest of the same files, which a writer here has replaced."""
        self._manifest_bytes, self.manifest = now.as_bytes(), now

    def _from_segments(self, ask: Callable[[], Answer]) -> Answer:
        """Return an answer that needs files which a writer may remove meanwhile."""
        for _ in range(_TRIES):
            try:
                return ask()
            except FileNotFoundError:
                # A writer has merged the segment away. One on another thread of this
                # process has its place known already.
                if self._follows:
                    self.refresh()
            except ValueError as error:
                raise manifest.damaged(self._root, "A segment of records") from error
        raise manifest.damaged(self._root, "A segment", "is missing")

    def _load(self) -> None:
        """Read everything anew; who reads meanwhile sees all of it or nothing."""
        fresh = vars(Contents(self._root, follows=self._follows))
        vars(self).update({**fresh, "_lock": self._lock})

    def _read_all(self) -> None:
        """Read everything, from a manifest whose files are all there."""
        for _ in range(_TRIES):
            data = manifest.read_bytes(self._root)
            now = manifest.parse(data, self._root)
            self._begin(now)
            try:
                self._adopt(data, now)
            except FileNotFoundError as error:
                if manifest.read_bytes(self._root) == data:
                    name = Path(str(error.filename)).name
                    raise manifest.damaged(self._root, name, "is missing") from error
            else:
                return
        raise manifest.damaged(self._root, manifest.FILE_NAME, "changes too fast")

    def _begin(self, now: Manifest) -> None:
        self.columns = Columns(code_bytes(now.codes.bits))
        self._soft = SoftValues()
        self._segments: set[str] = set()

    def _follow(self, data: bytes) -> None:
        """Go over to a new manifest, reading only the files that are new."""
        now, before = manifest.parse(data, self._root), self.manifest
        same_library = (now.key, now.model_id, now.codes.bits) == (
            before.key,
            before.model_id,
            before.codes.bits,
        )
        if same_library and now.files() == before.files():
            # The user's choices, or the version of the format.
            self._manifest_bytes, self.manifest = data, now
            self._read_on()
        elif same_library and now.next_row >= self.columns.rows:
            self._adopt(data, now)
        else:
            self._load()

    def _adopt(self, data: bytes, now: Manifest) -> None:
        columns = self.columns
        columns.reserve(now.next_row)
        for segment in now.records:
            if segment.file not in self._segments:
                block = segments.read_records(self._root, segment)
                columns.place_records(segment.first_row, block)
        for segment in now.codes.segments:
            if segment.file not in self._segments:
                packed, soft, made = segments.read_codes(
                    self._root, segment, bits=now.codes.bits, model_id=now.model_id
                )
                self.place_codes(segment.first_row, packed, soft, made)
        reading = journal.read(
            self._root / now.journal, offset=0, next_row=now.next_row
        )
        self._manifest_bytes, self.manifest = data, now
        self._segments = now.files()
        # Changes to rows of old segments were carried over into the new journal.
        self.changes: dict[int, RowChange] = {}
        columns.rows = max(columns.rows, now.next_row)
        self._take_reading(reading)

    def _read_on(self) -> bool:
        path = self._root / self.manifest.journal
        if path.stat().st_size == self.journal_end:
            return False
        if self._last_frame != journal.head_at(
            path, self._last_offset, self._last_frame
        ):
            # The writer took back a frame that this reader saw before it was synced.
            self._load()
            return True
        reading = journal.read(
            path, offset=self.journal_end, next_row=self.columns.rows
        )
        if reading.entries:
            self._take_reading(reading)
        return bool(reading.entries)

    def _take_reading(self, reading: Reading) -> None:
        for entry in reading.entries:
            self.take(entry)
        self.journal_end = reading.end
        self._last_frame = reading.last_frame
        self._last_offset = reading.last_offset


def _merged(known: RowChange | None, change: RowChange) -> RowChange:
    """Return two changes of one row as one, the later one winning."""
    if known is None:
        return change
    newer = {
        field.name: value
        for field in fields(RowChange)
        if (value := getattr(change, field.name)) is not None
    }
    return replace(known, **newer)
