"""All records of a library in memory, as columns.

A million rows cost arrays, not objects: an ``ImageRecord`` is built only when asked
for. Patients and labels are numbers into tables that all rows share; paths, cases and
details stay where they were read (``row_texts``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from medhash_gui import routes
from medhash_gui.images import ImageRecord
from medhash_gui.library.blocks import (
    DIGEST_BYTES,
    HIDDEN,
    LEFT_OUT,
    OWN_ROW_TYPES,
    ROW_TYPES,
    Block,
    RowChange,
)
from medhash_gui.library.row_texts import RowTexts
from medhash_gui.routes import Runs

# So many look-ups are answered by a scan (a millisecond a million rows) before an index
# is built (a tenth of a second), which a single query would not earn back.
_SCANS_BEFORE_INDEX = 16
# As many comparisons of a column as cost less than looking up each of its numbers.
_COMPARED_LABEL_SETS = 8


class Columns:
    """All rows of a library, in memory; rows past ``rows`` are room to grow."""

    def __init__(self, code_bytes: int) -> None:
        self.rows = 0
        self._code_bytes = code_bytes
        self.words = np.zeros((0, -(-code_bytes // 8)), np.uint64)
        self.digests = np.zeros((0, DIGEST_BYTES), np.uint8)
        self.frames = np.zeros(0, np.int32)
        self.sizes = np.zeros(0, np.int64)
        self.modified = np.zeros(0, np.int64)
        self.hidden = np.zeros(0, np.uint8)
        self.own_labels = np.zeros(0, np.uint8)
        self.patients = np.zeros(0, np.int32)
        self.labels = np.zeros(0, np.int32)
        self.routes = np.zeros(0, np.int32)
        self.label_sets: list[tuple[str, ...]] = []
        self._patient_ids: dict[str, int] = {}
        self._patient_keys: list[str] = []
        self._label_ids: dict[tuple[str, ...], int] = {}
        self._route_ids: dict[str, int] = {"": 0}
        self.texts = RowTexts()
        self._by_digest, self._by_patient = _Index(), _Index()

    # -- filling -------------------------------------------------------------------

    def reserve(self, rows: int) -> None:
        """Make room for so many rows at once."""
        if rows > len(self.words):
            for name in ("words", "digests", "routes", *ROW_TYPES, *OWN_ROW_TYPES):
                old = getattr(self, name)
                new = np.zeros((rows, *old.shape[1:]), old.dtype)
                new[: len(old)] = old
                setattr(self, name, new)

    def place_records(self, first: int, block: Block) -> None:
        """Put the records of a block at row ``first``, over what stands there."""
        stop = first + len(block)
        self._make_room(stop)
        patients = self._patient_numbers(block.patient_keys)
        labels = [self._label_set(names) for names in block.label_sets]
        self.digests[first:stop] = block.digests
        for name in ("frames", "sizes", "modified", "hidden", *OWN_ROW_TYPES):
            getattr(self, name)[first:stop] = getattr(block, name)
        # The last entry answers the index -1, an unknown patient.
        self.patients[first:stop] = np.array([*patients, -1], np.int32)[block.patients]
        self.labels[first:stop] = np.array(labels, np.int32)[block.labels]
        self.texts.place(first, block.texts)
        if first < self.rows:
            self._by_digest.forget()
            self._by_patient.forget()

    def place_codes(
        self, first: int, packed: npt.NDArray[np.uint8], made: Runs
    ) -> None:
        """Put packed codes at row ``first``, over what stands there."""
        stop = first + len(packed)
        self._make_room(stop)
        self.packed[first:stop] = packed
        self.routes[first:stop] = 0
        for count, route in made:
            number = self._route_ids.setdefault(route, len(self._route_ids))
            self.routes[first : first + count] = number
            first += count

    def apply(self, change: RowChange) -> None:
        """Make one row different."""
        row = change.row
        if change.hidden is not None:
            self.hidden[row] &= LEFT_OUT
            self.hidden[row] |= HIDDEN * change.hidden
        if change.left_out is not None:
            self.hidden[row] &= 0xFF - LEFT_OUT
            self.hidden[row] |= LEFT_OUT * change.left_out
        if change.own_labels is not None:
            self.own_labels[row] = change.own_labels
        if change.size_bytes is not None:
            self.sizes[row] = change.size_bytes
        if change.modified_ns is not None:
            self.modified[row] = change.modified_ns
        if change.labels is not None:
            self.labels[row] = self._label_set(change.labels)
        if change.patient_key is not None:
            self.patients[row] = self._patient_numbers([change.patient_key])[0]
            self._by_patient.forget()
        self.texts.apply(change)

    # -- asking --------------------------------------------------------------------

    @property
    def packed(self) -> npt.NDArray[np.uint8]:
        """The codes, uint8 (rows with room to grow, bytes): the memory of ``words``."""
        return self.words.view(np.uint8)[:, : self._code_bytes]

    def made(self, rows: npt.NDArray[np.intp] | slice) -> Runs:
        """Return by which routes the codes of some rows were made."""
        return routes.of_numbers(self.routes[rows], list(self._route_ids))

    def route_counts(self) -> dict[str, int]:
        """Return how many visible rows were made by each route; "" is not known."""
        shown = self.routes[: self.rows][self.hidden[: self.rows] == 0]
        counts = np.bincount(shown, minlength=len(self._route_ids)).tolist()
        known = [*list(self._route_ids)[1:], ""]
        found = {route: counts[self._route_ids[route]] for route in known}
        return {route: count for route, count in found.items() if count}

    @property
    def patient_keys(self) -> list[str]:
        """The pseudonyms of all patients, by their numbers."""
        if len(self._patient_keys) < len(self._patient_ids):
            self._patient_keys = list(self._patient_ids)
        return self._patient_keys

    def block(self, first: int, stop: int) -> Block:
        """Return rows ``first`` to ``stop`` as they are now, for a segment.

        Raises:
            FileNotFoundError, StoreFormatError, ValueError: a segment that holds the
                details of one of them is gone or damaged.
        """
        patients, patient_index = np.unique(
            self.patients[first:stop], return_inverse=True
        )
        labels, label_index = np.unique(self.labels[first:stop], return_inverse=True)
        unknown = int(len(patients) > 0 and patients[0] == -1)
        return Block(
            digests=self.digests[first:stop],
            frames=self.frames[first:stop],
            sizes=self.sizes[first:stop],
            modified=self.modified[first:stop],
            hidden=self.hidden[first:stop],
            patients=(patient_index - unknown).astype(np.int32),
            labels=label_index.astype(np.int32),
            patient_keys=tuple(self.patient_keys[i] for i in patients[unknown:]),
            label_sets=tuple(self.label_sets[i] for i in labels),
            texts=self.texts.block(first, stop),
            own_labels=self.own_labels[first:stop],
        )

    def patient(self, row: int) -> str | None:
        """Return the pseudonym of a row's patient, or None."""
        index = int(self.patients[row])
        return None if index < 0 else self.patient_keys[index]

    def labels_of(self, row: int) -> tuple[str, ...]:
        """Return the labels of a row."""
        return self.label_sets[int(self.labels[row])]

    def record(self, row: int) -> ImageRecord:
        """Return one row as a record.

        Raises:
            FileNotFoundError, StoreFormatError, ValueError: the segment that holds its
                details is gone or damaged.
        """
        return ImageRecord(
            path=self.texts.path(row),
            frame=int(self.frames[row]),
            size_bytes=int(self.sizes[row]),
            modified_ns=int(self.modified[row]),
            digest=self.digests[row].tobytes(),
            patient_key=self.patient(row),
            labels=self.labels_of(row),
            case_key=self.texts.case(row),
            details=self.texts.details(row),
        )

    def rows_with_digest(self, digest: bytes) -> npt.NDArray[np.intp]:
        """Return the rows of one content, ascending."""
        heads = self.digests[: self.rows].view(np.uint64)[:, 0]  # (N,)
        candidates = self._by_digest.find(np.frombuffer(digest, np.uint64)[0], heads)
        if not len(candidates):
            return candidates
        wanted = np.frombuffer(digest, np.uint8)
        same = np.all(self.digests[candidates] == wanted, axis=1)
        found: npt.NDArray[np.intp] = candidates[same]
        return found

    def rows_of_patient(self, key: str) -> npt.NDArray[np.intp]:
        """Return the rows of one patient, ascending."""
        index = self._patient_ids.get(key)
        if index is None:
            return np.zeros(0, np.intp)
        return self._by_patient.find(index, self.patients[: self.rows])

    def label_mask(self, name: str) -> npt.NDArray[np.bool_]:
        """Return which rows bear a label: bool (N,), hidden rows included."""
        labels = self.labels[: self.rows]
        bearing = [i for i, names in enumerate(self.label_sets) if name in names]
        if len(bearing) > _COMPARED_LABEL_SETS:
            table = np.zeros(len(self.label_sets), np.bool_)
            table[bearing] = True
            mask: npt.NDArray[np.bool_] = table[labels]
            return mask
        if not bearing:
            return np.zeros(self.rows, np.bool_)
        mask = labels == bearing[0]
        for index in bearing[1:]:
            mask |= labels == index
        return mask

    def label_counts(self) -> dict[str, int]:
        """Return how many visible rows bear each label, by name."""
        shown = self.labels[: self.rows][self.hidden[: self.rows] == 0]
        counts: dict[str, int] = {}
        for index, rows in enumerate(np.bincount(shown).tolist()):
            for name in set(self.label_sets[index]) if rows else ():
                counts[name] = counts.get(name, 0) + rows
        return dict(sorted(counts.items()))

    # -- inside --------------------------------------------------------------------

    def _patient_numbers(self, keys: Sequence[str]) -> list[int]:
        """Return a number for each patient, new ones for those not seen before."""
        # Hundreds of thousands when a library is opened: no call for each.
        ids = self._patient_ids
        return [ids.setdefault(key, len(ids)) if key else -1 for key in keys]

    def _label_set(self, names: tuple[str, ...]) -> int:
        index = self._label_ids.setdefault(names, len(self.label_sets))
        if index == len(self.label_sets):
            self.label_sets.append(names)
        return index

    def _make_room(self, rows: int) -> None:
        if rows > len(self.words):
            self.reserve(max(rows, len(self.words) * 3 // 2, 1024))


class _Index:
    """Rows by a value of theirs: scanned at first, sorted once many are asked for."""

    def __init__(self) -> None:
        self._asked = 0
        self.forget()

    def forget(self) -> None:
        """Forget the order of rows that have been replaced."""
        # Replaced as one, so that another thread sees an order with its own values.
        self._known: tuple[npt.NDArray[np.intp], npt.NDArray[np.integer[Any]]]
        self._known = np.zeros(0, np.intp), np.zeros(0, np.uint64)

    def find(
        self, value: np.integer[Any] | int, values: npt.NDArray[np.integer[Any]]
    ) -> npt.NDArray[np.intp]:
        """Return the rows with a value, ascending.

        Args:
            value: the value.
            values: those of all rows, (N,); such as have been seen do not change.
        """
        self._asked += 1
        order, in_order = self._known
        behind = len(values) - len(order)
        if self._asked > _SCANS_BEFORE_INDEX and behind > max(4096, len(values) // 8):
            order = np.argsort(values, kind="stable")
            in_order = values[order]
            self._known = order, in_order
        # In the type of the values, or NumPy converts all of those instead.
        value = values.dtype.type(value)
        tail = np.flatnonzero(values[len(order) :] == value)
        start = int(np.searchsorted(in_order, value)) if len(order) else 0
        if start == len(order) or in_order[start] != value:
            return tail + len(order) if len(order) else tail
        stop = int(np.searchsorted(in_order, value, side="right"))
        return np.concatenate([order[start:stop], tail + len(order)])
