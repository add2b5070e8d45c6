"""From journal to segments: write the new files, then put them in force at once.

Order makes it safe: the segments and the new journal are on the disk before the
manifest that names them replaces the old one, and what the old one named is removed
only when the new one is there to stay. A crash before leaves files that nobody names.

Small segments at the end are written again together with the new rows, so that their
number grows with the logarithm of the rows; a row is rewritten a handful of times.
Compacting does the same with every segment that has something to lose.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from medhash_gui.codes import HashCodes
from medhash_gui.library import durable, journal, segments
from medhash_gui.library.blocks import RowChange
from medhash_gui.library.contents import Contents
from medhash_gui.library.journal import Entry
from medhash_gui.library.manifest import FORMAT_VERSION, CodeSet, Manifest, Segment
from medhash_gui.library.removed_rows import emptied, emptied_codes

MAX_SEGMENT_ROWS = 65_536

# So many changes to old rows are carried along in the journal; more of them are worked
# into segments by writing all rows again. A share of the rows keeps that rare.
_MAX_CARRIED = 4096
_MAX_CARRIED_SHARE = 8

Ranges = Sequence[tuple[int, int]]
"""Rows from and to; ascending, apart, each of a segment's rows or none of them."""


class NewFiles:
    """The files of one seal: what to write, and what they replace.

    Attributes:
        manifest: the one in force: the old one, and the new one once it is written.
    """

    def __init__(
        self,
        root: Path,
        contents: Contents,
        ranges: Ranges,
        gone: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        """Take in what is to be written.

        Args:
            root: the library.
            contents: its rows as they are to be.
            ranges: the rows to be written; those of the journal are among them.
            gone: which rows are to hold nothing any more, bool (N,); all of them lie
                in ``ranges``.
        """
        self._root = root
        self._contents = contents
        self._ranges = ranges
        self._gone = gone
        self._written: list[Path] = []
        self._replaced: set[str] = set()
        self._number = contents.manifest.next_file
        self.manifest = contents.manifest

    @classmethod
    def of(cls, root: Path, contents: Contents) -> NewFiles | None:
        """Return what a seal has to write, or None where it would change nothing."""
        rows, now = contents.columns.rows, contents.manifest
        old = sum(1 for row in contents.changes if row < now.next_row)
        if old > most_carried(rows):
            return cls(root, contents, [(0, rows)])
        if rows == now.next_row:
            return None
        return cls(root, contents, [(_first_row_to_write(now, rows), rows)])

    @property
    def rows(self) -> int:
        """How many rows are written."""
        return sum(stop - first for first, stop in self._ranges)

    def write(self) -> None:
        """Write all files and put them in force.

        Raises:
            OSError: the library is as it was.
            StoreFormatError: likewise; a segment to be merged cannot be read.
        """
        for _ in self.writing():
            pass

    def writing(self) -> Generator[int, None, None]:
        """Write all files and put them in force; yield how many rows are written.

        Raises:
            As ``write``; closing it leaves the library as it was, too.
        """
        try:
            now = yield from self._write_files()
            durable.sync_folder(self._root)
            now.place(self._root)
        except BaseException:
            for path in self._written:
                durable.remove(path)
            raise
        self._replaced = self.manifest.files() - now.files()
        self.manifest = now

    def remove_replaced(self) -> list[str]:
        """Remove the files that count no more; return those that are still there."""
        for name in self._replaced:
            durable.remove(self._root / name)
        return sorted(n for n in self._replaced if (self._root / n).exists())

    def _write_files(self) -> Generator[int, None, Manifest]:
        now, columns = self._contents.manifest, self._contents.columns
        records = [s for s in now.records if not self._rewrites(s)]
        codes = [s for s in now.codes.segments if not self._rewrites(s)]
        done = 0
        for first, stop in _cut(self._ranges):
            block = columns.block(first, stop)
            soft = self._contents.soft(np.arange(first, stop))
            made = columns.made(slice(first, stop))
            own = HashCodes(columns.packed[first:stop], now.codes.bits, soft, made)
            if self._gone is not None:
                block = emptied(block, self._gone[first:stop])
                own = emptied_codes(own, self._gone[first:stop])
            data = segments.records_file(block, first_row=first)
            records.append(self._place("records", data, first, stop))
            data = segments.codes_file(own, first_row=first, model_id=now.model_id)
            codes.append(self._place("codes", data, first, stop))
            self._number += 1
            done += stop - first
            yield done
        code_sets = {
            **{name: self._without_gone(name, s) for name, s in now.code_sets.items()},
            now.model_id: CodeSet(now.codes.bits, _in_order(codes)),
        }
        name = f"journal-{self._number:06}.log"
        data = journal.header_and(self._carried(columns.rows))
        self._written.append(self._root / name)
        durable.place(self._root / name, data)
        return replace(
            now,
            records=_in_order(records),
            code_sets=code_sets,
            journal=name,
            next_row=columns.rows,
            next_file=self._number + 1,
            format_version=FORMAT_VERSION,
        )

    def _rewrites(self, segment: Segment) -> bool:
        return any(first <= segment.first_row < stop for first, stop in self._ranges)

    def _without_gone(self, model_id: str, codes: CodeSet) -> CodeSet:
        """Return another model's codes, written again where a row is to be emptied."""
        if self._gone is None or model_id == self._contents.manifest.model_id:
            return codes
        kept: list[Segment] = []
        for segment in codes.segments:
            first, stop = segment.first_row, segment.stop_row
            gone = self._gone[first:stop]
            if not gone.any():
                kept.append(segment)
                continue
            packed, soft, made = segments.read_codes(
                self._root, segment, bits=codes.bits, model_id=model_id
            )
            values = soft.read(np.arange(segment.rows))
            own = emptied_codes(HashCodes(packed, codes.bits, values, made), gone)
            data = segments.codes_file(own, first_row=first, model_id=model_id)
            kept.append(self._place("codes", data, first, stop))
            self._number += 1
        return CodeSet(codes.bits, tuple(kept))

    def _place(self, kind: str, data: bytes, first: int, stop: int) -> Segment:
        name = f"{kind}-{self._number:06}.h5"
        self._written.append(self._root / name)
        durable.place(self._root / name, data)
        return Segment(name, first, stop - first, len(data))

    def _carried(self, next_row: int) -> list[Entry]:
        """Return the changes to rows that are not written again."""
        kept: list[RowChange] = [
            change
            for row, change in sorted(self._contents.changes.items())
            if not any(first <= row < stop for first, stop in self._ranges)
        ]
        return [Entry(next_row, changes=tuple(kept))] if kept else []


def most_carried(rows: int) -> int:
    """Return how many changed rows a journal may carry in a library of ``rows``."""
    return max(_MAX_CARRIED, rows // _MAX_CARRIED_SHARE)


def worth_compacting(contents: Contents, touched: npt.NDArray[np.bool_]) -> Ranges:
    """Return the rows to be written so that nothing superseded lies in a file.

    A segment stays where none of its rows has changed since it was written and it is
    full, or has no neighbour to be merged with.

    Args:
        contents: the library.
        touched: rows that are to be written in any case, bool (N,).
    """
    now, rows = contents.manifest, contents.columns.rows
    touched = touched.copy()
    touched[list(contents.changes)] = True
    touched[now.next_row :] = True
    cuts = {s.first_row for s in now.records} & {
        s.first_row for s in now.codes.segments
    }
    edges = [*sorted(cuts | {now.next_row}), rows]
    ranges: list[tuple[int, int]] = []
    group: list[tuple[int, int]] = []

    def close_group() -> None:
        if len(group) > 1 or any(touched[f:s].any() for f, s in group):
            ranges.append((group[0][0], group[-1][1]))
        group.clear()

    for first, stop in pairwise(edges):
        is_full = stop - first >= MAX_SEGMENT_ROWS and not touched[first:stop].any()
        if is_full:
            close_group()
        elif first < stop:
            group.append((first, stop))
    close_group()
    return ranges


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


def _cut(ranges: Ranges) -> list[tuple[int, int]]:
    """Return ranges cut into the rows of one segment each."""
    return [
        (start, min(start + MAX_SEGMENT_ROWS, stop))
        for first, stop in ranges
        for start in range(first, stop, MAX_SEGMENT_ROWS)
    ]


def _in_order(found: list[Segment]) -> tuple[Segment, ...]:
    return tuple(sorted(found, key=lambda segment: segment.first_row))
