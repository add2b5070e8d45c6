"""The rows of a table under one choice of columns: what it says of each file.

Several rows may name one file. Their labels are united, as exports with one row for
each finding mean it, as long as they name the same patient and case; otherwise the
table is refused, because nobody can say which row is right.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from medhash_gui import details, label_cells, table_matching
from medhash_gui.details import Details
from medhash_gui.errors import DatasetError
from medhash_gui.table_columns import TableColumns
from medhash_gui.table_text import Table

_NUMBER = re.compile(r"-?\d+([.,]\d+)?")


@dataclass(frozen=True, slots=True)
class TableRow:
    """What a table says of one file.

    Attributes:
        file: as the table writes it.
        labels: each once; () where the cell is empty.
        patient: identifier in clear, "" where none; only for memory.
        case: identifier in clear, "" where none; only for memory.
        details: what else is kept, such as sex and how the label was confirmed.
    """

    file: str
    labels: tuple[str, ...]
    patient: str = field(default="", repr=False)
    case: str = field(default="", repr=False)
    details: Details = field(default=(), repr=False)


class Reading:
    """A table's rows under one choice of columns.

    Attributes:
        yes_or_no: columns of labels that hold yes and no; their name is the label.
        separator: between several labels of a cell; "" where no cell holds several.
    """

    def __init__(
        self, table: Table, columns: TableColumns, separator: str | None
    ) -> None:
        self.table = table
        self.columns = columns
        self.place = {name: table.header.index(name) for name in columns.names}
        several = len(columns.labels) > 1
        self.yes_or_no = {
            name
            for name in columns.labels
            if several and label_cells.is_yes_or_no(self._cells(name))
        }
        self.plain = [n for n in columns.labels if n not in self.yes_or_no]
        if separator is None:
            separator = label_cells.guess_separator(
                cell for name in self.plain for cell in self._cells(name)
            )
        self.separator = separator

    def rows(self) -> tuple[dict[str, TableRow], tuple[str, ...]]:
        """Return what the table says of each file, and notes about it.

        Raises:
            DatasetError: no row names a file, or two rows contradict each other.
        """
        found: dict[str, TableRow] = {}
        first_name: dict[str, str] = {}
        unclear: dict[str, set[str]] = {}
        united: set[str] = set()
        nameless = repeated = 0
        for cells in self.table.rows:
            row = self._row(cells)
            if not row.file:
                nameless += 1
                continue
            name = first_name.setdefault(table_matching.normal(row.file), row.file)
            before = found.get(name)
            if before is None:
                found[name] = row
                continue
            repeated += 1
            if set(row.labels) != set(before.labels):
                united.add(name)
            disputed = _disputed(before, row)
            if disputed:
                unclear.setdefault(name, set()).update(disputed)
            found[name] = _united(
                before, row, self.table.source, without=unclear.get(name, ())
            )
        if not found:
            message = f"No row of {self.table.source} names a file."
            raise DatasetError(message, hint="Choose another column of files.")
        return found, _told(nameless, repeated, len(united), len(unclear))

    def _row(self, cells: Sequence[str]) -> TableRow:
        columns = self.columns
        kept = {}
        for key, column in columns.details:
            value = label_cells.value(key, self._cell(cells, column))
            if value:
                kept[key] = value
        return TableRow(
            self._cell(cells, columns.file),
            tuple(dict.fromkeys(self._labels(cells))),
            self._cell(cells, columns.patient),
            self._cell(cells, columns.case),
            details.collect(kept) if kept else (),
        )

    def _labels(self, cells: Sequence[str]) -> Iterator[str]:
        for name in self.columns.labels:
            cell = self._cell(cells, name)
            if not cell:
                continue
            if name in self.yes_or_no:
                if label_cells.is_yes(cell):
                    yield name
                continue
            for label in label_cells.split(cell, self.separator):
                # Of several columns of grades, "2" alone says nothing.
                is_grade = len(self.columns.labels) > 1 and _NUMBER.fullmatch(label)
                yield f"{name} {label}" if is_grade else label

    def _cell(self, cells: Sequence[str], column: str | None) -> str:
        if column is None:
            return ""
        place = self.place[column]
        return cells[place] if place < len(cells) else ""

    def _cells(self, column: str) -> Iterator[str]:
        return (self._cell(cells, column) for cells in self.table.rows)


def _disputed(one: TableRow, other: TableRow) -> set[str]:
    """Return the keys of details on which two rows of one file differ."""
    kept = dict(one.details)
    return {key for key, value in other.details if kept.get(key, value) != value}


def _united(
    one: TableRow, other: TableRow, source: str, *, without: Collection[str]
) -> TableRow:
    """Return what two rows say of one file together; an empty cell says nothing."""
    for what in ("patient", "case"):
        first, second = getattr(one, what), getattr(other, what)
        if first and second and first != second:
            message = f"{source} names {one.file} twice, with different {what}s."
            raise DatasetError(message, hint="Keep the row that is right.")
    kept = details.merge(other.details, one.details)
    return TableRow(
        one.file,
        tuple(dict.fromkeys((*one.labels, *other.labels))),
        one.patient or other.patient,
        one.case or other.case,
        tuple(pair for pair in kept if pair[0] not in without),
    )


def _told(nameless: int, repeated: int, united: int, unclear: int) -> tuple[str, ...]:
    notes = []
    if nameless:
        notes.append(f"Rows without a file, left out: {nameless}.")
    if repeated:
        text = f"Rows that name a file which an earlier row names: {repeated}"
        notes.append(
            f"{text}; where labels differ they are united (files: {united})."
            if united
            else f"{text}, with the same labels."
        )
    if unclear:
        notes.append(
            f"Files whose rows differ in other columns: {unclear}; what they differ in "
            "is not kept."
        )
    return tuple(notes)
