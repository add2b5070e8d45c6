"""The soft values of all rows: read by their place in the files, or held in memory.

A few queries read the few rows they need from the disk. Whoever goes on asking gets the
segments that are asked for again and again into memory, as far as a limit allows.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from medhash_gui.library.manifest import damaged
from medhash_gui.library.row_map import RowMap, Span

Values = npt.NDArray[np.float16]

_PAGE_BYTES = 4096
# So often a segment is read from the disk before it is read as a whole, in about the
# time of ten of those.
_READS_BEFORE_HOLDING = 16
# All values of two million pictures with codes of 64 bits.
_MOST_HELD_BYTES = 256 * 2**20


@dataclass(frozen=True, slots=True)
class SoftPlace:
    """Where a segment's soft values lie: float16 (rows, bits) at ``offset``."""

    path: Path
    offset: int
    bits: int
    rows: int

    @property
    def size_bytes(self) -> int:
        """How much memory all of them take."""
        return 2 * self.bits * self.rows

    def read(self, rows: npt.NDArray[np.intp]) -> Values:
        """Return the soft values of some rows of the segment, float16 (n, bits).

        A page is read once however many of its rows are wanted.

        Raises:
            FileNotFoundError: a writer has replaced the segment meanwhile.
            StoreFormatError: the file has been cut off since it was opened.
        """
        if not len(rows):
            return np.zeros((0, self.bits), np.float16)
        row_bytes = 2 * self.bits
        order = np.argsort(rows, kind="stable")
        in_order = rows[order]
        pages = in_order * row_bytes // _PAGE_BYTES
        is_first = np.ones(len(rows), np.bool_)
        is_first[1:] = pages[1:] != pages[:-1]
        starts = np.flatnonzero(is_first)
        firsts = in_order[starts]
        counts = in_order[np.append(starts[1:], len(rows)) - 1] - firsts + 1
        values = self._pieces(firsts, counts)
        piece = np.cumsum(is_first) - 1
        begins = np.cumsum(counts) - counts
        wanted = np.empty((len(rows), self.bits), np.float16)
        wanted[order] = values[begins[piece] + in_order - firsts[piece]]
        return wanted

    def read_all(self) -> Values:
        """Return the soft values of the whole segment.

        Raises:
            As ``read``.
        """
        return self._pieces(np.array([0]), np.array([self.rows]))

    def _pieces(
        self, firsts: npt.NDArray[np.intp], counts: npt.NDArray[np.intp]
    ) -> Values:
        """Return runs of rows, one after the other."""
        row_bytes = 2 * self.bits
        places = (self.offset + firsts * row_bytes).tolist()
        sizes = (counts * row_bytes).tolist()
        pieces = []
        with self.path.open("rb", buffering=0) as file:
            for place, size in zip(places, sizes, strict=True):
                if hasattr(os, "pread"):
                    pieces.append(os.pread(file.fileno(), size, place))
                else:
                    file.seek(place)
                    pieces.append(file.read(size))
        data = b"".join(pieces)
        if len(data) != sum(sizes):
            raise damaged(self.path.parent, self.path.name)
        return np.frombuffer(data, "<f2").reshape(-1, self.bits)


class SoftValues:
    """The soft values of a library's rows, by row number."""

    def __init__(self) -> None:
        self._places: RowMap[SoftPlace | Values] = RowMap()
        self._reads: dict[SoftPlace, int] = {}
        self._held: dict[SoftPlace, Values] = {}
        # The spans for which the limit was reached; with others there may be room.
        self._full_with: list[Span[SoftPlace | Values]] | None = None

    def place(self, first: int, stop: int, source: SoftPlace | Values) -> None:
        """Let a segment, or an array, hold the rows ``first`` to ``stop``."""
        self._places.place(first, stop, source)

    def read(self, rows: npt.NDArray[np.intp], bits: int) -> Values:
        """Return the soft values of rows, float16 (n, bits).

        Raises:
            FileNotFoundError: a writer has replaced a segment meanwhile.
            StoreFormatError: a segment has been damaged since it was opened.
        """
        spans = self._places.spans
        values = np.zeros((len(rows), bits), np.float16)
        order = np.argsort(rows, kind="stable")
        in_order = rows[order]
        firsts = [span.first for span in spans]
        cuts = [*np.searchsorted(in_order, firsts).tolist(), len(rows)]
        for span, start, stop in zip(spans, cuts, cuts[1:], strict=False):
            if start == stop:
                continue
            inside = in_order[start:stop] - span.origin
            source = span.source
            if isinstance(source, SoftPlace):
                held = self._held_or_none(source)
                found = source.read(inside) if held is None else held[inside]
            else:
                found = source[inside]
            values[order[start:stop]] = found
        return values

    def _held_or_none(self, place: SoftPlace) -> Values | None:
        held = self._held.get(place)
        if held is not None:
            return held
        spans = self._places.spans
        if self._full_with is spans:
            return None
        reads = self._reads[place] = self._reads.get(place, 0) + 1
        if reads <= _READS_BEFORE_HOLDING:
            return None
        # Those of segments that a writer has merged away go first.
        known = {span.source for span in spans if _is_place(span.source)}
        kept = {one: values for one, values in self._held.items() if one in known}
        taken = sum(one.size_bytes for one in kept)
        if taken + place.size_bytes <= _MOST_HELD_BYTES:
            kept[place] = held = place.read_all()
        else:
            self._full_with = spans
        self._held = kept
        return held


def _is_place(source: SoftPlace | Values) -> bool:
    return isinstance(source, SoftPlace)
