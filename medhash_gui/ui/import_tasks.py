"""Jobs that show beforehand what an import plan would make of a folder.

Tables and folders are read on a pool thread; what comes back are plain values.
Identities of patients stand in a preview in clear, because the user must recognise
them: it lives as long as the dialog and goes nowhere else.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from medhash_gui.errors import DatasetError, MedHashError
from medhash_gui.ui.import_plan import ImportPlan

if TYPE_CHECKING:
    from medhash_gui.labels import TableColumns, TablePreview

LABELS_FILE = "labels.csv"
"""A table of this name in a folder gives its labels, where its columns are clear."""

TABLE_SUFFIXES = (".csv", ".tsv", ".txt")
"""Endings of files that may be tables of labels."""

# Beside pictures lie notes and tables; they are not missed in a table of pictures.
_NO_PICTURES = frozenset(
    (*TABLE_SUFFIXES, ".md", ".json", ".xml", ".html", ".pdf", ".xlsx", ".xls", ".log")
)
_ROWS = 8
_EXAMPLES = 3
_FILES_BETWEEN_YIELDS = 2000


@dataclass(frozen=True, slots=True)
class Understood:
    """One picture as the plan would understand it; texts, in clear."""

    file: str
    labels: str = field(repr=False)
    patient: str = field(repr=False)
    case: str = field(repr=False)
    details: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PlanPreview:
    """What a plan would make of a folder.

    Attributes:
        files: paths of the folder that can be pictures.
        header: names of the table's columns.
        samples: of each column some cells, in clear.
        columns: what they are taken for.
        separator: between labels of a cell.
        row_count: rows of the table.
        understood: the first rows as they would be taken.
        labels: how many files bear each label.
        matched: files that have a row.
        without_file: files of rows that match no file.
        without_row: files without a row.
        ambiguous: files that several rows could mean.
        pattern_fits: files that fit the pattern.
        examples: some files that fit, with what the pattern takes from them.
        notes: sentences about what was odd.
        problem: why the plan cannot be carried out, or "".
        hint: the way out.
    """

    files: Sequence[str] = field(repr=False)
    header: tuple[str, ...] = ()
    samples: tuple[tuple[str, ...], ...] = field(default=(), repr=False)
    columns: TableColumns | None = None
    separator: str = ""
    row_count: int = 0
    understood: tuple[Understood, ...] = field(default=(), repr=False)
    labels: Mapping[str, int] = field(default_factory=dict)
    matched: int = 0
    without_file: tuple[str, ...] = ()
    without_row: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    pattern_fits: int = 0
    examples: tuple[tuple[str, Mapping[str, str]], ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = ()
    problem: str = ""
    hint: str = ""


def preview(
    folder: Path, plan: ImportPlan, files: Sequence[str] | None
) -> Generator[None, None, PlanPreview]:
    """Return what a plan would make of a folder.

    Args:
        folder: the folder to index.
        plan: what to look at.
        files: of a preview before; None to list the folder.
    """
    if files is None:
        files = yield from _list(folder)
    yield
    seen = PlanPreview(files)
    try:
        for look in (_at_labels, _at_table, _at_rows, _at_pattern):
            seen = look(seen, plan)
            yield
    except MedHashError as error:
        # What was seen before stays: the columns are what the user has to change.
        seen = replace(seen, problem=error.message, hint=error.hint)
    return seen


def usual(folder: Path) -> tuple[ImportPlan, str]:
    """Return how a folder is understood unless something else is said.

    Returns:
        The plan, and what the user should know of a table that was not used, or "".
    """
    from medhash_gui import labels

    file = folder / LABELS_FILE
    if not file.is_file():
        return ImportPlan(), ""
    try:
        columns = labels.read_table(file).columns
    except MedHashError as error:
        return ImportPlan(), f"{LABELS_FILE} was not used: {error.message}"
    if not columns.labels:
        why = f"No column of {LABELS_FILE} looks like the labels."
        return ImportPlan(), f"{LABELS_FILE} was not used: {why}"
    return ImportPlan(labels="table", table=file), ""


def _list(folder: Path) -> Generator[None, None, list[str]]:
    from medhash_gui import images

    found: list[str] = []
    for number, file in enumerate(images.scan(folder, unreadable=[])):
        if PurePosixPath(file.path).suffix.lower() not in _NO_PICTURES:
            found.append(file.path)
        if number % _FILES_BETWEEN_YIELDS == 0:
            yield
    return found


def _at_labels(seen: PlanPreview, plan: ImportPlan) -> PlanPreview:
    if plan.labels == "tag":
        from medhash_gui.dicom import dicom

        dicom.check_tag(plan.tag)
    if plan.labels != "folders":
        return seen
    from medhash_gui import labels

    counts = Counter(name for file in seen.files for name in labels.from_folder(file))
    # One folder alone is no class.
    return replace(seen, labels=dict(counts.most_common()) if len(counts) > 1 else {})


def _at_table(seen: PlanPreview, plan: ImportPlan) -> PlanPreview:
    if plan.labels != "table":
        return seen
    from medhash_gui import labels

    if plan.table is None:
        message = "No table is chosen yet."
        raise DatasetError(message, hint="Choose a CSV or TSV file.")
    table = labels.preview(plan.table, columns=plan.columns, files=seen.files)
    return replace(
        seen,
        header=table.header,
        samples=_samples(table),
        columns=table.columns,
        separator=table.separator if plan.separator is None else plan.separator,
        row_count=table.row_count,
        notes=table.notes,
    )


def _at_rows(seen: PlanPreview, plan: ImportPlan) -> PlanPreview:
    if plan.labels != "table" or plan.table is None:
        return seen
    from medhash_gui import labels

    read = labels.read_table(
        plan.table, columns=seen.columns, separator=plan.separator, files=seen.files
    )
    match = read.match(seen.files)
    counts = Counter(label for row in match.rows.values() for label in row.labels)
    return replace(
        seen,
        understood=tuple(
            Understood(
                path,
                " · ".join(row.labels),
                row.patient,
                row.case,
                " · ".join(text for _, text in row.details),
            )
            for path, row in itertools.islice(match.rows.items(), _ROWS)
        ),
        labels=dict(counts.most_common()),
        matched=len(match.rows),
        without_file=match.without_file,
        without_row=match.without_row,
        ambiguous=match.ambiguous,
    )


def _at_pattern(seen: PlanPreview, plan: ImportPlan) -> PlanPreview:
    if not plan.pattern.strip():
        return seen
    from medhash_gui.labels import PathPattern

    pattern = PathPattern.parse(plan.pattern)
    fits = [(file, parts) for file in seen.files if (parts := pattern.parts_of(file))]
    return replace(seen, pattern_fits=len(fits), examples=tuple(fits[:_EXAMPLES]))


def _samples(seen: TablePreview) -> tuple[tuple[str, ...], ...]:
    """Return some different cells of each column."""
    found = []
    for place in range(len(seen.header)):
        cells = (row[place] for row in seen.rows if place < len(row) and row[place])
        found.append(tuple(dict.fromkeys(cells))[:_EXAMPLES])
    return tuple(found)
