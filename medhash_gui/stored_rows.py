"""The rows of an open library: what a search, a list and an export read.

Columns are views of the memory that the library was read into; records and soft values
are read from its files when they are asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from medhash_gui import details
from medhash_gui.codes import HashCodes
from medhash_gui.images import ImageRecord
from medhash_gui.library.blocks import LEFT_OUT, REMOVED, SHOWN
from medhash_gui.library.contents import Contents
from medhash_gui.library.known_files import KnownFiles
from medhash_gui.memory_selection import MemorySelection
from medhash_gui.search_result import NO_FILTER, SearchFilter

Rows = Sequence[int] | npt.NDArray[np.intp]


class StoredRows:
    """The rows of a library as of the last look at it, by their numbers."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents

    def __len__(self) -> int:
        return int(np.count_nonzero(self.visible))

    @property
    def row_count(self) -> int:
        """How many rows there are; hidden, left out and removed ones are among them."""
        return self._contents.columns.rows

    @property
    def hidden(self) -> int:
        """How many rows are hidden, as their file is gone; it may come back."""
        return 0 if self.shows_all else int(np.count_nonzero(self.hidden_rows))

    @property
    def bits(self) -> int:
        """Length K of a code."""
        return self._contents.manifest.codes.bits

    @property
    def shows_all(self) -> bool:
        """Whether every row is visible; a maximum tells that at once."""
        hidden = self._contents.columns.hidden[: self.row_count]
        return not hidden.max(initial=0)

    # -- columns -------------------------------------------------------------------

    @property
    def visible(self) -> npt.NDArray[np.bool_]:
        """Which rows a search may find: bool (N,)."""
        shown: npt.NDArray[np.bool_] = self._hidden_states == SHOWN
        return shown

    @property
    def hidden_rows(self) -> npt.NDArray[np.bool_]:
        """Which rows are hidden, as their file is gone: bool (N,)."""
        states = self._hidden_states
        gone: npt.NDArray[np.bool_] = (states & (0xFF - LEFT_OUT)) != SHOWN
        return gone & ~self.removed

    @property
    def left_out(self) -> npt.NDArray[np.bool_]:
        """Which rows a person left out of searches, hidden ones included: bool (N,)."""
        out: npt.NDArray[np.bool_] = (self._hidden_states & LEFT_OUT) != 0
        return out

    @property
    def own_labels(self) -> npt.NDArray[np.bool_]:
        """Which rows' labels were given by hand: bool (N,)."""
        given = self._contents.columns.own_labels
        own: npt.NDArray[np.bool_] = given[: self.row_count] != 0
        return own

    @property
    def removed(self) -> npt.NDArray[np.bool_]:
        """Which rows hold nothing any more: bool (N,); they are not visible either."""
        gone: npt.NDArray[np.bool_] = self._hidden_states == REMOVED
        return gone

    @property
    def _hidden_states(self) -> npt.NDArray[np.uint8]:
        return self._contents.columns.hidden[: self.row_count]

    @property
    def packed(self) -> npt.NDArray[np.uint8]:
        """The codes: uint8 (N, ceil(bits / 8)), not a copy."""
        return self._contents.columns.packed[: self.row_count]

    @property
    def words(self) -> npt.NDArray[np.uint64]:
        """The codes as whole words, uint64 (N, W): one piece of memory, not a copy."""
        return self._contents.columns.words[: self.row_count]

    @property
    def patients(self) -> npt.NDArray[np.int32]:
        """A number for each row's patient: int32 (N,), -1 for unknown."""
        return self._contents.columns.patients[: self.row_count]

    @property
    def cases(self) -> npt.NDArray[np.int32]:
        """A number for each row's case: int32 (N,), -1 for unknown."""
        return self._contents.columns.texts.case_numbers(self.row_count)

    @property
    def knows_cases(self) -> bool:
        """Whether the case of any picture is known."""
        return bool((self.cases >= 0).any())

    @property
    def frames(self) -> npt.NDArray[np.int32]:
        """Each row's frame within its file: int32 (N,)."""
        return self._contents.columns.frames[: self.row_count]

    @property
    def modified(self) -> npt.NDArray[np.int64]:
        """When each row's file was last changed, in ns since 1970: int64 (N,)."""
        return self._contents.columns.modified[: self.row_count]

    @property
    def digests(self) -> npt.NDArray[np.uint8]:
        """The contents: uint8 (N, 16), not a copy."""
        return self._contents.columns.digests[: self.row_count]

    def select(
        self, asked: SearchFilter = NO_FILTER, *, threads: int | None = None
    ) -> MemorySelection:
        """Return the rows for one search; see ``SearchedLibrary.select``."""
        return MemorySelection(self, asked, threads)

    def soft(self, rows: Rows) -> npt.NDArray[np.float16]:
        """Return the soft values of some rows: float16 (n, K).

        Raises:
            StoreFormatError: a segment is gone or damaged.
        """
        return self._contents.soft(np.asarray(rows, np.intp))

    def codes(self, rows: Rows) -> HashCodes:
        """Return the codes of some rows, soft values included."""
        chosen = np.asarray(rows, np.intp)
        made = self._contents.columns.made(chosen)
        return HashCodes(self.packed[chosen], self.bits, self.soft(chosen), made)

    # -- records -------------------------------------------------------------------

    def record(self, row: int) -> ImageRecord:
        """Return the record of one row; raises as ``soft``."""
        return self._contents.record(row)

    def records(self, rows: Rows) -> list[ImageRecord]:
        """Return the records of some rows, in the order asked for."""
        return [self._contents.record(int(row)) for row in rows]

    def told(self, rows: Rows) -> list[ImageRecord]:
        """Return the records of some rows as hits tell them; raises as ``soft``.

        A table that says how a label was confirmed says nothing of the one that a
        person gave in its place: that is confirmed ``details.BY_HAND``.
        """
        given = self._contents.columns.own_labels  # not compared as a whole: few rows
        by_hand = (("confirmed_by", details.BY_HAND),)
        return [
            replace(record, details=details.merge(record.details, by_hand))
            if given[row]
            else record
            for row, record in zip(rows, self.records(rows), strict=True)
        ]

    def path(self, row: int) -> str:
        """Return the path of one row."""
        return self._contents.columns.texts.path(row)

    def labels(self, row: int) -> tuple[str, ...]:
        """Return the labels of one row."""
        return self._contents.columns.labels_of(row)

    def patient(self, row: int) -> str | None:
        """Return the key of one row's patient, or None."""
        return self._contents.columns.patient(row)

    def files(self) -> KnownFiles:
        """Return what is known of each path, hidden files included."""
        return self._contents.files()

    def rows_with_digest(self, digest: bytes) -> npt.NDArray[np.intp]:
        """Return the rows of one content, hidden ones included, ascending."""
        return self._contents.columns.rows_with_digest(digest)

    def patient_rows(self, key: str) -> npt.NDArray[np.intp]:
        """Return the rows of one patient, hidden ones included, ascending."""
        return self._contents.columns.rows_of_patient(key)

    def case_rows(self, key: str) -> npt.NDArray[np.intp]:
        """Return the rows of one case, hidden ones included, ascending."""
        return self._contents.columns.texts.rows_of_case(key, self.row_count)

    def label_names(self) -> dict[str, int]:
        """Return how many visible rows bear each label, by name."""
        return self._contents.columns.label_counts()

    def label_mask(self, name: str) -> npt.NDArray[np.bool_]:
        """Return which rows bear a label: bool (N,), hidden ones included."""
        return self._contents.columns.label_mask(name)

    def detail_mask(
        self, key: str, accepts: Callable[[str], bool]
    ) -> npt.NDArray[np.bool_]:
        """Return which rows have a value of a detail that counts, "" for none: (N,).

        Values are those that ``told`` tells.
        """
        mask = self._contents.detail_mask(key, accepts)
        if key != "confirmed_by":
            return mask
        own = self.own_labels[: len(mask)]
        return np.where(own, accepts(details.BY_HAND), mask)

    def folder_mask(self, folder: str) -> npt.NDArray[np.bool_]:
        """Return which rows lie in a folder or below it: bool (N,)."""
        inside = folder.rstrip("/") + "/"
        return np.array([path.startswith(inside) for path in self.paths()], np.bool_)

    def route_counts(self) -> dict[str, int]:
        """Return how many visible rows were made by each route, "" where not known.

        A route is the engine, precision and device that made a code.
        """
        return self._contents.columns.route_counts()

    def detail_counts(self, key: str) -> dict[str, int]:
        """Return how many visible rows have each value of a detail, as ``told``."""
        counts = Counter(self._contents.detail_counts(key))
        if key == "confirmed_by":
            by_hand = np.flatnonzero(self.own_labels & self.visible).tolist()
            stored = (dict(one.details).get(key) for one in self.records(by_hand))
            counts -= Counter(value for value in stored if value)
            counts += Counter({details.BY_HAND: len(by_hand)})
        return dict(counts)

    def detail_numbers(self, key: str) -> tuple[npt.NDArray[np.int32], list[str]]:
        """Return a number for each row's value of a detail, and the values.

        Returns:
            int32 (N,), -1 where a row lacks it, hidden rows included, and the value of
            each number.
        """
        return self._contents.detail_numbers(key)

    def paths(self) -> list[str]:
        """Return the path of every row, hidden ones included."""
        return self._contents.columns.texts.paths(0, self.row_count)
