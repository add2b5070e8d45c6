"""Read of a damaged segment of records what can still be read, row by row.

A row is kept where all that decides which picture it is, and whose, can be read: path,
frame, patient, case and labels. What the next indexing run finds out again by itself is
made up so that it does: a row whose ``hidden`` is unreadable is hidden, and where size,
time or digest are, the file counts as changed. Columns are compressed in parts, each
with a checksum of its own, so damage costs the rows of a part; where only the checksum
of the whole column speaks, the whole column is doubted.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from medhash_gui import details
from medhash_gui.errors import StoreFormatError
from medhash_gui.library import segments
from medhash_gui.library.blocks import DIGEST_BYTES, HIDDEN, Block, BlockTexts
from medhash_gui.library.detail_pages import DetailPages
from medhash_gui.library.manifest import Segment
from medhash_gui.library.removed_rows import emptied, removed_block
from medhash_gui.library.segments import FAULTS, Arrays
from medhash_gui.library.texts import Texts, decode

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class RescuedRecords:
    """What could be read of a segment.

    Attributes:
        block: its rows; those lost hold nothing.
        lost: which rows are lost, bool (n,).
        paths: paths of lost rows, as far as they can be read, by row of the segment.
        problem: what is wrong with the file, or "" where it is sound.
        doubted: rows whose digest, size, time or visibility could not be read.
        without_details: rows whose details could not be read.
    """

    block: Block
    lost: Mask
    paths: dict[int, str]
    problem: str = ""
    doubted: int = 0
    without_details: int = 0


def rescue_records(root: Path, segment: Segment) -> RescuedRecords:
    """Return the records of a segment as far as they can be read."""
    none = np.zeros(segment.rows, np.bool_)
    try:
        block = segments.read_records(root, segment)
        _check_details(block)
    except FileNotFoundError:
        return _nothing(segment, "is missing")
    except (StoreFormatError, ValueError):
        pass
    else:
        return RescuedRecords(block, none, {})
    file = opened(root / segment.file, segment.size_bytes)
    if file is None:
        return _nothing(segment, "cannot be read at all")
    with file:
        try:
            return _Reading(root / segment.file, segment.rows, file).rescued()
        except FAULTS:
            return _nothing(segment, "cannot be read at all")


def opened(path: Path, size_bytes: int) -> h5py.File | None:
    """Return a damaged segment, opened as far as that goes, or None.

    One that was cut off is filled up with zeros: HDF5 would not open it otherwise.
    """
    try:
        data = path.read_bytes()[:size_bytes].ljust(size_bytes, b"\0")
        return h5py.File(io.BytesIO(data), "r")
    except FAULTS:
        return None


def readable(
    arrays: Arrays, name: str, dtype: str, shape: tuple[int | None, ...]
) -> tuple[npt.NDArray[Any], Mask]:
    """Return a column and which of its entries can be trusted, bool (n,)."""
    try:
        values = arrays.read(name, dtype, shape)
    except FAULTS:
        pass
    else:
        return values, np.ones(len(values), np.bool_)
    try:
        dataset = arrays.dataset(name, dtype, shape)
    except FAULTS:
        known = [size or 0 for size in shape]
        return np.zeros(known, dtype), np.zeros(known[0], np.bool_)
    return _by_parts(dataset)


def _by_parts(dataset: h5py.Dataset) -> tuple[npt.NDArray[Any], Mask]:
    values = np.zeros(dataset.shape, dataset.dtype)
    good = np.zeros(len(values), np.bool_)
    if dataset.chunks is None or dataset.compression is None:
        try:
            return dataset[()], good  # nothing says which part of it is wrong
        except FAULTS:
            return values, good
    step, places, failed = dataset.chunks[0], set(), False
    for start in range(0, len(values), step):
        try:
            corner = (start, *([0] * (values.ndim - 1)))
            place = dataset.id.get_chunk_info_by_coord(corner).byte_offset
            if place is None or place in places:
                message = "a part is not where it should be"
                raise ValueError(message)
            places.add(place)
            values[start : start + step] = dataset[start : start + step]
            good[start : start + step] = True
        except FAULTS:
            failed = True
    if not failed:
        good[:] = False  # every part is whole, yet they are not what was written
    return values, good


class _Reading:
    """One damaged segment of records, while it is read."""

    def __init__(self, path: Path, rows: int, file: h5py.File) -> None:
        self._path = path
        self._rows = rows
        self._file = file
        self._arrays = Arrays(file)

    def rescued(self) -> RescuedRecords:
        rows = self._rows
        frames, lost = self._column("frames", "<i4")
        paths, path_known = self._cut("path_offsets", "path_bytes", rows)
        patients, bad = self._numbers("patients", "patient_keys", least=-1)
        lost |= bad
        labels, bad = self._numbers("labels", "label_sets", least=0)
        lost |= bad
        cases, bad = self._cases()
        lost |= bad | ~path_known
        hidden, bad = self._column("hidden", "|u1")
        hidden = segments.known_states(hidden, self._arrays.version)
        hidden[bad] = HIDDEN
        doubted = bad
        sizes, bad = self._column("sizes", "<i8")
        sizes[bad] = 0
        modified, bad_time = self._column("modified", "<i8")
        digests, bad_digest = self._column("digests", "|u1", DIGEST_BYTES)
        # A time that no file has: the next run reads the file, and knows it or not.
        modified[bad | bad_time | bad_digest] = 0
        doubted |= bad | bad_time | bad_digest
        kept_details, without = self._details()
        keys, sets = self._table("patient_keys"), self._table("label_sets")
        patients[lost], labels[lost] = -1, len(sets)
        block = Block(
            digests=digests,
            frames=frames,
            sizes=sizes,
            modified=modified,
            hidden=hidden,
            patients=patients,
            labels=labels,
            patient_keys=tuple(keys),
            label_sets=(*(tuple(names) for names in sets), ()),
            texts=BlockTexts.of(Texts.of(paths), cases, kept_details),
            own_labels=self._own_labels(),
        )
        return RescuedRecords(
            emptied(block, lost),
            lost,
            {n: paths[n] for n in np.flatnonzero(lost & path_known).tolist()},
            "is damaged",
            int(np.count_nonzero(doubted & ~lost)),
            int(np.count_nonzero(without & ~lost)),
        )

    def _own_labels(self) -> npt.NDArray[np.uint8]:
        """Return whose labels were given by hand; of those not known it is assumed."""
        if self._arrays.version < 3:
            return np.zeros(self._rows, np.uint8)
        given, bad = self._column("own_labels", "|u1")
        given[bad] = 1
        return given

    def _column(
        self, name: str, dtype: str, width: int | None = None
    ) -> tuple[npt.NDArray[Any], Mask]:
        """Return a column, and which of its entries cannot be trusted."""
        shape = (self._rows,) if width is None else (self._rows, width)
        values, good = readable(self._arrays, name, dtype, shape)
        return values.copy(), ~good

    def _numbers(
        self, name: str, table: str, *, least: int
    ) -> tuple[npt.NDArray[np.int32], Mask]:
        """Return numbers into a table, and which of them lead nowhere."""
        numbers, bad = self._column(name, "<i4")
        bad |= (numbers < least) | (numbers >= len(self._table(table)))
        numbers[bad] = -1
        return numbers, bad

    def _table(self, name: str) -> list[Any]:
        """Return a table of texts or of lists of texts; [] where it is damaged."""
        try:
            values = self._arrays.read_json(name)
        except (*FAULTS, RecursionError):
            return []
        if name == "label_sets":
            lists = [one for one in values if isinstance(one, list)]
            flat = [text for one in lists for text in one]
            return values if lists == values and {*map(type, flat)} <= {str} else []
        return values if {*map(type, values)} <= {str} else []

    def _cut(self, offsets: str, data: str, count: int) -> tuple[list[str], Mask]:
        """Return texts, and which of them can be trusted."""
        ends, good_ends = readable(self._arrays, offsets, "<u8", (count + 1,))
        values, good_bytes = readable(self._arrays, data, "|u1", (None,))
        bad_before = np.concatenate([[0], np.cumsum(~good_bytes)])
        starts, stops = ends[:-1], ends[1:]
        good = good_ends[:-1] & good_ends[1:]
        good &= (starts <= stops) & (stops <= len(values))
        last = len(values)
        good &= (
            bad_before[np.minimum(starts, last)] == bad_before[np.minimum(stops, last)]
        )
        raw = values.tobytes()
        texts = [
            decode(raw[start:stop]) if known else ""
            for start, stop, known in zip(
                starts.tolist(), stops.tolist(), good.tolist(), strict=True
            )
        ]
        return texts, good

    def _cases(self) -> tuple[list[str | None], Mask]:
        if self._arrays.version < 2:
            return [None] * self._rows, np.zeros(self._rows, np.bool_)
        numbers, bad = self._column("cases", "<i4")
        try:
            count = len(self._arrays.dataset("case_offsets", "<u8", (None,))) - 1
        except FAULTS:
            count = 0
        keys, good = self._cut("case_offsets", "case_bytes", max(count, 0))
        bad |= (numbers < -1) | (numbers >= len(keys))
        numbers[bad] = -1
        bad |= ~np.append(good, True)[numbers]
        return [keys[n] if n >= 0 else None for n in numbers.tolist()], bad

    def _details(self) -> tuple[list[str], Mask]:
        """Return the details of every row, and which of them could not be read."""
        if self._arrays.version < 2:
            return [""] * self._rows, np.zeros(self._rows, np.bool_)
        numbers, bad = self._column("details", "<i4")
        try:
            pages: DetailPages | None = self._pages()
        except FAULTS:
            pages = None
        known: dict[int, str | None] = {-1: ""}
        for number in {*numbers[~bad].tolist()} - {-1}:
            known[number] = _text(pages, number)
        texts = [known.get(n) for n in numbers.tolist()]
        bad |= np.array([text is None for text in texts], np.bool_)
        return [
            "" if wrong else text or ""
            for text, wrong in zip(texts, bad.tolist(), strict=True)
        ], bad

    def _pages(self) -> DetailPages:
        data = self._arrays.dataset("detail_bytes", "|u1", (None,))
        return DetailPages(
            self._path,
            segments.offset_of(data),
            data.shape[0],
            offsets=self._arrays.read("detail_offsets", "<u8", (None,)),
            pages=self._arrays.read("detail_pages", "<u8", (None,)),
        )


def _text(pages: DetailPages | None, number: int) -> str | None:
    """Return one detail text, or None where it cannot be read."""
    if pages is None or not 0 <= number < len(pages):
        return None
    try:
        text = pages.text(number)
        details.from_text(text)
    except (StoreFormatError, OSError, ValueError, RecursionError):
        return None
    return text


def _check_details(block: Block) -> None:
    """Raise where a text of the details cannot be read.

    Raises:
        StoreFormatError, ValueError: that is so.
    """
    texts = block.texts.detail_texts
    for number in range(len(texts)):
        details.from_text(texts.text(number))


def _nothing(segment: Segment, problem: str) -> RescuedRecords:
    lost = np.ones(segment.rows, np.bool_)
    return RescuedRecords(removed_block(segment.rows), lost, {}, problem)
