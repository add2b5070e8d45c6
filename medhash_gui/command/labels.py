"""The command ``labels``: what a table would mean, before anything is indexed.

Cells of patients and cases, of report texts and of columns that are not read are never
printed: nobody's name stands in the answer unless a file is named after them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from medhash_gui import folders, label_cells, labels
from medhash_gui.command.output import Output
from medhash_gui.details import KEPT, TABLE_KEYS
from medhash_gui.errors import DatasetError, SettingsError
from medhash_gui.labels import TableColumns, TableMatch, TablePreview

_SAMPLE_ROWS = 3
_SAMPLE_CHARACTERS = 24
_LABELS_SHOWN = 20
_FILES_SHOWN = 10
_HASHED = "(only as a keyed hash)"
_WRITTEN = {"\\n": "\n", "\\t": "\t"}
_SIGNS = {"\t": "tab", "\n": "line break", "": "none"}


def run(
    table: Path,
    output: Output,
    *,
    folder: Path | None = None,
    named: TableColumns | None = None,
    separator: str | None = None,
) -> None:
    """Show what a table would mean, and for which files of a folder.

    Args:
        table: CSV or TSV file.
        output: where the answer goes.
        folder: of the pictures; None to look at the table alone.
        named: columns that the user named; the others are guessed.
        separator: between several labels; "" for none, None to guess.

    Raises:
        DatasetError: the table cannot be read, or lacks a named column.
    """
    paths = _paths(folder, table) if folder is not None else []
    columns = labels.columns_of(table, named or TableColumns(), files=paths)
    seen = labels.preview(table, columns=columns, separator=separator, files=paths)
    answer: dict[str, Any] = {
        "source": seen.source,
        "encoding": seen.encoding,
        "delimiter": seen.delimiter,
        "separator": seen.separator,
        "rows": seen.row_count,
        "files": seen.file_count,
        "columns": seen.columns.as_json(),
        "not_read": [name for name in seen.header if name not in seen.columns.names],
        "yes_or_no": list(seen.yes_or_no),
        "labels": dict(seen.labels),
        "first_rows": _sample(seen),
        "notes": list(seen.notes),
        "folder": None,
    }
    _say(seen, answer["first_rows"], output)
    if folder is not None and seen.columns.file is not None:
        read = labels.read_table(
            table, columns=columns, separator=seen.separator, files=paths
        )
        match = read.match(paths)
        answer["folder"] = {
            "path": str(folder),
            "files": len(paths),
            "files_with_row": len(match.rows),
            "found_by": dict(match.ways),
            "rows_without_file": list(match.without_file),
            "files_without_row": list(match.without_row),
            "ambiguous": list(match.ambiguous),
        }
        _say_match(match, folder, len(paths), output)
    output.finish(answer)


def named_columns(
    file: str | None = None,
    label: Sequence[str] = (),
    patient: str | None = None,
    case: str | None = None,
    detail: Sequence[str] = (),
) -> TableColumns:
    """Return the columns that options name.

    Args:
        file: header of the column of files, and so on.
        label: one or several.
        patient: as above.
        case: as above.
        detail: of the form ``KEY=COLUMN``, such as ``report=Impression``.

    Raises:
        SettingsError: a detail is not of that form, or there is none of that name.
    """
    found = {}
    for text in detail:
        key, equals, column = text.partition("=")
        if not equals or not column or key not in TABLE_KEYS:
            message = f"{text!r} does not name a detail and its column."
            hint = f"Write KEY=COLUMN; the keys are {', '.join(TABLE_KEYS)}."
            raise SettingsError(message, hint=hint)
        found[key] = column
    return TableColumns(file, tuple(label), patient, case, tuple(sorted(found.items())))


def separator_of(text: str | None) -> str | None:
    r"""Return the separator that an option writes; ``\n`` and ``\t`` are understood."""
    return None if text is None else _WRITTEN.get(text, text)


def _paths(folder: Path, table: Path) -> list[str]:
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "is not there"
        message = f"The folder {folder} {what}."
        raise DatasetError(message, hint="Name the folder that holds the pictures.")
    paths = [found.path for found in folders.scan(folder, unreadable=[])]
    # The table often lies beside the pictures that it speaks of.
    if table.absolute().parent.is_relative_to(folder.absolute()):
        own = table.absolute().relative_to(folder.absolute()).as_posix()
        paths = [path for path in paths if path != own]
    return paths


def _sample(seen: TablePreview) -> list[dict[str, str]]:
    """Return the first rows, as they are kept, without what may identify somebody."""
    columns = seen.columns
    hidden = {columns.patient, columns.case, dict(columns.details).get("report")}
    shown = [name for name in columns.names if name not in hidden]
    places = {name: seen.header.index(name) for name in shown}
    rows = [
        {name: row[at] if at < len(row) else "" for name, at in places.items()}
        for row in seen.rows[:_SAMPLE_ROWS]
    ]
    for key, name in columns.details:
        for row in rows:
            if name in row and name != columns.file and name not in columns.labels:
                row[name] = label_cells.value(key, row[name])
    return rows


def _say(
    seen: TablePreview, sample: Sequence[Mapping[str, str]], output: Output
) -> None:
    output.say(
        f"{seen.source}: {seen.row_count} rows for {seen.file_count} files, "
        f"{seen.encoding}, cells apart by {_sign(seen.delimiter)}"
    )
    output.say()
    meanings = _meanings(seen)
    rows = []
    for name in seen.header:
        meaning = meanings.get(name, "not read")
        if name in (seen.columns.patient, seen.columns.case):
            first = _HASHED
        else:
            cells = [row[name] for row in sample if row.get(name)]
            first = "; ".join(_cut(cell) for cell in cells)
        rows.append((_cut(name), meaning, first))
    output.table(("column", "meaning", "first rows"), rows)
    output.say()
    output.say(f"between several labels: {_sign(seen.separator)}")
    shown = [f"{label} {count}" for label, count in seen.labels.items()]
    more = len(shown) - _LABELS_SHOWN
    tail = f" and {more} more" if more > 0 else ""
    output.say(f"labels: {', '.join(shown[:_LABELS_SHOWN]) or 'none'}{tail}")
    for note in seen.notes:
        output.say(f"note: {note}")


def _say_match(match: TableMatch, folder: Path, count: int, output: Output) -> None:
    output.say()
    output.say(f"{len(match.rows)} of {count} files in {folder} have a row")
    for way, number in match.ways.items():
        output.say(f"  {number} by {'the ' if way == 'path' else ''}{way}")
    for title, files in (
        ("rows that match no file", match.without_file),
        ("files without a row (pictures or not)", match.without_row),
        ("files for which several rows, or a row for several", match.ambiguous),
    ):
        output.say(f"{title}: {len(files)}")
        for file in files[:_FILES_SHOWN]:
            output.say(f"  {file}")
        if len(files) > _FILES_SHOWN:
            output.say(f"  and {len(files) - _FILES_SHOWN} more; --json lists them all")


def _meanings(seen: TablePreview) -> dict[str, str]:
    """Return what is read of each column, in words."""
    columns = seen.columns
    words: dict[str, list[str]] = {}

    def add(name: str | None, meaning: str) -> None:
        if name is not None:
            words.setdefault(name, []).append(meaning)

    add(columns.file, "file")
    for name in columns.labels:
        add(name, "label if yes" if name in seen.yes_or_no else "labels")
    add(columns.patient, "patient")
    add(columns.case, "case")
    titles = {kept.key: kept.label for kept in KEPT}
    for key, name in columns.details:
        add(name, titles[key].lower())
    return {name: ", ".join(parts) for name, parts in words.items()}


def _sign(text: str) -> str:
    return _SIGNS.get(text, f'"{text}"')


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    if len(plain) <= _SAMPLE_CHARACTERS:
        return plain
    return plain[: _SAMPLE_CHARACTERS - 1] + "…"
