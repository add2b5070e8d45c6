"""What a library knows of each file of the indexed folder, by path.

Of a hundred thousand files nearly all are as they were: those are told apart by
comparing columns, and a ``KnownFile`` is made of none but the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from medhash_gui.details import Details
from medhash_gui.library.blocks import LEFT_OUT, REMOVED, SHOWN
from medhash_gui.library.columns import Columns


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What the library knows of one file of the indexed folder.

    Attributes:
        rows: its rows, one a frame, ascending; of the content seen last.
        size_bytes: its size.
        modified_ns: its time of last change.
        digest: its content.
        hidden: whether all of its rows are hidden, as the file was gone; what a person
            left out does not count.
        labels: labels of its first row, of those that have their source's.
        patient_key: pseudonym of its first row, or None.
        own_labels: the rows whose labels were given by hand.
    """

    rows: tuple[int, ...]
    size_bytes: int
    modified_ns: int
    digest: bytes
    hidden: bool
    labels: tuple[str, ...]
    patient_key: str | None
    own_labels: frozenset[int]
    # A million cases and details would be a million objects: asked for one by one.
    _case: Callable[[int], str | None] = field(repr=False, compare=False)
    _details: Callable[[int], Details] = field(repr=False, compare=False)

    @property
    def case_key(self) -> str | None:
        """Key of the case of its first row as it is now, or None."""
        return self._case(self.rows[0])

    @property
    def details(self) -> Details:
        """Details of its first row as they are now."""
        return self._details(self.rows[0])


class KnownFiles(Mapping[str, KnownFile]):
    """The files of a library by path, as they were when this was made.

    Of a path that held several contents the visible one counts, or the last one where
    none is visible.
    """

    def __init__(self, columns: Columns, details: Callable[[int], Details]) -> None:
        """Take down what is known now.

        Args:
            columns: all rows.
            details: answers for the details of a row whenever they are asked for.
        """
        rows = columns.rows
        # Copies: what the library learns later does not count.
        self._sizes = columns.sizes[:rows].copy()
        self._modified = columns.modified[:rows].copy()
        self._hidden = columns.hidden[:rows] & np.uint8(0xFF - LEFT_OUT)  # a copy
        self._own_labels = columns.own_labels[:rows].copy()
        self._frames = columns.frames[:rows].copy()
        self._digests = columns.digests[:rows].copy()
        self._labels = columns.labels[:rows].copy()
        self._patients = columns.patients[:rows].copy()
        self._label_sets, self._patient_keys = columns.label_sets, columns.patient_keys
        self._case, self._details = columns.texts.case, details
        self._rows_of, self._others = _by_path(
            columns.texts.paths(0, rows), self._hidden
        )

    def __getitem__(self, path: str) -> KnownFile:
        """Return what is known of a path.

        Raises:
            KeyError: nothing is.
        """
        first = self._rows_of[path]
        rows = [first, *self._others.get(path, ())]
        visible = [row for row in rows if not self._hidden[row]]
        last = (visible or rows)[-1]
        digest = self._digests[last].tobytes()
        row_of_frame = {
            int(self._frames[row]): row
            for row in visible or rows
            if self._digests[row].tobytes() == digest
        }
        same = tuple(sorted(row_of_frame.values()))
        patient = int(self._patients[same[0]])
        own = frozenset(row for row in same if self._own_labels[row])
        labelled = next((row for row in same if row not in own), same[0])
        return KnownFile(
            rows=same,
            size_bytes=int(self._sizes[last]),
            modified_ns=int(self._modified[last]),
            digest=digest,
            hidden=not visible,
            labels=self._label_sets[self._labels[labelled]],
            patient_key=None if patient < 0 else self._patient_keys[patient],
            own_labels=own,
            _case=self._case,
            _details=self._details,
        )

    def __iter__(self) -> Iterator[str]:
        """Yield the paths, in the order of their first rows."""
        return iter(self._rows_of)

    def __len__(self) -> int:
        """Return how many paths are known."""
        return len(self._rows_of)

    def __contains__(self, path: object) -> bool:
        """Return whether anything is known of a path."""
        return path in self._rows_of

    def unchanged(
        self, paths: Iterable[str], sizes: Sequence[int], modified: Sequence[int]
    ) -> npt.NDArray[np.bool_]:
        """Return which files are as they were, and visible: bool (n,).

        A file of several rows is never among them, whatever it is: ask for it.

        Args:
            paths: paths of n files.
            sizes: their sizes now, in bytes.
            modified: their times of last change now, in ns since 1970.
        """
        rows_of = self._rows_of
        rows = np.array([rows_of.get(path, -1) for path in paths], np.intp)  # (n,)
        same = rows >= 0
        if len(self._sizes):
            same &= self._sizes[rows] == np.array(sizes, np.int64)
            same &= self._modified[rows] == np.array(modified, np.int64)
            same &= self._hidden[rows] == SHOWN
        if self._others:
            several = np.array([rows_of[path] for path in self._others], np.intp)
            same &= ~np.isin(rows, several)
        return same

    def contents_by_size(
        self, sizes: set[int], *, unless: Callable[[KnownFile], bool]
    ) -> dict[int, frozenset[bytes]]:
        """Return the digests of the files of some sizes in bytes, by size.

        One set a size, to be shared: raw exports are often all of one size.

        Args:
            sizes: which files.
            unless: tells of a file whether it is left out.
        """
        wanted = np.isin(self._sizes, np.array(sorted(sizes), np.int64))
        found: dict[int, set[bytes]] = {}
        for path, row in self._rows_of.items() if sizes else ():
            # The last content of a path with several rows may have another size.
            if wanted[row] or path in self._others:
                file = self[path]
                if file.size_bytes in sizes and not unless(file):
                    found.setdefault(file.size_bytes, set()).add(file.digest)
        return {size: frozenset(digests) for size, digests in found.items()}


def _by_path(
    paths: list[str], hidden: npt.NDArray[np.uint8]
) -> tuple[dict[str, int], dict[str, list[int]]]:
    """Return the first row of each path, and the further ones where there are any."""
    rows_of = dict(zip(paths, range(len(paths)), strict=True))
    if len(rows_of) == len(paths) and not (hidden == REMOVED).any():
        return rows_of, {}
    rows_of, others = {}, dict[str, list[int]]()
    for row, (path, state) in enumerate(zip(paths, hidden.tolist(), strict=True)):
        if state == REMOVED:
            continue
        if rows_of.setdefault(path, row) != row:
            others.setdefault(path, []).append(row)
    return rows_of, others
