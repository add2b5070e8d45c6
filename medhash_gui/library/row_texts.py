"""Paths, cases and details of all rows: texts that stay where they were read.

Nothing here is unpacked before it is asked for. A row's text is found through the block
that holds the row; what was changed since lies beside it, row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from medhash_gui import details
from medhash_gui.details import Details
from medhash_gui.library.blocks import BlockTexts, RowChange, detail_text
from medhash_gui.library.row_map import RowMap, Span
from medhash_gui.library.texts import Texts


class RowTexts:
    """The texts of a library's rows, by row number."""

    def __init__(self) -> None:
        self._blocks: RowMap[BlockTexts] = RowMap()
        self._paths: dict[int, str] = {}
        self._cases: dict[int, str] = {}
        self._details: dict[int, str] = {}
        # Counted up by every change, so that a numbering of the cases can be kept.
        self._version = 0
        self._numbers: tuple[int, npt.NDArray[np.int32]] | None = None

    # -- filling -------------------------------------------------------------------

    def place(self, first: int, block: BlockTexts) -> None:
        """Put the texts of a block at row ``first``, over what stands there."""
        stop = first + len(block.paths)
        self._blocks.place(first, stop, block)
        for changed in (self._paths, self._cases, self._details):
            for row in [row for row in changed if first <= row < stop]:
                del changed[row]
        self._version += 1

    def apply(self, change: RowChange) -> None:
        """Make the texts of one row different."""
        if change.path is not None:
            self._paths[change.row] = change.path
        if change.case_key is not None:
            self._cases[change.row] = change.case_key
            self._version += 1
        if change.details is not None:
            self._details[change.row] = detail_text(change.details)

    # -- one row -------------------------------------------------------------------

    def path(self, row: int) -> str:
        """Return the path of a row."""
        changed = self._paths.get(row)
        if changed is not None:
            return changed
        span = self._blocks.find(row)
        return span.source.paths.text(row - span.origin)

    def case(self, row: int) -> str | None:
        """Return the key of a row's case, or None."""
        changed = self._cases.get(row)
        if changed is not None:
            return changed or None
        span = self._blocks.find(row)
        index = int(span.source.cases[row - span.origin])
        return None if index < 0 else span.source.case_keys.text(index)

    def details(self, row: int) -> Details:
        """Return the details of a row.

        Raises:
            FileNotFoundError: a writer has replaced the segment meanwhile.
            StoreFormatError: the segment has been damaged since it was opened.
            ValueError: what the segment holds are no details.
        """
        changed = self._details.get(row)
        if changed is not None:
            return details.from_text(changed)
        span = self._blocks.find(row)
        index = int(span.source.details[row - span.origin])
        if index < 0:
            return ()
        return details.from_text(span.source.detail_texts.text(index))

    # -- many rows -----------------------------------------------------------------

    def paths(self, first: int, stop: int) -> list[str]:
        """Return the paths of rows ``first`` to ``stop``."""
        paths: list[str] = []
        for span in self._blocks.within(first, stop):
            start, end = span.first - span.origin, span.stop - span.origin
            paths += span.source.paths.slice(start, end)
        for row, path in self._paths.items():
            if first <= row < stop:
                paths[row - first] = path
        return paths

    def block(self, first: int, stop: int) -> BlockTexts:
        """Return rows ``first`` to ``stop`` as they are now, for a segment.

        Raises:
            As ``details``.
        """
        cases: list[str] = []
        kept: list[str] = []
        for span in self._blocks.within(first, stop):
            keys = span.source.case_keys.slice(0, len(span.source.case_keys))
            cases += [keys[i] if i >= 0 else "" for i in _cut(span, "cases").tolist()]
            own = _cut(span, "details").tolist()
            texts = {i: span.source.detail_texts.text(i) for i in sorted({*own} - {-1})}
            texts[-1] = ""
            kept += [texts[i] for i in own]
        for changed, values in ((self._cases, cases), (self._details, kept)):
            for row, text in changed.items():
                if first <= row < stop:
                    values[row - first] = text
        return BlockTexts.of(Texts.of(self.paths(first, stop)), cases, kept)

    def case_numbers(self, rows: int) -> npt.NDArray[np.int32]:
        """Return a number for the case of each of the first ``rows`` rows, -1 for none.

        Equal numbers mean equal cases; they are counted when first asked for.
        """
        version, known = self._version, self._numbers
        if known is not None and known[0] == version and len(known[1]) == rows:
            return known[1]
        ids: dict[str, int] = {}
        numbers = np.full(rows, -1, np.int32)
        for span in self._blocks.within(0, rows):
            keys = span.source.case_keys.slice(0, len(span.source.case_keys))
            own = [ids.setdefault(key, len(ids)) if key else -1 for key in keys]
            # The last entry answers the index -1, an unknown case.
            table = np.array([*own, -1], np.int32)
            numbers[span.first : span.stop] = table[_cut(span, "cases")]
        for row, key in list(self._cases.items()):
            if row < rows:
                numbers[row] = ids.setdefault(key, len(ids)) if key else -1
        self._numbers = (version, numbers)
        return numbers

    def rows_of_case(self, key: str, rows: int) -> npt.NDArray[np.intp]:
        """Return which of the first ``rows`` rows belong to a case, ascending."""
        found: list[npt.NDArray[np.intp]] = []
        for span in self._blocks.within(0, rows):
            index = span.source.case_keys.find(key)
            if index >= 0:
                found.append(np.flatnonzero(_cut(span, "cases") == index) + span.first)
        changed = {row: text for row, text in list(self._cases.items()) if row < rows}
        same = set(np.concatenate(found).tolist()) if found else set()
        same = {row for row in same if row not in changed}
        same.update(row for row, text in changed.items() if text == key)
        return np.array(sorted(same), np.intp)

    def detail_counts(self, key: str, shown: npt.NDArray[np.bool_]) -> dict[str, int]:
        """Return how many rows have each value of one detail, by value.

        Args:
            key: a key of the declared list.
            shown: which rows count, bool (N,).

        Raises:
            As ``details``.
        """
        counts: dict[str, int] = {}
        counted = shown.copy()
        changed = [row for row in list(self._details) if row < len(shown)]
        counted[changed] = False
        for text, rows in self._texts_with(counted):
            _count(counts, key, text, rows)
        for row in changed:
            if shown[row]:
                _count(counts, key, self._details[row], 1)
        return dict(sorted(counts.items()))

    def detail_mask(
        self, key: str, accepts: Callable[[str], bool], rows: int
    ) -> npt.NDArray[np.bool_]:
        """Return which of the first ``rows`` rows have a value of a detail that counts.

        Args:
            key: a key of the declared list.
            accepts: tells of a value whether it counts; "" where a row lacks it.
            rows: how many rows there are.

        Raises:
            As ``details``.
        """
        mask = np.zeros(rows, np.bool_)
        for span in self._blocks.within(0, rows):
            own = _cut(span, "details")
            there = np.unique(own[own >= 0])
            texts = (span.source.detail_texts.text(int(index)) for index in there)
            bearing = [accepts(_value(text, key)) for text in texts]
            mask[span.first : span.stop] = np.isin(own, there[bearing])
            if accepts(""):
                mask[span.first : span.stop] |= own < 0
        for row, text in list(self._details.items()):
            if row < rows:
                mask[row] = accepts(_value(text, key))
        return mask

    def detail_numbers(
        self, key: str, rows: int
    ) -> tuple[npt.NDArray[np.int32], list[str]]:
        """Return a number for each row's value of a detail, and the values.

        Args:
            key: a key of the declared list.
            rows: how many rows there are.

        Returns:
            int32 (rows,), -1 where a row lacks it, and the value of each number.

        Raises:
            As ``details``.
        """
        ids: dict[str, int] = {}
        numbers = np.full(rows, -1, np.int32)

        def number(text: str) -> int:
            value = _value(text, key)
            return ids.setdefault(value, len(ids)) if value else -1

        for span in self._blocks.within(0, rows):
            own = _cut(span, "details")
            there, places = np.unique(own, return_inverse=True)
            table = [
                number(span.source.detail_texts.text(index)) if index >= 0 else -1
                for index in there.tolist()
            ]
            numbers[span.first : span.stop] = np.array(table, np.int32)[places]
        for row, text in list(self._details.items()):
            if row < rows:
                numbers[row] = number(text)
        return numbers, list(ids)

    def _texts_with(self, counted: npt.NDArray[np.bool_]) -> Iterator[tuple[str, int]]:
        for span in self._blocks.within(0, len(counted)):
            own = _cut(span, "details")[counted[span.first : span.stop]]
            for index, rows in enumerate(np.bincount(own[own >= 0]).tolist()):
                if rows:
                    yield span.source.detail_texts.text(index), rows


def _cut(span: Span[BlockTexts], name: str) -> npt.NDArray[np.int32]:
    column: npt.NDArray[np.int32] = getattr(span.source, name)
    return column[span.first - span.origin : span.stop - span.origin]


def _count(counts: dict[str, int], key: str, text: str, rows: int) -> None:
    value = _value(text, key)
    if value:
        counts[value] = counts.get(value, 0) + rows


def _value(text: str, key: str) -> str:
    """Return one detail of a text, "" where it lacks it.

    A million texts are too many to parse each: an unescaped quotation mark, the key,
    and a colon behind it stand nowhere but where the value begins.
    """
    place = text.find(f'"{key}"')
    if place < 0:
        return ""
    start = place + len(key) + 4
    value = text[start : text.find('"', start)]
    if text[start - 2 : start] == ':"' and "\\" not in value:
        return value
    return dict(details.from_text(text)).get(key, "")
