"""The rows of a library that lies in memory, as one search sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from medhash_gui import conditions, nearest
from medhash_gui.images import ImageRecord
from medhash_gui.nearest import Near, Target
from medhash_gui.search_result import SearchFilter
from medhash_gui.searched_library import Rows, Words

if TYPE_CHECKING:
    from medhash_gui.stored_rows import StoredRows


class MemorySelection:
    """A ``Selection`` of a ``StoredRows``."""

    def __init__(
        self, store: StoredRows, asked: SearchFilter, threads: int | None
    ) -> None:
        self._store = store
        self._threads = threads
        # A writer on another thread may add rows meanwhile; they come next time.
        self._words = store.words
        self._rows = len(self._words)
        self._allowed = conditions.passing(store, asked, self._rows)

    def count(self, rows: Rows | None = None) -> int:
        """Return how many of some rows, or of all, pass."""
        if self._allowed is None:
            return self._rows if rows is None else len(rows)
        passed = self._allowed if rows is None else self._allowed[rows]
        return int(np.count_nonzero(passed))

    def passed(self, rows: Rows) -> Rows:
        """Return which of some rows pass, in the order given."""
        return rows if self._allowed is None else rows[self._allowed[rows]]

    def bearing(self, label: str | None = None) -> Rows:
        """Return the passing rows that bear a label, or any label, ascending."""
        names = tuple(self._store.label_names()) if label is None else (label,)
        bears = conditions.any_of(self._store, names, self._rows)
        if self._allowed is not None:
            bears = bears & self._allowed
        return np.flatnonzero(bears)

    def nearest(
        self, targets: Sequence[Target], *, top: Sequence[int], within: int | None
    ) -> list[Near]:
        """Return the passing rows nearest to each target."""
        return nearest.nearest(
            self._words,
            targets,
            top=top,
            within=within,
            allowed=self._allowed,
            threads=self._threads,
        )

    def up_to(self, target: Target, score: int) -> Near:
        """Return all passing rows whose score is at most ``score``."""
        rows = self.passed(np.arange(self._rows))
        scores = nearest.scores(self._words[rows], target)
        return Near(rows, scores).at(np.flatnonzero(scores <= score))

    def with_digest(self, digest: bytes) -> Rows:
        """Return the rows of one content, hidden ones included, ascending."""
        rows = self._store.rows_with_digest(digest)
        return rows[rows < self._rows]

    def of_patient(self, key: str) -> Rows:
        """Return the rows of one patient, hidden ones included, ascending."""
        rows = self._store.patient_rows(key)
        return rows[rows < self._rows]

    def words(self, rows: Rows) -> Words:
        """Return the codes of some rows as whole words: uint64 (n, W)."""
        return self._words[rows]

    def patients(self, rows: Rows) -> npt.NDArray[np.int32]:
        """Return a number for each row's patient: int32 (n,), -1 for unknown."""
        return self._store.patients[rows]

    def cases(self, rows: Rows) -> npt.NDArray[np.int32]:
        """Return a number for each row's case: int32 (n,), -1 for unknown."""
        return self._store.cases[rows]

    def digests(self, rows: Rows) -> npt.NDArray[np.uint8]:
        """Return the contents of some rows: uint8 (n, 16)."""
        return self._store.digests[rows]

    def frames(self, rows: Rows) -> npt.NDArray[np.int32]:
        """Return the frames of some rows: int32 (n,)."""
        return self._store.frames[rows]

    def paths(self, rows: Rows) -> list[str]:
        """Return the paths of some rows."""
        return [self._store.path(row) for row in rows.tolist()]

    def soft(self, rows: Rows) -> npt.NDArray[np.float16]:
        """Return the soft values of some rows: float16 (n, K); raises as the store."""
        return self._store.soft(rows)

    def records(self, rows: Rows) -> list[ImageRecord]:
        """Return the records of some rows as hits tell them; raises as the store."""
        return self._store.told(rows)
