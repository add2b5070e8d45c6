"""What a table or the folders say of each picture: its labels and its patient.

A table is a CSV file (comma, semicolon or tab) with a header. Its columns are guessed
from their names and can be named. A row belongs to a file by its relative path, or by
the end of it as long as only one row fits.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from medhash_gui.errors import DatasetError

_FILE_COLUMNS = ("file", "filename", "file_name", "image", "image_index", "path")
_LABEL_COLUMNS = (
    *("label", "labels", "class", "finding", "findings", "finding_labels"),
    *("diagnosis", "category", "grade"),
)
_PATIENT_COLUMNS = ("patient", "patient_id", "patientid", "subject", "subject_id")
_SEPARATOR = "|"


@dataclass(frozen=True)
class LabelTable:
    """Labels and patients by the file that the table names.

    Attributes:
        source: the table's file name, for messages.
        labels: labels of each row, by the row's file as written in the table.
        patients: patient id in clear of each row that has one; never stored as it is.
    """

    source: str
    labels: Mapping[str, tuple[str, ...]]
    patients: Mapping[str, str] = field(default_factory=dict, repr=False)
    _paths: dict[str, str] = field(init=False, repr=False, compare=False)
    _names: dict[str, list[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        paths: dict[str, str] = {}
        names: dict[str, list[str]] = {}
        for key in self.labels:
            path = _normal(key)
            paths[path] = key
            for name in {PurePosixPath(path).name, PurePosixPath(path).stem}:
                names.setdefault(name, []).append(key)
        object.__setattr__(self, "_paths", paths)
        object.__setattr__(self, "_names", names)

    def find(self, path: str) -> str | None:
        """Return the file of the row that belongs to a path, as the table writes it.

        Args:
            path: POSIX, relative to the indexed folder.

        Returns:
            The exact path's row; else the only row whose file ends like the path, or
            like the path without its extension; else None.
        """
        path = _normal(path)
        if path in self._paths:
            return self._paths[path]
        parts = PurePosixPath(path).parts
        for name in (PurePosixPath(path).name, PurePosixPath(path).stem):
            fitting = [
                key
                for key in self._names.get(name, ())
                if _same_end(PurePosixPath(_normal(key)).parts[:-1], parts[:-1])
                # A row "scan.png" must not claim "scan.jpg" by its stem.
                and (name == parts[-1] or _normal(key).endswith(name))
            ]
            if len(fitting) == 1:
                return fitting[0]
            if fitting:
                return None
        return None

    def labels_of(self, path: str) -> tuple[str, ...]:
        """Return the labels of a path; () without a row or a label."""
        key = self.find(path)
        return self.labels[key] if key is not None else ()

    def patient_of(self, path: str) -> str | None:
        """Return the patient id of a path in clear, or None."""
        key = self.find(path)
        return self.patients.get(key) if key is not None else None


def read_csv(
    path: Path,
    *,
    file_column: str | None = None,
    label_column: str | None = None,
    patient_column: str | None = None,
    separator: str | None = None,
) -> LabelTable:
    """Read a table of labels.

    Args:
        path: CSV file with a header; UTF-8, with or without byte order mark.
        file_column: header of the column of files; None to guess.
        label_column: header of the column of labels; None to guess.
        patient_column: header of the column of patients; None to guess; none is fine.
        separator: between several labels of one picture; None for "|".

    Raises:
        DatasetError: the file cannot be read as a table, a named column is not in it,
            no column looks like files or labels, or it names one file twice with
            different labels or patients.
    """
    header, rows = _read(path)
    files = _column(path, header, file_column, _FILE_COLUMNS, "files", "--file-column")
    names = _column(
        path, header, label_column, _LABEL_COLUMNS, "labels", "--label-column"
    )
    if files is None or names is None:
        missing, option = (
            ("the files", "--file-column")
            if files is None
            else ("the labels", "--label-column")
        )
        message = f"No column of {path.name} looks like {missing}: {_listed(header)}."
        raise DatasetError(message, hint=f"Name the column with {option}.")
    patients = _column(
        path, header, patient_column, _PATIENT_COLUMNS, "patients", "--patient-column"
    )
    labels_of: dict[str, tuple[str, ...]] = {}
    patient_of: dict[str, str] = {}
    for row in rows:
        file = _cell(row, files)
        if not file:
            continue
        parts = _cell(row, names).split(separator or _SEPARATOR)
        found = tuple(dict.fromkeys(p.strip() for p in parts if p.strip()))
        patient = _cell(row, patients) if patients is not None else ""
        if file in labels_of and (
            labels_of[file] != found or patient_of.get(file, "") != patient
        ):
            message = f"{path.name} names {file} twice, with different contents."
            raise DatasetError(message, hint="Keep one row for each file.")
        labels_of[file] = found
        if patient:
            patient_of[file] = patient
    if not labels_of:
        message = f"{path.name} has a header but no rows."
        raise DatasetError(message, hint="Choose a table with a row for each picture.")
    return LabelTable(path.name, labels_of, patient_of)


def from_folder(path: str) -> tuple[str, ...]:
    """Return the label that a class folder gives: ("class",) of ``class/file``.

    Any other depth gives (): a file at the top has no class, and deeper folders mean
    something else more often than not.
    """
    parts = PurePosixPath(path).parts
    return (parts[0],) if len(parts) == 2 else ()


def _read(path: Path) -> tuple[list[str], Iterator[Sequence[str]]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        message = f"The table {path.name} could not be read: {error.strerror}."
        raise DatasetError(message, hint="Check the name of the file.") from error
    except UnicodeDecodeError as error:
        message = f"The table {path.name} is not text in UTF-8."
        raise DatasetError(message, hint="Save it as CSV in UTF-8.") from error
    first = next((line for line in text.splitlines() if line.strip()), "")
    # The header tells: a delimiter inside a cell of the header is rare enough.
    delimiter = max(",;\t", key=first.count)
    try:
        # Read as a stream, not by lines: a quoted cell may hold a line break.
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        rows = [row for row in reader if any(row)]
    except csv.Error as error:
        message = f"The table {path.name} is not a readable CSV file: {error}."
        raise DatasetError(message, hint="Save it as CSV in UTF-8.") from error
    if not rows:
        message = f"The table {path.name} is empty."
        raise DatasetError(message, hint="Choose a table with a row for each picture.")
    return [cell.strip() for cell in rows[0]], iter(rows[1:])


def _column(
    path: Path,
    header: Sequence[str],
    named: str | None,
    guesses: Sequence[str],
    what: str,
    option: str,
) -> int | None:
    """Return the index of a named column, or of the first that looks like it."""
    if named is not None:
        if named not in header:
            message = (
                f"{path.name} has no column {named!r} for {what}; "
                f"it has {_listed(header)}."
            )
            raise DatasetError(message, hint=f"Give one of these with {option}.")
        return header.index(named)
    plain = [name.lower().replace(" ", "_") for name in header]
    return next((plain.index(guess) for guess in guesses if guess in plain), None)


def _cell(row: Sequence[str], column: int) -> str:
    return row[column].strip() if column < len(row) else ""


def _listed(header: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in header)


def _normal(path: str) -> str:
    """Return a path with one way to write it: NFC, forward slashes, no leading ./."""
    path = unicodedata.normalize("NFC", path).replace("\\", "/")
    return str(PurePosixPath(path))


def _same_end(one: Sequence[str], other: Sequence[str]) -> bool:
    shared = min(len(one), len(other))
    return tuple(one[len(one) - shared :]) == tuple(other[len(other) - shared :])
