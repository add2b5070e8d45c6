"""What a table or the folders say of each picture: its labels, its patient, its case.

A table is a text file with a header (``table_text``). Which column says what is guessed
(``table_columns``), shown by ``preview`` and can be chosen; which row belongs to which
file is decided for all of them together (``table_matching``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from medhash_gui import table_columns, table_matching, table_text
from medhash_gui.errors import DatasetError
from medhash_gui.path_pattern import PathPattern as PathPattern
from medhash_gui.table_columns import TableColumns as TableColumns
from medhash_gui.table_rows import Reading
from medhash_gui.table_rows import TableRow as TableRow
from medhash_gui.table_text import Table

_ROWS_SHOWN = 20
_COLUMNS_LISTED = 30


@dataclass(frozen=True)
class TablePreview:
    """What a table would mean, for the user to look at and to change.

    Attributes:
        source: name of the file.
        header: names of the columns.
        rows: the first rows as they stand, identities included: never for a log.
        encoding: of the text; with "(a guess)" where it is one.
        delimiter: between the cells.
        guess: what the columns seem to say.
        separator: between several labels of a cell; "" where no cell holds several.
        row_count: rows of the table.
        columns: those asked for, or the guess.
        yes_or_no: columns of labels that hold yes and no; their name is the label.
        labels: how many files bear each label, the most frequent first.
        file_count: files that the rows name.
        notes: sentences about what was odd and how it was taken.
    """

    source: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    encoding: str
    delimiter: str
    guess: TableColumns
    separator: str
    row_count: int
    columns: TableColumns
    yes_or_no: tuple[str, ...] = ()
    labels: Mapping[str, int] = field(default_factory=dict)
    file_count: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableMatch:
    """Which row belongs to which file of a folder.

    Attributes:
        rows: by path.
        without_file: files of rows that match no path.
        without_row: paths without a row.
        ambiguous: paths that several rows, or whose row several paths, could mean:
            without labels, listed.
        ways: how many were found in which of ``table_matching.WAYS``.
    """

    rows: Mapping[str, TableRow] = field(repr=False)
    without_file: tuple[str, ...]
    without_row: tuple[str, ...]
    ambiguous: tuple[str, ...]
    ways: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class LabelTable:
    """What a table says, by the file that it names.

    Attributes:
        source: the table's file name, for messages.
        rows: what it says of each file, by the file as the table writes it.
        columns: those that were read.
        separator: between several labels of a cell.
        notes: sentences about what was odd and how it was taken.
        digest: of what the rows say, to notice that it has changed.
    """

    source: str
    rows: Mapping[str, TableRow] = field(repr=False)
    columns: TableColumns = field(default_factory=TableColumns)
    separator: str = ""
    notes: tuple[str, ...] = ()
    digest: str = ""

    def match(self, paths: Sequence[str]) -> TableMatch:
        """Return which row belongs to which path.

        Args:
            paths: POSIX, relative to the indexed folder, each once.
        """
        pairs = table_matching.pair(tuple(self.rows), paths)
        return TableMatch(
            {path: self.rows[file] for path, file in pairs.rows.items()},
            pairs.rows_left,
            pairs.paths_left,
            pairs.ambiguous,
            pairs.ways,
        )


def preview(
    path: Path,
    *,
    columns: TableColumns | None = None,
    separator: str | None = None,
    files: Sequence[str] = (),
) -> TablePreview:
    """Return what a table would mean.

    Args:
        path: the table.
        columns: to be read; None for the guess.
        separator: between several labels of a cell; "" for none, None to guess.
        files: paths of the folder's pictures, where they are known; they help to find
            the column of files.

    Raises:
        DatasetError: as ``read_table``; but a table in which no column of files or
            labels is recognised has a preview, too.
    """
    table = table_text.read(path)
    guess = table_columns.guess(table.header, table.rows, files=files)
    chosen = guess if columns is None else _completed(columns, guess)
    _check(table, chosen)
    reading = Reading(table, chosen, separator)
    notes = table.notes
    counts: dict[str, int] = {}
    rows: Mapping[str, TableRow] = {}
    if chosen.file is None:
        notes += (f"No column of {table.source} looks like the files.",)
    else:
        rows, told = reading.rows()
        notes += told
    for row in rows.values():
        for label in row.labels:
            counts[label] = counts.get(label, 0) + 1
    return TablePreview(
        source=table.source,
        header=table.header,
        rows=tuple(tuple(row) for row in table.rows[:_ROWS_SHOWN]),
        encoding=table.encoding,
        delimiter=table.delimiter,
        guess=guess,
        separator=reading.separator,
        row_count=len(table.rows),
        columns=chosen,
        yes_or_no=tuple(sorted(reading.yes_or_no, key=table.header.index)),
        labels=dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
        file_count=len(rows),
        notes=notes,
    )


def read_table(
    path: Path,
    *,
    columns: TableColumns | None = None,
    separator: str | None = None,
    files: Sequence[str] = (),
) -> LabelTable:
    """Read a table of labels, patients and cases.

    Args:
        path: CSV or TSV file with a header.
        columns: to be read; None to guess. Without a column of files, that one is
            guessed.
        separator: between several labels of a cell; "" for none, None to guess.
        files: paths of the folder's pictures, where they are known; they help to find
            the column of files.

    Raises:
        DatasetError: the file cannot be read as a table, a named column is not in it
            or is there twice, no column looks like files or says anything of them, or
            it names one file twice with different patients or cases.
    """
    table = table_text.read(path)
    guess = table_columns.guess(table.header, table.rows, files=files)
    return _table(table, _completed(columns, guess) if columns else guess, separator)


def columns_of(
    path: Path, named: TableColumns, *, files: Sequence[str] = ()
) -> TableColumns:
    """Return the columns that are named, and guesses for those that are not.

    Raises:
        DatasetError: the table cannot be read, or lacks a named column.
    """
    table = table_text.read(path)
    _check(table, named)
    guess = table_columns.guess(table.header, table.rows, files=files)
    spoken_for = set(named.names)
    guessed = {key: column for key, column in guess.details if column not in spoken_for}
    return TableColumns(
        named.file or guess.file,
        named.labels or tuple(n for n in guess.labels if n not in spoken_for),
        named.patient or guess.patient,
        named.case or (guess.case if guess.case not in spoken_for else None),
        tuple(sorted({**guessed, **dict(named.details)}.items())),
    )


def from_folder(path: str) -> tuple[str, ...]:
    """Return the label that a class folder gives: ("class",) of ``class/file``.

    Any other depth gives (): a file at the top has no class, and deeper folders mean
    something else more often than not.
    """
    # As text, not as a path object: it is asked for each of a hundred thousand files.
    folder, _, name = path.partition("/")
    return (folder,) if folder and name and "/" not in name else ()


def _table(table: Table, columns: TableColumns, separator: str | None) -> LabelTable:
    if columns.file is None:
        raise _nothing_like(table, "the files", "--file-column")
    if set(columns.names) == {columns.file} and not (columns.patient or columns.case):
        raise _nothing_like(table, "the labels", "--label-column")
    _check(table, columns)
    reading = Reading(table, columns, separator)
    rows, notes = reading.rows()
    said = [
        (row.file, row.labels, row.patient, row.case, row.details)
        for row in rows.values()
    ]
    digest = hashlib.blake2b(json.dumps(said).encode(), digest_size=16).hexdigest()
    return LabelTable(
        table.source, rows, columns, reading.separator, table.notes + notes, digest
    )


def _completed(columns: TableColumns, guess: TableColumns) -> TableColumns:
    """Return the columns with a guess of the files where those are not named."""
    return columns if columns.file is not None else replace(columns, file=guess.file)


def _check(table: Table, columns: TableColumns) -> None:
    """Refuse columns that the table does not have, or has twice."""
    for name in columns.names:
        count = table.header.count(name)
        if count == 1:
            continue
        if count:
            message = f"{table.source} has {count} columns named {name!r}."
            raise DatasetError(message, hint="Rename one of them in the table.")
        what = _purpose(name, columns)
        message = (
            f"{table.source} has no column {name!r} for {what}; "
            f"it has {_listed(table.header)}."
        )
        raise DatasetError(message, hint="Name one of these columns.")


def _purpose(name: str, columns: TableColumns) -> str:
    if name == columns.file:
        return "files"
    if name in columns.labels:
        return "labels"
    if name in (columns.patient, columns.case):
        return "patients" if name == columns.patient else "cases"
    key = next(key for key, column in columns.details if column == name)
    return key.replace("_", " ")


def _nothing_like(table: Table, what: str, option: str) -> DatasetError:
    message = f"No column of {table.source} looks like {what}: {_listed(table.header)}."
    return DatasetError(message, hint=f"Name the column with {option}.")


def _listed(header: Sequence[str]) -> str:
    names = ", ".join(repr(name) for name in header[:_COLUMNS_LISTED])
    more = len(header) - _COLUMNS_LISTED
    return f"{names} and {more} more" if more > 0 else names
