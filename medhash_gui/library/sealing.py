"""From journal to segments: write the new files, then put them in force at once.

Order makes it safe: the segments and the new journal are on the disk before the
manifest that names them replaces the old one, and what the old one named is removed
only when the new one is there to stay. A crash before leaves files that nobody names.

Small segments at the end are written again together with the new rows, so that their
number grows with the logarithm of the rows; a row is rewritten a handful of times.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from medhash_gui.codes import HashCodes
from medhash_gui.library import durable, journal, segments
from medhash_gui.library.blocks import RowChange
from medhash_gui.library.contents import Contents
from medhash_gui.library.journal import Entry
from medhash_gui.library.manifest import FORMAT_VERSION, CodeSet, Manifest, Segment

MAX_SEGMENT_ROWS = 65_536

# So many changes to old rows are carried along in the journal; more of them are worked
# into segments by writing all rows again. A share of the rows keeps that rare.
_MAX_CARRIED = 4096
_MAX_CARRIED_SHARE = 8


class NewFiles:
    """The files of one seal: what to write, and what they replace."""

    def __init__(self, root: Path, contents: Contents, start: int) -> None:
        self._root = root
        self._contents = contents
        self._start = start
        self._written: list[Path] = []
        self._replaced: set[str] = set()

    @classmethod
    def of(cls, root: Path, contents: Contents) -> NewFiles | None:
        """Return what a seal has to write, or None where it would change nothing."""
        rows, now = contents.columns.rows, contents.manifest
        old = sum(1 for row in contents.changes if row < now.next_row)
        if old > most_carried(rows):
            return cls(root, contents, 0)
        if rows == now.next_row:
            return None
        return cls(root, contents, _first_row_to_write(now, rows))

    def write(self) -> None:
        """Write all files and put them in force.

        Raises:
            OSError: the library is as it was.
            StoreFormatError: likewise; a segment to be merged cannot be read.
        """
        try:
            manifest = self._write_files()
            durable.sync_folder(self._root)
            manifest.place(self._root)
        except BaseException:
            for path in self._written:
                durable.remove(path)
            raise
        self._replaced = self._contents.manifest.files() - manifest.files()

    def remove_replaced(self) -> None:
        """Remove the files that count no more."""
        for name in self._replaced:
            durable.remove(self._root / name)

    def _write_files(self) -> Manifest:
        now, columns = self._contents.manifest, self._contents.columns
        number = now.next_file
        records = [s for s in now.records if s.stop_row <= self._start]
        codes = [s for s in now.codes.segments if s.stop_row <= self._start]
        for first in range(self._start, columns.rows, MAX_SEGMENT_ROWS):
            stop = min(first + MAX_SEGMENT_ROWS, columns.rows)
            data = segments.records_file(columns.block(first, stop), first_row=first)
            records.append(self._place("records", number, data, first, stop))
            soft = self._contents.soft(np.arange(first, stop))
            data = segments.codes_file(
                HashCodes(columns.packed[first:stop], now.codes.bits, soft),
                first_row=first,
                model_id=now.model_id,
            )
            codes.append(self._place("codes", number, data, first, stop))
            number += 1
        name = f"journal-{number:06}.log"
        data = journal.header_and(self._carried(columns.rows))
        self._written.append(self._root / name)
        durable.place(self._root / name, data)
        code_set = CodeSet(now.codes.bits, tuple(codes))
        return replace(
            now,
            records=tuple(records),
            code_sets={**now.code_sets, now.model_id: code_set},
            journal=name,
            next_row=columns.rows,
            next_file=number + 1,
            format_version=FORMAT_VERSION,
        )

    def _place(
        self, kind: str, number: int, data: bytes, first: int, stop: int
    ) -> Segment:
        name = f"{kind}-{number:06}.h5"
        self._written.append(self._root / name)
        durable.place(self._root / name, data)
        return Segment(name, first, stop - first, len(data))

    def _carried(self, next_row: int) -> list[Entry]:
        """Return the changes to rows that are not written again."""
        kept: list[RowChange] = [
            change
            for row, change in sorted(self._contents.changes.items())
            if row < self._start
        ]
        return [Entry(next_row, changes=tuple(kept))] if kept else []


def most_carried(rows: int) -> int:
    """Return how many changed rows a journal may carry in a library of ``rows``."""
    return max(_MAX_CARRIED, rows // _MAX_CARRIED_SHARE)


def _first_row_to_write(now: Manifest, rows: int) -> int:
    """Return where the new segment begins: with the small ones before the journal."""
    start = now.next_row
    # Another program may have cut the codes elsewhere than the records.
    boundaries = {segment.first_row for segment in now.codes.segments}
    for segment in reversed(now.records):
        total = rows - segment.first_row
        if (
            segment.rows > rows - start
            or total > MAX_SEGMENT_ROWS
            or segment.first_row not in boundaries
        ):
            break
        start = segment.first_row
    return start
